"""Days on which a bureau works, and the dates of one case's steps, counted back from the decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

_HOLIDAYS = (
    (date(2022, 10, 1), 7),
    (date(2022, 12, 31), 3),
    (date(2023, 1, 21), 7),
    (date(2023, 4, 5), 1),
    (date(2023, 4, 29), 5),
    (date(2023, 6, 22), 3),
    (date(2023, 9, 29), 8),
    (date(2023, 12, 30), 3),
    (date(2024, 2, 10), 8),
    (date(2024, 4, 4), 3),
    (date(2024, 5, 1), 5),
    (date(2024, 6, 8), 3),
)
"""First day and length. Days worked instead are left out: fewer days, none of them wrong."""
_OFF = frozenset(first + timedelta(days=i) for first, length in _HOLIDAYS for i in range(length))


def is_workday(day: date) -> bool:
    """Monday to Friday, public holidays left out."""
    return day.weekday() < 5 and day not in _OFF


@lru_cache(maxsize=4096)
def workdays(first: date, last: date) -> tuple[date, ...]:
    """All working days from first to last, both included."""
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return tuple(d for d in days if is_workday(d))


def workday_from(day: date) -> date:
    """The day, or the next working day."""
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def days_before(rng: Random, day: date, least: int, most: int) -> date:
    """A day that many days before."""
    return day - timedelta(days=rng.randint(least, most))


@dataclass(frozen=True, slots=True)
class Steps:
    """When the steps before a decision were taken."""

    applied_on: date
    accepted_on: date
    checked_on: date
    visited_on: date
    notice_from: date
    notice_to: date


def steps_before(rng: Random, decided_on: date) -> Steps:
    """Application, acceptance, check, visit, and a notice of 7 days, in their order; at most
    29 days in all."""
    notice_to = days_before(rng, decided_on, 1, 4)
    notice_from = notice_to - timedelta(days=6)
    visited_on = days_before(rng, notice_from, 1, 5)
    checked_on = days_before(rng, notice_from, 1, 6)
    accepted_on = days_before(rng, min(visited_on, checked_on), 1, 5)
    applied_on = days_before(rng, accepted_on, 0, 4)
    return Steps(applied_on, accepted_on, checked_on, visited_on, notice_from, notice_to)
