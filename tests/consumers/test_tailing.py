"""`tail` from its three starts, on a real broker."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.kafka.settings import KafkaSettings
from tests.console.conftest import Ran, run
from tests.consumers.deciding import enrolled
from tests.consumers.strangers import put
from tests.ledger.kafka.worlds import KafkaWorld, new_kafka_world


def tailed(kafka: KafkaSettings, topic: str, *more: str) -> Ran:
    where = ("--kafka", kafka.bootstrap, "--namespace", kafka.namespace, "--lang", "en")
    return run("tail", topic, *where, *more)


def positions(ran: Ran) -> list[int]:
    assert ran.code == 0, ran.err
    return [json.loads(line)["position"] for line in ran.out.splitlines()]


@pytest.mark.parametrize("family", ["ledger", "enrollment"])
def test_each_start_gives_all_from_there(
    world: KafkaWorld, kafka: KafkaSettings, family: str
) -> None:
    topic = kafka.family_topic(family)
    for _ in range(4):
        enrolled(world, 2)
        world.clock.micros += 60_000_000
    whole = tailed(kafka, topic)
    lines = [json.loads(line) for line in whole.out.splitlines()]
    assert tailed(kafka, topic, "--from-beginning").out == whole.out
    for start in range(1, lines[-1]["position"] + 2):
        expected = [line["position"] for line in lines if line["position"] >= start]
        assert positions(tailed(kafka, topic, "--from-position", str(start))) == expected
    for at in sorted({line["recorded_at"] for line in lines}):
        expected = [line["position"] for line in lines if line["recorded_at"] >= at]
        assert positions(tailed(kafka, topic, "--from-time", at)) == expected
    assert positions(tailed(kafka, topic, "--from-time", "2999-01-01")) == []


def test_a_stranger_is_passed_over_and_said_and_a_start_behind_it_is_found(
    tmp_path: Path, kafka: KafkaSettings
) -> None:
    world = new_kafka_world(tmp_path, kafka)
    topic = kafka.family_topic("enrollment")
    for _ in range(3):
        enrolled(world, 1)
        at = put(kafka, topic, b"stranger", [("ce_position", b"9" * 5000)])
    ran = tailed(kafka, topic)
    assert (ran.code, ran.out.count("\n"), ran.err.count("passed over")) == (1, 3, 3)
    assert f"offset {at}" in ran.err
    last = json.loads(ran.out.splitlines()[-1])["position"]
    found = tailed(kafka, topic, "--from-position", str(last))
    assert [json.loads(line)["position"] for line in found.out.splitlines()] == [last]
    world.close()


def test_two_starts_and_what_is_no_instant_are_refused(kafka: KafkaSettings) -> None:
    topic = kafka.family_topic("enrollment")
    both = tailed(kafka, topic, "--from-beginning", "--from-position", "2")
    assert (both.code, "one place to start" in both.err) == (2, True)
    assert tailed(kafka, topic, "--from-time", "soon").code == 2
