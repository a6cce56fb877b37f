"""A checked row with its place in the file, so that whatever happens to it later can be traced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

R = TypeVar("R")


@dataclass(slots=True)
class Numbered(Generic[R]):
    """A typed row and where it stood."""

    number: int
    """Row number as the file counts, from 1."""
    row: R
    sheet: str = ""
    """Name of the sheet; empty for a text file."""
    duplicate_of: int | None = None
    """Number of the first row with the same key, where this is not the first."""
    identical: bool = False
    """A duplicate that says the very same as that first row."""
