"""Readers' positions, by the contract of `eventsourcing`: how far each has come, rising only."""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import IntegrityError, ProcessRecorder, Tracking, TrackingRecorder
from sqlalchemy import Connection, Engine, insert, select, update

from ledger.database import create_tables, reading, writing
from ledger.recorder import ReliefApplicationRecorder
from ledger.tables import metadata, tracking
from ledger.treestore import Progress


class ReliefTrackingRecorder(TrackingRecorder):
    """Keeps how far a reader has come, rising only."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def create_tables(self) -> None:
        """Makes what is missing; safe to repeat."""
        with writing(self.engine) as conn:
            create_tables(conn, metadata)

    def insert_tracking(self, tracking: Tracking) -> None:
        """Durable on return. IntegrityError where the reader was there, or further, before."""
        with writing(self.engine) as conn:
            track(conn, tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far the reader is; None before its first step."""
        with reading(self.engine) as conn:
            found: int | None = conn.execute(
                select(tracking.c.notification_id).where(
                    tracking.c.application_name == application_name
                )
            ).scalar_one_or_none()
        return found


class ReliefProcessRecorder(ReliefTrackingRecorder, ReliefApplicationRecorder, ProcessRecorder):
    """Appends and keeps the reader's position in one transaction."""

    def __init__(self, engine: Engine, **kwargs: Any) -> None:
        ReliefApplicationRecorder.__init__(self, engine, **kwargs)

    def create_tables(self, progress: Progress | None = None) -> None:
        """Makes what is missing; safe to repeat."""
        ReliefApplicationRecorder.create_tables(self, progress)

    def _track(self, conn: Connection, position: Tracking) -> None:
        track(conn, position)


def track(conn: Connection, position: Tracking) -> None:
    """Moves a reader's position on. IntegrityError where it would not rise."""
    name = tracking.c.application_name == position.application_name
    moved = conn.execute(
        update(tracking)
        .where(name, tracking.c.notification_id < position.notification_id)
        .values(notification_id=position.notification_id)
    )
    if moved.rowcount == 0:
        if conn.execute(select(tracking).where(name)).first() is not None:
            raise IntegrityError(f"{position.application_name} is at or past this position")
        conn.execute(
            insert(tracking),
            {
                "application_name": position.application_name,
                "notification_id": position.notification_id,
            },
        )
