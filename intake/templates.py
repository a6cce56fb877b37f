"""Blank workbooks for each kind of file, with a second sheet that explains every column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xlsxwriter

from domain.divisions import Divisions
from intake.choosing import GUIDE_TITLE
from intake.columns import Column, Kind
from intake.kinds import KINDS

BLANK_ROWS = 1000
_TYPES = {
    "text": ("文本", "text"),
    "identity": ("18 位身份证号,文本", "18 characters, as text"),
    "identities": ("多个身份证号,用、分隔", "several, split by 、"),
    "date": ("日期,如 2023-01-05", "date, as 2023-01-05"),
    "month": ("月份,如 2023-01", "month, as 2023-01"),
    "period": (
        "起止日期,如 2023-01-01至2023-12-31",
        "first and last day, as 2023-01-01至2023-12-31",
    ),
    "money": ("金额(元),最多两位小数", "CNY, at most two decimals"),
    "int": ("整数", "whole number"),
    "town": ("镇乡(街道)名称", "town"),
    "list": ("多项,用、分隔", "several, split by 、"),
    "any_date": ("日期,可在将来", "date, may lie ahead"),
    "stop": ("停发的首月", "first month not paid"),
    "term": ("月数或最后一月", "months, or the last month"),
    "choice": ("选项", "one of"),
    "bool": ("是 / 否", "是 / 否 (yes / no)"),
}


def write_template(kind_name: str, path: Path, divisions: Divisions | None = None) -> None:
    """Writes the blank workbook of a kind. FileExistsError where the file is there already."""
    kind = KINDS[kind_name]
    if path.exists():
        raise FileExistsError(path)
    with xlsxwriter.Workbook(str(path)) as book:
        _blank(book, kind, divisions or Divisions())
        _guide(book, kind)


def _blank(book: Any, kind: Kind, divisions: Divisions) -> None:
    sheet = book.add_worksheet(kind.zh)
    required = book.add_format(
        {"bold": True, "bg_color": "#FCE4D6", "border": 1, "align": "center"}
    )
    optional = book.add_format(
        {"bold": True, "bg_color": "#DDEBF7", "border": 1, "align": "center"}
    )
    # Text cells keep a spreadsheet from turning identity numbers and accounts into numbers.
    text, money = book.add_format({"num_format": "@"}), book.add_format({"num_format": "#,##0.00"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    formats = {"money": money, "date": day, "any_date": day, "int": None}
    for at, column in enumerate(c for c in kind.columns if c.spec.in_template):
        spec = column.spec
        sheet.write_string(0, at, spec.zh, required if spec.required else optional)
        width = max(10, 2 * len(spec.zh) + 2, 22 if spec.type.startswith("identit") else 0)
        sheet.set_column(at, at, width, formats.get(spec.type, text))
        options = _options(column, divisions)
        if options:
            _restrict(book, sheet, at, options)
    sheet.freeze_panes(1, 0)


def _options(column: Column, divisions: Divisions) -> list[str]:
    if column.spec.type == "town":
        return list(divisions.towns.values())
    if column.spec.type == "bool":
        return ["是", "否"]
    return list(column.spec.choices)


def _restrict(book: Any, sheet: Any, at: int, options: list[str]) -> None:
    """A drop-down list. Excel takes 255 characters in line; longer lists go to a hidden sheet."""
    source: Any = options
    if len(",".join(options)) > 250:
        hidden = book.get_worksheet_by_name("选项")
        if hidden is None:
            hidden = book.add_worksheet("选项")
            hidden.hide()
        hidden.write_column(0, at, options)
        letter = chr(ord("A") + at)
        source = f"=选项!${letter}$1:${letter}${len(options)}"
    rule = {"validate": "list", "source": source, "error_type": "warning"}
    sheet.data_validation(1, at, BLANK_ROWS, at, rule)


def _guide(book: Any, kind: Kind) -> None:
    sheet = book.add_worksheet(GUIDE_TITLE)
    head = book.add_format({"bold": True, "bg_color": "#E2EFDA", "border": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    titles = ("列 Column", "English", "必填 Required", "填什么 What", "也认 Also", "例 Example")
    for at, (title, width) in enumerate(zip(titles, (22, 20, 12, 60, 40, 24), strict=True)):
        sheet.write_string(0, at, title, head)
        sheet.set_column(at, at, width)
    for row, column in enumerate((c for c in kind.columns if c.spec.in_template), 1):
        spec = column.spec
        cells = (
            spec.zh,
            column.field,
            "是 yes" if spec.required else "",
            _what(column),
            "、".join(spec.aliases),
            spec.example,
        )
        for at, cell in enumerate(cells):
            sheet.write_string(row, at, cell, wrap)
    sheet.freeze_panes(1, 0)


def _what(column: Column) -> str:
    spec = column.spec
    zh, en = _TYPES[spec.type]
    if spec.choices:
        words = "、".join(spec.choices)
        zh, en = f"{zh}:{words}", f"{en}: {words}"
    lines = [f"{zh} / {en}"]
    if spec.note_zh:
        lines.append(f"{spec.note_zh} / {spec.note_en}")
    return "\n".join(lines)
