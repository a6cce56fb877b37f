"""How a kind of file is declared: a typed row, each field annotated with the column it comes from.

Reading, checking, detection and templates all work from these declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from types import NoneType
from typing import Any, Generic, Literal, TypeVar, get_args, get_type_hints

from intake.problems import Problem, Wrong
from intake.rows import Numbered

R = TypeVar("R")

ValueType = Literal[
    "text", "name", "identity", "date", "month", "money", "int", "town", "list", "choice", "bool"
]
"""Python values: str, str, str (18 characters), date, "YYYY-MM", fen, int, town code,
tuple of str (a list of identity numbers or names by `items`), code, bool."""


@dataclass(frozen=True)
class Column:
    """A column of a kind. `field` and `required` are filled in from the row class."""

    zh: str
    """The header that templates write."""
    type: ValueType
    about_zh: str
    about_en: str
    example: str = ""
    aliases: tuple[str, ...] = ()
    """Other headers for the same. The English one is the field's own name and needs no mention."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What the file says → code. The first one of a code is the one that templates offer."""
    default: str | bool | None = None
    """What a blank cell means."""
    items: Literal["text", "name", "identity"] = "text"
    """What a list is made of."""
    personal: bool = False
    future: bool = False
    """The date or month may lie ahead."""
    signed: bool = False
    """The number may be below zero."""
    least: int = 0
    longest: int = 200
    """Characters of a text, or of one item of a list."""
    several: Literal["refuse", "best", "first_filled"] = "refuse"
    """What to do where several columns of a file mean this field: refuse the file, read the best
    ranked (by `ranking`), or read the first of them that is filled."""
    preferred: tuple[str, ...] = ()
    """Headers that outrank all others, where `several` is not refuse."""
    field: str = ""
    required: bool = False

    @property
    def english(self) -> str:
        """The English header: the field's name in words."""
        return self.field.replace("_", " ")

    @property
    def headers(self) -> tuple[str, ...]:
        """All headers, best ranked first."""
        return (*self.preferred, self.zh, *self.aliases, self.english)

    @property
    def offered(self) -> tuple[str, ...]:
        """The choices as a template offers them: one word for each code."""
        words: dict[str, str] = {}
        for word, code in self.choices.items():
            words.setdefault(code, word)
        return tuple(words.values())


def _no_row_check(row: object) -> Iterable[Wrong]:
    return ()


def _no_file_check(rows: list[Numbered[Any]]) -> Iterable[Problem]:
    return ()


@dataclass(frozen=True)
class Kind(Generic[R]):
    """A kind of file: what a bureau calls it, its columns, and what its rows have to obey."""

    name: str
    zh: str
    en: str
    row: type[R]
    key: tuple[str, ...]
    """Fields that tell two rows apart; a second row with the same is a duplicate."""
    not_recorded: tuple[str, ...] = ()
    """Headers that such files have and the ledger leaves out on purpose."""
    check_row: Callable[[R], Iterable[Wrong]] = _no_row_check
    check_file: Callable[[list[Numbered[Any]]], Iterable[Problem]] = _no_file_check
    """Findings across rows; they are warnings, since a mended file holds only some of the rows."""
    parallel: tuple[str, ...] = ()
    """Fields whose cells may hold several persons' values, one after the other: the first is the
    one that counts them. Such a row becomes several rows."""
    columns: tuple[Column, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(_columns(self.row)))

    def column(self, name: str) -> Column:
        """The column of a field. KeyError where there is none."""
        for column in self.columns:
            if column.field == name:
                return column
        raise KeyError(name)


def _columns(row: type) -> Iterable[Column]:
    hints = get_type_hints(row, include_extras=True)
    for f in fields(row):
        hint = hints[f.name]
        column = next(a for a in hint.__metadata__ if isinstance(a, Column))
        optional = NoneType in get_args(hint.__origin__) or column.default is not None
        yield replace(column, field=f.name, required=not optional)
