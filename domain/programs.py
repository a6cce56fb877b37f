"""The programs of "1+8+X" and their Chinese names: which give a status, which exclude each other.

Programs name the department that decides them: medical, education, housing, employment and
disaster decisions are other departments' and arrive here as reported facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Program:
    """One of the basic, special or urgent programs."""

    code: str
    zh: str
    en: str
    group: str
    """basic, special or urgent (社会救助法 art. 15)."""
    decided_by: str
    """Code of the department that decides."""
    counts_as_status: bool = False
    """In the figures of new and exited persons (特困, 低保, 低保边缘)."""
    monthly: bool = False
    """Pays every month by an entitlement."""
    per_incident: bool = False
    """Given for an incident: a decision is no lasting status, and on no roster."""


_ALL = (
    Program("dibao", "低保", "Minimum living guarantee", "basic", "civil_affairs", True, True),
    Program("tekun", "特困", "Extreme hardship support", "basic", "civil_affairs", True, True),
    Program("dibao_edge", "低保边缘", "Near-minimum status", "basic", "civil_affairs", True),
    Program("rigid_spending", "刚性支出困难", "Rigid-spending hardship", "basic", "civil_affairs"),
    Program(
        "temporary", "临时救助", "Temporary relief", "urgent", "civil_affairs", per_incident=True
    ),
    Program("medical", "医疗救助", "Medical relief", "special", "medical_security"),
    Program("education", "教育救助", "Education relief", "special", "education"),
    Program("housing", "住房救助", "Housing relief", "special", "construction"),
    Program("employment", "就业救助", "Employment relief", "special", "human_resources"),
    Program(
        "disaster", "受灾人员救助", "Disaster relief", "special", "emergency", per_incident=True
    ),
)
PROGRAMS: Final[dict[str, Program]] = {p.code: p for p in _ALL}

STATUS_PROGRAMS: Final = frozenset(p.code for p in _ALL if p.counts_as_status)
"""Programs whose status a person has or has not: the ones behind "new" and "exited"."""

EXCLUSIVE: Final = frozenset({"dibao", "tekun", "dibao_edge", "rigid_spending"})
"""Nobody is in two of these at once, in one household or in two."""

FUNDS: Final[dict[str, str]] = {
    "county": "县级财政",
    "city": "市级财政",
    "province": "省级财政",
    "central": "中央财政",
    "charity": "慈善资金",
    "fiscal": "财政资金",
    "welfare_lottery": "福彩公益金",
}


LASTING: Final = frozenset(p.code for p in _ALL if not p.per_incident)
"""Programs in which one is, rather than which one was given."""


def excludes(one: str, other: str) -> bool:
    """True where nobody may be in both programs at once; a program excludes itself."""
    return one in EXCLUSIVE and other in EXCLUSIVE
