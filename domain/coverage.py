"""From the facts of cases to who begins and ceases to be covered, ends that were fixed included.

One reckoning for the case file that decides and for the view that answers: both hand in facts,
whether read from events or from rows. A run is a case's time in a program, from the fact that
opens it to the one that ends it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from domain.spells import CoverageChange

START, COVER, UNCOVER, END, UNTIL = "start", "cover", "uncover", "end", "until"
"""Opens a run or adds persons to it · adds one · takes some out · ends it · fixes its last day."""

EXPIRED: Final = "expired"
FADED_OUT: Final = "fade_out"
"""Reasons of an end that was fixed beforehand."""
SWITCHED: Final = "switched"
HANDED_OVER: Final = "handed_over"
"""Reasons of an end that is no exit: the person goes on in another program or case."""


@dataclass(frozen=True, slots=True)
class CoverageFact:
    """What one entry says about one program of one case. A switch is two facts."""

    kind: str
    case_id: UUID
    program: str
    on: date
    position: int
    persons: tuple[UUID, ...] = ()
    """For START, COVER and UNCOVER; END concerns everybody."""
    reason: str = ""
    town: str = ""
    until: date | None = None
    """For START and UNTIL: the first day no longer in."""
    hands_over: bool = False
    """For UNCOVER: where nobody is left, the run is over."""


@dataclass(slots=True)
class Run:
    """A case's time in a program."""

    opened_by: CoverageFact
    until: date | None
    until_from: CoverageFact
    until_reason: str = EXPIRED
    inside: set[UUID] = field(default_factory=set)
    ended_on: date | None = None
    """The day of the fact that ended it, or the day that was fixed; None while it lasts."""
    ran_out: bool = False
    """True where it ended on the day that was fixed."""

    def holds_on(self, day: date) -> bool:
        """True where the case is in on that day, as far as the facts say."""
        last = self.ended_on or self.until
        return self.opened_by.on <= day and (last is None or day < last)


def runs(facts: Iterable[CoverageFact]) -> list[Run]:
    """The runs of one program of one case, in order of time; ties go by position."""
    found: list[Run] = []
    run: Run | None = None
    for fact in sorted(facts, key=lambda f: (f.on, f.position)):
        if run is not None and _has_run_out(run, fact):
            run.ended_on, run.ran_out, run = run.until, True, None
        if run is None:
            if fact.kind == START:
                run = Run(fact, fact.until, fact, inside=set(fact.persons))
                found.append(run)
            continue
        if fact.kind in (START, COVER):
            run.inside.update(fact.persons)
        if fact.kind == UNTIL or (fact.kind == START and fact.until is not None):
            run.until, run.until_from = fact.until, fact
            run.until_reason = fact.reason if fact.kind == UNTIL else EXPIRED
        elif fact.kind == UNCOVER:
            run.inside.difference_update(fact.persons)
        if fact.kind == END or (fact.hands_over and not run.inside):
            run.ended_on, run = fact.on, None
    return found


def _has_run_out(run: Run, fact: CoverageFact) -> bool:
    if run.until is None:
        return False
    # What is decided for the very last day may still move it.
    return run.until < fact.on or (run.until == fact.on and fact.kind != UNTIL)


def coverage_changes(facts: Iterable[CoverageFact]) -> Iterator[CoverageChange]:
    """The changes of coverage, one a person, in the order of the facts; fixed ends come last.

    An end concerns every person whom the case ever covers in that program, also one whose
    coverage was reported after it: spells leave out who is not in on that day. A member covered
    later is in the town of the run's opening.
    """
    by_program: dict[tuple[UUID, str], list[CoverageFact]] = defaultdict(list)
    facts = list(facts)
    for fact in facts:
        by_program[fact.case_id, fact.program].append(fact)
    everybody = {key: _ever(own) for key, own in by_program.items()}
    towns = {
        key: next((f.town for f in reversed(own) if f.town), "") for key, own in by_program.items()
    }
    for fact in facts:
        if fact.kind == UNTIL:
            continue
        key = fact.case_id, fact.program
        starts = fact.kind in (START, COVER)
        for person in everybody[key] if fact.kind == END else fact.persons:
            yield CoverageChange(
                person,
                fact.case_id,
                fact.program,
                fact.on,
                starts,
                fact.position,
                "" if fact.kind == START else fact.reason,
                fact.town or towns[key],
            )
    for key, own in by_program.items():
        if any(f.until for f in own):
            yield from _fixed_ends(own, everybody[key])


def _ever(facts: Iterable[CoverageFact]) -> dict[UUID, None]:
    return {p: None for f in facts if f.kind in (START, COVER) for p in f.persons}


def _fixed_ends(facts: list[CoverageFact], persons: Iterable[UUID]) -> Iterator[CoverageChange]:
    for run in runs(facts):
        if run.until is None or (run.ended_on is not None and not run.ran_out):
            continue
        by = run.until_from
        for person in persons:
            yield CoverageChange(
                person,
                by.case_id,
                by.program,
                run.until,
                False,
                by.position,
                run.until_reason,
                by.town,
            )
