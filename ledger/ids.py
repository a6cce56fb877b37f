"""Mints ids: UUIDv7, so that what is written together lies together in every index."""

from __future__ import annotations

from uuid import UUID, SafeUUID

import uuid_utils

_SAFE = SafeUUID.unknown


def new_id() -> UUID:
    """A UUIDv7, rising within this process."""
    return uuid_of(uuid_utils.uuid7().bytes)


def new_ids(count: int) -> list[UUID]:
    """That many of them."""
    return [uuid_of(uuid_utils.uuid7().bytes) for _ in range(count)]


def named_id(digest: bytes) -> UUID:
    """The id that a keyed digest of 16 bytes gives (UUIDv8): the same name, the same stream."""
    raw = bytearray(digest)
    raw[6], raw[8] = raw[6] & 0x0F | 0x80, raw[8] & 0x3F | 0x80
    return uuid_of(bytes(raw))


def uuid_of(raw: bytes) -> UUID:
    """The UUID of 16 bytes. `UUID(bytes=…)` checks what is known here, at several times the cost:
    ids are made by the hundred thousand."""
    value = object.__new__(UUID)
    object.__setattr__(value, "int", int.from_bytes(raw, "big"))
    object.__setattr__(value, "is_safe", _SAFE)
    return value


def stream_uuid(originator_id: UUID | str) -> UUID:
    """A stream's id, which the library may hand over as text."""
    return originator_id if isinstance(originator_id, UUID) else UUID(originator_id)
