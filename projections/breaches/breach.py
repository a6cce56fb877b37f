"""A rule that recorded facts break, as a value: a lead for somebody to look into, never a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Breach:
    """One rule broken by one entry. Codes, dates and amounts only; persons by their random id."""

    rule: str
    position: int
    event_id: UUID
    case_id: UUID | None
    """None where the entry stands in no case's file."""
    person_ids: tuple[UUID, ...]
    data: dict[str, str | int]
    """What the sentence says: see `sentences.py`."""
    rests_on: tuple[int, ...] = field(default=())
    """Positions of the other entries without which it would be no breach."""


@dataclass(frozen=True, slots=True)
class Span:
    """The entries that are looked at: after `after`, up to and with `upto`."""

    after: int
    upto: int

    def holds(self, *positions: int) -> bool:
        """True where any of the entries lies in the span."""
        return any(self.after < position <= self.upto for position in positions)
