"""Writes to a ledger's topics what its writer never would."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

from kafka import KafkaProducer
from kafka.record.default_records import DefaultRecordBatchBuilder

from ledger.kafka.records import Outgoing
from ledger.kafka.settings import KafkaSettings
from tests.ledger.kafka.worlds import KafkaWorld

Headers = Sequence[tuple[str, Any]]


class Null(bytes):
    """A null header: kafka-python refuses to send one; other clients do not, and its encoder can."""


def put(
    kafka: KafkaSettings,
    topic: str,
    value: bytes | None,
    headers: Headers = (),
    key: bytes | None = b"key",
) -> int:
    """Writes a record; its offset. A header that is None is null on Kafka."""
    given = [(name, Null() if raw is None else raw) for name, raw in headers]
    producer = KafkaProducer(**kafka.client(metrics_enabled=False))
    try:
        with patch.object(DefaultRecordBatchBuilder, "append", _with_nulls):
            sent = producer.send(topic, value, key, given, partition=0)
        return int(sent.get(10).offset)
    finally:
        producer.close()


_append = DefaultRecordBatchBuilder.append


def _with_nulls(builder: Any, *given: Any, **named: Any) -> Any:
    *before, headers = given
    nulled = [(name, None if isinstance(raw, Null) else raw) for name, raw in headers]
    return _append(builder, *before, nulled, **named)


def record_of(world: KafkaWorld, position: int) -> Outgoing:
    """The family's record of a position, as our writer makes it."""
    entry = world.recorder.read_entries(position - 1, 1)[0].entry
    _, record = world.kafka_recorder.writer.recording.records(position, entry)
    assert record is not None
    return record


def put_again(kafka: KafkaSettings, record: Outgoing, **headers: Any) -> int:
    """Writes a record of ours, with some of its headers changed."""
    changed = [(name, headers.get(name, raw)) for name, raw in record.headers]
    return put(kafka, record.topic, record.value, changed, record.key)
