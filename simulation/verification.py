"""Cross-checks and visits: before decisions, and again once a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from simulation.cases import Case
from simulation.county import County, Household, Person
from simulation.days import days_before, workday_from, workdays
from simulation.offices import Offices
from simulation.quotas import Quotas
from simulation.words import BANKS, DEPARTMENTS

MEETS, EXCEEDS, TO_REVIEW = "符合", "不符合", "待复核"


@dataclass(slots=True, eq=False)
class Check:
    """A completed request: a row for each of its persons."""

    persons: tuple[Person, ...]
    household: Household | None
    fed_back_on: date
    result: str
    income_fen: int | None
    on_application: bool
    sources: tuple[str, ...]
    number: int = 0


@dataclass(slots=True, eq=False)
class Visit:
    """A home visit, an inquiry among neighbors, or a comparison with a shared directory."""

    household: Household
    visited_on: date
    investigators: tuple[str, ...]
    method: str
    conclusion: str
    signed: bool


class Verification:
    """Collects checks and visits as the story goes."""

    def __init__(self, county: County, offices: Offices) -> None:
        self.county, self.offices = county, offices
        self.checks: list[Check] = []
        self._visits: dict[tuple[Household, date, str], Visit] = {}

    @property
    def visits(self) -> list[Visit]:
        """All visits; of a household at most one a day and method."""
        return list(self._visits.values())

    def check(
        self,
        persons: list[Person],
        household: Household | None,
        on: date,
        result: str = MEETS,
        income_fen: int | None = None,
        *,
        on_application: bool = False,
    ) -> None:
        """One completed request about these persons."""
        rng = self.county.rng
        start = rng.randrange(len(DEPARTMENTS) - 3)
        sources = (*DEPARTMENTS[start : start + 3], BANKS[0], rng.choice(BANKS))
        self.checks.append(
            Check(tuple(persons), household, on, result, income_fen, on_application, sources)
        )

    def visit(
        self, household: Household, on: date, conclusion: str = MEETS, method: str = "入户调查"
    ) -> Visit:
        """One visit by two investigators of the town."""
        investigators = self.offices.investigators(household.town)
        signed = self.county.rng.random() < 0.985
        visit = Visit(household, on, investigators, method, conclusion, signed)
        return self._visits.setdefault((household, on, method), visit)

    def before_decision(
        self, household: Household, checked_on: date, visited_on: date, income_fen: int
    ) -> None:
        """Check and visit that an approval rests on; sometimes the neighbors are asked too."""
        persons = household.persons_on(checked_on)
        self.check(persons, household, checked_on, MEETS, income_fen, on_application=True)
        self.visit(household, visited_on)
        if self.county.rng.random() < 0.08:
            self.visit(household, visited_on, method="邻里访问")

    def before_exit(self, case: Case, decided_on: date, income_fen: int | None) -> None:
        """What shows that a household is over the limit."""
        checked_on = days_before(self.county.rng, decided_on, 9, 20)
        persons = case.covered_on(checked_on)
        self.check(persons, case.household, checked_on, EXCEEDS, income_fen)
        self.visit(case.household, days_before(self.county.rng, decided_on, 2, 8), EXCEEDS)

    def forget(self, household: Household, after: date, upto: date) -> None:
        """As if nothing about the household had been checked in (after, upto]."""
        self.checks = [
            c
            for c in self.checks
            if c.household is not household or not after < c.fed_back_on <= upto
        ]
        self._visits = {
            key: v
            for key, v in self._visits.items()
            if v.household is not household or not after < v.visited_on <= upto
        }

    def rows_between(self, first: date, last: date) -> int:
        """Persons checked, request by request, with an answer in these days."""
        return sum(len(c.persons) for c in self.checks if first <= c.fed_back_on <= last)


def recheck_year(verification: Verification, cases: list[Case], year: int, wanted: Quotas) -> None:
    """The yearly re-check of those who stay, until the year has exactly the requests wanted."""
    county = verification.county
    first, last = date(year, 1, 1), date(year, 12, 31)
    left = wanted.checks - verification.rows_between(first, last)
    days = workdays(date(year, 2, 6), date(year, 11, 20))
    staying = [c for c in cases if not c.reserved and _stays(c, first, last)]
    county.rng.shuffle(staying)
    for case in staying:
        left -= _recheck(verification, case, county.rng.choice(days), left)
    known = [p for p in county.people if p.registered_on < date(year, 6, 1) and not p.died_on]
    for person in known[:left]:
        verification.check([person], None, county.rng.choice(workdays(date(year, 6, 5), last)))
    assert verification.rows_between(first, last) == wanted.checks, "too few people to check"


def recheck_half(verification: Verification, cases: list[Case], year: int, wanted: Quotas) -> None:
    """Re-checks of the half year after, as far as it goes."""
    county, left = verification.county, wanted.checks_half
    days = workdays(date(year, 2, 20), date(year, 6, 5))
    staying = [c for c in cases if not c.reserved and _stays(c, date(year, 1, 1), date.max)]
    county.rng.shuffle(staying)
    for case in staying:
        left -= _recheck(verification, case, county.rng.choice(days), left)


def _stays(case: Case, first: date, last: date) -> bool:
    return bool(case.covered_on(first)) and bool(case.covered_on(last))


def _recheck(verification: Verification, case: Case, day: date, left: int) -> int:
    """Checks the covered persons once, or twice where the first answer had to be reviewed."""
    rng = verification.county.rng
    persons = case.covered_on(day)
    if not persons or len(persons) > left:
        return 0
    reviewed = rng.random() < 0.012 and 2 * len(persons) <= left
    income = case.income_fen if case.program != "tekun" else 0
    result = TO_REVIEW if reviewed else MEETS
    verification.check(persons, case.household, day, result, income)
    rows = len(persons)
    again = workday_from(day + timedelta(days=rng.randint(7, 14)))
    if reviewed and (persons := case.covered_on(again)):
        verification.check(persons, case.household, again, MEETS, income)
        rows += len(persons)
    if rng.random() < 0.4:
        method = "信息比对" if rng.random() < 0.06 else "入户调查"
        verification.visit(
            case.household, workday_from(day + timedelta(days=rng.randint(1, 9))), MEETS, method
        )
    return rows
