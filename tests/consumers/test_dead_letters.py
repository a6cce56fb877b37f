"""Dead letters: told, shown without what could be personal, and delivered again once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from consumers.dead_letters import letters
from consumers.placing import SINGLE_OBJECT
from consumers.retrying import retry
from consumers.subscribing import subscribe
from ledger.kafka.errors import OutcomeUnknown
from ledger.kafka.settings import KafkaSettings
from schemas.catalog import Catalog
from tests.console.conftest import Ran, run
from tests.consumers.deciding import all_of, enrolled
from tests.consumers.strangers import put
from tests.ledger.kafka.worlds import KafkaWorld, new_kafka_world

ENROLLED = "relief.enrollment.Enrolled"


@pytest.fixture
def open_(tmp_path: Path, kafka: KafkaSettings) -> Iterator[KafkaWorld]:
    """A ledger whose topics a stranger may write to."""
    found = new_kafka_world(tmp_path, kafka)
    yield found
    found.close()


@pytest.fixture
def topic(kafka: KafkaSettings) -> str:
    return kafka.family_topic("enrollment")


def dlq(kafka: KafkaSettings, word: str, topic: str, *more: str) -> Ran:
    where = ("--kafka", kafka.bootstrap, "--namespace", kafka.namespace)
    return run("dlq", word, topic, "g", *more, *where, "--lang", "en")


def older(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the program is one that does not know the schemas of an enrollment yet."""
    from schemas.catalog import catalog

    known = [v for v in catalog().versions if v.topic != ENROLLED]
    monkeypatch.setattr("consumers.messages.catalog", lambda: Catalog(known))


def test_after_an_upgrade_what_was_parked_is_delivered_and_not_twice(
    world: KafkaWorld, kafka: KafkaSettings, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes = enrolled(world, 2)
    with monkeypatch.context() as before:
        older(before)
        assert all_of(subscribe(topic, kafka, group="g", until_end=True)) == []
        said = dlq(kafka, "retry", topic, "--all")
        assert (said.code, said.out.count("still not")) == (1, 2)
        assert "unknown" in said.out
    assert "2 letters, 2 open" in dlq(kafka, "list", topic).out
    first = letters(kafka, topic, "g")[0].number
    said = dlq(kafka, "retry", topic, str(first))
    assert (said.code, said.out.strip()) == (0, f"✓ {first}: delivered")
    assert "2 letters, 1 open" in dlq(kafka, "list", topic).out
    assert "delivered before" in dlq(kafka, "retry", topic, str(first)).out
    assert dlq(kafka, "retry", topic, "--all").out.count("delivered") == 1
    assert dlq(kafka, "retry", topic, "--all").out == ""
    again = all_of(subscribe(topic, kafka, group="g", until_end=True))
    assert [m.event.meta.stream_id for m in again] == homes
    assert [m.topic for m in again] == [f"{topic}.g.retry"] * 2
    assert all_of(subscribe(topic, kafka, group="g", until_end=True)) == []


def test_what_a_crash_parked_twice_is_delivered_once(
    world: KafkaWorld, kafka: KafkaSettings, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(world, 1)
    with monkeypatch.context() as before:
        older(before)
        killed = subscribe(topic, kafka, group="g", until_end=True)
        before.setattr(killed, "_commit", lambda: None)
        all_of(killed)
        all_of(subscribe(topic, kafka, group="g", until_end=True))
    assert len(letters(kafka, topic, "g")) == 2
    assert [a.delivered for a in retry(kafka, topic, "g")] == [True]
    assert [one.retried for one in letters(kafka, topic, "g")] == [True, True]
    assert len(all_of(subscribe(topic, kafka, group="g", until_end=True))) == 1


def test_delivery_and_mark_are_one_transaction(
    world: KafkaWorld, kafka: KafkaSettings, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(world, 1)
    with monkeypatch.context() as before:
        older(before)
        all_of(subscribe(topic, kafka, group="g", until_end=True))
    broken = patch("kafka.KafkaProducer.commit_transaction", side_effect=OSError("cut"))
    with broken, pytest.raises(OutcomeUnknown, match="run this once more"):
        list(retry(kafka, topic, "g"))
    assert [a.delivered for a in retry(kafka, topic, "g")] == [True]
    assert len(all_of(subscribe(topic, kafka, group="g", until_end=True))) == 1


def test_what_cannot_be_used_is_parked_without_what_its_error_quotes(
    world: KafkaWorld, kafka: KafkaSettings, topic: str
) -> None:
    enrolled(world, 2)
    with subscribe(topic, kafka, group="g", until_end=True) as messages:
        for message in messages:
            try:
                raise ValueError("张三 330681190001010001")
            except ValueError as e:
                messages.park(message, e)
    first, second = letters(kafka, topic, "g")
    assert first.error == second.error == "ValueError"
    assert "test_dead_letters.py" in first.message
    assert "330681" not in dlq(kafka, "list", topic).out
    assert [a.delivered for a in retry(kafka, topic, "g")] == [True, True]


def test_a_letter_is_shown_without_what_a_stranger_wrote_in_plain(
    open_: KafkaWorld, kafka: KafkaSettings, topic: str
) -> None:
    secret = "330681190001010001"
    given = [("ce_position", secret.encode()), (secret, b"x"), ("ce_source", None)]
    at = put(kafka, topic, SINGLE_OBJECT + secret.encode(), given, secret.encode())
    all_of(subscribe(topic, kafka, group="g", until_end=True))
    (letter,) = letters(kafka, topic, "g")
    for more in ((), ("--json",)):
        shown = dlq(kafka, "show", topic, str(letter.number), *more)
        assert shown.code == 0, shown.err
        assert secret not in shown.out + dlq(kafka, "list", topic, *more).out
        assert (SINGLE_OBJECT + secret.encode()).hex() in shown.out
    said = json.loads(shown.out)
    assert (said["topic"], said["offset"], said["error"]) == (topic, at, "Foreign")
    assert "relief_frame is missing" in said["reason"]
    assert "relief_frame" in said["reason_zh"]


def test_a_stranger_may_not_pass_for_a_mark(
    open_: KafkaWorld, kafka: KafkaSettings, topic: str
) -> None:
    put(kafka, topic, b"x", [("relief.retried", f"{topic}:0:0".encode())])
    all_of(subscribe(topic, kafka, group="g", until_end=True))
    assert [one.retried for one in letters(kafka, topic, "g")] == [False]


def test_a_group_without_dead_letters_and_a_number_that_is_none_are_said(
    world: KafkaWorld, kafka: KafkaSettings, topic: str
) -> None:
    ran = dlq(kafka, "list", topic)
    assert (ran.code, "are topic and group right" in ran.err) == (1, True)
    all_of(subscribe(topic, kafka, group="g", until_end=True))
    assert "0 letters" in dlq(kafka, "list", topic).out
    for words in (("show", topic, "7"), ("retry", topic, "7")):
        ran = dlq(kafka, *words)
        assert (ran.code, "no dead letter 7" in ran.err) == (1, True)
    assert dlq(kafka, "retry", topic).code == 2
