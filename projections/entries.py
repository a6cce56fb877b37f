"""The port through which the read side sees the log: entries in order, and whole streams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from domain.events import Event


class Recorded(NamedTuple):
    """An event with its place in the log."""

    position: int
    """From 1, gapless."""
    recorded_at: int
    """UTC microseconds."""
    event: Event


class Entries(Protocol):
    """What a log offers to its readers. Nothing here writes; every call is safe to repeat."""

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Up to `limit` entries that follow position `after`, in order and without a gap.

        Empty only where `after` is the head. An entry that was read once is read again the same.
        """
        ...

    def head(self) -> int:
        """Position of the last durable entry; 0 for an empty log. Never falls."""
        ...

    def stream(self, stream_id: UUID) -> Sequence[Recorded]:
        """All entries of a stream, in order; empty for a stream that is not known."""
        ...

    def position_at(self, instant_micros: int) -> int:
        """Position of the last entry recorded at or before the instant; 0 where there is none."""
        ...
