"""Tells what follows, what was delivered before, and what is missing, by a topic's own numbers."""

from __future__ import annotations

from kafka import TopicPartition

from consumers.errors import GapFound


class Sequence:
    """The last number of each partition; nothing is known of a partition until it is told."""

    def __init__(self) -> None:
        self._last: dict[TopicPartition, int] = {}
        self.repeated = 0
        """How many records were passed over because their number was delivered before."""

    def begin(self, place: TopicPartition, last: int | None) -> None:
        """The reader got the partition, after this number; None: the next one is taken as it is."""
        self._last.pop(place, None)
        if last is not None:
            self._last[place] = last

    def last(self, place: TopicPartition) -> int | None:
        """The last number that followed."""
        return self._last.get(place)

    def follows(self, place: TopicPartition, number: int) -> bool:
        """Whether it is new, and then the last one; False for a repeat. Raises GapFound: stop."""
        last = self._last.get(place)
        if last is not None and number <= last:
            self.repeated += 1
            return False
        if last is not None and number > last + 1:
            raise GapFound(place.topic, place.partition, range(last + 1, number))
        self._last[place] = number
        return True
