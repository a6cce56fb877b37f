"""One person in two programs that exclude each other, in one household or in two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select, union

from domain.rulebook import RuleBook
from domain.same_person import SamePerson
from domain.spells import Spell
from projections.breaches.breach import Breach, Span
from projections.coverage import coverage_spells
from projections.decisions import COVERED, covered, decisions, decisions_where
from projections.moment import Moment
from projections.same_person import goes_on, merges, same_person
from projections.tables import stands


def exclusive_breaches(
    connection: Connection, moment: Moment, span: Span, book: RuleBook
) -> Iterator[Breach]:
    """Pairs of spells that share a day, found with the beginning of either. The later one in the
    log is the breach; it rests on the other."""
    touched, same = _persons(span), same_person(connection, moment)
    persons = {same.of(UUID(bytes=p)) for (p,) in connection.execute(touched)}
    if not persons:
        return
    by_person: dict[UUID, list[Spell]] = defaultdict(list)
    for spell in coverage_spells(connection, moment, _cases(touched, same)):
        # Nobody is in a spell without a day: in and out at once, often a mistake put right.
        if spell.person_id in persons and spell.end != spell.start:
            by_person[spell.person_id].append(spell)
    pairs = [
        (max(pair, key=_began), min(pair, key=_began))
        for own in by_person.values()
        for pair in combinations(own, 2)
        if _overlap(*pair) and book.excludes(pair[0].program, pair[1].program, _shared(*pair))
    ]
    merged = _merged_in(connection, moment, span, same)
    wanted = [
        p
        for p in pairs
        if span.holds(p[0].start_position, p[1].start_position) or p[0].person_id in merged
    ]
    yield from _breaches(connection, moment, wanted)


def _persons(span: Span) -> Any:
    d = decisions.c
    return union(
        select(covered.c.person_id).where(
            covered.c.position > span.after, covered.c.position <= span.upto
        ),
        select(d.person_id).where(
            d.kind == COVERED, d.position > span.after, d.position <= span.upto
        ),
        select(merges.c.into_person_id).where(
            merges.c.position > span.after, merges.c.position <= span.upto
        ),
    )


def _merged_in(connection: Connection, moment: Moment, span: Span, same: SamePerson) -> set[UUID]:
    """Persons whom a merge of the span made one."""
    m = merges.c
    rows = select(m.into_person_id).where(
        stands(m.position, moment.as_at), m.position > span.after, m.position <= span.upto
    )
    return {same.of(UUID(bytes=p)) for (p,) in connection.execute(rows)} if same else set()


def _cases(touched: Any, same: SamePerson) -> Select[tuple[bytes]]:
    """Every case that ever covers one of them, under whichever registration."""
    d, touched = decisions.c, touched.subquery()
    persons = select(goes_on(same, touched.c.person_id))
    covered_one, decided_one = goes_on(same, covered.c.person_id), goes_on(same, d.person_id)
    both = union(
        select(d.case_id)
        .join_from(decisions, covered, covered.c.position == d.position)
        .where(covered_one.in_(persons)),
        select(d.case_id).where(decided_one.in_(persons)),
    )
    return select(both.subquery().c.case_id)


def _began(spell: Spell) -> int:
    return spell.start_position


def _overlap(one: Spell, other: Spell) -> bool:
    return (other.end is None or one.start < other.end) and (
        one.end is None or other.start < one.end
    )


def _shared(one: Spell, other: Spell) -> Any:
    return max(one.start, other.start)


def _breaches(
    connection: Connection, moment: Moment, pairs: list[tuple[Spell, Spell]]
) -> Iterator[Breach]:
    events = _events(connection, moment, {later.start_position for later, _ in pairs})
    for later, earlier in pairs:
        yield Breach(
            "exclusive_programs",
            later.start_position,
            events[later.start_position],
            later.case_id,
            (later.person_id,),
            {
                "program": later.program,
                "other_program": earlier.program,
                "since": _shared(later, earlier).isoformat(),
                "two_households": int(later.case_id != earlier.case_id),
            },
            (earlier.start_position,),
        )


def _events(connection: Connection, moment: Moment, positions: set[int]) -> dict[int, UUID]:
    wanted, found = sorted(positions), {}
    for start in range(0, len(wanted), 500):
        chunk = wanted[start : start + 500]
        for d in decisions_where(connection, moment, decisions.c.position.in_(chunk)):
            found[d.position] = d.event_id
    return found
