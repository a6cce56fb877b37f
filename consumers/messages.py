"""A message as a subscriber gets it: a typed event with its place, checked against its headers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from consumers.errors import Unreadable
from domain.events import Event
from evidence.frame import unpack
from ledger.codec import EventCodec, UnreadableEvent
from ledger.framing import SchemaFramer
from ledger.kafka.errors import ForeignRecord
from ledger.kafka.records import Incoming, Recording
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.values import SingleObject
from schemas.catalog import catalog


@dataclass(frozen=True)
class Message:
    """One event of a topic."""

    event: Event
    topic: str
    partition: int
    offset: int
    position: int
    """In the ledger, over all families."""
    family_position: int
    """In its family, gapless from 1."""
    recorded_at: datetime
    entry: bytes
    """Frame ‖ body: what is hashed into the Merkle tree."""


class MessageReader:
    """Reads records of any partition; each partition is a ledger of its own."""

    def __init__(self, settings: KafkaSettings, codec: EventCodec | None = None) -> None:
        self._settings = settings
        self._codec = codec or EventCodec()
        self._framer = SchemaFramer(catalog())
        self._values = SingleObject(catalog())
        self._recordings: dict[int, Recording] = {}

    def read(self, record: Any) -> Message:
        """The message of a record of kafka-python's. Raises Unreadable with the reason."""
        topic, partition = record.topic, record.partition
        recording = self._recording(ledger_of(record))
        incoming = Incoming(record.offset, record.key, record.value, record.headers)
        try:
            position, entry = recording.entry(topic, incoming)
            event = self._codec.decode_entry(self._framer.topic(entry), entry)
        except ForeignRecord as e:
            raise Unreadable(e.zh, e.en) from e
        except UnreadableEvent as e:
            where = f"{topic}[{partition}] {record.offset}"
            raise Unreadable(f"{where}:无法解码({e})", f"{where}: cannot be decoded ({e})") from e
        frame = unpack(entry)
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=frame.recorded_at)
        return Message(
            event, topic, partition, record.offset, position, frame.family_position, at, entry
        )

    def _recording(self, partition: int) -> Recording:
        if partition not in self._recordings:
            its_own = replace(self._settings, partition=partition)
            self._recordings[partition] = Recording(its_own, self._framer, self._values)
        return self._recordings[partition]


def ledger_of(record: Any) -> int:
    """The partition whose ledger wrote it; what is tried again stands on another one."""
    number = dict(record.headers).get("ce_source", b"").rpartition(b":")[2]
    return int(number) if number.isdigit() else int(record.partition)


def family_position(record: Any) -> int | None:
    """What the headers say, also of a message that cannot be read; None where they say nothing."""
    raw = dict(record.headers).get("ce_familyposition")
    return int(raw) if raw is not None and raw.isdigit() else None
