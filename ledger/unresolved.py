"""Who is known only from a report, as the log has it: the write side's own look-up, kept with each
append, so that a list which names him in full can put that right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Index, Table, select

from domain.events import Event, PersonCorrected, PersonRegistered
from ledger.columns import Big, Bytes
from ledger.ids import uuid_of
from ledger.indexes import CHUNK, annulled_among, index_metadata

resolutions = Table(
    "idx_resolutions",
    index_metadata,
    Column("position", Big, primary_key=True, autoincrement=False),
    Column("event_id", Bytes(), nullable=False),
    Column("person_id", Bytes(), nullable=False),
    Column("resolved", Boolean, nullable=False),
)
Index("idx_resolutions_person", resolutions.c.person_id)
RESOLVING_EVENTS = (PersonRegistered, PersonCorrected)


def index_resolutions(conn: Connection, events: Sequence[Event], positions: Sequence[int]) -> None:
    """Adds the unresolved among new persons, and every correction. Runs inside the append's
    transaction; who is registered as resolved, nearly everybody, costs no row."""
    rows = [
        {
            "position": position,
            "event_id": event.meta.event_id.bytes,
            "person_id": event.meta.stream_id.bytes,
            "resolved": event.resolved,
        }
        for event, position in zip(events, positions, strict=True)
        if isinstance(event, PersonCorrected)
        or (isinstance(event, PersonRegistered) and not event.resolved)
    ]
    if rows:
        conn.execute(resolutions.insert(), rows)


def unresolved_among(conn: Connection, persons: Iterable[UUID]) -> set[UUID]:
    """Which of these persons nobody has resolved; annulled corrections are left out."""
    wanted = [p.bytes for p in dict.fromkeys(persons)]
    last: dict[UUID, bool] = {}
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        found = select(resolutions).where(resolutions.c.person_id.in_(part))
        rows = conn.execute(found.order_by(resolutions.c.position)).all()
        annulled = annulled_among(conn, [uuid_of(r.event_id) for r in rows]) if rows else set()
        last.update(
            {uuid_of(r.person_id): r.resolved for r in rows if uuid_of(r.event_id) not in annulled}
        )
    return {person for person, resolved in last.items() if not resolved}
