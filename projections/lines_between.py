"""The payment lines of some months, with the month and number of their batch, as one query."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select, true

from projections.moment import Moment
from projections.payments import batches, lines
from projections.tables import counts


def lines_between(
    moment: Moment,
    first: str,
    last: str,
    program: str | None = None,
    town: str | None = None,
    fund: str | None = None,
) -> Select[Any]:
    """Every column of `lines` that stands, with `month` and `number` (empty where no batch
    stands; the month is then that of the authorization), in the order of the log."""
    c, b = lines.c, batches.c
    named = (
        select(b.batch_id, func.max(b.month).label("month"), func.max(b.number).label("number"))
        .where(counts(batches, moment))
        .group_by(b.batch_id)
        .subquery("named_batches")
    )
    month = func.coalesce(named.c.month, c.authorized_month)
    return (
        select(lines, month.label("month"), func.coalesce(named.c.number, "").label("number"))
        .outerjoin(named, named.c.batch_id == c.batch_id)
        .where(
            counts(lines, moment),
            month >= first,
            month <= last,
            c.program == program if program is not None else true(),
            c.town == town if town is not None else true(),
            c.fund == fund if fund is not None else true(),
        )
        .order_by(c.position)
    )
