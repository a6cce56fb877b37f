"""Cell → value, by the column's type. Every failure is a BadValue that says what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from domain.calendar import month_of, parse_date, parse_month
from domain.divisions import Divisions
from domain.identity import DamagedBySpreadsheet, parse_identity_number
from domain.money import parse_fen
from domain.wording import BadValue
from intake.columns import Col, Term

Cell = Any
"""str, int, float, bool, date, datetime or None."""
Convert = Callable[[Cell], Any]

_BETWEEN = re.compile(r"[至到~\uff5e\u2013\u2014\uff0d]+|\s-\s")
_SPLIT = re.compile(r"[;\uff1b、,\uff0c\n]+")
_UNSEEN = dict.fromkeys(
    (0xAD, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF)
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SERIALS = range(18_264, 73_051)
"""1950 to 2099, as days since the end of 1899. Neither a year, nor a month, nor a written date."""
ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#ERROR!")
"""What a cell shows whose formula failed."""


def is_blank(cell: Cell) -> bool:
    """True for nothing, and for text of white space alone."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def as_text(cell: Cell) -> str:
    """The cell as a clerk sees it: whole numbers without a decimal point, dates as dates, and
    nothing that cannot be seen (zero-width and direction marks) at all."""
    if isinstance(cell, str):
        return (cell if cell.isascii() else cell.translate(_UNSEEN)).strip()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell)


def split(cell: Cell) -> tuple[str, ...]:
    """The parts of a cell that holds several, split by ； 、 or a line break."""
    return tuple(part for part in (p.strip() for p in _SPLIT.split(as_text(cell))) if part)


def converter(spec: Col, divisions: Divisions, today: date, *, from_1904: bool = False) -> Convert:
    """The function for a column. It remembers what it converted where values repeat.

    `from_1904`: days that a workbook holds as plain numbers are counted from 1904 on.
    """

    def _dateable(cell: Cell) -> Any:
        return dateable(cell, from_1904)

    if spec.type == "identity":
        return lambda cell: _identity(cell, today)
    if spec.type == "identities":
        return lambda cell: tuple(_identity(part, today) for part in split(cell))
    plain: dict[str, Convert] = {
        "text": _text,
        "date": lambda cell: _past(parse_date(_dateable(cell)), today),
        "period": lambda cell: _period(as_text(cell)),
        "month": lambda cell: parse_month(_dateable(cell)),
        "any_date": lambda cell: parse_date(_dateable(cell)),
        "stop": lambda cell: _stop(_dateable(cell)),
        "term": lambda cell: _term(_dateable(cell)),
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
    if isinstance(cell, float) and cell.is_integer() and 10**14 <= cell < 10**15:
        cell = int(cell)  # an old number of 15 digits: a spreadsheet keeps so many
    if isinstance(cell, float) or (isinstance(cell, int) and cell >= 10**15):
        raise DamagedBySpreadsheet(
            "身份证号以数字保存,末尾数字已丢失;请把该列设为文本并重新填写",
            "the number is stored as a number and lost its last digits; "
            "set the column to text and type it again",
        )
    text = cell if isinstance(cell, str) else str(cell)
    return parse_identity_number(text if text.isascii() else as_text(text), today).text


def _text(cell: Cell) -> str:
    text = as_text(cell)
    if text in ERRORS:
        raise error_cell(text)
    if _CONTROL.search(text):
        raise BadValue(
            "含有不可见的控制字符;请删去后重新输入",
            "it holds control characters that cannot be seen; type it again",
        )
    return text


def error_cell(text: str) -> BadValue:
    """The cell's formula failed, and so says nothing."""
    return BadValue(
        f"单元格是错误值 {text};请改正公式或直接填写",
        f"the cell holds the error {text}; mend the formula or type the value",
    )


def dateable(cell: Cell, from_1904: bool) -> Any:
    """What a date is read from: a text, a date, or the number of days that a workbook keeps."""
    if isinstance(cell, str):
        return as_text(cell)
    if isinstance(cell, date):
        return cell
    if isinstance(cell, (int, float)) and int(cell) in _SERIALS and not isinstance(cell, bool):
        first = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
        return first + timedelta(days=int(cell))
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell)
    return str(cell)


def _stop(value: Any) -> str:
    """The first month not paid, from a month or the first day of one."""
    try:
        day = parse_date(value)
    except BadValue:
        return parse_month(value)
    if day.day != 1:
        raise BadValue(
            "停止日期应为停发的首月或其 1 日,如 2023-06(5 月仍发,6 月起不发)",
            "say the first month not paid, or its first day: 2023-06 (May is paid, June is not)",
        )
    return month_of(day)


def _term(value: Any) -> Term:
    """So many months, or the last month."""
    text = str(value).removesuffix("个月").removesuffix("月").strip()
    if text.isdigit() and len(text) <= 2:
        if not 1 <= int(text) <= 36:
            raise BadValue("渐退期应为 1 至 36 个月", "a fade-out takes 1 to 36 months")
        return Term(months=int(text))
    return Term(last_month=parse_month(value))


def _period(text: str) -> tuple[date, date]:
    """First and last day of a time that stands in one cell; it may end in the future."""
    parts = [p.strip() for p in _BETWEEN.split(text) if p.strip()]
    if len(parts) == 1 and text.count("-") == 1:
        parts = [p.strip() for p in text.split("-")]
    if len(parts) != 2:
        raise BadValue(
            "起止应如 2023-01-01至2023-12-31", "a period looks like 2023-01-01至2023-12-31"
        )
    first, last = (parse_date(p) for p in parts)
    if last < first:
        raise BadValue("止期早于起期", "the period ends before it begins")
    return first, last


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
