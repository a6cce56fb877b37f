"""What was demanded back of payment lines, and what of it came: named by the lines' own entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, func, select

from projections.moment import Moment
from projections.payments import RECOVERED, lines, recalls, setbacks
from projections.tables import chunks, counts


@dataclass(frozen=True, slots=True)
class Recovery:
    """One payment line of which something was demanded back or recovered."""

    line_id: UUID
    line_position: int
    amount_fen: int
    recalled_fen: int
    recovered_fen: int
    recovered_by: tuple[int, ...]
    """Positions of the recoveries."""


def recoveries_of(connection: Connection, moment: Moment, events: Iterable[UUID]) -> list[Recovery]:
    """Of the authorizations among these events, those that have a recall or a recovery."""
    l, r, s = lines.c, recalls.c, setbacks.c  # noqa: E741
    found = []
    for wanted in chunks(events):
        rows = select(l.line_id, l.position, l.amount_fen).where(
            counts(lines, moment), l.event_id.in_(wanted)
        )
        for line, position, fen in connection.execute(rows.order_by(l.position)).all():
            told = select(func.sum(r.amount_fen)).where(counts(recalls, moment), r.line_id == line)
            came = select(s.position, s.amount_fen).where(
                counts(setbacks, moment), s.line_id == line, s.kind == RECOVERED
            )
            back = connection.execute(came.order_by(s.position)).all()
            recalled = int(connection.execute(told).scalar() or 0)
            if recalled or back:
                found.append(
                    Recovery(
                        UUID(bytes=line),
                        position,
                        fen,
                        recalled,
                        sum(x.amount_fen for x in back),
                        tuple(x.position for x in back),
                    )
                )
    return found
