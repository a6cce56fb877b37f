"""An entry as a Kafka record, and back. The same bytes go to the ledger's topic and the family's.

    key      the stream's id, 16 bytes
    value    the body, behind its schema's fingerprint or id: `ledger/kafka/values.py`
    headers  ce_*              CloudEvents 1.0, binary mode
             relief_frame      the 75 bytes before the body: frame ‖ body is the entry
             relief_leaf       SHA-256(0x00 ‖ entry), the entry's leaf in the Merkle tree
             traceparent       W3C; the same for all events of a command

Everything is a function of the entry, its position and the ledger's name (with a registry, of the
schema's id too): a record that is published again is the same to the last byte.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

from evidence.frame import FRAME_LENGTH, unpack_raw
from ledger.errors import UnknownTopic
from ledger.framing import Framer
from ledger.kafka.errors import ForeignRecord
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.values import ValueFraming

Headers = list[tuple[str, bytes]]
FRAME: Final = "relief_frame"
LEAF: Final = "relief_leaf"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Outgoing(NamedTuple):
    """A record to be sent."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


class Incoming(NamedTuple):
    """A record as it was read."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Any
    """(name, bytes) pairs, as the client gives them."""


class Placed(NamedTuple):
    """An entry at its position."""

    position: int
    entry: bytes


class Recording:
    """Turns entries into records and back for one ledger."""

    def __init__(self, settings: KafkaSettings, framer: Framer, values: ValueFraming) -> None:
        self.settings = settings
        self._framer = framer
        self._values = values
        self._families = settings.family_topics
        self._source = settings.source.encode()

    def prepare(self) -> None:
        """What values need elsewhere stands on return (`ValueFraming.prepare`)."""
        self._values.prepare()

    def records(self, position: int, entry: bytes) -> tuple[Outgoing, Outgoing | None]:
        """The record for the ledger's topic, and the one for its family's (None: no such family)."""
        _, family_id, family_position, stream, _, recorded_at = unpack_raw(entry)
        label, hash_ = self._framer.label(entry), leaf(entry)
        event_id = label.event_id or hash_[:16]
        command = (label.command_id or hash_)[:16].hex().encode()
        headers: Headers = [
            ("ce_specversion", b"1.0"),
            ("content-type", b"application/avro"),
            ("ce_source", self._source),
            ("ce_id", dashed(event_id)),
            ("ce_type", self._framer.topic(entry).encode()),
            ("ce_time", instant(recorded_at)),
            ("ce_subject", dashed(stream)),
            ("ce_position", b"%d" % position),
            ("ce_familyposition", b"%d" % family_position),
            ("traceparent", b"00-%s-%s-01" % (command, event_id[8:].hex().encode())),
            (FRAME, entry[:FRAME_LENGTH]),
            (LEAF, hash_),
        ]
        value = self._values.value(entry)
        record = Outgoing(self.settings.ledger_topic, stream, value, headers)
        family = self._families.get(family_id)
        return record, record._replace(topic=family) if family else None

    def entry(self, topic: str, record: Incoming) -> Placed:
        """The entry behind a record; every header that says the same thing must say the same.

        Raises ForeignRecord, which names the offset.
        """
        try:
            return self._entry(record)
        except (KeyError, TypeError, ValueError, UnknownTopic) as e:  # TypeError: a null header
            raise ForeignRecord(
                topic,
                record.offset,
                f"不是本账本写入的记录({e})",
                f"this record was not written by the ledger's writer ({e})",
            ) from e

    def _entry(self, record: Incoming) -> Placed:
        headers = dict(record.headers)
        frame_bytes = headers[FRAME]
        if record.value is None:
            raise ValueError("no value")
        entry = frame_bytes + self._values.body(frame_bytes, bytes(record.value))
        _, _, family_position, stream, _, _ = unpack_raw(entry)
        if leaf(entry) != headers[LEAF]:
            raise ValueError("the leaf's hash is not the entry's")
        if record.key != stream or headers["ce_source"] != self._source:
            raise ValueError("key or source is another ledger's")
        if int(headers["ce_familyposition"]) != family_position:
            raise ValueError("header and frame differ on the family's position")
        return Placed(int(headers["ce_position"]), entry)


def leaf(entry: bytes) -> bytes:
    """RFC 6962 leaf hash."""
    return sha256(b"\x00" + entry).digest()


def dashed(raw: bytes) -> bytes:
    """A UUID's text."""
    h = raw.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}".encode()


@lru_cache(maxsize=8)  # all entries of an append share one
def instant(micros: int) -> bytes:
    """RFC 3339 in UTC, to the microsecond."""
    at = _EPOCH + timedelta(microseconds=micros)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
