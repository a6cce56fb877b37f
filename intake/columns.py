"""How a kind of file declares its columns: header words, type, and what the clerk is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args, get_type_hints

CellType = Literal[
    "text",
    "identity",
    "date",
    "period",
    "month",
    "money",
    "int",
    "town",
    "list",
    "identities",
    "choice",
    "bool",
    "any_date",
    "stop",
    "term",
]


@dataclass(frozen=True, slots=True)
class Term:
    """How long something goes on: so many months, or up to a last one."""

    months: int = 0
    last_month: str = ""


@dataclass(frozen=True)
class Col:
    """One column: the first header is the one that templates write."""

    zh: str
    type: CellType = "text"
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    """Word in the file → code in the ledger; the code itself is taken as well."""
    note_zh: str = ""
    note_en: str = ""
    example: str = ""
    in_template: bool = True
    """False: understood where a file has it, and not asked for."""


@dataclass(frozen=True)
class Column:
    """A column of a kind, with the field that it fills."""

    field: str
    spec: Col

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that is understood: Chinese, its aliases, and the field's English name."""
        return (self.spec.zh, *self.spec.aliases, self.field, self.field.replace("_", " "))


@dataclass(frozen=True)
class Kind:
    """A kind of file."""

    name: str
    zh: str
    row: type[Any]
    columns: tuple[Column, ...]
    ignored: frozenset[str] = frozenset()
    """Headers that are known and deliberately not recorded."""

    def column(self, field_name: str) -> Column:
        """The column that fills a field."""
        return next(c for c in self.columns if c.field == field_name)


def kind_of(name: str, zh: str, row: type[Any], ignored: tuple[str, ...] = ()) -> Kind:
    """Reads the columns from the annotations of the row class."""
    hints = get_type_hints(row, include_extras=True)
    columns = []
    for f in fields(row):
        spec = next(a for a in get_args(hints[f.name]) if isinstance(a, Col))
        columns.append(Column(f.name, spec))
    return Kind(name, zh, row, tuple(columns), frozenset(ignored))
