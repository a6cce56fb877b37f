"""The ledger on a real Kafka: the same use cases, the log on its topics, the index made from it."""

from __future__ import annotations

import pytest

from domain.refusals import Refusal
from ledger.kafka.errors import AnotherWriter
from ledger.kafka.settings import KafkaSettings
from tests.ledger.kafka.worlds import KafkaWorld, open_kafka_world


def test_a_decision_stands_on_the_ledgers_topic_and_on_its_familys(world: KafkaWorld) -> None:
    person = world.person()
    household = world.household(person)
    receipt = world.ledger.decide(world.enroll(household, person))
    assert receipt.recorded == 1
    assert world.recorder.head().position == receipt.last_position


def test_the_same_command_again_records_nothing(world: KafkaWorld) -> None:
    person = world.person()
    household = world.household(person)
    command = world.enroll(household, person)
    assert world.ledger.decide(command).recorded == 1
    head = world.recorder.head()
    assert world.ledger.decide(command).already == 1
    assert world.recorder.head() == head


def test_what_is_refused_leaves_nothing_on_kafka(world: KafkaWorld) -> None:
    person = world.person()
    household = world.household(person)
    head = world.recorder.head()
    with pytest.raises(Refusal):
        world.ledger.decide(world.exit(household))
    assert world.recorder.head() == head


def test_an_index_that_was_thrown_away_is_made_again_from_kafka_alone(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    person = world.person()
    world.ledger.decide(world.enroll(world.household(person), person))
    before = world.recorder.read_entries(0, 1000)
    world.kafka_recorder.close()
    again = open_kafka_world(world.folder, kafka, world.clock, index="again.sqlite")
    again.kafka_recorder.open_writer()
    assert again.recorder.read_entries(0, 1000) == before
    again.person()
    again.close()
    world.kafka_recorder.open_writer()
    assert world.recorder.head().position == len(before) + 1


def test_a_second_writer_is_refused_and_told_who_writes(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    other = open_kafka_world(world.folder, kafka, world.clock, index="other.sqlite")
    with pytest.raises(AnotherWriter, match="--takeover"):
        other.kafka_recorder.open_writer()
    world.person()
    other.close()
