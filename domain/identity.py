"""Resident identity numbers (GB 11643): reads them, checks them, and says what is damaged."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from operator import mul

from domain.wording import BadValue

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
OLDEST = date(1880, 1, 1)


class BadIdentity(BadValue):
    """An identity number that is not one."""


class DamagedBySpreadsheet(BadIdentity):
    """The number went through a spreadsheet as a number: digits are lost for good."""


class WrongLength(BadIdentity):
    """Neither 18 characters nor the 15 of an old number."""


class ImpossibleDate(BadIdentity):
    """The birth date in the number is no date, or lies in the future."""


class WrongCheckDigit(BadIdentity):
    """A digit was mistyped."""


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """What the number says. Personal: `repr` hides it."""

    text: str
    """18 characters, the last a digit or X."""
    birth_date: date
    sex: int
    """GB/T 2261.1: 1 male, 2 female (parity of the 17th digit)."""
    was_old: bool = False
    """True: a 15-digit number, converted (19yy, check digit added)."""

    def __repr__(self) -> str:
        return "IdentityNumber(…)"


def check_digit(first17: str) -> str:
    """The 18th character for the first 17 digits (GB 11643: weighted sum mod 11)."""
    if len(first17) != 17:
        raise ValueError("17 digits are needed")
    return CHECK_DIGITS[sum(map(mul, WEIGHTS, map(int, first17))) % 11]


def parse_identity_number(text: str, today: date | None = None) -> IdentityNumber:
    """Reads a number. Full-width digits, spaces and a small x are put right; a 15-digit number
    is converted. Raises a BadIdentity that quotes nothing of the number."""
    if len(text) != 18 or not text.isascii():
        text = _normalized(text)
    digits = text[:17]
    if len(text) == 15 and text.isdigit():
        digits = text[:6] + "19" + text[6:]
        return _checked(digits + check_digit(digits), today, was_old=True)
    if len(text) != 18:
        raise _unlike(text)
    if not digits.isdigit():
        raise _unlike(text)
    return _checked(text if text[17] != "x" else digits + "X", today, was_old=False)


def _normalized(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace("×", "X")
    return "".join(plain.split()).strip("'\u2018\u2019`").upper()


def _unlike(text: str) -> BadIdentity:
    if "E+" in text or "." in text:
        return DamagedBySpreadsheet(
            "身份证号已被表格软件变成科学计数,原号码无法恢复;请把该列设为文本并重新填写",
            "the spreadsheet turned the number into scientific notation and lost its digits; "
            "set the column to text and type it again",
        )
    return WrongLength(
        f"身份证号有 {len(text)} 位或含有其他字符;应为 18 位(旧号 15 位)",
        f"the identity number has {len(text)} characters or others than digits; "
        "it has 18 (15 in old ones)",
    )


def _checked(text: str, today: date | None, *, was_old: bool) -> IdentityNumber:
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        born = None
    if check_digit(text[:17]) != text[17]:
        if text.endswith("000"):
            raise DamagedBySpreadsheet(
                "身份证号末三位为 000 且校验不符,应是被表格软件截断;请以文本重新填写",
                "the number ends in 000 and fails its check: a spreadsheet cut it off; "
                "set the column to text and type it again",
            )
        raise WrongCheckDigit(
            "身份证号校验码不符,有数字填错;请对照证件核对",
            "the check digit does not fit: a digit is wrong; compare it with the card",
        )
    if born is None or born < OLDEST or (today is not None and born > today):
        raise ImpossibleDate(
            "身份证号中的出生日期不存在或在将来;请对照证件核对",
            "the birth date in the number is no date or lies in the future; compare the card",
        )
    return IdentityNumber(text, born, 1 if int(text[16]) % 2 else 2, was_old)
