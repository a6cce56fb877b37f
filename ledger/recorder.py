"""The recorder: appends entries to the log and reads them, by the contract of `eventsourcing`.

`append` is the one way in. It returns when the entries are durable; it writes all of
them or none; repeated with the same command ids it writes nothing and says where they stand.
Positions are gapless from 1 and become visible in order, because one writer at a time holds
the write lock from reading the head to the commit.
"""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
    Subscription,
    Tracking,
)
from sqlalchemy import Connection, Engine, and_, func, select

from domain.events import Event
from evidence.frame import ENTRY_MAX, pack
from evidence.tree import Tree
from ledger.applying import Applying, LogState, LookUps
from ledger.clock import Clock, SystemClock
from ledger.database import reading, writing
from ledger.errors import (
    ClockRefused,
    CommandReceipt,
    EntryTooLarge,
    LedgerStopped,
    OutcomeUnknown,
)
from ledger.framing import Framer, NeutralFramer
from ledger.ids import stream_uuid, uuid_of
from ledger.labels import UNLABELED, Label
from ledger.settling import settle
from ledger.stamps import CommandStamp, known, refuse_known
from ledger.subscription import ReliefSubscription
from ledger.tables import entries
from ledger.treestore import Progress, TilesOf, grow_whole

BEHIND_MICROS = 5 * 60 * 1_000_000
"""A clock further behind the last entry than this stops for an operator."""
AHEAD_MICROS = 30 * 86_400 * 1_000_000
"""And so does one further ahead of it than this, by default: one jump would poison the order."""
CHUNK = 2000

Guard = Callable[[Connection], None]


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
        look_ups: LookUps | None = None,
    ) -> None:
        self.engine = engine
        self.framer: Framer = framer or NeutralFramer()
        self.applying = Applying(self.framer, look_ups)
        self.clock: Clock = clock or SystemClock()
        self.ahead_micros = ahead_micros
        self.tree = Tree(TilesOf(engine))
        """Roots and proofs at any position up to the head's. Raises TileDamaged beyond it."""
        self.appended = False
        """Whether this process has appended anything."""
        self._stopped = False

    def create_tables(self, progress: Progress | None = None) -> None:
        """Makes what is missing, the tree of an older ledger too; safe to repeat."""
        with writing(self.engine) as conn:
            self.applying.create_tables(conn)
            position = self.applying.position(conn)
        grow_whole(self.engine, position, progress)

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
        events: Sequence[Event] | None = None,
        guard: Guard | None = None,
        tracking: Tracking | None = None,
        looked_up_at: int | None = None,
        **_: Any,
    ) -> Sequence[int]:
        """Appends; durable on return. Returns the positions.

        Under the lock, in this order: known commands (AlreadyRecorded, CommandConflict), the
        guard (raises what it likes), the clock (ClockRefused), the entries and what follows
        from them. RecordConflictError (an IntegrityError) where a stream went on meanwhile;
        LedgerLocked, LedgerUnreachable, DiskFull: nothing was written. LedgerStopped: look at
        the disk. OutcomeUnknown: the server went away at the commit and did not come back; all
        of it stands or nothing, and the same command again finds out.

        `events`: the same ones decoded, which spares the look-ups to do it.
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
                positions = self._append(conn, stored_events, commands, events, guard, looked_up_at)
                if tracking is not None:
                    self._track(conn, tracking)
        except LedgerStopped:
            # SQLite may acknowledge later writes after one failed sync: never write again here.
            self._stopped = True
            raise
        except OutcomeUnknown as e:
            positions = settle(self.engine, self.framer, stored_events, e)
        self.appended = True
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
        events: Sequence[Event] | None,
        guard: Guard | None,
        looked_up_at: int | None,
    ) -> Sequence[int]:
        state = self.applying.lock(conn)
        framed = self._decided(conn, state, stored, stamps, guard, looked_up_at)
        return list(self.applying.apply(conn, state, framed, events)) if framed else []

    def _decided(
        self,
        conn: Connection,
        state: LogState,
        stored: Sequence[StoredEvent],
        stamps: Sequence[CommandStamp],
        guard: Guard | None,
        looked_up_at: int | None,
    ) -> list[bytes]:
        """What `append` says happens under the lock, up to the entries; those are not applied."""
        if looked_up_at != state.position:
            refuse_known(conn, stamps)
        if guard is not None:
            _refuse_moved(conn, stored)
            guard(conn)
        if not stored:
            return []
        return self._framed(stored, _labels(stamps, len(stored)), state)

    def _framed(
        self, stored: Sequence[StoredEvent], labels: Sequence[Label], state: LogState
    ) -> list[bytes]:
        """The entries, each with its place behind the locked end of the log."""
        framer, framed = self.framer, []
        now, last = self._instant(state), dict(state.families)
        for event, label in zip(stored, labels, strict=True):
            family = framer.family_id(event.topic)
            schema_hash, body = framer.body(event.topic, event.state, label)
            stream = stream_uuid(event.originator_id)
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
            framed.append(entry)
        return framed

    def _instant(self, state: LogState) -> int:
        now, last = self.clock.now_micros(), state.recorded_at
        if state.position == 0:
            return now
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
        stream = stream_uuid(originator_id)
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
        with self.reading() as conn:
            return {uuid_of(s): v for s, v in _heads(conn, [s.bytes for s in streams])}

    def known_commands(self, ids: Sequence[bytes]) -> dict[bytes, CommandReceipt]:
        """Where these commands stand, for those that are recorded."""
        with self.reading() as conn:
            return known(conn, ids)


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

    def root(self, position: int) -> str:
        """The root of the tree over the entries up to a position, in base64."""
        return b64encode(self.tree.root(position)).decode("ascii")

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


def stream_in(conn: Connection, stream: UUID) -> Iterable[tuple[str, bytes]]:
    """Topic and entry of each event of a stream, inside a transaction that is open already."""
    rows = conn.execute(
        select(entries.c.topic, entries.c.entry)
        .where(entries.c.stream_id == stream.bytes)
        .order_by(entries.c.stream_version)
    )
    return [(topic, entry) for topic, entry in rows]


def _refuse_moved(conn: Connection, stored: Sequence[StoredEvent]) -> None:
    """A guard judges these events behind their streams as they stand: those must not have gone on.

    Raises IntegrityError where one has: look again.
    """
    first: dict[bytes, int] = {}
    for event in stored:
        stream = event.originator_id
        raw = (stream if isinstance(stream, UUID) else UUID(stream)).bytes
        first.setdefault(raw, event.originator_version)
    if any(head >= first[raw] for raw, head in _heads(conn, list(first))):
        raise IntegrityError("a stream went on meanwhile")


def _heads(conn: Connection, streams: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
    """Each stream that has any event, and its last version; thousands to a query, since a bulk
    append goes on with as many."""
    for start in range(0, len(streams), CHUNK):
        rows = conn.execute(
            select(entries.c.stream_id, func.max(entries.c.stream_version))
            .where(entries.c.stream_id.in_(streams[start : start + CHUNK]))
            .group_by(entries.c.stream_id)
        )
        yield from ((bytes(stream), version) for stream, version in rows)


def _labels(stamps: Sequence[CommandStamp], count: int) -> list[Label]:
    """Each event's command, from stamps that cover all of an append's events or none."""
    if not stamps:
        return [UNLABELED] * count
    if sum(s.count for s in stamps) != count:
        raise ValueError("the commands' counts do not add up to the events of the append")
    return [Label(None, s.command_id, s.content_digest) for s in stamps for _ in range(s.count)]
