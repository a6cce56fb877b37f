"""Heads: how far streams and families reach at a checkpoint, stated and signed by the ledger.

Gapless numbers show that nothing is missing before the last entry of a bundle; this shows where the
last one is. A signed note, which no reader takes for a checkpoint (its third line is no root):

    relief-heads/v1
    <origin>
    <size> <root, base64>
    family <id> <position>
    stream <uuid> <version>
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from evidence.checkpoints import Checkpoint, decimal
from evidence.errors import Malformed, NotProved
from evidence.notes import Note, SigningKey, VerifierKey, base64, parse_note

_HEAD: Final = "relief-heads/v1"


@dataclass(frozen=True, slots=True)
class Heads:
    """Family id → its last position; stream id (16 bytes) → its last version."""

    families: Mapping[int, int] = field(default_factory=dict)
    streams: Mapping[bytes, int] = field(default_factory=dict)


def sign_heads(heads: Heads, at: Checkpoint, key: SigningKey) -> bytes:
    """The signed note. The caller has read the heads as they stood at this checkpoint."""
    families = [f"family {n} {last}" for n, last in sorted(heads.families.items())]
    streams = [f"stream {UUID(bytes=s)} {last}" for s, last in sorted(heads.streams.items())]
    text = "".join(f"{line}\n" for line in (*_opening(at), *families, *streams)).encode()
    return Note(text, (key.sign(text),)).data()


def open_heads(data: bytes, at: Checkpoint, ledger: VerifierKey) -> Heads:
    """Reads them. NotProved where they are of another checkpoint, or not signed; Malformed."""
    note = parse_note(data)
    if ledger not in note.signers([ledger]):
        raise NotProved("末位说明没有账本的签名", "the ledger has not signed the heads")
    *lines, _ = note.text.decode().split("\n")
    if lines[:3] != _opening(at):
        raise NotProved("末位说明属于另一个检查点", "the heads are those of another checkpoint")
    families, streams = dict[int, int](), dict[bytes, int]()
    for line in lines[3:]:
        try:
            sort, name, last = line.split(" ")
            if sort == "family":
                families[decimal(name)] = decimal(last)
            elif sort == "stream":
                streams[UUID(name).bytes] = decimal(last)
            else:
                raise ValueError(sort)
        except ValueError:
            raise Malformed("末位说明格式不对", "the heads are malformed") from None
    if len(families) + len(streams) != len(lines) - 3:
        raise Malformed("末位说明有重复", "the heads name something twice")
    return Heads(families, streams)


def _opening(at: Checkpoint) -> list[str]:
    return [_HEAD, at.origin, f"{at.size} {base64(at.root)}"]
