"""What the lines of a payment batch come to, by the look-ups of the write side."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, and_, func, select

from ledger.ids import uuid_of
from ledger.indexes import annulments, lines


@dataclass(frozen=True, slots=True)
class BatchTotals:
    """What the standing lines of a batch come to."""

    count: int = 0
    fen: int = 0
    last_no: int = 0
    """The highest number that is taken, by a line that was annulled too."""


def batch_totals(conn: Connection, batch_id: UUID) -> BatchTotals:
    """The sums of a batch's lines, those that were annulled left out."""
    own = lines.c.batch_id == batch_id.bytes
    annulled = select(annulments.c.event_id).where(annulments.c.event_id == lines.c.event_id)
    count, fen = conn.execute(
        select(func.count(), func.sum(lines.c.amount_fen)).where(own, ~annulled.exists())
    ).one()
    last = conn.execute(select(func.max(lines.c.line_no)).where(own)).scalar_one()
    return BatchTotals(int(count), int(fen or 0), int(last or 0))


def cases_in_batch(conn: Connection, batch_id: UUID) -> set[UUID]:
    """The households that have a standing line in the batch."""
    annulled = select(annulments.c.event_id).where(annulments.c.event_id == lines.c.event_id)
    own = select(lines.c.case_id).where(lines.c.batch_id == batch_id.bytes, ~annulled.exists())
    return {uuid_of(bytes(case)) for (case,) in conn.execute(own)}


def numbers_taken(conn: Connection, batch_id: UUID, first: int, last: int) -> bool:
    """True where a line of the batch has a number from first to last."""
    at = and_(lines.c.batch_id == batch_id.bytes, lines.c.line_no.between(first, last))
    return conn.execute(select(lines.c.line_no).where(at).limit(1)).first() is not None
