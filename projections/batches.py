"""Payment batches: what was prepared, approved and settled as totals, beside what their lines say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from projections.moment import Moment
from projections.payments import REISSUED, batch_steps, batches, lines, setbacks
from projections.tables import as_date, counts

_LAST_FIRST = ("settled", "sent", "approved", "reviewed")


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch. Totals are the batch's own; `lines_…` are sums over its lines in the log, those
    that were sent again in it included."""

    batch_id: UUID
    number: str
    month: str
    fund: str
    prepared_on: date
    line_count: int
    total_fen: int
    lines_count: int
    lines_fen: int
    reviewed_on: date | None
    approved_on: date | None
    approved_count: int
    approved_fen: int
    sent_on: date | None
    settled_on: date | None
    paid_count: int
    paid_fen: int
    returned_count: int
    returned_fen: int
    position: int
    state: str
    """The last step that stands: prepared, reviewed, approved, sent, settled."""
    fund_level: str
    budget_document: str
    budget_code: str
    prepared_by: str
    reviewed_by: str
    approved_by: str
    reissued_count: int
    reissued_fen: int


def batch_list(connection: Connection, moment: Moment, first: str, last: str) -> list[Batch]:
    """The batches of the months `first` to `last`, both included, by month and number."""
    steps: dict[tuple[bytes, str], Any] = {}
    query = select(batch_steps).where(counts(batch_steps, moment))
    for s in connection.execute(query.order_by(batch_steps.c.position)):
        steps[s.batch_id, s.step] = s
    sums, again = _sums(connection, moment), _sent_again(connection, moment)
    rows = select(batches).where(
        counts(batches, moment), batches.c.month >= first, batches.c.month <= last
    )
    ordered = rows.order_by(batches.c.month, batches.c.number, batches.c.position)
    return [
        _batch(r, steps, sums.get(r.batch_id, (0, 0)), again.get(r.batch_id, (0, 0)))
        for r in connection.execute(ordered)
    ]


def _sums(connection: Connection, moment: Moment) -> dict[bytes, tuple[int, int]]:
    rows = connection.execute(
        select(lines.c.batch_id, func.count(), func.sum(lines.c.amount_fen))
        .where(counts(lines, moment))
        .group_by(lines.c.batch_id)
    )
    return {batch: (int(number), int(fen)) for batch, number, fen in rows}


def _sent_again(connection: Connection, moment: Moment) -> dict[bytes, tuple[int, int]]:
    s = setbacks.c
    rows = connection.execute(
        select(s.batch_id, func.count(), func.sum(s.amount_fen))
        .where(counts(setbacks, moment), s.kind == REISSUED)
        .group_by(s.batch_id)
    )
    return {batch: (int(number), int(fen)) for batch, number, fen in rows}


def _batch(
    r: Any,
    steps: dict[tuple[bytes, str], Any],
    own: tuple[int, int],
    again: tuple[int, int],
) -> Batch:
    def step(name: str) -> Any:
        return steps.get((r.batch_id, name))

    def day(name: str) -> date | None:
        return as_date(step(name).occurred_on) if step(name) else None

    def by(name: str) -> str:
        return step(name).actor if step(name) else ""

    approved, settled = step("approved"), step("settled")
    number, fen = own[0] + again[0], own[1] + again[1]
    return Batch(
        batch_id=UUID(bytes=r.batch_id),
        number=r.number,
        month=r.month,
        fund=r.fund,
        prepared_on=date.fromordinal(r.occurred_on),
        line_count=r.line_count,
        total_fen=r.total_fen,
        lines_count=number,
        lines_fen=fen,
        reviewed_on=day("reviewed"),
        approved_on=day("approved"),
        approved_count=approved.line_count if approved else 0,
        approved_fen=approved.total_fen if approved else 0,
        sent_on=day("sent"),
        settled_on=day("settled"),
        paid_count=settled.line_count if settled else 0,
        paid_fen=settled.total_fen if settled else 0,
        returned_count=settled.returned_count if settled else 0,
        returned_fen=settled.returned_fen if settled else 0,
        position=r.position,
        state=next((s for s in _LAST_FIRST if step(s)), "prepared"),
        fund_level=r.fund_level,
        budget_document=r.budget_document,
        budget_code=r.budget_code,
        prepared_by=r.actor,
        reviewed_by=by("reviewed"),
        approved_by=by("approved"),
        reissued_count=again[0],
        reissued_fen=again[1],
    )
