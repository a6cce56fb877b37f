"""The `RuleBook` port that decisions ask, and the rules that hold until a rule pack says otherwise.

Parameters, not code: a later rule pack implements the same port with versions in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.programs import EXCLUSIVE


class RuleBook(Protocol):
    """What a decision may ask. Answers are for the day that the decision is made on."""

    @property
    def version(self) -> str:
        """Name of the rules in force; kept in the event's `rule_version`."""
        ...

    def excludes(self, one: str, other: str, on: date) -> bool:
        """True where nobody may be in both programs at once."""
        ...

    def check_valid_days(self, on: date) -> int:
        """For how many days a check counts before a decision."""
        ...

    def investigators_needed(self, on: date) -> int:
        """How many investigators a home visit takes (审核确认办法 art. 16: two)."""
        ...

    def hearing_needed(self, on: date) -> bool:
        """True where the household is heard before relief is reduced or ended."""
        ...


@dataclass(frozen=True)
class TrunkRules:
    """The few rules of the trunk (民发〔2021〕57号 art. 16, 28; 浙江省社会救助条例 art. 11;
    社会救助法 art. 48)."""

    version: str = "trunk-1"
    valid_days: int = 366
    investigators: int = 2
    heard_from: date = date(2026, 7, 1)

    def excludes(self, one: str, other: str, on: date) -> bool:
        """Basic programs exclude each other; a program excludes itself in another household."""
        return one in EXCLUSIVE and other in EXCLUSIVE

    def check_valid_days(self, on: date) -> int:
        """A year: the yearly re-check is the rhythm of the rule."""
        return self.valid_days

    def investigators_needed(self, on: date) -> int:
        """Two."""
        return self.investigators

    def hearing_needed(self, on: date) -> bool:
        """From the day on which the Social Relief Law is in force."""
        return on >= self.heard_from
