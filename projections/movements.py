"""Movements: who came in and who went out in a period, and whose entitlement was adjusted.

Opening + new − exited = closing, always, deaths being among the exits. New is who goes from no
status to a status, whatever the program; a change of program, a split or a move is neither.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from domain.spells import DEATH, Spell, StatusSpell, status_spells
from projections.coverage import coverage_spells
from projections.decisions import (
    ADJUSTED,
    CARRIED,
    EXTENDED,
    FADING,
    HANDED,
    REINSTATED,
    RESUMED,
    SUSPENDED,
    SWITCHED,
    decisions,
    decisions_where,
)
from projections.moment import Moment

NEW, EXIT = "new", "exit"
CHANGES = (SWITCHED, SUSPENDED, RESUMED, FADING, EXTENDED, REINSTATED, CARRIED, HANDED)
"""Changes of a case that bring nobody in and put nobody out by themselves."""
Period = tuple[date, date]
"""First day, and the first day after: half-open, as all intervals here."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A person in or out, or a case adjusted (`person_id` None then)."""

    kind: str
    """new, exit, death (an exit by death), adjusted, or one of `CHANGES`."""
    on: date
    position: int
    case_id: UUID
    program: str
    town: str
    person_id: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class ProgramMovement:
    """Who came into and went out of one program, changes of program counted too."""

    program: str
    opening: int
    entered: int
    left: int
    died: int
    """Of those who left, by death."""
    closing: int


@dataclass(frozen=True, slots=True)
class Movements:
    """What moved from `first` to before `end`, as far as `as_of`; persons with a status."""

    as_of: date
    as_at: int
    first: date
    end: date
    opening: int
    new: int
    exited: int
    """Deaths included."""
    died: int
    closing: int
    exits_by_reason: dict[str, int]
    adjusted: int
    changes: dict[str, int]
    """Cases switched, suspended, resumed, fading, extended, reinstated, carried or handed over."""
    programs: tuple[ProgramMovement, ...]
    rows: tuple[Movement, ...]


def movements(connection: Connection, moment: Moment, first: date, end: date) -> Movements:
    """The movements of the period [first, end)."""
    spells = coverage_spells(connection, moment)
    statuses = status_spells(spells)
    period = (first, end)
    rows = [
        *_new(statuses, period),
        *_exits(statuses, spells, period),
        *_adjusted(connection, moment, spells, period),
    ]
    rows.sort(key=lambda m: (m.on, m.position, m.kind, (m.person_id or m.case_id).bytes))
    kinds = Counter(m.kind for m in rows)
    opening, closing = present(statuses, first), present(statuses, end)
    exited = kinds[EXIT] + kinds[DEATH]
    assert opening + kinds[NEW] - exited == closing
    return Movements(
        as_of=moment.as_of,
        as_at=moment.as_at,
        first=first,
        end=end,
        opening=opening,
        new=kinds[NEW],
        exited=exited,
        died=kinds[DEATH],
        closing=closing,
        exits_by_reason=dict(sorted(Counter(m.reason for m in rows if m.kind == EXIT).items())),
        adjusted=kinds[ADJUSTED],
        changes={kind: kinds[kind] for kind in sorted(CHANGES) if kinds[kind]},
        programs=_by_program(spells, period),
        rows=tuple(rows),
    )


def present(spells: Iterable[StatusSpell] | Iterable[Spell], day: date) -> int:
    """How many are in at the beginning of the day: begun before it, not ended before it."""
    return sum(s.start < day and (s.end is None or s.end >= day) for s in spells)


def _new(statuses: list[StatusSpell], period: Period) -> list[Movement]:
    first, end = period
    return [
        Movement(
            NEW,
            s.start,
            s.first.start_position,
            s.first.case_id,
            s.first.program,
            s.first.town,
            s.person_id,
            "",
        )
        for s in statuses
        if first <= s.start < end
    ]


def _exits(statuses: list[StatusSpell], spells: list[Spell], period: Period) -> list[Movement]:
    first, end = period
    deaths = _deaths(spells)
    return [
        Movement(
            DEATH if s.last.end_position in deaths else EXIT,
            s.end,
            s.last.end_position or 0,
            s.last.case_id,
            s.last.program,
            s.last.town,
            s.person_id,
            s.last.end_reason,
        )
        for s in statuses
        if s.end is not None and first <= s.end < end
    ]


def _deaths(spells: Iterable[Spell]) -> set[int]:
    """Entries that ended one person's spells by death: a recorded death, or a decision about
    that person alone whose reason is death. A household that leaves because its head died is
    an exit of all its persons, and the head's death counts where it is recorded itself."""
    ended: dict[int, set[UUID]] = defaultdict(set)
    for s in spells:
        if s.end_position is not None and s.end_reason == DEATH:
            ended[s.end_position].add(s.person_id)
    return {position for position, persons in ended.items() if len(persons) == 1}


def _adjusted(
    connection: Connection, moment: Moment, spells: list[Spell], period: Period
) -> list[Movement]:
    first, end = period
    found = decisions_where(
        connection,
        moment,
        decisions.c.kind.in_((ADJUSTED, *CHANGES)),
        decisions.c.occurred_on >= first.toordinal(),
        decisions.c.occurred_on < end.toordinal(),
    )
    towns = {(s.case_id, s.program): s.town for s in spells} if found else {}
    return [
        Movement(
            d.kind,
            d.decided_on,
            d.position,
            d.case_id,
            d.program,
            towns.get((d.case_id, d.program), ""),
            None,
            d.reason,
        )
        for d in found
    ]


def _by_program(spells: list[Spell], period: Period) -> tuple[ProgramMovement, ...]:
    first, end = period
    deaths = _deaths(spells)
    by_program: dict[str, list[Spell]] = defaultdict(list)
    for s in spells:
        if s.end != s.start:
            by_program[s.program].append(s)
    return tuple(
        ProgramMovement(
            program=program,
            opening=present(own, first),
            entered=sum(first <= s.start < end for s in own),
            left=sum(s.end is not None and first <= s.end < end for s in own),
            died=sum(
                s.end is not None and first <= s.end < end and s.end_position in deaths for s in own
            ),
            closing=present(own, end),
        )
        for program, own in sorted(by_program.items())
    )
