"""Remarks in a new workbook that holds a file's values: for old .xls files, which nothing here writes,
and for workbooks whose inside is too unusual to be edited."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter

from intake.convert import Cell, is_blank
from intake.remarks import Remarks
from intake.sheets import Sheet

_WIDTH = 60


def copy_of_values(sheets: Sequence[Sheet], remarked: str, remarks: Remarks) -> bytes:
    """All sheets as values, one of them with remarks. Text stays text: nothing becomes a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        formats = _Formats(book)
        for sheet in sheets:
            target = book.add_worksheet(sheet.name)
            if sheet.hidden:
                target.hide()
            _copy(target, sheet, remarks if sheet.name == remarked else None, formats)
    return out.getvalue()


class _Formats:
    def __init__(self, book: Any) -> None:
        self.by_mark = [{}, {"bg_color": "#FFC7CE"}]
        self.day = [book.add_format({"num_format": "yyyy-mm-dd", **m}) for m in self.by_mark]
        self.text = [book.add_format({"num_format": "@", **m}) for m in self.by_mark]
        self.plain = [book.add_format(m) for m in self.by_mark]


def _copy(target: Any, sheet: Sheet, remarks: Remarks | None, formats: _Formats) -> None:
    marked = set(remarks.marked) if remarks else set()
    for number, cells in sheet.rows:
        for at, cell in enumerate(cells):
            column = sheet.first_column + at
            if remarks and remarks.replaces and column == remarks.column:
                continue
            mark = (number, column) in marked
            if mark or not is_blank(cell):
                _write(target, number - 1, column - 1, cell, formats, mark)
    if remarks is None:
        return
    for number in sorted(remarks.rows):
        text = remarks.text(number, "\n")
        target.write_string(number - 1, remarks.column - 1, text, formats.plain[True])
    target.set_column(remarks.column - 1, remarks.column - 1, _WIDTH)


def _write(target: Any, row: int, column: int, cell: Cell, formats: _Formats, mark: bool) -> None:
    if is_blank(cell):
        target.write_blank(row, column, None, formats.plain[mark])
    elif isinstance(cell, str):
        target.write_string(row, column, cell, formats.text[mark])
    elif isinstance(cell, bool):
        target.write_boolean(row, column, cell, formats.plain[mark])
    elif isinstance(cell, (date, datetime)):
        target.write_datetime(row, column, cell, formats.day[mark])
    elif isinstance(cell, (int, float)):
        target.write_number(row, column, cell, formats.plain[mark])
    else:
        target.write_string(row, column, str(cell), formats.text[mark])
