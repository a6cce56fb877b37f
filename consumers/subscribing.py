"""The subscriber kit: typed events of a topic, in order, none missed without notice.

    with subscribe("relief.disbursement", settings, group="finance") as messages:
        for message in messages:
            book(message.event)          # done once the loop comes back for the next one

At least once: a message counts as done when the next one is asked for, and what is done is
committed before Kafka is asked for more (where a rebalance may come) and at the end. Who needs
exactly once writes to SQL through `SqlSink`. A message that cannot be read is parked among the
dead letters and the stream goes on; what was delivered before is passed over; a gap in the
topic's numbers stops it. On the ledger's own topic a foreign record stops it too.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Protocol, Self

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import CommitFailedError, KafkaError

from consumers.dead_letters import Parking, create, retry_of
from consumers.errors import Foreign, GapFound, Unreadable
from consumers.messages import Message, MessageReader
from consumers.sequence import Sequence
from ledger.kafka.client import unavailable
from ledger.kafka.errors import ForeignRecord
from ledger.kafka.settings import KafkaSettings

POLL_MILLIS = 500
Polled = dict[TopicPartition, list[Any]]
logger = logging.getLogger(__name__)


class Places(Protocol):
    """Where a reader keeps its place, if not in Kafka."""

    def next(self, topic: str, partition: int) -> tuple[int, int | None] | None:
        """Next offset and the topic's last number; None before the first message."""
        ...

    def passed(self, topic: str, partition: int, offset: int, number: int | None) -> None:
        """All up to this offset is done and this record brought no message: move on, never back."""
        ...


class Subscription:
    """The messages of one topic for one group. Iterate once; one thread."""

    def __init__(
        self,
        topic: str,
        settings: KafkaSettings,
        group: str,
        *,
        places: Places | None = None,
        until_end: bool = False,
    ) -> None:
        self.topic = topic
        self.group = group
        self._settings = settings
        self._places = places
        self._until_end = until_end
        self._retry = retry_of(topic, group)
        self._reader = MessageReader(settings)
        self._parking = Parking(settings, group)
        self._stopped = threading.Event()
        self._done: dict[TopicPartition, OffsetAndMetadata] = {}
        self.sequence = Sequence()
        self._fresh: set[TopicPartition] = set()
        """Partitions that were assigned and not looked at yet."""
        self._changing = threading.Lock()
        self._current: dict[tuple[str, int, int], Any] = {}
        """What the reader has in hand, by topic, partition and offset."""
        create(settings, topic, group)
        self._consumer = KafkaConsumer(
            **settings.client(
                group_id=group,
                client_id=f"{group}.{topic}",
                isolation_level="read_committed",
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_poll_records=500,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
        )
        self._consumer.subscribe([topic, self._retry], listener=_Rebalance(self))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def stop(self) -> None:
        """Ends the iteration after the message that is being worked on. From any thread."""
        self._stopped.set()

    def stop_on_signals(self) -> None:
        """SIGTERM and SIGINT end it in good order."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())

    def close(self) -> None:
        """Commits what is done and leaves the group."""
        try:
            self._commit()
        finally:
            self._consumer.close(autocommit=False)
            self._parking.close()

    def park(self, message: Message, error: BaseException) -> None:
        """Puts a message in hand among the dead letters: it can be read, and not be used."""
        record = self._current[message.topic, message.partition, message.offset]
        self._parking.park(record, error, self.topic)

    def __iter__(self) -> Iterator[Message]:
        """Raises GapFound, ForeignRecord, KafkaUnavailable. `close` commits what was done before."""
        for place, records in self._polled():
            for record in records:
                if self._stopped.is_set():
                    return
                message = self._read(place, record)
                if message is not None:
                    self._current = {(message.topic, message.partition, message.offset): record}
                    yield message
                self._finish(place, record, message is not None)

    def batches(self) -> Iterator[list[Message]]:
        """As above, by what one poll brought (up to 500): for who writes many in one transaction.

        A batch counts as done when the next one is asked for. What came before a gap is delivered.
        """
        for place, records in self._polled():
            batch: list[Message] = []
            taken, stopped_by = None, None
            self._current = {}
            for record in records:
                try:
                    message = self._read(place, record)
                except (GapFound, ForeignRecord) as e:
                    stopped_by = e
                    break
                taken = record
                if message is not None:
                    batch.append(message)
                    self._current[message.topic, message.partition, message.offset] = record
            if batch:
                yield batch
            if taken is not None:
                self._finish(place, taken, bool(batch) and batch[-1].offset == taken.offset)
            if stopped_by is not None:
                raise stopped_by

    def _polled(self) -> Iterator[tuple[TopicPartition, list[Any]]]:
        try:
            while not self._stopped.is_set():
                # A rebalance comes within poll, and its callbacks may ask Kafka nothing: so all that
                # is done is committed before, and new partitions are looked at after.
                self._commit()
                found = self._begun(self._consumer.poll(POLL_MILLIS))
                if not found and self._until_end and self._at_end():
                    return
                for place, records in found.items():
                    if self._stopped.is_set():
                        return
                    yield place, records
        except (KafkaError, OSError) as e:
            raise unavailable(self._settings, e) from e

    def _read(self, place: TopicPartition, record: Any) -> Message | None:
        """None for what is parked, or was delivered before. Raises GapFound, ForeignRecord."""
        try:
            number = self._reader.number(record, self.topic)
            # What is tried again has gaps by its nature.
            if place.topic == self.topic and not self.sequence.follows(place, number):
                where = f"{place.topic}[{place.partition}] offset {record.offset}"
                logger.warning("%s repeats message %d: passed over", where, number)
                return None
            return self._reader.read(record, self.topic)
        except Unreadable as e:
            if isinstance(e, Foreign) and place.topic == self._settings.ledger_topic:
                raise ForeignRecord(place.topic, record.offset, e.zh, e.en) from e
            # Crash after this and before the commit: it is parked twice, never lost.
            self._parking.park(record, e, self.topic)
            return None

    def _finish(self, place: TopicPartition, record: Any, delivered: bool) -> None:
        known = self.sequence.last(place)
        note = "" if known is None else str(known)
        if self._places is not None and not delivered:
            self._places.passed(place.topic, place.partition, record.offset, known)
        self._done[place] = OffsetAndMetadata(record.offset + 1, note, -1)

    def _commit(self) -> None:
        done, self._done = self._done, {}
        if not done or self._places is not None:
            return
        try:
            self._consumer.commit(done)
        except CommitFailedError:
            # Another member has the partition by now, and gets these once more: at least once.
            logger.warning("%s: lost %s before it was committed", self.group, list(done))

    def _begun(self, found: Polled) -> Polled:
        """What was polled, once the places of new partitions are known."""
        with self._changing:
            fresh, self._fresh = self._fresh, set()
        for place in fresh:
            self.sequence.begin(place, None)
            kept = self._kept(place)
            if self._places is not None:
                found.pop(place, None)  # it was polled from elsewhere
                self._consumer.seek(place, 0 if kept is None else kept[0])
            if place.topic != self.topic:
                continue  # what is tried again has gaps by its nature
            if kept is None:
                # Numbers begin at 1, unless the topic's beginning is gone.
                if self._consumer.beginning_offsets([place])[place] == 0:
                    self.sequence.begin(place, 0)
            else:
                self.sequence.begin(place, kept[1])
        return found

    def _assigned(self, places: list[TopicPartition]) -> None:
        with self._changing:
            self._fresh.update(places)

    def _kept(self, place: TopicPartition) -> tuple[int, int | None] | None:
        if self._places is not None:
            return self._places.next(place.topic, place.partition)
        committed = self._consumer.committed(place, metadata=True)
        if committed is None or committed.offset < 0:
            return None
        note = committed.metadata
        return committed.offset, _number(note)

    def _at_end(self) -> bool:
        places = self._consumer.assignment()
        if not places:
            return False
        ends = self._consumer.end_offsets(list(places))
        return all(self._consumer.position(p) >= end for p, end in ends.items())


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing: what was done is committed already."""

    def on_partitions_assigned(self, assigned: Any) -> None:
        self._subscription._assigned(list(assigned))  # noqa: SLF001 - its own listener


def _number(note: str | None) -> int | None:
    """The number in a commit's note; another tool may have written any other thing there."""
    return int(note) if note and note.isdecimal() and len(note) < 20 else None


def subscribe(
    topic: str,
    settings: KafkaSettings,
    *,
    group: str,
    places: Places | None = None,
    until_end: bool = False,
) -> Subscription:
    """Subscribes a group to a topic. `until_end`: ends where the topic ends now; else it waits."""
    return Subscription(topic, settings, group, places=places, until_end=until_end)
