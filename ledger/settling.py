"""Finds out what became of an append whose commit was not heard of.

A server that went away between our COMMIT and its answer has recorded all of the append, or
nothing. Whoever asked for it hears which, and not "perhaps".
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from eventsourcing.persistence import OperationalError, StoredEvent
from sqlalchemy import Connection, Engine, select

from ledger.database import writing
from ledger.errors import LedgerUnreachable, OutcomeUnknown
from ledger.framing import Framer
from ledger.heads import locked_heads
from ledger.ids import stream_uuid
from ledger.tables import entries

PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds to wait before each time that the server is asked: a crashed one needs some to recover."""


def settle(
    engine: Engine,
    framer: Framer,
    stored: Sequence[StoredEvent],
    unknown: OutcomeUnknown,
) -> Sequence[int]:
    """The positions of the append, where it stands.

    Asked under the lock, on a new connection: a commit that is still under way on the server has
    ended by then. Raises LedgerUnreachable where nothing was written, and the `unknown` that it
    was given where nobody answers.
    """
    for pause in PAUSES:
        time.sleep(pause)
        try:
            with writing(engine) as conn:
                locked_heads(conn)
                first = _position(conn, framer, stored[0])
        except OperationalError:
            continue
        if first is None:
            raise LedgerUnreachable(
                "提交时与数据库的连接中断;已核实本次内容没有写入,请重试",
                "the connection broke during the commit; the log says that nothing of this was "
                "written. Try again",
            ) from unknown
        return range(first, first + len(stored))
    raise unknown


def _position(conn: Connection, framer: Framer, event: StoredEvent) -> int | None:
    """Where this very event stands; another writer's may be in its place by now."""
    row = conn.execute(
        select(entries.c.position, entries.c.entry).where(
            entries.c.stream_id == stream_uuid(event.originator_id).bytes,
            entries.c.stream_version == event.originator_version,
        )
    ).first()
    if row is None or framer.state(bytes(row.entry)) != event.state:
        return None
    return int(row.position)
