"""Spending: what was authorized, and of it paid, returned and still pending, exactly.

A line belongs to the month of its batch, in all columns, also where it is paid or sent again
later: so authorized = paid + returned + pending holds in every row. Where no batch stands, it is
the month in which the line was authorized. Recovered money (追缴) stands beside what was paid;
what a bank reports beyond its line stands apart as `beyond`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, case, exists, func, literal, or_, select, union_all
from sqlalchemy.sql.selectable import Subquery

from domain.calendar import first_day, next_month
from projections.line_states import PAID, PENDING, LineState, reports
from projections.moment import Moment
from projections.payments import RETURNED, batches, lines, paid, recalls, setbacks
from projections.spending_kinds import KindSums, by_kind
from projections.tables import counts

BY: Final = ("month", "program", "town", "fund")
KIND: Final = "kind"
"""Asked for beside them: what the parts of the lines pay (regular, back-payment, subsidy …)."""
Group = tuple[str, str, str, str]


@dataclass(slots=True)
class Sums:
    """Counts of lines, and fen. A line counts under one of paid, returned, pending."""

    lines: int = 0
    authorized_fen: int = 0
    paid_lines: int = 0
    paid_fen: int = 0
    returned_lines: int = 0
    returned_fen: int = 0
    pending_lines: int = 0
    pending_fen: int = 0
    recalled_fen: int = 0
    """Demanded back from households (责令退回), whether it came or not."""
    recovered_fen: int = 0
    beyond_fen: int = 0
    unmatched_fen: int = 0

    def add(self, other: Sums) -> None:
        """Adds, column by column."""
        for name in _COLUMNS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def add_line(self, line: LineState) -> None:
        """Adds one line."""
        self.lines += 1
        self.authorized_fen += line.amount_fen
        self.paid_lines += line.status == PAID
        self.paid_fen += line.paid_fen
        self.returned_lines += line.status == RETURNED
        self.returned_fen += line.returned_fen
        self.pending_lines += line.status == PENDING
        self.pending_fen += line.pending_fen
        self.recovered_fen += line.recovered_fen
        self.beyond_fen += line.beyond_fen
        self.unmatched_fen += line.unmatched_fen


_COLUMNS = tuple(f.name for f in fields(Sums))


@dataclass(frozen=True, slots=True)
class SpendingRow:
    """One group; None in a column that was not asked for."""

    month: str | None
    program: str | None
    town: str | None
    fund: str | None
    sums: Sums


@dataclass(frozen=True, slots=True)
class Spending:
    """Spending of the months `first` to `last`, both included, by the columns asked for."""

    as_of: date
    as_at: int
    first: str
    last: str
    rows: tuple[SpendingRow, ...]
    total: Sums
    kinds: tuple[KindSums, ...]
    unknown_reports: int
    """Reports dated in these months about lines that do not stand; in no row."""
    unknown_fen: int


def spending(
    connection: Connection,
    moment: Moment,
    first: str,
    last: str,
    by: Sequence[str] = BY,
) -> Spending:
    """Sums of the lines of these months, a row for each group, in the order of the columns."""
    groups = _simple_lines(connection, moment, first, last)
    for group, line in _complex_lines(connection, moment, first, last):
        groups[group].add_line(line)
    for group, fen in _recalled(connection, moment, first, last):
        groups[group].recalled_fen += fen
    total = Sums()
    for sums in groups.values():
        total.add(sums)
    assert total.authorized_fen == total.paid_fen + total.returned_fen + total.pending_fen
    unknown, fen = _unknown(connection, moment, first, last)
    return Spending(
        as_of=moment.as_of,
        as_at=moment.as_at,
        first=first,
        last=last,
        rows=tuple(_rolled(groups, by)),
        total=total,
        kinds=by_kind(connection, moment, first, last) if KIND in by else (),
        unknown_reports=unknown,
        unknown_fen=fen,
    )


def _rolled(groups: Mapping[Group, Sums], by: Sequence[str]) -> Iterator[SpendingRow]:
    """Sums the groups up over the columns that were not asked for."""
    rolled: dict[tuple[str | None, ...], Sums] = defaultdict(Sums)
    for group, sums in groups.items():
        kept = zip(BY, group, strict=True)
        rolled[tuple(value if column in by else None for column, value in kept)].add(sums)
    for key in sorted(rolled, key=lambda k: [value or "" for value in k]):
        month, program, town, fund = key
        yield SpendingRow(month, program, town, fund, rolled[key])


def _months(moment: Moment) -> Subquery:
    """Batch → month; at most one row a batch."""
    b = batches.c
    query = select(b.batch_id, func.max(b.month).label("month"))
    return query.where(counts(batches, moment)).group_by(b.batch_id).subquery("months")


def _many_reports() -> Select[Any]:
    """Lines about which there is more to say than one payment: their story is told in order."""
    twice = select(paid.c.line_id).group_by(paid.c.line_id).having(func.count() > 1)
    return select(union_all(select(setbacks.c.line_id), twice).subquery("many").c.line_id)


def _simple_lines(
    connection: Connection, moment: Moment, first: str, last: str
) -> dict[Group, Sums]:
    months, line = _months(moment), lines.c
    month = func.coalesce(months.c.month, line.authorized_month)
    amount, reported = line.amount_fen, func.coalesce(paid.c.amount_fen, 0)
    taken = case(
        (or_(amount <= 0, reported <= 0), literal(0)), (reported > amount, amount), else_=reported
    )
    pending = amount - taken
    beyond = case((reported > taken, reported - taken), else_=literal(0))
    query = (
        select(
            month,
            line.program,
            line.town,
            line.fund,
            func.count(),
            func.sum(amount),
            func.sum(taken),
            func.sum(beyond),
            func.count().filter(pending != 0),
        )
        .select_from(lines)
        .outerjoin(months, months.c.batch_id == line.batch_id)
        .outerjoin(paid, and_(paid.c.line_id == line.line_id, counts(paid, moment)))
        .where(
            counts(lines, moment),
            month >= first,
            month <= last,
            line.line_id.not_in(_many_reports()),
        )
        .group_by(month, line.program, line.town, line.fund)
    )
    found: dict[Group, Sums] = defaultdict(Sums)
    for *group, number, authorized, was_paid, more, open_lines in connection.execute(query):
        found[group[0], group[1], group[2], group[3]] = Sums(
            lines=number,
            authorized_fen=int(authorized),
            paid_lines=number - open_lines,
            paid_fen=int(was_paid),
            pending_lines=open_lines,
            pending_fen=int(authorized) - int(was_paid),
            beyond_fen=int(more),
        )
    return found


def _complex_lines(
    connection: Connection, moment: Moment, first: str, last: str
) -> Iterator[tuple[Group, LineState]]:
    months, line = _months(moment), lines.c
    month = func.coalesce(months.c.month, line.authorized_month)
    query = (
        select(line.line_id, month, line.program, line.town, line.fund, line.amount_fen)
        .select_from(lines)
        .outerjoin(months, months.c.batch_id == line.batch_id)
        .where(
            counts(lines, moment), month >= first, month <= last, line.line_id.in_(_many_reports())
        )
        .order_by(line.position)
    )
    found: dict[bytes, tuple[Group, LineState]] = {}
    for line_id, *group, amount in connection.execute(query):
        found[line_id] = ((group[0], group[1], group[2], group[3]), LineState(amount))
    for _, line_id, kind, fen, outcome in connection.execute(reports(moment, _many_reports())):
        if line_id in found:
            found[line_id][1].report(kind, fen, outcome)
    yield from found.values()


def _recalled(
    connection: Connection, moment: Moment, first: str, last: str
) -> Iterator[tuple[Group, int]]:
    months, line = _months(moment), lines.c
    month = func.coalesce(months.c.month, line.authorized_month)
    query = (
        select(month, line.program, line.town, line.fund, func.sum(recalls.c.amount_fen))
        .select_from(recalls)
        .join(lines, lines.c.line_id == recalls.c.line_id)
        .outerjoin(months, months.c.batch_id == line.batch_id)
        .where(counts(recalls, moment), counts(lines, moment), month >= first, month <= last)
        .group_by(month, line.program, line.town, line.fund)
    )
    for *group, fen in connection.execute(query):
        yield (group[0], group[1], group[2], group[3]), int(fen)


def _unknown(connection: Connection, moment: Moment, first: str, last: str) -> tuple[int, int]:
    number = fen = 0
    for table in (paid, setbacks):
        line = exists().where(lines.c.line_id == table.c.line_id, counts(lines, moment))
        row = connection.execute(
            select(func.count(), func.coalesce(func.sum(table.c.amount_fen), 0)).where(
                counts(table, moment),
                table.c.occurred_on >= first_day(first).toordinal(),
                table.c.occurred_on <= _last_day(last).toordinal(),
                ~line,
            )
        ).one()
        number, fen = number + int(row[0]), fen + int(row[1])
    return number, fen


def _last_day(month: str) -> date:
    """A period without an end ends with the calendar."""
    return date.max if month >= "9999-12" else first_day(next_month(month)) - timedelta(days=1)
