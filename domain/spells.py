"""From changes of coverage to spells: who was in which program, from which day to which.

Used wherever the question "who is in?" is asked: the guard across households, the case,
the roster and the figures, so that they cannot disagree. Intervals are half-open
([start, end)); on one day the order of the log decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from domain.programs import STATUS_PROGRAMS


@dataclass(frozen=True, slots=True)
class CoverageChange:
    """One person begins or ceases to be covered. A death has no case and no program: it ends all."""

    person_id: UUID
    case_id: UUID | None
    program: str
    on: date
    starts: bool
    position: int
    reason: str = ""
    town: str = ""


@dataclass(frozen=True, slots=True)
class Spell:
    """One person in one program of one case, [start, end); `end` None while it lasts."""

    person_id: UUID
    case_id: UUID
    program: str
    start: date
    town: str
    start_position: int
    end: date | None = None
    end_position: int | None = None
    end_reason: str = ""

    def holds_on(self, day: date) -> bool:
        """True where the person is in on that day."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class StatusSpell:
    """One person with any status, however many programs and cases it went through."""

    person_id: UUID
    start: date
    end: date | None
    first: Spell
    last: Spell


DEATH = "death"


def spells(changes: Iterable[CoverageChange]) -> list[Spell]:
    """Every spell that the changes make, by (start, start position).

    A start while already in, and an end while not in, change nothing here (they are breaches,
    shown elsewhere). A death ends every spell that is open on that day, also one whose exit
    was decided later; what starts after a death stays (and is a breach).
    """
    by_person: dict[UUID, list[CoverageChange]] = defaultdict(list)
    for change in changes:
        by_person[change.person_id].append(change)
    found = [spell for own in by_person.values() for spell in _of_person(own)]
    found.sort(key=lambda s: (s.start, s.start_position))
    return found


def _of_person(changes: list[CoverageChange]) -> list[Spell]:
    changes.sort(key=lambda c: (c.on, c.position))
    open_spells: dict[tuple[UUID, str], Spell] = {}
    closed: list[Spell] = []
    for c in changes:
        if c.case_id is None:
            closed += [_ended(s, c) for s in open_spells.values()]
            open_spells.clear()
            continue
        key = (c.case_id, c.program)
        if c.starts and key not in open_spells:
            open_spells[key] = Spell(c.person_id, c.case_id, c.program, c.on, c.town, c.position)
        elif not c.starts and key in open_spells:
            closed.append(_ended(open_spells.pop(key), c))
    return closed + list(open_spells.values())


def _ended(spell: Spell, change: CoverageChange) -> Spell:
    reason = DEATH if change.case_id is None else change.reason
    return replace(spell, end=change.on, end_position=change.position, end_reason=reason)


def status_spells(
    all_spells: Iterable[Spell], programs: frozenset[str] = STATUS_PROGRAMS
) -> list[StatusSpell]:
    """Each person's time with any status: programs that touch or overlap are one spell.

    So a change of program, a split, a merge or a move is neither new nor exit. Spells of no
    length (in and out on one day) are left out.
    """
    by_person: dict[UUID, list[Spell]] = defaultdict(list)
    for s in all_spells:
        if s.program in programs and s.end != s.start:
            by_person[s.person_id].append(s)
    merged = [m for own in by_person.values() for m in _merged(own)]
    merged.sort(key=lambda m: (m.start, m.first.start_position))
    return merged


def _merged(own: list[Spell]) -> list[StatusSpell]:
    own.sort(key=lambda s: (s.start, s.start_position))
    result: list[StatusSpell] = []
    for s in own:
        if result and (result[-1].end is None or s.start <= result[-1].end):
            before = result[-1]
            if before.end is not None and (s.end is None or s.end > before.end):
                result[-1] = replace(before, end=s.end, last=s)
        else:
            result.append(StatusSpell(s.person_id, s.start, s.end, s, s))
    return result
