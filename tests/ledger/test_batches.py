"""A batch's totals are those of its lines when it is reviewed and approved; then it is closed."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.events import (
    UNBORN,
    Actor,
    BatchApproved,
    BatchPrepared,
    BatchReviewed,
    Event,
    PaymentAuthorized,
    PaymentPart,
    PaymentReissued,
    PaymentReturned,
)
from domain.refusals import BatchMismatch
from ledger.batch_lines import batch_totals
from ledger.commands import Command, Draft
from ledger.ids import new_id
from tests.ledger.conftest import DAY, World


class Paying:
    """A household in 低保, a batch, and lines of 100 yuan."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.head = world.person()
        self.household = world.household(self.head)
        world.ledger.decide(world.enroll(self.household, self.head))
        self.batch = new_id()

    def decide(self, stream: UUID, event: Event, by: str) -> None:
        draft = Draft(event, stream, DAY, DAY)
        self.world.ledger.decide(Command((new_id().hex,), "", [draft], Actor(by), "bureau"))

    def prepare(self, count: int, fen: int) -> None:
        event = BatchPrepared(UNBORN, "B1", "2023-03", count, fen)
        self.decide(self.batch, event, "wang")

    def line(self, number: int, component: str = "aid") -> UUID:
        line = new_id()
        part = PaymentPart(component, "one_off", 10_000, "2023-03", "2023-03")
        event = PaymentAuthorized(
            UNBORN, line, self.batch, number, "dibao", "county", 10_000, (part,), self.head
        )
        self.decide(self.household, event, "wang")
        return line

    def review(self) -> None:
        self.decide(self.batch, BatchReviewed(UNBORN), "li")

    def approve(self, count: int, fen: int) -> None:
        self.decide(self.batch, BatchApproved(UNBORN, count, fen), "zhao")


@pytest.fixture
def paying(world: World) -> Paying:
    return Paying(world)


def test_totals_that_are_not_those_of_the_lines_are_refused(paying: Paying) -> None:
    paying.prepare(2, 20_000)
    paying.line(1)
    with pytest.raises(BatchMismatch, match="its lines are 1, 100"):
        paying.review()
    paying.line(2)
    paying.review()
    paying.approve(2, 20_000)


def test_a_line_that_was_added_after_the_review_shows_at_the_approval(paying: Paying) -> None:
    paying.prepare(1, 10_000)
    paying.line(1)
    paying.review()
    paying.line(2)
    with pytest.raises(BatchMismatch):
        paying.approve(1, 10_000)


def test_no_line_joins_a_batch_that_is_approved(paying: Paying) -> None:
    paying.prepare(1, 10_000)
    paying.line(1)
    paying.review()
    paying.approve(1, 10_000)
    with pytest.raises(BatchMismatch, match="next one"):
        paying.line(2)


def test_an_annulled_line_is_none_of_the_batch(paying: Paying) -> None:
    paying.prepare(1, 10_000)
    paying.line(1)
    paying.line(2)
    with pytest.raises(BatchMismatch):
        paying.review()
    ledger = paying.world.ledger
    last = ledger.recorder.event_ids(1, 1_000)[-1]
    ledger.annul(last, "mistake", on=DAY, actor=Actor("wang"), source="bureau")
    paying.review()
    with ledger.recorder.reading() as conn:
        totals = batch_totals(conn, paying.batch)
    assert (totals.count, totals.fen, totals.last_no) == (1, 10_000, 2)


def test_a_line_sent_again_is_one_of_the_new_batch(paying: Paying) -> None:
    line = paying.line(1)
    returned = PaymentReturned(UNBORN, line, 10_000, "account_closed")
    paying.decide(paying.household, returned, "bank")
    again = new_id()
    paying.decide(again, BatchPrepared(UNBORN, "B2", "2023-03", 1, 10_000), "wang")
    event = PaymentReissued(UNBORN, line, again, 10_000, None, 1, paying.head)
    paying.decide(paying.household, event, "wang")
    paying.decide(again, BatchReviewed(UNBORN), "li")
    paying.decide(again, BatchApproved(UNBORN, 1, 10_000), "zhao")
