"""What is to be written into a copy of a file: a remark a row, and the cells that are meant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remarks:
    """Rows and columns are numbers as the file counts them, from 1."""

    title: str
    header_row: int
    column: int
    """The column that takes the remarks."""
    by_row: dict[int, tuple[str, ...]]
    """Row → what is wrong there. What is wrong with the whole file stands at the header's row."""
    marked: list[tuple[int, int]]
    """(row, column) of the cells that are wrong."""
    replaces: bool
    """True: the column holds the remarks of an earlier answer, which go."""

    def text(self, row: int, separator: str) -> str:
        """What stands in the column at a row; empty where all is well."""
        said = self.by_row.get(row, ())
        if row == self.header_row:
            said = (self.title, *said)
        return separator.join(said)

    @property
    def rows(self) -> set[int]:
        """The rows that get something."""
        return {self.header_row, *self.by_row}
