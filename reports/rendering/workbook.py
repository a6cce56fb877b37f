"""A report as a workbook: a sheet a table, frozen headers, filters, number formats, charts."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from domain.wording import BadValue
from reports.layout import Bars, Cell, Column, Document, Lang, Table, Text, shown
from reports.rendering.carried import CHECKPOINT_NAME, JSON_NAME, Carried

LONGEST_CELL = 30_000
"""Characters; a cell holds 32,767."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
FORMATS = {"text": {}, "int": "#,##0", "fen": "#,##0.00", "date": "yyyy-mm-dd"}


class _Book:
    def __init__(self, file: io.BytesIO, lang: Lang) -> None:
        self.book = xlsxwriter.Workbook(file, OPTIONS)
        self.lang = lang
        border = {"border": 1, "border_color": "#BFBFBF", "valign": "vcenter"}
        self.title = self.book.add_format({"bold": True, "font_size": 14})
        self.small = self.book.add_format({"font_color": "#595959", "text_wrap": False})
        self.head = self.book.add_format(
            {"bold": True, "bg_color": "#DDEBF7", "text_wrap": True, **border}
        )
        self.cells = {kind: self._format(kind, border) for kind in FORMATS}
        bold = {"bold": True, "top": 2, **border}
        self.totals = {kind: self._format(kind, bold) for kind in FORMATS}
        self.names: set[str] = set()

    def _format(self, kind: str, base: dict[str, Any]) -> Any:
        wanted = FORMATS[kind]
        return self.book.add_format({**base, **({"num_format": wanted} if wanted else {})})

    def sheet(self, title: Text) -> Any:
        """A new sheet with a name that no other has."""
        bare = _FORBIDDEN.sub(" ", title.to(self.lang)).strip("'")[:31]
        name, n = bare, 1
        while name.lower() in self.names:
            n += 1
            name = f"{bare[:27]} {n}"
        self.names.add(name.lower())
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        return sheet


def workbook(document: Document, carried: Carried, lang: Lang) -> bytes:
    """The bytes of the workbook."""
    file = io.BytesIO()
    made = _Book(file, lang)
    on = carried.on
    made.book.set_properties(
        {
            "title": document.title.to(lang),
            "author": "relief-ledger",
            "created": datetime(on.year, on.month, on.day),  # noqa: DTZ001 - a fixed mark, no instant
        }
    )
    for part in document.parts:
        if isinstance(part, Table):
            _table(made, document, part)
        else:
            _bars(made, part)
    _about(made, document)
    _carry(made, carried)
    made.book.close()
    return file.getvalue()


def _table(made: _Book, document: Document, table: Table) -> None:
    sheet, lang = made.sheet(table.title), made.lang
    sheet.write_string(0, 0, f"{document.title.to(lang)} · {table.title.to(lang)}", made.title)
    note = f"   {table.note.to(lang)}" if table.note else ""
    sheet.write_string(1, 0, document.subtitle.to(lang) + note, made.small)
    for at, column in enumerate(table.columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(2, at, column.title.to(lang), made.head)
    for n, row in enumerate(table.rows, 3):
        _row(sheet, n, table.columns, row, made.cells, lang)
    last = 2 + len(table.rows)
    if table.rows:
        sheet.autofilter(2, 0, last, len(table.columns) - 1)
    if table.total:
        _row(sheet, last + 1, table.columns, table.total, made.totals, lang)
    sheet.freeze_panes(3, 1)
    sheet.repeat_rows(2)


def _row(
    sheet: Any,
    at: int,
    columns: Sequence[Column],
    row: Sequence[Cell],
    formats: dict[str, Any],
    lang: Lang,
) -> None:
    for n, (column, cell) in enumerate(zip(columns, row, strict=True)):
        value, shape = shown(cell, lang), formats[column.kind]
        if value is None or value == "":
            sheet.write_blank(at, n, None, shape)
        elif isinstance(value, str) and column.kind == "date":
            sheet.write_datetime(at, n, date.fromisoformat(value), shape)
        elif isinstance(value, str):
            sheet.write_string(at, n, value, shape)
        else:
            # A spreadsheet knows floats only: yuan with two decimals are exact to 15 digits there.
            sheet.write_number(at, n, value / 100 if column.kind == "fen" else value, shape)


def _bars(made: _Book, bars: Bars) -> None:
    """A sheet with the numbers and the chart of them."""
    sheet, lang = made.sheet(bars.title), made.lang
    shape = made.cells[bars.kind]
    sheet.set_column(0, len(bars.series), 18)
    sheet.write_string(0, 0, bars.title.to(lang), made.title)
    sheet.write_blank(2, 0, None, made.head)
    for n, label in enumerate(bars.labels, 3):
        sheet.write_string(n, 0, str(shown(label, lang)), made.cells["text"])
    chart, last = made.book.add_chart({"type": "column"}), 2 + len(bars.labels)
    for at, (name, values) in enumerate(bars.series, 1):
        sheet.write_string(2, at, name.to(lang), made.head)
        for n, value in enumerate(values, 3):
            sheet.write_number(n, at, value / 100 if bars.kind == "fen" else value, shape)
        chart.add_series(
            {
                "name": [sheet.name, 2, at],
                "categories": [sheet.name, 3, 0, max(last, 3), 0],
                "values": [sheet.name, 3, at, max(last, 3), at],
                "gap": 60,
            }
        )
    chart.set_title({"name": bars.title.to(lang), "name_font": {"size": 12}})
    chart.set_size({"width": 960, "height": 420})
    chart.set_legend({"position": "bottom"})
    sheet.insert_chart(2, len(bars.series) + 2, chart)
    sheet.freeze_panes(3, 1)


def _about(made: _Book, document: Document) -> None:
    sheet = made.sheet(Text("说明", "About"))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 110)
    wrapped = made.book.add_format({"text_wrap": True, "valign": "top"})
    for at, (name, value) in enumerate(document.provenance):
        sheet.write_string(at, 0, name.to(made.lang), made.head)
        sheet.write_string(at, 1, value, wrapped)


def _carry(made: _Book, carried: Carried) -> None:
    """The report itself, in hidden sheets: cut into cells, one below the other."""
    for name, text in (
        (JSON_NAME, carried.canonical.decode()),
        (CHECKPOINT_NAME, f"{carried.key}\n{carried.checkpoint}" if carried.checkpoint else ""),
    ):
        sheet = made.book.add_worksheet(name)
        sheet.hide()
        for n, start in enumerate(range(0, len(text), LONGEST_CELL)):
            sheet.write_string(n, 0, text[start : start + LONGEST_CELL])


def carried_by_workbook(raw: bytes) -> tuple[bytes, str]:
    """The JSON and the checkpoint (with its key) in a workbook. BadValue where there are none."""
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True)
        return _cut(book, JSON_NAME).encode(), _cut(book, CHECKPOINT_NAME)
    except Exception as e:
        raise BadValue("工作簿中没有报表数据", "the workbook holds no report of ours") from e


def _cut(book: Any, name: str) -> str:
    rows = book[name].iter_rows(max_col=1, values_only=True)
    return "".join(unescape(row[0]) for row in rows if row and row[0])
