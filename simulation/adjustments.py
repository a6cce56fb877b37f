"""Adjustments of what a household is due: changes of income and of disability."""

from __future__ import annotations

from datetime import date, timedelta

from domain.calendar import first_day, month_of, next_month
from simulation.cases import Case
from simulation.days import days_before, workdays
from simulation.movements import CUT_OFF_DAY
from simulation.quotas import Period
from simulation.story import Story

_HIGHEST_FEN = 98_000
"""Income per head that still leaves an amount to pay."""


def adjust(story: Story, first: date, last: date, wanted: Period) -> None:
    """So many adjustments between these days, some with effect from earlier months. To be called
    when all comings and goings are known."""
    pool = [c for c in story.cases if c.program == "dibao" and not c.reserved]
    story.rng.shuffle(pool)
    days = workdays(first + timedelta(days=75), last)
    retroactive = done = 0
    for case in pool:
        if done == wanted.adjusted:
            return
        decided_on = story.rng.choice(days)
        backward = retroactive < wanted.retroactive and len(case.decisions) == 1
        # The first days' decisions reach the list of their month: arrears follow a month later.
        if (backward and decided_on.day <= CUT_OFF_DAY) or not _undisturbed(case, decided_on):
            continue
        _adjust(story, case, decided_on, backward=backward)
        retroactive += backward
        done += 1


def _undisturbed(case: Case, day: date) -> bool:
    """In for three months before and two after, and nothing else decided in that time."""
    first, last = day - timedelta(days=100), day + timedelta(days=70)
    if any(first <= d.decided_on <= last for d in case.decisions):
        return False
    inside = case.covered_on(first)
    return bool(inside) and case.covered_on(last) == inside


def _adjust(story: Story, case: Case, decided_on: date, *, backward: bool) -> None:
    rng = story.rng
    month = next_month(month_of(decided_on))
    if backward:
        month = month_of(first_day(month_of(decided_on)) - timedelta(days=rng.choice((0, 20, 35))))
    before = _income_before(case, decided_on)
    decision = story.decide("调整", case, decided_on, month)
    decision.reason = "收入变化"
    # With effect from earlier months it only rises: what is missing is paid afterwards.
    if backward or rng.random() < 0.45 or before >= _HIGHEST_FEN:
        decision.new_income_fen = max(0, before - rng.randint(20, 60) * 500)
        story.verification.visit(case.household, days_before(rng, decided_on, 3, 12))
    else:
        decision.new_income_fen = min(_HIGHEST_FEN, before + rng.randint(8, 60) * 500)
    if not backward and case.supplements and rng.random() < 0.3:
        person = next(iter(case.supplements))
        decision.new_supplement = (person, case.supplements[person] + 10_750)
        decision.reason = "残疾变化"


def _income_before(case: Case, day: date) -> int:
    income = case.income_fen
    for decision in case.decisions:
        if decision.decided_on < day and decision.new_income_fen is not None:
            income = decision.new_income_fen
    return income
