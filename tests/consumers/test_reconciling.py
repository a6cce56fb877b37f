"""Finance reconciliation: each state of an order, and exactly once on a real broker."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine

from consumers.reconciling import Reconciliation, state_of
from consumers.subscribing import subscribe
from domain.events import (
    UNBORN,
    Event,
    PaymentAuthorized,
    PaymentPaid,
    PaymentPart,
    PaymentReissued,
    PaymentReturned,
)
from ledger.ids import new_id
from ledger.kafka.settings import KafkaSettings
from tests.console.conftest import run
from tests.ledger.conftest import CLERK, DAY
from tests.ledger.kafka.worlds import KafkaWorld


@pytest.mark.parametrize(
    ("paid", "returned", "state"),
    [
        ([100], [], "matched"),
        ([60, 40], [], "matched"),
        ([60], [], "short"),
        ([60], [40], "short"),
        ([120], [], "over"),
        ([100, 100], [], "duplicate"),
        ([], [100], "returned"),
        ([100], [100], "returned"),
        ([100], [30], "short"),
        ([100], [100, 100], "duplicate"),
    ],
)
def test_an_order_of_one_hundred_stands_by_what_was_answered(
    paid: list[int], returned: list[int], state: str
) -> None:
    assert state_of(100, paid, returned, overdue=True) == state


def test_an_order_without_an_answer_is_pending_and_then_overdue() -> None:
    assert state_of(100, [], [], overdue=False) == "pending"
    assert state_of(100, [], [], overdue=True) == "overdue"


def test_orders_and_answers_meet_line_by_line_and_a_restart_counts_nothing_twice(
    world: KafkaWorld, kafka: KafkaSettings, tmp_path: Path
) -> None:
    person = world.person()
    home, batch, again = world.household(person), new_id(), new_id()
    lines = [new_id() for _ in range(5)]

    def report(*events: Event) -> list[UUID]:
        command = world.command(f"r{new_id()}", *events, stream=home)
        world.ledger.report([command])
        head = world.recorder.head().position
        return world.recorder.event_ids(head, head)

    part = PaymentPart("base", "regular", 100, "2023-03", "2023-03")
    ids = [
        report(PaymentAuthorized(UNBORN, line, batch, n, "dibao", "county", 100, (part,), person))
        for n, line in enumerate(lines, 1)
    ]
    report(PaymentPaid(UNBORN, lines[0], 100))
    report(PaymentReturned(UNBORN, lines[1], 100, "closed"))
    report(PaymentReissued(UNBORN, lines[1], again, 100, line_no=1, beneficiary_id=person))
    report(PaymentPaid(UNBORN, lines[1], 100, again))
    report(PaymentPaid(UNBORN, lines[3], 100, new_id()))
    report(PaymentPaid(UNBORN, lines[4], 100))
    world.ledger.annul(ids[4][0], "test", on=DAY, actor=CLERK, source="bureau")
    engine = create_engine(f"sqlite:///{tmp_path / 'finance.sqlite'}")
    for _ in range(2):
        books = Reconciliation(engine)
        topic = kafka.family_topic("disbursement")
        with subscribe(topic, kafka, group="f", places=books.sink, until_end=True) as messages:
            books.follow(messages)
        found = {(o.line_id, o.batch_id): o.state for o in books.orders(date(2023, 3, 31), 5)}
        assert found == {
            (lines[0], batch): "matched",
            (lines[1], batch): "returned",
            (lines[1], again): "matched",
            (lines[2], batch): "overdue",
            (lines[3], batch): "overdue",
            (lines[3], None): "unknown",
            (lines[4], None): "unknown",
        }
        assert "pending" in {o.state for o in books.orders(DAY, 5)}
    engine.dispose()
    words = ("reconcile", str(tmp_path / "finance.sqlite"), "--as-of", "2023-03-31")
    where = (*words, "--kafka", kafka.bootstrap, "--namespace", kafka.namespace)
    zh, en = run(*where, "--lang", "zh").out, run(*where, "--lang", "en").out
    assert "相符:2 笔,应付 2.00 元,已付 2.00 元" in zh
    assert "overdue: 2 orders" in en
    said = json.loads(run(*where, "--json").out)
    assert said["states"]["unknown"]["paid_fen"] == 200
    assert len(said["orders"]) == 7
