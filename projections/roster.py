"""The roster: who is in which program on a day, as the log knew it at a position."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection, select

from domain.calendar import month_of
from domain.coverage import FADED_OUT, Run
from domain.entitlement import Entitlement
from domain.programs import LASTING
from domain.spells import Spell
from projections.coverage import CaseQuery, coverage_spells, fixed_ends
from projections.decisions import decisions
from projections.entitlements import entitlements
from projections.moment import Moment
from projections.tables import counts
from projections.towns import Towns


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One household in one program on the day."""

    case_id: UUID
    program: str
    town: str
    person_ids: tuple[UUID, ...]
    """Who is covered, in the order of the log."""
    since: date
    """Since when the one who is in longest is in, without a break."""
    position: int
    """The entry with which that began."""
    due_fen: int
    """Entitlement of the month of the day; 0 for a status alone, while suspended, or while not
    payable yet."""
    state: str
    """active, suspended, or fading (渐退: still paid, until a day that is fixed)."""
    until: date | None
    """The first day no longer in, where that is fixed already."""


@dataclass(frozen=True, slots=True)
class RosterGroup:
    """A program in a town. A person in two programs counts in each."""

    program: str
    town: str
    persons: int
    households: int
    due_fen: int


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in on `as_of`. `persons` and `households` count each once, over all programs."""

    as_of: date
    as_at: int
    persons: int
    households: int
    groups: tuple[RosterGroup, ...]
    rows: tuple[RosterRow, ...]


def roster(
    connection: Connection,
    moment: Moment,
    program: str | None = None,
    town: str | None = None,
    cases: CaseQuery | None = None,
) -> Roster:
    """Everybody in on the day, by program, town and case; one program or town where named.

    What is given per incident (临时救助) is no lasting status: it is left out unless named.
    """
    inside: dict[tuple[UUID, str], list[Spell]] = defaultdict(list)
    towns = Towns(connection, moment, cases)
    for spell in coverage_spells(connection, moment, cases):
        if not spell.holds_on(moment.as_of) or not _wanted(spell, program):
            continue
        if town in (None, _town(spell, towns, moment)):
            inside[spell.case_id, spell.program].append(spell)
    due, nothing = entitlements(connection, moment, cases), Entitlement()
    bounds = fixed_ends(connection, moment, cases)
    month = month_of(moment.as_of)
    rows = [
        RosterRow(
            case_id,
            code,
            _town(own[0], towns, moment),
            tuple(s.person_id for s in own),
            own[0].start,
            own[0].start_position,
            sum(due.get((case_id, code), nothing).due(month).values()),
            _state(due.get((case_id, code), nothing), month, bounds.get((case_id, code))),
            bounds[case_id, code].until if (case_id, code) in bounds else None,
        )
        for (case_id, code), own in inside.items()
    ]
    rows.sort(key=lambda r: (r.program, r.town, r.case_id.bytes))
    persons = {person for r in rows for person in r.person_ids}
    return Roster(
        as_of=moment.as_of,
        as_at=moment.as_at,
        persons=len(persons),
        households=len({r.case_id for r in rows}),
        groups=_groups(rows),
        rows=tuple(rows),
    )


def _wanted(spell: Spell, program: str | None) -> bool:
    return spell.program in LASTING if program is None else spell.program == program


def _town(spell: Spell, towns: Towns, moment: Moment) -> str:
    """Where the household moved to since the spell began; else where it began."""
    start, day = spell.start.toordinal(), moment.as_of.toordinal()
    return towns.since(spell.case_id.bytes, start, day) or spell.town


def _state(due: Entitlement, month: str, run: Run | None) -> str:
    if due.is_suspended(month):
        return "suspended"
    return "fading" if run is not None and run.until_reason == FADED_OUT else "active"


def _groups(rows: list[RosterRow]) -> tuple[RosterGroup, ...]:
    grouped: dict[tuple[str, str], list[RosterRow]] = defaultdict(list)
    for r in rows:
        grouped[r.program, r.town].append(r)
    return tuple(
        RosterGroup(
            program,
            town,
            len({person for r in own for person in r.person_ids}),
            len({r.case_id for r in own}),
            sum(r.due_fen for r in own),
        )
        for (program, town), own in sorted(grouped.items())
    )


@dataclass(frozen=True, slots=True)
class Expiring:
    """Households whose status ends by itself within so many days, the soonest first."""

    as_of: date
    as_at: int
    within_days: int
    rows: tuple[RosterRow, ...]


def expiring(connection: Connection, moment: Moment, within_days: int) -> Expiring:
    """Who is in on the day, and will not be any more `within_days` later unless it is extended:
    limited terms and fade-outs (`state` tells which)."""
    last = moment.as_of + timedelta(days=within_days)
    d = decisions.c
    bounded = select(d.case_id).where(counts(decisions, moment), d.until.is_not(None))
    found = roster(connection, moment, cases=bounded).rows
    rows = [r for r in found if r.until is not None and r.until <= last]
    rows.sort(key=lambda r: (r.until, r.position, r.program))
    return Expiring(moment.as_of, moment.as_at, within_days, tuple(rows))
