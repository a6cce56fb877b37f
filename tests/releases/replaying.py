"""Replays a ledger kept from a release: today's code must read every entry, and answer as then.

What is found are sentences, one for each way in which today differs; none means that it does not.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eventsourcing.persistence import IntegrityError

from console.wiring import LedgerEntries
from domain.events import EVENT_CLASSES
from evidence.frame import unpack
from ledger.codec import EventCodec, UnreadableEvent
from ledger.database import open_sqlite, writing
from ledger.errors import LedgerError
from ledger.framing import SchemaFramer
from ledger.lookups import EventLookUps
from ledger.recorder import ReliefApplicationRecorder
from projections.database import open_sqlite as open_views
from projections.store import Views
from schemas.catalog import catalog
from tests.ledger.whole_log import assert_whole
from tests.releases.ledger_file import NotEntries, read_entries
from tests.releases.making import digest_of
from tests.releases.questions import answers

BATCH = 500


def differences(kept: Path, workshop: Path) -> list[str]:
    """Every way in which today's code reads or answers another thing than the release did."""
    said: dict[str, Any] = json.loads(gzip.decompress((kept / "answers.json.gz").read_bytes()))
    try:
        raw = read_entries(kept / "entries.bin.gz")
    except NotEntries as e:
        return [str(e)]
    if digest_of(raw) != said["entries"]:
        return ["the entries are not those that the release wrote; put the file back"]
    found = [*_unread(raw), *_unheard_of(raw, said["topics"])]
    if found:
        return found
    recorder = _recorder(workshop)
    try:
        _apply(recorder, raw)
        assert_whole(recorder)
        return _answered_otherwise(recorder, said, workshop)
    except (LedgerError, IntegrityError, AssertionError) as e:
        return [f"the entries are no log any more: {e}"]
    finally:
        recorder.engine.dispose()


def _unread(raw: Sequence[bytes]) -> list[str]:
    """Entries whose schema is gone or whose body cannot be read."""
    codec, found = EventCodec(), []
    for position, entry in enumerate(raw, 1):
        version = codec.schemas.by_hash.get(unpack(entry).schema_hash)
        if version is None:
            found.append(f"entry {position}: its schema file is gone or was changed")
            continue
        try:
            codec.decode_entry(version.topic, entry)
        except UnreadableEvent as e:
            found.append(f"entry {position}: {e}")
    return found


def _unheard_of(raw: Sequence[bytes], topics: Sequence[str]) -> list[str]:
    """The ledger holds every event that there was; none of them was given up since."""
    by_hash = catalog().by_hash
    there = {by_hash[unpack(entry).schema_hash].topic for entry in raw}
    found = [f"{t}: not in the ledger" for t in sorted(set(topics) - there)]
    return found + [
        f"{t}: no event class any more" for t in sorted(set(topics) - set(EVENT_CLASSES))
    ]


def _recorder(workshop: Path) -> ReliefApplicationRecorder:
    workshop.mkdir(parents=True, exist_ok=True)
    recorder = ReliefApplicationRecorder(
        open_sqlite(workshop / "ledger.sqlite"),
        framer=SchemaFramer(catalog()),
        look_ups=EventLookUps(EventCodec()),
    )
    recorder.create_tables()
    return recorder


def _apply(recorder: ReliefApplicationRecorder, raw: Sequence[bytes]) -> None:
    for start in range(0, len(raw), BATCH):
        with writing(recorder.engine) as conn:
            recorder.applying.apply_after(conn, start, raw[start : start + BATCH])


def _answered_otherwise(
    recorder: ReliefApplicationRecorder, said: dict[str, Any], workshop: Path
) -> list[str]:
    entries = LedgerEntries(recorder, EventCodec())
    views = Views(open_views(workshop / "views.sqlite"))
    try:
        if views.catch_up(entries) < said["asked_at"][-1]:
            return ["the log ends before the position at which the release was asked"]
        with views.reading(said["asked_at"][-1]) as connection:
            now = dict(answers(entries, connection, recorder.root, said["asked_at"]))
    finally:
        views.engine.dispose()
    # A question asked today that the release did not know has no answer to be held to.
    return [
        f"{name}: {'not asked any more' if name not in now else 'another answer'}"
        for name, then in said["answers"].items()
        if now.get(name) != then
    ]
