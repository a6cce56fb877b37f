"""The file that keeps the raw entries of a ledger, in order: nothing else is needed to make it anew."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable
from pathlib import Path

MAGIC = b"relief ledger entries 1\n"


class NotEntries(ValueError):
    """The file is cut, damaged, or something else."""


def write_entries(path: Path, entries: Iterable[bytes]) -> None:
    """Writes the entries; the same ones make the same file."""
    out = io.BytesIO()
    out.write(MAGIC)
    for entry in entries:
        out.write(len(entry).to_bytes(4, "big"))
        out.write(entry)
    path.write_bytes(gzip.compress(out.getvalue(), mtime=0))


def read_entries(path: Path) -> list[bytes]:
    """The entries. Raises NotEntries."""
    try:
        raw = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as e:
        raise NotEntries(f"{path.name}: {e}") from None
    if not raw.startswith(MAGIC):
        raise NotEntries(f"{path.name}: no entries")
    found: list[bytes] = []
    at = len(MAGIC)
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 4], "big")
        entry = raw[at + 4 : at + 4 + length]
        if len(entry) != length or not length:
            raise NotEntries(f"{path.name}: cut in entry {len(found) + 1}")
        found.append(entry)
        at += 4 + length
    return found
