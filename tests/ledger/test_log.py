"""The log: gapless, durable, whole after every failure, closed to what is not ours."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from sqlalchemy import event as sql_event

from domain.events import UNBORN, PersonRegistered
from evidence.frame import ENTRY_MAX, FRAME_LENGTH, entry_of, pack, unpack
from ledger.clock import FixedClock
from ledger.database import open_database, open_sqlite
from ledger.errors import (
    AlreadyRecorded,
    ClockRefused,
    CommandConflict,
    DiskFull,
    EntryTooLarge,
    LedgerLocked,
    LedgerReadOnly,
    LedgerStopped,
    NotOurs,
    UnknownTopic,
)
from ledger.framing import NeutralFramer, SchemaFramer
from ledger.ids import new_id, new_ids
from ledger.recorder import ReliefApplicationRecorder
from ledger.stamps import CommandStamp
from schemas.catalog import catalog
from tests.ledger.conftest import World
from tests.ledger.whole_log import assert_whole
from tests.places import Place, Places

MINUTE = 60_000_000


@pytest.fixture
def recorder(places: Places) -> Iterator[ReliefApplicationRecorder]:
    found = open_recorder(places("log"))
    yield found
    found.engine.dispose()


def open_recorder(
    place: Place, clock: FixedClock | None = None, **kw: Any
) -> ReliefApplicationRecorder:
    found = ReliefApplicationRecorder(open_database(place, **kw), clock=clock or FixedClock())
    found.create_tables()
    return found


def some(count: int = 3, size: int = 200) -> list[StoredEvent]:
    """Events of one new stream."""
    stream = new_id()
    return [StoredEvent(stream, n, "topic", os.urandom(size)) for n in range(1, count + 1)]


def stamp(number: int, count: int, content: int = 0) -> CommandStamp:
    return CommandStamp(number.to_bytes(16, "big"), content.to_bytes(16, "big"), count)


def test_positions_count_from_one_without_a_gap(recorder: ReliefApplicationRecorder) -> None:
    assert list(recorder.append(some(3))) == [1, 2, 3]
    assert list(recorder.append(some(2))) == [4, 5]
    assert assert_whole(recorder) == 5


def test_an_append_has_one_instant_and_the_next_a_later_one(places: Places) -> None:
    clock = FixedClock()
    recorder = open_recorder(places("log"), clock)
    recorder.append(some(2))
    recorder.append(some(1))
    times = [row.recorded_at for row in recorder.read_entries(0, 10)]
    assert times == [clock.micros, clock.micros, clock.micros + 1]


def test_a_clock_that_stepped_back_a_little_does_not_turn_the_order(places: Places) -> None:
    clock = FixedClock()
    recorder = open_recorder(places("log"), clock)
    recorder.append(some())
    clock.micros -= 4 * MINUTE
    recorder.append(some())
    assert_whole(recorder)


@pytest.mark.parametrize("minutes", [-6, 31 * 24 * 60])
def test_a_clock_far_off_stops_for_an_operator(places: Places, minutes: int) -> None:
    clock = FixedClock()
    recorder = open_recorder(places("log"), clock)
    recorder.append(some())
    clock.micros += minutes * MINUTE
    with pytest.raises(ClockRefused):
        recorder.append(some())
    assert assert_whole(recorder) == 3


def test_a_command_that_stands_is_refused_with_where_it_stands(
    recorder: ReliefApplicationRecorder,
) -> None:
    recorder.append(some(2), commands=[stamp(1, 2)])
    with pytest.raises(AlreadyRecorded) as refused:
        recorder.append(some(3), commands=[stamp(2, 1), stamp(1, 2)])
    (receipt,) = refused.value.receipts.values()
    assert (receipt.first_position, receipt.last_position) == (1, 2)
    with pytest.raises(CommandConflict):
        recorder.append(some(2), commands=[stamp(1, 2, content=9)])
    assert assert_whole(recorder) == 2


def test_counts_that_do_not_add_up_leave_nothing(recorder: ReliefApplicationRecorder) -> None:
    with pytest.raises(ValueError, match="add up"):
        recorder.append(some(3), commands=[stamp(1, 2)])
    assert assert_whole(recorder) == 0


def test_a_guard_that_raises_leaves_nothing(recorder: ReliefApplicationRecorder) -> None:
    def guard(_: object) -> None:
        raise PermissionError("no")

    with pytest.raises(PermissionError):
        recorder.append(some(), guard=guard)
    assert assert_whole(recorder) == 0


class _FailingLookUps:
    def create_tables(self, _: object) -> None:
        pass

    def keep(self, *_: object) -> None:
        raise KeyError("look-ups")


def test_look_ups_that_fail_take_the_entries_with_them(places: Places) -> None:
    engine = open_database(places("log"))
    recorder = ReliefApplicationRecorder(engine, clock=FixedClock(), look_ups=_FailingLookUps())
    recorder.create_tables()
    with pytest.raises(KeyError):
        recorder.append(some())
    assert assert_whole(recorder) == 0
    engine.dispose()


def test_an_entry_too_large_for_a_bundle_is_refused(recorder: ReliefApplicationRecorder) -> None:
    most = ENTRY_MAX - FRAME_LENGTH - NeutralFramer.overhead - len("topic")
    recorder.append(some(1, most))
    with pytest.raises(EntryTooLarge):
        recorder.append(some(1, most + 1))
    assert assert_whole(recorder) == 1


def test_in_use_only_released_schemas_are_taken(places: Places) -> None:
    framer = SchemaFramer(catalog())
    recorder = ReliefApplicationRecorder(open_database(places("log")), framer=framer)
    recorder.create_tables()
    with pytest.raises(UnknownTopic):
        recorder.append(some(1))
    wrong = StoredEvent(new_id(), 1, "relief.exit.Exited", b"\xc3\x01" + bytes(8))
    with pytest.raises(UnknownTopic):
        recorder.append([wrong])
    recorder.engine.dispose()


def test_an_instant_resolves_to_the_last_entry_at_or_before_it(places: Places) -> None:
    clock = FixedClock()
    recorder = open_recorder(places("log"), clock)
    recorder.append(some(2))
    clock.micros += MINUTE
    recorder.append(some(2))
    first = clock.micros - MINUTE
    assert recorder.position_at(first - 1) == 0
    assert recorder.position_at(first) == 2
    assert recorder.position_at(clock.micros - 1) == 2
    with pytest.raises(ValueError, match="past"):
        recorder.position_at(clock.micros)
    assert recorder.append_end(1) == 2
    assert recorder.append_end(3) == 4


# -- failures, one call at a time -------------------------------------------------------------


@contextmanager
def failing(
    recorder: ReliefApplicationRecorder, at: int, error: Exception | None
) -> Iterator[list[str]]:
    """The n-th statement of the next transactions fails as the database would; collects them."""
    seen: list[str] = []

    def fail(_c: object, _cur: object, statement: str, *_: object) -> None:
        seen.append(statement)
        if len(seen) == at and error is not None:
            raise error

    sql_event.listen(recorder.engine, "before_cursor_execute", fail)
    try:
        yield seen
    finally:
        sql_event.remove(recorder.engine, "before_cursor_execute", fail)


def statements_of_an_append(places: Places) -> int:
    recorder = open_recorder(places("count"))
    with failing(recorder, 0, None) as seen:
        recorder.append(some(), commands=[stamp(1, 3)])
    recorder.engine.dispose()
    return len(seen)


FAULTS: tuple[tuple[type[Exception], Exception, Exception], ...] = (
    (DiskFull, sqlite3.OperationalError("database or disk is full"), psycopg.errors.DiskFull()),
    (LedgerStopped, sqlite3.OperationalError("disk I/O error"), psycopg.errors.IoError()),
    (
        LedgerLocked,
        sqlite3.OperationalError("database is locked"),
        psycopg.errors.LockNotAvailable(),
    ),
)
"""What each database raises, and our word for it."""


def raised_by(place: Place, fault: tuple[type[Exception], Exception, Exception]) -> Exception:
    return fault[2] if isinstance(place, str) else fault[1]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[0].__name__)
def test_whichever_statement_fails_nothing_of_the_append_stays(
    places: Places, fault: tuple[type[Exception], Exception, Exception]
) -> None:
    for at in range(1, statements_of_an_append(places) + 1):
        place = places(f"log{at}")
        recorder = open_recorder(place)
        recorder.append(some(2))
        with failing(recorder, at, raised_by(place, fault)), pytest.raises(fault[0]):
            recorder.append(some(3), commands=[stamp(7, 3)])
        recorder.engine.dispose()
        again = open_recorder(place)
        assert assert_whole(again) == 2
        again.append(some(3), commands=[stamp(7, 3)])
        assert assert_whole(again) == 5
        again.engine.dispose()


def test_after_an_io_error_this_process_writes_no_more(places: Places) -> None:
    place = places("log")
    recorder = open_recorder(place)
    with failing(recorder, 2, raised_by(place, FAULTS[1])), pytest.raises(LedgerStopped):
        recorder.append(some())
    with pytest.raises(LedgerStopped):
        recorder.append(some())
    assert recorder.head().position == 0
    recorder.engine.dispose()


def test_a_disk_that_is_really_full_loses_nothing(tmp_path: Path) -> None:
    recorder = open_recorder(tmp_path / "log.sqlite")
    recorder.append(some(2))
    with recorder.engine.connect() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()

    def small(connection: Any, _: object, __: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 5}")

    sql_event.listen(recorder.engine, "checkout", small)
    with pytest.raises(DiskFull):
        recorder.append(some(50, 4000))
    assert assert_whole(recorder) == 2
    sql_event.remove(recorder.engine, "checkout", small)
    recorder.engine.dispose()
    again = open_recorder(tmp_path / "log.sqlite")
    again.append(some(50, 4000))
    assert assert_whole(again) == 52
    again.engine.dispose()


def test_a_ledger_that_another_process_holds_is_locked_not_lost(tmp_path: Path) -> None:
    recorder = open_recorder(tmp_path / "log.sqlite", busy_seconds=0.05)
    holder = sqlite3.connect(tmp_path / "log.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerLocked) as refused:
        recorder.append(some())
    assert refused.value.zh
    holder.execute("ROLLBACK")
    holder.close()
    recorder.append(some())
    assert assert_whole(recorder) == 3


def test_a_read_only_ledger_is_read_and_not_written(tmp_path: Path) -> None:
    first = open_recorder(tmp_path / "log.sqlite")
    first.append(some())
    read_only = open_sqlite(tmp_path / "log.sqlite", read_only=True)
    reader = ReliefApplicationRecorder(read_only, clock=FixedClock())
    assert reader.head().position == 3
    with pytest.raises(LedgerReadOnly):
        reader.append(some())
    first.engine.dispose()
    reader.engine.dispose()


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    path.write_bytes(b"these are somebody's notes" * 100)
    before = path.read_bytes()
    with pytest.raises(NotOurs):
        open_sqlite(path)
    assert path.read_bytes() == before


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE contacts (name TEXT)")
    other.close()
    with pytest.raises(NotOurs, match="another program"):
        open_sqlite(path)


def test_a_newer_format_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    open_recorder(path).engine.dispose()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version=99")
    raw.close()
    with pytest.raises(NotOurs, match="newer"):
        open_sqlite(path)


def test_the_settings_are_the_durable_ones(tmp_path: Path) -> None:
    recorder = open_recorder(tmp_path / "log.sqlite")
    with recorder.engine.connect() as conn:
        assert conn.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert conn.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL


# -- several at once ----------------------------------------------------------------------------

WRITER = """
import sys
from tests.ledger.test_log import open_recorder, some
from ledger.clock import SystemClock
recorder = open_recorder(sys.argv[1], SystemClock())
print("ready", flush=True)
for n in range(int(sys.argv[2])):
    recorder.append(some(int(sys.argv[3])))
    print(n, flush=True)
"""


def start_writer(place: Place, appends: int, size: int) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    arguments = [sys.executable, "-c", WRITER, str(place), str(appends), str(size)]
    return subprocess.Popen(arguments, cwd=root, stdout=subprocess.PIPE, text=True)


def test_two_processes_at_once_leave_one_gapless_log(places: Places) -> None:
    place = places("log")
    open_recorder(place).engine.dispose()
    writers = [start_writer(place, 40, 5) for _ in range(2)]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.read()
        writer.stdout.close()
        assert writer.wait() == 0
    recorder = open_recorder(place)
    assert assert_whole(recorder) == 400
    recorder.engine.dispose()


def test_a_process_killed_in_the_middle_leaves_whole_appends(places: Places) -> None:
    for attempt in range(3):
        place = places(f"log{attempt}")
        writer = start_writer(place, 10_000, 7)
        assert writer.stdout is not None
        acknowledged = 0
        for line in writer.stdout:
            acknowledged += line != "ready\n"
            if acknowledged >= 20:
                break
        time.sleep(0.003)
        writer.send_signal(signal.SIGKILL)
        acknowledged += sum(line != "ready\n" for line in writer.stdout)
        writer.stdout.close()
        writer.wait()
        recorder = open_recorder(place)
        count = assert_whole(recorder)
        assert count % 7 == 0
        assert count // 7 >= acknowledged  # nothing that was acknowledged is lost
        recorder.engine.dispose()


def test_a_subscriber_sees_every_entry_once_in_order(recorder: ReliefApplicationRecorder) -> None:
    recorder.append(some(5))
    seen: list[int] = []

    def follow() -> None:
        with recorder.subscribe(gt=2) as subscription:
            for notification in subscription:
                seen.append(notification.id)
                if notification.id == 12:
                    return

    follower = threading.Thread(target=follow)
    follower.start()
    recorder.append(some(7))
    follower.join(10)
    assert seen == list(range(3, 13))


# -- the frame ------------------------------------------------------------------------------------


def test_a_frame_is_the_bytes_of_the_table() -> None:
    stream = new_id()
    raw = pack(b"\x11" * 32, 4, 7, stream, 3, 1_700_000_000_000_001)
    assert len(raw) == FRAME_LENGTH == 75
    assert raw == (
        b"\x01"
        + b"\x11" * 32
        + (4).to_bytes(2, "big")
        + (7).to_bytes(8, "big")
        + stream.bytes
        + (3).to_bytes(8, "big")
        + (1_700_000_000_000_001).to_bytes(8, "big")
    )
    frame = unpack(entry_of(raw, b"body"))
    assert (frame.family_id, frame.family_position, frame.stream_id) == (4, 7, stream)


@pytest.mark.parametrize("entry", [b"", b"\x01" * 74, b"\x02" + bytes(74), bytes(ENTRY_MAX + 1)])
def test_what_is_no_entry_is_not_read(entry: bytes) -> None:
    with pytest.raises(ValueError, match=r"entry|format"):
        unpack(entry)


def test_a_frame_holds_no_more_than_its_fields() -> None:
    with pytest.raises(ValueError, match="range"):
        pack(bytes(32), 70_000, 1, new_id(), 1, 1)
    with pytest.raises(ValueError, match="32 bytes"):
        pack(bytes(31), 1, 1, new_id(), 1, 1)
    with pytest.raises(ValueError, match="65535"):
        entry_of(bytes(75), bytes(ENTRY_MAX))


def test_ids_rise_in_the_order_in_which_they_are_made(world: World) -> None:
    ids = [new_id(), *new_ids(100), new_id()]
    assert ids == sorted(ids)
    assert {i.version for i in ids} == {7}
    assert PersonRegistered(meta=UNBORN, resolved=True).topic == "relief.registry.PersonRegistered"
