"""Every fen authorized is paid, returned or pending; what goes beyond stands apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import (
    UNBORN,
    BatchApproved,
    BatchReviewed,
    BatchSent,
    BatchSettled,
    PaymentPart,
    PaymentRecalled,
)
from projections.batches import batch_list
from projections.moment import Moment
from projections.spending import BY, Spending, Sums, spending
from tests.projections.builders import (
    FOREVER,
    OTHER_TOWN,
    TOWN,
    Asking,
    WrittenLog,
    arrears,
    day,
    new_views,
    regular,
)


def ask(
    asking: Asking,
    first: str = "2023-01",
    last: str = "2023-12",
    by: Sequence[str] = (),
    as_of: str = "2999-12-31",
    as_at: int | None = None,
) -> Spending:
    with asking.caught_up() as connection:
        found = spending(connection, asking.moment(as_of, as_at), first, last, by)
    for row in found.rows:
        s = row.sums
        assert s.authorized_fen == s.paid_fen + s.returned_fen + s.pending_fen
        assert s.lines == s.paid_lines + s.returned_lines + s.pending_lines
    return found


def money(found: Spending) -> tuple[int, int, int, int]:
    t = found.total
    return (t.authorized_fen, t.paid_fen, t.returned_fen, t.pending_fen)


def one_line(log: WrittenLog, month: str = "2023-01", fen: int = 100) -> tuple[UUID, UUID]:
    head = log.person()
    case = log.household(head)
    line = log.line(case, log.batch(month), head, f"{month}-05", regular(month, fen))
    return case, line


def test_a_line_is_pending_until_the_bank_answers(log: WrittenLog, asking: Asking) -> None:
    case, line = one_line(log)
    assert money(ask(asking)) == (100, 0, 0, 100)
    log.paid(case, line, "2023-01-08", 100)
    assert money(ask(asking)) == (100, 100, 0, 0)
    assert ask(asking).total.paid_lines == 1


def test_a_line_that_failed_is_returned_then_pending_then_paid(
    log: WrittenLog, asking: Asking
) -> None:
    case, line = one_line(log)
    log.returned(case, line, "2023-01-08", 100)
    assert money(ask(asking)) == (100, 0, 100, 0)
    log.reissued(case, line, "2023-02-01", 100)
    assert money(ask(asking)) == (100, 0, 0, 100)
    log.paid(case, line, "2023-02-03", 100)
    assert money(ask(asking)) == (100, 100, 0, 0)
    assert ask(asking, first="2023-02").total == Sums()


def test_money_that_came_back_after_it_was_paid_is_returned(
    log: WrittenLog, asking: Asking
) -> None:
    case, line = one_line(log)
    log.paid(case, line, "2023-01-08", 100)
    log.returned(case, line, "2023-01-20", 100, outcome="refunded")
    assert money(ask(asking)) == (100, 0, 100, 0)


def test_a_line_paid_again_though_nobody_recorded_that_it_was_sent_again_is_paid(
    log: WrittenLog, asking: Asking
) -> None:
    case, line = one_line(log)
    log.returned(case, line, "2023-01-08", 100)
    log.paid(case, line, "2023-01-20", 100)
    assert money(ask(asking)) == (100, 100, 0, 0)


def test_what_a_bank_pays_beyond_the_line_stands_apart(log: WrittenLog, asking: Asking) -> None:
    case, line = one_line(log)
    log.paid(case, line, "2023-01-08", 130)
    assert money(ask(asking)) == (100, 100, 0, 0)
    assert ask(asking).total.beyond_fen == 30
    log.paid(case, line, "2023-01-09", 100)
    assert ask(asking).total.beyond_fen == 130
    log.returned(case, line, "2023-01-10", 130, outcome="refunded")
    assert money(ask(asking)) == (100, 100, 0, 0)
    assert ask(asking).total.beyond_fen == 0


def test_a_line_paid_in_part_is_pending_for_the_rest(log: WrittenLog, asking: Asking) -> None:
    case, line = one_line(log)
    log.paid(case, line, "2023-01-08", 60)
    assert money(ask(asking)) == (100, 60, 0, 40)
    assert ask(asking).total.pending_lines == 1


def test_a_return_of_more_than_the_line_ever_had_is_unmatched(
    log: WrittenLog, asking: Asking
) -> None:
    case, line = one_line(log)
    log.returned(case, line, "2023-01-08", 250)
    assert money(ask(asking)) == (100, 0, 100, 0)
    assert ask(asking).total.unmatched_fen == 150


def test_recovered_money_stands_beside_what_was_paid(log: WrittenLog, asking: Asking) -> None:
    case, line = one_line(log)
    log.paid(case, line, "2023-01-08", 100)
    log.recovered(case, line, "2023-05-08", 70)
    assert money(ask(asking)) == (100, 100, 0, 0)
    assert ask(asking).total.recovered_fen == 70


def test_a_report_about_a_line_that_does_not_stand_is_in_no_row(
    log: WrittenLog, asking: Asking
) -> None:
    case, line = one_line(log)
    authorized = log.head()
    log.paid(case, line, "2023-01-08", 100)
    log.paid(case, log.new_id(), "2023-01-08", 40)
    found = ask(asking)
    assert money(found) == (100, 100, 0, 0)
    assert (found.unknown_reports, found.unknown_fen) == (1, 40)
    log.annul(authorized)
    found = ask(asking)
    assert money(found) == (0, 0, 0, 0)
    assert (found.unknown_reports, found.unknown_fen) == (2, 140)
    assert ask(asking, as_at=authorized).total.authorized_fen == 100


def test_an_annulled_payment_leaves_the_line_pending(log: WrittenLog, asking: Asking) -> None:
    case, line = one_line(log)
    paid = log.paid(case, line, "2023-01-08", 100)
    log.annul(paid)
    assert money(ask(asking)) == (100, 0, 0, 100)
    assert money(ask(asking, as_at=paid)) == (100, 100, 0, 0)


def test_what_is_dated_after_the_day_is_not_known_on_it(log: WrittenLog, asking: Asking) -> None:
    case, line = one_line(log)
    log.paid(case, line, "2023-01-08", 100)
    assert money(ask(asking, as_of="2023-01-07")) == (100, 0, 0, 100)
    assert money(ask(asking, as_of="2023-01-04")) == (0, 0, 0, 0)


def test_a_line_belongs_to_the_month_of_its_batch(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    line = log.line(case, log.batch("2023-03"), head, "2023-02-25", regular("2023-03", 100))
    log.paid(case, line, "2023-04-02", 100)
    assert money(ask(asking, "2023-03", "2023-03")) == (100, 100, 0, 0)
    assert money(ask(asking, "2023-04", "2023-04")) == (0, 0, 0, 0)


def test_without_a_batch_it_is_the_month_in_which_it_was_authorized(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case = log.household(head)
    log.line(case, log.new_id(), head, "2023-02-25", regular("2023-03", 100))
    assert money(ask(asking, "2023-02", "2023-02")) == (100, 0, 0, 100)


def test_rows_are_grouped_as_asked_in_order(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    for month in ("2023-02", "2023-01"):
        batch = log.batch(month)
        for program, town, fund in (
            ("tekun", TOWN, "county"),
            ("dibao", OTHER_TOWN, "county"),
            ("dibao", TOWN, "province"),
        ):
            log.line(
                case,
                batch,
                head,
                f"{month}-05",
                regular(month, 10),
                program=program,
                town=town,
                fund=fund,
            )
    found = ask(asking, by=BY)
    keys = [(r.month, r.program, r.town, r.fund) for r in found.rows]
    assert len(keys) == 6
    assert keys == sorted(keys)
    by_program = ask(asking, by=("program",))
    assert [(r.month, r.program, r.sums.authorized_fen) for r in by_program.rows] == [
        (None, "dibao", 40),
        (None, "tekun", 20),
    ]
    assert ask(asking).rows[0].sums == ask(asking).total


def test_a_period_may_have_no_end(log: WrittenLog, asking: Asking) -> None:
    one_line(log)
    assert money(ask(asking, "0001-01", "9999-12")) == (100, 0, 0, 100)


def test_a_batch_shows_its_totals_beside_those_of_its_lines(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case = log.household(head)
    batch = log.batch("2023-01", total=300)
    log.line(case, batch, head, "2023-01-05", regular("2023-01", 100))
    log.add(BatchReviewed(UNBORN), batch, "2023-01-05")
    log.add(BatchApproved(UNBORN, 1, 300), batch, "2023-01-06")
    sent = log.add(BatchSent(UNBORN), batch, "2023-01-07")
    log.add(BatchSettled(UNBORN, 1, 100, 2, 200), batch, "2023-01-08")
    with asking.caught_up() as connection:
        found = batch_list(connection, asking.moment(), "2023-01", "2023-01")[0]
        assert (found.total_fen, found.lines_fen, found.approved_fen) == (300, 100, 300)
        assert (found.paid_fen, found.returned_fen) == (100, 200)
        assert found.settled_on == day("2023-01-08")
        earlier = batch_list(connection, asking.moment(as_at=sent), "2023-01", "2023-01")[0]
        assert (earlier.sent_on, earlier.settled_on) == (day("2023-01-07"), None)
        assert batch_list(connection, asking.moment(), "2023-02", "2023-02") == []


REPORTS = st.lists(
    st.tuples(
        st.sampled_from(["paid", "failed", "refunded", "reissued", "recovered", "annul"]),
        st.integers(0, 3),
        st.integers(-20, 220),
    ),
    max_size=20,
)


@settings(max_examples=40, deadline=None)
@given(REPORTS)
def test_the_books_balance_whatever_a_bank_reports(reports: list[tuple[str, int, int]]) -> None:
    log = WrittenLog()
    lines = [one_line(log) for _ in range(4)]
    for what, which, fen in reports:
        case, line = lines[which]
        if what == "paid":
            log.paid(case, line, "2023-02-01", fen)
        elif what in ("failed", "refunded"):
            log.returned(case, line, "2023-02-01", fen, what)
        elif what == "reissued":
            log.reissued(case, line, "2023-02-01", fen)
        elif what == "recovered":
            log.recovered(case, line, "2023-02-01", fen)
        elif "Annulled" not in log.rows[-1].event.topic:
            log.annul(log.head())
    with TemporaryDirectory() as folder:
        views = new_views(Path(folder) / "views.sqlite")
        views.catch_up(log)
        with views.reading(log.head()) as connection:
            found = spending(connection, Moment(FOREVER, log.head()), "0001-01", "9999-12")
        views.engine.dispose()
    for sums in (found.total, *(r.sums for r in found.rows)):
        assert sums.authorized_fen == sums.paid_fen + sums.returned_fen + sums.pending_fen
        assert sums.lines == sums.paid_lines + sums.returned_lines + sums.pending_lines
        assert min(sums.paid_fen, sums.returned_fen, sums.pending_fen, sums.beyond_fen) >= 0


def test_what_was_recalled_stands_beside_what_came_back(log: WrittenLog, asking: Asking) -> None:
    case, line = one_line(log)
    log.paid(case, line, "2023-01-12", 100)
    log.add(PaymentRecalled(UNBORN, line, 80, "death"), case, "2023-03-01")
    log.recovered(case, line, "2023-04-01", 30)
    total = ask(asking).total
    assert (total.paid_fen, total.recalled_fen, total.recovered_fen) == (100, 80, 30)


def test_spending_is_told_by_what_it_is_for(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case, batch = log.household(head), log.batch("2023-01")
    subsidy = PaymentPart("price_subsidy", "price_subsidy", 20, "2023-01", "2023-01")
    first = log.line(case, batch, head, "2023-01-10", regular("2023-01", 100), subsidy)
    log.line(case, batch, head, "2023-01-10", arrears("2022-11", "2022-12", 40))
    log.paid(case, first, "2023-01-12", 120)
    with asking.caught_up() as connection:
        found = spending(connection, asking.moment(), "2023-01", "2023-01", ("kind",))
        assert [(k.kind, k.lines, k.authorized_fen, k.paid_fen) for k in found.kinds] == [
            ("back_payment", 1, 40, 0),
            ("price_subsidy", 1, 20, 20),
            ("regular", 1, 100, 100),
        ]
        assert spending(connection, asking.moment(), "2023-01", "2023-01").kinds == ()
