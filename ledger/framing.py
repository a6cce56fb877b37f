"""Framing, handed to the recorder: what a stored event's topic and state mean for its entry.

The library's conformance suites run the recorder with `NeutralFramer`, which takes any topic
and state; a ledger in use runs with `SchemaFramer`, which takes released schemas only. Either
way an entry says by itself all that is kept of it: whoever has the entries has the log.
"""

from __future__ import annotations

import struct
from typing import Protocol

from domain.events import FAMILY_IDS
from evidence.frame import FRAME_LENGTH, body_of, unpack
from ledger.errors import UnknownTopic
from ledger.labels import UNLABELED, Label, begins_with_meta, label_of
from schemas.catalog import Catalog

PREFIX_LENGTH = 10


class Framer(Protocol):
    """Makes schema and body of a state for the frame, and reads an entry again."""

    first_version: int
    """The lowest stream version there is."""

    def family_id(self, topic: str) -> int:
        """The family of a topic. Raises UnknownTopic."""
        ...

    def body(self, topic: str, state: bytes, label: Label) -> tuple[bytes, bytes]:
        """Schema hash (32 bytes) and body. Raises UnknownTopic."""
        ...

    def topic(self, entry: bytes) -> str:
        """The topic that `body` was given. Raises UnknownTopic."""
        ...

    def label(self, entry: bytes) -> Label:
        """What the entry is known by. ValueError for an entry that `body` did not make."""
        ...

    def state(self, entry: bytes) -> bytes:
        """The state that `body` was given. Raises UnknownTopic."""
        ...


class NeutralFramer:
    """Takes everything; for the library's own suites. Topic and label stand before the state."""

    first_version = 0
    _HEAD = struct.Struct(">H?16s16s")
    overhead = _HEAD.size

    def family_id(self, topic: str) -> int:
        """One family for all."""
        return 0

    def body(self, topic: str, state: bytes, label: Label) -> tuple[bytes, bytes]:
        """No schema."""
        name, known = topic.encode(), label.command_id is not None
        ids = (label.command_id or b"", label.content_digest or b"")
        return bytes(32), self._HEAD.pack(len(name), known, *ids) + name + state

    def topic(self, entry: bytes) -> str:
        """Stands in the body."""
        start = FRAME_LENGTH + self.overhead
        return entry[start : start + self._name_length(entry)].decode()

    def label(self, entry: bytes) -> Label:
        """Stands in the body; there is no event id."""
        _, known, command_id, content = self._HEAD.unpack_from(entry, FRAME_LENGTH)
        return Label(None, command_id, content) if known else UNLABELED

    def state(self, entry: bytes) -> bytes:
        """The rest of the body."""
        return entry[FRAME_LENGTH + self.overhead + self._name_length(entry) :]

    def _name_length(self, entry: bytes) -> int:
        length: int = self._HEAD.unpack_from(entry, FRAME_LENGTH)[0]
        return length


class SchemaFramer:
    """Takes what a released schema stands behind: the state is single-object Avro."""

    first_version = 1

    def __init__(self, schemas: Catalog) -> None:
        strange = [v.topic for v in schemas.versions if not begins_with_meta(v.parsed)]
        if strange:
            raise ValueError(f"schemas that do not begin with meta's ids: {strange}")
        self._by_prefix = {p: (v.file_hash, v.topic) for p, v in schemas.by_prefix.items()}
        self._prefixes = {v.file_hash: v.prefix for v in schemas.versions}
        self._topics = {v.file_hash: v.topic for v in schemas.versions}
        self._families = {t: FAMILY_IDS[t.split(".")[1]] for t in schemas.latest}

    def family_id(self, topic: str) -> int:
        """By the topic's second part."""
        try:
            return self._families[topic]
        except KeyError:
            raise UnknownTopic(
                f"没有事件类型 {topic} 的已发布模式", f"no released schema for the topic {topic}"
            ) from None

    def body(self, topic: str, state: bytes, label: Label) -> tuple[bytes, bytes]:
        """By the fingerprint in the first ten bytes, which must be this topic's. The label stands
        in the body's `meta` already."""
        found = self._by_prefix.get(state[:PREFIX_LENGTH])
        if found is None or found[1] != topic:
            raise UnknownTopic(
                f"{topic} 的内容没有已发布的模式", f"the state of {topic} has no schema of its own"
            )
        return found[0], state[PREFIX_LENGTH:]

    def topic(self, entry: bytes) -> str:
        """By the schema's hash in the frame."""
        topic = self._topics.get(entry[1:33])
        if topic is None:
            raise _unknown_schema()
        return topic

    def label(self, entry: bytes) -> Label:
        """From the first fields of `meta`."""
        return label_of(entry)

    def state(self, entry: bytes) -> bytes:
        """Puts the ten bytes of the schema named in the frame before the body."""
        prefix = self._prefixes.get(unpack(entry).schema_hash)
        if prefix is None:
            raise _unknown_schema()
        return prefix + body_of(entry)


def _unknown_schema() -> UnknownTopic:
    return UnknownTopic(
        "条目的模式未知;请使用更新的程序",
        "the entry's schema is unknown; use a newer program",
    )
