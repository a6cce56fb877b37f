"""Looks over a range of the log's rows, in a process of its own: `python -m ledger.verify_rows`.

Takes the task as JSON on standard input and answers in lines of JSON: how far it is, every row that
is not as it must be, and at the end what the next range is joined to. Reads the SQLite file by the
standard library and `evidence/` alone, so that the process is there at once; only `bodies` needs more.

Every row is held to itself (each column is what the entry's own bytes say, the schema is known), to
those before it in the range (numbers of position, family and stream, time), and to its stored leaf.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from evidence.frame import ENTRY_MAX, FORMAT, FRAME_LENGTH, LAYOUT
from evidence.tree import HASH_LENGTH, TILE_WIDTH, tile_root

COLUMNS: Final = "position, stream_id, stream_version, topic, recorded_at, event_id, entry"
FETCH: Final = 2_000
STREAMS_HELD: Final = 300_000
"""Streams whose ends are held in memory before they go into a file."""
FINDINGS_MAX: Final = 10_000
RUN: Final = struct.Struct(">16sQQ")
"""A stream's first and last version in a range, as they stand in a file of runs."""
NO_LEAF: Final = bytes(HASH_LENGTH)
ID: Final = 16
_UNKNOWN: Final = object()
_IDS: Final = FRAME_LENGTH + 2 * ID

Row = tuple[Any, ...]
Decode = Callable[[str, bytes], str | None]


@dataclass
class Task:
    """A range of positions, which begins with a tile, and what is known beforehand."""

    first: int
    last: int
    topics: dict[bytes, bytes]
    """Schema hash → topic in UTF-8."""
    runs: Path
    """Where files of runs go."""


@dataclass
class Looked:
    """What a range came to."""

    findings: list[tuple[int, str]] = field(default_factory=list)
    found: int = 0
    tile_roots: bytearray = field(default_factory=bytearray)
    tail: bytes = b""
    families: dict[int, list[int]] = field(default_factory=dict)
    """Family → its first and last position in the range."""
    run_files: list[str] = field(default_factory=list)
    first_at: int | None = None
    last_at: int | None = None

    def note(self, position: int, kind: str) -> None:
        """Adds a finding; beyond the most that are kept it is only counted."""
        self.found += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append((position, kind))


class RowScan:
    """The pass over the rows."""

    def __init__(self, task: Task, tiles: Callable[[int], bytes], decode: Decode | None) -> None:
        self.task, self.looked = task, Looked()
        self._tiles, self._decode = tiles, decode
        self._streams: dict[bytes, int] = {}
        self._firsts: dict[bytes, int] = {}
        self._leaves: list[bytes] = []
        self._expected = task.first
        self._latest = -(2**63)

    def take(self, rows: Iterable[Row]) -> None:  # noqa: C901  (a call a row would cost a tenth)
        """The next rows by position."""
        unpack, topics, leaves = LAYOUT.unpack_from, self.task.topics, self._leaves
        families, streams, looked = self.looked.families, self._streams, self.looked
        for row in rows:
            position, stream, version, topic, at, event_id, entry = row
            if position != self._expected:
                self._missing(position)
            self._expected += 1
            try:
                form, schema, family, number, own_stream, own_version, own_at = unpack(entry)
                ends = families.get(family)
                before = streams.get(stream)
                if (
                    stream != own_stream
                    or version != own_version
                    or at != own_at
                    or at < self._latest
                    or topics.get(schema, _UNKNOWN) != topic
                    or entry[FRAME_LENGTH : FRAME_LENGTH + ID] != event_id
                    or entry[FRAME_LENGTH + ID : _IDS] != stream
                    or form != FORMAT
                    or len(entry) > ENTRY_MAX
                    or (ends is not None and number != ends[1] + 1)
                    or (before is not None and version != before + 1)
                ) and not self._judge(row, ends, before):
                    leaves.append(sha256(b"\x00" + entry).digest())
                    continue  # what comes after is not measured from bytes that were altered
                if ends is None:
                    families[family] = [number, number]
                else:
                    ends[1] = number
                if before is None and own_version != 1:
                    self._firsts[own_stream] = own_version
                streams[own_stream] = own_version
                if own_at > self._latest:
                    self._latest = own_at
                    if looked.first_at is None:
                        looked.first_at = own_at
                leaves.append(sha256(b"\x00" + entry).digest())
            except (TypeError, struct.error):
                looked.note(position, "entry")
                leaves.append(NO_LEAF)
                continue
            if self._decode is not None and (kind := self._decode(topic, entry)):
                looked.note(position, kind)
        self._fold()
        if len(streams) >= STREAMS_HELD:
            self._spill()

    def finish(self) -> Looked:
        """What it came to, the end of the range included."""
        if self._expected <= self.task.last:
            self._missing(self.task.last + 1)
        self._fold()
        self._check_tile(self._expected - 1 - len(self._leaves), self._leaves)
        self.looked.tail = b"".join(self._leaves)
        self.looked.last_at = None if self.looked.first_at is None else self._latest
        self._spill()
        return self.looked

    def _missing(self, position: int) -> None:
        while self._expected < position:
            self.looked.note(self._expected, "missing")
            self._leaves.append(NO_LEAF)
            self._expected += 1
            self._fold()

    def _judge(self, row: Row, ends: list[int] | None, before: int | None) -> bool:
        """Says what is wrong with a row of which something is; whether its bytes are those stored
        in the tree."""
        position, stream, version, topic, at, event_id, entry = row
        form, schema, _, number, own_stream, own_version, own_at = LAYOUT.unpack_from(entry)
        body_stream = entry[FRAME_LENGTH + ID : _IDS]
        wrong = {
            "entry": form != FORMAT or len(entry) > ENTRY_MAX,
            "schema": schema not in self.task.topics,
            "columns": (stream, version, at) != (own_stream, own_version, own_at)
            or entry[FRAME_LENGTH : FRAME_LENGTH + ID] != event_id
            or topic != self.task.topics.get(schema, topic),
            "meta": body_stream != own_stream,
            "recorded_at": own_at < self._latest,
            "family": ends is not None and number != ends[1] + 1,
            "stream": before is not None and own_version != before + 1,
        }
        for kind, is_wrong in wrong.items():
            if is_wrong:
                self.looked.note(position, kind)
        tile, n = divmod(position - 1, TILE_WIDTH)
        kept = self._tiles(tile)[n * HASH_LENGTH : (n + 1) * HASH_LENGTH]
        return kept == sha256(b"\x00" + entry).digest()

    def _fold(self) -> None:
        """Whole tiles are compared with the stored ones and become their roots."""
        while len(self._leaves) >= TILE_WIDTH:
            first = self._expected - len(self._leaves)
            tile = self._leaves[:TILE_WIDTH]
            self._check_tile(first - 1, tile)
            self.looked.tile_roots += tile_root(b"".join(tile))
            del self._leaves[:TILE_WIDTH]

    def _check_tile(self, before: int, leaves: list[bytes]) -> None:
        if not leaves:
            return
        stored, computed = self._tiles(before // TILE_WIDTH), b"".join(leaves)
        if stored == computed:
            return
        for n, leaf in enumerate(leaves):
            kept = stored[n * HASH_LENGTH : (n + 1) * HASH_LENGTH]
            if kept != leaf and leaf != NO_LEAF:
                self.looked.note(before + n + 1, "leaf")

    def _spill(self) -> None:
        """The streams' ends go into a file, in the order of the streams."""
        path = self.task.runs / f"{self.task.first}-{len(self.looked.run_files)}"
        firsts = self._firsts
        with path.open("wb") as file:
            for stream in sorted(self._streams):
                file.write(RUN.pack(stream, firsts.get(stream, 1), self._streams[stream]))
        self.looked.run_files.append(path.name)
        self._streams.clear()
        firsts.clear()


def scan_file(path: str, task: Task, decode: Decode | None) -> Iterator[int | Looked]:
    """Goes over a SQLite file: how many rows are done, now and then, and what they came to."""
    with closing(sqlite3.connect(f"file:{_quoted(path)}?mode=ro", uri=True)) as db:
        yield from _scan(db, task, decode)


def _scan(db: sqlite3.Connection, task: Task, decode: Decode | None) -> Iterator[int | Looked]:
    db.text_factory = bytes  # a damaged text must not end the reading of its row
    read_tile = "SELECT hashes FROM tiles WHERE level = 0 AND number = ?"

    def tile(number: int) -> bytes:
        row = db.execute(read_tile, (number,)).fetchone()
        return row[0] if row and isinstance(row[0], bytes) else b""

    scan = RowScan(task, tile, decode)
    query = f"SELECT {COLUMNS} FROM entries WHERE position BETWEEN ? AND ? ORDER BY position"  # noqa: S608
    cursor, done = db.execute(query, (task.first, task.last)), 0
    while rows := cursor.fetchmany(FETCH):
        scan.take(rows)
        done += len(rows)
        yield done
    yield scan.finish()


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def body_decoder() -> Decode:
    """A function that says what is wrong with a body: nothing, or its kind."""
    from ledger.codec import EventCodec, UnreadableEvent
    from ledger.labels import label_of

    codec = EventCodec()

    def decode(topic: Any, entry: bytes) -> str | None:
        try:
            meta = codec.decode_entry(topic.decode(), entry).meta
            label = label_of(entry)
        except (UnreadableEvent, ValueError, AttributeError):
            return "body"
        _, _, _, _, _, version, _ = LAYOUT.unpack_from(entry)
        well = meta.stream_version == version and meta.event_id.bytes == label.event_id
        return None if well else "meta"

    return decode


def main() -> None:
    """One task."""
    asked = json.load(sys.stdin)
    topics = {bytes.fromhex(h): t.encode() for h, t in asked["topics"].items()}
    task = Task(asked["first"], asked["last"], topics, Path(asked["runs"]))
    decode = body_decoder() if asked["bodies"] else None
    try:
        for said in scan_file(asked["path"], task, decode):
            _say({"done": said} if isinstance(said, int) else {"looked": _plain(said)})
    except sqlite3.DatabaseError as e:
        _say({"unreadable": str(e)})


def _plain(looked: Looked) -> dict[str, Any]:
    return {
        **looked.__dict__,
        "tile_roots": looked.tile_roots.hex(),
        "tail": looked.tail.hex(),
    }


def looked_from(plain: dict[str, Any]) -> Looked:
    """What a process said, as it was."""
    plain["tile_roots"] = bytearray.fromhex(plain["tile_roots"])
    plain["tail"] = bytes.fromhex(plain["tail"])
    plain["families"] = {int(f): ends for f, ends in plain["families"].items()}
    plain["findings"] = [(p, k) for p, k in plain["findings"]]
    return Looked(**plain)


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
