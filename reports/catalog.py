"""Every report there is, by name."""

from __future__ import annotations

from typing import Final

from domain.wording import BadValue
from reports.papers import annual, bank, findings, monthly, social_forces
from reports.report import Report

REPORTS: Final[dict[str, Report]] = {
    r.name: r
    for r in (annual.REPORT, monthly.REPORT, bank.REPORT, findings.REPORT, social_forces.REPORT)
}


def report_named(name: str) -> Report:
    """A report. BadValue names those there are."""
    found = REPORTS.get(name)
    if found is None:
        words = ", ".join(REPORTS)
        raise BadValue(f"没有这种报表;可用的有 {words}", f"no such report; there are {words}")
    return found
