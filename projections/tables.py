"""The append-only fact tables that all read models are made of, and when a row of them counts.

Days are numbers (`date.toordinal`), ids are 16 bytes, money is whole fen, months are "YYYY-MM".
Texts compare by code point on every database, whatever its locale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Executable,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    and_,
    exists,
)
from sqlalchemy.sql.elements import ColumnClause

from domain.calendar import month_of
from projections.moment import Moment

PREFIX: Final = "view_"
"""All tables of the read side begin with it; nothing else in the database does."""
metadata: Final = MetaData()

WHOLE = BigInteger().with_variant(Integer, "sqlite")
"""64 bits everywhere; SQLite keys a table by its row number only where the type is INTEGER."""


def whole(name: str, *, nullable: bool = False) -> Column[int]:
    """A whole number: fen, a count, a position."""
    return Column(name, WHOLE, nullable=nullable)


def day(name: str, *, nullable: bool = False) -> Column[int]:
    """A civil date as `date.toordinal`, so that dates compare as numbers."""
    return Column(name, Integer, nullable=nullable)


def id_(name: str, *, nullable: bool = False) -> Column[bytes]:
    """The 16 bytes of a UUID."""
    return Column(name, LargeBinary(16), nullable=nullable)


def sealed(name: str) -> Column[bytes]:
    """A sealed field as it stands in the event."""
    return Column(name, LargeBinary, nullable=True)


def digest(name: str) -> Column[bytes]:
    """A keyed digest as it stands in the event: it tells like from unlike, and nothing else."""
    return Column(name, LargeBinary, nullable=True)


def flag(name: str) -> Column[bool]:
    """True or false."""
    return Column(name, Boolean, nullable=False)


def text(name: str, *, nullable: bool = False) -> Column[str]:
    """A code, a month or a public name. SQLite compares UTF-8 bytes by itself; PostgreSQL is told."""
    kind = String().with_variant(String(collation="C"), "postgresql")
    return Column(name, kind, nullable=nullable)


def fact_table(name: str, *columns: Column[Any], several: bool = False) -> Table:
    """A table with one row an event, keyed by its position; `several`: numbered by `n` as well."""
    key: list[Column[Any]] = [Column("position", WHOLE, primary_key=True, autoincrement=False)]
    if several:
        key.append(Column("n", Integer, primary_key=True, autoincrement=False))
    return Table(f"{PREFIX}{name}", metadata, *key, *columns, sqlite_with_rowid=not several)


annulments = fact_table(
    "annulments",
    id_("event_id"),
    id_("stream_id"),
    id_("annulled_event_id"),
    Column("annulled_position", WHOLE, nullable=False, index=True),
    day("occurred_on"),
    text("reason"),
)
"""Position 0 where the annulled event is not in its stream: no row stands there."""


def stands(position: ColumnElement[int] | ColumnClause[int], as_at: int) -> ColumnElement[bool]:
    """True for a row that the log had by `as_at` and that nothing had taken back by then."""
    taken_back = exists().where(
        annulments.c.annulled_position == position, annulments.c.position <= as_at
    )
    return and_(position <= as_at, ~taken_back)


def counts(table: Any, moment: Moment) -> ColumnElement[bool]:
    """True for a row of a fact table (or an alias of it) that belongs to an answer at the moment."""
    return and_(
        stands(table.c.position, moment.as_at), table.c.occurred_on <= moment.as_of.toordinal()
    )


def as_date(ordinal: int | None) -> date | None:
    """The date behind a day number."""
    return None if ordinal is None else date.fromordinal(ordinal)


@lru_cache(maxsize=4096)
def month_of_day(occurred_on: date) -> str:
    """The month of a day; cached, since the lines of a batch share theirs."""
    return month_of(occurred_on)


def each(connection: Connection, query: Executable) -> Iterator[Any]:
    """The rows of a large answer, fetched in thousands: one at a time takes twice as long.

    Who stops half-way leaves nothing open: the server keeps a cursor for each such answer.
    """
    with connection.execute(query, execution_options={"yield_per": 10_000}) as rows:
        yield from rows


CHUNK = 500
"""Ids that one query takes; SQLite takes 32,766 values and PostgreSQL 65,535."""


def chunks(ids: Iterable[UUID]) -> Iterator[list[bytes]]:
    """The ids as their bytes, each once, as many at a time as a query takes."""
    wanted = [i.bytes for i in dict.fromkeys(ids)]
    for start in range(0, len(wanted), CHUNK):
        yield wanted[start : start + CHUNK]
