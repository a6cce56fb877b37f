"""What the frames of entries must keep, checked in the log's order without reading Avro.

Gapless numbers stand inside the hashed bytes, so entries that keep them show that none is missing in
between: of the log by position, of a family by family position, of a stream by version.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import Final

from evidence.frame import ENTRY_MAX, FORMAT, LAYOUT

POSITIONS_MAX: Final = 100_000
KINDS: Final = {
    "entry": ("不是条目:长度或格式不对", "not an entry: wrong length or format"),
    "schema": ("事件模式未知", "its schema is not known"),
    "recorded_at": ("记录时间早于前面的条目", "recorded earlier than an entry in front of it"),
    "family": ("类别内的序号没有接上", "its number within the family does not follow"),
    "stream": ("在其流(户、人等)中的版本没有接上", "its version within the stream does not follow"),
    "position": ("位置没有接上", "its position does not follow"),
    "scope": ("不属于所述范围", "outside the stated scope"),
    "proof": ("证明不成立", "its proof does not hold"),
}
"""Every kind of damage at a position, in Chinese and English."""


class Order:
    """Takes entries by rising position and notes every one that does not follow.

    `families` and `streams` say whether all entries of a family or stream are expected, from 1 on;
    otherwise their numbers must only rise. Memory: about 130 bytes a stream.
    """

    def __init__(
        self, schemas: Container[bytes], *, families: bool = True, streams: bool = True
    ) -> None:
        self._schemas = schemas
        self._families_whole, self._streams_whole = families, streams
        self.family_heads: dict[int, int] = {}
        self.stream_heads: dict[bytes, int] = {}
        self.recorded_at = -(2**63)
        """The latest yet."""
        self.damaged: dict[str, list[int]] = {}
        """The first positions by kind; see KINDS."""
        self.found: Counter[str] = Counter()
        """How many by kind."""

    def note(self, kind: str, position: int) -> None:
        """Counts a damaged position, and keeps it unless there are very many."""
        self.found[kind] += 1
        if self.found[kind] <= POSITIONS_MAX:
            self.damaged.setdefault(kind, []).append(position)

    def take(self, positions: Iterable[int], entries: Sequence[bytes]) -> None:
        """The next entries. What does not follow is noted, and what comes after is measured from it."""
        unpack, schemas = LAYOUT.unpack_from, self._schemas
        families, streams, latest = self.family_heads, self.stream_heads, self.recorded_at
        for position, entry in zip(positions, entries, strict=True):
            try:
                form, schema, family, number, stream, version, at = unpack(entry)
            except struct.error:
                self.note("entry", position)
                continue
            if (
                number != families.get(family, 0) + 1
                or version != streams.get(stream, 0) + 1
                or at < latest
                or schema not in schemas
                or form != FORMAT
                or len(entry) > ENTRY_MAX
            ):
                self._judge(position, entry, latest)
            families[family], streams[stream] = number, version
            latest = max(latest, at)
        self.recorded_at = latest

    def _judge(self, position: int, entry: bytes, latest: int) -> None:
        form, schema, family, number, stream, version, at = LAYOUT.unpack_from(entry)
        if form != FORMAT or len(entry) > ENTRY_MAX:
            self.note("entry", position)
        if schema not in self._schemas:
            self.note("schema", position)
        if at < latest:
            self.note("recorded_at", position)
        if not _follows(number, self.family_heads.get(family, 0), self._families_whole):
            self.note("family", position)
        if not _follows(version, self.stream_heads.get(stream, 0), self._streams_whole):
            self.note("stream", position)


def _follows(number: int, last: int, gapless: bool) -> bool:
    return number == last + 1 if gapless else number > last
