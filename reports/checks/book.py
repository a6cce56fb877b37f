"""A rule of a pack as the book of rules that the screens over the views ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reports.rules.pack import Rule

VALID_DAYS = 366


@dataclass(frozen=True)
class RuleAsBook:
    """One version of a rule, as `domain.rulebook.RuleBook`."""

    rule: Rule
    any_pair: bool = False
    """Whether every two spells that overlap are asked for; who asks picks those of the rule."""
    valid_days: int = VALID_DAYS

    @property
    def version(self) -> str:
        """That of the rule."""
        return self.rule.version

    def excludes(self, one: str, other: str, on: date) -> bool:
        """Any two programs, or none."""
        return self.any_pair

    def check_valid_days(self, on: date) -> int:
        """For how many days a check or a hearing counts."""
        return self.valid_days

    def investigators_needed(self, on: date) -> int:
        """Not asked here: `procedure.investigators` is the check."""
        return 0

    def hearing_needed(self, on: date) -> bool:
        """On the days on which the rule holds."""
        return self.rule.holds_on(on)
