"""Imports a file: read, check whole, plan, and only then record.

The same file again records nothing; an import that was stopped goes on where it was, because
every row has a command id made of what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from intake.checking import CheckedFile, check_file
from intake.plan_batches import plan_batches, plan_standards
from intake.plan_changes import plan_changes
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
from intake.returned import Waiting
from intake.rows import Numbered
from intake.source_file import file_command, file_digest
from ledger.bulk import bulk
from ledger.commands import Receipt
from ledger.vault import NewPerson
from ledger.vault_errors import changed

Planner = Callable[[Sequence[Numbered[Any]], Context], Plan | Iterable[Plan]]
Progress = Callable[[int, int], None]

PLANNERS: dict[str, Planner] = {
    "households": plan_households,
    "people": plan_people,
    "members": plan_members,
    "deaths": plan_deaths,
    "checks": plan_checks,
    "visits": plan_visits,
    "decisions": plan_decisions,
    "changes": plan_changes,
    "standards": plan_standards,
    "batches": plan_batches,
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
    """Of the rows."""
    file_receipt: Receipt = field(default_factory=Receipt)
    """Of the fact that the file was imported; nothing recorded while there are conflicts."""
    commands: int = 0
    new_persons: int = 0
    dry_run: bool = False


def import_file(
    path: Path,
    context: Context,
    *,
    kind: str | None = None,
    sheet: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportResult:
    """Imports one file. Raises FileRefused, LedgerError; row problems come back in the result."""
    with bulk():
        checked = check_file(path, context.today, kind, context.divisions, sheet_name=sheet)
        return _imported(checked, context, dry_run, progress)


def _imported(
    checked: CheckedFile, context: Context, dry_run: bool, progress: Progress | None
) -> ImportResult:
    result = ImportResult(checked, problems=sorted(checked.problems, key=_place), dry_run=dry_run)
    if result.problems:
        return result
    context = replace(context, register=not dry_run, waiting=Waiting())
    for plan in _plans(checked, context):
        result.problems = sorted(plan.problems, key=_place)
        if result.problems:
            return result
        returned = plan.settle(context)
        plan.came_from(file_digest(checked, context))
        if not dry_run:
            _register(returned, context)
        result.commands += len(plan.commands)
        result.new_persons += len(plan.new_persons)
        if not dry_run:
            _record(plan, result, context, progress)
    if not dry_run and not result.conflicts:
        command = file_command(checked, result.receipt, context)
        result.file_receipt = context.ledger.report([command])
    return result


def _plans(checked: CheckedFile, context: Context) -> Iterable[Plan]:
    """The plan of a file; of long lists, slice by slice."""
    found = PLANNERS[checked.kind.name](checked.rows, context)
    return [found] if isinstance(found, Plan) else found


def _register(new: Sequence[NewPerson], context: Context) -> None:
    registered = context.ledger.vault.register(new)
    if any(registered[n.identity_number or ""] != n.person_id for n in new):
        raise changed()  # another import did, in between: the plan names the wrong person


def _record(plan: Plan, result: ImportResult, context: Context, progress: Progress | None) -> None:
    done, total = result.receipt.recorded + result.receipt.already, len(result.checked.rows)

    def further(now: int, _: int) -> None:
        if progress:
            progress(min(done + now, total), total)

    receipt = context.ledger.report(plan.commands, further)
    result.conflicts += [_conflict(plan.rows[i]) for i in receipt.conflicts]
    result.receipt.add(receipt)
    if plan.standing:
        result.receipt.add(context.ledger.standing(plan.standing))


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
