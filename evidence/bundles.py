"""Bundles: entries, their schemas and proofs in one zip that is checked with nothing of ours running.

    bundle.json              format, number of entries, scope
    checkpoint               the signed note, with the witnesses' signatures
    key                      the ledger's verifier key, for whoever holds none (proves less)
    schemas/<sha256>.avsc    the schemas, byte for byte
    entries                  each entry behind its length in two bytes, big-endian, by position
    proofs                   a line an entry: position, then its inclusion proof in hex (not of a whole ledger)
    heads                    how far streams and families reach, signed (see `heads`; may be missing)
    consistency              a line an earlier size: the size, then the proof that the checkpoint extends it
    copies/<name>.csv        what the entries say, for reading: copies, not checked here
    README.md                how to check by hand

Nothing in a zip is believed: names, sizes and numbers are held to limits before they are used, and
what is large is read as a stream.
"""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from evidence.checkpoints import decimal
from evidence.errors import EvidenceError, Malformed
from evidence.tree import HASH_LENGTH, SIZE_MAX

FORMAT: Final = "relief-bundle/1"
WHOLE, RANGE, FAMILIES, STREAMS, SELECTION = "whole", "range", "families", "streams", "selection"
ENTRIES_READ: Final = 4_096
_REQUIRED: Final = {"bundle.json", "checkpoint", "key", "entries", "README.md"}
_OPTIONAL: Final = re.compile(
    r"proofs|heads|consistency|schemas/[0-9a-f]{64}\.avsc|copies/[a-z0-9_-]{1,80}\.csv", re.ASCII
)
_MEMBERS_MAX, _SMALL_MAX, _READ_MAX, _BLOCK = 5_000, 8_000_000, 1 << 23, 1 << 20
_LINE_MAX: Final = 19 + 63 * (1 + 2 * HASH_LENGTH) + 1
_DEFLATE_MAX: Final = 1_040  # bytes that one deflated byte can stand for; what claims more, lies


@dataclass(frozen=True, slots=True)
class Scope:
    """What a bundle claims to hold all of.

    `whole`: the ledger up to the checkpoint. `range`: the positions `first` to `last`. `families` and
    `streams` (UUIDs): all their entries. `selection`: what some question found; nothing is claimed.
    `zh` and `en` are whoever's words: what is shown is shown of the other fields.
    """

    kind: str
    zh: str
    en: str
    families: tuple[int, ...] = ()
    streams: tuple[str, ...] = ()
    first: int = 0
    last: int = 0

    def sound(self) -> bool:
        """Whether it names what its kind is of, and nothing else."""
        named = {
            FAMILIES: bool(self.families),
            STREAMS: bool(self.streams),
            RANGE: bool(self.first),
        }
        others = any(there for kind, there in named.items() if kind != self.kind)
        return not others and (self.kind != RANGE or 0 < self.first <= self.last)

    def exactly(self) -> tuple[str, str]:
        """What the fields say, in Chinese and English."""
        families, streams = ", ".join(map(str, self.families[:20])), ", ".join(self.streams[:3])
        return {
            WHOLE: ("整本账本", "the whole ledger"),
            RANGE: (f"位置 {self.first}–{self.last}", f"positions {self.first}–{self.last}"),
            FAMILIES: (f"类别 {families}", f"families {families}"),
            STREAMS: (
                f"{len(self.streams)} 个流({streams})",
                f"{len(self.streams)} streams ({streams})",
            ),
        }.get(self.kind, ("所选条目", "chosen entries"))


class Bundle:
    """An opened bundle. Every method raises Malformed where the file is not what it should be."""

    def __init__(self, zip_: zipfile.ZipFile) -> None:
        self._zip = zip_
        with _hostile():
            self._members = _members(zip_)
        self.count, self.scope = _about(self.small("bundle.json"))
        self.copies = sorted(n for n in self._members if n.startswith("copies/"))

    def has(self, name: str) -> bool:
        """Whether it has this member."""
        return name in self._members

    def small(self, name: str) -> bytes:
        """A member's bytes, at most 8 MB."""
        if name not in self._members or self._members[name].file_size > _SMALL_MAX:
            raise _malformed(f"{name} 缺失或过大", f"{name} is missing or too large")
        with _hostile():
            return self._zip.read(self._members[name])

    def schemas(self) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of every schema."""
        for name in sorted(n for n in self._members if n.startswith("schemas/")):
            yield name, self.small(name)

    def entries(self) -> Iterator[list[bytes]]:
        """All entries, some thousands at a time. Malformed unless there are as many as it claims."""
        left, chunk = self.count, list[bytes]()
        with _hostile(), self._zip.open(self._members["entries"]) as stream:
            held, at = b"", 0
            while left:
                end = at + 2 + int.from_bytes(held[at : at + 2])
                if len(held) < at + 2 or len(held) < end:
                    more = stream.read(_BLOCK)
                    if not more:
                        raise _malformed("条目比所称的少", "it has fewer entries than it claims")
                    held, at = held[at:] + more, 0
                    continue
                chunk.append(held[at + 2 : end])
                at, left = end, left - 1
                if len(chunk) == ENTRIES_READ:
                    yield chunk
                    chunk = []
            if held[at:] or stream.read(1):
                raise _malformed("条目比所称的多", "it has more entries than it claims")
        if chunk:
            yield chunk

    def copy(self, name: str) -> Iterator[bytes]:
        """The bytes of a CSV copy, a part at a time."""
        if name not in self.copies:
            raise _malformed(f"缺少 {name}", f"{name} is missing")
        with _hostile(), self._zip.open(self._members[name]) as stream:
            while part := stream.read(_BLOCK):
                yield part

    def proofs(self) -> Iterator[tuple[int, list[bytes]]]:
        """Position and proof of every entry, in the entries' order."""
        if "proofs" not in self._members:
            raise _malformed("缺少证明", "it has no proofs")
        lines = self._lines("proofs")
        for _ in range(self.count):
            if (line := next(lines, None)) is None:
                raise _malformed("证明比条目少", "it has fewer proofs than entries")
            yield line
        if next(lines, None):
            raise _malformed("证明比条目多", "it has more proofs than entries")

    def consistency(self, size: int) -> list[bytes] | None:
        """The proof that the checkpoint extends the tree of an earlier size, if it has one."""
        lines = self._lines("consistency") if self.has("consistency") else iter(())
        return next((proof for earlier, proof in lines if earlier == size), None)

    def _lines(self, name: str) -> Iterator[tuple[int, list[bytes]]]:
        with _hostile(), self._zip.open(self._members[name]) as stream:
            while line := stream.readline(_LINE_MAX):
                if line[-1:] != b"\n":
                    raise _malformed(
                        f"{name} 有一行不完整", f"a line of {name} is cut off or too long"
                    )
                number, *hashes = line[:-1].decode("ascii").split(" ")
                yield decimal(number), [bytes.fromhex(h) for h in hashes]


class _Bounded(io.BufferedReader):
    """A file of which little is read at once: the library reads the list of members in one piece."""

    def read(self, size: int | None = -1) -> bytes:
        """As a file's, up to a limit."""
        asked = _READ_MAX + 1 if size is None or size < 0 else min(size, _READ_MAX + 1)
        data = super().read(asked)
        if len(data) > _READ_MAX:
            raise _malformed("文件列表过大", "its list of files is too large")
        return data


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Opens a bundle. Malformed where the file is no bundle of a format that this program knows."""
    with _hostile():
        file = _Bounded(io.FileIO(path))
    with file:
        with _hostile():
            zip_ = zipfile.ZipFile(file)
        with zip_:
            yield Bundle(zip_)


def _members(zip_: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    if len(zip_.infolist()) > _MEMBERS_MAX:
        raise _malformed("文件过多", "too many files")
    for info in zip_.infolist():
        name = info.orig_filename
        if name in members or name != info.filename:
            raise _malformed("文件名重复或不对", "a name occurs twice or is wrong")
        if name not in _REQUIRED and not _OPTIONAL.fullmatch(name):
            raise _malformed("有不属于证据包的文件", "a file in it is no part of a bundle")
        if (
            info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
            or info.flag_bits & 1
        ):
            raise _malformed(f"{name} 的压缩方式不对", f"{name} is encrypted or packed otherwise")
        if info.file_size > info.compress_size * _DEFLATE_MAX:
            raise _malformed(f"{name} 声称的大小不可能", f"{name} claims an impossible size")
        members[name] = info
    for name in _REQUIRED - set(members):
        raise _malformed(f"缺少 {name}", f"{name} is missing")
    return members


def _about(data: bytes) -> tuple[int, Scope]:
    with _hostile():
        about: Any = json.loads(data)
        if not isinstance(about, dict) or not isinstance(about.get("format"), str):
            raise _malformed("bundle.json 不对", "bundle.json is wrong")
        if about["format"] != FORMAT:
            raise _malformed(
                f"格式版本未知,本程序只认 {FORMAT}",
                f"its format is unknown; this program reads {FORMAT}: get a newer one",
            )
        try:
            scope = Scope(**about["scope"])
            families, streams = tuple(scope.families), tuple(str(UUID(s)) for s in scope.streams)
            numbers = (about["entries"], scope.first, scope.last, *families)
            kinds = (WHOLE, RANGE, FAMILIES, STREAMS, SELECTION)
            well = scope.kind in kinds and all(type(t) is str for t in (scope.zh, scope.en))
            well = well and scope.sound()
        except (KeyError, TypeError, ValueError, AttributeError):
            well = False
        if not well or not all(type(n) is int and 0 <= n <= SIZE_MAX for n in numbers):
            raise _malformed("bundle.json 不对", "bundle.json is wrong")
        return about["entries"], replace(scope, families=families, streams=streams)


@contextmanager
def _hostile() -> Iterator[None]:
    """Whatever the standard library says of bytes that somebody made up becomes Malformed."""
    try:
        yield
    except EvidenceError:
        raise
    except OSError as e:
        raise _malformed(f"读不出:{e.strerror}", f"it cannot be read: {e.strerror}") from e
    except (
        zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, OverflowError,
        NotImplementedError, RuntimeError, LookupError,
    ) as e:  # fmt: skip
        raise _malformed("文件不完整或被改动", "it is cut off or was altered") from e


def _malformed(zh: str, en: str) -> Malformed:
    return Malformed(f"证据包不可用:{zh}", f"the bundle cannot be used: {en}")
