"""Spending by what it is for: regular, back-payments, price subsidies, one-off sums, corrections, offsets."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select

from projections.lines_between import lines_between
from projections.moment import Moment
from projections.payments import RETURNED, paid, parts, setbacks
from projections.tables import counts


@dataclass(frozen=True, slots=True)
class KindSums:
    """The parts of one kind. Amounts are positive: an offset takes away."""

    kind: str
    lines: int
    authorized_fen: int
    paid_fen: int
    """Of that, in lines that a bank paid and did not return."""


def by_kind(connection: Connection, moment: Moment, first: str, last: str) -> tuple[KindSums, ...]:
    """The sums of the lines of these months, by the kind of their parts."""
    wanted = lines_between(moment, first, last).order_by(None).subquery("wanted")
    was_paid = select(paid.c.line_id).where(counts(paid, moment))
    came_back = select(setbacks.c.line_id).where(
        counts(setbacks, moment), setbacks.c.kind == RETURNED
    )
    stands = wanted.c.line_id.in_(was_paid) & wanted.c.line_id.not_in(came_back)
    query = (
        select(
            parts.c.kind,
            func.count(wanted.c.line_id.distinct()),
            func.sum(parts.c.amount_fen),
            func.sum(case((stands, parts.c.amount_fen), else_=0)),
        )
        .join_from(wanted, parts, parts.c.position == wanted.c.position)
        .group_by(parts.c.kind)
        .order_by(parts.c.kind)
    )
    return tuple(
        KindSums(kind, int(number), int(fen), int(settled))
        for kind, number, fen, settled in connection.execute(query)
    )
