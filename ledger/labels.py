"""Reads from an entry's own bytes what the look-ups know it by: event id and command.

Every released schema begins with `meta`, and `meta` with these fields, in this order:

    event_id 16 bytes · stream_id 16 bytes · stream_version varint · command_id 16 bytes ·
    content_digest 16 bytes

so that they are found without reading Avro. `begins_with_meta` holds each schema to it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from evidence.frame import FRAME_LENGTH

ID = 16
_LAYOUT = (
    ("event_id", ID),
    ("stream_id", ID),
    ("stream_version", "long"),
    ("command_id", ID),
    ("content_digest", ID),
)
STREAM_AT = 43
_VERSION_AT = FRAME_LENGTH + 2 * ID


class Label(NamedTuple):
    """What an entry says of itself beside its frame; None where it has no such thing."""

    event_id: bytes | None
    command_id: bytes | None
    content_digest: bytes | None


UNLABELED = Label(None, None, None)


def label_of(entry: bytes) -> Label:
    """The label of an entry whose schema begins with `meta`. ValueError where it is no such entry."""
    at = _VERSION_AT
    if len(entry) < at + 1 + 2 * ID:
        raise ValueError("the entry is too short to say which event it is")
    if entry[FRAME_LENGTH + ID : at] != entry[STREAM_AT : STREAM_AT + ID]:
        raise ValueError("the entry's frame and its body name two streams")
    while entry[at] & 0x80:  # each byte of a varint but its last has the high bit set
        at += 1
    at += 1
    digest_end = at + 2 * ID
    if len(entry) < digest_end:
        raise ValueError("the entry is too short to say which command it is of")
    event_id = entry[FRAME_LENGTH : FRAME_LENGTH + ID]
    return Label(event_id, entry[at : at + ID], entry[at + ID : digest_end])


def begins_with_meta(schema: dict[str, Any]) -> bool:
    """Whether a parsed schema has the layout of this module's docstring."""
    first = schema["fields"][0]
    if first["name"] != "meta" or not isinstance(first["type"], dict):
        return False
    sizes: dict[str, int] = {}
    found = []
    for field in first["type"]["fields"][: len(_LAYOUT)]:
        kind = field["type"]
        if isinstance(kind, dict) and kind.get("type") == "fixed":
            sizes[str(kind["name"]).rpartition(".")[2]] = kind["size"]
            kind = kind["name"]
        found.append((field["name"], sizes.get(str(kind).rpartition(".")[2], kind)))
    return tuple(found) == _LAYOUT
