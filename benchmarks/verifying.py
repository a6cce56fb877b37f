"""How fast `verify` goes over a ledger, beside bare hashing of its leaves in the same run.

`python -m benchmarks.verifying [entries]`, 1,000,000 by default. The rows are put straight into the
database, in the form that appends give them, and the tree is grown from them.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from domain.events import FAMILY_IDS
from evidence.checkpoints import Checkpoint, open_checkpoint, sign
from evidence.frame import pack
from evidence.notes import SigningKey
from ledger.database import open_sqlite, writing
from ledger.framing import SchemaFramer
from ledger.ids import new_id
from ledger.receipting import receipt
from ledger.recorder import ReliefApplicationRecorder
from ledger.tables import LOG
from ledger.verifying import verify
from schemas.catalog import catalog

FILL = 190
"""Bytes of a usual body behind its ids."""
BATCH = 20_000
_ROW = "INSERT INTO entries (position, stream_id, stream_version, topic, recorded_at, event_id, entry) VALUES (?, ?, ?, ?, ?, ?, ?)"
_HEAD = "INSERT OR REPLACE INTO heads (family_id, position) VALUES (?, ?)"


def _rows(count: int, families: Counter[int]) -> Iterator[tuple[Any, ...]]:
    random, versions = Random(1), Counter[int]()
    topics = sorted(catalog().latest.items())
    streams = [new_id() for _ in range(count // 8 + 1)]
    for n in range(1, count + 1):
        topic, version = topics[n % len(topics)]
        which, family = random.randrange(len(streams)), FAMILY_IDS[topic.split(".")[1]]
        versions[which] += 1
        families[family] += 1
        stream, event, at = streams[which], new_id().bytes, 1_700_000_000_000_000 + n
        frame = pack(version.file_hash, family, families[family], stream, versions[which], at)
        entry = frame + event + stream.bytes + random.randbytes(FILL)
        yield n, stream.bytes, versions[which], topic, at, event, entry


def make(path: str, count: str) -> None:
    """The ledger, in a process of its own: what it takes of memory is none of verify's."""
    recorder = _recorder(Path(path))
    recorder.create_tables()
    families, batch = Counter[int](), list[tuple[Any, ...]]()
    with writing(recorder.engine) as conn:
        for row in _rows(int(count), families):
            batch.append(row)
            if len(batch) == BATCH or row[0] == int(count):
                conn.exec_driver_sql(_ROW, batch)
                batch = []
        conn.exec_driver_sql(_HEAD, [*families.items(), (LOG, int(count))])
    start = time.perf_counter()
    recorder.create_tables()
    print(
        f"tree of {int(count):,} entries grown in {time.perf_counter() - start:.1f} s", flush=True
    )
    recorder.engine.dispose()


def _recorder(path: Path) -> ReliefApplicationRecorder:
    return ReliefApplicationRecorder(open_sqlite(path), framer=SchemaFramer(catalog()))


def main(count: int = 1_000_000) -> None:
    """Prints entries a second and the most memory that a process took."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        command = [sys.executable, "-m", "benchmarks.verifying", "make", str(path), str(count)]
        subprocess.run(command, check=True)
        recorder = _recorder(path)
        start = time.perf_counter()
        verified = verify(recorder, catalog(), path=path)
        taken = time.perf_counter() - start
        print(f"verify: {count / taken:,.0f} entries/s; findings: {verified.found}")
        print(f"  most memory of the process that joins: {_peak_megabytes()} MB")
        with recorder.reading() as conn:
            some = [e for (e,) in conn.exec_driver_sql("SELECT entry FROM entries LIMIT 200000")]
        start = time.perf_counter()
        leaves = [sha256(b"\x00" + e).digest() for e in some]
        print(f"bare hashlib, leaves: {len(leaves) / (time.perf_counter() - start):,.0f}/s")
        _receipts(recorder, count)
        recorder.engine.dispose()


def _receipts(recorder: ReliefApplicationRecorder, count: int, asked: int = 300) -> None:
    """Receipts of entries all over the log, each read and proved anew."""
    key = SigningKey.generate("benchmark.example/relief")
    note = sign(Checkpoint(key.name, count, recorder.tree.root(count)), key)
    signed, random, taken = open_checkpoint(note, key.verifier), Random(2), list[float]()
    for _ in range(asked):
        start = time.perf_counter()
        made = receipt(recorder, random.randint(1, count), signed)
        taken.append(time.perf_counter() - start)
        made.verify(key.verifier)
    taken.sort()
    middle, slow = taken[asked // 2] * 1000, taken[-asked // 100] * 1000
    print(f"receipt: {middle:.1f} ms, the slowest hundredth {slow:.1f} ms")


def _peak_megabytes() -> int:
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make(*sys.argv[2:4])
    else:
        main(*map(int, sys.argv[1:2]))
