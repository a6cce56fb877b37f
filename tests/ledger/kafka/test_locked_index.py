"""An index that another process has locked: whoever needs it refuses after a while, by name."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from ledger.kafka.errors import IndexLocked
from ledger.kafka.settings import KafkaSettings
from tests.ledger.kafka.worlds import KafkaWorld, open_kafka_world


@contextmanager
def locked(world: KafkaWorld) -> Iterator[None]:
    """Somebody sleeps in a transaction on the index."""
    with closing(sqlite3.connect(world.folder / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def impatient(world: KafkaWorld, kafka: KafkaSettings) -> KafkaWorld:
    return open_kafka_world(world.folder, kafka, world.clock, busy_seconds=0.2)


def test_a_takeover_that_cannot_write_the_index_fences_nobody_and_names_the_writer(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    world.person()
    me = world.kafka_recorder.writer.me
    newer = impatient(world, kafka)
    newer.kafka_recorder.takeover = True
    named = re.escape(f"({me.host}, pid {me.pid})")
    with locked(world), pytest.raises(IndexLocked, match=named) as refused:
        newer.kafka_recorder.open_writer()
    assert f"kill -9 {me.pid}" in refused.value.en
    assert f"pid {me.pid}" in refused.value.zh
    # The older one still writes.
    world.person()
    newer.kafka_recorder.open_writer()
    newer.person()
    newer.close()


def test_opening_and_following_a_locked_index_are_refused_by_name(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    reader = impatient(world, kafka)
    with locked(world), pytest.raises(IndexLocked, match="--takeover"):
        reader.kafka_recorder.create_tables()
    world.person()
    reader.kafka_recorder.follow()
    reader.close()


def test_an_append_that_meets_a_locked_index_is_not_recorded_and_may_come_again(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    person = world.person()
    household = world.household(person)
    world.kafka_recorder.close()
    world.close()
    writer = impatient(world, kafka)
    writer.kafka_recorder.open_writer()
    command, head = writer.enroll(household, person), writer.recorder.head()
    with locked(world), pytest.raises(IndexLocked):
        writer.ledger.decide(command)
    assert writer.recorder.head() == head
    assert writer.ledger.decide(command).recorded == 1
    writer.close()
