"""Which household files were merged into others, as the log has it: kept with each append, so that a
head's number finds the file that goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Column, Connection, Table, select

from domain.events import Event, HouseholdMerged
from ledger.columns import Big, Bytes
from ledger.ids import uuid_of
from ledger.indexes import annulled_among, index_metadata

closings = Table(
    "idx_closings",
    index_metadata,
    Column("position", Big, primary_key=True, autoincrement=False),
    Column("event_id", Bytes(), nullable=False),
    Column("case_id", Bytes(), nullable=False),
    Column("into_case_id", Bytes(), nullable=False),
)
CLOSING_EVENTS = (HouseholdMerged,)


def index_closings(conn: Connection, events: Sequence[Event], positions: Sequence[int]) -> None:
    """Adds the mergers among new entries. Runs inside the append's transaction."""
    rows = [
        {
            "position": position,
            "event_id": event.meta.event_id.bytes,
            "case_id": event.meta.stream_id.bytes,
            "into_case_id": event.into_household_id.bytes,
        }
        for event, position in zip(events, positions, strict=True)
        if isinstance(event, HouseholdMerged)
    ]
    if rows:
        conn.execute(closings.insert(), rows)


def going_on(conn: Connection, found: Mapping[str, UUID]) -> dict[str, UUID]:
    """The same keys, each with the file that goes on; annulled mergers are left out.

    One look-up where no household was ever merged. A circle, which reports may make, ends where
    it began.
    """
    rows = conn.execute(select(closings).order_by(closings.c.position)).all()
    if not rows:
        return dict(found)
    annulled = annulled_among(conn, [uuid_of(r.event_id) for r in rows])
    into = {
        uuid_of(r.case_id): uuid_of(r.into_case_id)
        for r in rows
        if uuid_of(r.event_id) not in annulled
    }
    return {key: _last(into, case) for key, case in found.items()}


def _last(into: Mapping[UUID, UUID], case: UUID) -> UUID:
    seen, at = {case}, case
    while at in into:
        at = into[at]
        if at in seen:
            return case
        seen.add(at)
    return at
