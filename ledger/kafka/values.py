"""What stands in a record's value: the entry's body, and how a reader learns its schema.

0xC3 0x01 ‖ fingerprint (8) ‖ body    Avro single-object encoding
"""

from __future__ import annotations

from typing import Protocol

from evidence.frame import FRAME_LENGTH, body_of
from schemas.catalog import Catalog


class ValueFraming(Protocol):
    """Makes a value of an entry, and takes the body out again."""

    def value(self, entry: bytes) -> bytes:
        """The value. ValueError for a schema that this program does not know."""
        ...

    def body(self, frame: bytes, value: bytes) -> bytes:
        """The body. ValueError where the value was written with another schema than the frame's."""
        ...


class SingleObject:
    """Avro single-object encoding (`ValueFraming`)."""

    def __init__(self, schemas: Catalog) -> None:
        self._prefixes = {v.file_hash: v.prefix for v in schemas.versions}

    def value(self, entry: bytes) -> bytes:
        """Marker, fingerprint, body."""
        return self._prefix(entry) + entry[FRAME_LENGTH:]

    def body(self, frame: bytes, value: bytes) -> bytes:
        """What follows the ten bytes, which must be those of the frame's schema."""
        prefix = self._prefix(frame)
        if not value.startswith(prefix):
            raise ValueError(f"the value begins with {value[:10].hex()}, not {prefix.hex()}")
        return value[len(prefix) :]

    def _prefix(self, frame: bytes) -> bytes:
        prefix = self._prefixes.get(frame[1:33])
        if prefix is None:
            raise ValueError(f"the schema {frame[1:33].hex()} is unknown to this program")
        return prefix


class Bare:
    """The body alone (`ValueFraming`): for the library's suites, whose bodies have no schema."""

    def value(self, entry: bytes) -> bytes:
        """The body."""
        return body_of(entry)

    def body(self, frame: bytes, value: bytes) -> bytes:
        """The value."""
        return value
