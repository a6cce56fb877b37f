"""Paying: never more for a case, component and month than is due, arrears and returns counted."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import month_range
from domain.entitlement import Entitlement, Part, excesses
from domain.events import (
    UNBORN,
    Component,
    EntitlementAdjusted,
    Event,
    PaymentPaid,
    PaymentPart,
    PaymentRecovered,
    PaymentReissued,
    PaymentReturned,
)
from domain.refusals import (
    AmountNotPositive,
    EffectiveTooEarly,
    LineMismatch,
    NotEntitled,
    OverEntitlement,
)
from tests.domain.story import BATCH, HEAD, Story, checked, formed, in_dibao, line, on, regular

LINE = UUID(int=501)


def paid(fen: int = 80_000, when: str = "2023-03-12") -> Event:
    return on(PaymentPaid(meta=UNBORN, line_id=LINE, amount_fen=fen), when)


def returned(fen: int = 80_000, when: str = "2023-03-12") -> Event:
    return on(PaymentReturned(meta=UNBORN, line_id=LINE, amount_fen=fen), when)


def reissued(fen: int = 80_000, when: str = "2023-03-20") -> Event:
    event = PaymentReissued(
        meta=UNBORN, line_id=LINE, batch_id=BATCH, amount_fen=fen, line_no=1, beneficiary_id=HEAD
    )
    return on(event, when)


def recovered(fen: int, when: str = "2023-05-01") -> Event:
    return on(PaymentRecovered(meta=UNBORN, line_id=LINE, amount_fen=fen), when)


def test_what_is_due_is_paid() -> None:
    in_dibao().allows(line(1, "2023-03-10", regular("2023-03", 80_000)))


def test_a_fen_more_is_refused() -> None:
    in_dibao().refuses(line(1, "2023-03-10", regular("2023-03", 80_001)), OverEntitlement)


def test_a_second_payment_of_one_month_is_refused_even_in_parts() -> None:
    story = in_dibao().then(line(1, "2023-03-10", regular("2023-03", 50_000)))
    story.allows(line(2, "2023-03-20", regular("2023-03", 30_000)))
    story.refuses(line(2, "2023-03-20", regular("2023-03", 30_001)), OverEntitlement)


def test_a_component_that_is_not_due_is_refused() -> None:
    story = in_dibao()
    story.refuses(line(1, "2023-03-10", regular("2023-03", 100, "care")), OverEntitlement)


def test_a_month_before_the_entitlement_is_refused() -> None:
    in_dibao().refuses(line(1, "2023-03-10", regular("2023-02", 80_000)), OverEntitlement)


def test_a_regular_part_is_not_for_a_month_to_come() -> None:
    in_dibao().refuses(line(1, "2023-03-10", regular("2023-04", 80_000)), EffectiveTooEarly)


def test_a_returned_line_does_not_count_and_may_be_paid_as_arrears() -> None:
    story = in_dibao().then(line(1, "2023-03-10", regular("2023-03", 80_000)))
    arrears = PaymentPart("base", "back_payment", 80_000, "2023-03")
    again = line(2, "2023-04-10", regular("2023-04", 80_000), arrears)
    story.refuses(again, OverEntitlement)
    story.then(returned()).allows(again)


def test_arrears_fill_the_months_that_lack_and_no_more() -> None:
    story = in_dibao().then(line(1, "2023-03-10", regular("2023-03", 80_000)))
    raised = EntitlementAdjusted(
        meta=UNBORN, program="dibao", components=(Component("base", 90_000),)
    )
    story.then(on(raised, "2023-05-15", "2023-03-01"))
    story.then(line(2, "2023-04-10", regular("2023-04", 80_000)))

    def arrears(fen: int) -> Event:
        part = PaymentPart("base", "back_payment", fen, "2023-05")
        return line(3, "2023-06-10", part)

    story.allows(arrears(10_000 + 10_000 + 90_000))
    story.refuses(arrears(10_000 + 10_000 + 90_001), OverEntitlement)


def test_an_offset_takes_away() -> None:
    parts = (regular("2023-03", 80_000), PaymentPart("base", "offset", 10_000, "2023-03"))
    story = in_dibao().then(line(1, "2023-03-10", *parts))
    correction = PaymentPart("base", "correction", 10_000, "2023-03", "2023-03")
    story.allows(line(2, "2023-04-10", correction))


def test_price_subsidies_and_one_off_sums_stand_beside_the_entitlement() -> None:
    subsidy = PaymentPart("price", "price_subsidy", 2_100, "2023-03")
    in_dibao().allows(line(1, "2023-03-10", regular("2023-03", 80_000), subsidy))


def test_what_was_never_granted_is_not_paid() -> None:
    story = Story(formed(), checked())
    story.refuses(line(1, "2023-03-10", regular("2023-03", 100)), NotEntitled)
    one_off = PaymentPart("aid", "one_off", 100_000, "2023-03")
    story.allows(line(1, "2023-03-10", one_off, program="temporary"))


@pytest.mark.parametrize("fen", [0, -5])
def test_a_line_of_nothing_or_less_is_refused(fen: int) -> None:
    found = in_dibao().when(line(1, "2023-03-10", regular("2023-03", fen)))
    assert AmountNotPositive in {type(r) for r in found}


def test_a_line_is_the_sum_of_its_parts() -> None:
    wrong = line(1, "2023-03-10", regular("2023-03", 70_000), amount=80_000)
    in_dibao().refuses(wrong, LineMismatch)


def test_an_old_excess_that_was_reported_does_not_stop_the_next_month() -> None:
    story = in_dibao().then(line(1, "2023-03-10", regular("2023-03", 99_000)))
    story.allows(line(2, "2023-04-10", regular("2023-04", 80_000)))


def test_a_line_is_paid_once_and_returned_once() -> None:
    story = in_dibao().then(line(1, "2023-03-10", regular("2023-03", 80_000)))
    story.allows(paid())
    story.refuses(paid(80_001), LineMismatch)
    story.refuses(paid(when="2023-03-01"), EffectiveTooEarly)
    story.then(paid()).refuses(paid(), LineMismatch)
    story.allows(returned(when="2023-03-15"))  # paid, and then it came back
    story.then(returned(when="2023-03-15")).refuses(returned(when="2023-03-16"), LineMismatch)


def test_only_a_returned_line_is_sent_again() -> None:
    story = in_dibao().then(line(1, "2023-03-10", regular("2023-03", 80_000)))
    story.refuses(reissued(), LineMismatch)
    story.then(returned()).allows(reissued())
    story.then(reissued()).refuses(reissued(), LineMismatch)
    story.refuses(line(2, "2023-03-25", regular("2023-03", 1)), OverEntitlement)


def test_only_what_was_paid_is_recovered_and_never_more() -> None:
    story = in_dibao().then(line(1, "2023-03-10", regular("2023-03", 80_000)))
    story.refuses(recovered(100), LineMismatch)
    story.then(paid()).allows(recovered(50_000))
    story.then(recovered(50_000)).refuses(recovered(30_001), LineMismatch)
    story.allows(recovered(30_000))


def test_an_answer_for_a_line_that_is_not_there_is_refused() -> None:
    in_dibao().refuses(paid(), LineMismatch)


def test_an_annulled_line_is_as_if_it_never_was() -> None:
    story = in_dibao().then(line(1, "2023-03-10", regular("2023-03", 80_000)))
    story.annul(5).allows(line(2, "2023-03-10", regular("2023-03", 80_000)))


MONTHS = month_range("2023-01", "2023-08")


@given(
    due=st.dictionaries(st.sampled_from(MONTHS), st.integers(1, 50_000), min_size=1),
    sums=st.lists(st.integers(1, 20_000), max_size=6),
)
def test_arrears_are_excess_exactly_where_they_are_more_than_all_that_lacks(
    due: dict[str, int], sums: list[int]
) -> None:
    entitlement = Entitlement()
    for month in sorted(due):
        entitlement.set_from(month, {"base": due[month]})
    first, last = min(due), MONTHS[-1]
    room = sum(entitlement.due(m)["base"] for m in month_range(first, last))
    parts = [Part("base", "back_payment", fen, first, last) for fen in sums]
    beyond = sum(e.excess_fen for e in excesses(entitlement, parts))
    assert beyond == max(0, sum(sums) - room)
