"""The two times of every question: a date in the world, and a position of the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Moment:
    """How the world was on a day, as the log knew it at a position.

    Facts dated after `as_of` and entries after `as_at` are left out of an answer; so is every
    fact that an annulment at or before `as_at` takes back.
    """

    as_of: date
    as_at: int
    root: str | None = field(default=None, compare=False)
    """The root of the tree over the entries up to `as_at`, in base64: which history that was."""
