"""A payment batch and its lines: step by step, by other hands each, sums that agree; recalls."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from domain.events import (
    UNBORN,
    Actor,
    BatchApproved,
    BatchPrepared,
    BatchReviewed,
    BatchSent,
    BatchSettled,
    Event,
    PaymentPaid,
    PaymentRecalled,
    PaymentRecovered,
    PaymentReissued,
    PaymentReturned,
)
from domain.refusals import (
    BatchMismatch,
    EffectiveTooEarly,
    LineMismatch,
    OutOfOrder,
    Refusal,
    SameHands,
)
from tests.domain.story import BATCH, CHILD, HEAD, Story, in_dibao, line, on, regular

LINE = UUID(int=501)


def step(event: Event, when: str, by: str) -> Event:
    placed = on(event, when, stream=BATCH)
    return replace(placed, meta=replace(placed.meta, actor=Actor(by)))


def prepared(count: int = 2, fen: int = 160_000, by: str = "wang") -> Event:
    event = BatchPrepared(UNBORN, "B1", "2023-03", count, fen, "county", "county", "财〔2023〕1号")
    return step(event, "2023-03-08", by)


def reviewed(when: str = "2023-03-09", by: str = "li") -> Event:
    return step(BatchReviewed(UNBORN), when, by)


def approved(count: int = 2, fen: int = 160_000, by: str = "zhao") -> Event:
    return step(BatchApproved(UNBORN, count, fen), "2023-03-09", by)


def sent(when: str = "2023-03-10") -> Event:
    return step(BatchSent(UNBORN), when, "wang")


def settled(paid: tuple[int, int], returned: tuple[int, int]) -> Event:
    return step(BatchSettled(UNBORN, *paid, *returned), "2023-03-12", "bank")


def test_a_batch_goes_its_way_step_by_step() -> None:
    story = Story(prepared())
    for early in (approved(), sent(), settled((2, 160_000), (0, 0))):
        story.refuses(early, OutOfOrder)
    story.then(reviewed()).refuses(sent(), OutOfOrder)
    story.then(approved()).refuses(settled((2, 160_000), (0, 0)), OutOfOrder)
    story.then(sent()).allows(settled((1, 80_000), (1, 80_000)))


@pytest.mark.parametrize("again", [reviewed(), approved(), sent()])
def test_no_step_is_taken_twice(again: Event) -> None:
    story = Story(prepared(), reviewed(), approved(), sent())
    story.refuses(again, OutOfOrder)


def test_a_step_that_was_annulled_is_taken_again() -> None:
    story = Story(prepared(), reviewed())
    story.annul(1).allows(reviewed("2023-12-02"))


def test_three_steps_are_three_persons() -> None:
    Story(prepared()).refuses(reviewed(by="wang"), SameHands)
    story = Story(prepared(), reviewed())
    story.refuses(approved(by="wang"), SameHands)
    story.refuses(approved(by="li"), SameHands)
    story.allows(approved(by="zhao"))


def test_no_step_is_dated_before_the_last_one() -> None:
    Story(prepared()).refuses(reviewed("2023-03-07"), EffectiveTooEarly)
    Story(prepared(), reviewed(), approved()).refuses(sent("2023-03-08"), EffectiveTooEarly)


@pytest.mark.parametrize("other", [approved(fen=160_001), approved(count=3)])
def test_what_is_approved_is_what_was_prepared(other: Event) -> None:
    Story(prepared(), reviewed()).refuses(other, BatchMismatch)


@pytest.mark.parametrize("empty", [prepared(count=0), prepared(fen=-1)])
def test_a_batch_of_nothing_is_refused(empty: Event) -> None:
    story = Story(prepared())
    story.annul(0).refuses(empty, BatchMismatch)


@pytest.mark.parametrize(
    ("answer", "reasons"),
    [
        (settled((2, 160_000), (0, 0)), ()),
        (settled((1, 80_000), (0, 0)), ()),
        (settled((2, 160_000), (1, 1)), (BatchMismatch, BatchMismatch)),
        (settled((2, 160_001), (0, 0)), (BatchMismatch,)),
        (settled((2, 160_000), (-1, 0)), (BatchMismatch,)),
    ],
)
def test_no_more_is_answered_than_was_approved(
    answer: Event, reasons: tuple[type[Refusal], ...]
) -> None:
    Story(prepared(), reviewed(), approved(), sent()).refuses(answer, *reasons)


# -- lines that come back -------------------------------------------------------------------------


def bank(event: Event, when: str) -> Event:
    return on(event, when)


def authorized() -> Story:
    return in_dibao().then(line(1, "2023-03-10", regular("2023-03", 80_000)))


def paid() -> Story:
    return authorized().then(bank(PaymentPaid(UNBORN, LINE, 80_000), "2023-03-12"))


def recalled(fen: int, when: str = "2023-05-10") -> Event:
    return on(PaymentRecalled(UNBORN, LINE, fen, "death"), when)


def recovered(fen: int, when: str = "2023-06-10") -> Event:
    return on(PaymentRecovered(UNBORN, LINE, fen, "death"), when)


def test_what_was_not_paid_is_not_recalled_and_the_way_out_is_said() -> None:
    authorized().refuses(recalled(80_000), LineMismatch)
    (refusal,) = authorized().when(recalled(80_000))
    assert "annul" in refusal.en
    assert "撤销" in refusal.zh
    back = authorized().then(bank(PaymentReturned(UNBORN, LINE, 80_000), "2023-03-12"))
    (refusal,) = back.when(recalled(80_000))
    assert "never reached" in refusal.en


def test_a_line_is_recalled_in_parts_and_never_beyond_what_it_paid() -> None:
    story = paid().then(recalled(50_000))
    story.allows(recalled(30_000))
    story.refuses(recalled(30_001), LineMismatch)


def test_what_comes_back_is_no_more_than_was_recalled() -> None:
    story = paid().then(recalled(50_000))
    story.allows(recovered(50_000))
    story.refuses(recovered(50_001), LineMismatch)
    story.then(recovered(20_000)).allows(recovered(30_000))
    story.refuses(recovered(30_001), LineMismatch)
    story.then(recalled(30_000)).allows(recovered(60_000))


def test_a_household_may_give_back_of_its_own_will() -> None:
    paid().allows(recovered(80_000))


def test_money_is_not_recalled_before_it_was_authorized() -> None:
    paid().refuses(recalled(100, "2023-03-01"), EffectiveTooEarly)


def test_a_recall_that_was_annulled_binds_nobody() -> None:
    story = paid().then(recalled(50_000))
    story.annul(len(story.facts) - 1).allows(recovered(80_000, "2023-12-10"))


def test_a_line_sent_again_names_the_line_its_number_and_for_whom() -> None:
    story = authorized().then(bank(PaymentReturned(UNBORN, LINE, 80_000), "2023-03-12"))
    again = PaymentReissued(UNBORN, LINE, BATCH, 80_000, None, 1, HEAD)
    story.allows(on(again, "2023-03-20"))
    story.refuses(on(replace(again, line_no=0), "2023-03-20"), LineMismatch)
    story.refuses(on(replace(again, beneficiary_id=CHILD), "2023-03-20"), LineMismatch)
    story.refuses(on(replace(again, line_id=UUID(int=9)), "2023-03-20"), LineMismatch)
