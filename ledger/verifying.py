"""Verifies a ledger from its stored bytes: every row, the tree, and all checkpoints there are.

The rows are gone over in two processes, half of the log each (`verify_rows`); here the halves are
joined, the tree is computed anew from their leaves, and every checkpoint is held against it. What is
proved is that nothing changed since the checkpoints that somebody outside holds.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from eventsourcing.persistence import PersistenceError
from sqlalchemy import Engine, func, select

from evidence.checkpoints import SignedCheckpoint
from evidence.errors import EvidenceError
from evidence.tree import HASH_LENGTH, TILE_WIDTH, Tree, leaf_hash, tile_root
from ledger.database import reading
from ledger.recorder import ReliefApplicationRecorder
from ledger.tables import LOG, entries, heads, tiles
from ledger.treestore import TilesOn, tree_size
from ledger.verify_rows import (
    FETCH,
    NO_LEAF,
    RUN,
    Looked,
    RowScan,
    Task,
    body_decoder,
    looked_from,
    scan_file,
)
from schemas.catalog import Catalog

PROCESSES = 2
Progress = Callable[[int, int], None]

KINDS: dict[str, tuple[str, str]] = {
    "missing": ("条目缺失", "the entry is missing"),
    "entry": ("不是条目:长度或格式不对", "not an entry: wrong length or format"),
    "leaf": ("内容与默克尔树中的不同", "its bytes are not those in the tree"),
    "schema": ("事件模式未知", "its schema is not known"),
    "columns": ("数据库的列与条目内容不符", "a column is not what the entry itself says"),
    "meta": ("帧与正文说的不是同一事件", "frame and body do not speak of one event"),
    "body": ("正文无法解码", "its body cannot be read"),
    "recorded_at": ("记录时间早于前面的条目", "recorded earlier than an entry in front of it"),
    "family": ("类别内的序号没有接上", "its number within the family does not follow"),
    "stream": ("在其流(户、人等)中的版本没有接上", "its version within the stream does not follow"),
    "tree": ("树的内部节点与条目不符", "the tree's inner nodes are not the entries'"),
    "heads": ("末尾登记与条目不符", "the stated ends are not the entries'"),
    "beyond": ("有位置不应存在的条目", "there are entries at positions that cannot be"),
    "unreadable": ("数据库文件损坏,无法读完", "the database file is damaged and cannot be read through"),
    "short": ("检查点的条数比账本多:账本缺失内容", "a checkpoint has more entries than the log: some are lost"),
    "root": ("账本与检查点的树根不符", "the log is not the one that the checkpoint was signed for"),
    "checkpoint": ("检查点不可信", "a checkpoint cannot be believed"),
}  # fmt: skip
"""Every kind of finding, in Chinese and English."""
FOLLOWING = frozenset({"recorded_at", "family", "stream"})
"""Findings that damage elsewhere can bring about: a row does not follow because another is gone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be; at a position, or of the whole (None)."""

    kind: str
    position: int | None = None
    detail: str = ""

    @property
    def zh(self) -> str:
        """In Chinese."""
        return KINDS[self.kind][0] + (f":{self.detail}" if self.detail else "")

    @property
    def en(self) -> str:
        """In English."""
        return KINDS[self.kind][1] + (f": {self.detail}" if self.detail else "")


@dataclass
class Verified:
    """What a ledger came to."""

    size: int
    root: bytes = b""
    findings: list[Finding] = field(default_factory=list)
    found: int = 0
    """How many findings there were; of a great many the first ones are kept."""
    held: list[SignedCheckpoint] = field(default_factory=list)
    """The checkpoints that the log was held against, rising."""

    @property
    def well(self) -> bool:
        """Whether nothing at all was found."""
        return self.found == 0

    @property
    def damaged(self) -> list[int]:
        """Every damaged position, rising; those that merely do not follow, where nothing else is wrong."""
        placed = [(f.position, f.kind) for f in self.findings if f.position is not None]
        own = {position for position, kind in placed if kind not in FOLLOWING}
        return sorted(own or {position for position, _ in placed})

    def note(self, kind: str, position: int | None = None, detail: str = "") -> None:
        """Adds a finding."""
        self.findings.append(Finding(kind, position, detail))
        self.found += 1


def verify(
    recorder: ReliefApplicationRecorder,
    schemas: Catalog,
    checkpoints: Sequence[SignedCheckpoint] = (),
    *,
    path: Path | None = None,
    bodies: bool = False,
    processes: int = PROCESSES,
    progress: Progress | None = None,
) -> Verified:
    """Goes over the whole log. Never raises for what is in it: all of that is findings.

    `path`: the SQLite file, which that many processes then read, or this one where it is 0;
    any other database is read by this one.
    """
    try:
        size, outside = _extent(recorder.engine)
    except PersistenceError as e:
        verified = Verified(0)
        verified.note("unreadable", None, str(e))
        return verified
    verified = Verified(size)
    if outside:
        verified.note("beyond", None, str(outside))
    topics = {v.file_hash: v.topic.encode() for v in schemas.versions}
    with TemporaryDirectory() as folder:
        tasks = _tasks(size, topics, Path(folder), max(processes, 1) if path else 1)
        if path is None:
            parts = _looked_at_here(recorder.engine, tasks, bodies, progress)
        elif processes:
            parts = _looked_at_by_processes(path, tasks, bodies, size, progress, verified)
        else:
            parts = _looked_at_in_file(path, tasks, bodies, verified)
        _join(verified, parts, Path(folder))
    try:
        computed = ComputedTiles(recorder.engine, parts)
        _compare_tiles(verified, recorder.engine, computed)
        _compare_heads(verified, recorder.engine, parts)
        _hold_against(verified, Tree(computed), checkpoints)
    except (PersistenceError, EvidenceError) as e:
        verified.note("unreadable", None, str(e))
    verified.findings.sort(key=lambda f: (f.position is None, f.position or 0))
    return verified


def _extent(engine: Engine) -> tuple[int, int]:
    """The last position, and how many rows stand where none can be."""
    with reading(engine) as conn:
        last, count = conn.execute(
            select(func.max(entries.c.position), func.count()).select_from(entries)
        ).one()
        below = conn.execute(select(func.count()).where(entries.c.position < 1)).scalar_one()
        stated = conn.execute(select(heads.c.position).where(heads.c.family_id == LOG)).scalar()
    size = max(last or 0, 0)
    # A row far beyond the end would have a range of millions seem to be missing.
    if stated is not None and size > stated + count:
        with reading(engine) as conn:
            beyond = select(func.count()).where(entries.c.position > stated)
            return stated, below + int(conn.execute(beyond).scalar_one())
    return size, below


def _tasks(size: int, topics: dict[bytes, bytes], runs: Path, count: int) -> list[Task]:
    """Ranges that begin with a tile, about as long each."""
    whole = -(-size // TILE_WIDTH)
    cuts = [min(size, n * whole // count * TILE_WIDTH) for n in range(count)] + [size]
    return [Task(a + 1, b, topics, runs) for a, b in pairwise(cuts) if b > a]


def _looked_at_here(
    engine: Engine, tasks: Sequence[Task], bodies: bool, progress: Progress | None
) -> list[Looked]:
    decode, found = body_decoder() if bodies else None, []
    for task in tasks:
        with reading(engine) as conn:

            def tile(number: int, conn: Any = conn) -> bytes:
                return TilesOn(conn).read(0, number, TILE_WIDTH)

            scan = RowScan(task, tile, decode)
            between = entries.c.position.between(task.first, task.last)
            rows = conn.execute(select(entries).where(between).order_by(entries.c.position))
            for done, part in enumerate(rows.partitions(FETCH), 1):
                scan.take([_as_bytes(row) for row in part])
                if progress:
                    progress(min(done * FETCH, task.last), task.last)
            found.append(scan.finish())
    return found


def _as_bytes(row: Any) -> tuple[Any, ...]:
    position, stream, version, topic, at, event_id, entry = row
    return position, bytes(stream), version, topic.encode(), at, bytes(event_id), bytes(entry)


def _looked_at_in_file(
    path: Path, tasks: Sequence[Task], bodies: bool, verified: Verified
) -> list[Looked]:
    decode, found = body_decoder() if bodies else None, []
    for task in tasks:
        looked = Looked()
        try:
            for said in scan_file(str(path), task, decode):
                looked = said if isinstance(said, Looked) else looked
        except sqlite3.DatabaseError as e:
            verified.note("unreadable", None, str(e))
        found.append(looked)
    return found


def _looked_at_by_processes(
    path: Path,
    tasks: Sequence[Task],
    bodies: bool,
    size: int,
    progress: Progress | None,
    verified: Verified,
) -> list[Looked]:
    said: SimpleQueue[tuple[int, dict[str, Any] | None]] = SimpleQueue()
    workers = [_Worker(n, task, path, bodies, said) for n, task in enumerate(tasks)]
    done, looked = [0] * len(tasks), [Looked() for _ in tasks]
    try:
        waiting = len(workers)
        while waiting:
            n, what = said.get()
            if what is None:
                waiting -= 1
            elif "done" in what:
                done[n] = what["done"]
                if progress:
                    progress(sum(done), size)
            elif "looked" in what:
                looked[n] = looked_from(what["looked"])
            else:
                verified.note("unreadable", None, what["unreadable"])
    finally:
        for worker in workers:
            worker.end()
    return looked


class _Worker:
    """A process and the thread that hears it."""

    def __init__(
        self, number: int, task: Task, path: Path, bodies: bool, said: SimpleQueue[Any]
    ) -> None:
        command = [sys.executable, "-m", "ledger.verify_rows"]
        self._process = subprocess.Popen(  # noqa: S603  (this program's own module)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        asked = {
            "path": str(path.absolute()),
            "first": task.first,
            "last": task.last,
            "topics": {h.hex(): t.decode() for h, t in task.topics.items()},
            "runs": str(task.runs),
            "bodies": bodies,
        }
        self._thread = Thread(target=self._hear, args=(number, asked, said))
        self._thread.start()

    def _hear(self, number: int, asked: dict[str, Any], said: SimpleQueue[Any]) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        heard = False
        try:
            json.dump(asked, self._process.stdin)
            self._process.stdin.close()
            for line in self._process.stdout:
                what = json.loads(line)
                heard = heard or "done" not in what
                said.put((number, what))
            if not heard:  # it died: nothing was verified, which must not look as if all were well
                said.put((number, {"unreadable": "the reading process ended"}))
        except (OSError, ValueError) as e:
            said.put((number, {"unreadable": str(e)}))
        finally:
            said.put((number, None))

    def end(self) -> None:
        """Ends the process, where it still runs (the caller was interrupted)."""
        self._process.kill()
        self._thread.join()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


def _join(verified: Verified, parts: Sequence[Looked], folder: Path) -> None:
    """The ranges follow each other in every number that the entries carry."""
    families: dict[int, int] = {}
    latest: int | None = None
    for part in parts:
        verified.findings += [Finding(kind, position) for position, kind in part.findings]
        verified.found += part.found
        for family, (first, last) in part.families.items():
            if first != families.get(family, 0) + 1:
                verified.note("family", None, f"{family}: {families.get(family, 0)} → {first}")
            families[family] = last
        if latest is not None and part.first_at is not None and part.first_at < latest:
            verified.note("recorded_at")
        latest = part.last_at if part.last_at is not None else latest
    files = [folder / name for part in parts for name in part.run_files]
    before, reached = b"", 0
    for stream, _, first, last in heapq.merge(*(_runs(n, f) for n, f in enumerate(files))):
        if first != (reached if stream == before else 0) + 1:
            verified.note("stream", None, stream.hex())
        before, reached = stream, last


def _runs(number: int, path: Path) -> Iterator[tuple[bytes, int, int, int]]:
    with path.open("rb") as file:
        while block := file.read(RUN.size * 4096):
            for stream, first, last in RUN.iter_unpack(block):
                yield stream, number, first, last


class ComputedTiles:
    """The tree of the leaves that were computed (`evidence.tree.TileReader`), not the stored one."""

    def __init__(self, engine: Engine, parts: Sequence[Looked]) -> None:
        self._engine = engine
        row = b"".join(bytes(part.tile_roots) for part in parts)
        self.tail = parts[-1].tail if parts else b""
        self.levels = {1: row}
        level = 1
        while len(row) >= TILE_WIDTH * HASH_LENGTH:
            cut = TILE_WIDTH * HASH_LENGTH
            whole = range(0, len(row) - cut + 1, cut)
            row = b"".join([tile_root(row[i : i + cut]) for i in whole])
            level += 1
            self.levels[level] = row

    def read(self, level: int, index: int, width: int) -> bytes:
        """The first hashes of a tile."""
        if level == 0:
            return self._leaves(index, width)
        row = self.levels.get(level, b"")
        return row[index * TILE_WIDTH * HASH_LENGTH :][: width * HASH_LENGTH]

    def _leaves(self, index: int, width: int) -> bytes:
        if index * HASH_LENGTH == len(self.levels[1]) and len(self.tail) >= width * HASH_LENGTH:
            return self.tail
        first, leaves = index * TILE_WIDTH, [NO_LEAF] * width
        between = entries.c.position.between(first + 1, first + width)
        with reading(self._engine) as conn:
            for position, entry in conn.execute(
                select(entries.c.position, entries.c.entry).where(between)
            ):
                if isinstance(entry, (bytes, memoryview)):
                    leaves[position - first - 1] = leaf_hash(bytes(entry))
        return b"".join(leaves)


def _compare_tiles(verified: Verified, engine: Engine, computed: ComputedTiles) -> None:
    """The stored tiles above the leaves; those of the leaves were compared with the rows."""
    with reading(engine) as conn:
        stored = select(tiles).where(tiles.c.level > 0)
        kept = {(r.level, r.number): bytes(r.hashes) for r in conn.execute(stored)}
        size = tree_size(conn)
    if size != verified.size:
        verified.note("tree", None, f"{size} ≠ {verified.size}")
    span = TILE_WIDTH * HASH_LENGTH
    wanted = {
        (level, start // span): row[start : start + span]
        for level, row in computed.levels.items()
        for start in range(0, len(row), span)
    }
    for place in sorted(kept.keys() | wanted.keys()):
        if kept.get(place) != wanted.get(place):
            verified.note("tree", None, f"{place[0]}/{place[1]}")


def _compare_heads(verified: Verified, engine: Engine, parts: Sequence[Looked]) -> None:
    ends = {LOG: verified.size}
    for part in parts:
        ends.update({family: last for family, (_, last) in part.families.items()})
    with reading(engine) as conn:
        stated = {r.family_id: r.position for r in conn.execute(select(heads))}
    if stated != ends:
        differing = sorted(f for f in stated.keys() | ends.keys() if stated.get(f) != ends.get(f))
        verified.note("heads", None, ", ".join(map(str, differing)))


def _hold_against(verified: Verified, tree: Tree, checkpoints: Sequence[SignedCheckpoint]) -> None:
    verified.root = tree.root(verified.size) if verified.size else sha256(b"").digest()
    for signed in sorted(checkpoints, key=lambda s: s.checkpoint.size):
        verified.held.append(signed)
        size = signed.checkpoint.size
        if size > verified.size:
            verified.note("short", None, f"{size} > {verified.size}")
        elif tree.root(size) != signed.checkpoint.root:
            verified.note("root", None, str(size))
