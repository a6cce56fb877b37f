"""Ties four accounts of the same money together, batch by batch, and says where they part.

    the batch         what was prepared and approved, as totals
    its lines         what was authorized, household by household
    the bank          what it answered, line by line, and what it stated as a total when it settled
    the treasury      what its vouchers say went out and came back: a list from outside the ledger

A difference names the two accounts, the batch, and where it is about one line, the line's entry.
Each is a place to look, not a finding: a returned line that is sent again in the next batch is
waiting here until the bank has answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from projections.batches import Batch, batch_list
from projections.explaining.of_spending import LineStory, line_stories
from projections.line_states import PAID, PENDING
from projections.moment import Moment
from projections.payments import RETURNED, batch_steps
from projections.tables import counts

PREPARED_COUNT, PREPARED_FEN = "lines_not_as_prepared", "fen_not_as_prepared"
APPROVED_COUNT, APPROVED_FEN = "approved_not_as_prepared", "approved_fen_not_as_prepared"
SETTLED_PAID, SETTLED_RETURNED = "settled_paid_not_as_answered", "settled_returned_not_as_answered"
UNANSWERED, BEYOND, UNMATCHED = "unanswered", "paid_beyond_line", "returned_beyond_line"
WAITING = "returned_and_not_sent_again"
NO_BATCH = "line_without_batch"
VOUCHER_FEN, VOUCHER_UNKNOWN = "vouchers_not_as_paid", "voucher_of_no_batch"
KINDS: Final = {
    PREPARED_COUNT: ("明细笔数与编制不符", "lines: count is not as prepared"),
    PREPARED_FEN: ("明细金额与编制不符", "lines: sum is not as prepared"),
    APPROVED_COUNT: ("批准笔数与编制不符", "approved count is not as prepared"),
    APPROVED_FEN: ("批准金额与编制不符", "approved sum is not as prepared"),
    SETTLED_PAID: ("银行结清的成功金额与逐笔回盘不符", "settled as paid is not what was answered"),
    SETTLED_RETURNED: (
        "银行结清的退回金额与逐笔回盘不符",
        "settled as returned is not what was answered",
    ),
    UNANSWERED: ("已结清批次中无回盘的明细", "a line of a settled batch that was never answered"),
    BEYOND: ("银行实付超过明细金额", "the bank paid beyond the line"),
    UNMATCHED: ("退回或重发超过明细金额", "returned or sent again beyond the line"),
    WAITING: ("已退回、未重发", "returned and not sent again"),
    NO_BATCH: ("明细所属批次不存在或已撤销", "a line whose batch is not there, or is annulled"),
    VOUCHER_FEN: ("国库凭证净额与实付不符", "vouchers, net, are not what was paid"),
    VOUCHER_UNKNOWN: ("国库凭证的批次不在账本中", "a voucher names a batch that is not there"),
}
"""Kind of a difference → what it means, Chinese and English."""


@dataclass(frozen=True, slots=True)
class Voucher:
    """One row of the treasury's list; `amount_fen` below 0 is money that came back."""

    number: str
    batch: str
    amount_fen: int
    row: int
    """Row of the list, as its file counts."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two accounts that should say the same. `position` is the line's entry; 0 for a batch."""

    kind: str
    batch: str
    position: int
    expected_fen: int
    """Or a count, where the kind is about counts."""
    found_fen: int


@dataclass(frozen=True, slots=True)
class TiedBatch:
    """One batch in four accounts, fen. `vouchers_fen` None where no list was given."""

    number: str
    month: str
    fund: str
    position: int
    prepared_fen: int
    approved_fen: int | None
    lines_fen: int
    paid_fen: int
    returned_fen: int
    pending_fen: int
    beyond_fen: int
    recovered_fen: int
    settled_paid_fen: int | None
    settled_returned_fen: int | None
    vouchers_fen: int | None
    differences: int


@dataclass(frozen=True, slots=True)
class TieOut:
    """The batches of some months, tied together."""

    as_of: date
    as_at: int
    first: str
    last: str
    batches: tuple[TiedBatch, ...]
    differences: tuple[Difference, ...]
    vouchers: int | None
    """Rows of the treasury's list; None where none was given."""


@dataclass
class _Sums:
    paid: int = 0
    returned: int = 0
    pending: int = 0
    beyond: int = 0
    recovered: int = 0
    lines: list[LineStory] = field(default_factory=list)

    def add(self, line: LineStory) -> None:
        self.paid += line.state.paid_fen
        self.returned += line.state.returned_fen
        self.pending += line.state.pending_fen
        self.beyond += line.state.beyond_fen
        self.recovered += line.state.recovered_fen
        self.lines.append(line)


def tie_out(
    connection: Connection,
    moment: Moment,
    first: str,
    last: str,
    vouchers: Sequence[Voucher] | None = None,
) -> TieOut:
    """Ties the batches of the months `first` to `last` ("YYYY-MM", both included).

    Vouchers that name a batch of other months are tied to that batch's number only if it is in
    the range: give a list of the same months.
    """
    known = batch_list(connection, moment, first, last)
    sums: dict[bytes, _Sums] = defaultdict(_Sums)
    for line in line_stories(connection, moment, first, last):
        sums[line.batch_id].add(line)
    settled_at = _settlements(connection, moment)
    by_batch = None if vouchers is None else _by_batch(vouchers)
    found: list[Difference] = []
    tied = []
    for batch in known:
        own = sums.pop(batch.batch_id.bytes, _Sums())
        drawn = None if by_batch is None else by_batch.pop(batch.number, 0)
        parted = list(_differences(batch, own, settled_at.get(batch.batch_id), drawn))
        tied.append(_tied(batch, own, drawn, len(parted)))
        found += parted
    found += [_lost(line) for own in sums.values() for line in own.lines]
    if vouchers is not None:
        found += _strangers(vouchers, {b.number for b in known})
    found.sort(key=lambda d: (d.batch, list(KINDS).index(d.kind), d.position, d.found_fen))
    number = None if vouchers is None else len(vouchers)
    return TieOut(moment.as_of, moment.as_at, first, last, tuple(tied), tuple(found), number)


def _tied(batch: Batch, own: _Sums, drawn: int | None, differences: int) -> TiedBatch:
    settled = batch.settled_on is not None
    return TiedBatch(
        number=batch.number,
        month=batch.month,
        fund=batch.fund,
        position=batch.position,
        prepared_fen=batch.total_fen,
        approved_fen=batch.approved_fen if batch.approved_on else None,
        lines_fen=batch.lines_fen,
        paid_fen=own.paid,
        returned_fen=own.returned,
        pending_fen=own.pending,
        beyond_fen=own.beyond,
        recovered_fen=own.recovered,
        settled_paid_fen=batch.paid_fen if settled else None,
        settled_returned_fen=batch.returned_fen if settled else None,
        vouchers_fen=drawn,
        differences=differences,
    )


def _differences(
    batch: Batch, own: _Sums, settled_at: int | None, drawn: int | None
) -> Iterator[Difference]:
    pairs = [
        (PREPARED_COUNT, batch.line_count, batch.lines_count),
        (PREPARED_FEN, batch.total_fen, batch.lines_fen),
    ]
    if batch.approved_on:
        pairs += [
            (APPROVED_COUNT, batch.line_count, batch.approved_count),
            (APPROVED_FEN, batch.total_fen, batch.approved_fen),
        ]
    if settled_at is not None:
        paid, returned = _answered(own.lines, settled_at)
        pairs += [
            (SETTLED_PAID, paid, batch.paid_fen),
            (SETTLED_RETURNED, returned, batch.returned_fen),
        ]
    if drawn is not None:
        pairs.append((VOUCHER_FEN, own.paid + own.beyond, drawn))
    for kind, expected, found in pairs:
        if expected != found:
            yield Difference(kind, batch.number, 0, expected, found)
    for line in own.lines:
        yield from _of_line(batch.number, line, settled=settled_at is not None)


def _of_line(batch: str, line: LineStory, *, settled: bool) -> Iterator[Difference]:
    state, position = line.state, line.positions[0]
    if settled and state.status == PENDING:
        yield Difference(UNANSWERED, batch, position, state.amount_fen, state.paid_fen)
    if state.beyond_fen:
        paid = state.paid_fen + state.beyond_fen
        yield Difference(BEYOND, batch, position, state.amount_fen, paid)
    if state.unmatched_fen:
        yield Difference(UNMATCHED, batch, position, 0, state.unmatched_fen)
    if state.returned_fen:
        yield Difference(WAITING, batch, position, state.amount_fen, state.paid_fen)


def _answered(lines: Iterable[LineStory], upto: int) -> tuple[int, int]:
    """What the bank had answered line by line when it settled: the first answer of each line, as
    what was returned and sent again is another batch's to settle."""
    paid = returned = 0
    for line in lines:
        first = next((a for a in line.answers if a[1] in (PAID, RETURNED)), None)
        if first is None or first[0] > upto:
            continue
        if first[1] == PAID:
            paid += first[2]
        else:
            returned += first[2]
    return paid, returned


def _settlements(connection: Connection, moment: Moment) -> dict[UUID, int]:
    """Batch → position of its settlement."""
    s = batch_steps.c
    query = select(s.batch_id, s.position).where(counts(batch_steps, moment), s.step == "settled")
    return {UUID(bytes=b): at for b, at in connection.execute(query.order_by(s.position))}


def _lost(line: LineStory) -> Difference:
    return Difference(NO_BATCH, line.batch, line.positions[0], 0, line.amount_fen)


def _by_batch(vouchers: Iterable[Voucher]) -> dict[str, int]:
    drawn: dict[str, int] = defaultdict(int)
    for v in vouchers:
        drawn[v.batch] += v.amount_fen
    return dict(drawn)


def _strangers(vouchers: Iterable[Voucher], known: set[str]) -> list[Difference]:
    return [
        Difference(VOUCHER_UNKNOWN, v.batch, 0, 0, v.amount_fen)
        for v in vouchers
        if v.batch not in known
    ]
