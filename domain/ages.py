"""Ages in whole years, and the bands in which alone an age may stand in an event."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import Final

CUTS: Final = (7, 16, 18, 60, 65, 80)
BANDS: Final = ("0-6", "7-15", "16-17", "18-59", "60-64", "65-79", "80+")


def age_on(birth: date, day: date) -> int:
    """Age in whole years. ValueError before the birth."""
    if day < birth:
        raise ValueError("the day lies before the birth")
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def age_band(birth: date, day: date) -> str:
    """The band of the age on that day."""
    return BANDS[bisect_right(CUTS, age_on(birth, day))]
