"""Keeps the read models level with the log: rows and position in one transaction a batch."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from domain.events import Event
from projections.annulments import Locator
from projections.database import lock_schema, reading, writing
from projections.entries import Entries, Recorded
from projections.errors import LogDiffers, NotCaughtUp, ViewsReplaced
from projections.model import Handler, ReadModel, Sink
from projections.models import MODELS
from projections.tables import PREFIX, WHOLE, metadata

BATCH: Final = 1000
"""Entries a transaction."""
FORMAT: Final = 1
"""Raised when handlers make other rows of the same events; changed tables are noticed without."""

Progress = Callable[[int, int], None]
"""(position reached, position aimed at)."""

_state = Table(
    f"{PREFIX}state",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("format", String(80), nullable=False),
    Column("position", WHOLE, nullable=False),
    Column("event_id", LargeBinary(16), nullable=True),
)


@dataclass(frozen=True, slots=True)
class _State:
    """How far the views are; `event_id` of the last entry tells one ledger from another."""

    format: str
    position: int
    event_id: bytes | None


class Views:
    """The read models of one ledger in one database. Disposable: the log makes them again.

    Opening makes the tables; views of another format are dropped and start from the beginning.
    """

    def __init__(self, engine: Engine, models: Sequence[ReadModel] = MODELS) -> None:
        self.engine = engine
        self._models = tuple(models)
        self._format = _format_of(self._tables())
        with writing(engine) as connection:
            lock_schema(connection)
            _state.create(connection, checkfirst=True)
            if self._read_state(connection).format != self._format:
                self._reset(connection)

    def position(self) -> int:
        """The last position whose rows are all in; 0 before the first."""
        with reading(self.engine) as connection:
            return self._read_state(connection).position

    def catch_up(
        self, entries: Entries, upto: int | None = None, progress: Progress | None = None
    ) -> int:
        """Reads the log as far as its head now, or `upto`; returns the position reached.

        Safe to repeat, to interrupt anywhere, and to run in several processes at once: each
        batch moves the position from where it was read, or writes nothing. Raises LogDiffers,
        ViewsReplaced.
        """
        head = entries.head()
        target = head if upto is None else min(upto, head)
        locator = Locator(entries)
        sink = Sink(self._tables(), locator)
        dispatch = self._dispatch(sink)
        state = self._checked_state(entries, head)
        while state.position < target:
            with _collector_paused():
                limit = min(BATCH, target - state.position)
                reached = self._take(entries, state, limit, dispatch, sink)
                # A crash before the commit leaves the batch out; the next catch-up reads it again.
                committed = self._commit(state, reached, sink)
                sink.clear()
            locator.forget()
            state = reached if committed else self._checked_state(entries, entries.head())
            if progress:
                progress(min(state.position, target), target)
        return state.position

    def rebuild(
        self, entries: Entries, upto: int | None = None, progress: Progress | None = None
    ) -> int:
        """Drops every row and reads the log from its beginning."""
        with writing(self.engine) as connection:
            lock_schema(connection)
            self._reset(connection)
        return self.catch_up(entries, upto, progress)

    @contextmanager
    def reading(self, as_at: int) -> Iterator[Connection]:
        """A connection for questions about `as_at`. Raises NotCaughtUp before the views are there."""
        with reading(self.engine) as connection:
            position = self._read_state(connection).position
            if position < as_at:
                raise NotCaughtUp(
                    f"视图只到第 {position} 条,问题涉及第 {as_at} 条;请先追平再查询",
                    f"the views are at {position}, the question is about {as_at}; catch up first",
                )
            yield connection

    def adopt(self, connection: Connection, other: Views, source: Connection) -> None:
        """Takes another's position within a transaction that takes all of its rows as well.

        Raises ViewsReplaced where the two are of different formats.
        """
        state = other._read_state(source)
        if (state.format, self._read_state(connection).format) != (self._format, self._format):
            raise ViewsReplaced(
                "视图已被另一版本的程序重建;请重新启动本程序",
                "another version of the program rebuilt the views; start this one again",
            )
        values = {"position": state.position, "event_id": state.event_id}
        connection.execute(update(_state).values(values))

    def _tables(self) -> list[Table]:
        return [table for model in self._models for table in model.tables]

    def _dispatch(self, sink: Sink) -> dict[type[Event], tuple[Handler, ...]]:
        dispatch: dict[type[Event], tuple[Handler, ...]] = {}
        for model in self._models:
            for cls, handler in model.handlers(sink).items():
                dispatch[cls] = (*dispatch.get(cls, ()), handler)
        return dispatch

    def _take(
        self,
        entries: Entries,
        state: _State,
        limit: int,
        dispatch: Mapping[type[Event], Sequence[Handler]],
        sink: Sink,
    ) -> _State:
        """Reads the entries that follow and fills the sink with their rows."""
        batch = entries.read(state.position, limit)
        _check_gapless(batch, state.position)
        for position, _, event in batch:
            for handle in dispatch.get(event.__class__, ()):
                handle(position, event)
        last = batch[-1]
        return _State(self._format, last.position, last.event.meta.event_id.bytes)

    def _read_state(self, connection: Connection) -> _State:
        row = connection.execute(select(_state)).first()
        return _State(row.format, row.position, row.event_id) if row else _State("", 0, None)

    def _checked_state(self, entries: Entries, head: int) -> _State:
        """Where the views are, once it is sure that they were made of this log."""
        with reading(self.engine) as connection:
            state = self._read_state(connection)
        if state.format != self._format:
            raise ViewsReplaced(
                "视图已被另一版本的程序重建;请重新启动本程序",
                "another version of the program rebuilt the views; start this one again",
            )
        if state.position > head:
            raise LogDiffers(
                f"视图已读到第 {state.position} 条,账本只有 {head} 条:账本缺失内容或不是同一账本",
                f"the views have read {state.position} entries, the log has {head}:"
                " it lost some, or it is another ledger's",
            )
        if state.position:
            known = entries.read(state.position - 1, 1)
            if not known or known[0].event.meta.event_id.bytes != state.event_id:
                raise LogDiffers(
                    f"账本第 {state.position} 条与视图所读的不同:不是同一账本",
                    f"entry {state.position} is not the one that the views read: another ledger",
                )
        return state

    def _commit(self, before: _State, after: _State, sink: Sink) -> bool:
        """Rows and position together; False, and nothing written, where another was first."""
        with writing(self.engine) as connection:
            moved = connection.execute(
                update(_state)
                .where(_state.c.position == before.position, _state.c.format == before.format)
                .values(position=after.position, event_id=after.event_id)
            )
            if moved.rowcount != 1:
                return False
            sink.write(connection)
            return True

    def _reset(self, connection: Connection) -> None:
        for name in inspect(connection).get_table_names():
            if name.startswith(PREFIX) and name != _state.name:
                Table(name, MetaData()).drop(connection)
        metadata.create_all(connection, tables=self._tables(), checkfirst=False)
        connection.execute(_state.delete())
        first = {"id": 1, "format": self._format, "position": 0, "event_id": None}
        connection.execute(insert(_state), first)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A batch is many short-lived objects without a cycle: walking them would cost a sixth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _check_gapless(batch: Sequence[Recorded], after: int) -> None:
    if not batch or batch[0].position != after + 1 or batch[-1].position != after + len(batch):
        raise LogDiffers(
            f"账本在第 {after} 条之后不连续,已停止读取",
            f"the log has a gap after entry {after}; reading stopped",
        )


def _format_of(tables: Sequence[Table]) -> str:
    """The format's number, and a digest of every table and index as it would be made."""
    made: list[Any] = [CreateTable(t) for t in tables]
    made += [CreateIndex(i) for t in tables for i in sorted(t.indexes, key=lambda i: str(i.name))]
    text = "\n".join(str(statement) for statement in made)
    return f"{FORMAT}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
