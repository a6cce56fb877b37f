"""The log as the read side sees it, straight from Kafka: what the projector reads.

Entries come in order from one partition that is assigned by hand, at read_committed; each one is
held against its headers and must be the next position. Which record holds which position is kept
in a table beside the views, so that an annulment finds the stream it belongs to; it is written
before the views are, and may be thrown away with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import BigInteger, Column, Engine, LargeBinary, MetaData, Table, func, select

from consumers.errors import Foreign
from consumers.placing import placed
from evidence.frame import unpack_raw
from ledger.codec import EventCodec
from ledger.framing import SchemaFramer
from ledger.kafka.client import FETCH_BYTES, READ_RECORDS
from ledger.kafka.errors import ForeignRecord
from ledger.kafka.records import Incoming, Recording
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.values import values_of
from projections.database import writing
from projections.entries import Recorded
from schemas.catalog import catalog

metadata = MetaData()
places = Table(
    "kafka_places",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("kafka_offset", BigInteger, nullable=False),
    Column("stream_id", LargeBinary(16), nullable=False, index=True),
)


class KafkaEntries:
    """`projections.entries.Entries` over Kafka. One thread."""

    def __init__(self, settings: KafkaSettings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._codec = EventCodec()
        self._framer = SchemaFramer(catalog())
        self._recording = Recording(settings, self._framer, values_of(settings, catalog()))
        self._place = TopicPartition(settings.ledger_topic, settings.partition)
        self._waiting: list[tuple[int, Any]] = []
        """Records that were fetched and not handed out: (position, record)."""
        self._next = 1
        self._last: Recorded | None = None
        metadata.create_all(engine)
        self._consumer = KafkaConsumer(
            **settings.client(
                client_id=f"{settings.namespace}.projector",
                isolation_level="read_committed",
                enable_auto_commit=False,
                auto_offset_reset="none",
                fetch_max_bytes=FETCH_BYTES,
                max_partition_fetch_bytes=FETCH_BYTES,
                max_poll_records=READ_RECORDS,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
        )
        self._consumer.assign([self._place])
        self._seek(0)

    def close(self) -> None:
        """Closes the connection."""
        self._consumer.close(autocommit=False)

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """See the port. Waits for records only as long as Kafka says that there are some.

        Raises ForeignRecord where a record is not the next entry: stop.
        """
        if limit == 1 and self._last is not None and self._last.position == after + 1:
            return [self._last]
        if after + 1 != self._next:
            self._go_to(after + 1)
        found: list[Recorded] = []
        rows: list[tuple[int, int, bytes]] = []
        while len(found) < limit and (self._waiting or self._fetch()):
            taken = self._waiting[: limit - len(found)]
            del self._waiting[: len(taken)]
            self._next += len(taken)  # what is fetched next is counted from here
            for position, record in taken:
                found.append(self._recorded(position, record, rows))
        self._keep(rows)
        if found:
            self._last = found[-1]
        return found

    def head(self) -> int:
        """The last committed position."""
        stable: int = self._consumer.end_offsets([self._place])[self._place]
        if self._consumer.position(self._place) >= stable and self._next > 1:
            return int(self._waiting[-1][0]) if self._waiting else self._next - 1
        return self._last_before(stable)

    def stream(self, stream_id: UUID) -> Sequence[Recorded]:
        """The stream's entries as far as they were read, each fetched again from its offset."""
        query = select(places.c.kafka_offset).where(places.c.stream_id == stream_id.bytes)
        with self._engine.begin() as conn:
            offsets = [o for (o,) in conn.execute(query.order_by(places.c.position))]
        here, waiting = self._consumer.position(self._place), self._waiting
        found = [self._recorded_at(offset) for offset in offsets]
        self._consumer.seek(self._place, here)
        self._waiting = waiting
        return found

    def position_at(self, instant_micros: int) -> int:
        """The projector asks no such thing."""
        raise NotImplementedError

    def lag(self) -> int:
        """Offsets between what was read and the end, markers of transactions included."""
        end = self._consumer.end_offsets([self._place])[self._place]
        return int(max(0, end - self._consumer.position(self._place)))

    def _fetch(self) -> bool:
        """Fills `_waiting`; False where the end is reached."""
        while not self._waiting:
            found = self._consumer.poll(500).get(self._place, [])
            first = self._next
            self._waiting = list(enumerate(found, first))
            if not found:
                end = self._consumer.end_offsets([self._place])[self._place]
                if self._consumer.position(self._place) >= end:
                    return False
        return True

    def _recorded(self, position: int, record: Any, rows: list[tuple[int, int, bytes]]) -> Recorded:
        topic = self._place.topic
        incoming = Incoming(record.offset, record.key, record.value, record.headers)
        at, entry = self._recording.entry(topic, incoming)
        if at != position:
            raise ForeignRecord(
                topic,
                record.offset,
                f"位置应为 {position},记录为 {at}",
                f"position {position} would follow; the record says {at}",
            )
        _, _, _, stream, _, recorded_at = unpack_raw(entry)
        rows.append((position, record.offset, stream))
        event = self._codec.decode_entry(self._framer.topic(entry), entry)
        return Recorded(position, recorded_at, event)

    def _keep(self, rows: list[tuple[int, int, bytes]]) -> None:
        if not rows:
            return
        # Written again after a crash, or by a second reader: the same rows.
        with writing(self._engine) as conn:
            known = conn.execute(select(func.max(places.c.position))).scalar_one() or 0
            new = [
                {"position": p, "kafka_offset": o, "stream_id": s} for p, o, s in rows if p > known
            ]
            if new:
                conn.execute(places.insert(), new)

    def _go_to(self, position: int) -> None:
        """The next record read is the one of this position."""
        query = select(places.c.kafka_offset).where(places.c.position == position - 1)
        with self._engine.begin() as conn:
            before = conn.execute(query).scalar_one_or_none()
        self._seek(0 if before is None else before + 1)
        self._next = position if before is not None else 1
        while self._next < position and self._fetch():
            skipped = self._waiting[: position - self._next]
            del self._waiting[: len(skipped)]
            self._next += len(skipped)

    def _seek(self, offset: int) -> None:
        self._consumer.seek(self._place, offset)
        self._waiting = []

    def _recorded_at(self, offset: int) -> Recorded:
        self._consumer.seek(self._place, offset)
        record = self._one()
        return self._recorded(self._position_of(record), record, [])

    def _position_of(self, record: Any) -> int:
        """What a record of ours says. Raises ForeignRecord, which names topic and offset."""
        try:
            return placed(record, self._settings, self._place.topic).position
        except Foreign as e:
            raise ForeignRecord(record.topic, record.offset, e.zh, e.en) from e

    def _one(self) -> Any:
        while True:
            found = self._consumer.poll(500, max_records=1).get(self._place, [])
            if found:
                return found[0]

    def _last_before(self, stable: int) -> int:
        """The position of the last record before an offset, from what it says of itself."""
        here, span, last = self._consumer.position(self._place), 64, 0
        start = stable
        while start > 0 and last == 0:
            start = max(0, stable - span)
            self._consumer.seek(self._place, start)
            while self._consumer.position(self._place) < stable:
                for record in self._consumer.poll(500).get(self._place, []):
                    if record.offset < stable:
                        last = self._position_of(record)
            span *= 16
        self._consumer.seek(self._place, here)
        return last
