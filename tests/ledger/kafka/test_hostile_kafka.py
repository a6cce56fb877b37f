"""What a Kafka that is set wrong, shared with strangers, or put back from a backup may do to us."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from domain.events import UNBORN, Enrolled
from ledger.errors import DiskFull
from ledger.ids import new_id
from ledger.kafka.client import KafkaPythonProducer, KafkaPythonReader
from ledger.kafka.errors import (
    ForeignRecord,
    HangingTransaction,
    IndexUnlike,
    KafkaUnavailable,
    OutcomeUnknown,
    TopicsUnfit,
)
from ledger.kafka.records import Outgoing
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topics import check, create, of_copies
from tests.ledger.kafka.altering import altered, stranger
from tests.ledger.kafka.worlds import KafkaWorld, open_kafka_world, register_bureau


def test_what_one_of_the_two_topics_refuses_by_size_is_on_neither(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    person = world.person()
    household = world.household(person)
    command = world.enroll(household, person)
    head = world.recorder.head()
    with altered(kafka, kafka.family_topic("enrollment"), max_message_bytes="500"):
        with pytest.raises(KafkaUnavailable):
            world.ledger.decide(command)
        assert world.recorder.head() == head
        # The others go on meanwhile.
        world.person()
    assert world.ledger.decide(command).recorded == 1


def test_a_hanging_transaction_of_a_stranger_stops_the_writer_by_name(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    world.person()
    world.kafka_recorder.close()
    producer = stranger(kafka, f"stranger-{kafka.namespace}")
    producer.begin_transaction()
    producer.send(kafka.ledger_topic, b"not ours", b"key", partition=0).get(10)
    with pytest.raises(HangingTransaction, match=f"stranger-{kafka.namespace}"):
        world.kafka_recorder.open_writer()
    producer.abort_transaction()
    producer.close()
    # What was aborted is never seen.
    world.kafka_recorder.open_writer()
    world.person()


def test_a_strangers_record_stops_readers_with_its_offset(
    tmp_path: Path, kafka: KafkaSettings, world: KafkaWorld
) -> None:
    lonely = replace(kafka, namespace=kafka.namespace + "x")
    create(lonely)
    producer = stranger(lonely, None)
    offset = producer.send(lonely.ledger_topic, b"not ours", b"key", partition=0).get(10).offset
    producer.close()
    other = open_kafka_world(world.folder, lonely, world.clock, index="lonely.sqlite")
    with pytest.raises(ForeignRecord, match=f"{lonely.ledger_topic}, offset {offset}"):
        other.kafka_recorder.open_writer()
    other.close()


def test_an_index_from_an_old_backup_catches_up(world: KafkaWorld, kafka: KafkaSettings) -> None:
    world.person()
    world.kafka_recorder.close()
    world.recorder.engine.dispose()
    file, copy = world.folder / "ledger.sqlite", world.folder / "backup.sqlite"
    shutil.copyfile(file, copy)
    world.kafka_recorder.open_writer()
    world.person()
    head = world.recorder.head()
    world.kafka_recorder.close()
    world.recorder.engine.dispose()
    for leftover in world.folder.glob("ledger.sqlite*"):
        leftover.unlink()
    shutil.copyfile(copy, file)
    world.kafka_recorder.open_writer()
    assert world.recorder.head() == head
    world.person()


def test_an_index_that_is_ahead_of_kafka_stops_the_writer(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    world.person()
    emptied = replace(kafka, namespace=kafka.namespace + "y")
    create(emptied)
    world.kafka_recorder.close()
    wrong = open_kafka_world(world.folder, emptied, world.clock)
    with pytest.raises(IndexUnlike, match="ahead of Kafka"):
        wrong.kafka_recorder.open_writer()
    wrong.close()


def test_an_index_of_another_ledger_stops_the_writer(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    elsewhere = replace(kafka, namespace=kafka.namespace + "z")
    create(elsewhere)
    world.person()
    world.kafka_recorder.close()
    other = open_kafka_world(world.folder, elsewhere, world.clock, index="other.sqlite")
    register_bureau(other)
    other.person()
    other.person()
    other.close()
    wrong = open_kafka_world(world.folder, elsewhere, world.clock)
    with pytest.raises(IndexUnlike, match="is not the record at offset"):
        wrong.kafka_recorder.open_writer()
    wrong.close()


def test_the_disk_under_the_index_is_full_at_the_moment_after_kafkas_commit(
    tmp_path: Path, world: KafkaWorld, kafka: KafkaSettings
) -> None:
    """A real SQLITE_FULL, from a limit that comes down once Kafka has committed."""
    person = world.person()
    household = world.household(person)
    world.kafka_recorder.close()
    after: list[Callable[[], None]] = []

    class Telling(KafkaPythonProducer):
        def commit(self, records: Sequence[Outgoing]) -> list[int]:
            offsets = super().commit(records)
            if after and records[0].topic != kafka.lease_topic:
                after[0]()
            return offsets

    full = open_kafka_world(world.folder, kafka, world.clock, lambda: Telling(kafka))
    engine = full.recorder.engine
    limit: list[str] = ["PRAGMA max_page_count=1073741823"]

    @event.listens_for(engine, "begin")
    def _limit(connection: Connection) -> None:
        connection.exec_driver_sql(limit[0])

    full.kafka_recorder.open_writer()
    after.append(lambda: limit.__setitem__(0, "PRAGMA max_page_count=1"))
    # Entries enough that the file has to grow.
    big = [
        full.command(
            f"big-{i}",
            Enrolled(meta=UNBORN, program="dibao", covered=tuple(new_id() for _ in range(500))),
            stream=household,
        )
        for i in range(20)
    ]
    with pytest.raises((OutcomeUnknown, DiskFull)):
        full.ledger.report(big)
    after.clear()
    limit[0] = "PRAGMA max_page_count=1073741823"
    again = full.ledger.report(big)
    assert again.already == len(big)
    full.close()


def test_topics_that_would_lose_records_are_named(kafka: KafkaSettings) -> None:
    assert not [d for d in check(kafka) if d.loses]
    with altered(kafka, kafka.family_topic("exit"), retention_ms="604800000"):
        (found,) = [d for d in check(kafka) if d.loses]
        assert found.topic == kafka.family_topic("exit")
        assert "retention.ms" in found.en
    missing = replace(kafka, namespace="nobody")
    assert len([d for d in check(missing) if d.loses]) == 10


UNFIT = [
    ("ledger", {"retention_ms": "604800000"}, "retention.ms=604800000, should be -1"),
    ("ledger", {"cleanup_policy": "compact"}, "cleanup.policy=compact, should be delete"),
    ("payments", {"retention_bytes": "1000"}, "retention.bytes=1000, should be -1"),
    (
        "ledger",
        {"unclean_leader_election_enable": "true"},
        "unclean.leader.election.enable=true, should be false",
    ),
    (
        "enrollment",
        {"message_timestamp_type": "CreateTime"},
        "message.timestamp.type=CreateTime, should be LogAppendTime",
    ),
]


@pytest.mark.parametrize(("topic", "config", "named"), UNFIT)
@pytest.mark.parametrize("takeover", [False, True])
def test_a_writer_refuses_topics_that_would_lose_records_before_it_writes_anything(
    world: KafkaWorld,
    kafka: KafkaSettings,
    topic: str,
    config: dict[str, str],
    named: str,
    takeover: bool,
) -> None:
    topic = kafka.family_topic(topic.replace("payments", "disbursement"))
    world.kafka_recorder.close()
    before = high(kafka)
    world.kafka_recorder.takeover = takeover
    with altered(kafka, topic, **config):
        with pytest.raises(TopicsUnfit) as refused:
            world.kafka_recorder.open_writer()
        assert f"{topic} {named}" in refused.value.en
        assert high(kafka) == before
    world.kafka_recorder.open_writer()
    world.person()


def test_a_writer_names_every_topic_without_its_partition(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    second = replace(kafka, partition=1)
    other = open_kafka_world(world.folder, second, world.clock, index="second.sqlite")
    with pytest.raises(TopicsUnfit) as refused:
        other.kafka_recorder.open_writer()
    assert refused.value.en.count("has no partition 1; should have 2 partitions or more") == 10
    with pytest.raises(TopicsUnfit, match="has no partition 1"):
        other.kafka_recorder.publish(takeover=True)
    other.close()


def test_of_more_than_one_broker_two_copies_must_stand_before_an_entry_counts() -> None:
    def loses(copies: int, in_sync: int, brokers: int) -> list[bool]:
        actual = {"min.insync.replicas": str(in_sync), "flush.messages": "1"}
        return [d.loses for d in of_copies("t", copies, actual, brokers)]

    assert loses(3, 2, 3) == loses(3, 3, 3) == loses(2, 2, 2) == loses(1, 1, 1) == []
    assert loses(3, 1, 3) == loses(1, 1, 3) == loses(2, 1, 2) == [True]
    assert loses(2, 2, 3) == loses(1, 2, 1) == loses(3, 4, 3) == [False]
    (found,) = of_copies("t", 3, {"min.insync.replicas": "1"}, 3)
    assert found.en == "3 copies, min.insync.replicas=1; should be 3 and 2"


def high(settings: KafkaSettings) -> dict[str, int]:
    """Where every topic of the ledger ends, the lease's too."""
    reader = KafkaPythonReader(settings)
    try:
        topics = [*settings.family_topics.values(), settings.ledger_topic, settings.lease_topic]
        return {topic: ends.high for topic, ends in reader.ends(topics).items()}
    finally:
        reader.close()
