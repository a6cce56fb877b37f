"""The index: the SQL store beside Kafka. It says how far it has come, and moves on only from there.

Every step compares and sets the position and the writer's epoch in the transaction that
inserts the entries. Crash before its commit: the next opening reads the same records again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select, update

from domain.events import Event
from ledger.applying import Applying
from ledger.columns import Big
from ledger.database import create_tables, reading, rehearsing, writing
from ledger.kafka.errors import AnotherWriter
from ledger.tables import entries

kafka_metadata = MetaData()
places = Table(
    "kafka_place",
    kafka_metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", Big, nullable=False),
    Column("last_offset", Big, nullable=False),
    Column("epoch", Big, nullable=False),
)
"""One row: the last entry taken from Kafka, its offset, and the epoch of the last writer."""


class Place(NamedTuple):
    """How far the index is."""

    position: int
    last_offset: int
    """−1 before the first entry."""
    epoch: int


class IndexMoved(AnotherWriter):
    """Somebody else moved this index on."""


class Index:
    """The index of a Kafka ledger on a database."""

    def __init__(self, engine: Engine, applying: Applying) -> None:
        self.engine = engine
        self._applying = applying

    def create_tables(self) -> None:
        """Makes what is missing; safe to repeat."""
        with writing(self.engine) as conn:
            create_tables(conn, kafka_metadata)
            if conn.execute(select(places)).first() is None:
                conn.execute(insert(places), {"id": 1, **Place(0, -1, -1)._asdict()})

    def place(self) -> Place:
        """How far it is."""
        with reading(self.engine) as conn:
            row = conn.execute(select(places)).one()
        return Place(row.position, row.last_offset, row.epoch)

    def await_free(self) -> None:
        """Returns when it can be written; changes nothing. Raises LedgerLocked after a bounded wait."""
        with rehearsing(self.engine) as conn:
            conn.execute(update(places).values(epoch=places.c.epoch))

    def claim(self, epoch: int) -> None:
        """From here on only the writer of this epoch moves it. Raises AnotherWriter for a later."""
        with writing(self.engine) as conn:
            mine = places.c.epoch <= epoch
            if conn.execute(update(places).where(mine).values(epoch=epoch)).rowcount != 1:
                raise AnotherWriter(
                    "索引已由更晚启动的写入进程使用",
                    "a writer that started later has this index",
                )

    def apply(
        self,
        after: int,
        framed: Sequence[bytes],
        last_offset: int,
        epoch: int,
        events: Sequence[Event] | None = None,
    ) -> None:
        """Adds the entries that follow a position; durable on return. `events`: the same ones
        decoded, where they are at hand.

        Raises IndexMoved where position or epoch is not what the caller believes, what
        `Applying.apply_after` raises, DiskFull. Nothing is changed then.
        """
        with writing(self.engine) as conn:
            moved = conn.execute(
                update(places)
                .where(places.c.position == after, places.c.epoch == epoch)
                .values(position=after + len(framed), last_offset=last_offset)
            )
            if moved.rowcount != 1:
                raise IndexMoved(
                    f"索引不在第 {after} 条,已被其他进程推进",
                    f"the index is not at {after} any more: another process moved it on",
                )
            self._applying.apply_after(conn, after, framed, events)

    def set_place(self, position: int, last_offset: int, epoch: int) -> None:
        """Says which record the entry at this position is; for publishing, after comparing."""
        with writing(self.engine) as conn:
            place = {"position": position, "last_offset": last_offset, "epoch": epoch}
            conn.execute(update(places).values(**place))

    def holds(self, after: int, framed: Sequence[bytes]) -> bool:
        """True where exactly these entries stand behind a position."""
        span = entries.c.position.between(after + 1, after + len(framed))
        with reading(self.engine) as conn:
            query = select(entries.c.entry).where(span).order_by(entries.c.position)
            return [bytes(e) for (e,) in conn.execute(query)] == list(framed)

    def entry_at(self, position: int) -> bytes | None:
        """The bytes at a position."""
        with reading(self.engine) as conn:
            found = conn.execute(
                select(entries.c.entry).where(entries.c.position == position)
            ).scalar_one_or_none()
        return None if found is None else bytes(found)
