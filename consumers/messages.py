"""A message as a subscriber gets it: a typed event with its place, checked against its headers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from consumers.errors import Foreign, Unreadable
from consumers.placing import Placed, placed
from domain.events import Event
from evidence.frame import unpack
from ledger.codec import EventCodec, UnreadableEvent
from ledger.framing import SchemaFramer
from ledger.kafka.errors import ForeignRecord
from ledger.kafka.records import Incoming, Recording
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.values import values_of
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
    number: int
    """Among the topic's messages, gapless from 1: one of the two."""
    recorded_at: datetime
    entry: bytes
    """Frame ‖ body: what is hashed into the Merkle tree."""


class MessageReader:
    """Reads records of any partition; each partition is a ledger of its own."""

    def __init__(self, settings: KafkaSettings, codec: EventCodec | None = None) -> None:
        self._settings = settings
        self._codec = codec or EventCodec()
        self._framer = SchemaFramer(catalog())
        self._values = values_of(settings, catalog())
        self._recordings: dict[int, Recording] = {}

    def place(self, record: Any, topic: str | None = None) -> Placed:
        """Where a record stands, also one whose schema is unknown here. Raises Foreign."""
        try:
            return placed(record, self._settings, topic or record.topic)
        except Foreign as e:
            raise Foreign(*_at(record, e.zh, e.en)) from e

    def number(self, record: Any, topic: str | None = None) -> int:
        """Its place among the topic's messages, gapless from 1. Raises Foreign."""
        found = self.place(record, topic)
        whole = (topic or record.topic) == self._settings.ledger_topic
        return found.position if whole else found.family_position

    def read(self, record: Any, topic: str | None = None) -> Message:
        """The message of a record of kafka-python's. Raises Unreadable with the reason.

        `topic`: where it was first written, if not where it was read.
        """
        number = self.number(record, topic)
        recording = self._recording(self.place(record, topic).ledger)
        incoming = Incoming(record.offset, record.key, record.value, record.headers)
        try:
            position, entry = recording.entry(record.topic, incoming)
            event = self._codec.decode_entry(self._framer.topic(entry), entry)
        except ForeignRecord as e:
            raise Unreadable(e.zh, e.en) from e
        except UnreadableEvent as e:
            raise Unreadable(*_at(record, f"无法解码({e})", f"cannot be decoded ({e})")) from e
        frame = unpack(entry)
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=frame.recorded_at)
        place = (record.topic, record.partition, record.offset)
        return Message(event, *place, position, frame.family_position, number, at, entry)

    def _recording(self, partition: int) -> Recording:
        if partition not in self._recordings:
            its_own = replace(self._settings, partition=partition)
            self._recordings[partition] = Recording(its_own, self._framer, self._values)
        return self._recordings[partition]


def _at(record: Any, zh: str, en: str) -> tuple[str, str]:
    where = f"{record.topic}[{record.partition}]"
    return f"{where} 偏移量 {record.offset}:{zh}", f"{where} offset {record.offset}: {en}"
