"""What was paid for some persons before a day and from the month after it on: of a death, of a
vehicle bought, of a job begun.

Money counts for a person where he is the beneficiary of the line, or covered by its program in its
case on the first day of the line's month; a household's line is counted whole, since no part of it
is his alone. It is what the bank paid, recovered money apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from domain.calendar import first_day, month_of
from domain.spells import Spell
from projections.coverage import coverage_spells
from projections.decisions import covered, decisions
from projections.line_states import LineState, reports
from projections.lines_between import lines_between
from projections.moment import Moment
from projections.payments import lines
from projections.registry import deaths_of
from projections.tables import chunks, each, stands

ALWAYS = ("0001-01", "9999-12")


@dataclass(frozen=True, slots=True)
class PaidAround:
    """One person. Months are the lines'; the month of the day itself counts as before."""

    person_id: UUID
    on: date | None
    """The day that the list names; without one, all money counts as before."""
    died_on: date | None
    """What the ledger itself knows."""
    programs: tuple[str, ...]
    """Programs that he is in on `as_of`."""
    cases: tuple[UUID, ...]
    """Cases that ever covered him or paid for him."""
    lines_before: int
    paid_before_fen: int
    lines_after: int
    paid_after_fen: int
    recovered_after_fen: int
    first_month_after: str | None
    last_month_after: str | None
    positions_after: tuple[int, ...]
    """The authorizations of the lines after the day."""


@dataclass(slots=True)
class _Line:
    position: int
    case: bytes
    program: str
    month: str
    beneficiary: bytes
    state: LineState


def paid_around(
    connection: Connection, moment: Moment, days: Mapping[UUID, date | None]
) -> list[PaidAround]:
    """Each person and day, in the order given; persons unknown to the log have nothing."""
    cases, spells = _coverage(connection, moment, days)
    by_case, by_beneficiary = _lines(connection, moment, cases, days)
    died = {d.person_id: d.on for d in deaths_of(connection, moment, days)}
    found = []
    for person, on in days.items():
        own = {line.position: line for line in by_beneficiary.get(person.bytes, ())}
        for spell in spells[person]:
            own.update(
                (line.position, line)
                for line in by_case.get(spell.case_id.bytes, ())
                if line.program == spell.program and spell.holds_on(first_day(line.month))
            )
        ordered = [own[position] for position in sorted(own)]
        found.append(_around(person, on, died.get(person), spells[person], ordered, moment))
    return found


def _coverage(
    connection: Connection, moment: Moment, persons: Iterable[UUID]
) -> tuple[set[bytes], dict[UUID, list[Spell]]]:
    """The cases that ever covered these persons, and the persons' spells there."""
    cases: set[bytes] = set()
    spells: dict[UUID, list[Spell]] = defaultdict(list)
    for wanted in chunks(persons):
        named = select(decisions.c.case_id).where(
            stands(decisions.c.position, moment.as_at), decisions.c.person_id.in_(wanted)
        )
        opened = (
            select(decisions.c.case_id)
            .join(covered, covered.c.position == decisions.c.position)
            .where(stands(decisions.c.position, moment.as_at), covered.c.person_id.in_(wanted))
        )
        both = named.union(opened).subquery("both")
        concerned = {UUID(bytes=p) for p in wanted}
        for spell in coverage_spells(connection, moment, select(both.c.case_id)):
            cases.add(spell.case_id.bytes)
            if spell.person_id in concerned:
                spells[spell.person_id].append(spell)
    return cases, spells


def _lines(
    connection: Connection, moment: Moment, cases: set[bytes], persons: Iterable[UUID]
) -> tuple[dict[bytes, list[_Line]], dict[bytes, list[_Line]]]:
    """The lines of these cases, and those with these persons as beneficiaries."""
    found: dict[bytes, _Line] = {}
    for column, ids in (
        (lines.c.case_id, [UUID(bytes=c) for c in sorted(cases)]),
        (lines.c.beneficiary_id, list(persons)),
    ):
        for wanted in chunks(ids):
            query = lines_between(moment, *ALWAYS).where(column.in_(wanted))
            for r in each(connection, query):
                found.setdefault(r.line_id, _line(r))
    # Asked once for each line: one that was met by its case and by its beneficiary is told once.
    for wanted in chunks(UUID(bytes=line) for line in found):
        told = select(lines.c.line_id).where(lines.c.line_id.in_(wanted))
        for _, line_id, kind, fen, outcome in each(connection, reports(moment, told)):
            found[line_id].state.report(kind, fen, outcome)
    by_case: dict[bytes, list[_Line]] = defaultdict(list)
    by_beneficiary: dict[bytes, list[_Line]] = defaultdict(list)
    for line in found.values():
        by_case[line.case].append(line)
        by_beneficiary[line.beneficiary].append(line)
    return by_case, by_beneficiary


def _line(r: Any) -> _Line:
    return _Line(
        r.position, r.case_id, r.program, r.month, r.beneficiary_id, LineState(r.amount_fen)
    )


def _around(
    person: UUID,
    on: date | None,
    died_on: date | None,
    spells: list[Spell],
    own: list[_Line],
    moment: Moment,
) -> PaidAround:
    paid = [line for line in own if line.state.paid_fen + line.state.beyond_fen]
    after = [line for line in paid if on is not None and line.month > month_of(on)]
    before = [line for line in paid if line not in after]
    months = sorted(line.month for line in after)
    return PaidAround(
        person_id=person,
        on=on,
        died_on=died_on,
        programs=tuple(sorted({s.program for s in spells if s.holds_on(moment.as_of)})),
        cases=tuple(
            sorted({*(s.case_id for s in spells), *(UUID(bytes=line.case) for line in own)})
        ),
        lines_before=len(before),
        paid_before_fen=_fen(before),
        lines_after=len(after),
        paid_after_fen=_fen(after),
        recovered_after_fen=sum(line.state.recovered_fen for line in after),
        first_month_after=months[0] if months else None,
        last_month_after=months[-1] if months else None,
        positions_after=tuple(line.position for line in after),
    )


def _fen(own: list[_Line]) -> int:
    return sum(line.state.paid_fen + line.state.beyond_fen for line in own)
