"""Counts deadlines in calendar or working days, by a table of holidays that a bureau may replace."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

SATURDAY = 5


@dataclass(frozen=True)
class Workdays:
    """Weekends and holidays are free; days made up for them are worked. Known for some years only."""

    holidays: frozenset[date]
    made_up: frozenset[date]
    first_year: int
    last_year: int
    _worked: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        day, end = date(self.first_year, 1, 1), date(self.last_year + 1, 1, 1)
        while day < end:
            if self.works(day):
                self._worked.append(day.toordinal())
            day += timedelta(days=1)

    def works(self, day: date) -> bool:
        """True where offices are open."""
        if day in self.made_up:
            return True
        return day.weekday() < SATURDAY and day not in self.holidays

    def knows(self, *days: date) -> bool:
        """True where the table covers the years of all these days."""
        return all(self.first_year <= d.year <= self.last_year for d in days)

    def between(self, start: date, end: date) -> int:
        """Working days after `start`, up to and with `end`; 0 where end is not after it.

        The day on which a time begins does not count (民法典 art. 201). Outside the table's years
        weekends alone are free.
        """
        if end <= start:
            return 0
        if not self.knows(start, end):
            return _weekdays(start, end)
        after = start.toordinal() + 1
        return bisect_left(self._worked, end.toordinal() + 1) - bisect_left(self._worked, after)

    def days(self, calendar: str, start: date, end: date) -> int:
        """Days after `start`, up to and with `end`, as the calendar counts them."""
        return self.between(start, end) if calendar == "working" else max(0, (end - start).days)


def _weekdays(start: date, end: date) -> int:
    return sum(
        date.fromordinal(n).weekday() < SATURDAY
        for n in range(start.toordinal() + 1, end.toordinal() + 1)
    )


def spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days as spans of days that follow each other, both ends included."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and (day - found[-1][1]).days == 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
