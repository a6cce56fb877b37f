"""Batches over the views: state, totals beside their lines, what is open."""

from __future__ import annotations

from uuid import UUID

from domain.events import (
    UNBORN,
    BatchApproved,
    BatchPrepared,
    BatchReviewed,
    BatchSent,
    BatchSettled,
    PaymentRecalled,
    PaymentReissued,
)
from projections.batch_standing import BatchStanding, batch_standings
from tests.projections.builders import Asking, WrittenLog, arrears, regular


def ask(asking: Asking, number: str | None = None, as_at: int | None = None) -> list[BatchStanding]:
    with asking.caught_up() as connection:
        moment = asking.moment(as_at=as_at)
        return batch_standings(connection, moment, "2023-01", "2023-12", number)


def prepared(log: WrittenLog, count: int, total: int, number: str = "B1") -> UUID:
    stream = log.new_id()
    event = BatchPrepared(
        UNBORN, number, "2023-01", count, total, "county", "county", "财1号", "208"
    )
    log.add(event, stream, "2023-01-05")
    return stream


def test_a_batch_is_where_its_last_step_is(log: WrittenLog, asking: Asking) -> None:
    batch = prepared(log, 1, 100)
    states = {"prepared": log.head()}
    states["reviewed"] = log.add(BatchReviewed(UNBORN), batch, "2023-01-06")
    states["approved"] = log.add(BatchApproved(UNBORN, 1, 100), batch, "2023-01-07")
    states["sent"] = log.add(BatchSent(UNBORN), batch, "2023-01-08")
    states["settled"] = log.add(BatchSettled(UNBORN, 1, 100, 0, 0), batch, "2023-01-09")
    for state, position in states.items():
        assert ask(asking, as_at=position)[0].batch.state == state
    log.annul(states["settled"])
    assert ask(asking)[0].batch.state == "sent"


def test_a_batch_tells_fund_budget_and_the_months_that_it_pays(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case, batch = log.household(head), prepared(log, 2, 150)
    log.line(case, batch, head, "2023-01-05", regular("2023-01", 100))
    log.line(case, batch, head, "2023-01-05", arrears("2022-11", "2022-12", 50))
    (found,) = ask(asking, "B1")
    b = found.batch
    assert (b.fund_level, b.budget_document, b.budget_code) == ("county", "财1号", "208")
    assert (found.first_month, found.last_month) == ("2022-11", "2023-01")
    assert [line.kinds for line in found.lines] == [("regular",), ("back_payment",)]
    assert found.agrees


def test_a_total_that_is_not_that_of_the_lines_shows(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case, batch = log.household(head), prepared(log, 1, 101)
    log.line(case, batch, head, "2023-01-05", regular("2023-01", 100))
    assert not ask(asking)[0].agrees


def test_approved_is_paid_returned_and_pending_and_what_is_beyond_stands_apart(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case, batch = log.household(head), prepared(log, 3, 300)
    lines = [
        log.line(case, batch, head, "2023-01-05", regular(f"2023-0{n}", 100)) for n in (1, 2, 3)
    ]
    log.paid(case, lines[0], "2023-01-12", 130)
    log.returned(case, lines[1], "2023-01-12", 100)
    (found,) = ask(asking, "B1")
    assert (found.paid_fen, found.returned_fen, found.pending_fen) == (100, 100, 100)
    assert found.beyond_fen == 30
    assert found.open_lines == 3


def test_a_line_is_open_until_what_was_recalled_came_back(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case, batch = log.household(head), prepared(log, 1, 100)
    line = log.line(case, batch, head, "2023-01-05", regular("2023-01", 100))
    log.paid(case, line, "2023-01-12", 100)
    assert ask(asking)[0].open_lines == 0
    log.add(PaymentRecalled(UNBORN, line, 80, "death"), case, "2023-03-01")
    log.recovered(case, line, "2023-04-01", 30)
    (found,) = ask(asking)
    assert (found.recalled_fen, found.recovered_fen, found.open_lines) == (80, 30, 1)
    log.recovered(case, line, "2023-05-01", 50)
    assert ask(asking)[0].open_lines == 0


def test_a_line_sent_again_counts_among_the_totals_of_both_batches(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case, batch = log.household(head), prepared(log, 1, 100)
    line = log.line(case, batch, head, "2023-01-05", regular("2023-01", 100))
    log.returned(case, line, "2023-01-12", 100)
    second = prepared(log, 1, 100, "B2")
    log.add(PaymentReissued(UNBORN, line, second, 100, None, 1, head), case, "2023-01-20")
    log.paid(case, line, "2023-01-25", 100)
    first, again = ask(asking)
    assert (first.agrees, again.agrees, again.batch.reissued_fen) == (True, True, 100)
    assert (first.paid_fen, first.open_lines) == (100, 0)


def test_a_batch_that_nobody_prepared_is_none(asking: Asking) -> None:
    assert ask(asking, "B9") == []
