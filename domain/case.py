"""The case file: one household, all its programs inside, every question answered from its facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.aggregate import Aggregate
from domain.case_facts import (
    COVERAGE_EVENTS,
    ENTITLEMENT_EVENTS,
    coverage_facts,
    entitle,
    starts_on,
)
from domain.coverage import Run, coverage_changes, runs
from domain.entitlement import Entitlement, Excess, Part, excesses
from domain.events import (
    CrossCheckCompleted,
    DirectoryCompared,
    Event,
    HeadChanged,
    HomeVisited,
    HouseholdFormed,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdSplit,
    MemberCameBack,
    MemberJoined,
    MemberLeft,
    MemberWentAway,
    NeighborsAsked,
    PaymentAuthorized,
    PaymentPaid,
    PaymentRecalled,
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
    recalled_fen: int = 0

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
        """The head of the household, as of the last change."""
        formed, changed = self.last(HouseholdFormed), self.last(HeadChanged)
        if changed is not None:
            return changed.head_id
        return formed.head_id if formed else None

    @property
    def merged_into(self) -> UUID | None:
        """The household that this one became part of; None while its file is open."""
        merged = self.last(HouseholdMerged)
        return merged.into_household_id if merged else None

    def members(self, on: date) -> set[UUID]:
        """Who belongs to the household on that day; its first head does until he left."""
        formed = self.last(HouseholdFormed)
        inside = {formed.head_id} if formed else set()
        for event in self.standing(MemberJoined, MemberLeft, HouseholdSplit, HouseholdMerged):
            if starts_on(event) > on:
                continue
            if isinstance(event, MemberJoined):
                inside.add(event.person_id)
            elif isinstance(event, MemberLeft):
                inside.discard(event.person_id)
            elif isinstance(event, HouseholdSplit):
                inside.difference_update(event.leaving)
            else:
                inside.clear()
        return inside

    def away(self, on: date) -> dict[UUID, str]:
        """Members who live elsewhere on that day, and why."""
        found: dict[UUID, str] = {}
        for event in self.standing(MemberWentAway, MemberCameBack):
            if starts_on(event) > on:
                continue
            if isinstance(event, MemberWentAway):
                found[event.person_id] = event.reason
            elif isinstance(event, MemberCameBack):
                found.pop(event.person_id, None)
        return found

    def town(self, on: date) -> str:
        """Division code of the town that the household belongs to on that day; may be empty."""
        formed = self.last(HouseholdFormed)
        town = formed.town if formed else ""
        for event in self.standing(HouseholdMoved):
            if isinstance(event, HouseholdMoved) and starts_on(event) <= on:
                town = event.to_town
        return town

    def coverage_changes(self) -> Iterator[CoverageChange]:
        """Who begins and ceases to be covered; the position is the version in the stream."""
        return coverage_changes(coverage_facts(self.id, self.standing(*COVERAGE_EVENTS)))

    def spells(self, deaths: Iterable[CoverageChange] = ()) -> list[Spell]:
        """The spells of all persons in all programs of this case."""
        return spells([*self.coverage_changes(), *deaths])

    def covered(self, program: str, on: date) -> set[UUID]:
        """Who is covered by the program on that day."""
        return {s.person_id for s in self.spells() if s.program == program and s.holds_on(on)}

    def runs(self, program: str) -> list[Run]:
        """The case's times in the program, in order of time."""
        facts = coverage_facts(self.id, self.standing(*COVERAGE_EVENTS))
        return runs(f for f in facts if f.program == program)

    def run(self, program: str, on: date) -> Run | None:
        """The run that is open on that day: none has ended it, and a fixed end is yet to come."""
        own = self.runs(program)
        last = own[-1] if own else None
        if last is None or last.ended_on is not None:
            return None
        return last if last.until is None or on < last.until else None

    def opening(self, program: str, on: date) -> Event | None:
        """The event that opened the run which is open on that day."""
        run = self.run(program, on)
        if run is None:
            return None
        for event in self.standing(*COVERAGE_EVENTS):
            if event.meta.stream_version == run.opened_by.position:
                return event
        return None

    def entitlement(self, program: str) -> Entitlement:
        """What is due under the program, month by month."""
        due = Entitlement()
        for event in self.standing(*ENTITLEMENT_EVENTS):
            entitle(due, event, program)
        return due

    def lines(self) -> dict[UUID, Line]:
        """Every payment line of the case by its id."""
        lines: dict[UUID, Line] = {}
        for event in self.standing(
            PaymentAuthorized,
            PaymentPaid,
            PaymentReturned,
            PaymentReissued,
            PaymentRecalled,
            PaymentRecovered,
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
            elif isinstance(event, PaymentRecalled):
                line.recalled_fen += event.amount_fen
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


def parts_of(line: PaymentAuthorized) -> list[Part]:
    """The parts of a line as they count against the entitlement."""
    return [
        Part(p.component, p.kind, p.amount_fen, p.first_month, p.last_month) for p in line.parts
    ]
