"""Opens the database of a log: durable settings, ours or refused, errors in our words.

A SQLite file or a schema in PostgreSQL; what is one database's own stands in `storage`. The
recorder speaks SQLAlchemy Core.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventsourcing.persistence import IntegrityError, InterfaceError, PersistenceError
from sqlalchemy import Connection, Engine

from ledger.errors import (
    DiskFull,
    LedgerLocked,
    LedgerReadOnly,
    LedgerStopped,
    LedgerUnreachable,
    NotOurs,
    OutcomeUnknown,
)
from storage import transactions
from storage.address import PostgresAddress, address_of
from storage.claim import Kind, claim_postgres, claim_sqlite
from storage.faults import DRIVER_ERRORS, CommitUnknown, Fault, Unfit, fault_of, said
from storage.postgres import postgres_engine
from storage.rows import insert_rows as insert_rows
from storage.sqlite import BUSY_SECONDS, sqlite_engine
from storage.transactions import create_tables as create_tables

APPLICATION_ID = 0x524C4447
"""`RLDG`: in a file's header, or in a table of the schema, it says that this is a ledger's."""
FORMAT_VERSION = 1
KIND = Kind(APPLICATION_ID, FORMAT_VERSION, "救助账本", "relief ledger")
SCHEMA = "relief_ledger"
"""The log's schema in PostgreSQL where its address names none."""
PRAGMAS = ("synchronous=FULL", "cache_size=-65536", "temp_store=MEMORY")


def open_database(
    where: Path | str | PostgresAddress,
    *,
    read_only: bool = False,
    busy_seconds: float = BUSY_SECONDS,
) -> Engine:
    """An engine on a log, made where it is missing: a path for SQLite, a URL for PostgreSQL.

    Raises NotOurs for what is another program's or of a newer format, LedgerReadOnly,
    DiskFull, LedgerUnreachable.
    """
    with translated():
        place = address_of(where, schema=SCHEMA)
        if not isinstance(place, PostgresAddress):
            return open_sqlite(place, read_only=read_only, busy_seconds=busy_seconds)
        engine = postgres_engine(place, busy_seconds=busy_seconds)
        try:
            claim_postgres(engine, place, KIND, read_only=read_only)
        except BaseException:
            engine.dispose()
            raise
        return engine


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
    """
    pragmas = (*PRAGMAS, "secure_delete=ON") if secure_delete else PRAGMAS
    engine = sqlite_engine(path, pragmas, read_only=read_only, busy_seconds=busy_seconds)
    try:
        with translated():
            claim_sqlite(engine, KIND, read_only=read_only)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction; commits at the end or leaves nothing. Errors in our words.

    OutcomeUnknown where the connection broke during the commit: ask before you answer.
    """
    with translated(), transactions.writing(engine) as connection:
        yield connection


@contextmanager
def rehearsing(engine: Engine) -> Iterator[Connection]:
    """A write transaction that is always rolled back: what would come of it is seen, and gone."""
    with translated(), transactions.rehearsing(engine) as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read transaction: one consistent view of the whole database. Errors in our words."""
    with translated(), transactions.reading(engine) as connection:
        yield connection


@contextmanager
def translated() -> Iterator[None]:
    """The driver's errors in our words, which the library's callers understand as well."""
    try:
        yield
    except DRIVER_ERRORS as e:
        raise _in_our_words(e) from e
    except Unfit as e:
        raise NotOurs(e.zh, e.en) from e
    except CommitUnknown as e:
        raise OutcomeUnknown(
            "提交时与数据库的连接中断:本次内容或已全部写入,或完全没有;重复同一命令是安全的",
            "the connection broke during the commit: all of this is recorded, or nothing; "
            "sending the same command again is safe",
        ) from e


def _in_our_words(error: Exception) -> PersistenceError:
    fault = fault_of(error)
    if fault in _WORDS:
        cls, zh, en = _WORDS[fault]
        return cls(zh, en)
    if fault is Fault.UNFIT:
        if "unable to open" in str(error).lower():
            return NotOurs("无法打开账本文件", "the ledger's file cannot be opened")
        return NotOurs("该文件不是数据库或已损坏", "the file is no database, or is damaged")
    if fault is Fault.UNREACHABLE:
        return LedgerUnreachable(
            f"无法连接数据库服务器,本次内容没有写入;请稍后再试({said(error)})",
            f"the database's server cannot be reached; nothing of this was written ({said(error)})",
        )
    if fault is Fault.INTEGRITY:
        return IntegrityError(said(error))
    return InterfaceError(said(error)) if fault is Fault.MISUSE else PersistenceError(said(error))


_WORDS: dict[Fault, tuple[type[LedgerLocked | LedgerReadOnly | DiskFull | LedgerStopped], str, str]]
_WORDS = {
    Fault.LOCKED: (
        LedgerLocked,
        "账本正被其他进程写入,请稍后再试",
        "another process is writing the ledger; try again",
    ),
    Fault.READ_ONLY: (
        LedgerReadOnly,
        "账本不可写:请检查文件、目录或数据库角色的权限",
        "the ledger cannot be written: look at the rights of file, folder or database role",
    ),
    Fault.FULL: (
        DiskFull,
        "磁盘已满,本次内容没有写入;请腾出空间后重试",
        "the disk is full; nothing of this was written. Free some room and try again",
    ),
    Fault.BROKEN: (
        LedgerStopped,
        "读写磁盘出错,已停止写入;请检查磁盘后重新启动",
        "the disk failed: nothing more is written. Check the disk, then start again",
    ),
}
