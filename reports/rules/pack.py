"""What a rule pack says: rules with their citation, their time, their parameters and their state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from reports.rules.workdays import Workdays

VERIFIED, THIRD_PARTY, SECONDARY = "verified", "third_party", "secondary"
STATES: Final = {
    VERIFIED: ("已核对原文", "read in the text"),
    THIRD_PARTY: ("据第三方转载全文,待与官方文本核对", "third party's copy of the full text"),
    SECONDARY: ("仅见于其他资料,未启用", "seen in other pages only: off"),
}
"""How the text of a rule was seen. A secondary rule is shown and never applied."""
SEVERITIES: Final = ("high", "medium", "low")
CALENDAR, WORKING = "calendar", "working"

Value = int | bool | str | date | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule stands; `law` and `article` are empty for an audit test of practice."""

    law: str
    article: str

    def __str__(self) -> str:
        return f"《{self.law}》第{self.article}条" if self.law else "审计实务"


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule, in force in [effective_from, effective_to)."""

    id: str
    kind: str
    """Which check applies it (`kinds.py`); `statement` for a rule that none does."""
    title_zh: str
    title_en: str
    citation: Citation
    jurisdiction: str
    effective_from: date
    effective_to: date | None
    calendar: str
    """calendar or working: how its days are counted."""
    severity: str
    state: str
    parameters: Mapping[str, Value]
    note: str
    line: int
    """Where it begins in its file."""

    @property
    def version(self) -> str:
        """Names this version for good: the rule, and the day from which it holds."""
        return f"{self.id}@{self.effective_from.isoformat()}"

    def holds_on(self, day: date) -> bool:
        """True where it is in force on the day."""
        return self.effective_from <= day and (self.effective_to is None or day < self.effective_to)

    @property
    def applied(self) -> bool:
        """False for what is only cited, and for what was seen in secondary pages."""
        return self.kind != "statement" and self.state != SECONDARY

    def number(self, name: str) -> int:
        """A parameter that is a whole number."""
        value = self.parameters[name]
        assert isinstance(value, int)
        return value

    def words(self, name: str) -> tuple[str, ...]:
        """A parameter that is a list of codes."""
        value = self.parameters[name]
        assert isinstance(value, tuple)
        return value


@dataclass(frozen=True, slots=True)
class RulePack:
    """A file of rules as loaded; `digest` is SHA-256 of its bytes, hexadecimal."""

    id: str
    title_zh: str
    title_en: str
    jurisdiction: str
    digest: str
    rules: tuple[Rule, ...]
    workdays: Workdays

    def in_force(self, day: date) -> dict[str, Rule]:
        """Id → the version in force on that day, also of rules that are not applied."""
        return {r.id: r for r in self.rules if r.holds_on(day)}

    def of_kind(self, kind: str) -> list[Rule]:
        """Every version of the rules of a kind that are applied, the oldest first."""
        own = [r for r in self.rules if r.kind == kind and r.applied]
        return sorted(own, key=lambda r: (r.id, r.effective_from))
