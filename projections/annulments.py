"""Read model: which events were annulled, from which position on. Every question asks it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from domain.events import EVENT_CLASSES, Annulled, Event
from projections.entries import Entries
from projections.model import Handler, ReadModel, Sink
from projections.tables import annulments


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add = sink.to(annulments)

    def annulled(position: int, event: Annulled) -> None:
        meta = event.meta
        add(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                event.annulled_event_id.bytes,
                sink.locate(meta.stream_id, event.annulled_event_id),
                meta.occurred_on.toordinal(),
                event.reason,
            )
        )

    return {cls: annulled for cls in EVENT_CLASSES.values() if issubclass(cls, Annulled)}


MODEL = ReadModel("annulments", (annulments,), _handlers)


class Locator:
    """Finds the position of an annulled event in its stream; reads each stream once a batch."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._streams: dict[UUID, dict[UUID, int]] = {}

    def __call__(self, stream_id: UUID, event_id: UUID) -> int:
        known = self._streams.get(stream_id)
        if known is None:
            known = {r.event.meta.event_id: r.position for r in self._entries.stream(stream_id)}
            self._streams[stream_id] = known
        return known.get(event_id, 0)

    def forget(self) -> None:
        """Frees the streams of the batch before."""
        self._streams.clear()
