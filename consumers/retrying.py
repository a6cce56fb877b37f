"""Tries dead letters again: those that this program can read go back to their group, once each.

What is put on `<topic>.<group>.retry` and the mark among the dead letters that says so are one
Kafka transaction. A second retry at the same time fences the first: it reads the marks only after.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kafka import KafkaProducer
from kafka.errors import KafkaError

from consumers.dead_letters import (
    RETRIED,
    SECONDS,
    DeadLetter,
    NoDeadLetters,
    letters,
    retry_of,
    topic_of,
)
from consumers.errors import Unreadable
from consumers.messages import MessageReader
from ledger.kafka.client import unavailable, within
from ledger.kafka.errors import OutcomeUnknown
from ledger.kafka.settings import KafkaSettings

COMMIT_SECONDS = 60.0


@dataclass(frozen=True)
class Attempt:
    """What became of one dead letter."""

    letter: DeadLetter
    why_not: Unreadable | None = None
    """It still cannot be read."""

    @property
    def delivered(self) -> bool:
        """Its group gets it now."""
        return not self.letter.retried and self.why_not is None


def retry(
    settings: KafkaSettings, topic: str, group: str, numbers: Collection[int] | None = None
) -> Iterator[Attempt]:
    """Each letter of these numbers, or all that were not retried; durable when it is yielded.

    Safe to repeat. Raises NoDeadLetters, KafkaUnavailable; OutcomeUnknown: the same again tells.
    """
    reader = MessageReader(settings)
    with _producing(settings, topic, group) as producer:
        found = letters(settings, topic, group)  # after the fence: nobody adds marks any more
        sent: set[str] = set()
        for letter in _chosen(found, numbers):
            if letter.retried or letter.origin in sent:
                if numbers is not None:
                    yield Attempt(letter)
                continue
            why_not = _unreadable(reader, letter, topic)
            if why_not is None:
                _send(producer, letter, topic, group)
                sent.add(letter.origin)
            yield Attempt(letter, why_not)


def _chosen(found: list[DeadLetter], numbers: Collection[int] | None) -> list[DeadLetter]:
    if numbers is None:
        return found
    by_number = {one.number: one for one in found}
    for number in numbers:
        if number not in by_number:
            raise NoDeadLetters(f"没有第 {number} 号死信", f"there is no dead letter {number}")
    return [by_number[number] for number in dict.fromkeys(numbers)]


def _unreadable(reader: MessageReader, letter: DeadLetter, topic: str) -> Unreadable | None:
    try:
        reader.read(letter, topic)
    except Unreadable as e:
        return e
    return None


def _send(producer: KafkaProducer, letter: DeadLetter, topic: str, group: str) -> None:
    mark = [(RETRIED, letter.origin.encode())]

    def transaction() -> None:
        producer.begin_transaction()
        futures = [
            producer.send(
                retry_of(topic, group), letter.value, letter.key, letter.headers, partition=0
            ),
            producer.send(topic_of(topic, group), None, b"", mark, partition=0),
        ]
        for future in futures:  # before the commit, every one: else it could commit half
            future.get(SECONDS)
        producer.commit_transaction()

    try:
        within(COMMIT_SECONDS, transaction)
    except (KafkaError, OSError, TimeoutError) as e:
        raise OutcomeUnknown(
            f"第 {letter.number} 号死信是否已重新投递未知;请再执行一次:{type(e).__name__}",
            f"whether letter {letter.number} was delivered again is unknown; run this once more: "
            f"{type(e).__name__}",
        ) from e


@contextmanager
def _producing(settings: KafkaSettings, topic: str, group: str) -> Iterator[KafkaProducer]:
    producer = None
    try:
        producer = KafkaProducer(
            **settings.client(
                transactional_id=f"{topic}.{group}.retry",
                allow_auto_create_topics=False,
                delivery_timeout_ms=SECONDS * 1000,
                max_block_ms=SECONDS * 1000,
                metrics_enabled=False,
            )
        )
        producer.init_transactions()
    except (KafkaError, OSError) as e:
        if producer is not None:
            producer.close(timeout=SECONDS)
        raise unavailable(settings, e) from e
    try:
        yield producer
    finally:
        producer.close(timeout=SECONDS)
