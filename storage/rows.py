"""Bulk rows, with the least work a row: straight to the driver, COPY where there are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, Integer, LargeBinary, String, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

COPY_FROM = 30
"""Rows from which COPY is quicker than the same INSERT again and again."""


def insert_rows(conn: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows given in the order of the table's columns.

    Core's handling of each row costs more than the insert itself, on either database.
    """
    if not rows:
        return
    if conn.dialect.name != "postgresql":
        conn.exec_driver_sql(str(table.insert().compile(dialect=conn.dialect)), list(rows))
    elif len(rows) < COPY_FROM:
        conn.exec_driver_sql(_insert(table), list(rows))
    else:
        _copy(conn, table, rows)


def _copy(conn: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    driver: Any = conn.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_copy_in(table)) as copy:
        copy.set_types(_types(table))
        write = copy.write_row
        for row in rows:
            write(row)


@cache
def _insert(table: Table) -> str:
    values = ", ".join(["%s"] * len(table.columns))
    return f"INSERT INTO {_named(table)} VALUES ({values})"  # noqa: S608 - our own tables' names


@cache
def _copy_in(table: Table) -> str:
    return f"COPY {_named(table)} FROM STDIN (FORMAT BINARY)"


def _named(table: Table) -> str:
    quote = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]
    columns = ", ".join(quote.format_column(c) for c in table.columns)
    return f"{quote.format_table(table)} ({columns})"


@cache
def _types(table: Table) -> tuple[str, ...]:
    return tuple(_type(column.type) for column in table.columns)


def _type(kind: TypeEngine[Any]) -> str:
    """The wire's name of a column's type: COPY does not convert."""
    for cls, name in (
        (BigInteger, "int8"),
        (Integer, "int4"),
        (Boolean, "bool"),
        (String, "text"),
        (LargeBinary, "bytea"),
    ):
        if isinstance(kind, cls):
            return name
    if kind.compile(dialect=postgresql.dialect()) == "BYTEA":  # type: ignore[no-untyped-call]
        return "bytea"
    raise TypeError(f"no wire type for {kind!r}")
