"""Money as whole fen: read from what clerks write, never by way of a float."""

from __future__ import annotations

import unicodedata
from decimal import Decimal, InvalidOperation

from domain.wording import BadValue

LARGEST_FEN = 10**15
"""10 trillion yuan: no sum of a county is above it, and an Avro long holds it."""


class BadAmount(BadValue):
    """An amount that cannot be read exactly."""


def parse_fen(value: str | float | Decimal, *, unit: str = "元") -> int:
    """Fen in an amount. `unit` is 元 or 万元, unless the text names its own.

    Takes thousands separators, ￥, full-width digits; at most two decimals of a yuan. A float,
    as spreadsheets hand it over, counts as the shortest text that stands for it.
    """
    if isinstance(value, str):
        if value.isdigit() and value.isascii() and unit == "元" and len(value) < 13:
            return int(value) * 100
        text, unit = _bare(value, unit)
    elif isinstance(value, bool):
        raise _unreadable()
    else:
        text = repr(value) if isinstance(value, float) else str(value)
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise _unreadable() from None
    if not amount.is_finite():
        raise _unreadable()
    fen = amount * (1_000_000 if unit == "万元" else 100)
    if fen != fen.to_integral_value():
        raise BadAmount("金额最多两位小数(精确到分)", "an amount has at most two decimals (fen)")
    if abs(fen) > LARGEST_FEN:
        raise BadAmount("金额过大", "the amount is too large")
    return int(fen)


def _bare(value: str, unit: str) -> tuple[str, str]:
    text = (
        "".join(unicodedata.normalize("NFKC", value).split())
        .removeprefix("¥")
        .removeprefix("人民币")
    )
    for suffix in ("万元", "元"):
        if text.endswith(suffix):
            text, unit = text.removesuffix(suffix), suffix
            break
    if "," in text:
        groups = text.partition(".")[0].lstrip("-").split(",")
        if any(len(g) != 3 for g in groups[1:]) or not 1 <= len(groups[0]) <= 3:
            raise BadAmount(
                "千位分隔符位置不对,如 1,234.50", "the thousands separators are misplaced: 1,234.50"
            )
        text = text.replace(",", "")
    if not text or not all(c.isdigit() or c in ".-" for c in text):
        raise _unreadable()
    return text, unit


def _unreadable() -> BadAmount:
    return BadAmount(
        "金额无法识别;应为数字,如 1234.50", "not an amount; write a number, as 1234.50"
    )


def format_yuan(fen: int) -> str:
    """Yuan with separators and two decimals: 123456789 → 1,234,567.89."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"
