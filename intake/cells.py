"""Cells as a file holds them: text, exact numbers, dates, and cells that a spreadsheet spoiled.

No float leaves this module: a number is an int or a Decimal of the digits that a spreadsheet keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

EXACT_BELOW = 10**15
"""A spreadsheet keeps 15 digits; a longer number has lost its end."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell without a value of its own: a formula never calculated, or an error such as #N/A."""

    kind: str
    """formula or error."""
    address: str
    """As the spreadsheet names the cell: C5."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A number beyond 15 digits: the spreadsheet replaced its end by zeros."""

    def __str__(self) -> str:
        return "1E+15"


Cell = str | int | Decimal | date | datetime | Flaw | Damaged
Cells = Sequence[Cell]


def plain(value: object) -> Cell:
    """What a spreadsheet library hands over, without floats, booleans and durations."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return _exact(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return value if abs(value) < EXACT_BELOW else Damaged()
    if isinstance(value, date):
        return value
    if isinstance(value, (time, timedelta)):
        return str(value)
    return "" if value is None else str(value)


def _exact(value: float) -> int | Decimal | Damaged:
    """The number to 15 digits, which is what the spreadsheet shows: 0.1 + 0.2 is 0.3."""
    if not abs(value) < EXACT_BELOW:
        return Damaged()
    return int(value) if value.is_integer() else Decimal(format(value, ".15g"))


def column_letter(index: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """0 for A, 26 for AA."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1
