"""What a report looks like before it is a file: titles, tables and bars, in both languages.

Made of nothing but a report's canonical JSON, so the same JSON is the same document for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Lang = Literal["zh", "en"]
Kind = Literal["text", "int", "fen", "date"]
"""How a cell is written; fen are shown as yuan with two decimals."""


class Text(NamedTuple):
    """The same in Chinese and English."""

    zh: str
    en: str

    def to(self, lang: Lang) -> str:
        """The one that is to be read."""
        return self.zh if lang == "zh" else self.en


Cell = Text | str | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `width` in characters."""

    title: Text
    kind: Kind = "text"
    width: int = 14


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title; `total` is the last line, set apart, and not sorted or filtered."""

    title: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    note: Text | None = None

    def __post_init__(self) -> None:
        for row in (*self.rows, *([self.total] if self.total else [])):
            assert len(row) == len(self.columns), self.title.en


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart: one group of bars a label, one bar a series. Values are whole, not below 0."""

    title: Text
    labels: Sequence[Text | str]
    series: Sequence[tuple[Text, Sequence[int]]]
    kind: Kind = "int"

    def __post_init__(self) -> None:
        for _, values in self.series:
            assert len(values) == len(self.labels)
            assert min(values, default=0) >= 0


@dataclass(frozen=True, slots=True)
class Document:
    """A report ready to be written to a file of any kind."""

    title: Text
    subtitle: Text
    parts: Sequence[Table | Bars]
    provenance: Sequence[tuple[Text, str]] = field(default=())

    @property
    def tables(self) -> Iterable[Table]:
        """The tables in order."""
        return (part for part in self.parts if isinstance(part, Table))


def shown(cell: Cell, lang: Lang) -> str | int | None:
    """A cell in one language."""
    return cell.to(lang) if isinstance(cell, Text) else cell
