"""The writer's protocol: lease, fencing, catching up; then one Kafka transaction a group.

    open     topics fit → schemas registered → lease read → fence (init_transactions)
             → lease written → index caught up to the end
    commit   every record acknowledged → Kafka's commit → the index, by the way of catch-up
    recover  after any error: the producer is ended, memory dropped, and open again; what became
             of the group is then read from the index, never guessed

`tests/ledger/kafka/protocol_model.py` walks through every crash and interleaving of this.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.events import Event
from ledger.kafka import lease
from ledger.kafka.catching_up import Progress, catch_up, check_belongs
from ledger.kafka.client import Ends, LogReader, TransactionalProducer
from ledger.kafka.errors import HangingTransaction, KafkaUnavailable, OutcomeUnknown
from ledger.kafka.index import Index, IndexMoved
from ledger.kafka.index_lock import naming_who_locks
from ledger.kafka.publishing import Entries, publish_missing
from ledger.kafka.records import Outgoing, Recording
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topics import refuse_unfit

logger = logging.getLogger(__name__)
BACKOFF_SECONDS = (0.1, 0.3, 1.0, 2.0)
TAKEOVERS = 5
"""How often a takeover tries to get its lease past an older writer that is alive."""


@dataclass
class Told:
    """What a monitor may know."""

    commits: int = 0
    entries: int = 0
    errors: int = 0
    recoveries: int = 0
    seconds: float = 0.0
    last_seconds: float = 0.0


class Writer:
    """The one writer of a ledger on Kafka. Not thread-safe: one thread owns it."""

    def __init__(
        self,
        settings: KafkaSettings,
        reader: LogReader,
        new_producer: Callable[[], TransactionalProducer],
        index: Index,
        recording: Recording,
        *,
        head: Callable[[], int],
        me: lease.Holder | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.reader = reader
        self.index = index
        self.recording = recording
        self.me = me or lease.Holder.this()
        self.progress: Progress | None = None
        self.told = Told()
        self._new_producer = new_producer
        self._head = head
        self._sleep = sleep
        self._monotonic = monotonic
        self._producer: TransactionalProducer | None = None
        self._epoch = -1
        self._beat_at = 0.0

    @property
    def is_open(self) -> bool:
        """True while it may commit."""
        return self._producer is not None

    def open(self, *, takeover: bool = False) -> None:
        """Becomes the writer; the index stands at Kafka's end on return.

        Raises TopicsUnfit, RegistryUnfit, AnotherWriter, HangingTransaction, IndexUnlike,
        ForeignRecord, KafkaUnavailable, IndexLocked, DiskFull. Nothing is held then.
        """
        # Before anything is written, takeover or not: what would be let go is not to be begun.
        refuse_unfit(self.settings)
        self.recording.prepare()
        tries = TAKEOVERS if takeover else 1
        for left in reversed(range(tries)):
            try:
                with naming_who_locks(self.settings, self.reader):
                    self._open(takeover=takeover)
                return
            except OutcomeUnknown:
                # The older writer, fenced, came back before our lease stood. It looks at the lease
                # again each time: once ours stands, it gives way.
                if not left:
                    raise

    def _open(self, *, takeover: bool) -> None:
        seen = lease.await_free(
            self.settings,
            self.reader,
            self.me,
            takeover=takeover,
            sleep=self._sleep,
            monotonic=self._monotonic,
        )
        # Before fencing: whoever cannot write the index stops nobody else.
        self.index.await_free()
        check_belongs(self.index, self.reader, self.recording, self._head())

        def up_to(end: int, _: TransactionalProducer) -> int:
            self.index.claim(self._epoch)
            where = (self.index, self.reader, self.recording)
            return catch_up(*where, epoch=self._epoch, stop=end, progress=self.progress)

        self._become(up_to, seen, takeover=takeover)

    def publish(self, entries: Entries, *, takeover: bool = False) -> int:
        """Becomes the writer of an index of which Kafka lacks the end, or all, and publishes it.

        Returns how many entries. Raises as `open`, and as `publish_missing`.
        """
        refuse_unfit(self.settings)
        self.recording.prepare()
        seen = lease.await_free(
            self.settings, self.reader, self.me, takeover=takeover, sleep=self._sleep
        )

        def missing(end: int, producer: TransactionalProducer) -> int:
            return publish_missing(
                self.index,
                entries,
                self.reader,
                self.recording,
                producer,
                end=end,
                epoch=self._epoch,
                head=self._head(),
                progress=self.progress,
            )

        return self._become(missing, seen, takeover=takeover)

    def _become(
        self,
        then: Callable[[int, TransactionalProducer], int],
        seen: lease.Lease | None,
        *,
        takeover: bool,
    ) -> int:
        """Fences, writes the lease, and does what is to be done once the log's end is settled."""
        producer = self._new_producer()
        producer.start()  # From here on every older writer is fenced.
        try:
            if not takeover:
                # A takeover between our look at the lease and our fencing: it stands, and the
                # one who took over, whom we just fenced, comes back by itself.
                lease.refuse_overtaken(self.settings, self.reader, self.me, seen)
            (self._epoch,) = producer.commit([self._lease(held=True)])
            count = then(self._settled_end(), producer)
        except BaseException:
            producer.end()
            raise
        self._producer = producer
        self._beat_at = self._monotonic()
        return count

    def commit(
        self, after: int, framed: Sequence[bytes], events: Sequence[Event] | None = None
    ) -> None:
        """Records the entries that follow a position: durable in Kafka and in the index on return.

        `events`: the same ones decoded, which spares the index to do it.
        Raises OutcomeUnknown: all of them or none are in Kafka; `recover`, then `index.holds`.
        Any other error comes from the index after Kafka's commit: recover as well.
        """
        producer = self._producer
        if producer is None:
            raise OutcomeUnknown("写入进程未打开", "the writer is not open")
        pairs = [self.recording.records(p, entry) for p, entry in enumerate(framed, after + 1)]
        records = [r for r, _ in pairs] + [f for _, f in pairs if f is not None]
        begun = self._monotonic()
        try:
            offsets = producer.commit(records)
            # Crash here: Kafka has the entries, the index has not; the next opening applies them.
            self._apply(after, framed, offsets[len(framed) - 1], events)
        except BaseException:
            self.told.errors += 1
            self.drop()
            raise
        self.told.commits += 1
        self.told.entries += len(framed)
        self.told.last_seconds = self._monotonic() - begun
        self.told.seconds += self.told.last_seconds

    def _apply(
        self,
        after: int,
        framed: Sequence[bytes],
        last_offset: int,
        events: Sequence[Event] | None,
    ) -> None:
        try:
            self.index.apply(after, framed, last_offset, self._epoch, events)
        except IndexMoved:
            # A reader that follows may have been faster; it leaves the epoch alone.
            mine = self.index.place().epoch == self._epoch
            if not (mine and self.index.holds(after, framed)):
                raise

    def recover(self) -> None:
        """Opens again, for as long as `retry_seconds`. Raises what stopped it."""
        self.drop()
        self.told.recoveries += 1
        until = self._monotonic() + self.settings.retry_seconds
        attempt = 0
        while True:
            try:
                self.open()
            except (KafkaUnavailable, OutcomeUnknown) as e:
                logger.warning("writer: %s", e.en)
                if self._monotonic() >= until:
                    raise
                self._sleep(BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)])
                attempt += 1
            else:
                return

    def beat(self) -> None:
        """Says that it is alive, if it is time. Raises OutcomeUnknown; then it is not open."""
        if self._producer is None or self._monotonic() < self._beat_at + self.beat_seconds:
            return
        try:
            self._producer.commit([self._lease(held=True)])
        except BaseException:
            self.drop()
            raise
        self._beat_at = self._monotonic()

    @property
    def beat_seconds(self) -> float:
        """Between two beats."""
        return self.settings.lease_seconds / 3

    def drop(self) -> None:
        """Forgets the producer and all it held in memory."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.end()

    def close(self) -> None:
        """Gives the lease back, so that the next one need not wait."""
        if self._producer is not None:
            try:
                self._producer.commit([self._lease(held=False)])
            except OutcomeUnknown as e:
                logger.warning("writer: the lease could not be given back: %s", e.en)
        self.drop()
        self.reader.close()

    def _lease(self, *, held: bool) -> Outgoing:
        return lease.record(self.settings, self.me, held=held)

    def _settled_end(self) -> int:
        """The end of the log, once nothing is open before it. Raises HangingTransaction."""
        topics = [self.settings.ledger_topic, *self.settings.family_topics.values()]
        until = self._monotonic() + self.settings.hanging_seconds
        while True:
            ends = self.reader.ends(topics)
            late = [t for t, e in ends.items() if e.stable < e.high]
            if not late:
                return ends[self.settings.ledger_topic].high
            if self._monotonic() >= until:
                raise self._hanging(late, ends)
            self._sleep(0.1)

    def _hanging(self, topics: list[str], ends: dict[str, Ends]) -> HangingTransaction:
        found = self.reader.open_transactions(topics)
        named = "; ".join(
            f"{t.topic} offset {t.first_offset}, producer {t.producer_id}"
            f" ({t.transactional_id or 'unknown to the coordinator'})"
            for t in found
        ) or ", ".join(f"{t} at {ends[t].stable}" for t in topics)
        return HangingTransaction(
            f"有未结束的外来事务,读者无法越过:{named}。请用 kafka-transactions.sh abort 结束它",
            f"a foreign transaction is open and holds every reader back: {named}. "
            "End it with kafka-transactions.sh abort",
        )
