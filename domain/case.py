"""The case file: one household, all its programs inside, every question answered from its facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.aggregate import Aggregate
from domain.calendar import month_of
from domain.entitlement import Entitlement, Excess, Part, excesses
from domain.events import (
    Component,
    CrossCheckCompleted,
    DirectoryCompared,
    Enrolled,
    EntitlementAdjusted,
    Event,
    Exited,
    HomeVisited,
    HouseholdFormed,
    MemberCovered,
    MemberJoined,
    MemberLeft,
    MemberUncovered,
    NeighborsAsked,
    PaymentAuthorized,
    PaymentPaid,
    PaymentRecovered,
    PaymentReissued,
    PaymentReturned,
)
from domain.spells import CoverageChange, Spell, spells


@dataclass
class Line:
    """Where a payment line stands."""

    authorized: PaymentAuthorized
    status: str = "pending"
    """pending, paid or returned."""
    recovered_fen: int = 0

    @property
    def stands(self) -> bool:
        """False once the bank returned it or all of it was recovered: it no longer counts."""
        return self.status != "returned" and self.recovered_fen < self.authorized.amount_fen


class CaseFile(Aggregate):
    """A household's stream: its members, programs, entitlements and payments."""

    @property
    def is_formed(self) -> bool:
        """True once the household's file is open."""
        return self.last(HouseholdFormed) is not None

    @property
    def head_id(self) -> UUID | None:
        """The head of the household."""
        formed = self.last(HouseholdFormed)
        return formed.head_id if formed else None

    def members(self, on: date) -> set[UUID]:
        """Who belongs to the household on that day; the head always does until he left."""
        inside = {self.head_id} if self.head_id else set()
        for event in self.standing(MemberJoined, MemberLeft):
            if starts_on(event) > on:
                continue
            if isinstance(event, MemberJoined):
                inside.add(event.person_id)
            elif isinstance(event, MemberLeft):
                inside.discard(event.person_id)
        return inside

    def coverage_changes(self) -> Iterator[CoverageChange]:
        """Who begins and ceases to be covered; the position is the version in the stream."""
        return coverage_changes(self.id, self.standing(*COVERAGE_EVENTS))

    def spells(self, deaths: Iterable[CoverageChange] = ()) -> list[Spell]:
        """The spells of all persons in all programs of this case."""
        return spells([*self.coverage_changes(), *deaths])

    def covered(self, program: str, on: date) -> set[UUID]:
        """Who is covered by the program on that day."""
        return {s.person_id for s in self.spells() if s.program == program and s.holds_on(on)}

    def enrollment(self, program: str) -> Enrolled | None:
        """The enrollment that is open in this program; None where the household is out."""
        current: Enrolled | None = None
        for event in sorted(
            self.standing(Enrolled, Exited),
            key=lambda e: (e.meta.occurred_on, e.meta.stream_version),
        ):
            if isinstance(event, Enrolled) and event.program == program:
                current = current or event
            elif isinstance(event, Exited) and event.program == program:
                current = None
        return current

    def entitlement(self, program: str) -> Entitlement:
        """What is due under the program, month by month."""
        due = Entitlement()
        for event in self.standing(Enrolled, EntitlementAdjusted, Exited):
            if getattr(event, "program", None) != program:
                continue
            month = month_of(starts_on(event))
            if isinstance(event, Exited):
                due.end_from(month)
            elif isinstance(event, (Enrolled, EntitlementAdjusted)):
                due.set_from(month, summed(event.components))
        return due

    def lines(self) -> dict[UUID, Line]:
        """Every payment line of the case by its id."""
        lines: dict[UUID, Line] = {}
        for event in self.standing(
            PaymentAuthorized, PaymentPaid, PaymentReturned, PaymentReissued, PaymentRecovered
        ):
            if isinstance(event, PaymentAuthorized):
                lines[event.line_id] = Line(event)
                continue
            line = lines.get(getattr(event, "line_id", UUID(int=0)))
            if line is None:
                continue
            if isinstance(event, PaymentPaid):
                line.status = "paid"
            elif isinstance(event, PaymentReturned):
                line.status = "returned"
            elif isinstance(event, PaymentReissued):
                line.status = "pending"
            elif isinstance(event, PaymentRecovered):
                line.recovered_fen += event.amount_fen
        return lines

    def excesses(self, program: str, extra: Iterable[Part] = ()) -> list[Excess]:
        """What standing lines, and these parts more, pay beyond what is due."""
        standing = [
            part
            for line in self.lines().values()
            if line.stands and line.authorized.program == program
            for part in parts_of(line.authorized)
        ]
        return excesses(self.entitlement(program), [*standing, *extra])

    def checks(self) -> Iterator[Event]:
        """Everything that counts as a check of the household's situation."""
        return self.standing(CrossCheckCompleted, DirectoryCompared, HomeVisited, NeighborsAsked)

    def investigators(self) -> set[str]:
        """Codes of all who investigated this household."""
        found: set[str] = set()
        for event in self.standing(HomeVisited, NeighborsAsked):
            if isinstance(event, (HomeVisited, NeighborsAsked)):
                found.update(event.investigators)
        return found


COVERAGE_EVENTS = (Enrolled, MemberCovered, MemberUncovered, Exited)


def coverage_changes(case_id: UUID, events: Iterable[Event]) -> Iterator[CoverageChange]:
    """The changes of coverage in a case's events, one a person.

    An exit ends every person whom the case ever covers in that program, also one whose
    coverage was reported after the exit: spells leave out who is not in on that day.
    """
    events = list(events)
    ever: dict[str, dict[UUID, None]] = defaultdict(dict)
    for event in events:
        if isinstance(event, Enrolled):
            ever[event.program].update(dict.fromkeys(event.covered))
        elif isinstance(event, MemberCovered):
            ever[event.program][event.person_id] = None
    for event in events:
        yield from _changes_of(event, case_id, ever)


def _changes_of(
    event: Event, case_id: UUID, ever: dict[str, dict[UUID, None]]
) -> Iterator[CoverageChange]:
    day, at = event.meta.occurred_on, event.meta.stream_version
    if isinstance(event, Enrolled):
        for p in event.covered:
            yield CoverageChange(p, case_id, event.program, day, True, at, "", event.town)
    elif isinstance(event, MemberCovered):
        yield CoverageChange(event.person_id, case_id, event.program, day, True, at, event.reason)
    elif isinstance(event, MemberUncovered):
        yield CoverageChange(event.person_id, case_id, event.program, day, False, at, event.reason)
    elif isinstance(event, Exited):
        for p in ever[event.program]:
            yield CoverageChange(p, case_id, event.program, day, False, at, event.reason)


def starts_on(event: Event) -> date:
    """From when the new state holds: the effective date, else the day it happened."""
    return event.meta.effective_from or event.meta.occurred_on


def summed(components: Iterable[Component]) -> dict[str, int]:
    """Component → fen a month; supplements of several persons add up."""
    total: dict[str, int] = defaultdict(int)
    for c in components:
        total[c.code] += c.amount_fen
    return dict(total)


def parts_of(line: PaymentAuthorized) -> list[Part]:
    """The parts of a line as they count against the entitlement."""
    return [
        Part(p.component, p.kind, p.amount_fen, p.first_month, p.last_month) for p in line.parts
    ]
