"""The recorder: appends entries to the log and reads them, by the contract of `eventsourcing`.

`append` is the one way in. It returns when the entries are durable; it writes all of
them or none; repeated with the same command ids it writes nothing and says where they stand.
Positions are gapless from 1 and become visible in order, because one writer at a time holds
the write lock from reading the head to the commit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
    TrackingRecorder,
)
from sqlalchemy import Connection, Engine, Select, and_, func, insert, select, update

from evidence.frame import ENTRY_MAX, pack
from ledger.clock import Clock, SystemClock
from ledger.database import insert_rows, reading, writing
from ledger.errors import (
    AlreadyRecorded,
    ClockRefused,
    CommandConflict,
    CommandReceipt,
    EntryTooLarge,
    LedgerStopped,
)
from ledger.framing import Framer, NeutralFramer
from ledger.ids import uuid_of
from ledger.subscription import ReliefSubscription
from ledger.tables import LOG, commands, entries, heads, metadata, tracking

BEHIND_MICROS = 5 * 60 * 1_000_000
"""A clock further behind the last entry than this stops for an operator."""
AHEAD_MICROS = 30 * 86_400 * 1_000_000
"""And so does one further ahead of it than this, by default: one jump would poison the order."""
CHUNK = 2000

Guard = Callable[[Connection], None]
IndexHook = Callable[[Connection, Sequence[int]], None]


@dataclass(frozen=True, slots=True)
class CommandStamp:
    """Says that the next `count` events of an append are one command's."""

    command_id: bytes
    content_digest: bytes
    count: int


class EntryRow(NamedTuple):
    """An entry as it is read for the views."""

    position: int
    topic: str
    recorded_at: int
    entry: bytes


class Head(NamedTuple):
    """The end of the log: 0 and 0 while it is empty."""

    position: int
    recorded_at: int


class ReliefAggregateRecorder(AggregateRecorder):
    """Appends to and reads from streams."""

    def __init__(
        self,
        engine: Engine,
        *,
        framer: Framer | None = None,
        clock: Clock | None = None,
        ahead_micros: int = AHEAD_MICROS,
    ) -> None:
        self.engine = engine
        self.framer: Framer = framer or NeutralFramer()
        self.clock: Clock = clock or SystemClock()
        self.ahead_micros = ahead_micros
        self._stopped = False

    def create_tables(self) -> None:
        """Makes what is missing; safe to repeat."""
        with writing(self.engine) as conn:
            metadata.create_all(conn)
            if conn.execute(select(heads).where(heads.c.family_id == LOG)).first() is None:
                conn.execute(insert(heads), {"family_id": LOG, "position": 0})

    def reading(self) -> AbstractContextManager[Connection]:
        """A read transaction on the log's database."""
        return reading(self.engine)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """As `append`; a recorder of streams alone returns None, by the library's contract."""
        self.append(stored_events, **kwargs)
        return None

    def append(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        commands: Sequence[CommandStamp] = (),
        event_ids: Sequence[UUID] = (),
        guard: Guard | None = None,
        index: IndexHook | None = None,
        tracking: Tracking | None = None,
        looked_up_at: int | None = None,
        **_: Any,
    ) -> Sequence[int]:
        """Appends; durable on return. Returns the positions.

        Under the lock, in this order: known commands (AlreadyRecorded, CommandConflict), the
        guard (raises what it likes), the clock (ClockRefused), the entries, the index hook.
        RecordConflictError (an IntegrityError) where a stream went on meanwhile; LedgerLocked,
        DiskFull: nothing was written. LedgerStopped: look at the disk.

        `looked_up_at`: the head at which the caller found the commands to be new; where nobody
        wrote since, they need no second look-up.
        """
        if self._stopped:
            raise LedgerStopped(
                "此前写盘出错,本进程已停止写入;请检查磁盘后重新启动",
                "a write failed before: this process writes no more. Check the disk, start again",
            )
        try:
            with writing(self.engine) as conn:
                positions = self._append(
                    conn, stored_events, commands, event_ids, guard, index, looked_up_at
                )
                if tracking is not None:
                    self._track(conn, tracking)
        except LedgerStopped:
            # SQLite may acknowledge later writes after one failed sync: never write again here.
            self._stopped = True
            raise
        self._appended()
        return positions

    def _appended(self) -> None:
        """Called after each commit."""

    def _track(self, conn: Connection, position: Tracking) -> None:
        raise TypeError("this recorder keeps no tracking positions")

    def _append(
        self,
        conn: Connection,
        stored: Sequence[StoredEvent],
        stamps: Sequence[CommandStamp],
        event_ids: Sequence[UUID],
        guard: Guard | None,
        index: IndexHook | None,
        looked_up_at: int | None,
    ) -> Sequence[int]:
        last = {row.family_id: row.position for row in conn.execute(_lock_heads(conn))}
        if looked_up_at != last[LOG]:
            self._refuse_known(conn, stamps)
        if guard is not None:
            guard(conn)
        if not stored:
            return []
        head = last[LOG]
        now = self._instant(conn, head)
        rows = self._rows(stored, event_ids, head, now, last)
        insert_rows(conn, entries, rows)
        positions = list(range(head + 1, head + 1 + len(rows)))
        if stamps:
            insert_rows(conn, commands, _command_rows(stamps, positions))
        self._move_heads(conn, last, positions[-1])
        if index is not None:
            index(conn, positions)
        return positions

    def _rows(
        self,
        stored: Sequence[StoredEvent],
        event_ids: Sequence[UUID],
        head: int,
        now: int,
        last: dict[int, int],
    ) -> list[tuple[Any, ...]]:
        """The rows to insert, in the order of the columns; `last` moves on to the new family positions."""
        framer, rows = self.framer, []
        for offset, event in enumerate(stored, 1):
            family = framer.family_id(event.topic)
            schema_hash, body = framer.split(event.topic, event.state)
            stream = event.originator_id
            if not isinstance(stream, UUID):
                stream = UUID(stream)
            version = event.originator_version
            if version < framer.first_version:
                raise IntegrityError(f"stream versions count from {framer.first_version}")
            last[family] = last.get(family, 0) + 1
            entry = pack(schema_hash, family, last[family], stream, version, now) + body
            if len(entry) > ENTRY_MAX:
                raise EntryTooLarge(
                    f"{event.topic} 的内容过长(上限 65535 字节)",
                    f"{event.topic}: the entry is longer than 65,535 bytes",
                )
            event_id = event_ids[offset - 1].bytes if event_ids else None
            row = (head + offset, stream.bytes, version, event.topic, now, event_id, entry)
            rows.append(row)
        return rows

    def _move_heads(self, conn: Connection, last: dict[int, int], position: int) -> None:
        last[LOG] = position
        known = {f for (f,) in conn.execute(select(heads.c.family_id))}
        for family, at in last.items():
            if family in known:
                conn.execute(update(heads).where(heads.c.family_id == family).values(position=at))
            else:
                conn.execute(insert(heads), {"family_id": family, "position": at})

    def _refuse_known(self, conn: Connection, stamps: Sequence[CommandStamp]) -> None:
        known = _known(conn, [s.command_id for s in stamps])
        for i, stamp in enumerate(stamps):
            found = known.get(stamp.command_id)
            if found is not None and found.content_digest != stamp.content_digest:
                raise CommandConflict(
                    f"第 {i + 1} 条命令已以不同内容记录过",
                    f"command {i + 1} stands recorded with other content",
                )
        if known:
            raise AlreadyRecorded(known)

    def _instant(self, conn: Connection, head: int) -> int:
        now = self.clock.now_micros()
        if head == 0:
            return now
        last: int = conn.execute(
            select(entries.c.recorded_at).where(entries.c.position == head)
        ).scalar_one()
        if now < last - BEHIND_MICROS:
            raise ClockRefused(
                "本机时钟比账本最后一条记录慢 5 分钟以上;请校准时钟",
                "this clock is more than 5 minutes behind the log's last entry; set the clock",
            )
        if now > last + self.ahead_micros:
            raise ClockRefused(
                "本机时钟比账本最后一条记录快得过多;如确属久未使用,请调大 clock.ahead_days",
                "this clock is far ahead of the log's last entry; if the ledger did rest that "
                "long, raise clock.ahead_days",
            )
        return max(now, last + 1)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The stored events of a stream, by version."""
        stream = originator_id if isinstance(originator_id, UUID) else UUID(originator_id)
        version = entries.c.stream_version
        query = select(version, entries.c.topic, entries.c.entry).where(
            entries.c.stream_id == stream.bytes
        )
        if gt is not None:
            query = query.where(version > gt)
        if lte is not None:
            query = query.where(version <= lte)
        query = query.order_by(version.desc() if desc else version.asc()).limit(limit)
        with self.reading() as conn:
            state = self.framer.state
            return [StoredEvent(stream, v, t, state(e)) for v, t, e in conn.execute(query)]

    def stream_heads(self, streams: Collection[UUID]) -> dict[UUID, int]:
        """Stream → its last version, for those that have any."""
        wanted, found = [s.bytes for s in streams], {}
        with self.reading() as conn:
            for start in range(0, len(wanted), CHUNK):
                rows = conn.execute(
                    select(entries.c.stream_id, func.max(entries.c.stream_version))
                    .where(entries.c.stream_id.in_(wanted[start : start + CHUNK]))
                    .group_by(entries.c.stream_id)
                )
                found.update({uuid_of(s): v for s, v in rows})
        return found

    def known_commands(self, ids: Sequence[bytes]) -> dict[bytes, CommandReceipt]:
        """Where these commands stand, for those that are recorded."""
        with self.reading() as conn:
            return _known(conn, ids)


class ReliefApplicationRecorder(ReliefAggregateRecorder, ApplicationRecorder):
    """Reads the whole log, too, and lets others follow it."""

    def __init__(self, engine: Engine, **kwargs: Any) -> None:
        super().__init__(engine, **kwargs)
        self._listeners: set[threading.Event] = set()

    def _appended(self) -> None:
        for listener in tuple(self._listeners):
            listener.set()

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """As `append`."""
        return self.append(stored_events, **kwargs)

    def listen(self, listener: threading.Event) -> None:
        """The event is set after each append of this process."""
        self._listeners.add(listener)

    def unlisten(self, listener: threading.Event) -> None:
        """No longer."""
        self._listeners.discard(listener)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Entries by position, as the library's notifications."""
        at = entries.c.position
        query = select(
            at, entries.c.stream_id, entries.c.stream_version, entries.c.topic, entries.c.entry
        )
        if start is not None:
            query = query.where(at >= start if inclusive_of_start else at > start)
        if stop is not None:
            query = query.where(at <= stop)
        if topics:
            query = query.where(entries.c.topic.in_(topics))
        with self.reading() as conn:
            rows = conn.execute(query.order_by(at).limit(limit)).all()
        return [self._notification(tuple(row)) for row in rows]

    def _notification(self, row: Sequence[Any]) -> Notification:
        position, stream, version, topic, entry = row
        return Notification(
            id=position,
            originator_id=uuid_of(stream),
            originator_version=version,
            topic=topic,
            state=self.framer.state(entry),
        )

    def max_notification_id(self) -> int | None:
        """The last position; None while the log is empty."""
        return self.head().position or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Follows the log: at once what this process appends, within a second what others do."""
        return ReliefSubscription(recorder=self, gt=gt, topics=topics)

    def head(self) -> Head:
        """The end of the log."""
        with self.reading() as conn:
            row = conn.execute(
                select(entries.c.position, entries.c.recorded_at)
                .order_by(entries.c.position.desc())
                .limit(1)
            ).first()
        return Head(row.position, row.recorded_at) if row else Head(0, 0)

    def read_entries(self, after: int, limit: int, upto: int | None = None) -> list[EntryRow]:
        """The entries after a position, with their bytes."""
        query = select(
            entries.c.position, entries.c.topic, entries.c.recorded_at, entries.c.entry
        ).where(entries.c.position > after)
        if upto is not None:
            query = query.where(entries.c.position <= upto)
        with self.reading() as conn:
            rows = conn.execute(query.order_by(entries.c.position).limit(limit)).all()
        return [EntryRow(*row) for row in rows]

    def read_stream(self, stream: UUID) -> list[EntryRow]:
        """The entries of a stream, with their bytes and positions."""
        query = (
            select(entries.c.position, entries.c.topic, entries.c.recorded_at, entries.c.entry)
            .where(entries.c.stream_id == stream.bytes)
            .order_by(entries.c.stream_version)
        )
        with self.reading() as conn:
            return [EntryRow(*row) for row in conn.execute(query)]

    def position_of(self, event_id: UUID) -> int | None:
        """Where an event stands; None where the log has none with this id."""
        with self.reading() as conn:
            found: int | None = conn.execute(
                select(entries.c.position).where(entries.c.event_id == event_id.bytes)
            ).scalar_one_or_none()
        return found

    def event_ids(self, first: int, last: int) -> list[UUID]:
        """The ids of the events between two positions, both included."""
        with self.reading() as conn:
            rows = conn.execute(
                select(entries.c.event_id)
                .where(entries.c.position.between(first, last))
                .order_by(entries.c.position)
            )
            return [uuid_of(raw) for (raw,) in rows if raw is not None]

    def position_at(self, instant: int) -> int:
        """The last position recorded at or before the instant (UTC micros).

        Raises ValueError for an instant at or past the head's: what it would mean is not
        settled before the next entry. An append shares one instant, so the answer is its end.
        """
        head = self.head()
        if instant >= head.recorded_at:
            raise ValueError("the instant is at or past the log's last entry")
        with self.reading() as conn:
            found: int | None = conn.execute(
                select(func.max(entries.c.position)).where(entries.c.recorded_at <= instant)
            ).scalar_one()
        return found or 0

    def append_end(self, position: int) -> int:
        """The last position of the append that a position is in."""
        with self.reading() as conn:
            at = select(entries.c.recorded_at).where(entries.c.position == position)
            found: int | None = conn.execute(
                select(func.max(entries.c.position)).where(
                    and_(
                        entries.c.position >= position,
                        entries.c.recorded_at == at.scalar_subquery(),
                    )
                )
            ).scalar_one()
        return found or position


class ReliefTrackingRecorder(TrackingRecorder):
    """Keeps how far a reader has come, rising only."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def create_tables(self) -> None:
        """Makes what is missing; safe to repeat."""
        with writing(self.engine) as conn:
            metadata.create_all(conn)

    def insert_tracking(self, tracking: Tracking) -> None:
        """Durable on return. IntegrityError where the reader was there, or further, before."""
        with writing(self.engine) as conn:
            track(conn, tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far the reader is; None before its first step."""
        with reading(self.engine) as conn:
            found: int | None = conn.execute(
                select(tracking.c.notification_id).where(
                    tracking.c.application_name == application_name
                )
            ).scalar_one_or_none()
        return found


class ReliefProcessRecorder(ReliefTrackingRecorder, ReliefApplicationRecorder, ProcessRecorder):
    """Appends and keeps the reader's position in one transaction."""

    def __init__(self, engine: Engine, **kwargs: Any) -> None:
        ReliefApplicationRecorder.__init__(self, engine, **kwargs)

    def create_tables(self) -> None:
        """Makes what is missing; safe to repeat."""
        ReliefApplicationRecorder.create_tables(self)

    def _track(self, conn: Connection, position: Tracking) -> None:
        track(conn, position)


def track(conn: Connection, position: Tracking) -> None:
    """Moves a reader's position on. IntegrityError where it would not rise."""
    name = tracking.c.application_name == position.application_name
    moved = conn.execute(
        update(tracking)
        .where(name, tracking.c.notification_id < position.notification_id)
        .values(notification_id=position.notification_id)
    )
    if moved.rowcount == 0:
        if conn.execute(select(tracking).where(name)).first() is not None:
            raise IntegrityError(f"{position.application_name} is at or past this position")
        conn.execute(
            insert(tracking),
            {
                "application_name": position.application_name,
                "notification_id": position.notification_id,
            },
        )


def stream_in(conn: Connection, stream: UUID) -> Iterable[tuple[str, bytes]]:
    """Topic and entry of each event of a stream, inside a transaction that is open already."""
    rows = conn.execute(
        select(entries.c.topic, entries.c.entry)
        .where(entries.c.stream_id == stream.bytes)
        .order_by(entries.c.stream_version)
    )
    return [(topic, entry) for topic, entry in rows]


def _lock_heads(conn: Connection) -> Select[Any]:
    """The heads, locked until the commit (SQLite holds the write lock already)."""
    return select(heads).with_for_update()


def _known(conn: Connection, ids: Sequence[bytes]) -> dict[bytes, CommandReceipt]:
    found = {}
    for start in range(0, len(ids), CHUNK):
        rows = conn.execute(
            select(commands).where(commands.c.command_id.in_(ids[start : start + CHUNK]))
        )
        for row in rows:
            receipt = CommandReceipt(
                bytes(row.command_id),
                bytes(row.content_digest),
                row.first_position,
                row.last_position,
            )
            found[receipt.command_id] = receipt
    return found


def _command_rows(
    stamps: Sequence[CommandStamp], positions: Sequence[int]
) -> list[tuple[Any, ...]]:
    if sum(s.count for s in stamps) != len(positions):
        raise ValueError("the commands' counts do not add up to the events of the append")
    rows, at = [], 0
    for stamp in stamps:
        last = positions[at + stamp.count - 1]
        rows.append((stamp.command_id, stamp.content_digest, positions[at], last))
        at += stamp.count
    return rows
