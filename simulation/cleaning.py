"""Makes a history clean: whatever a rule would find in an ordinary county is done as it should be.

For planting: on a clean year, what the checks find is what was put in and nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from simulation.cases import Case
from simulation.days import workday_from
from simulation.discovery import Need
from simulation.partners import Provider
from simulation.services import Wish
from simulation.story import Story
from simulation.verification import MEETS

_RECHECK_DAYS = 300
"""Between two re-checks: a year is allowed."""
_ANSWER_DAYS = 80
"""Whatever was raised so long before the end has an outcome."""


def clean_cases(story: Story) -> None:
    """Investigations begin in time, forms are signed, and everybody is re-checked within the year."""
    for case in (*story.cases, *story.other_cases):
        for decision in case.decisions:
            steps = decision.steps
            if steps is not None:
                soon = max(steps.accepted_on, steps.visited_on - timedelta(days=3))
                decision.steps = replace(steps, accepted_on=soon)
    for visit in story.verification.visits:
        visit.signed = True
    for case in story.cases:
        _recheck(story, case)


def _recheck(story: Story, case: Case) -> None:
    day = case.enrolled_on + timedelta(days=_RECHECK_DAYS)
    while day < story.last_day:
        on = workday_from(day)
        persons = case.covered_on(on)
        if persons:
            story.verification.check(persons, case.household, on, MEETS, case.income_fen)
        day += timedelta(days=_RECHECK_DAYS)


def clean_needs(story: Story, found: list[Need]) -> None:
    """Needs are referred and answered in time."""
    for need in found:
        late = need.answered_on and (need.answered_on - need.found_on).days > _ANSWER_DAYS
        if need.answered_on and not late:
            continue
        if (story.last_day - need.found_on).days >= _ANSWER_DAYS:
            need.referred_to = need.referred_to or "民政局"
            need.referred_on = need.referred_on or workday_from(need.found_on + timedelta(days=2))
            need.answered_on = workday_from(need.referred_on + timedelta(days=15))
            need.answer = "已解决"


def clean_wishes(story: Story, found: list[Wish], providers: list[Provider]) -> None:
    """Wishes are taken on and fulfilled in time."""
    for wish in found:
        if wish.fulfilled_on or (story.last_day - wish.registered_on).days < _ANSWER_DAYS:
            continue
        wish.provider = wish.provider or providers[0]
        wish.matched_on = wish.matched_on or wish.registered_on + timedelta(days=5)
        wish.fulfilled_on, wish.satisfaction = wish.matched_on + timedelta(days=20), 5
