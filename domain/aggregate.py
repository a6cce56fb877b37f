"""A stream of the ledger as an aggregate: facts by event id, from which state is derived.

Facts are kept, not folded away, so that any one of them can be left out when it is annulled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar
from uuid import UUID

from domain.events import Annulled, Event

E = TypeVar("E", bound=Event)


class Aggregate:
    """One stream. Fits `eventsourcing`'s protocols for aggregates that collect events."""

    def __init__(self, id: UUID) -> None:
        self._id = id
        self.version = 0
        self._facts: dict[UUID, Event] = {}
        self._annulled: set[UUID] = set()
        self._pending: list[Event] = []

    @property
    def id(self) -> UUID:
        """The stream."""
        return self._id

    def apply(self, event: Event) -> None:
        """Takes in the next event of the stream. ValueError where it is another's or not the next."""
        if event.originator_id != self._id or event.originator_version != self.version + 1:
            raise ValueError(
                f"event {event.originator_version} of {event.originator_id}"
                f" does not follow version {self.version} of {self._id}"
            )
        self.version += 1
        self._facts[event.meta.event_id] = event
        if isinstance(event, Annulled):
            self._annulled.add(event.annulled_event_id)

    def trigger(self, event: Event) -> None:
        """Applies a new event and keeps it for the append."""
        self.apply(event)
        self._pending.append(event)

    def collect_events(self) -> Sequence[Event]:
        """Hands over the new events, once."""
        events, self._pending = self._pending, []
        return events

    def fact(self, event_id: UUID) -> Event | None:
        """The event with this id, annulled or not."""
        return self._facts.get(event_id)

    def is_annulled(self, event_id: UUID) -> bool:
        """True where a later event annuls it."""
        return event_id in self._annulled

    def standing(self, *kinds: type[E]) -> Iterator[E]:
        """The events of these kinds that are not annulled, in order."""
        for event_id, event in self._facts.items():
            if event_id not in self._annulled and isinstance(event, kinds):
                yield event

    def last(self, kind: type[E]) -> E | None:
        """The last standing event of a kind."""
        found = None
        for event in self.standing(kind):
            found = event
        return found
