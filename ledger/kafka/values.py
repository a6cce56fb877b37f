"""What stands in a record's value: the entry's body, and how a reader learns its schema.

0xC3 0x01 ‖ fingerprint (8) ‖ body    Avro single-object encoding
0x00 ‖ schema id (4)        ‖ body    Confluent framing, where a registry is configured

A reader tells by the first byte and takes both, so a ledger may change from one to the other. The
entry is the frame and the body: its leaf is the same in either.
"""

from __future__ import annotations

from typing import Final, Protocol

from evidence.frame import FRAME_LENGTH, body_of
from ledger.kafka.registry import ConfluentRegistry
from ledger.kafka.schema_ids import SchemaIds
from ledger.kafka.settings import KafkaSettings
from schemas.catalog import Catalog, catalog

CONFLUENT: Final = 0x00
CONFLUENT_LENGTH: Final = 5
SINGLE_OBJECT: Final = 0xC3


class ValueFraming(Protocol):
    """Makes a value of an entry, and takes the body out again."""

    def prepare(self) -> None:
        """Whatever must stand elsewhere before a value can be made, stands on return.

        Asked before a writer fences, never during a commit; safe to repeat, and at once the second
        time. Raises RegistryUnavailable, RegistryUnfit: nothing was written to Kafka.
        """
        ...

    def value(self, entry: bytes) -> bytes:
        """The value. ValueError for a schema that this program does not know."""
        ...

    def body(self, frame: bytes, value: bytes) -> bytes:
        """The body. ValueError where the value was written with another schema than the frame's.

        Raises RegistryUnavailable where only the registry could tell: ask again.
        """
        ...


class SingleObject:
    """Avro single-object encoding (`ValueFraming`).

    What was written with a registry is read too: the frame names the schema, and the leaf's hash
    covers the body; the id itself is not checked, as there is nobody to ask.
    """

    def __init__(self, schemas: Catalog) -> None:
        self._prefixes = {v.file_hash: v.prefix for v in schemas.versions}

    def prepare(self) -> None:
        """Nothing: the schemas are here."""

    def value(self, entry: bytes) -> bytes:
        """Marker, fingerprint, body."""
        return self._prefix(entry) + entry[FRAME_LENGTH:]

    def body(self, frame: bytes, value: bytes) -> bytes:
        """What follows the ten bytes, which must be those of the frame's schema."""
        prefix = self._prefix(frame)
        if value.startswith(prefix):
            return value[len(prefix) :]
        first = value[0] if value else -1
        if first == CONFLUENT and len(value) >= CONFLUENT_LENGTH:
            self._check_id(frame, value[:CONFLUENT_LENGTH])
            return value[CONFLUENT_LENGTH:]
        if first in (SINGLE_OBJECT, CONFLUENT):
            raise ValueError(f"the value begins with {value[:10].hex()}, not {prefix.hex()}")
        raise ValueError(
            f"the value begins with {value[:1].hex() or 'nothing'}: neither Avro single-object "
            "encoding (c3) nor Confluent framing (00)"
        )

    def _check_id(self, frame: bytes, head: bytes) -> None:
        """Of an id there is nobody to ask."""

    def _prefix(self, frame: bytes) -> bytes:
        prefix = self._prefixes.get(frame[1:33])
        if prefix is None:
            raise ValueError(f"the schema {frame[1:33].hex()} is unknown to this program")
        return prefix


class Confluent(SingleObject):
    """Confluent framing (`ValueFraming`): others find the schema by its number."""

    def __init__(self, schemas: Catalog, ids: SchemaIds) -> None:
        super().__init__(schemas)
        self.ids = ids
        self._checked: set[bytes] = set()
        """Schema hash ‖ the five bytes: pairs that were found to belong together."""

    def prepare(self) -> None:
        """Every schema is registered."""
        self.ids.prepare()

    def value(self, entry: bytes) -> bytes:
        """Zero, the schema's id, body."""
        id_ = self.ids.id_of(entry[1:33])
        return b"\x00" + id_.to_bytes(4, "big") + entry[FRAME_LENGTH:]

    def _check_id(self, frame: bytes, head: bytes) -> None:
        pair = frame[1:33] + head
        if pair in self._checked:
            return
        id_ = int.from_bytes(head[1:], "big")
        if not self.ids.is_of(id_, frame[1:33]):
            raise ValueError(f"the schema id {id_} is not that of the frame's schema")
        self._checked.add(pair)


class Bare:
    """The body alone (`ValueFraming`): for the library's suites, whose bodies have no schema."""

    def prepare(self) -> None:
        """Nothing."""

    def value(self, entry: bytes) -> bytes:
        """The body."""
        return body_of(entry)

    def body(self, frame: bytes, value: bytes) -> bytes:
        """The value."""
        return value


def values_of(settings: KafkaSettings, schemas: Catalog | None = None) -> ValueFraming:
    """How a ledger's values are framed: with its registry's numbers where it has one.

    `schemas`: those that are known; else all that this program ships.
    """
    known = schemas or catalog()
    ids = schema_ids(settings, known)
    return SingleObject(known) if ids is None else Confluent(known, ids)


def schema_ids(settings: KafkaSettings, schemas: Catalog | None = None) -> SchemaIds | None:
    """The numbers of its schemas; None without a registry. Asks nobody yet."""
    registry = settings.registry
    if registry is None:
        return None
    known = schemas or catalog()
    return SchemaIds(ConfluentRegistry(registry), known, registry.url, registry.ids_file)
