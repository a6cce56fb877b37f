"""The few deliberate breaches, so that what the ledger finds can be held against what is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from domain.calendar import month_of, next_month
from simulation.cases import PAID_PROGRAMS, Case
from simulation.county import Household, Membership, Person
from simulation.days import steps_before, workday_from
from simulation.quotas import LATE_DEATHS, OVERPAID
from simulation.story import Story

_LATE = ((3, 11, 6, 20), (5, 9, 9, 12), (8, 17, 11, 14))
"""Month and day of death, month and day of the report, within the year."""
_OVERPAID = ((5, 100_000), (10, 64_500))
"""Month of the list, and fen paid too much."""
assert len(_LATE) == LATE_DEATHS
assert len(_OVERPAID) == OVERPAID

NEW_PERSONS = 2
"""Persons whom breaches bring in: without a check, and approved by an investigator."""


@dataclass
class Breaches:
    """The cases concerned."""

    paid_after_death: list[Case] = field(default_factory=list)
    overpaid: dict[Case, tuple[str, int]] = field(default_factory=dict)
    """Case → month of the list, and fen too much."""
    exclusive: list[Case] = field(default_factory=list)
    unchecked: list[Case] = field(default_factory=list)
    self_approved: list[Case] = field(default_factory=list)


def breach(story: Story) -> Breaches:
    """Lets every deliberate breach happen, in the year asked for."""
    found = Breaches()
    for dates in _LATE:
        found.paid_after_death.append(_late_death(story, dates))
    for month, extra in _OVERPAID:
        case = _reserve(story, "dibao", 1)
        found.overpaid[case] = (f"{story.year}-{month:02d}", extra)
    found.exclusive.append(_exclusive(story))
    found.unchecked.append(_enrollment(story, workday_from(date(story.year, 6, 14))))
    found.self_approved.append(_self_approved(story))
    return found


def _reserve(story: Story, program: str, least: int) -> Case:
    """Takes a case out of everything else that happens; one of so many persons at least."""
    for at, case in enumerate(story.idle):
        if case.program == program and len(case.covered_now) >= least:
            case.reserved = True
            return story.idle.pop(at)
    raise AssertionError("the county is too small for its breaches")


def _late_death(story: Story, dates: tuple[int, int, int, int]) -> Case:
    """Somebody who lived alone died; months later the bureau learns of it and ends the payment,
    with effect from the month after the death. No supplement, so that each line is one excess."""
    died_month, died_day, told_month, told_day = dates
    case = next(
        c
        for c in story.idle
        if c.program in PAID_PROGRAMS and len(c.household.members) == 1 and not c.supplements
    )
    story.idle.remove(case)
    case.reserved = True
    head = case.household.head
    head.died_on = date(story.year, died_month, died_day)
    head.reported_on = date(story.year, told_month, told_day)
    decided_on = workday_from(date(story.year, told_month, told_day + 2))
    decision = story.decide("停止", case, decided_on, next_month(month_of(head.died_on)))
    decision.persons, decision.reason = (head,), "死亡"
    return case


def _exclusive(story: Story) -> Case:
    """A covered member of a 低保 household is enrolled in 特困 as well, in a file of his own."""
    person = _reserve(story, "dibao", 2).covered_now[-1]
    decided_on = workday_from(date(story.year, 4, 18))
    steps = steps_before(story.rng, decided_on)
    household = _household_of(story, person, steps.applied_on)
    case = Case(household, "tekun", reserved=True)
    decision = story.decide("新增", case, decided_on, next_month(month_of(decided_on)))
    decision.persons, decision.steps = (person,), steps
    decision.notice = steps.notice_from, steps.notice_to
    story.cases.append(case)
    story.verify(case)
    return case


def _household_of(story: Story, person: Person, on: date) -> Household:
    household = story.county.household(person)
    household.registered_on = on
    household.members = [Membership(person, "本人", on)]
    household.certificate_no = f"330681{story.year}990001"
    return household


def _enrollment(story: Story, decided_on: date) -> Case:
    """An enrollment of one person, with every step but check and visit."""
    case = story.enroll("dibao", decided_on, next_month(month_of(decided_on)), 1)
    case.reserved = True
    return case


def _self_approved(story: Story) -> Case:
    """The social worker who visited the household approves as well."""
    case = _enrollment(story, workday_from(date(story.year, 9, 13)))
    story.verify(case)
    decision = case.decisions[0]
    assert decision.steps is not None
    visit = story.verification.visit(case.household, decision.steps.visited_on)
    decision.approved_by = visit.investigators[0]
    return case
