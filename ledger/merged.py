"""Who was registered twice, as the log has it: the write side's own look-up, kept with each append."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Column, Connection, Table, select

from domain.events import Event, PersonMerged
from domain.same_person import SamePerson
from ledger.columns import Big, Bytes
from ledger.ids import uuid_of
from ledger.indexes import annulled_among, index_metadata

merges = Table(
    "idx_merges",
    index_metadata,
    Column("position", Big, primary_key=True, autoincrement=False),
    Column("event_id", Bytes(), nullable=False),
    Column("person_id", Bytes(), nullable=False),
    Column("into_person_id", Bytes(), nullable=False),
)
MERGING_EVENTS = (PersonMerged,)


def index_merges(conn: Connection, events: Sequence[Event], positions: Sequence[int]) -> None:
    """Adds the merges among new entries. Runs inside the append's transaction."""
    rows = [
        {
            "position": position,
            "event_id": event.meta.event_id.bytes,
            "person_id": event.meta.stream_id.bytes,
            "into_person_id": event.into_person_id.bytes,
        }
        for event, position in zip(events, positions, strict=True)
        if isinstance(event, PersonMerged)
    ]
    if rows:
        conn.execute(merges.insert(), rows)


def same_person(conn: Connection) -> SamePerson:
    """Whom each registration stands for, annulled merges left out. One look-up where none is."""
    rows = conn.execute(select(merges).order_by(merges.c.position)).all()
    if not rows:
        return SamePerson()
    annulled = annulled_among(conn, [uuid_of(r.event_id) for r in rows])
    return SamePerson(
        (uuid_of(r.person_id), uuid_of(r.into_person_id))
        for r in rows
        if uuid_of(r.event_id) not in annulled
    )
