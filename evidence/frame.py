"""The frame: what is known of an entry only under the append's lock, in 75 fixed bytes before the body.

    offset  bytes  field            big-endian
    0       1      format           0x01
    1       32     schema hash      SHA-256 of the released .avsc file
    33      2      family id        unsigned; number of the topic's family
    35      8      family position  unsigned, from 1, gapless within the family
    43      16     stream id        UUID
    59      8      stream version   unsigned, from 1, gapless within the stream
    67      8      recorded at      signed; UTC microseconds since 1970

Frame ‖ body is the entry: these bytes are hashed, stored and bundled. Whoever holds an entry
can check order and gaplessness without reading Avro.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple
from uuid import UUID

FORMAT: Final = 1
ENTRY_MAX: Final = 65_535
LAYOUT: Final = struct.Struct(">B32sHQ16sQq")
FRAME_LENGTH: Final = LAYOUT.size


class Frame(NamedTuple):
    """What the frame says; see the module's table."""

    schema_hash: bytes
    family_id: int
    family_position: int
    stream_id: UUID
    stream_version: int
    recorded_at: int


def pack(
    schema_hash: bytes,
    family_id: int,
    family_position: int,
    stream_id: UUID,
    stream_version: int,
    recorded_at: int,
) -> bytes:
    """The 75 bytes. ValueError where a field is out of range or the hash is not 32 bytes."""
    if len(schema_hash) != 32:
        raise ValueError(f"a schema hash has 32 bytes, not {len(schema_hash)}")
    try:
        return LAYOUT.pack(
            FORMAT,
            schema_hash,
            family_id,
            family_position,
            stream_id.bytes,
            stream_version,
            recorded_at,
        )
    except struct.error as e:
        raise ValueError(f"a field of the frame is out of range: {e}") from e


def entry_of(frame: bytes, body: bytes) -> bytes:
    """Frame ‖ body. ValueError above 65,535 bytes (the entry bundle's length is 16 bits)."""
    entry = frame + body
    if len(frame) != FRAME_LENGTH or len(entry) > ENTRY_MAX:
        raise ValueError(f"an entry has a frame of 75 and at most 65535 bytes, not {len(entry)}")
    return entry


def unpack(entry: bytes) -> Frame:
    """Reads the frame of an entry. ValueError where the bytes are no entry."""
    schema, family, family_at, stream, version, at = unpack_raw(entry)
    return Frame(schema, family, family_at, UUID(bytes=stream), version, at)


def unpack_raw(entry: bytes) -> tuple[bytes, int, int, bytes, int, int]:
    """As `unpack`, the stream as its 16 bytes: for whoever reads a great many."""
    if len(entry) < FRAME_LENGTH or len(entry) > ENTRY_MAX:
        raise ValueError(f"an entry has 75 to 65535 bytes, not {len(entry)}")
    fmt, schema, family, family_at, stream, version, at = LAYOUT.unpack_from(entry)
    if fmt != FORMAT:
        raise ValueError(f"the entry's format is {fmt}; this program reads {FORMAT}")
    return schema, family, family_at, stream, version, at


def body_of(entry: bytes) -> bytes:
    """The Avro body behind the frame."""
    return entry[FRAME_LENGTH:]
