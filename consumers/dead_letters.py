"""Dead letters: messages that could not be read or used, kept with their reason, as Kafka Connect
names it. Topic: `<topic>.<group>.dlq`; what is tried again goes to `<topic>.<group>.retry`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from ledger.kafka.client import admin_client, closing_consumer, unavailable
from ledger.kafka.settings import KafkaSettings

PREFIX: Final = "__connect.errors."
SECONDS: Final = 30
KEEP: Final = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


@dataclass(frozen=True)
class DeadLetter:
    """A parked message and why it was parked."""

    number: int
    """Its offset among the dead letters: the name to show or retry it by."""
    topic: str
    partition: int
    offset: int
    error: str
    message: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def topic_of(topic: str, group: str) -> str:
    """Where a group's dead letters of a topic go."""
    return f"{topic}.{group}.dlq"


def retry_of(topic: str, group: str) -> str:
    """Where a group finds what it is to try again."""
    return f"{topic}.{group}.retry"


def create(settings: KafkaSettings, topic: str, group: str) -> None:
    """Makes both topics where they are missing. Raises KafkaUnavailable."""
    admin = None
    try:
        admin = admin_client(settings)
        copies = min(3, len(admin.describe_cluster()["brokers"]))
        for name in (topic_of(topic, group), retry_of(topic, group)):
            new = NewTopic(
                name=name, num_partitions=1, replication_factor=copies, topic_configs=KEEP
            )
            try:
                admin.create_topics([new])
                admin.wait_for_topics([name])
            except TopicAlreadyExistsError:
                continue
    except (KafkaError, OSError) as e:
        raise unavailable(settings, e) from e
    finally:
        if admin is not None:
            admin.close()


class Parking:
    """Writes dead letters of one group. Opened at the first one."""

    def __init__(self, settings: KafkaSettings, group: str) -> None:
        self._settings = settings
        self._group = group
        self._producer: KafkaProducer | None = None

    def park(self, record: Any, error: BaseException, topic: str | None = None) -> None:
        """Durable on return. A crash before the offset is committed parks it twice.

        `topic`: where it first came from, if not where it was read. Raises KafkaUnavailable.
        """
        origin = topic or record.topic
        context = {
            "topic": record.topic,
            "partition": str(record.partition),
            "offset": str(record.offset),
            "connector.name": self._group,
            "task.id": "0",
            "stage": "VALUE_CONVERTER",
            "class.name": "relief.consumers",
            "exception.class.name": type(error).__qualname__,
            "exception.message": str(error),
        }
        headers = [h for h in record.headers if not h[0].startswith(PREFIX)]
        headers += [(PREFIX + name, text.encode()) for name, text in context.items()]
        self.send(topic_of(origin, self._group), record.key, record.value, headers)

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
    ) -> None:
        """Durable on return. Raises KafkaUnavailable."""
        try:
            if self._producer is None:
                self._producer = KafkaProducer(
                    **self._settings.client(
                        allow_auto_create_topics=False,
                        delivery_timeout_ms=SECONDS * 1000,
                        max_block_ms=SECONDS * 1000,
                        metrics_enabled=False,
                    )
                )
            future = self._producer.send(topic, value, key or b"", headers, partition=0)
            future.get(SECONDS)
        except (KafkaError, OSError) as e:
            raise unavailable(self._settings, e) from e

    def close(self) -> None:
        """Closes the connection."""
        if self._producer is not None:
            self._producer.close(timeout=SECONDS)


def letters(settings: KafkaSettings, topic: str, group: str) -> Iterator[DeadLetter]:
    """All dead letters of a group, oldest first. Raises KafkaUnavailable."""
    place = TopicPartition(topic_of(topic, group), 0)
    try:
        with closing_consumer(settings) as consumer:
            consumer.assign([place])
            end = consumer.end_offsets([place])[place]
            consumer.seek_to_beginning(place)
            while consumer.position(place) < end:
                for record in consumer.poll(1000).get(place, []):
                    yield _letter(record)
    except (KafkaError, OSError) as e:
        raise unavailable(settings, e) from e


def _letter(record: Any) -> DeadLetter:
    told = {
        name.removeprefix(PREFIX): raw.decode("utf-8", "replace")
        for name, raw in record.headers
        if name.startswith(PREFIX)
    }
    return DeadLetter(
        record.offset,
        told.get("topic", ""),
        int(told.get("partition", -1)),
        int(told.get("offset", -1)),
        told.get("exception.class.name", ""),
        told.get("exception.message", ""),
        record.key,
        record.value,
        [h for h in record.headers if not h[0].startswith(PREFIX)],
    )
