"""Writes the tree as static files (c2sp.org/tlog-tiles) that any web server can publish.

    checkpoint                           the signed note; put there last
    tile/<level>/<number>[.p/<width>]    hashes: public, they tell nothing of the entries
    tile/entries/<number>[.p/<width>]    the entries: only for those with the right to them

A file that is there is never changed. A crash leaves the checkpoint before, and everything it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evidence.checkpoints import SignedCheckpoint
from evidence.tiles import ENTRIES, TileName, pack_entries
from evidence.tree import HASH_LENGTH, TILE_WIDTH
from ledger.database import reading
from ledger.errors import LogDamaged
from ledger.files import put_in_place
from ledger.recorder import ReliefApplicationRecorder
from ledger.treestore import TilesOn

Progress = Callable[[int, int], None]


@dataclass
class Exported:
    """How many files are new."""

    tiles: int = 0
    bundles: int = 0


def names(size: int, *, entries: bool) -> Iterator[TileName]:
    """The tiles that a tree of this size has, from the leaves up; entry bundles first."""
    levels = [0]
    while size >> 8 * len(levels):
        levels.append(len(levels))
    for level in [*([ENTRIES] if entries else []), *levels]:
        width = size >> 8 * max(level, 0)
        for number in range(width // TILE_WIDTH):
            yield TileName(level, number)
        if width % TILE_WIDTH:
            yield TileName(level, width // TILE_WIDTH, width % TILE_WIDTH)


def export(
    recorder: ReliefApplicationRecorder,
    signed: SignedCheckpoint,
    folder: Path,
    *,
    entries: bool = False,
    progress: Progress | None = None,
) -> Exported:
    """Brings the folder to this checkpoint; durable on return. Safe to repeat, and goes on where it was."""
    wanted = list(names(signed.checkpoint.size, entries=entries))
    done = Exported()
    for n, name in enumerate(wanted, 1):
        path = folder / name.path()
        if not path.exists():
            _write(path, _content(recorder, name))
            if name.level == ENTRIES:
                done.bundles += 1
            else:
                done.tiles += 1
        if progress:
            progress(n, len(wanted))
    _write(folder / "checkpoint", signed.note.data())
    return done


def _content(recorder: ReliefApplicationRecorder, name: TileName) -> bytes:
    if name.level == ENTRIES:
        first = name.number * TILE_WIDTH
        rows = recorder.read_entries(first, name.width)
        if [r.position for r in rows] != list(range(first + 1, first + name.width + 1)):
            raise LogDamaged(
                f"第 {first + 1} 条之后缺失条目,请运行 verify",
                f"entries after {first + 1} are missing; run verify",
            )
        return pack_entries(row.entry for row in rows)
    with reading(recorder.engine) as conn:
        hashes = TilesOn(conn).read(name.level, name.number, name.width)
    if len(hashes) < name.width * HASH_LENGTH:
        raise LogDamaged("哈希块不完整,请运行 verify", "a tile is not whole; run verify")
    return hashes[: name.width * HASH_LENGTH]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(path.name + ".making")
    made.write_bytes(content)
    put_in_place(made, path)
