"""Opens the SQLite file of the read models. All that one database does its own way stands here.

Read models are disposable: a power cut may lose the last transactions (synchronous=NORMAL), but
rows and position are lost together, and the next catch-up writes them again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

BUSY_SECONDS = 30.0


def open_sqlite(path: Path | str, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine on the file, made if it is missing; `writing` waits for other processes."""
    engine = create_engine(
        "sqlite+pysqlite://",
        creator=lambda: sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        ),
        poolclass=QueuePool,
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA cache_size=-131072")
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Python's driver would begin late and only before a write; a reader would see two states.
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction, alone from its first statement; commits at the end or leaves nothing."""
    with (
        engine.connect().execution_options(begin="IMMEDIATE") as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read transaction: on SQLite one consistent view of the whole database."""
    with engine.connect() as connection, connection.begin():
        yield connection


def lock_schema(connection: Connection) -> None:
    """One process at a time makes or drops tables: SQLite's IMMEDIATE does it, PostgreSQL is told."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7310145)")
