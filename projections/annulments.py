"""Read model: which events were annulled, from which position on. Every question asks it."""

from __future__ import annotations

from collections.abc import Mapping

from domain.events import EVENT_CLASSES, Annulled, Event
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
