"""Keeps the write side's look-ups with the entries, from decoded events or from the bytes alone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from domain.events import EVENT_CLASSES, Event
from ledger.closed_files import CLOSING_EVENTS, index_closings
from ledger.codec import EventCodec, UnreadableEvent
from ledger.erased import ERASING_EVENTS, index_erasures
from ledger.indexes import INDEXED_EVENTS, index_events, index_metadata
from ledger.merged import MERGING_EVENTS, index_merges
from ledger.unresolved import RESOLVING_EVENTS, index_resolutions

_WANTED = (*INDEXED_EVENTS, *ERASING_EVENTS, *MERGING_EVENTS, *RESOLVING_EVENTS, *CLOSING_EVENTS)
_TOPICS = frozenset(topic for topic, cls in EVENT_CLASSES.items() if issubclass(cls, _WANTED))


class EventLookUps:
    """Names, covered persons, payment lines, annulments, erasures and merges (`ledger.applying.LookUps`)."""

    def __init__(self, codec: EventCodec) -> None:
        self._codec = codec

    def create_tables(self, conn: Connection) -> None:
        """Makes what is missing; safe to repeat."""
        index_metadata.create_all(conn)

    def keep(
        self,
        conn: Connection,
        positions: Sequence[int],
        applied: Sequence[bytes],
        events: Sequence[Event] | None,
    ) -> None:
        """Adds what these entries mean; decodes those that mean anything, where no events are
        handed in. Raises UnreadableEvent."""
        found: Sequence[Event]
        if events is None:
            decoded = [
                (p, e) for p, e in zip(positions, map(self._read, applied), strict=True) if e
            ]
            positions, found = [p for p, _ in decoded], [e for _, e in decoded]
        else:
            found = events
        index_events(conn, found)
        index_erasures(conn, found, positions)
        index_merges(conn, found, positions)
        index_closings(conn, found, positions)
        index_resolutions(conn, found, positions)

    def _read(self, entry: bytes) -> Event | None:
        version = self._codec.schemas.by_hash.get(entry[1:33])
        if version is None:
            raise UnreadableEvent(f"the schema {entry[1:33].hex()} is unknown")
        if version.topic not in _TOPICS:
            return None
        return self._codec.decode_entry(version.topic, entry)
