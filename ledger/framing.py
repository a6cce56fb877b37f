"""Framing, handed to the recorder: what a stored event's topic and state mean for its entry.

The library's conformance suites run the recorder with `NeutralFramer`, which takes any topic
and state; a ledger in use runs with `SchemaFramer`, which takes released schemas only.
"""

from __future__ import annotations

from typing import Protocol

from domain.events import FAMILY_IDS
from evidence.frame import body_of, unpack
from ledger.errors import UnknownTopic
from schemas.catalog import Catalog

PREFIX_LENGTH = 10


class Framer(Protocol):
    """Splits a state into schema and body for the frame, and puts it together again."""

    first_version: int
    """The lowest stream version there is."""

    def family_id(self, topic: str) -> int:
        """The family of a topic. Raises UnknownTopic."""
        ...

    def split(self, topic: str, state: bytes) -> tuple[bytes, bytes]:
        """Schema hash (32 bytes) and body. Raises UnknownTopic."""
        ...

    def state(self, entry: bytes) -> bytes:
        """The state that `split` was given, from the entry."""
        ...


class NeutralFramer:
    """Takes everything; for the library's own suites."""

    first_version = 0

    def family_id(self, topic: str) -> int:
        """One family for all."""
        return 0

    def split(self, topic: str, state: bytes) -> tuple[bytes, bytes]:
        """No schema; the state is the body."""
        return bytes(32), state

    def state(self, entry: bytes) -> bytes:
        """The body is the state."""
        return body_of(entry)


class SchemaFramer:
    """Takes what a released schema stands behind: the state is single-object Avro."""

    first_version = 1

    def __init__(self, schemas: Catalog) -> None:
        self._by_prefix = {p: (v.file_hash, v.topic) for p, v in schemas.by_prefix.items()}
        self._prefixes = {v.file_hash: v.prefix for v in schemas.versions}
        self._families = {t: FAMILY_IDS[t.split(".")[1]] for t in schemas.latest}

    def family_id(self, topic: str) -> int:
        """By the topic's second part."""
        try:
            return self._families[topic]
        except KeyError:
            raise UnknownTopic(
                f"没有事件类型 {topic} 的已发布模式", f"no released schema for the topic {topic}"
            ) from None

    def split(self, topic: str, state: bytes) -> tuple[bytes, bytes]:
        """By the fingerprint in the first ten bytes, which must be this topic's."""
        found = self._by_prefix.get(state[:PREFIX_LENGTH])
        if found is None or found[1] != topic:
            raise UnknownTopic(
                f"{topic} 的内容没有已发布的模式", f"the state of {topic} has no schema of its own"
            )
        return found[0], state[PREFIX_LENGTH:]

    def state(self, entry: bytes) -> bytes:
        """Puts the ten bytes of the schema named in the frame before the body."""
        prefix = self._prefixes.get(unpack(entry).schema_hash)
        if prefix is None:
            raise UnknownTopic(
                "条目的模式未知;请使用更新的程序",
                "the entry's schema is unknown; use a newer program",
            )
        return prefix + body_of(entry)
