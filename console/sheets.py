"""Writes an auditor's table to a file: CSV, or a workbook made to be worked in."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from domain.money import format_yuan
from domain.wording import BadValue

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes text that begins so for a formula."""


@dataclass(frozen=True)
class Column:
    """A column of a table. `kind`: text, int, fen or date; a blank one is left for the reader."""

    title: str
    kind: str = "text"
    width: int = 14


def write_sheet(
    path: Path,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    notes: Sequence[tuple[str, str]],
) -> None:
    """Writes a new file; the notes say what the table is and how it was made. CSV puts them below.

    Raises FileExistsError, and BadValue for an ending that is neither .csv nor .xlsx. A crash
    half-way leaves a file of another name.
    """
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise BadValue("文件名应以 .csv 或 .xlsx 结尾", "the file's name ends with .csv or .xlsx")
    if path.exists():
        raise FileExistsError(path)
    made = path.with_name(f".{path.name}.part")
    try:
        if path.suffix.lower() == ".csv":
            _write_csv(made, columns, rows, notes)
        else:
            _write_workbook(made, title, columns, rows, notes)
        os.link(made, path)  # refuses to replace what another process wrote meanwhile
    finally:
        made.unlink(missing_ok=True)


def _write_csv(
    path: Path,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    notes: Sequence[tuple[str, str]],
) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow([c.title for c in columns])
        for row in rows:
            out.writerow([_text(c, v) for c, v in zip(columns, row, strict=True)])
        out.writerow([])
        for name, value in notes:
            out.writerow([_harmless(name), _harmless(value)])


def _text(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.kind == "fen":
        return format_yuan(value).replace(",", "")
    return str(value) if column.kind in ("int", "date") else _harmless(str(value))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _write_workbook(
    path: Path,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    notes: Sequence[tuple[str, str]],
) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
    formats = {
        "text": book.add_format({}),
        "int": book.add_format({"num_format": "#,##0"}),
        "fen": book.add_format({"num_format": "#,##0.00"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    sheet, last = book.add_worksheet(title[:31]), 0
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(0, at, column.title, head)
    for last, row in enumerate(rows, 1):
        for at, (column, value) in enumerate(zip(columns, row, strict=True)):
            _write_cell(sheet, last, at, column, value, formats[column.kind])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
    about = book.add_worksheet("说明 About")
    about.set_column(0, 0, 30)
    about.set_column(1, 1, 90)
    for at, (name, value) in enumerate(notes):
        about.write_string(at, 0, name, head)
        about.write_string(at, 1, value, book.add_format({"text_wrap": True}))
    book.close()


def _write_cell(
    sheet: Any, row: int, column_at: int, column: Column, value: Any, shape: Any
) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column_at, None, shape)
    elif column.kind == "fen":
        # A spreadsheet knows floats only: yuan with two decimals are exact to 15 digits there.
        sheet.write_number(row, column_at, value / 100, shape)
    elif column.kind == "int":
        sheet.write_number(row, column_at, value, shape)
    elif column.kind == "date":
        on = value if isinstance(value, date) else date.fromisoformat(value)
        sheet.write_datetime(row, column_at, on, shape)
    else:
        sheet.write_string(row, column_at, str(value), shape)
