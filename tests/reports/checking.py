"""Rules made for a test, and what their checks find over a log written event by event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from projections.canonical import canonical
from reports.checks.found import Finding
from reports.checks.run import Checked, check
from reports.checks.sentences import sentence
from reports.rules.kinds import KINDS
from reports.rules.loading import HOLIDAYS, load_workdays
from reports.rules.pack import Citation, Rule, RulePack
from tests.projections.builders import Asking

WORKDAYS = load_workdays(HOLIDAYS)


def rule(
    kind: str,
    *,
    id: str = "",
    since: date = date(2000, 1, 1),
    until: date | None = None,
    law: str = "",
    calendar: str = "calendar",
    state: str = "verified",
    **parameters: Any,
) -> Rule:
    """A rule of a kind; parameters that are left out are the kind's own defaults."""
    defaults = {p.name: p.default for p in KINDS[kind].parameters if p.default is not None}
    return Rule(
        id or kind.replace("_", "-"), kind, "规则", "rule", Citation(law, "1" if law else ""),
        "CN-33", since, until, calendar, "high", state, {**defaults, **parameters}, "", 1,
    )  # fmt: skip


def checked(
    asking: Asking, *rules: Rule, on: str = "2999-12-31", as_at: int | None = None
) -> Checked:
    """What these rules find on a day; each finding has both sentences and canonical JSON."""
    pack = RulePack("test", "规则", "rules", "CN-33", "ab" * 32, rules, WORKDAYS)
    with asking.caught_up() as connection:
        found = check(connection, asking.moment(on, as_at), [pack])
    assert canonical(found)
    for f in found.findings:
        assert "{" not in sentence(f.says, f.facts, "zh") + sentence(f.says, f.facts, "en")
        assert len(f.grounds) == len(f.positions) > 0
    return found


def told(findings: Sequence[Finding]) -> list[tuple[str, tuple[int, ...], int]]:
    """(what it says, positions, fen at stake) of each."""
    return [(f.says, f.positions, f.amount_fen) for f in findings]


def found(
    asking: Asking, *rules: Rule, on: str = "2999-12-31"
) -> list[tuple[str, tuple[int, ...], int]]:
    """As `checked`, told shortly."""
    return told(checked(asking, *rules, on=on).findings)
