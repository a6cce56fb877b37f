"""Names and bytes of what a tiled log serves (c2sp.org/tlog-tiles): hash tiles and entry bundles.

    tile/<level>/<number>[.p/<width>]      hashes, 32 bytes each
    tile/entries/<number>[.p/<width>]      entries, each behind its length in two bytes, big-endian

Numbers are written in groups of three digits, all but the last behind an x: 1234067 is x001/x234/067.
A tile of fewer than 256 says its width.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from evidence.errors import Malformed
from evidence.tree import TILE_WIDTH

ENTRIES: Final = -1
_PATH: Final = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?",
    re.ASCII,
)
_GROUPS_MAX: Final = 7  # 10^21 > 2^63


class TileName(NamedTuple):
    """What a path names; the level of entry bundles is ENTRIES."""

    level: int
    number: int
    width: int = TILE_WIDTH

    def path(self) -> str:
        """The path, without the log's prefix."""
        digits = str(self.number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = f".p/{self.width}" if self.width < TILE_WIDTH else ""
        return "/".join(["tile", level, *[f"x{g}" for g in groups[:-1]], groups[-1]]) + partial


def parse_path(path: str) -> TileName:
    """Reads a path. Malformed unless it is the one spelling of a tile's name."""
    found = _PATH.fullmatch(path)
    if found and found[2].count("/") < _GROUPS_MAX:
        level = ENTRIES if found[1] == "entries" else int(found[1])
        number, width = int(found[2].replace("x", "").replace("/", "")), int(found[3] or TILE_WIDTH)
        name = TileName(level, number, width)
        if name.path() == path:
            return name
    raise Malformed("不是哈希块的路径", "not a tile's path")


def pack_entries(entries: Iterable[bytes]) -> bytes:
    """Each entry behind its length."""
    return b"".join([part for e in entries for part in (len(e).to_bytes(2), e)])


def unpack_entries(data: bytes) -> list[bytes]:
    """The entries of a bundle. Malformed where the last one is cut off."""
    entries, at = [], 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[start - 2 : start])
        if start > len(data) or at > len(data):
            raise Malformed("条目包不完整", "the entry bundle is cut off")
        entries.append(data[start:at])
    return entries
