"""What is handed to the ledger: commands made of drafts, and the receipt that comes back.

A draft is an event without its place: the ledger gives it id, stream version and `meta`, and
seals what is personal in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domain.events import REPORTED, Actor, Event


@dataclass(slots=True)
class Draft:
    """An event to be born: `event.meta` is still UNBORN, sealed fields are still None."""

    event: Event
    stream_id: UUID
    occurred_on: date
    effective_from: date | None = None
    personal: dict[str, str] | None = None
    """Sealed field → plain text; leaves this object only under the person's key."""
    document: str | None = None
    caused_by: UUID | None = None
    """The event that it follows from."""
    evidence: tuple[bytes, ...] = ()
    """Keyed digests of the papers, forms and photos behind it."""

    def __repr__(self) -> str:
        return f"Draft({self.event.topic})"


@dataclass(slots=True)
class Command:
    """One thing to be recorded, whole or not at all, once however often it is sent.

    `key` names it for good (source, batch, subject, month, occurrence …); `content` is all that
    was said, so that the same key with other content is noticed. Both are kept as keyed digests.
    """

    key: tuple[str, ...]
    content: str
    drafts: list[Draft]
    actor: Actor
    source: str
    basis: str = REPORTED
    opening: bool = False
    """Only makes room for the commands after it: registers a person, opens a household."""
    file_digest: bytes | None = None
    """Keyed digest of the file that it was imported from; with `file_row` no part of what it says:
    the same row out of a mended file is the same command."""
    file_row: int | None = None

    def __repr__(self) -> str:
        return f"Command({', '.join(d.event.topic for d in self.drafts)})"


@dataclass(slots=True)
class Receipt:
    """What became of commands. Positions are of this call's own entries; 0 where it wrote none."""

    recorded: int = 0
    """Commands recorded now."""
    events: int = 0
    """Entries written now."""
    already: int = 0
    """Commands that stood recorded with the same content: nothing was written for them."""
    conflicts: list[int] = field(default_factory=list)
    """Index of each command that stands recorded with other content; not recorded."""
    first_position: int = 0
    last_position: int = 0
    event_ids: list[UUID] = field(default_factory=list)
    """Ids of the events of a single decision; left empty for bulk reports."""
    first_standing: int = 0
    last_standing: int = 0
    """Between these the commands of a bulk report stand, recorded now or before, but for opening
    ones and conflicts: the same however often it was stopped. 0 where there are none."""

    def add(self, part: Receipt, offset: int = 0) -> None:
        """Adds what became of further commands, which began at this offset."""
        self.recorded += part.recorded
        self.events += part.events
        self.already += part.already
        self.conflicts += [offset + i for i in part.conflicts]
        self.first_position = self.first_position or part.first_position
        self.last_position = part.last_position or self.last_position
        self.stand(part.first_standing, part.last_standing)

    def stand(self, first: int, last: int) -> None:
        """Widens the span in which the commands stand; 0 widens nothing."""
        if first:
            self.first_standing = min(self.first_standing or first, first)
            self.last_standing = max(self.last_standing, last)
