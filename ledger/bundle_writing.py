"""Writes bundles of evidence, in the form that `evidence.bundles` reads and describes."""

from __future__ import annotations

import json
import zipfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from evidence.bundles import FORMAT, Scope
from ledger.files import put_in_place

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a bundle. Entries come with their positions, rising; all is taken as a stream."""

    scope: Scope
    key: str
    checkpoint: bytes
    schemas: Iterable[bytes]
    entries: Iterable[tuple[int, bytes]]
    prove: Callable[[int], list[bytes]] | None = None
    """The inclusion proof of a position under the checkpoint; None for a whole ledger."""
    heads: bytes = b""
    copies: Mapping[str, Iterable[bytes]] = field(default_factory=dict)
    earlier: Mapping[int, list[bytes]] = field(default_factory=dict)
    """Sizes of earlier checkpoints, and the consistency proofs from them to this one."""


def write_bundle(path: Path, contents: Contents) -> int:
    """Writes the file and returns how many entries it holds.

    Durable on return; a crash before leaves at most a `.part` beside it. The same contents are the
    same bytes. Memory grows by eight bytes an entry where they are proved, else not at all.
    """
    if not contents.scope.sound():
        raise ValueError("the scope names other things than its kind is of")
    part = path.with_name(path.name + ".part")
    try:
        with zipfile.ZipFile(part, "w") as bundle:
            count = _write(bundle, contents)
        put_in_place(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count


def _write(bundle: zipfile.ZipFile, contents: Contents) -> int:
    framed, prove = _Framed(contents.entries, contents.prove is not None), contents.prove
    _member(bundle, "README.md", [Path(__file__).with_name("bundle_readme.md").read_bytes()])
    _member(bundle, "checkpoint", [contents.checkpoint])
    _member(bundle, "key", [f"{contents.key}\n".encode()])
    for raw in contents.schemas:
        _member(bundle, f"schemas/{sha256(raw).hexdigest()}.avsc", [raw])
    _member(bundle, "entries", framed)
    if prove:
        _member(bundle, "proofs", (_line(at, prove(at)) for at in framed.positions))
    if contents.heads:
        _member(bundle, "heads", [contents.heads])
    if contents.earlier:
        lines = (_line(size, proof) for size, proof in sorted(contents.earlier.items()))
        _member(bundle, "consistency", lines)
    for name, blocks in contents.copies.items():
        _member(bundle, f"copies/{name}.csv", blocks)
    about = {"format": FORMAT, "entries": framed.count, "scope": asdict(contents.scope)}
    text = json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True)
    _member(bundle, "bundle.json", [f"{text}\n".encode()])
    return framed.count


def _member(bundle: zipfile.ZipFile, name: str, blocks: Iterable[bytes]) -> None:
    info = zipfile.ZipInfo(name)  # dated 1980: the time of writing would change the bytes
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    with bundle.open(info, "w", force_zip64=True) as out:
        for block in _blocks(blocks):
            out.write(block)


class _Framed:
    """The entries behind their lengths, counted on the way; their positions are kept if wanted."""

    def __init__(self, entries: Iterable[tuple[int, bytes]], keep: bool) -> None:
        self._entries, self._keep = entries, keep
        self.count, self.positions = 0, array("Q")

    def __iter__(self) -> Iterator[bytes]:
        for position, entry in self._entries:
            self.count += 1
            if self._keep:
                self.positions.append(position)
            yield len(entry).to_bytes(2) + entry


def _line(number: int, proof: Iterable[bytes]) -> bytes:
    return " ".join([str(number), *[h.hex() for h in proof]]).encode() + b"\n"


def _blocks(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Larger ones: the packer costs by the call."""
    held, size = list[bytes](), 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= _BLOCK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
