"""Reads a topic without a group, from where it is asked to: nothing is kept of how far it came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from consumers.errors import Foreign, Unreadable
from consumers.messages import Message, MessageReader
from evidence.frame import unpack_raw
from ledger.kafka.client import closing_consumer, unavailable
from ledger.kafka.errors import ForeignRecord
from ledger.kafka.records import FRAME
from ledger.kafka.settings import KafkaSettings

POLL_MILLIS = 500


def tail_of(
    topic: str,
    settings: KafkaSettings,
    *,
    follow: bool = False,
    from_position: int | None = None,
    from_micros: int | None = None,
    passed_over: Callable[[Unreadable], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Message]:
    """The messages of this ledger's partition, in order; ends at the topic's end unless `follow`.

    It starts at a position of the ledger, or at an instant at which entries were recorded (micros
    of UTC); else at the beginning. `passed_over` is told of records that cannot be read.
    Raises ForeignRecord on the ledger's own topic, KafkaUnavailable.
    """
    reader, place = MessageReader(settings), TopicPartition(topic, settings.partition)
    try:
        with closing_consumer(settings) as consumer:
            consumer.assign([place])
            end = consumer.end_offsets([place])[place]
            consumer.seek(place, _start(consumer, place, reader, from_position, from_micros))
            while (follow or consumer.position(place) < end) and not stopped():
                for record in consumer.poll(POLL_MILLIS).get(place, []):
                    try:
                        message = reader.read(record)
                    except Unreadable as e:
                        if isinstance(e, Foreign) and topic == settings.ledger_topic:
                            raise ForeignRecord(topic, record.offset, e.zh, e.en) from e
                        if passed_over is not None:
                            passed_over(e)
                    else:
                        yield message
    except (KafkaError, OSError) as e:
        raise unavailable(settings, e) from e


def _start(
    consumer: KafkaConsumer,
    place: TopicPartition,
    reader: MessageReader,
    from_position: int | None,
    from_micros: int | None,
) -> int:
    first: int = consumer.beginning_offsets([place])[place]
    if from_position is not None:
        return _search(consumer, place, reader, lambda r: reader.place(r).position >= from_position)
    if from_micros is not None:
        # Kafka's own times are of the append to this topic; a ledger that was moved has older ones.
        return _search(consumer, place, reader, lambda r: _recorded_at(r) >= from_micros)
    return first


def _search(
    consumer: KafkaConsumer,
    place: TopicPartition,
    reader: MessageReader,
    reached: Callable[[Any], bool],
) -> int:
    """The offset from which on all of our records have reached it, by halving: both never fall."""
    low: int = consumer.beginning_offsets([place])[place]
    high: int = consumer.end_offsets([place])[place]
    while low < high:
        middle = (low + high) // 2
        record = _first_of_ours(consumer, place, reader, middle, high)
        if record is None or reached(record):
            high = middle
        else:
            low = record.offset + 1
    return low


def _first_of_ours(
    consumer: KafkaConsumer, place: TopicPartition, reader: MessageReader, start: int, stop: int
) -> Any:
    consumer.seek(place, start)
    while consumer.position(place) < stop:
        for record in consumer.poll(POLL_MILLIS, max_records=50).get(place, []):
            if record.offset >= stop:
                return None
            try:
                reader.place(record)
            except Foreign:
                continue
            return record
    return None


def _recorded_at(record: Any) -> int:
    return unpack_raw(dict(record.headers)[FRAME])[5]
