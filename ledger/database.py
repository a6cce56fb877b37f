"""Opens the SQLite file of a ledger: durable settings, ours or refused, errors in our words.

All that is SQLite's own stands here; the recorder speaks SQLAlchemy Core.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eventsourcing.persistence import IntegrityError, InterfaceError, PersistenceError
from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy import exc as sql
from sqlalchemy.pool import QueuePool

from ledger.errors import DiskFull, LedgerLocked, LedgerReadOnly, LedgerStopped, NotOurs

APPLICATION_ID = 0x524C4447
"""`RLDG` in the file's header: this file is a relief ledger's."""
FORMAT_VERSION = 1
BUSY_SECONDS = 30.0


def open_sqlite(
    path: Path | str,
    *,
    read_only: bool = False,
    busy_seconds: float = BUSY_SECONDS,
    secure_delete: bool = False,
) -> Engine:
    """An engine on the file, made if it is missing. WAL, synchronous=FULL.

    `secure_delete`: what is deleted or overwritten is zeroed in the file.

    Raises NotOurs for a file of another program or a newer format, LedgerReadOnly, DiskFull.
    Transactions begin when a statement asks; a writer begins IMMEDIATE through `writing`.
    """
    uri = f"file:{_quoted(str(path))}" + ("?mode=ro" if read_only else "")
    engine = create_engine(
        "sqlite+pysqlite://",
        creator=lambda: sqlite3.connect(
            uri, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        ),
        poolclass=QueuePool,
        pool_size=5,
        max_overflow=20,
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA cache_size=-65536")
        cursor.execute("PRAGMA temp_store=MEMORY")
        if secure_delete:
            cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    try:
        _claim(engine, read_only=read_only)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _claim(engine: Engine, *, read_only: bool) -> None:
    with translated():
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            application = cursor.execute("PRAGMA application_id").fetchone()[0]
            version = cursor.execute("PRAGMA user_version").fetchone()[0]
            tables = cursor.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if application == 0 and tables == 0 and not read_only:
                cursor.execute("PRAGMA journal_mode=WAL")
                cursor.execute(f"PRAGMA application_id={APPLICATION_ID}")
                cursor.execute(f"PRAGMA user_version={FORMAT_VERSION}")
            elif application != APPLICATION_ID:
                raise NotOurs(
                    "该文件是其他程序的数据库,不是救助账本",
                    "this file is another program's database, not a relief ledger",
                )
            elif version > FORMAT_VERSION:
                raise NotOurs(
                    f"账本格式 {version} 比本程序新;请使用更新的程序",
                    f"the ledger's format {version} is newer than this program; use a newer one",
                )
        finally:
            raw.close()


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction, alone from its first statement; commits at the end or leaves nothing."""
    options = {"begin": "IMMEDIATE"}
    with (
        translated(),
        engine.connect().execution_options(**options) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def rehearsing(engine: Engine) -> Iterator[Connection]:
    """A write transaction that is always rolled back: what would come of it is seen, and gone."""
    options = {"begin": "IMMEDIATE"}
    with translated(), engine.connect().execution_options(**options) as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


def insert_rows(conn: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows given in the order of the table's columns, with the least work a row."""
    if not rows:
        return
    statement = table.insert().compile(dialect=conn.dialect)
    if statement.positional:
        # Straight to the driver: Core's handling of each row costs more than the insert itself.
        conn.exec_driver_sql(str(statement), list(rows))
    else:
        names = [column.name for column in table.columns]
        conn.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read transaction: one consistent view of the whole database."""
    with translated(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def translated() -> Iterator[None]:
    """The driver's errors in our words, which the library's callers understand as well."""
    try:
        yield
    except (sql.DBAPIError, sqlite3.Error) as e:
        raise _in_our_words(e) from e


def _in_our_words(error: sql.DBAPIError | sqlite3.Error) -> PersistenceError:
    origin = error.orig if isinstance(error, sql.DBAPIError) else error
    text = str(origin).lower()
    if isinstance(origin, sqlite3.IntegrityError):
        return IntegrityError(str(origin))
    if "locked" in text or "busy" in text:
        return LedgerLocked(
            "账本正被其他进程写入,请稍后再试", "another process is writing the ledger; try again"
        )
    if "readonly" in text or "read-only" in text:
        return LedgerReadOnly(
            "账本文件或其目录不可写;请检查权限", "the ledger's file or folder cannot be written"
        )
    if "full" in text:
        return DiskFull(
            "磁盘已满,本次内容没有写入;请腾出空间后重试",
            "the disk is full; nothing of this was written. Free some room and try again",
        )
    if "not a database" in text or "malformed" in text:
        return NotOurs("该文件不是数据库或已损坏", "the file is no database, or is damaged")
    if "unable to open" in text:
        return NotOurs("无法打开账本文件", "the ledger's file cannot be opened")
    if "i/o error" in text:
        return LedgerStopped(
            "读写磁盘出错,已停止写入;请检查磁盘后重新启动",
            "the disk failed: nothing more is written. Check the disk, then start again",
        )
    if isinstance(origin, (sqlite3.InterfaceError, sqlite3.ProgrammingError)):
        return InterfaceError(str(origin))
    return PersistenceError(str(origin))
