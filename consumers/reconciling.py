"""Finance reconciliation: payment orders beside the bank's answers, each once, in a database of its own.

Facts are append-only rows, written in one transaction with the reader's place (`SqlSink`); what an
order stands at is derived when asked. An order is a line in a batch: one that is sent again is
another order of the same line. What was annulled is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    insert,
    select,
)

from consumers.messages import Message
from consumers.sql_sink import SqlSink
from consumers.subscribing import Subscription
from domain.events import (
    Annulled,
    Event,
    PaymentAuthorized,
    PaymentPaid,
    PaymentReissued,
    PaymentReturned,
)

STATES = ("matched", "pending", "overdue", "short", "over", "returned", "duplicate", "unknown")
metadata = MetaData()
facts = Table(
    "reconciled_facts",
    metadata,
    Column("event_id", LargeBinary(16), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("line_id", LargeBinary(16), index=True),
    Column("batch_id", LargeBinary(16)),
    Column("amount_fen", BigInteger),
    Column("dated", Date, nullable=False),
    Column("annuls", LargeBinary(16)),
)
KINDS: dict[type[Event], str] = {
    PaymentAuthorized: "order",
    PaymentReissued: "order",
    PaymentPaid: "paid",
    PaymentReturned: "returned",
}


@dataclass(frozen=True)
class Order:
    """An order and where it stands; of an answer to no order, what was answered."""

    line_id: UUID
    batch_id: UUID | None
    state: str
    ordered_fen: int
    paid_fen: int
    returned_fen: int


class Reconciliation:
    """The database of the reader `finance`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.sink = SqlSink(engine, "finance")
        metadata.create_all(engine)

    def follow(self, messages: Subscription) -> None:
        """Writes what comes, exactly once; ends with the subscription. Safe to kill."""
        for batch in messages.batches():
            with self.sink.batch(batch) as (conn, new):
                for message in new:
                    _write(conn, message)

    def orders(self, as_of: date, days: int) -> list[Order]:
        """All orders by line and batch; overdue: unanswered for more than `days` on that day."""
        with self._engine.begin() as conn:
            rows = conn.execute(select(facts).order_by(facts.c.position)).all()
        annulled = {row.annuls for row in rows if row.annuls}
        lines: dict[bytes, list[Any]] = defaultdict(list)
        for row in rows:
            if row.kind != "annulled" and row.event_id not in annulled:
                lines[row.line_id].append(row)
        due = as_of - timedelta(days=days)
        found = [order for rows in lines.values() for order in _line(rows, due)]
        return sorted(found, key=lambda o: (str(o.line_id), str(o.batch_id), o.state))


def _write(conn: Connection, message: Message) -> None:
    event: Any = message.event
    row = {
        "event_id": event.meta.event_id.bytes,
        "position": message.position,
        "dated": event.meta.occurred_on,
    }
    if isinstance(event, Annulled):
        conn.execute(
            insert(facts), row | {"kind": "annulled", "annuls": event.annulled_event_id.bytes}
        )
    elif kind := KINDS.get(type(event)):
        batch = event.batch_id and event.batch_id.bytes
        said = {"line_id": event.line_id.bytes, "batch_id": batch, "amount_fen": event.amount_fen}
        conn.execute(insert(facts), row | said | {"kind": kind})


def _line(rows: list[Any], due: date) -> Iterable[Order]:
    orders = [row for row in rows if row.kind == "order"]
    answers: dict[bytes | None, list[Any]] = defaultdict(list)
    for row in rows:
        if row.kind != "order":
            answers[_answered(row, orders)].append(row)
    for order in orders:
        yield _order(order, answers[order.event_id], due)
    if answers[None]:
        paid, returned = _sum(answers[None], "paid"), _sum(answers[None], "returned")
        yield Order(UUID(bytes=rows[0].line_id), None, "unknown", 0, paid, returned)


def _answered(answer: Any, orders: list[Any]) -> bytes | None:
    """The order that an answer names by its batch; else the last one before it, or the first."""
    if answer.batch_id is not None:
        named = [o.event_id for o in orders if o.batch_id == answer.batch_id]
        return named[-1] if named else None
    before = [o.event_id for o in orders if o.position < answer.position]
    return before[-1] if before else (orders[0].event_id if orders else None)


def _order(order: Any, answers: list[Any], due: date) -> Order:
    paid, returned = _sum(answers, "paid"), _sum(answers, "returned")
    state = state_of(
        order.amount_fen,
        [a.amount_fen for a in answers if a.kind == "paid"],
        [a.amount_fen for a in answers if a.kind == "returned"],
        overdue=order.dated < due,
    )
    place = (UUID(bytes=order.line_id), UUID(bytes=order.batch_id))
    return Order(*place, state, order.amount_fen, paid, returned)


def state_of(ordered: int, paid: list[int], returned: list[int], *, overdue: bool) -> str:
    """Where an order stands by what was answered to it, fen."""
    if not paid and not returned:
        return "overdue" if overdue else "pending"
    for answers in (paid, returned):
        if sum(answers) > ordered:
            return "duplicate" if len(answers) > 1 else "over"
    if returned and sum(returned) >= (sum(paid) or ordered):
        return "returned"
    kept = sum(paid) - (sum(returned) if sum(paid) + sum(returned) > ordered else 0)
    return "matched" if kept == ordered else "short"


def _sum(rows: list[Any], kind: str) -> int:
    return sum(row.amount_fen for row in rows if row.kind == kind)
