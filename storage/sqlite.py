"""Opens SQLite files: transactions begin when we say, pragmas are set on every connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

BUSY_SECONDS = 30.0


def sqlite_engine(
    path: Path | str,
    pragmas: Sequence[str],
    *,
    read_only: bool = False,
    busy_seconds: float = BUSY_SECONDS,
) -> Engine:
    """An engine on the file. Reading takes a snapshot, `writing` begins IMMEDIATE."""
    uri = f"file:{_quoted(str(path))}" + ("?mode=ro" if read_only else "")
    engine = create_engine(
        "sqlite+pysqlite://",
        creator=lambda: sqlite3.connect(
            uri, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        ),
        poolclass=QueuePool,
        pool_size=5,
        max_overflow=20,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Python's driver would begin late and only before a write; a reader would see two states.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")

    return engine


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
