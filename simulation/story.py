"""The thread of the history: what all its parts share, and how a household is enrolled."""

from __future__ import annotations

from bisect import insort
from datetime import date

from simulation.cases import STATUS_PROGRAMS, Case, Decision
from simulation.county import County
from simulation.days import steps_before
from simulation.households import Families
from simulation.offices import Offices
from simulation.quotas import Quotas
from simulation.verification import Verification


class Story:
    """What all parts of the history share."""

    def __init__(self, county: County, year: int, wanted: Quotas) -> None:
        self.county, self.year, self.wanted = county, year, wanted
        self.rng = county.rng
        self.offices = Offices(self.rng)
        self.families = Families(county)
        self.verification = Verification(county, self.offices)
        self.cases: list[Case] = []
        """In the programs that give a status."""
        self.other_cases: list[Case] = []
        """Refused, temporary relief, rigid spending."""
        self.idle: list[Case] = []
        """Cases that nothing but an adjustment has befallen yet."""
        self.first_month = f"{year}-01"
        self.last_day = date(year + 1, 6, 26)

    def enroll(
        self,
        program: str,
        decided_on: date,
        effective_month: str | None,
        covered: int | None = None,
    ) -> Case:
        """A new household with its application, check, visit, notice and decision."""
        steps = steps_before(self.rng, decided_on)
        case = self.families.case(program, steps.applied_on, covered)
        household = case.household
        persons = tuple(m.person for m in household.members[: case.covered_first])
        decision = self.decide("新增", case, decided_on, effective_month)
        decision.persons, decision.steps = persons, steps
        decision.notice = (steps.notice_from, steps.notice_to)
        everybody = len(persons) == len(household.members)
        decision.names_persons = not everybody or self.rng.random() < 0.95
        if program in STATUS_PROGRAMS:
            self.cases.append(case)
        return case

    def decide(
        self, action: str, case: Case, decided_on: date, effective_month: str | None
    ) -> Decision:
        """A decision of the case, proposed by the town and approved by the county."""
        decision = Decision(
            action,
            decided_on,
            effective_month,
            proposed_by=self.offices.proposer(case.household.town),
            approved_by=self.offices.approver(),
        )
        insort(case.decisions, decision, key=lambda d: d.decided_on)
        return decision

    def verify(self, case: Case) -> None:
        """The check and the visit that the first decision rests on."""
        steps = case.decisions[0].steps
        assert steps is not None
        self.verification.before_decision(
            case.household, steps.checked_on, steps.visited_on, case.income_fen
        )
