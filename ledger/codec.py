"""Event ↔ stored event: Avro bodies under the released schemas, topics instead of class paths."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from fastavro import schemaless_reader, schemaless_writer

from domain.events import EVENT_CLASSES, Event
from evidence.frame import FRAME_LENGTH
from ledger.avro_types import Convert, decoder, encoder
from schemas.catalog import Catalog, SchemaVersion, catalog

PREFIX_LENGTH = 10


class UnreadableEvent(ValueError):
    """Stored bytes that no schema of ours reads: a newer program wrote them, or they are damaged."""


class EventCodec:
    """Writes each event with the version that its class names; reads any version that is known."""

    def __init__(self, schemas: Catalog | None = None) -> None:
        self.schemas = schemas or catalog()
        self._writers: dict[type[Event], tuple[SchemaVersion, Convert]] = {}
        self._readers: dict[bytes, tuple[SchemaVersion, Any, Convert]] = {}

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
        version, reader_schema, from_record = known
        if version.topic != topic:
            raise UnreadableEvent(f"{topic}: the body was written as {version.topic}")
        stream = BytesIO(body)
        try:
            record = schemaless_reader(stream, version.parsed, reader_schema)
            event = from_record(record)
        except Exception as e:
            raise UnreadableEvent(f"{topic}.v{version.version}: damaged body") from e
        if stream.tell() != len(body):
            raise UnreadableEvent(f"{topic}.v{version.version}: bytes left over after the body")
        assert isinstance(event, Event)
        return event

    def _writer(self, cls: type[Event]) -> tuple[SchemaVersion, Convert]:
        version = next(
            v
            for v in self.schemas.versions
            if (v.topic, v.version) == (cls.topic, cls.schema_version)
        )
        convert = encoder(cls)
        self._writers[cls] = (version, convert)
        return self._writers[cls]

    def _reader(self, prefix: bytes) -> tuple[SchemaVersion, Any, Convert]:
        version = self.schemas.by_prefix.get(prefix)
        if version is None:
            raise UnreadableEvent(f"no schema has the fingerprint {prefix[2:].hex()}")
        cls = EVENT_CLASSES[version.topic]
        current, _ = self._writers.get(cls) or self._writer(cls)
        reader_schema = None if current is version else current.parsed
        self._readers[prefix] = (version, reader_schema, decoder(cls))
        return self._readers[prefix]


class AvroMapper(Mapper[UUID]):
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
