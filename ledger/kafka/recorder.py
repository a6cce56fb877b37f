"""The recorder on Kafka: the embedded one's contract, with Kafka as the record.

Appends of all threads meet in one queue; the writer's thread takes what is waiting as a group:
each is decided in turn against the index with the effects of those before it, in a rehearsal
that is rolled back; then the group is one Kafka transaction, and the index follows.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from eventsourcing.persistence import StoredEvent, Tracking
from sqlalchemy import Connection, Engine

from domain.events import Event
from ledger.bulk import bulk
from ledger.database import rehearsing, translated
from ledger.errors import LedgerError, LedgerLocked
from ledger.kafka.catching_up import catch_up, check_belongs
from ledger.kafka.client import LogReader, TransactionalProducer
from ledger.kafka.errors import KafkaUnavailable, OutcomeUnknown
from ledger.kafka.index import Index, IndexMoved
from ledger.kafka.index_lock import naming_who_locks
from ledger.kafka.records import Recording
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.values import ValueFraming
from ledger.kafka.writer import Writer
from ledger.recorder import Guard, ReliefApplicationRecorder
from ledger.stamps import CommandStamp
from ledger.treestore import Progress

logger = logging.getLogger(__name__)
GROUP_EVENTS = 8_000
"""Events after which a group is full."""
ATTEMPTS = 3
"""Commits of one append that may fail before its caller is told."""


@dataclass
class _Append:
    """One caller's append, and where it waits for the answer."""

    stored: Sequence[StoredEvent]
    stamps: Sequence[CommandStamp]
    events: Sequence[Event] | None
    guard: Guard | None
    looked_up_at: int | None
    answer: Future[Sequence[int]] = field(default_factory=Future)


@dataclass
class _Group:
    """Appends that are decided, and their entries behind a position."""

    after: int
    appends: list[tuple[_Append, int]] = field(default_factory=list)
    """With the number of entries of each."""
    framed: list[bytes] = field(default_factory=list)
    events: list[Event] | None = field(default_factory=list)
    """The same, decoded; None as soon as one append does not say."""

    def take(self, asked: _Append, framed: list[bytes]) -> None:
        """Adds an append that was decided."""
        self.appends.append((asked, len(framed)))
        self.framed += framed
        if asked.events is None or self.events is None:
            self.events = None
        else:
            self.events += asked.events

    def answer(self) -> None:
        """All of it is recorded."""
        at = self.after
        for asked, count in self.appends:
            asked.answer.set_result(list(range(at + 1, at + 1 + count)))
            at += count


class KafkaRecorder(ReliefApplicationRecorder):
    """Appends through the writer; reads from the index."""

    def __init__(
        self,
        engine: Engine,
        settings: KafkaSettings,
        reader: LogReader,
        new_producer: Callable[[], TransactionalProducer],
        values: ValueFraming,
        **kwargs: Any,
    ) -> None:
        super().__init__(engine, **kwargs)
        index = Index(engine, self.applying)
        recording = Recording(settings, self.framer, values)
        self.writer = Writer(
            settings, reader, new_producer, index, recording, head=lambda: self.head().position
        )
        self.takeover = False
        self.unanswered: KafkaUnavailable | None = None
        """Why `follow` could not bring the index up; None where it could."""
        self._queue: queue.SimpleQueue[_Append | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def create_tables(self, progress: Progress | None = None) -> None:
        """Makes what is missing in the index; safe to repeat. Raises IndexLocked."""
        with self._naming_who_locks():
            super().create_tables(progress)
            self.writer.index.create_tables()

    def _naming_who_locks(self) -> AbstractContextManager[None]:
        return naming_who_locks(self.writer.settings, self.writer.reader)

    def open_writer(self) -> None:
        """Becomes the writer now instead of at the first append. Raises as `Writer.open`."""
        with self._starting:
            if self._thread is None:
                self.writer.open(takeover=self.takeover)
                self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
                self._thread.start()

    def publish(self, *, takeover: bool = False) -> int:
        """Publishes what Kafka lacks of this index, and gives the lease back. As `Writer.publish`."""

        def entries(after: int, limit: int) -> list[bytes]:
            return [row.entry for row in self.read_entries(after, limit)]

        try:
            return self.writer.publish(entries, takeover=takeover)
        finally:
            self.writer.close()

    def follow(self, progress: Progress | None = None) -> None:
        """Brings the index up to what is committed, as a reader; touches nothing on Kafka.

        Where Kafka does not answer, the index stays as old as it is, and that is logged.
        Raises IndexUnlike, ForeignRecord, IndexLocked.
        """
        try:
            with self._naming_who_locks():
                self._follow(progress)
        except IndexMoved:
            pass  # the writer was faster
        except KafkaUnavailable as e:
            self.unanswered = e
            logger.warning("%s", e.en)

    def _follow(self, progress: Progress | None) -> None:
        writer = self.writer
        check_belongs(writer.index, writer.reader, writer.recording, self.head().position)
        topic = writer.settings.ledger_topic
        stable = writer.reader.ends([topic])[topic].stable
        epoch = writer.index.place().epoch
        where = (writer.index, writer.reader, writer.recording)
        catch_up(*where, epoch=epoch, stop=stable, progress=progress)

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
        """As the embedded recorder's; durable in Kafka on return.

        Raises besides: KafkaUnavailable (nothing was recorded), OutcomeUnknown (the same command
        again tells), AnotherWriter and the like (stop).
        """
        if tracking is not None:
            raise TypeError("this recorder keeps no tracking positions")
        self.open_writer()
        asked = _Append(stored_events, commands, events, guard, looked_up_at)
        self._queue.put(asked)
        positions = asked.answer.result()
        self._appended()
        return positions

    def close(self) -> None:
        """Ends the writer after what is waiting, and gives the lease back."""
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join()
            self.writer.close()
        else:
            self.writer.reader.close()

    def _run(self) -> None:
        while True:
            try:
                first = self._queue.get(timeout=self.writer.beat_seconds)
            except queue.Empty:
                self._beat()
                continue
            group, more = self._group(first)
            if group:
                with bulk():
                    self._guarded(group)
            self._beat()
            if not more:
                return

    def _beat(self) -> None:
        try:
            self.writer.beat()
        except LedgerError as e:
            # The next append opens again, or says why not.
            logger.warning("writer: %s", e.en)

    def _group(self, first: _Append | None) -> tuple[list[_Append], bool]:
        """What is waiting now; False where the recorder is being closed."""
        group: list[_Append] = []
        size, item = 0, first
        while item is not None:
            group.append(item)
            size += len(item.stored)
            if size >= GROUP_EVENTS:
                return group, True
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _guarded(self, group: list[_Append]) -> None:
        """Whatever goes wrong, everyone who waits is answered."""
        try:
            self._work(group)
        except BaseException as e:
            self.writer.drop()
            for asked in group:
                if not asked.answer.done():
                    asked.answer.set_exception(_unknown(e))

    def _work(self, group: list[_Append]) -> None:
        failure: LedgerError | None = None
        left = self._attempt(group)
        for _ in range(ATTEMPTS - 1):
            if not left:
                return
            # One of them may be what Kafka refuses: from here on each goes alone.
            again: list[_Append] = []
            for asked in left:
                again += self._attempt([asked])
            left = again
        failure = self._failure
        for asked in left:
            asked.answer.set_exception(
                KafkaUnavailable(
                    f"Kafka 没有接受,没有写入:{failure}",
                    f"Kafka did not take it; nothing was recorded: {failure}",
                )
            )

    _failure: LedgerError | None = None

    def _attempt(self, group: list[_Append]) -> list[_Append]:
        """Decides and commits; returns those of which is known that nothing was recorded."""
        if not self.writer.is_open:
            try:
                self.writer.recover()
            except LedgerError as e:
                for asked in group:
                    asked.answer.set_exception(e)
                return []
        try:
            with self._naming_who_locks():
                decided = self._decide(group)
        except LedgerLocked as e:
            # Nothing was sent: each is told so, and may come again.
            for asked in group:
                if not asked.answer.done():
                    asked.answer.set_exception(e)
            return []
        if not decided.framed:
            return []
        try:
            self.writer.commit(decided.after, decided.framed, decided.events)
        except LedgerError as e:
            self._failure = e
            return self._learn(decided, e)
        decided.answer()
        return []

    def _learn(self, decided: _Group, error: LedgerError) -> list[_Append]:
        """After an unknown outcome: what the log says became of them."""
        try:
            self.writer.recover()
        except LedgerError as e:
            for asked, _ in decided.appends:
                asked.answer.set_exception(_unknown(e))
            return []
        if self.writer.index.holds(decided.after, decided.framed):
            decided.answer()
            return []
        logger.warning("writer: nothing was recorded, trying again: %s", error.en)
        return [asked for asked, _ in decided.appends]

    def _decide(self, group: list[_Append]) -> _Group:
        """Decides each in turn; what is refused is answered at once."""
        with rehearsing(self.engine) as conn:
            decided = _Group(self.applying.lock(conn).position)
            for asked in group:
                try:
                    # With it goes the proof that the index will take it, once Kafka has.
                    with translated(), conn.begin_nested():
                        framed = self._rehearse(conn, asked)
                except Exception as e:
                    asked.answer.set_exception(e)
                    continue
                if framed:
                    decided.take(asked, framed)
                else:
                    asked.answer.set_result([])
        return decided

    def _rehearse(self, conn: Connection, asked: _Append) -> list[bytes]:
        state = self.applying.lock(conn)
        framed = self._decided(
            conn, state, asked.stored, asked.stamps, asked.guard, asked.looked_up_at
        )
        if framed:
            self.applying.apply(conn, state, framed, asked.events)
        return framed


def _unknown(error: BaseException) -> OutcomeUnknown:
    text = error.en if isinstance(error, LedgerError) else repr(error)
    return OutcomeUnknown(
        f"是否已记录尚不清楚;重复同一命令是安全的,并会得到答案:{text}",
        f"whether this was recorded is not known; the same command again is safe and tells: {text}",
    )
