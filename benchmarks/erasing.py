"""How long `erase` of one person takes in a big ledger, beside bare synced commits of two databases.

`python -m benchmarks.erasing [entries] [persons]`, 1,000,000 and 50,000 by default. Persons are
registered as an import does it; the other entries are put straight into the database.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from sqlalchemy import select

from benchmarks.verifying import BATCH, FILL
from console.wiring import BUREAU, OPERATOR, Relief, create, opened
from domain.events import FAMILY_IDS, UNBORN, PersonRegistered
from evidence.frame import pack
from ledger.commands import Command, Draft
from ledger.database import writing
from ledger.erasing import erase
from ledger.ids import new_id
from ledger.tables import LOG, heads
from ledger.vault import NewPerson
from schemas.catalog import catalog

DAY = date(2024, 6, 27)
ERASED = 100
_ROW = "INSERT INTO entries (position, stream_id, stream_version, topic, recorded_at, event_id, entry) VALUES (?, ?, ?, ?, ?, ?, ?)"
_HEAD = "INSERT OR REPLACE INTO heads (family_id, position) VALUES (?, ?)"


def run(count: int = 1_000_000, persons: int = 50_000) -> None:
    """Prints what an erasure takes, in the middle and at worst, and what opening a ledger takes."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "ledger"
        create(home, "benchmark", synthetic=True)
        with opened(home) as relief:
            people = _register(relief, persons)
            _fill(relief, count)
        start = time.perf_counter()
        with opened(home) as relief:
            assert relief.ledger.recorder.head().position == count
            print(f"a ledger of {count:,} entries, {persons:,} persons")
            print(f"opened in {time.perf_counter() - start:.2f} s")
            taken = [_erase(relief, person) for person in Random(3).sample(people, ERASED)]
        bare = [_bare(Path(folder), n) for n in range(ERASED)]
    taken.sort(), bare.sort()
    middle, worst = taken[ERASED // 2], taken[-1]
    print(f"erase: {middle * 1000:.1f} ms, the slowest of {ERASED}: {worst * 1000:.1f} ms")
    print(f"bare: a row in two databases, synced: {bare[ERASED // 2] * 1000:.1f} ms")
    print(f"erase / bare: {middle / bare[ERASED // 2]:.1f}")


def _register(relief: Relief, count: int) -> list[UUID]:
    new = [NewPerson(new_id(), f"{n:018d}") for n in range(count)]
    relief.vault.register(new)
    commands = []
    for person in new:
        event = PersonRegistered(meta=UNBORN, resolved=True)
        draft = Draft(event, person.person_id, DAY, personal={"name": "合成人名"})
        key = ("person", person.person_id.hex)
        commands.append(Command(key, "", [draft], OPERATOR, BUREAU))
    relief.ledger.report(commands)
    return [p.person_id for p in new]


def _fill(relief: Relief, count: int) -> None:
    """Entries of other streams up to the count, and the tree over all of them."""
    recorder, random, versions = relief.recorder, Random(1), Counter[int]()
    head = recorder.head()
    topics = sorted(catalog().latest.items())
    streams = [new_id() for _ in range(count // 8 + 1)]
    batch: list[tuple[Any, ...]] = []
    with writing(recorder.engine) as conn:
        families = {r.family_id: r.position for r in conn.execute(select(heads))}
        at = time.time_ns() // 1000
        for n in range(head.position + 1, count + 1):
            topic, version = topics[n % len(topics)]
            which, family = random.randrange(len(streams)), FAMILY_IDS[topic.split(".")[1]]
            versions[which] += 1
            families[family] = families.get(family, 0) + 1
            stream, event = streams[which], new_id().bytes
            frame = pack(version.file_hash, family, families[family], stream, versions[which], at)
            entry = frame + event + stream.bytes + random.randbytes(FILL)
            batch.append((n, stream.bytes, versions[which], topic, at, event, entry))
            if len(batch) == BATCH or n == count:
                conn.exec_driver_sql(_ROW, batch)
                batch = []
        conn.exec_driver_sql(_HEAD, list({**families, LOG: count}.items()))
    recorder.create_tables()


def _erase(relief: Relief, person: UUID) -> float:
    start = time.perf_counter()
    done = erase(relief.ledger, person, "retention_expired", on=DAY, actor=OPERATOR, source=BUREAU)
    taken = time.perf_counter() - start
    assert done.recorded == 1
    assert not relief.vault.has_key(person)
    return taken


def _bare(folder: Path, n: int) -> float:
    start = time.perf_counter()
    for name in ("one.sqlite", "other.sqlite"):
        with sqlite3.connect(folder / name) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, b BLOB)")
            db.execute("INSERT INTO t VALUES (?, ?)", [n, bytes(300)])
        db.close()
    return time.perf_counter() - start


if __name__ == "__main__":
    run(*map(int, sys.argv[1:3]))
