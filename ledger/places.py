"""What stands at some positions of the log: the event's id, topic and day, without opening its body twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from ledger.codec import EventCodec
from ledger.recorder import ReliefApplicationRecorder
from ledger.tables import entries

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Place:
    """An entry, as far as a list of entries shows it."""

    position: int
    event_id: UUID
    stream_id: UUID
    topic: str
    occurred_on: date
    recorded_at: int
    """UTC microseconds."""
    source: str


def places(
    recorder: ReliefApplicationRecorder, codec: EventCodec, positions: Iterable[int]
) -> dict[int, Place]:
    """Position → what stands there, for those that the log has."""
    wanted, found = sorted(set(positions)), {}
    columns = (entries.c.position, entries.c.topic, entries.c.recorded_at, entries.c.entry)
    with recorder.reading() as conn:
        for start in range(0, len(wanted), CHUNK):
            at = entries.c.position.in_(wanted[start : start + CHUNK])
            for position, topic, recorded_at, entry in conn.execute(select(*columns).where(at)):
                meta = codec.decode_entry(topic, entry).meta
                found[position] = Place(
                    position,
                    meta.event_id,
                    meta.stream_id,
                    topic,
                    meta.occurred_on,
                    recorded_at,
                    meta.source,
                )
    return found
