"""The batch, its lines, the bank and the treasury say the same, or the difference is named."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.events import UNBORN, BatchApproved, BatchPrepared, BatchSettled
from projections.tie_out import (
    APPROVED_FEN,
    BEYOND,
    KINDS,
    NO_BATCH,
    PREPARED_COUNT,
    PREPARED_FEN,
    SETTLED_PAID,
    SETTLED_RETURNED,
    UNANSWERED,
    UNMATCHED,
    VOUCHER_FEN,
    VOUCHER_UNKNOWN,
    WAITING,
    TieOut,
    Voucher,
    tie_out,
)
from tests.projections.builders import Asking, WrittenLog, regular


class Batch:
    """A batch of lines of the given fen, approved as it was prepared."""

    def __init__(self, log: WrittenLog, number: str, *amounts: int, month: str = "2023-01") -> None:
        self.log, self.number, self.month = log, number, month
        self.id = log.new_id()
        total = sum(amounts)
        self.prepared = log.add(
            BatchPrepared(UNBORN, number, month, len(amounts), total, "county"),
            self.id,
            f"{month}-05",
        )
        self.lines: list[tuple[UUID, UUID, int]] = []
        for fen in amounts:
            head = log.person()
            case = log.household(head)
            line = log.line(case, self.id, head, f"{month}-05", regular(month, fen))
            self.lines.append((case, line, fen))
        log.add(BatchApproved(UNBORN, len(amounts), total), self.id, f"{month}-06")

    def pay(self, n: int, fen: int | None = None) -> None:
        case, line, due = self.lines[n]
        self.log.paid(case, line, f"{self.month}-08", due if fen is None else fen)

    def give_back(self, n: int) -> None:
        case, line, due = self.lines[n]
        self.log.returned(case, line, f"{self.month}-08", due)

    def settle(self, paid: tuple[int, int], returned: tuple[int, int] = (0, 0)) -> None:
        self.log.add(BatchSettled(UNBORN, *paid, *returned), self.id, f"{self.month}-10")


def ask(asking: Asking, vouchers: Sequence[Voucher] | None = None) -> TieOut:
    with asking.caught_up() as connection:
        return tie_out(connection, asking.moment(), "2023-01", "2023-12", vouchers)


def kinds(found: TieOut) -> list[tuple[str, str, int, int]]:
    return [(d.kind, d.batch, d.expected_fen, d.found_fen) for d in found.differences]


def test_a_batch_that_was_paid_whole_ties_out(log: WrittenLog, asking: Asking) -> None:
    batch = Batch(log, "B1", 100, 200)
    batch.pay(0)
    batch.pay(1)
    batch.settle((2, 300))
    found = ask(asking, [Voucher("V1", "B1", 250, 2), Voucher("V2", "B1", 50, 3)])
    assert found.differences == ()
    (tied,) = found.batches
    assert (tied.prepared_fen, tied.approved_fen, tied.lines_fen, tied.paid_fen) == (300,) * 4
    assert (tied.settled_paid_fen, tied.vouchers_fen) == (300, 300)


def test_lines_that_are_not_as_prepared_are_named(log: WrittenLog, asking: Asking) -> None:
    batch = Batch(log, "B1", 100, 200)
    head = log.person()
    log.line(log.household(head), batch.id, head, "2023-01-05", regular("2023-01", 50))
    assert kinds(ask(asking)) == [
        (PREPARED_COUNT, "B1", 2, 3),
        (PREPARED_FEN, "B1", 300, 350),
    ]


def test_an_approval_of_another_sum_is_named(log: WrittenLog, asking: Asking) -> None:
    batch = Batch(log, "B1", 100)
    log.add(BatchApproved(UNBORN, 1, 90), batch.id, "2023-01-07")
    assert kinds(ask(asking)) == [(APPROVED_FEN, "B1", 100, 90)]


def test_a_bank_that_settles_other_sums_than_it_answered_is_named(
    log: WrittenLog, asking: Asking
) -> None:
    batch = Batch(log, "B1", 100, 200)
    batch.pay(0)
    batch.give_back(1)
    batch.settle((1, 110), (1, 190))
    assert kinds(ask(asking))[:2] == [
        (SETTLED_PAID, "B1", 100, 110),
        (SETTLED_RETURNED, "B1", 200, 190),
    ]


def test_what_is_sent_again_after_the_settlement_does_not_undo_the_tie(
    log: WrittenLog, asking: Asking
) -> None:
    batch = Batch(log, "B1", 100, 200)
    batch.pay(0)
    batch.give_back(1)
    batch.settle((1, 100), (1, 200))
    assert kinds(ask(asking)) == [(WAITING, "B1", 200, 0)]
    case, line, fen = batch.lines[1]
    log.reissued(case, line, "2023-02-01", fen)
    log.paid(case, line, "2023-02-03", fen)
    assert kinds(ask(asking)) == []


def test_lines_are_named_one_by_one_with_their_entry(log: WrittenLog, asking: Asking) -> None:
    batch = Batch(log, "B1", 100, 200, 300)
    batch.pay(0, 120)
    batch.pay(1)
    batch.settle((2, 320))
    found = ask(asking)
    assert {d.kind: d.position for d in found.differences} == {
        BEYOND: log_position(log, batch.lines[0][1]),
        UNANSWERED: log_position(log, batch.lines[2][1]),
    }


def test_more_returned_than_the_line_had_is_named(log: WrittenLog, asking: Asking) -> None:
    batch = Batch(log, "B1", 100)
    case, line, _ = batch.lines[0]
    log.returned(case, line, "2023-01-08", 150)
    assert (UNMATCHED, "B1", 0, 50) in kinds(ask(asking))


def test_a_line_whose_batch_was_annulled_is_not_lost(log: WrittenLog, asking: Asking) -> None:
    batch = Batch(log, "B1", 100)
    log.annul(batch.prepared)
    found = ask(asking)
    assert kinds(found) == [(NO_BATCH, "", 0, 100)]
    assert found.batches == ()


def test_vouchers_are_netted_and_those_of_no_batch_are_named(
    log: WrittenLog, asking: Asking
) -> None:
    batch = Batch(log, "B1", 100, 200)
    batch.pay(0)
    batch.give_back(1)
    vouchers = [Voucher("V1", "B1", 300, 2), Voucher("V2", "B9", 70, 3)]
    found = ask(asking, vouchers)
    assert (VOUCHER_FEN, "B1", 100, 300) in kinds(found)
    assert (VOUCHER_UNKNOWN, "B9", 0, 70) in kinds(found)
    refunded = [*vouchers[:1], Voucher("V3", "B1", -200, 4)]
    assert VOUCHER_FEN not in [d.kind for d in ask(asking, refunded).differences]


def test_every_kind_is_told_in_both_languages() -> None:
    assert all(zh and en for zh, en in KINDS.values())


def log_position(log: WrittenLog, line_id: UUID) -> int:
    return next(r.position for r in log.rows if getattr(r.event, "line_id", None) == line_id)
