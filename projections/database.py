"""Opens the database of the read models: a SQLite file, or a schema of its own in PostgreSQL.

Read models are disposable: a power cut may lose the last transactions (SQLite runs with
synchronous=NORMAL), but rows and position are lost together, and the next catch-up writes them
again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from projections.errors import ViewsUnavailable, ViewsUnfit
from storage import transactions
from storage.address import PostgresAddress, address_of
from storage.claim import Kind, claim_postgres
from storage.faults import DRIVER_ERRORS, CommitUnknown, Fault, Unfit, fault_of, said
from storage.postgres import postgres_engine
from storage.sqlite import BUSY_SECONDS, sqlite_engine
from storage.transactions import lock_schema as lock_schema

KIND = Kind(0x524C5657, 1, "救助账本的视图", "relief ledger's views")
"""`RLVW`: a schema that says so is ours to drop and make anew."""
SCHEMA = "relief_views"
"""The views' schema in PostgreSQL where their address names none."""
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-131072", "temp_store=MEMORY")


def open_database(
    where: Path | str | PostgresAddress, *, busy_seconds: float = BUSY_SECONDS
) -> Engine:
    """An engine on the read models, made where they are missing. Raises ViewsUnfit,
    ViewsUnavailable."""
    with translated():
        place = address_of(where, schema=SCHEMA)
        if not isinstance(place, PostgresAddress):
            return open_sqlite(place, busy_seconds=busy_seconds)
        engine = postgres_engine(place, busy_seconds=busy_seconds)
        try:
            claim_postgres(engine, place, KIND, read_only=False)
        except BaseException:
            engine.dispose()
            raise
        return engine


def open_sqlite(path: Path | str, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine on the file, made if it is missing; `writing` waits for other processes."""
    return sqlite_engine(path, PRAGMAS, busy_seconds=busy_seconds)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction; commits at the end or leaves nothing. Raises ViewsUnavailable.

    On PostgreSQL two may write at once: whoever moves the position second finds it moved.
    """
    with translated(), transactions.writing(engine) as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read transaction: one consistent view of the whole database."""
    with translated(), transactions.reading(engine) as connection:
        yield connection


@contextmanager
def translated() -> Iterator[None]:
    """The driver's errors in our words; what is a mistake of the program stays as it is."""
    try:
        yield
    except DRIVER_ERRORS as e:
        raise _in_our_words(e) from e
    except Unfit as e:
        raise ViewsUnfit(e.zh, e.en) from e
    except CommitUnknown as e:
        raise _unavailable("提交时连接中断", "the connection broke during the commit") from e


_WORDS = {
    Fault.LOCKED: ("视图正被其他进程更新", "another process is writing the views"),
    Fault.UNREACHABLE: ("无法连接视图的数据库", "the views' database cannot be reached"),
    Fault.FULL: ("磁盘已满", "the disk is full"),
    Fault.READ_ONLY: (
        "视图不可写:请检查文件、目录或数据库角色的权限",
        "the views cannot be written: look at the rights of file, folder or database role",
    ),
    Fault.BROKEN: ("读写磁盘出错", "the disk failed"),
}


def _in_our_words(error: Exception) -> Exception:
    fault = fault_of(error)
    if fault in _WORDS:
        zh, en = _WORDS[fault]
        more = f"({said(error)})" if fault is Fault.UNREACHABLE else ""
        return _unavailable(zh + more, f"{en} {more}".strip())
    if fault is Fault.UNFIT:
        return ViewsUnfit(
            "视图文件不是数据库或已损坏;视图可以删除重建",
            "the views' file is no database, or is damaged; it may be deleted and is made anew",
        )
    return error


def _unavailable(zh: str, en: str) -> ViewsUnavailable:
    return ViewsUnavailable(
        f"{zh};没有写入任何内容,请稍后再试", f"{en}; nothing was written, try again"
    )
