"""The guard of batches: runs under the append's lock, for decisions only.

A batch's lines stand in the files of many households; what they come to together is known to the
look-ups alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from domain.events import (
    BatchApproved,
    BatchPrepared,
    BatchReviewed,
    Event,
    PaymentAuthorized,
    PaymentReissued,
)
from domain.money import format_yuan
from domain.other_streams import Stream
from domain.refusals import BatchMismatch
from ledger.batch_lines import batch_totals
from ledger.codec import EventCodec
from ledger.recorder import stream_in


def guard_batches(conn: Connection, codec: EventCodec, events: Sequence[Event]) -> None:
    """Raises BatchMismatch where totals are reviewed or approved that are not those of the lines,
    and where a line would join a batch that is approved."""
    for event in events:
        if isinstance(event, (BatchReviewed, BatchApproved)):
            _totals_agree(conn, codec, event.meta.stream_id)
        elif isinstance(event, (PaymentAuthorized, PaymentReissued)):
            _still_open(conn, codec, event.batch_id)


def _totals_agree(conn: Connection, codec: EventCodec, batch_id: UUID) -> None:
    prepared = _batch(conn, codec, batch_id).last(BatchPrepared)
    lines = batch_totals(conn, batch_id)
    if prepared is None or (lines.count, lines.fen) == (prepared.line_count, prepared.total_fen):
        return
    said, found = format_yuan(prepared.total_fen), format_yuan(lines.fen)
    raise BatchMismatch(
        f"批次编制为 {prepared.line_count} 笔、{said} 元,明细为 {lines.count} 笔、{found} 元;"
        "请补齐明细,或撤销编制后重新编制",
        f"the batch says {prepared.line_count} lines, {said} CNY; its lines are {lines.count},"
        f" {found} CNY: add what is missing, or annul the preparation and prepare it anew",
    )


def _still_open(conn: Connection, codec: EventCodec, batch_id: UUID) -> None:
    if _batch(conn, codec, batch_id).last(BatchApproved) is not None:
        raise BatchMismatch(
            "该批次已审批,不能再加入明细;请列入下一批次",
            "the batch is approved: no line can join it; put it into the next one",
        )


def _batch(conn: Connection, codec: EventCodec, batch_id: UUID) -> Stream:
    batch = Stream(batch_id)
    for topic, entry in stream_in(conn, batch_id):
        batch.apply(codec.decode_entry(topic, entry))
    return batch
