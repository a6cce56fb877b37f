"""What bureaus' files contain, each through the whole import: from the file to the events, or refused.

title, two-row merged header, total and signature rows     read past
.xls, GB18030 with four-byte characters, BOM, ; and tab    read
numbers damaged by a spreadsheet, 2023.1                   refused, cell by cell, never guessed
lower-case x, full width, 15 digits, 元, 万元, thousands   read as what they mean
several members in a cell; an amount on every row          counted once each
the same row twice                                         recorded, and seen as a duplicate
a header twice, two sheets with data, a password, a bomb   refused whole
"""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from domain.events import (
    HouseholdFormed,
    MemberJoined,
    PaymentAuthorized,
    PersonDied,
    PersonRegistered,
    ProjectOpened,
)
from intake.header import normal
from intake.kinds import KINDS
from intake.problems import FileRefused
from tests.intake.conftest import Bureau
from tests.intake.files import HEADER, amounts, number, row, write_csv, write_xls, write_xlsx

FULL_WIDTH = str.maketrans(
    "0123456789Xx", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff38\uff58"
)


def paid(bureau: Bureau) -> list[int]:
    """What was authorized, fen, in the order of the log."""
    return [e.amount_fen for e in bureau.events(PaymentAuthorized)]


def names(bureau: Bureau) -> list[str]:
    """The names that were registered, opened again."""
    vault = bureau.relief.vault
    return [
        vault.unseal(e.meta.stream_id, e.meta.event_id, "name", e.name)
        for e in bureau.events(PersonRegistered)
        if e.name is not None
    ]


def problems(bureau: Bureau, path: Path, kind: str | None = None) -> list[tuple[int, str]]:
    """What is wrong with a file; nothing of it was recorded, and each says what would be right."""
    head = bureau.head
    result = bureau.imports(path, kind)
    assert result.problems
    assert bureau.head == head
    assert all(p.zh and p.en for p in result.problems)
    return [(p.row, p.column) for p in result.problems]


def ending_in_x() -> str:
    return next(number(n) for n in range(500) if number(n).endswith("X"))


# -- around the table -------------------------------------------------------------------------


def test_titles_totals_and_signatures_are_no_payments(bureau: Bureau, tmp_path: Path) -> None:
    table = [
        ["诸暨市2023年1月低保金发放名册"],
        ["单位:元"],
        HEADER,
        row(1),
        ["小计", "", "", "", "", "", "800", "800", ""],
        row(2),
        ["合计", "", "", "", "", "", "1600", "1600", ""],
        ["制表人:张三", "", "审核人:李四"],
    ]
    bureau.recorded(write_csv(tmp_path / "a.csv", table))
    assert paid(bureau) == [80_000, 80_000]


def test_a_header_in_two_rows_with_merged_cells_is_one_header(
    bureau: Bureau, tmp_path: Path
) -> None:
    upper = [*HEADER[:6], "金额", "", HEADER[8]]
    lower = ["", "", "", "", "", "", HEADER[6], HEADER[7], ""]
    merged = (*(f"{c}2:{c}3" for c in "ABCDEF"), "G2:H2", "I2:I3")
    bureau.recorded(write_xlsx(tmp_path / "a.xlsx", [["名册"], upper, lower, row(1)], merged))
    assert paid(bureau) == [80_000]


def test_an_old_xls_workbook_is_read_with_its_dates(bureau: Bureau, tmp_path: Path) -> None:
    bureau.recorded(write_xls(tmp_path / "a.xls", [HEADER, row(1)]))
    died: list[list[Any]] = [
        ["姓名", "身份证号", "死亡日期"],
        ["张三", number(1), date(2023, 5, 4)],
    ]
    bureau.recorded(write_xls(tmp_path / "b.xls", died, from_1904=True))
    assert paid(bureau) == [80_000]
    assert [e.meta.occurred_on for e in bureau.events(PersonDied)] == [date(2023, 5, 4)]


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-8-sig", "utf-16"])
def test_every_encoding_of_the_office_is_read(
    encoding: str, bureau: Bureau, tmp_path: Path
) -> None:
    bureau.recorded(write_csv(tmp_path / "a.csv", [HEADER, row(1, 姓名="吕镕")], encoding))
    assert names(bureau) == ["吕镕"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_delimiter_is_found_out(delimiter: str, bureau: Bureau, tmp_path: Path) -> None:
    bureau.recorded(write_csv(tmp_path / "a.csv", [HEADER, row(1)], delimiter=delimiter))
    assert paid(bureau) == [80_000]


@pytest.mark.parametrize("name", ["买买提·吐尔逊", "𠮷野", "㑇佶", "佐々木", "王䶮"])
def test_a_rare_character_in_a_name_survives(name: str, bureau: Bureau, tmp_path: Path) -> None:
    bureau.recorded(write_csv(tmp_path / "a.csv", [HEADER, row(1, 姓名=name)], "gb18030"))
    assert names(bureau) == [name]


@pytest.mark.parametrize("space", [" ", "\u3000", "\u00a0", "\t"])
def test_spaces_around_a_value_are_none_of_it(space: str, bureau: Bureau, tmp_path: Path) -> None:
    cells = row(1, 姓名=f"{space}张三{space}", 身份证号码=f"{number(1)}{space}")
    bureau.recorded(write_xlsx(tmp_path / "a.xlsx", [HEADER, cells]))
    assert names(bureau) == ["张三"]


def test_quotes_and_newlines_in_a_cell_are_text(bureau: Bureau, tmp_path: Path) -> None:
    header = [*HEADER, "备注"]
    bureau.recorded(write_csv(tmp_path / "a.csv", [header, [*row(1), '说"明\n第二行']]))
    assert paid(bureau) == [80_000]


# -- numbers ----------------------------------------------------------------------------------


def test_a_number_in_scientific_form_is_never_guessed(bureau: Bureau, tmp_path: Path) -> None:
    for n, damaged in enumerate(("3.30681E+17", 330681193001010000.0, "330681193001010000")):
        path = write_xlsx(tmp_path / f"{n}.xlsx", [HEADER, row(1), row(2, 身份证号码=damaged)])
        assert problems(bureau, path) == [(3, "身份证号码")]


def test_a_lower_case_x_is_an_x(bureau: Bureau, tmp_path: Path) -> None:
    whose = ending_in_x()
    bureau.recorded(write_csv(tmp_path / "a.csv", [HEADER, row(1, 身份证号码=whose.lower())]))
    bureau.recorded(
        write_csv(tmp_path / "b.csv", [HEADER, row(1, 发放批次="B2", 身份证号码=whose)])
    )
    assert len(bureau.events(PersonRegistered)) == 1


def test_full_width_digits_are_digits(bureau: Bureau, tmp_path: Path) -> None:
    cells = row(1, 身份证号码=number(1).translate(FULL_WIDTH), **amounts("８００", "８００"))
    bureau.recorded(write_csv(tmp_path / "a.csv", [HEADER, cells]))
    bureau.recorded(write_csv(tmp_path / "b.csv", [HEADER, row(1, 发放批次="B2")]))
    assert paid(bureau) == [80_000, 80_000]
    assert len(bureau.events(PersonRegistered)) == 1


def test_an_old_number_of_15_digits_is_the_same_person(bureau: Bureau, tmp_path: Path) -> None:
    long = number(5)
    old = long[:6] + long[8:17]
    bureau.recorded(write_csv(tmp_path / "a.csv", [HEADER, row(5, 身份证号码=old)]))
    bureau.recorded(write_csv(tmp_path / "b.csv", [HEADER, row(5, 发放批次="B2")]))
    assert len(bureau.events(PersonRegistered)) == 1


def test_a_month_written_2023_1_is_an_error_and_no_guess(bureau: Bureau, tmp_path: Path) -> None:
    for n, month in enumerate(("2023.1", 2023.1)):
        path = write_xlsx(tmp_path / f"{n}.xlsx", [HEADER, row(1, 发放月份=month)])
        assert problems(bureau, path) == [(2, "发放月份")]


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("1,234.50", 123_450),
        ("１，２３４．５０", 123_450),
        ("￥800", 80_000),
        ("800元", 80_000),
        ("0.08万元", 80_000),
        (800.1, 80_010),
        (800, 80_000),
    ],
)
def test_an_amount_is_read_as_it_is_meant(
    written: Any, fen: int, bureau: Bureau, tmp_path: Path
) -> None:
    bureau.recorded(write_xlsx(tmp_path / "a.xlsx", [HEADER, row(1, **amounts(written))]))
    assert paid(bureau) == [fen]


def test_a_fraction_of_a_fen_is_refused(bureau: Bureau, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, row(1, **amounts("800.005"))])
    assert {c for _, c in problems(bureau, path)} == {"保障金(元)", "发放合计(元)"}


# -- rows -------------------------------------------------------------------------------------


def test_several_members_in_one_cell_are_several_members(bureau: Bureau, tmp_path: Path) -> None:
    table = [
        ["姓名", "身份证号", "户主身份证号", "与户主关系"],
        ["张三", number(1), number(1), "本人"],
        ["李四；王五、赵六", f"{number(2)}；{number(3)}、{number(4)}", number(1), "子女"],
    ]
    bureau.recorded(write_csv(tmp_path / "a.csv", table, "gb18030"))
    assert len(bureau.events(HouseholdFormed)) == 1
    assert len({e.person_id for e in bureau.events(MemberJoined)}) >= 3
    uneven = [table[0], ["李四；王五", number(2), number(1), "子女"]]
    assert problems(bureau, write_csv(tmp_path / "b.csv", uneven)) == [(2, "身份证号")]


def test_a_households_amount_on_every_members_row_is_one_payment(
    bureau: Bureau, tmp_path: Path
) -> None:
    header = [*HEADER, "户主身份证号"]
    rows = [[*row(n), number(1)] for n in (1, 2, 3)]
    bureau.recorded(write_csv(tmp_path / "a.csv", [header, *rows]))
    assert paid(bureau) == [80_000]


def test_the_same_row_twice_is_recorded_and_can_be_seen(bureau: Bureau, tmp_path: Path) -> None:
    bureau.recorded(write_csv(tmp_path / "a.csv", [HEADER, row(1), row(1)]))
    assert paid(bureau) == [80_000, 80_000]
    bureau.recorded(write_csv(tmp_path / "a.csv", [HEADER, row(1), row(1)]))
    assert len(paid(bureau)) == 2, "the same file again records nothing"


def test_blank_and_hidden_rows_and_columns_change_nothing(bureau: Bureau, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, row(1), [], ["  "], row(2)])
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet.row_dimensions[5].hidden = True
    sheet.column_dimensions["I"].hidden = True
    book.save(path)
    bureau.recorded(path)
    assert len(paid(bureau)) == 2, "what a clerk has hidden was still reported"


def test_an_unknown_column_is_named_and_the_rest_is_recorded(
    bureau: Bureau, tmp_path: Path
) -> None:
    result = bureau.recorded(write_csv(tmp_path / "a.csv", [[*HEADER, "星座"], [*row(1), "白羊"]]))
    assert "星座" in result.checked.ignored
    assert paid(bureau) == [80_000]


# -- refused whole ----------------------------------------------------------------------------


def refused(bureau: Bureau, path: Path, kind: str | None = None) -> FileRefused:
    head = bureau.head
    with pytest.raises(FileRefused) as found:
        bureau.imports(path, kind)
    assert bureau.head == head
    assert found.value.zh
    assert found.value.en
    return found.value


def test_a_header_that_stands_twice_is_refused(bureau: Bureau, tmp_path: Path) -> None:
    table = [[*HEADER, "身份证号"], [*row(1), number(2)]]
    assert "身份证号" in refused(bureau, write_csv(tmp_path / "a.csv", table)).zh


def test_two_sheets_with_data_are_not_chosen_between(bureau: Bureau, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, row(1)])
    book = openpyxl.load_workbook(path)
    other = book.create_sheet("二月")
    for cells in ([*HEADER], row(2, 发放月份="2023-02", 发放批次="B2")):
        other.append(cells)
    book.save(path)
    refused(bureau, path)


def test_a_workbook_with_a_password_is_refused(bureau: Bureau, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"EncryptedPackage".ljust(4096, b"\0"))
    refused(bureau, path)


def test_a_workbook_that_unpacks_to_a_gigabyte_is_refused(bureau: Bureau, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        with package.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(1024):
                part.write(bytes(1 << 20))
        package.writestr("[Content_Types].xml", "<Types/>")
    refused(bureau, path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 4096,
        b"%PDF-1.7",
        b"<html><table><tr><td>1</td></tr></table></html>",
        b"PK\x03\x04half",
    ],
    ids=["empty", "nul", "pdf", "html", "half a zip"],
)
def test_what_is_no_table_is_refused(content: bytes, bureau: Bureau, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    refused(bureau, path)


def test_a_cell_that_holds_an_error_is_named(bureau: Bureau, tmp_path: Path) -> None:
    holed = row(2, **amounts("", "800"))
    path = write_xls(tmp_path / "a.xls", [HEADER, row(1), holed], errors={(2, 6): 0x07})
    assert (3, "保障金(元)") in problems(bureau, path)


HEADERS = {
    "households": "户主姓名 户主身份证号 家庭人口 保障人口 家庭年总收入(元) 户月保障金额(元) "
    "家庭分类施保总额(元) 人员分类施保总额(元) 合计(元) 家庭住址 所属街道 所属社区 低保(特困)证号 "
    "最初享受月份 救助金计算方式 分档类型 开户银行 银行账户名称 银行帐号 一卡通账号",
    "members": "姓名 身份证号 户主身份证号 与户主关系 残疾类别 残疾等级 劳动能力 健康状况 就业状况 "
    "年收入(元)",
    "payments": "地区 姓名 身份证号码 保障人数 保障金(元) 分类施保金(元) 发放合计(元) 补发合计(元) "
    "账户名称 开户银行 账号",
    "returns": "序号 户名 账号 金额 处理结果 失败原因",
    "checks": "批次编号 申请唯一号 受理编号 核对反馈时间 核对结果类型 核对报告编号 请求资源清单 "
    "反馈资源清单",
    "visits": "调查日期 调查人 单位 被调查人 关系 调查记录 签字",
    "projects": "项目名称 类别 承接单位 资金来源 预算 受益人数 人次 起止 验收",
}
"""Kind → the headers that bureaus' files of it are seen to have."""


@pytest.mark.parametrize("kind", HEADERS)
def test_the_headers_that_bureaus_use_are_known(kind: str) -> None:
    known = {normal(h) for c in KINDS[kind].columns for h in c.headers}
    known |= {normal(h) for h in KINDS[kind].ignored}
    assert [h for h in HEADERS[kind].split() if normal(h) not in known] == []


@pytest.mark.parametrize(
    "written", ["2023-01-01至2023-12-31", "2023.1.1-2023.12.31", "2023年1月1日—2023年12月31日"]
)
def test_a_period_in_one_cell_is_its_first_and_last_day(
    written: str, bureau: Bureau, tmp_path: Path
) -> None:
    providers = [
        ["机构编号", "机构名称", "机构类别", "登记日期"],
        ["P1", "某社", "社会组织", "2022-01-01"],
    ]
    bureau.recorded(write_csv(tmp_path / "p.csv", providers), "providers")
    table = [
        [
            "项目编号",
            "项目名称",
            "类别",
            "项目性质",
            "承接单位",
            "资金来源",
            "预算",
            "投入日期",
            "起止",
        ],
        ["X1", "项目", "物质帮扶", "慈善", "P1", "慈善", "1000", "2023-01-02", written],
    ]
    bureau.recorded(write_csv(tmp_path / "x.csv", table), "projects")
    (opened,) = bureau.events(ProjectOpened)
    assert (opened.starts_on, opened.until) == (date(2023, 1, 1), date(2024, 1, 1))
