"""Looks for what is personal in bytes of any kind: text, databases with their free pages, archives.

Every spelling is looked for in UTF-8, UTF-16 (both ways round, at odd and even offsets) and
GB18030, and in what is written out in ASCII: JSON's and Python's escapes, percent, hex, base64.

A name of two characters is four bytes in UTF-16 and GB18030, which chance finds in a few hundred
megabytes of keys and digests; so there it counts amid text only: four characters on either side
that a text would have, or the file's end. (In UTF-8 it is six bytes, and counts anywhere.) Where
such a name is part of a word that is public, as `王爱` is of a village 王爱村, it is no leak.

Not looked for: names of one character; two characters in UTF-16 or GB18030 amid binary data (of
Excel's old format, the string's head is known and looked for); births as a number of days (see
`plain_days`); anything that is encrypted, or packed otherwise than zip, gzip and the streams of a PDF.
"""

from __future__ import annotations

import binascii
import gzip
import hashlib
import io
import re
import zipfile
import zlib
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

_RUNS = re.compile("[㐀-鿿·𠀀-𯿿0-9Xx年月日./-]{3,}")
_HAN = re.compile("[㐀-鿿]+")
_VIEWS = (("utf-8", 0), ("gb18030", 0), ("gb18030", 1), ("utf-16-le", 0), ("utf-16-le", 1),
          ("utf-16-be", 0), ("utf-16-be", 1))  # fmt: skip
_DIGITS = re.compile(r"(?<![0-9A-Za-z.])\d{8}(?![0-9A-Za-z.])")
_NEAR = 4
"""Characters on either side that tell text from chance."""
_TEXT = re.compile(r"[\t\r\n -~\u3000-\u3011\uff01-\uff5e“”‘’…—·¥]")


class Scan:
    """What is to be found nowhere."""

    def __init__(self, secrets: Iterable[str], public: Iterable[str] = ()) -> None:
        self._by_start: dict[str, set[str]] = {}
        self._days: set[str] = set()
        short = set()
        for secret in secrets:
            # An address or a record is given away by its longest run already.
            run = max(_RUNS.findall(secret), key=len, default="")
            if re.fullmatch("[㐀-鿿]{2}", secret):
                short.add(secret)
            elif re.fullmatch(r"\d{8}", secret):
                self._days.add(secret)
            elif len(run) >= 3:
                self._by_start.setdefault(run[:3], set()).add(run)
        self.short = _Short(short, public)
        self._seen: dict[bytes, set[str]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_start.values())) + len(self._days) + len(self.short.names)

    def found(self, blob: bytes) -> set[str]:
        """The secrets that stand in the bytes, or in a member of an archive."""
        digest = hashlib.sha256(blob).digest()
        if digest not in self._seen:  # ledgers and their copies are mostly the same bytes
            self._seen[digest] = self._found(blob)
        return set(self._seen[digest])

    def found_in(self, text: str) -> set[str]:
        """The secrets in a text that was never anything else."""
        found = self._in_text(text, "utf-8")
        for plain in written_out(text.encode("utf-8", "replace")):
            found |= self._in_text(plain.decode("utf-8", "replace"), "utf-8")
        return found

    def _found(self, blob: bytes) -> set[str]:
        found = self.short.in_old_excel(blob)
        for encoding, skip in _VIEWS:
            found |= self._in_text(blob[skip:].decode(encoding, "replace"), encoding)
        for plain in written_out(blob):
            found |= self._in_text(plain.decode("utf-8", "replace"), "utf-8")
        for _, member in members(blob):
            found |= self.found(member)
        return found

    def _in_text(self, text: str, encoding: str) -> set[str]:
        found = set(self.short.in_text(text, amid_text=encoding != "utf-8"))
        for run in set(_RUNS.findall(text)):
            found.update(self._in_run(run))
        return found | (self._days & set(_DIGITS.findall(text)))

    def _in_run(self, run: str) -> Iterator[str]:
        for at in range(len(run) - 2):
            for secret in self._by_start.get(run[at : at + 3], ()):
                if run.startswith(secret, at):
                    yield secret

    def leaks(self, folder: Path, but: Iterable[str] = ()) -> dict[str, set[str]]:
        """File → what it gives away by its name or its bytes; files whose name starts with one of
        `but`, or whose path does, are not read."""
        found, but = {}, tuple(but)
        for file in sorted(f for f in folder.rglob("*") if f.is_file()):
            name = str(file.relative_to(folder))
            leaked = self.found(name.encode("utf-8", "surrogateescape"))
            if not file.name.startswith(but) and not name.startswith(but):
                leaked |= self.found(file.read_bytes())
            if leaked:
                found[name] = leaked
        return found


class _Short:
    """Names of two characters."""

    def __init__(self, names: set[str], public: Iterable[str]) -> None:
        self.names = names
        self._public: set[str] = set()
        """Words of the public text, and their runs of three characters that hold a name."""
        for run in {r for text in public for r in _HAN.findall(text)}:
            self._public.add(run)
            self._public.update(run[n : n + 3] for n in range(len(run) - 2))
        given = defaultdict(set)
        for name in names:
            given[name[0]].add(name[1])
        # Alike for the engine, and many times faster than a choice of all names.
        parts = [f"{first}[{''.join(sorted(rest))}]" for first, rest in sorted(given.items())]
        self._names = re.compile("|".join(parts) or "(?!)")
        marked = [b"\x02\x00\x01" + n.encode("utf-16-le") for n in sorted(names)]
        self._old_excel = re.compile(b"|".join(map(re.escape, marked)) or b"(?!)")

    def in_text(self, text: str, *, amid_text: bool) -> Iterator[str]:
        for hit in self._names.finditer(text):
            if amid_text and not _amid_text(text, hit.start(), hit.end()):
                continue
            if not self._is_public(text, hit.start(), hit.end()):
                yield hit[0]

    def _is_public(self, text: str, start: int, end: int) -> bool:
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        if not _HAN.match(before) and not _HAN.match(after):
            return text[start:end] in self._public
        return bool(
            (_HAN.match(before) and text[start - 1 : end] in self._public)
            or (_HAN.match(after) and text[start : end + 1] in self._public)
        )

    def in_old_excel(self, blob: bytes) -> set[str]:
        """Strings of .xls: two bytes of length, a flag for UTF-16, the characters."""
        return {hit[3:].decode("utf-16-le") for hit in self._old_excel.findall(blob)}


def _amid_text(text: str, start: int, end: int) -> bool:
    around = text[max(0, start - _NEAR) : start] + text[end : end + _NEAR]
    return all(_TEXT.match(c) or _common(c) for c in around)


def _common(character: str) -> bool:
    """One of the 6,763 characters that nearly every Chinese text is made of."""
    try:
        return "\u4e00" <= character <= "\u9fff" and bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


_JSON = re.compile(rb"(?:\\u[0-9a-fA-F]{4}){2,}")
_PYTHON = re.compile(rb"(?:\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}){6,}")
_HEX = re.compile(rb"[0-9a-fA-F]{12,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")


def written_out(blob: bytes) -> Iterator[bytes]:
    """What stands in the bytes in ASCII's disguise, as UTF-8; all of a kind together."""
    for kind in (_json, _python, _hex, _base64):
        yield b"\n".join(kind(blob))


def _json(blob: bytes) -> Iterator[bytes]:
    for run in _JSON.findall(blob):
        units = bytes.fromhex(run.replace(b"\\u", b"").decode())
        yield units.decode("utf-16-be", "replace").encode("utf-8", "replace")


def _python(blob: bytes) -> Iterator[bytes]:
    for run in _PYTHON.findall(blob):
        yield bytes.fromhex(re.sub(rb"\\x|%", b"", run).decode())


def _hex(blob: bytes) -> Iterator[bytes]:
    for run in _HEX.findall(blob):
        for skip in (0, 1):
            yield binascii.unhexlify(run[skip : skip + (len(run) - skip) // 2 * 2])


def _base64(blob: bytes) -> Iterator[bytes]:
    for run in set(_BASE64.findall(blob)):
        standard = run.translate(_STANDARD)
        for skip in range(4):  # a string that begins within another's
            part = standard[skip:]
            yield b64decode(part + b"A" * (-len(part) % 4))


_STANDARD = bytes.maketrans(b"-_", b"+/")


_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def members(blob: bytes) -> Iterator[tuple[str, bytes]]:
    """The members of a zip (a workbook is one), with their names as bytes before them; what a
    gzip or the streams of a PDF hold."""
    if blob.startswith(b"\x1f\x8b"):
        try:
            yield "", gzip.decompress(blob)
        except (OSError, EOFError, zlib.error):
            return
    if blob.startswith(b"%PDF"):
        for stream in _STREAM.findall(blob):
            try:
                yield "", zlib.decompress(stream)
            except zlib.error:
                continue
    if not blob.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        for name in archive.namelist():
            yield name, name.encode() + b"\n" + archive.read(name)


def spelled(identity_number: str) -> set[str]:
    """Identity number and birth date, as people and programs write them."""
    return {identity_number, identity_number[:17], identity_number.lower()} | born(identity_number)


def born(identity_number: str) -> set[str]:
    """The birth date in an identity number, in its spellings."""
    year, month, day = identity_number[6:10], identity_number[10:12], identity_number[12:14]
    short_month, short_day = int(month), int(day)
    return {
        *(f"{year}{mark}{month}{mark}{day}" for mark in ("-", "/", ".", "")),
        *(f"{year}{mark}{short_month}{mark}{short_day}" for mark in ("/", ".", "-")),
        f"{year}年{short_month}月{short_day}日",
        f"{year}年{month}月{day}日",
    }
