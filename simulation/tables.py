"""Writes a table as bureaus do: title rows, headers in two rows, totals, signatures, encodings.

The same rows give the same bytes: nothing here asks the clock.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, Literal

import xlsxwriter

from domain.money import format_yuan
from simulation.columns import Column, FileKind

MARK: Final = "合成数据（非真实） SYNTHETIC DATA"
"""Stands in the first row of every file."""
Cell = str | int | date | None
Row = Sequence[Cell]
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001  (the workbook format has no time zone)


@dataclass(frozen=True)
class Style:
    """How an office writes its files. Money in a row is fen; here it becomes yuan."""

    format: Literal["csv", "xlsx"] = "xlsx"
    encoding: str = "gb18030"
    dates: Literal["iso", "slash", "words"] = "iso"
    thousands: bool = False
    two_rows: bool = False
    totals: bool = False
    signature: bool = False


@dataclass
class Table:
    """One file to be."""

    kind: FileKind
    title: str
    style: Style
    items: list[Any] = field(repr=False)
    render: Callable[[Any], Row]

    @property
    def rows(self) -> Iterator[Row]:
        """Its rows, made one by one."""
        return map(self.render, self.items)

    @property
    def file_name(self) -> str:
        """The title as a file name, without the order number."""
        return f"{self.title}.{self.style.format}"


def write_table(table: Table, path: Path) -> None:
    """Writes the file, marked as synthetic."""
    if table.style.format == "csv":
        _write_csv(table, path)
    else:
        _write_workbook(table, path)


def _write_csv(table: Table, path: Path) -> None:
    columns, style = table.kind.columns, table.style
    cells = [_text_cell(c, style) for c in columns]
    blank = [""] * (len(columns) - 1)
    totals = _Totals(columns)
    with path.open("w", encoding=style.encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([f"{MARK} {table.title}", *blank])
        writer.writerow([c.header for c in columns])
        for row in totals.seen(table.rows) if style.totals else table.rows:
            writer.writerow([make(cell) for make, cell in zip(cells, row, strict=True)])
        if style.totals:
            row = totals.row()
            writer.writerow([make(cell) for make, cell in zip(cells, row, strict=True)])
        if style.signature:
            writer.writerow(["制表：", "审核：", *blank[1:]])


def _text_cell(column: Column, style: Style) -> Callable[[Cell], str]:
    """Cell → text for one column; what repeats is made once."""
    made: dict[Cell, str] = {None: ""}
    patterns = {"iso": "{0:%Y-%m-%d}", "slash": "{0.year}/{0.month}/{0.day}"}
    pattern = patterns.get(style.dates, "{0.year}年{0.month}月{0.day}日")

    def make(cell: Cell) -> str:
        if isinstance(cell, str):
            return cell
        if cell not in made:
            if isinstance(cell, int):
                made[cell] = _number(cell, column, style)
            else:
                made[cell] = pattern.format(cell)
        return made[cell]

    return make


def _number(value: int, column: Column, style: Style) -> str:
    if column.type != "money":
        return str(value)
    text = format_yuan(value)
    return text if style.thousands else text.replace(",", "")


class _Totals:
    """Adds up the money columns while the rows go by."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._at = [i for i, c in enumerate(columns) if c.type == "money"]
        self._sums = dict.fromkeys(self._at, 0)

    def seen(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows as they are."""
        for row in rows:
            for at in self._at:
                cell = row[at]
                if isinstance(cell, int):
                    self._sums[at] += cell
            yield row

    def row(self) -> list[Cell]:
        """The total row: the word first, then sums under their columns."""
        row: list[Cell] = [self._sums.get(at) for at in range(len(self._columns))]
        row[0] = "合计"
        return row


def _write_workbook(table: Table, path: Path) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    book.set_properties({"created": _CREATED, "title": MARK, "comments": "synthetic"})
    sheet = book.add_worksheet(table.kind.zh)
    bold = book.add_format({"bold": True, "align": "center"})
    columns, style = table.kind.columns, table.style
    sheet.set_column(0, len(columns) - 1, 16)
    sheet.merge_range(0, 0, 0, len(columns) - 1, f"{MARK} {table.title}", bold)
    at = _write_header(sheet, columns, bold, two_rows=style.two_rows)
    totals = _Totals(columns)
    plain = book.add_format({"num_format": "#,##0.00" if style.thousands else "0.00"})
    dates = book.add_format({"num_format": "yyyy-mm-dd"})
    for row in totals.seen(table.rows):
        _write_row(sheet, at, columns, row, plain, dates)
        at += 1
    if style.totals:
        _write_row(sheet, at, columns, totals.row(), plain, dates)
        at += 1
    if style.signature:
        sheet.write_string(at, 0, "制表：")
        sheet.write_string(at, 3, "审核：")
    book.close()


def _write_header(sheet: Any, columns: Sequence[Column], bold: Any, *, two_rows: bool) -> int:
    """Writes one row, or two with groups above; the row below the header is returned."""
    if not two_rows:
        for at, column in enumerate(columns):
            sheet.write_string(1, at, column.header, bold)
        return 2
    for at, column in enumerate(columns):
        before = columns[at - 1].group if at else ""
        if not column.group:
            sheet.write_string(1, at, column.header, bold)
        elif column.group != before:
            sheet.write_string(1, at, column.group, bold)
    for at, column in enumerate(columns):
        if column.group:
            sheet.write_string(2, at, column.header, bold)
    return 3


def _write_row(
    sheet: Any, at: int, columns: Sequence[Column], row: Row, money: Any, dates: Any
) -> None:
    for i, cell in enumerate(row):
        if isinstance(cell, str):
            if cell:
                sheet.write_string(at, i, cell)
        elif isinstance(cell, int):
            if columns[i].type == "money":
                sheet.write_number(at, i, cell / 100, money)
            else:
                sheet.write_number(at, i, cell)
        elif cell is not None:
            sheet.write_datetime(at, i, cell, dates)
