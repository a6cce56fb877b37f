"""Cell → value, by the column's type. Every failure is a BadValue that says what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from domain.calendar import parse_date, parse_month
from domain.divisions import Divisions
from domain.identity import DamagedBySpreadsheet, parse_identity_number
from domain.money import parse_fen
from domain.wording import BadValue
from intake.columns import Col

Cell = Any
"""str, int, float, bool, date, datetime or None."""
Convert = Callable[[Cell], Any]

_SPLIT = re.compile(r"[;\uff1b、,\uff0c\n]+")
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!")


def is_blank(cell: Cell) -> bool:
    """True for nothing, and for text of white space alone."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def as_text(cell: Cell) -> str:
    """The cell as a clerk sees it: whole numbers without a decimal point, dates as dates."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell)


def split(cell: Cell) -> tuple[str, ...]:
    """The parts of a cell that holds several, split by ； 、 or a line break."""
    return tuple(part for part in (p.strip() for p in _SPLIT.split(as_text(cell))) if part)


def converter(spec: Col, divisions: Divisions, today: date) -> Convert:
    """The function for a column. It remembers what it converted where values repeat."""
    if spec.type == "identity":
        return lambda cell: _identity(cell, today)
    if spec.type == "identities":
        return lambda cell: tuple(_identity(part, today) for part in split(cell))
    plain: dict[str, Convert] = {
        "text": _text,
        "date": lambda cell: _past(parse_date(_dateable(cell)), today),
        "month": lambda cell: parse_month(_dateable(cell)),
        "money": parse_fen,
        "int": _whole,
        "town": lambda cell: _town(cell, divisions),
        "list": split,
        "choice": lambda cell: _choice(cell, spec),
        "bool": lambda cell: _choice(cell, spec) == "yes",
    }
    convert = plain[spec.type]
    return (
        _remembering(convert)
        if spec.type in ("date", "month", "town", "choice", "money")
        else convert
    )


def _remembering(convert: Convert) -> Convert:
    known: dict[Any, Any] = {}

    def remembered(cell: Cell) -> Any:
        key = (cell.__class__, cell)
        if key not in known:
            if len(known) > 10_000:
                known.clear()
            known[key] = convert(cell)
        return known[key]

    return remembered


def _identity(cell: Cell, today: date) -> str:
    if isinstance(cell, float) or (isinstance(cell, int) and cell > 10**15):
        raise DamagedBySpreadsheet(
            "身份证号以数字保存,末尾数字已丢失;请把该列设为文本并重新填写",
            "the number is stored as a number and lost its last digits; "
            "set the column to text and type it again",
        )
    return parse_identity_number(cell if isinstance(cell, str) else str(cell), today).text


def _text(cell: Cell) -> str:
    text = as_text(cell)
    if text in _ERRORS:
        raise BadValue(f"单元格是错误值 {text}", f"the cell holds the error {text}")
    return text


def _dateable(cell: Cell) -> Any:
    if isinstance(cell, (str, date)):
        return cell
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell)
    return str(cell)


def _past(day: date, today: date) -> date:
    if day > today:
        raise BadValue(f"日期在今天({today})之后", f"the date lies after today ({today})")
    return day


def _whole(cell: Cell) -> int:
    text = as_text(cell).replace(",", "")
    if not text.lstrip("-").isdigit():
        raise BadValue("应为整数", "a whole number is needed")
    if int(text) < 0 or int(text) > 10**9:
        raise BadValue("数字超出范围", "the number is out of range")
    return int(text)


def _town(cell: Cell, divisions: Divisions) -> str:
    code = divisions.code_of(as_text(cell))
    if code is None:
        near = "、".join(list(divisions.towns.values())[:3])
        raise BadValue(
            f"不是{divisions.county}的镇乡(街道);应如 {near} …",
            f"no town of the division table; such as {near} …",
        )
    return code


def _choice(cell: Cell, spec: Col) -> str:
    text = as_text(cell)
    code = spec.choices.get(text)
    if code is not None:
        return code
    if text in spec.choices.values():
        return text
    words = "、".join(spec.choices)
    raise BadValue(f"应为:{words}", f"one of: {words}")
