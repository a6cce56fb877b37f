"""The subscriber kit: typed events of a topic, in order, none missed without notice.

    with subscribe("relief.disbursement", settings, group="finance") as messages:
        for message in messages:
            book(message.event)          # done once the loop comes back for the next one

At least once: a message counts as done when the next one is asked for, and what is done is
committed before Kafka is asked for more (where a rebalance may come) and at the end. Who needs
exactly once writes to SQL through `SqlSink`. A message that cannot be read is parked among the
dead letters and the stream goes on; a gap in a family's positions stops it.
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
from consumers.errors import GapFound, Unreadable
from consumers.messages import Message, MessageReader, family_position
from ledger.kafka.client import unavailable
from ledger.kafka.settings import KafkaSettings

POLL_MILLIS = 500
Polled = dict[TopicPartition, list[Any]]
logger = logging.getLogger(__name__)


class Places(Protocol):
    """Where a reader keeps its place, if not in Kafka."""

    def next(self, topic: str, partition: int) -> tuple[int, int | None] | None:
        """Next offset and last family position; None before the first message."""
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
        self._last: dict[TopicPartition, int] = {}
        """Partition → the family position that was last read; nothing where that is not known."""
        self._fresh: set[TopicPartition] = set()
        """Partitions that were assigned and not looked at yet."""
        self._changing = threading.Lock()
        self._current: Any = None
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
        """Puts the current message among the dead letters: it can be read, and not be used."""
        record = self._current
        assert record is not None
        assert record.offset == message.offset
        self._parking.park(record, error, self.topic)

    def __iter__(self) -> Iterator[Message]:
        """Raises GapFound, KafkaUnavailable. What was done before is committed by `close`."""
        try:
            while not self._stopped.is_set():
                # A rebalance comes within poll, and its callbacks may ask Kafka nothing: so all that
                # is done is committed before, and new partitions are looked at after.
                self._commit()
                found = self._begun(self._consumer.poll(POLL_MILLIS))
                if not found and self._until_end and self._at_end():
                    return
                for place, records in found.items():
                    yield from self._each(place, records)
                    if self._stopped.is_set():
                        return
        except (KafkaError, OSError) as e:
            raise unavailable(self._settings, e) from e

    def _each(self, place: TopicPartition, records: list[Any]) -> Iterator[Message]:
        for record in records:
            if self._stopped.is_set():
                return
            self._current = record
            self._check_gap(place, record)
            try:
                message = self._reader.read(record)
            except Unreadable as e:
                self._parking.park(record, e, self.topic)
            else:
                yield message
            self._finish(place, record)

    def _finish(self, place: TopicPartition, record: Any) -> None:
        at = family_position(record) if place.topic == self.topic else None
        if at is not None:
            self._last[place] = at
        known = self._last.get(place)
        note = "" if known is None else str(known)
        self._done[place] = OffsetAndMetadata(record.offset + 1, note, -1)

    def _check_gap(self, place: TopicPartition, record: Any) -> None:
        if place.topic != self.topic:
            return
        at, last = family_position(record), self._last.get(place)
        if at is None or last is None or at == last + 1:
            return
        raise GapFound(
            f"{place.topic}[{place.partition}]:第 {last} 条之后是第 {at} 条,中间有缺失",
            f"{place.topic}[{place.partition}]: {at} follows {last}: messages between are missing",
        )

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
            self._last.pop(place, None)
            kept = self._kept(place)
            if self._places is not None:
                found.pop(place, None)  # it was polled from elsewhere
                self._consumer.seek(place, 0 if kept is None else kept[0])
            if place.topic != self.topic:
                continue  # what is tried again has gaps by its nature
            if kept is None:
                # Family positions begin at 1, unless the topic's beginning is gone.
                if self._consumer.beginning_offsets([place])[place] == 0:
                    self._last[place] = 0
            elif kept[1] is not None:
                self._last[place] = kept[1]
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
        return committed.offset, int(note) if note and note.isdigit() else None

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
