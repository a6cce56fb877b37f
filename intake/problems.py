"""What is wrong with a file, a row or a cell: findings for rows, one refusal for a file.

    Problem       a value: one finding in one row; a check returns all of them
    FileRefused   the file as a whole cannot be read; nothing in it was checked

Neither quotes what may be personal: row and column say where to look.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.wording import BadValue


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: where it is, and in both languages what is wrong and what would be right."""

    row: int
    """Row number as the file counts, from 1; 0 where it is about the whole file."""
    column: str
    """Header of the column as the file writes it; empty where it is about the whole row."""
    code: str
    zh: str
    en: str

    def line(self, language: str = "zh") -> str:
        """One line for a clerk; language is zh or en."""
        if language == "zh":
            return f"第 {self.row} 行{f'「{self.column}」' if self.column else ''}:{self.zh}"
        column = f", column “{self.column}”" if self.column else ""
        return f"row {self.row}{column}: {self.en}"


class FileRefused(BadValue):
    """The file cannot be read, or not for certain. The caller shows it and does nothing else."""

    def __init__(self, zh: str, en: str, code: str = "refused") -> None:
        super().__init__(zh, en)
        self.code = code


class BadCell(BadValue):
    """A cell does not hold what its column asks for; `code` names the reason."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wrong:
    """What a check across the fields of one row found: `field` is the canonical one."""

    field: str
    code: str
    zh: str
    en: str
