"""Reads a topic from its beginning without a group: nothing is kept of how far it came."""

from __future__ import annotations

from collections.abc import Iterator

from kafka import TopicPartition
from kafka.errors import KafkaError

from consumers.messages import Message, MessageReader
from ledger.kafka.client import closing_consumer, unavailable
from ledger.kafka.settings import KafkaSettings

POLL_MILLIS = 500


def tail_of(topic: str, settings: KafkaSettings, *, follow: bool = False) -> Iterator[Message]:
    """The messages of this ledger's partition, in order; ends at the topic's end unless `follow`.

    Raises Unreadable at a record that is no event of ours, KafkaUnavailable.
    """
    reader, place = MessageReader(settings), TopicPartition(topic, settings.partition)
    try:
        with closing_consumer(settings) as consumer:
            consumer.assign([place])
            consumer.seek_to_beginning(place)
            end = consumer.end_offsets([place])[place]
            while follow or consumer.position(place) < end:
                for record in consumer.poll(POLL_MILLIS).get(place, []):
                    yield reader.read(record)
    except (KafkaError, OSError) as e:
        raise unavailable(settings, e) from e
