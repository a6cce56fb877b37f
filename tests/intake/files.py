"""Writes files as bureaus have them, and one payment list that is right, to be made wrong."""

from __future__ import annotations

import csv
import io
import warnings
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from domain.identity import check_digit

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # xlwt is of 2017
    import xlwt

HEADER = [
    "发放月份",
    "发放批次",
    "地区",
    "救助类别",
    "姓名",
    "身份证号码",
    "保障金(元)",
    "发放合计(元)",
    "账号",
]


def number(n: int = 0) -> str:
    """An identity number that nobody has (birth order 000)."""
    first = f"330681{1930 + n % 80}{1 + n // 80 % 12:02d}{1 + n // 960 % 28:02d}000"
    return first + check_digit(first)


def row(n: int = 0, **more: Any) -> list[Any]:
    """A right row of a payment list; `more` puts other cells under its headers."""
    right = ["2023-01", "B1", "暨阳街道", "低保", "张三", number(n), "800", "800", "6200000001"]
    cells = dict(zip(HEADER, right, strict=True))
    cells.update(more)
    return list(cells.values())


def amounts(base: Any, total: Any = None) -> dict[str, Any]:
    """The two money columns."""
    return {"保障金(元)": base, "发放合计(元)": base if total is None else total}


def write_csv(
    path: Path, rows: list[list[Any]], encoding: str = "utf-8", delimiter: str = ","
) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows: list[list[Any]], merged: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in rows:
        sheet.append(cells)
    for area in merged:
        sheet.merge_cells(area)
    book.save(path)
    return path


def write_xls(
    path: Path,
    rows: list[list[Any]],
    *,
    merged: tuple[tuple[int, int, int, int], ...] = (),
    from_1904: bool = False,
    errors: dict[tuple[int, int], int] | None = None,
) -> Path:
    """An old binary workbook. `merged`: first row, last row, first column, last column, from 0."""
    book = xlwt.Workbook(encoding="utf-8")
    book.dates_1904 = from_1904
    sheet = book.add_sheet("名册")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for r, cells in enumerate(rows):
        for c, cell in enumerate(cells):
            if isinstance(cell, (date, datetime)):
                sheet.write(r, c, cell, day)
            elif cell not in (None, ""):
                sheet.write(r, c, cell)
    for area in merged:
        sheet.merge(*area)
    for (r, c), code in (errors or {}).items():
        sheet.row(r).set_cell_error(c, code)
    book.save(str(path))
    return path
