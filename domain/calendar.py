"""Civil dates and months as clerks write them; a month is the text "YYYY-MM"."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from typing import Final

from domain.wording import BadValue

CHINA = timezone(timedelta(hours=8))
"""Civil dates are China's (UTC+8)."""

_DATE = re.compile(r"^(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T ].*)?$")
_MONTH = re.compile(r"^(\d{4})(?:[-/年](\d{1,2})月?|(\d{2}))$")
_DOTTED = re.compile(r"^\d{4}\.\d{1,2}$")
PERIOD_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
"""How often something is owed → months of a period."""
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


class BadDate(BadValue):
    """A date or month that cannot be read for certain."""


class AmbiguousMonth(BadDate):
    """`2023.1` may be January, or October whose 0 a spreadsheet dropped."""


def parse_date(value: str | date | datetime) -> date:
    """2023-01-05, 2023/1/5, 2023.1.5, 2023年1月5日, 20230105, a date cell. Raises BadDate."""
    if isinstance(value, datetime):
        return _within(value.date())
    if isinstance(value, date):
        return _within(value)
    text = unicodedata.normalize("NFKC", value).strip()
    match = _DATE.match(text)
    if match is None:
        raise BadDate("日期无法识别;应如 2023-01-05", "not a date; write it as 2023-01-05")
    year, month, day = match[1], match[2] or match[4], match[3] or match[5]
    try:
        return _within(date(int(year), int(month), int(day)))
    except ValueError as e:
        if isinstance(e, BadDate):
            raise
        raise BadDate("没有这个日期", "there is no such date") from None


def _within(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise BadDate("日期超出 1900–2199 年", "the date is outside 1900–2199")
    return day


def parse_month(value: str | date | datetime | float) -> str:
    """2023-01, 2023/1, 2023年1月, 202301, a date (its month). Raises BadDate, AmbiguousMonth."""
    if isinstance(value, (date, datetime)):
        return month_of(value)
    if isinstance(value, (int, float)):
        value = str(value)
    text = "".join(unicodedata.normalize("NFKC", value).split())
    if _DOTTED.match(text):
        raise AmbiguousMonth(
            f"{text} 分不清是 1 月还是 10 月;请写成 2023-01 或 2023-10",
            f"{text} may be January or October; write 2023-01 or 2023-10",
        )
    match = _MONTH.match(text)
    if match is None:
        return month_of(parse_date(text))
    month = int(match[2] or match[3])
    if not 1 <= month <= 12:
        raise BadDate("没有这个月份", "there is no such month")
    return f"{match[1]}-{month:02d}"


def month_of(day: date) -> str:
    """The month of a day."""
    return f"{day.year:04d}-{day.month:02d}"


def first_day(month: str) -> date:
    """The first day of a month."""
    return date(int(month[:4]), int(month[5:]), 1)


def next_month(month: str) -> str:
    """The month after."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def previous_month(month: str) -> str:
    """The month before."""
    return month_of(first_day(month) - timedelta(days=1))


def month_range(first: str, last: str) -> list[str]:
    """All months from first to last, both included; empty where last is before first."""
    months = []
    while first <= last:
        months.append(first)
        first = next_month(first)
    return months
