"""Looks for what is personal in bytes of any kind: text, databases with their free pages, archives.

Every spelling is looked for in UTF-8, UTF-16 (both ways round, at odd and even offsets) and
GB18030. What is shorter than three characters is not looked for: chance would find it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

_RUNS = re.compile("[㐀-鿿·𠀀-𯿿0-9Xx年月日-]{3,}")
_VIEWS = (("utf-8", 0), ("gb18030", 0), ("gb18030", 1), ("utf-16-le", 0), ("utf-16-le", 1),
          ("utf-16-be", 0), ("utf-16-be", 1))  # fmt: skip


class Scan:
    """What is to be found nowhere."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._by_start: dict[str, set[str]] = {}
        for secret in secrets:
            # An address or a record is given away by its longest run already.
            run = max(_RUNS.findall(secret), key=len, default="")
            if len(run) >= 3:
                self._by_start.setdefault(run[:3], set()).add(run)

    def __len__(self) -> int:
        return sum(map(len, self._by_start.values()))

    def found(self, blob: bytes) -> set[str]:
        """The secrets that stand in the bytes, or in a member of an archive."""
        found: set[str] = set()
        for encoding, skip in _VIEWS:
            runs = set(_RUNS.findall(blob[skip:].decode(encoding, "replace")))
            found.update(*map(self._in_run, runs))
        for _, member in members(blob):
            found |= self.found(member)
        return found

    def _in_run(self, run: str) -> Iterator[str]:
        for at in range(len(run) - 2):
            for secret in self._by_start.get(run[at : at + 3], ()):
                if run.startswith(secret, at):
                    yield secret

    def leaks(self, folder: Path, but: Iterable[str] = ()) -> dict[str, set[str]]:
        """File → what it gives away by its name or its bytes; files whose name starts with one of
        `but` are not read."""
        found = {}
        for file in sorted(f for f in folder.rglob("*") if f.is_file()):
            name = str(file.relative_to(folder))
            leaked = self.found(name.encode("utf-8", "surrogateescape"))
            if not file.name.startswith(tuple(but)):
                leaked |= self.found(file.read_bytes())
            if leaked:
                found[name] = leaked
        return found


def members(blob: bytes) -> Iterator[tuple[str, bytes]]:
    """The members of a zip (a workbook is one), with their names as bytes before them."""
    if not blob.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        for name in archive.namelist():
            yield name, name.encode() + b"\n" + archive.read(name)


def spelled(identity_number: str) -> set[str]:
    """Identity number and birth date, as people and programs write them. A birth of the years that
    the demo is about is left out: days of decisions look the same."""
    year, month, day = identity_number[6:10], identity_number[10:12], identity_number[12:14]
    births = {
        f"{year}-{month}-{day}",
        f"{year}年{int(month)}月{int(day)}日",
        f"{year}年{month}月{day}日",
    }
    compact = {identity_number, identity_number[:17], identity_number.lower()}
    return compact | (births if int(year) < 2015 else set())
