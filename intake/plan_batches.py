"""Plans for the totals of payment batches, step by step, and for standards.

A batch may come by its totals, by its payment list, or by both in either order: a step that stands
already is not recorded again, and one that stands with other totals is a problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from domain.events import (
    UNBORN,
    BatchApproved,
    BatchPrepared,
    BatchReviewed,
    BatchSent,
    BatchSettled,
    Event,
    StandardAdopted,
)
from domain.money import format_yuan
from intake.change_kinds import BatchRow, StandardRow
from intake.planning import Context, People, Plan, content_of
from intake.problems import Problem
from intake.rows import Numbered
from ledger.commands import Draft
from ledger.ids import new_id
from ledger.indexes import standard_key


def plan_standards(rows: Sequence[Numbered[StandardRow]], context: Context) -> Plan:
    """Each row is one standard from a day on; the stream is that of its predecessors."""
    plan = Plan()
    people = People(context, plan)
    events = [_standard(r.row) for r in rows]
    known = context.ledger.find("standard", [standard_key(e) for e in events])
    for r, event in zip(rows, events, strict=True):
        row, name = r.row, standard_key(event)
        command = people.command(("standard", name, row.version), content_of(row))
        stream = known.setdefault(name, new_id())
        draft = Draft(event, stream, row.decided_on, row.effective_on, document=row.document)
        command.drafts.append(draft)
        plan.add(command, r.number)
    return plan


def _standard(row: StandardRow) -> StandardAdopted:
    return StandardAdopted(
        meta=UNBORN,
        program=row.program,
        component=row.component,
        version=row.version,
        amount_fen=row.amount,
        grade=row.grade or "",
        area=row.area or "",
    )


def plan_batches(rows: Sequence[Numbered[BatchRow]], context: Context) -> Plan:
    """One command a step, so that an updated row records only the steps that are new."""
    plan = Plan()
    people = People(context, plan)
    known = context.ledger.find("batch", [r.row.batch_no for r in rows])
    for r in rows:
        stream = known.get(r.row.batch_no)
        standing = standing_steps(context, stream) if stream else {}
        stream = known.setdefault(r.row.batch_no, stream or new_id())
        for step, event, on in _steps(r.row):
            key = ("batch-step", r.row.batch_no, step)
            before = standing.get(type(event))
            if before is None or is_known(context, key):
                command = people.command(key, _content(event))
                command.drafts.append(Draft(event, stream, on, document=r.row.document))
                plan.add(command, r.number)
            elif _content(before) != _content(event):
                plan.problems.append(_differs(r.number, before))
    return plan


def standing_steps(context: Context, batch: UUID) -> dict[type[Event], Event]:
    """The steps that a batch has taken, whoever reported them."""
    stream = context.ledger.load(batch)
    steps = (BatchPrepared, BatchReviewed, BatchApproved, BatchSent, BatchSettled)
    return {type(event): event for event in stream.standing(*steps)}


def is_known(context: Context, key: tuple[str, ...]) -> bool:
    """True for a command of this import's source that stands recorded."""
    ledger = context.ledger
    command_id = ledger.vault.digest("command", context.source, *key, "0")
    return bool(ledger.recorder.known_commands([command_id]))


def _steps(row: BatchRow) -> Iterator[tuple[str, Event, date]]:
    prepared = BatchPrepared(
        meta=UNBORN,
        number=row.batch_no,
        month=row.month,
        line_count=row.line_count,
        total_fen=row.total,
        fund=row.fund or "",
        budget_document=row.budget_document or "",
        budget_code=row.budget_code or "",
    )
    yield "prepared", prepared, row.prepared_on
    if row.reviewed_on:
        yield "reviewed", BatchReviewed(meta=UNBORN), row.reviewed_on
    if row.approved_on:
        count = row.line_count if row.approved_count is None else row.approved_count
        total = row.total if row.approved_total is None else row.approved_total
        yield "approved", BatchApproved(UNBORN, count, total), row.approved_on
    if row.sent_on:
        yield "sent", BatchSent(meta=UNBORN), row.sent_on
    if row.settled_on:
        paid = row.paid_count or 0, row.paid_total or 0
        returned = row.returned_count or 0, row.returned_total or 0
        yield "settled", BatchSettled(UNBORN, *paid, *returned), row.settled_on


_TOTALS = (
    "month",
    "line_count",
    "total_fen",
    "paid_count",
    "paid_fen",
    "returned_count",
    "returned_fen",
)


def _content(event: Event) -> str:
    """The totals of a step: what two reports of it must agree on."""
    return "/".join(str(getattr(event, name)) for name in _TOTALS if hasattr(event, name))


def _differs(row: int, before: Event) -> Problem:
    if isinstance(before, (BatchPrepared, BatchApproved)):
        said = f"{before.line_count} / {format_yuan(before.total_fen)}"
    elif isinstance(before, BatchSettled):
        said = f"{format_yuan(before.paid_fen)} + {format_yuan(before.returned_fen)}"
    else:
        said = type(before).__name__
    return Problem(
        row,
        "发放批次",
        "recorded_otherwise",
        f"该批次已按 {said} 记录;请核对,如原记录有误请先撤销",
        f"the batch stands recorded with {said}; compare, and annul what was wrong first",
    )
