"""Exactly once into SQL: rows and the reader's place are one transaction."""

from __future__ import annotations

from collections.abc import Iterator
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
    Column("family_position", BigInteger),
)


class SqlSink:
    """A reader's place in a database of its own, beside the rows that it makes (`Places`).

        sink = SqlSink(engine, "finance")
        with subscribe(topic, settings, group="finance", places=sink) as messages:
            for message in messages:
                with sink.once(message) as conn:
                    if conn is not None:
                        conn.execute(...)

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
        return None if row is None else (row.next_offset, row.family_position)

    @contextmanager
    def once(self, message: Message) -> Iterator[Connection | None]:
        """A transaction for the message's rows; None where it was done before."""
        with self.engine.begin() as conn:
            yield conn if self._move_on(conn, message) else None

    def _move_on(self, conn: Connection, message: Message) -> bool:
        mine = self._mine(message.topic, message.partition)
        values = {"next_offset": message.offset + 1, "family_position": message.family_position}
        before = places.c.next_offset <= message.offset
        if conn.execute(update(places).where(*mine, before).values(**values)).rowcount:
            return True
        if conn.execute(select(places.c.reader).where(*mine)).first() is not None:
            return False
        key = {"reader": self.reader, "topic": message.topic, "partition": message.partition}
        conn.execute(insert(places), {**key, **values})
        return True

    def _mine(self, topic: str, partition: int) -> tuple[ColumnElement[bool], ...]:
        return (
            places.c.reader == self.reader,
            places.c.topic == topic,
            places.c.partition == partition,
        )
