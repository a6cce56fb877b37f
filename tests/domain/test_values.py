"""Identity numbers, money, dates, months, towns, ages: read exactly, or refused with what is right."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ages import BANDS, age_band, age_on
from domain.calendar import (
    AmbiguousMonth,
    BadDate,
    first_day,
    month_of,
    month_range,
    next_month,
    parse_date,
    parse_month,
    previous_month,
)
from domain.divisions import TOWNS, Divisions
from domain.identity import (
    BadIdentity,
    DamagedBySpreadsheet,
    ImpossibleDate,
    WrongCheckDigit,
    WrongLength,
    check_digit,
    parse_identity_number,
)
from domain.money import BadAmount, format_yuan, parse_fen
from domain.wording import BadValue

FIRST = "33068119500101000"
NUMBER = FIRST + check_digit(FIRST)
FULL_WIDTH = str.maketrans(
    "0123456789X", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff38"
)


def test_the_check_digit_is_that_of_the_standard() -> None:
    # The worked example of GB 11643-1999, annex A.
    assert check_digit("11010519491231002") == "X"


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.integers(0, 999))
def test_every_number_with_a_right_check_digit_is_read(birth: date, order: int) -> None:
    first = f"330681{birth:%Y%m%d}{order:03d}"
    read = parse_identity_number(first + check_digit(first))
    assert read.birth_date == birth
    assert read.sex == (1 if order % 2 else 2)
    assert read.text not in repr(read)


@given(st.integers(0, 17), st.integers(1, 9))
def test_a_mistyped_digit_is_found(at: int, by: int) -> None:
    digits = list(NUMBER)
    if digits[at] == "X":
        digits[at] = str(by)
    else:
        digits[at] = str((int(digits[at]) + by) % 10)
    with pytest.raises(BadIdentity) as refused:
        parse_identity_number("".join(digits))
    assert "".join(digits) not in refused.value.zh + refused.value.en


@pytest.mark.parametrize(
    "written",
    [
        NUMBER.lower(),
        f" {NUMBER} ",
        NUMBER.translate(FULL_WIDTH),
        f"{NUMBER[:6]} {NUMBER[6:]}",
        f"'{NUMBER}",
    ],
)
def test_what_a_clerk_meant_is_understood(written: str) -> None:
    assert parse_identity_number(written).text == NUMBER


def test_an_old_number_of_15_digits_is_converted() -> None:
    read = parse_identity_number("330681500101001")
    assert (read.birth_date, read.was_old, len(read.text)) == (date(1950, 1, 1), True, 18)


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("3.30681E+17", DamagedBySpreadsheet),
        ("330681195001012000", DamagedBySpreadsheet),
        ("12345", WrongLength),
        ("33068119500101000A", WrongCheckDigit),
        ("", WrongLength),
        ("张三", WrongLength),
    ],
)
def test_a_damaged_number_is_refused_for_its_own_reason(
    written: str, error: type[BadIdentity]
) -> None:
    with pytest.raises(error):
        parse_identity_number(written)


def test_a_birth_on_no_day_or_in_the_future_is_refused() -> None:
    for first in ("33068119500230000", "33068117500101000"):
        with pytest.raises(ImpossibleDate):
            parse_identity_number(first + check_digit(first))
    with pytest.raises(ImpossibleDate):
        parse_identity_number(NUMBER, today=date(1949, 1, 1))


@given(st.integers(-(10**14), 10**14))
def test_money_comes_back_as_it_was_written(fen: int) -> None:
    assert parse_fen(format_yuan(fen)) == fen


@given(st.integers(0, 10**9))
def test_a_float_of_a_spreadsheet_is_the_text_that_stands_for_it(fen: int) -> None:
    assert parse_fen(fen / 100) == fen


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("1,234.5", 123_450),
        ("\uff11\uff12\uff0e\uff13", 1_230),
        ("￥800", 80_000),
        ("800元", 80_000),
        ("2.5万元", 2_500_000),
        (Decimal("0.01"), 1),
        (12, 1_200),
        ("-3", -300),
        (" 1 000 ", 100_000),
    ],
)
def test_amounts_as_clerks_write_them(written: str | int | Decimal, fen: int) -> None:
    assert parse_fen(written) == fen


def test_a_column_in_ten_thousands_says_so() -> None:
    assert parse_fen("1.5", unit="万元") == 1_500_000


@pytest.mark.parametrize(
    "written", ["", "1.234", "12,34", "abc", "1e3", "--1", "nan", 0.1 + 0.2, True]
)
def test_what_is_no_exact_amount_is_refused(written: str | float) -> None:
    with pytest.raises(BadAmount):
        parse_fen(written)


@pytest.mark.parametrize(
    "written",
    [
        "2023-01-05",
        "2023/1/5",
        "2023.1.5",
        "2023年1月5日",
        "20230105",
        "2023-01-05 10:20:30",
        date(2023, 1, 5),
        datetime(2023, 1, 5, 9),
    ],
)
def test_dates_as_clerks_write_them(written: str | date) -> None:
    assert parse_date(written) == date(2023, 1, 5)


@pytest.mark.parametrize(
    "written", ["2023-02-30", "5/1/2023", "yesterday", "", "1850-01-01", "2023-1"]
)
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(BadDate):
        parse_date(written)


@pytest.mark.parametrize("written", ["2023-01", "2023/1", "2023年1月", "202301", date(2023, 1, 31)])
def test_months_as_clerks_write_them(written: str | date) -> None:
    assert parse_month(written) == "2023-01"


@pytest.mark.parametrize("written", ["2023.1", "2023.10", 2023.1])
def test_a_month_that_may_be_january_or_october_is_not_guessed(written: str | float) -> None:
    with pytest.raises(AmbiguousMonth):
        parse_month(written)


def test_months_follow_each_other() -> None:
    assert month_range("2022-11", "2023-02") == ["2022-11", "2022-12", "2023-01", "2023-02"]
    assert month_range("2023-02", "2023-01") == []
    assert next_month("2023-12") == "2024-01"
    assert previous_month("2024-01") == "2023-12"
    assert first_day("2023-05") == date(2023, 5, 1)
    assert month_of(date(2023, 5, 31)) == "2023-05"


def test_towns_are_found_by_every_name_in_use() -> None:
    table = Divisions()
    assert len(TOWNS) == 23
    for code, name in TOWNS.items():
        for form in (
            code,
            name,
            f"诸暨市{name}",
            f" {name} ",
            name[: -2 if name.endswith("街道") else -1],
        ):
            assert table.code_of(form) == code
    assert table.code_of("不存在镇") is None
    assert table.name_of("330681001") == "暨阳街道"


def test_ages_turn_on_the_birthday() -> None:
    birth = date(1958, 5, 5)
    assert age_on(birth, date(2023, 5, 4)) == 64
    assert age_band(birth, date(2023, 5, 4)) == "60-64"
    assert age_band(birth, date(2023, 5, 5)) == "65-79"
    assert age_band(date(2023, 1, 1), date(2023, 1, 1)) == BANDS[0]
    with pytest.raises(ValueError, match="before"):
        age_on(birth, date(1950, 1, 1))


def test_every_refusal_of_a_value_speaks_both_languages() -> None:
    refused = BadValue("不对", "wrong")
    assert (refused.zh, refused.en, str(refused)) == ("不对", "wrong", "wrong")
