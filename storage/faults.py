"""Sorts what the drivers raise by what it means, for both databases alike.

SQLite says it in words, PostgreSQL in five characters (SQLSTATE, appendix A of its manual).
"""

from __future__ import annotations

import sqlite3
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from sqlalchemy import exc as sql

if TYPE_CHECKING:
    import psycopg


class Fault(Enum):
    """What went wrong below."""

    INTEGRITY = auto()
    """A constraint holds: the row, or its key, is there already."""
    LOCKED = auto()
    """Another transaction holds the lock longer than we wait, or won the race."""
    READ_ONLY = auto()
    """File, folder, database or role may not be written."""
    FULL = auto()
    """No room on the disk."""
    UNFIT = auto()
    """Not a database, damaged, or not to be opened as it is."""
    BROKEN = auto()
    """The disk failed below the database."""
    UNREACHABLE = auto()
    """The server is gone, starting, or refuses the connection; an open transaction is undone."""
    MISUSE = auto()
    """The program asked for what makes no sense."""
    OTHER = auto()


class Unfit(Exception):
    """The database is another program's, of a newer format, or set up as we cannot use it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class CommitUnknown(Exception):
    """The connection broke while the commit was under way: all of it stands, or nothing."""


def driver_errors() -> tuple[type[Exception], ...]:
    """Classes of what the drivers that are installed may raise."""
    try:
        import psycopg
    except ImportError:
        return (sql.DBAPIError, sqlite3.Error)
    return (sql.DBAPIError, sqlite3.Error, psycopg.Error)


DRIVER_ERRORS = driver_errors()


def origin_of(error: BaseException) -> BaseException | None:
    """The driver's own error."""
    return error.orig if isinstance(error, sql.DBAPIError) else error


def fault_of(error: BaseException) -> Fault:
    """What a driver's error means."""
    origin = origin_of(error)
    if isinstance(origin, sqlite3.Error):
        return _of_sqlite(origin)
    return _of_postgres(origin)


def said(error: BaseException) -> str:
    """The database's sentence, without the values of the row (PostgreSQL's DETAIL)."""
    origin: Any = origin_of(error)
    diagnostics = getattr(origin, "diag", None)
    return (diagnostics.message_primary if diagnostics else None) or str(origin)


def is_undone(error: BaseException) -> bool:
    """True where a failed commit certainly left nothing: a constraint, or a lost race."""
    origin = origin_of(error)
    if isinstance(origin, sqlite3.Error):
        return True
    return _state_of(origin)[:2] in {"23", "40"}


def _of_sqlite(error: sqlite3.Error) -> Fault:
    text = str(error).lower()
    if isinstance(error, sqlite3.IntegrityError):
        return Fault.INTEGRITY
    for words, fault in (
        (("locked", "busy"), Fault.LOCKED),
        (("readonly", "read-only"), Fault.READ_ONLY),
        (("full",), Fault.FULL),
        (("not a database", "malformed", "unable to open"), Fault.UNFIT),
        (("i/o error",), Fault.BROKEN),
    ):
        if any(word in text for word in words):
            return fault
    if isinstance(error, (sqlite3.InterfaceError, sqlite3.ProgrammingError)):
        return Fault.MISUSE
    return Fault.OTHER


_STATES = {
    "55P03": Fault.LOCKED,  # lock_timeout
    "57014": Fault.LOCKED,  # canceled by an operator or a timeout
    "25006": Fault.READ_ONLY,  # a standby, or a read-only transaction
    "42501": Fault.READ_ONLY,  # the role may not
    "53100": Fault.FULL,
    "3D000": Fault.UNFIT,  # no such database
    "58030": Fault.BROKEN,
    "58P01": Fault.BROKEN,  # a file of the server is missing
    "XX001": Fault.BROKEN,  # data corrupted
    "XX002": Fault.BROKEN,  # index corrupted
    "25P03": Fault.UNREACHABLE,  # we slept in a transaction: the server ended it
    "57P01": Fault.UNREACHABLE,
    "57P02": Fault.UNREACHABLE,
    "57P03": Fault.UNREACHABLE,  # starting up
}
_CLASSES = {
    "08": Fault.UNREACHABLE,
    "23": Fault.INTEGRITY,
    "28": Fault.UNREACHABLE,  # wrong password, or no such role
    "40": Fault.LOCKED,  # deadlock, lost race
    "53": Fault.UNREACHABLE,  # out of connections or memory
}


def _of_postgres(error: BaseException | None) -> Fault:
    state = _state_of(error)
    found = _STATES.get(state) or _CLASSES.get(state[:2])
    if found is not None:
        return found
    name = type(error).__name__
    if not state and name == "OperationalError":
        return Fault.UNREACHABLE  # libpq's own: no connection, or it broke
    return Fault.MISUSE if name in {"InterfaceError", "ProgrammingError"} else Fault.OTHER


def _state_of(error: BaseException | psycopg.Error | None) -> str:
    return getattr(error, "sqlstate", None) or ""
