"""Who was erased, as the log has it: the write side's own look-up, kept with each append."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Index, Integer, Table, select

from domain.events import Event, SubjectErased
from ledger.columns import Big, Bytes
from ledger.ids import uuid_of
from ledger.indexes import CHUNK, index_metadata

erasures = Table(
    "idx_erasures",
    index_metadata,
    Column("position", Big, primary_key=True, autoincrement=False),
    Column("person_id", Bytes(), nullable=False),
    Column("event_id", Bytes(), nullable=False),
    Column("erased_on", Integer, nullable=False),
)
ERASING_EVENTS = (SubjectErased,)
Index("idx_erasures_person", erasures.c.person_id)


@dataclass(frozen=True, slots=True)
class Erasure:
    """One person's erasure and where it stands."""

    position: int
    person_id: UUID
    event_id: UUID
    erased_on: date


def index_erasures(conn: Connection, events: Sequence[Event], positions: Sequence[int]) -> None:
    """Adds the erasures among new entries. Runs inside the append's transaction."""
    rows = [
        {
            "position": position,
            "person_id": event.person_id.bytes,
            "event_id": event.meta.event_id.bytes,
            "erased_on": event.meta.occurred_on.toordinal(),
        }
        for event, position in zip(events, positions, strict=True)
        if isinstance(event, SubjectErased)
    ]
    if rows:
        conn.execute(erasures.insert(), rows)


def any_erased(conn: Connection) -> bool:
    """True once anybody was ever erased; saves the look-up of each where nobody was."""
    return conn.execute(select(erasures.c.position).limit(1)).first() is not None


def erased_among(conn: Connection, person_ids: Iterable[UUID]) -> dict[UUID, Erasure]:
    """The erasures of these persons."""
    wanted = [p.bytes for p in person_ids]
    found: dict[UUID, Erasure] = {}
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        rows = conn.execute(select(erasures).where(erasures.c.person_id.in_(part)))
        found.update((e.person_id, e) for e in map(_erasure, rows))
    return found


def erasures_after(conn: Connection, position: int, limit: int) -> list[Erasure]:
    """The next erasures after a position, in order of the log."""
    after = select(erasures).where(erasures.c.position > position)
    rows = conn.execute(after.order_by(erasures.c.position).limit(limit))
    return [_erasure(row) for row in rows]


def erasure_at(conn: Connection, position: int) -> Erasure | None:
    """The erasure that stands at a position."""
    row = conn.execute(select(erasures).where(erasures.c.position == position)).first()
    return _erasure(row) if row else None


def _erasure(row: Any) -> Erasure:
    return Erasure(
        row.position,
        uuid_of(row.person_id),
        uuid_of(row.event_id),
        date.fromordinal(row.erased_on),
    )
