"""The ends of the log and of its families, and the lock that lets one writer at a time append."""

from __future__ import annotations

from sqlalchemy import Connection, select

from ledger.tables import LOG, heads


def locked_heads(conn: Connection) -> dict[int, int]:
    """Family → last position; the log's row is locked until the commit (SQLite locked all of it).

    Read in a statement of its own, begun when the lock was there: PostgreSQL shows a statement
    that waited the new state of the row it waited for, but none that were added meanwhile.
    """
    conn.execute(select(heads.c.position).where(heads.c.family_id == LOG).with_for_update())
    return {row.family_id: row.position for row in conn.execute(select(heads))}
