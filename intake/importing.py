"""Imports a file: read, check whole, plan, and only then record.

The same file again records nothing; an import that was stopped goes on where it was, because
every row has a command id made of what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intake.checking import CheckedFile, check_file
from intake.plan_checks import plan_checks, plan_visits
from intake.plan_decisions import plan_decisions
from intake.plan_payments import plan_payments, plan_returns
from intake.plan_people import plan_deaths, plan_households, plan_members, plan_people
from intake.plan_registry import plan_organizations, plan_sources, plan_workers
from intake.plan_services import (
    plan_deliveries,
    plan_needs,
    plan_projects,
    plan_providers,
    plan_wishes,
)
from intake.planning import Context, Plan
from intake.problems import Problem
from intake.rows import Numbered
from ledger.bulk import bulk
from ledger.commands import Receipt

Planner = Callable[[Sequence[Numbered[Any]], Context], Plan]
Progress = Callable[[int, int], None]

PLANNERS: dict[str, Planner] = {
    "households": plan_households,
    "people": plan_people,
    "members": plan_members,
    "deaths": plan_deaths,
    "checks": plan_checks,
    "visits": plan_visits,
    "decisions": plan_decisions,
    "payments": plan_payments,
    "returns": plan_returns,
    "providers": plan_providers,
    "projects": plan_projects,
    "deliveries": plan_deliveries,
    "wishes": plan_wishes,
    "needs": plan_needs,
    "sources": plan_sources,
    "organizations": plan_organizations,
    "workers": plan_workers,
}


@dataclass
class ImportResult:
    """What became of a file."""

    checked: CheckedFile
    problems: list[Problem] = field(default_factory=list)
    """Not empty: nothing was recorded."""
    conflicts: list[Problem] = field(default_factory=list)
    """Rows that stand recorded with other content; everything else of the file is recorded."""
    receipt: Receipt = field(default_factory=Receipt)
    commands: int = 0
    new_persons: int = 0
    dry_run: bool = False


def import_file(
    path: Path,
    context: Context,
    *,
    kind: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportResult:
    """Imports one file. Raises FileRefused, LedgerError; row problems come back in the result."""
    with bulk():
        return _imported(path, context, kind, dry_run, progress)


def _imported(
    path: Path, context: Context, kind: str | None, dry_run: bool, progress: Progress | None
) -> ImportResult:
    checked = check_file(path, context.today, kind, context.divisions)
    result = ImportResult(checked, problems=sorted(checked.problems, key=_place), dry_run=dry_run)
    if result.problems:
        return result
    plan = _planned(checked, context, register=not dry_run)
    result.problems = sorted(plan.problems, key=_place)
    result.commands, result.new_persons = len(plan.commands), len(plan.new_persons)
    if result.problems or dry_run:
        return result
    result.receipt = context.ledger.report(plan.commands, progress)
    result.conflicts = [_conflict(plan.rows[i]) for i in result.receipt.conflicts]
    return result


def _planned(checked: CheckedFile, context: Context, *, register: bool) -> Plan:
    """The plan, with its new persons registered in the vault. Another import may register one
    of them at the same moment: then the plan names a person who is not, and is made anew."""
    planner = PLANNERS[checked.kind.name]
    while True:
        plan = planner(checked.rows, context)
        if plan.problems or not plan.new_persons or not register:
            return plan
        registered = context.ledger.vault.register(plan.new_persons)
        ours = {p.identity_number: p.person_id for p in plan.new_persons if p.identity_number}
        if all(registered[number] == person for number, person in ours.items()):
            return plan


def _place(problem: Problem) -> tuple[int, str]:
    return problem.row, problem.column


def _conflict(row: int) -> Problem:
    return Problem(
        row,
        "",
        "recorded_otherwise",
        "已以不同内容记录过;如原记录有误,请先撤销原事件再导入",
        "stands recorded with other content; if that was wrong, annul it first, then import",
    )
