"""Transactions, the same on both databases: a reader's snapshot, a writer's all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, MetaData, RootTransaction

from storage.faults import DRIVER_ERRORS, CommitUnknown, is_undone


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction; commits at the end or leaves nothing.

    On SQLite it is alone from its first statement; on PostgreSQL it sees what others committed
    before each statement, and whoever must be alone locks a row first. Raises the driver's
    errors, and CommitUnknown where the connection broke during the commit.
    """
    with (
        engine.connect().execution_options(writes=True) as connection,
        connection.begin() as transaction,
    ):
        yield connection
        _commit(connection, transaction)


def _commit(connection: Connection, transaction: RootTransaction) -> None:
    try:
        transaction.commit()
    except DRIVER_ERRORS as e:
        if is_undone(e):
            raise
        connection.invalidate()
        raise CommitUnknown(str(type(e).__name__)) from e


@contextmanager
def rehearsing(engine: Engine) -> Iterator[Connection]:
    """A write transaction that is always rolled back."""
    with engine.connect().execution_options(writes=True) as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read transaction: one consistent view of the whole database from its first statement."""
    with engine.connect() as connection, connection.begin():
        yield connection


def create_tables(connection: Connection, *kinds: MetaData) -> None:
    """Makes the tables that are missing; safe to repeat, and for several processes at once."""
    lock_schema(connection)
    for metadata in kinds:
        metadata.create_all(connection)


def lock_schema(connection: Connection) -> None:
    """One process at a time makes or drops tables, until the commit: SQLite's IMMEDIATE does it,
    PostgreSQL is told."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(1380730951, hashtext(current_schemas(false)::text))"
        )
