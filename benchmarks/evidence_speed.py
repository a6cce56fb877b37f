"""How fast the trust base hashes, proves and examines, beside bare hashlib in the same run.

`python -m benchmarks.evidence_speed [entries]`, 1,000,000 by default. Wall and processor time: on a
busy machine the latter is the one to compare.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

from evidence.bundles import Scope
from evidence.checkpoints import Checkpoint, sign
from evidence.frame import pack
from evidence.notes import SigningKey
from evidence.order import Order
from evidence.tree import Tile, Tree, append, leaf_hash, root_of, verify_inclusion
from ledger.bundle_writing import Contents, write_bundle

SCHEMAS = [b'"schema %d"' % n for n in range(60)]
CHUNK = 4_096
BODY = 220
"""Bytes of a usual body."""


class _Tiles:
    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int, width: int) -> bytes:
        return self.rows.get((level, index), b"")

    def keep(self, tiles: list[Tile]) -> None:
        self.rows.update({(t.level, t.index): t.hashes for t in tiles})


def entries(count: int) -> Iterator[bytes]:
    """Entries of eight families and one stream for every eight of them."""
    random, versions, families = Random(1), Counter[int](), Counter[int]()
    hashes = [sha256(s).digest() for s in SCHEMAS]
    for n in range(count):
        stream, family = random.randrange(count // 8 + 1), random.randrange(1, 9)
        versions[stream] += 1
        families[family] += 1
        yield pack(
            hashes[n % len(hashes)],
            family,
            families[family],
            UUID(int=stream * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**128),
            versions[stream],
            1_700_000_000_000_000 + n,
        ) + random.randbytes(BODY // 2) + bytes(BODY // 2)  # fmt: skip


def _timed(what: str, count: int, work: Callable[[], object]) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"  {what:44} {count / wall:>12,.0f}/s   {count / processor:>12,.0f}/s of processor time")


def main(count: int = 1_000_000) -> None:
    """Prints rates; `bare` is what nothing in Python can be faster than."""
    made = list(entries(count))
    print(f"{count:,} entries of {len(made[0])} bytes")
    leaves: list[bytes] = []
    _timed("bare hashlib, leaves only", count, lambda: leaves.extend(
        [sha256(b"\x00" + e).digest() for e in made]
    ))  # fmt: skip
    tiles = _Tiles()
    joined = b"".join(leaves)
    _timed(
        "tiles of one append, beyond the leaves",
        count,
        lambda: tiles.keep(append(tiles, 0, joined)),
    )
    _timed("root of a stream of leaves", count, lambda: root_of(leaves))
    _timed("order of frames", count, lambda: _ordered(made))
    _proofs(tiles, leaves)
    _bundle(made)


def _ordered(made: list[bytes]) -> None:
    order = Order({sha256(s).digest() for s in SCHEMAS})
    for at in range(0, len(made), CHUNK):
        chunk = made[at : at + CHUNK]
        order.take(range(at + 1, at + 1 + len(chunk)), chunk)
    assert not order.found


def _proofs(tiles: _Tiles, leaves: list[bytes]) -> None:
    count, some = len(leaves), range(0, len(leaves), max(1, len(leaves) // 20_000))
    root = Tree(tiles).root(count)
    wanted = [(at, leaves[at]) for at in some]

    def cold() -> None:
        for at, _ in wanted[:200]:
            Tree(tiles).inclusion_proof(at, count)

    tree, proofs = Tree(tiles), list[list[bytes]]()
    _timed("inclusion proofs, nothing cached", 200, cold)
    _timed("inclusion proofs, one after the other", len(wanted), lambda: proofs.extend(
        [tree.inclusion_proof(at, count) for at, _ in wanted]
    ))  # fmt: skip
    _timed("proofs verified", len(wanted), lambda: [
        verify_inclusion(leaf, at, count, proof, root)
        for (at, leaf), proof in zip(wanted, proofs, strict=True)
    ])  # fmt: skip


def _bundle(made: list[bytes]) -> None:
    key, count = SigningKey.generate("example.org/relief"), len(made)
    point = Checkpoint(key.name, *root_of(map(leaf_hash, made)))
    scope = Scope("whole", "全部", "all")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        contents = Contents(scope, str(key.verifier), sign(point, key), SCHEMAS, enumerate(made, 1))
        _timed("bundle of all of it, written", count, lambda: write_bundle(path, contents))
        made.clear()
        command = [
            sys.executable,
            "-m",
            "benchmarks.evidence_speed",
            "examine",
            str(path),
            str(key.verifier),
        ]
        print(
            f"  examined: {subprocess.run(command, capture_output=True, check=True).stdout.decode()}",
            end="",
        )
        print(f"  the bundle has {path.stat().st_size / count:.0f} bytes an entry")


def examine(path: str, key: str) -> None:
    """In a process of its own, so that its memory can be told."""
    from evidence.examine import Held
    from evidence.examine import examine as examined
    from evidence.notes import parse_verifier_key

    wall = time.perf_counter()
    verdict = examined(Path(path), Held(int(time.time()), parse_verifier_key(key)))
    wall = time.perf_counter() - wall
    assert verdict.signed is not None
    size, used = verdict.signed.checkpoint.size, resource.getrusage(resource.RUSAGE_SELF)
    print(
        f"{size / wall:,.0f} entries/s, {size / used.ru_utime:,.0f} of processor time; "
        f"{_peak_megabytes()} MB at most; exit code {verdict.exit_code}"
    )


def _peak_megabytes() -> int:
    """Of this process alone: the kernel's other figure counts what it was forked from."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["examine"]:
        examine(*sys.argv[2:4])
    else:
        main(*map(int, sys.argv[1:2]))
