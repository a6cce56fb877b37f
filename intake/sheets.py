"""A sheet of cells as read from a file, whichever kind of file it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from intake.convert import Cell, is_blank


@dataclass
class Sheet:
    """The rows of one sheet, each with the number that the file gives it."""

    name: str
    """Empty for a text file."""
    rows: list[tuple[int, list[Cell]]] = field(repr=False)
    encoding: str = ""
    delimiter: str = ""
    """Of a text file."""
    hidden: bool = False
    from_1904: bool = False
    """Days are counted from 1904-01-01, as old Macintosh workbooks do, and not from 1900."""
    first_column: int = 1
    """Number in the file of the column that stands first in `rows`."""
    hidden_rows: int = 0
    hidden_columns: int = 0


def filled(rows: Iterable[tuple[int, list[Cell]]]) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that hold anything."""
    for number, cells in rows:
        if not all(map(is_blank, cells)):
            yield number, cells
