"""Dead letters: messages that could not be read or used, kept with their reason, as Kafka Connect
names it. Topic: `<topic>.<group>.dlq`; what is tried again goes to `<topic>.<group>.retry`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePath
from traceback import extract_tb
from typing import Any, Final

from kafka import KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from ledger.errors import LedgerError
from ledger.kafka.client import admin_client, closing_consumer, unavailable
from ledger.kafka.settings import KafkaSettings

PREFIX: Final = "__connect.errors."
NULLS: Final = "null.headers"
RETRIED: Final = "relief.retried"
"""Header of a mark among the dead letters: what came from there was tried again."""
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
    message_zh: str
    parked_at: datetime
    retried: bool
    """It was put where its group reads it again: not to be delivered a second time."""
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]

    @property
    def origin(self) -> str:
        """Where it was read: the same for a letter that a crash parked twice."""
        return f"{self.topic}:{self.partition}:{self.offset}"


class NoDeadLetters(LedgerError):
    """The group has no such topic, or the letter is not there."""


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
            **_reason(error),
        }
        given = [h for h in record.headers if not h[0].startswith((PREFIX, RETRIED))]
        # The client cannot write a null header: what was null is empty here, and named.
        headers = [(name, raw or b"") for name, raw in given]
        if nulls := sorted({name for name, raw in given if raw is None}):
            context[NULLS] = " ".join(nulls)
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


def letters(settings: KafkaSettings, topic: str, group: str) -> list[DeadLetter]:
    """All dead letters of a group, oldest first. Raises NoDeadLetters, KafkaUnavailable."""
    found: list[DeadLetter] = []
    retried: set[str] = set()
    for record in _records(settings, topic_of(topic, group)):
        marks = [raw for name, raw in record.headers if name == RETRIED and raw]
        if marks:
            retried.update(raw.decode("ascii", "replace") for raw in marks)
        else:
            found.append(_letter(record))
    return [replace(one, retried=one.origin in retried) for one in found]


def _records(settings: KafkaSettings, name: str) -> Iterator[Any]:
    place = TopicPartition(name, 0)
    try:
        with closing_consumer(settings) as consumer:
            if not consumer.partitions_for_topic(name):
                raise NoDeadLetters(
                    f"没有主题 {name};主题和消费组是否写对?",
                    f"there is no topic {name}: are topic and group right?",
                )
            consumer.assign([place])
            end = consumer.end_offsets([place])[place]
            consumer.seek_to_beginning(place)
            while consumer.position(place) < end:
                yield from consumer.poll(1000).get(place, [])
    except (KafkaError, OSError) as e:
        raise unavailable(settings, e) from e


def _reason(error: BaseException) -> dict[str, str]:
    """Why, in words of ours. What another error says may hold the data that it met: only the line
    of the program where it was raised is kept of it."""
    if isinstance(error, LedgerError):
        return {"exception.message": error.en, "exception.message.zh": error.zh}
    steps = extract_tb(error.__traceback__)
    if not steps:
        return {}
    line = f"{PurePath(steps[-1].filename).name}:{steps[-1].lineno} ({steps[-1].name})"
    return {"exception.message": line, "exception.message.zh": line}


def _letter(record: Any) -> DeadLetter:
    told = {
        name.removeprefix(PREFIX): raw.decode("utf-8", "replace")
        for name, raw in record.headers
        if name.startswith(PREFIX) and raw is not None
    }
    message = told.get("exception.message", "")
    return DeadLetter(
        number=record.offset,
        topic=told.get("topic", ""),
        partition=_number(told.get("partition")),
        offset=_number(told.get("offset")),
        error=told.get("exception.class.name", ""),
        message=message,
        message_zh=told.get("exception.message.zh", message),
        parked_at=datetime.fromtimestamp(record.timestamp // 1000, UTC),
        retried=False,
        key=record.key,
        value=record.value,
        headers=[h for h in record.headers if not h[0].startswith(PREFIX)],
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 20 else -1
