"""Figures that a bureau published, to hold the rebuilt ones against. Data only: nothing here counts.

Source of Zhuji's: 诸暨市民政局关于政协诸暨市第十五届委员会第三次会议第81号提案的答复
(dated 2024-06-27, published 2024-07-10). Only checks, new and exited are said to be of 2023; the
others are undated or to date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

Value = int | tuple[int, int]
"""Exact, or the lowest and highest whole number that was rounded to what was published."""


@dataclass(frozen=True)
class Published:
    """What one paper says of one year."""

    bureau: str
    year: int
    as_of: date
    document: str
    values: dict[str, Value]

    def agrees(self, key: str, value: int) -> bool | None:
        """True where the value is the published one, or rounds to it; None where none is."""
        published = self.values.get(key)
        if published is None:
            return None
        low, high = published if isinstance(published, tuple) else (published, published)
        return low <= value <= high


ZHUJI_2023: Final = Published(
    bureau="诸暨市民政局",
    year=2023,
    as_of=date(2024, 6, 27),
    document="001008006002009/2024-158569",
    values={
        "economic_checks": (12_350, 12_449),  # published as 1.24万条
        "newly_enrolled_persons": 1_525,
        "exited_persons": 1_661,
        "banks": 73,
        "departments": 14,
        "data_kinds": 28,
        "towns": 23,
        "social_workers": 32,
        "linked_departments": 34,
        "people_served": 15_779,
        "help_projects": 224,
        "cataract_patients": 31,
        "children_supported": 108,
        "children_supported_towns": 8,
        "homes_improved": 70,
        "orgs_in_venture": 3,
        "orgs_in_services": 79,
        "service_projects": 227,
        "fiscal_spend": 2_690_000,
        "charity_projects": 5,
        "charity_spend": 3_500_000,
    },
)
