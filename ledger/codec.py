"""Event ↔ stored event: Avro bodies under the released schemas, topics instead of class paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, StoredEvent
from eventsourcing.persistence import Mapper as LibraryMapper
from fastavro import schemaless_writer

from domain.events import EVENT_CLASSES, Event
from evidence.frame import FRAME_LENGTH
from ledger.avro_types import Convert, decoder, encoder
from ledger.upcasts import UPCASTS, NoStep, Step, reader_of
from schemas.catalog import Catalog, SchemaVersion, catalog

PREFIX_LENGTH = 10
Read = Callable[[BytesIO], Any]


class UnreadableEvent(ValueError):
    """Stored bytes that no schema of ours reads: a newer program wrote them, or they are damaged."""


class EventCodec:
    """Writes each event with the version that its class names; reads any version that is known."""

    def __init__(
        self,
        schemas: Catalog | None = None,
        steps: Mapping[tuple[str, int], Step] = UPCASTS,
    ) -> None:
        self.schemas = schemas or catalog()
        self._steps = steps
        self._writers: dict[type[Event], tuple[SchemaVersion, Convert]] = {}
        self._readers: dict[bytes, tuple[SchemaVersion, Read, Convert]] = {}

    def encode(self, event: Event) -> bytes:
        """Single-object Avro: marker, fingerprint, body."""
        known = self._writers.get(type(event)) or self._writer(type(event))
        version, to_record = known
        out = BytesIO(version.prefix)
        out.seek(PREFIX_LENGTH)
        schemaless_writer(out, version.parsed, to_record(event))
        return out.getvalue()

    def decode(self, topic: str, state: bytes) -> Event:
        """The event behind single-object Avro. Raises UnreadableEvent."""
        return self.decode_body(topic, state[:PREFIX_LENGTH], state[PREFIX_LENGTH:])

    def decode_entry(self, topic: str, entry: bytes) -> Event:
        """The event behind an entry, whose frame names the schema. Raises UnreadableEvent."""
        schema_hash = entry[1:33]
        version = self.schemas.by_hash.get(schema_hash)
        if version is None:
            raise UnreadableEvent(f"{topic}: the schema {schema_hash.hex()} is unknown")
        return self.decode_body(topic, version.prefix, entry[FRAME_LENGTH:])

    def decode_body(self, topic: str, prefix: bytes, body: bytes) -> Event:
        """As `decode`, the prefix apart. Raises UnreadableEvent."""
        known = self._readers.get(prefix) or self._reader(prefix)
        version, read, from_record = known
        if version.topic != topic:
            raise UnreadableEvent(f"{topic}: the body was written as {version.topic}")
        stream = BytesIO(body)
        try:
            event = from_record(read(stream))
        except Exception as e:
            raise UnreadableEvent(f"{topic}.v{version.version}: damaged body") from e
        if stream.tell() != len(body):
            raise UnreadableEvent(f"{topic}.v{version.version}: bytes left over after the body")
        assert isinstance(event, Event)
        return event

    def _writer(self, cls: type[Event]) -> tuple[SchemaVersion, Convert]:
        self._writers[cls] = (self._versions(cls)[-1], encoder(cls))
        return self._writers[cls]

    def _versions(self, cls: type[Event]) -> list[SchemaVersion]:
        """Those of the event, oldest first, up to the one that the class names."""
        found = [v for v in self.schemas.versions if v.topic == cls.topic]
        assert len(found) >= cls.schema_version, f"{cls.topic}: no schema; run `make schemas`"
        return found[: cls.schema_version]

    def _reader(self, prefix: bytes) -> tuple[SchemaVersion, Read, Convert]:
        version = self.schemas.by_prefix.get(prefix)
        if version is None:
            raise UnreadableEvent(f"no schema has the fingerprint {prefix[2:].hex()}")
        cls = EVENT_CLASSES[version.topic]
        chain = self._versions(cls)[version.version - 1 :]
        try:
            read = reader_of(chain, self._steps)
        except NoStep as e:
            raise UnreadableEvent(str(e)) from None
        self._readers[prefix] = (version, read, decoder(cls))
        return self._readers[prefix]


class AvroMapper(LibraryMapper[UUID]):
    """The library's mapper, with our codec: stored topics are public names, state is Avro."""

    def __init__(self, codec: EventCodec | None = None) -> None:
        super().__init__(transcoder=JSONTranscoder())
        self.codec = codec or EventCodec()

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Encodes; `meta` and the stored event say the same stream and version."""
        assert isinstance(domain_event, Event)
        meta = domain_event.meta
        return StoredEvent(
            originator_id=meta.stream_id,
            originator_version=meta.stream_version,
            topic=domain_event.topic,
            state=self.codec.encode(domain_event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """Decodes, and checks that the row and the body name one stream and version."""
        event = self.codec.decode(stored_event.topic, stored_event.state)
        named = (event.meta.stream_id, event.meta.stream_version)
        if named != (stored_event.originator_id, stored_event.originator_version):
            raise UnreadableEvent(f"{event.topic}: stored under another stream or version")
        return event
