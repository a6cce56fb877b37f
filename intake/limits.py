"""How big a file may be: beyond it a file is refused before it can exhaust the machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds for one file. A county's payments of a year are some 180,000 rows of 16 columns."""

    file_bytes: int = 256 * 2**20
    unpacked_bytes: int = 512 * 2**20
    """All parts of a workbook together, counted as they are unpacked, not as they claim."""
    parts: int = 2_000
    rows: int = 500_000
    cells: int = 12_000_000
    """Rows × columns of the used area: reading takes memory for all of it, blank or not."""
    text_bytes: int = 2**30
    """Text of all cells of a sheet; shared texts count as often as they are used."""


DEFAULT = Limits()
