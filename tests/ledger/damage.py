"""Damages a copy of a ledger in one way at a time, and sees whether verification finds it.

`python -m tests.ledger.damage LEDGER [CHANGES]` tries that many single-byte changes in entries, and
the other kinds of damage a tenth as often each; `make trials` does it on a fresh demo.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from console.settings import read_settings
from evidence.checkpoints import SignedCheckpoint, open_checkpoint
from evidence.notes import parse_verifier_key
from ledger.database import open_sqlite
from ledger.recorder import ReliefApplicationRecorder
from ledger.treestore import grow_whole
from ledger.verifying import Verified, verify
from schemas.catalog import catalog

Damage = Callable[["Copy", random.Random], set[int] | None]
"""Damages the copy; returns the positions that must be named, None where none can be."""


class Copy:
    """A copy of a ledger's database, and the checkpoint that was kept elsewhere."""

    def __init__(self, ledger: Path, folder: Path) -> None:
        settings = read_settings(ledger)
        self.path = folder / "ledger.sqlite"
        with sqlite3.connect(settings.log) as source, sqlite3.connect(self.path) as target:
            source.backup(target)
        source.close()
        target.close()
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.size: int = self.db.execute("SELECT max(position) FROM entries").fetchone()[0]
        self.recorder = ReliefApplicationRecorder(open_sqlite(self.path))
        self.held = _newest_checkpoint(ledger)

    def verified(self) -> Verified:
        return verify(self.recorder, catalog(), [self.held], path=self.path, processes=0)

    def try_one(self, damage: Damage, chance: random.Random) -> tuple[bool, str]:
        """Whether the damage was found and named right; the copy is whole again afterwards."""
        shutil.copy(self.path, self.path.with_suffix(".whole"))
        must_name = damage(self, chance)
        found = self.verified()
        named = must_name is None or must_name <= set(found.damaged)
        first = must_name is None or found.damaged[:1] == [min(must_name)]
        self._restore()
        kinds = ", ".join(sorted({f.kind for f in found.findings}))
        return (not found.well and named and first), kinds

    def _restore(self) -> None:
        self.recorder.engine.dispose()
        self.db.close()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.path.with_suffix(".whole"), self.path)
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.recorder = ReliefApplicationRecorder(open_sqlite(self.path))

    def close(self) -> None:
        self.recorder.engine.dispose()
        self.db.close()

    def entry(self, position: int) -> bytes:
        found: bytes = self.db.execute(
            "SELECT entry FROM entries WHERE position = ?", (position,)
        ).fetchone()[0]
        return found

    def set(self, column: str, position: int, value: object) -> None:
        self.db.execute(f"UPDATE entries SET {column} = ? WHERE position = ?", (value, position))


def _newest_checkpoint(ledger: Path) -> SignedCheckpoint:
    settings = read_settings(ledger)
    key = parse_verifier_key(settings.verifier_key)
    newest = max((settings.checkpoint_folder / key.key_id.hex()).glob("*.checkpoint"))
    return open_checkpoint(newest.read_bytes(), key)


def _flipped(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ chance.randrange(1, 256)]) + raw[at + 1 :]


def byte_of_an_entry(copy: Copy, chance: random.Random) -> set[int]:
    position = chance.randint(1, copy.size)
    copy.set("entry", position, _flipped(copy.entry(position), chance))
    return {position}


def entry_cut_or_longer(copy: Copy, chance: random.Random) -> set[int]:
    position = chance.randint(1, copy.size)
    entry = copy.entry(position)
    cut = entry[: chance.randrange(len(entry))]
    copy.set("entry", position, chance.choice([cut, entry + b"\x00", b"", "text", 7]))
    return {position}


def other_column(copy: Copy, chance: random.Random) -> set[int]:
    while True:
        with suppress(sqlite3.IntegrityError):  # the database itself refuses: try another
            return _other_column(copy, chance)


def _other_column(copy: Copy, chance: random.Random) -> set[int]:
    position = chance.randint(1, copy.size)
    column = chance.choice(["stream_id", "stream_version", "topic", "recorded_at", "event_id"])
    (old,) = copy.db.execute(
        f"SELECT {column} FROM entries WHERE position = ?", (position,)
    ).fetchone()
    if isinstance(old, bytes):
        new: object = _flipped(old, chance)
    elif isinstance(old, int):
        new = old + chance.choice([-1, 1, 1 << 40])
    else:
        new = chance.choice([old[:-1], old.lower(), b"\xff\xfe", ""])
    copy.set(column, position, new)
    return {position}


def row_removed(copy: Copy, chance: random.Random) -> set[int]:
    position = chance.randint(1, copy.size - 1)
    copy.db.execute("DELETE FROM entries WHERE position = ?", (position,))
    return {position}


def last_row_removed(copy: Copy, chance: random.Random) -> None:
    copy.db.execute("DELETE FROM entries WHERE position = ?", (copy.size,))


def rows_swapped(copy: Copy, chance: random.Random) -> set[int]:
    one, other = chance.sample(range(1, copy.size + 1), 2)
    spare = copy.size + 1000
    for old, new in ((one, spare), (other, one), (spare, other)):
        copy.set("position", old, new)
    return {one, other}


def entries_swapped(copy: Copy, chance: random.Random) -> set[int]:
    one, other = chance.sample(range(1, copy.size + 1), 2)
    first, second = copy.entry(one), copy.entry(other)
    copy.set("entry", one, second)
    copy.set("entry", other, first)
    return {one, other}


def row_duplicated(copy: Copy, chance: random.Random) -> None:
    position = chance.randint(1, copy.size)
    _insert_as(copy, position, copy.size + 1)


def row_added_far_out(copy: Copy, chance: random.Random) -> None:
    at = chance.choice([-1, 0, copy.size + 10, 1 << 40])
    _insert_as(copy, chance.randint(1, copy.size), at)


def _insert_as(copy: Copy, position: int, new: int) -> None:
    copy.db.execute(
        "INSERT INTO entries SELECT ?, stream_id, stream_version + 1000000, topic, recorded_at,"
        " zeroblob(16), entry FROM entries WHERE position = ?",
        (new, position),
    )


def tile_changed(copy: Copy, chance: random.Random) -> None:
    rows = copy.db.execute("SELECT level, number, hashes FROM tiles").fetchall()
    level, number, hashes = chance.choice(rows)
    copy.db.execute(
        "UPDATE tiles SET hashes = ? WHERE level = ? AND number = ?",
        (_flipped(hashes, chance), level, number),
    )


def history_rewritten(copy: Copy, chance: random.Random) -> None:
    """An entry is changed and the whole tree made anew over it: only a kept checkpoint tells."""
    position = chance.randint(1, copy.size)
    entry = bytearray(copy.entry(position))
    entry[-1] ^= 1
    copy.set("entry", position, bytes(entry))
    copy.db.execute("DELETE FROM tiles")
    grow_whole(copy.recorder.engine, copy.size)


def rolled_back(copy: Copy, chance: random.Random) -> None:
    """The database as it was some entries ago, whole in itself: only a kept checkpoint tells."""
    size = copy.size - chance.randint(1, copy.size // 2)
    copy.db.execute("DELETE FROM entries WHERE position > ?", (size,))
    copy.db.execute("DELETE FROM tiles")
    families = Counter[int]()
    for (entry,) in copy.db.execute("SELECT entry FROM entries ORDER BY position"):
        families[int.from_bytes(entry[33:35])] += 1
    copy.db.execute("DELETE FROM heads")
    copy.db.executemany("INSERT INTO heads VALUES (?,?)", [(-1, size), *families.items()])
    grow_whole(copy.recorder.engine, size)


OTHERS: tuple[Damage, ...] = (
    entry_cut_or_longer,
    other_column,
    row_removed,
    last_row_removed,
    rows_swapped,
    entries_swapped,
    row_duplicated,
    row_added_far_out,
    tile_changed,
    history_rewritten,
    rolled_back,
)


@dataclass
class Trial:
    """What was tried and what was found."""

    tried: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


def trial(ledger: Path, changes: int, seed: int, others: int) -> Trial:
    """Tries single-byte changes, and each other damage `others` times."""
    done, chance = Trial(), random.Random(seed)
    plan = [byte_of_an_entry] * changes + [d for d in OTHERS for _ in range(others)]
    with TemporaryDirectory() as folder:
        copy = Copy(ledger, Path(folder))
        assert copy.verified().well
        for n, damage in enumerate(plan):
            well, kinds = copy.try_one(damage, chance)
            name = damage.__name__
            done.tried[name] += 1
            done.found[name] += well
            if not well:
                done.missed.append(f"{name} (number {n}): {kinds}")
        assert copy.verified().well
        copy.close()
    return done


def main() -> None:
    changes = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    done = trial(Path(sys.argv[1]), changes, seed=1, others=max(changes // 10, 1))
    for name, tried in done.tried.items():
        print(f"{name}: {done.found[name]} of {tried} found and named")  # noqa: T201
    for missed in done.missed[:20]:
        print("MISSED", missed)  # noqa: T201
    sys.exit(1 if done.missed else 0)


if __name__ == "__main__":
    main()
