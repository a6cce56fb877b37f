"""Exactly once into SQL: rows and the reader's place are one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    select,
    update,
)

from consumers.messages import Message

metadata = MetaData()
places = Table(
    "relief_places",
    metadata,
    Column("reader", String(120), primary_key=True),
    Column("topic", String(200), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("family_position", BigInteger, key="number"),
)


class SqlSink:
    """A reader's place in a database of its own, beside the rows that it makes (`Places`).

        sink = SqlSink(engine, "finance")
        with subscribe(topic, settings, group="finance", places=sink) as messages:
            for message in messages:
                with sink.once(message) as conn:
                    if conn is not None:
                        conn.execute(...)

    Many in one transaction: `for batch in messages.batches(): with sink.batch(batch) as (conn, new)`.
    Crash anywhere: rows and place are both there or neither. A second reader that is still
    running after a rebalance finds the place moved on, and is told that the message is done.
    """

    def __init__(self, engine: Engine, reader: str) -> None:
        self.engine = engine
        self.reader = reader
        metadata.create_all(engine)

    def next(self, topic: str, partition: int) -> tuple[int, int | None] | None:
        """See `Places`."""
        with self.engine.begin() as conn:
            row = conn.execute(select(places).where(*self._mine(topic, partition))).first()
        return None if row is None else (row.next_offset, row.number)

    def passed(self, topic: str, partition: int, offset: int, number: int | None) -> None:
        """See `Places`."""
        with self.engine.begin() as conn:
            self._move_on(conn, (topic, partition), offset, number)

    @contextmanager
    def once(self, message: Message) -> Iterator[Connection | None]:
        """A transaction for the message's rows; None where it was done before."""
        with self.batch([message]) as (conn, new):
            yield conn if new else None

    @contextmanager
    def batch(self, messages: Sequence[Message]) -> Iterator[tuple[Connection, list[Message]]]:
        """One transaction for many messages: those of them that were not done before."""
        with self.engine.begin() as conn:
            yield conn, [m for m in messages if self._is_new(conn, m)]

    def _is_new(self, conn: Connection, message: Message) -> bool:
        place = (message.topic, message.partition)
        return self._move_on(conn, place, message.offset, message.number)

    def _move_on(
        self, conn: Connection, place: tuple[str, int], offset: int, number: int | None
    ) -> bool:
        mine = self._mine(*place)
        values = {"next_offset": offset + 1, "number": number}
        before = places.c.next_offset <= offset
        if conn.execute(update(places).where(*mine, before).values(**values)).rowcount:
            return True
        if conn.execute(select(places.c.reader).where(*mine)).first() is not None:
            return False
        key = {"reader": self.reader, "topic": place[0], "partition": place[1]}
        conn.execute(insert(places), {**key, **values})
        return True

    def _mine(self, topic: str, partition: int) -> tuple[ColumnElement[bool], ...]:
        return (
            places.c.reader == self.reader,
            places.c.topic == topic,
            places.c.partition == partition,
        )
