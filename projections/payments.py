"""Read model: payment batches, their lines, and what the bank made of each line.

The hot tables: nearly every entry of a ledger ends up here, so there is one row an event and
as few indices as the questions need.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Index

from domain.events import (
    BatchApproved,
    BatchPrepared,
    BatchReviewed,
    BatchSent,
    BatchSettled,
    Event,
    PaymentAuthorized,
    PaymentPaid,
    PaymentRecalled,
    PaymentRecovered,
    PaymentReissued,
    PaymentReturned,
)
from projections.model import Handler, ReadModel, Row, Sink
from projections.tables import day, digest, fact_table, id_, month_of_day, text, whole

RETURNED, REISSUED, RECOVERED = "returned", "reissued", "recovered"

batches = fact_table(
    "batches",
    id_("event_id"),
    id_("batch_id"),
    day("occurred_on"),
    text("number"),
    text("month"),
    text("fund"),
    text("fund_level"),
    text("budget_document"),
    text("budget_code"),
    whole("line_count"),
    whole("total_fen"),
    text("actor"),
)
batch_steps = fact_table(
    "batch_steps",
    id_("event_id"),
    id_("batch_id"),
    day("occurred_on"),
    text("step"),
    whole("line_count"),
    whole("total_fen"),
    whole("returned_count"),
    whole("returned_fen"),
    text("actor"),
)
"""reviewed, approved (count and total), sent, settled (paid and returned)."""
lines = fact_table(
    "lines",
    id_("event_id"),
    id_("line_id"),
    id_("batch_id"),
    id_("case_id"),
    id_("beneficiary_id"),
    day("occurred_on"),
    text("authorized_month"),
    text("program"),
    text("fund"),
    text("town"),
    whole("amount_fen"),
    whole("line_no"),
    id_("payee_id", nullable=True),
    digest("account_digest"),
    text("payee_organization"),
    text("payee_authority"),
)
parts = fact_table(
    "parts",
    text("component"),
    text("kind"),
    whole("amount_fen"),
    text("first_month", nullable=True),
    text("last_month"),
    several=True,
)
paid = fact_table(
    "paid", id_("event_id"), id_("line_id"), id_("case_id"), day("occurred_on"), whole("amount_fen")
)
setbacks = fact_table(
    "setbacks",
    id_("event_id"),
    id_("line_id"),
    id_("case_id"),
    day("occurred_on"),
    whole("amount_fen"),
    text("kind"),
    text("reason"),
    text("outcome"),
    id_("batch_id", nullable=True),
)
"""What befell few lines: returned, reissued (in which batch), recovered. Kept apart so that `paid` stays narrow."""
recalls = fact_table(
    "recalls",
    id_("event_id"),
    id_("line_id"),
    id_("case_id"),
    day("occurred_on"),
    whole("amount_fen"),
    text("reason"),
    day("due_on", nullable=True),
)
"""What households were told to pay back; what came back is a setback of the kind recovered."""
Index("view_lines_line_id", lines.c.line_id)
Index("view_lines_case_id", lines.c.case_id)
Index("view_paid_line_id", paid.c.line_id)
Index("view_setbacks_line_id", setbacks.c.line_id)
Index("view_recalls_line_id", recalls.c.line_id)


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add_line, add_part, add_paid = sink.to(lines), sink.to(parts), sink.to(paid)

    def authorized(position: int, event: PaymentAuthorized) -> None:
        meta, on = event.meta, event.meta.occurred_on
        add_line(
            (
                position,
                meta.event_id.bytes,
                event.line_id.bytes,
                event.batch_id.bytes,
                meta.stream_id.bytes,
                event.beneficiary_id.bytes,
                on.toordinal(),
                month_of_day(on),
                event.program,
                event.fund,
                event.town,
                event.amount_fen,
                event.line_no,
                event.payee_id.bytes if event.payee_id else None,
                event.account_digest,
                event.payee_organization,
                event.payee_authority,
            )
        )
        for n, p in enumerate(event.parts):
            add_part((position, n, p.component, p.kind, p.amount_fen, p.first_month, p.last_month))

    def was_paid(position: int, event: PaymentPaid) -> None:
        meta = event.meta
        add_paid(
            (
                position,
                meta.event_id.bytes,
                event.line_id.bytes,
                meta.stream_id.bytes,
                meta.occurred_on.toordinal(),
                event.amount_fen,
            )
        )

    return {PaymentAuthorized: authorized, PaymentPaid: was_paid, **_rare(sink)}


def _rare(sink: Sink) -> dict[type[Event], Handler]:
    add_batch, add_step = sink.to(batches), sink.to(batch_steps)
    add_setback = sink.to(setbacks)

    def prepared(position: int, event: BatchPrepared) -> None:
        add_batch(
            (
                *_key(position, event),
                event.number,
                event.month,
                event.fund,
                event.fund_level,
                event.budget_document,
                event.budget_code,
                event.line_count,
                event.total_fen,
                event.meta.actor.id,
            )
        )

    def reviewed(position: int, event: BatchReviewed) -> None:
        add_step((*_key(position, event), "reviewed", 0, 0, 0, 0, event.meta.actor.id))

    def approved(position: int, event: BatchApproved) -> None:
        sums = (event.line_count, event.total_fen, 0, 0)
        add_step((*_key(position, event), "approved", *sums, event.meta.actor.id))

    def sent(position: int, event: BatchSent) -> None:
        add_step((*_key(position, event), "sent", 0, 0, 0, 0, event.meta.actor.id))

    def settled(position: int, event: BatchSettled) -> None:
        add_step(
            (
                *_key(position, event),
                "settled",
                event.paid_count,
                event.paid_fen,
                event.returned_count,
                event.returned_fen,
                event.meta.actor.id,
            )
        )

    def returned(position: int, event: PaymentReturned) -> None:
        add_setback((*_of_line(position, event), RETURNED, event.reason, event.outcome, None))

    def reissued(position: int, event: PaymentReissued) -> None:
        add_setback((*_of_line(position, event), REISSUED, "", "", event.batch_id.bytes))

    def recovered(position: int, event: PaymentRecovered) -> None:
        add_setback((*_of_line(position, event), RECOVERED, event.reason, "", None))

    add_recall = sink.to(recalls)

    def recalled(position: int, event: PaymentRecalled) -> None:
        due = event.due_on.toordinal() if event.due_on else None
        add_recall((*_of_line(position, event), event.reason, due))

    return {
        PaymentRecalled: recalled,
        BatchPrepared: prepared,
        BatchReviewed: reviewed,
        BatchApproved: approved,
        BatchSent: sent,
        BatchSettled: settled,
        PaymentReturned: returned,
        PaymentReissued: reissued,
        PaymentRecovered: recovered,
    }


def _key(position: int, event: Event) -> Row:
    meta = event.meta
    return (position, meta.event_id.bytes, meta.stream_id.bytes, meta.occurred_on.toordinal())


def _of_line(position: int, event: Any) -> Row:
    meta = event.meta
    return (
        position,
        meta.event_id.bytes,
        event.line_id.bytes,
        meta.stream_id.bytes,
        meta.occurred_on.toordinal(),
        event.amount_fen,
    )


MODEL = ReadModel(
    "payments", (batches, batch_steps, lines, parts, paid, setbacks, recalls), _handlers
)
