"""How every case of one program stands on a day: read set-wise, for what is decided for all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, or_, select, true

from domain.adjustment import Standing
from domain.calendar import month_of
from domain.coverage import CoverageFact, Run, runs
from domain.entitlement import Entitlement, Part
from domain.events import Component
from projections.checks import investigators, visits
from projections.coverage import CaseQuery, coverage_facts
from projections.decisions import (
    ADJUSTED,
    EXITED,
    HANDED,
    OPENING,
    SWITCHED,
    components,
    decisions,
)
from projections.entitlements import entitlement_rows
from projections.line_states import fallen_lines
from projections.moment import Moment
from projections.payments import lines, parts
from projections.registry import death_changes, known_households
from projections.registry_rows import heads
from projections.same_person import everyone, same_person
from projections.tables import chunks, counts, each, stands
from projections.towns import Towns

_NOTHING = Entitlement()
Sets = list[tuple[str, tuple[Component, ...] | None]]


@dataclass
class CaseStanding:
    """One case in the program, and the position of the last decision on which this rests."""

    case_id: bytes
    standing: Standing
    decided_at: int


@dataclass
class ProgramStandings:
    """Who is in on the day, and who has left since the month that is asked about."""

    inside: list[CaseStanding] = field(default_factory=list)
    """In the order in which they came in."""
    left: list[tuple[bytes, date]] = field(default_factory=list)
    """Cases that were in after the month began, and when they left."""


def program_standings(
    connection: Connection, moment: Moment, program: str, first: str
) -> ProgramStandings:
    """Every case of the program on `moment.as_of`; `first`: the month from which it matters."""
    cases = _cases(moment, program)
    by_case: dict[UUID, list[CoverageFact]] = defaultdict(list)
    for fact in coverage_facts(connection, moment, cases):
        if fact.program == program:
            by_case[fact.case_id].append(fact)
    sets, starts, last = _sets(connection, moment, program, cases)
    due = entitlement_rows(connection, moment, cases)
    same = same_person(connection, moment)
    dead = {d.person_id for d in death_changes(connection, moment, true())}
    towns, day = Towns(connection, moment, cases), moment.as_of.toordinal()
    found = ProgramStandings()
    for case_id, facts in by_case.items():
        run = _last(runs(facts))
        if run is None:
            continue
        case = case_id.bytes
        if not run.holds_on(moment.as_of):
            ended = run.ended_on or run.until
            if ended is not None and month_of(ended) >= first:
                found.left.append((case, ended))
            continue
        opened, alive = run.opened_by, run.inside - dead
        standing = Standing(
            towns.on(case, day) or opened.town,
            frozenset(everyone(same, alive) if same else alive),
            len(alive),
            starts.get(opened.position, opened.on),
            sets.get(case, ()),
            due.get((case, program), _NOTHING),
        )
        found.inside.append(CaseStanding(case, standing, last.get(case, opened.position)))
    return found


def _cases(moment: Moment, program: str) -> CaseQuery:
    d = decisions.c
    of_program = or_(d.program == program, d.from_program == program)
    return select(d.case_id).where(counts(decisions, moment), of_program)


def _last(found: list[Run]) -> Run | None:
    return found[-1] if found else None


def _sets(
    connection: Connection, moment: Moment, program: str, cases: CaseQuery
) -> tuple[dict[bytes, Sets], dict[int, date], dict[bytes, int]]:
    """What the decisions set, case by case; from when each opening is payable; the last decision."""
    own, rest = _components(connection, moment, cases)
    d = decisions.c
    query = (
        select(d.position, d.case_id, d.kind, d.program, d.starts_on)
        .where(counts(decisions, moment), d.case_id.in_(cases))
        .order_by(d.position)
    )
    sets: dict[bytes, Sets] = defaultdict(list)
    starts: dict[int, date] = {}
    last: dict[bytes, int] = {}
    for position, case, kind, of_program, starts_on in each(connection, query):
        last[case] = position
        begins = date.fromordinal(starts_on)
        if of_program != program:
            if kind == SWITCHED:
                sets[case].append((month_of(begins), rest.get(position)))
        elif kind in OPENING:
            starts[position] = begins
            sets[case].append((month_of(begins), own.get(position, ())))
        elif kind == ADJUSTED:
            sets[case].append((month_of(begins), own.get(position, ())))
        elif kind == HANDED:
            sets[case].append((month_of(begins), rest.get(position)))
        elif kind == EXITED:
            sets[case].append((month_of(begins), None))
    return sets, starts, last


_Components = dict[int, tuple[Component, ...]]


def _components(
    connection: Connection, moment: Moment, cases: CaseQuery
) -> tuple[_Components, _Components]:
    c = components.c
    query = (
        select(
            c.position,
            c.remaining,
            c.component,
            c.amount_fen,
            c.method,
            c.person_id,
            c.standard,
            c.grade,
            c.persons,
            c.income_per_head_fen,
            c.last_month,
        )
        .join(decisions, decisions.c.position == c.position)
        .where(counts(decisions, moment), decisions.c.case_id.in_(cases))
        .order_by(c.position, c.n)
    )
    own: _Components = {}
    rest: _Components = {}
    for position, remaining, code, fen, method, person, *more in each(connection, query):
        whose = UUID(bytes=person) if person else None
        target = rest if remaining else own
        component = Component(code, fen, method, whose, *more)
        target[position] = (*target.get(position, ()), component)
    return own, rest


@dataclass
class PaidCase:
    """What was paid to a case, as far as it reaches the month that is asked about."""

    beneficiary_id: bytes
    fund: str
    town: str
    parts: list[Part] = field(default_factory=list)


def paid_since(
    connection: Connection, moment: Moment, program: str, first: str
) -> dict[bytes, PaidCase]:
    """Case → the parts of its standing lines that pay for months from `first` on.

    Where one of them reaches back further, all parts of the case: arrears fill the oldest month
    first, so that what they leave for later ones hangs on what was paid before.
    """
    l, p = lines.c, parts.c  # noqa: E741
    query = _parts_of(moment, program)
    fallen = fallen_lines(connection, moment)
    found: dict[bytes, PaidCase] = {}
    back: set[bytes] = set()
    for case, line, person, fund, town, *part in each(
        connection, query.where(p.last_month >= first)
    ):
        if line in fallen:
            continue
        _add(found, case, person, fund, town, Part(*part))
        if part[3] is None or part[3] < first:
            back.add(case)
    for wanted in chunks(UUID(bytes=case) for case in back):
        for case in wanted:
            found[case].parts.clear()
        for case, line, person, fund, town, *part in each(
            connection, query.where(l.case_id.in_(wanted))
        ):
            if line not in fallen:
                _add(found, case, person, fund, town, Part(*part))
    return found


def _parts_of(moment: Moment, program: str) -> Select[Any]:
    l, p = lines.c, parts.c  # noqa: E741
    return (
        select(
            l.case_id,
            l.line_id,
            l.beneficiary_id,
            l.fund,
            l.town,
            p.component,
            p.kind,
            p.amount_fen,
            p.first_month,
            p.last_month,
        )
        .join_from(lines, parts, p.position == l.position)
        .where(counts(lines, moment), l.program == program)
        .order_by(l.position, p.n)
    )


def _add(
    found: dict[bytes, PaidCase], case: bytes, person: bytes, fund: str, town: str, part: Part
) -> None:
    own = found.get(case)
    if own is None:
        own = found[case] = PaidCase(person, fund, town)
    own.beneficiary_id, own.fund, own.town = person, fund, town
    own.parts.append(part)


def investigated_by(connection: Connection, moment: Moment, code: str) -> set[bytes]:
    """The cases that this person investigated."""
    query = (
        select(visits.c.case_id)
        .join_from(visits, investigators, investigators.c.position == visits.c.position)
        .where(counts(visits, moment), investigators.c.code == code)
    )
    return {case for (case,) in connection.execute(query)}


def heads_now(connection: Connection, moment: Moment, cases: Iterable[bytes]) -> dict[bytes, UUID]:
    """Case → who heads the household on the day."""
    ids = [UUID(bytes=case) for case in cases]
    found = {
        case.bytes: household.head_id
        for case, household in known_households(connection, moment, ids).items()
    }
    for wanted in chunks(ids):
        h = heads.c
        changed = (
            select(h.case_id, h.head_id)
            .where(
                stands(h.position, moment.as_at),
                h.starts_on <= moment.as_of.toordinal(),
                h.case_id.in_(wanted),
            )
            .order_by(h.position)
        )
        for case, head in connection.execute(changed):
            found[case] = UUID(bytes=head)
    return found
