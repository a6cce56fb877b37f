"""What a check finds, as a value: a lead for somebody to look into, never a verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from reports.rules.pack import Rule

Facts = Mapping[str, str | int]
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Found:
    """What one rule found, with positions of the log for its grounds."""

    rule: Rule
    says: str
    """Which sentence tells it (`sentences.py`)."""
    about: tuple[int, ...]
    """The entries that make it what it is: the same ones are the same finding for good."""
    facts: Facts
    """Codes, dates and amounts that the sentence names; nothing personal."""
    case_id: UUID | None = None
    person_ids: tuple[UUID, ...] = ()
    amount_fen: int = 0
    """What is at stake; 0 where no money is."""
    also: tuple[int, ...] = ()
    """Entries that it rests on beside those: more may come without its being another finding."""
    mark: str = ""
    """Tells two findings about the same entries apart, where one rule has more than one."""
    town: str = ""

    @property
    def positions(self) -> tuple[int, ...]:
        """Every entry that it rests on, in the order of the log."""
        return tuple(sorted({*self.about, *self.also}))


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as it is shown and recorded. Ids and codes only: it is the same bytes for ever."""

    key: str
    """The same for the same rule, version and entries; hexadecimal."""
    rule: str
    rule_version: str
    pack: str
    pack_digest: str
    severity: str
    says: str
    case_id: UUID | None
    person_ids: tuple[UUID, ...]
    town: str
    amount_fen: int
    grounds: tuple[UUID, ...]
    positions: tuple[int, ...]
    facts: dict[str, str | int] = field(default_factory=dict)


def key_of(found: Found, about: tuple[UUID, ...]) -> bytes:
    """SHA-256 over rule, version, mark and the events that it is about; first 16 bytes."""
    said = [found.rule.version, found.mark, *sorted(e.hex for e in about)]
    return hashlib.sha256("\x1f".join(said).encode()).digest()[:KEY_BYTES]
