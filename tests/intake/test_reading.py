"""Files as bureaus have them: each nastiness understood, or refused with what would be right."""

from __future__ import annotations

import struct
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.checking import CheckedFile, check_file
from intake.columns import Kind
from intake.header import find_header
from intake.kinds import KINDS
from intake.problems import FileRefused
from intake.sheets import Sheet
from intake.templates import write_template
from tests.intake.files import HEADER, number, row, write_csv, write_xlsx

TODAY = date(2024, 6, 27)


def check(path: Path, kind: str | None = None) -> CheckedFile:
    return check_file(path, TODAY, kind)


def clean(path: Path, kind: str | None = None) -> CheckedFile:
    checked = check(path, kind)
    assert checked.problems == []
    return checked


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters_simply_work(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, row(1), row(2)], encoding, delimiter)
    checked = clean(path)
    assert checked.kind.name == "payments"
    first = checked.rows[0]
    assert (first.number, first.row.town, first.row.base) == (2, "330681001", 80_000)


def test_rare_characters_in_names_survive_gb18030(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, row(1, 姓名="𬭎䶮·阿依")], "gb18030")
    assert clean(path).rows[0].row.name == "𬭎䶮·阿依"


def test_titles_blank_rows_totals_and_signatures_are_passed_over(tmp_path: Path) -> None:
    rows = [
        ["诸暨市2023年1月低保金发放名册"],
        [],
        ["单位:元", "", "", "2023年1月"],
        HEADER,
        row(1),
        [],
        ["小计", "", "", "", "", "", "800", "800"],
        row(2),
        ["合  计", "", "", "", "", "", "1,600", "1,600"],
        ["制表人:王五", "", "审核人:赵六"],
        ["负责人(签字):", "", "", "", "填表日期:2023-01-10"],
    ]
    for path in (write_csv(tmp_path / "a.csv", rows), write_xlsx(tmp_path / "a.xlsx", rows)):
        checked = clean(path)
        assert [r.number for r in checked.rows] == [5, 8]
        assert checked.skipped == 4


def test_a_header_in_two_rows_with_merged_cells(tmp_path: Path) -> None:
    upper = ["发放月份", "发放批次", "地区", "救助类别", "领取人", "", "金额", "", "账号"]
    lower = ["", "", "", "", "姓名", "身份证号码", "保障金(元)", "发放合计(元)", ""]
    merged = ("A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:F2", "G2:H2", "I2:I3")
    path = write_xlsx(tmp_path / "a.xlsx", [["名册"], upper, lower, row(1)], merged)
    assert clean(path).rows[0].number == 4


def test_full_width_headers_spaces_and_stars_are_the_same_header(tmp_path: Path) -> None:
    header = [
        "*发放 月份",
        "发放批次:",
        "地区",
        "救助类别",
        "姓 名",
        "身份证号码",
        "保障金(元)",
        "发放合计（元）",
        "账号",
    ]
    assert len(clean(write_csv(tmp_path / "a.csv", [header, row(1)])).rows) == 1


def test_english_headers_are_understood(tmp_path: Path) -> None:
    header = [
        "month",
        "batch_no",
        "town",
        "program",
        "name",
        "id number",
        "base",
        "total",
        "account",
    ]
    assert len(clean(write_csv(tmp_path / "a.csv", [header, row(1)])).rows) == 1


def test_amounts_and_numbers_as_spreadsheets_hold_them(tmp_path: Path) -> None:
    rows = [
        HEADER,
        row(1, **{"保障金(元)": 1050.5, "发放合计(元)": "1,050.50元"}),
        row(2, **{"保障金(元)": "\uff11\uff10\uff10", "发放合计(元)": 100}),
        row(3, 发放月份=datetime(2023, 1, 1), 身份证号码=f" {number(3).lower()} "),
    ]
    checked = clean(write_xlsx(tmp_path / "a.xlsx", rows))
    assert [r.row.base for r in checked.rows] == [105_050, 10_000, 80_000]
    assert checked.rows[2].row.month == "2023-01"


def problems(
    tmp_path: Path, *rows: list[Any], kind: str | None = None, header: list[str] = HEADER
) -> set[tuple[int, str, str]]:
    checked = check(write_xlsx(tmp_path / "a.xlsx", [header, *rows]), kind)
    assert all(p.zh and p.en for p in checked.problems)
    return {(p.row, p.column, p.code) for p in checked.problems}


def test_identity_numbers_that_a_spreadsheet_damaged_are_found_as_such(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        row(1, 身份证号码=3.30681195001010e17),
        row(1, 身份证号码="3.30681E+17"),
        row(1, 身份证号码="330681195001012000"),
        row(1, 身份证号码="33068119500101"),
    )
    assert found == {
        (2, "身份证号码", "DamagedBySpreadsheet"),
        (3, "身份证号码", "DamagedBySpreadsheet"),
        (4, "身份证号码", "DamagedBySpreadsheet"),
        (5, "身份证号码", "WrongLength"),
    }


def test_an_old_number_of_15_digits_is_read_as_18(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, row(1, 身份证号码="330681500101001")])
    assert clean(path).rows[0].row.id_number.startswith("33068119500101001")


def test_every_problem_of_every_row_comes_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        row(1, 发放月份="2023.1", 地区="某镇"),
        row(2, 救助类别="什么", **{"保障金(元)": "八百"}),
        row(3, **{"保障金(元)": "1.234"}),
        row(4, **{"发放合计(元)": "900"}),
        row(5, 姓名=""),
        row(6, **{"保障金(元)": "-1", "发放合计(元)": "-1"}),
        row(7, **{"保障金(元)": "0", "发放合计(元)": "0"}),
    )
    assert found == {
        (2, "发放月份", "AmbiguousMonth"),
        (2, "地区", "BadValue"),
        (3, "救助类别", "BadValue"),
        (3, "保障金(元)", "BadAmount"),
        (4, "保障金(元)", "BadAmount"),
        (5, "发放合计(元)", "total_differs"),
        (6, "姓名", "missing"),
        (7, "保障金(元)", "negative"),
        (8, "发放合计(元)", "zero"),
    }


def test_no_problem_quotes_what_may_be_personal(tmp_path: Path) -> None:
    bad = row(
        1,
        姓名="欧阳雪丽",
        身份证号码=number(1)[:-1] + "0",
        地区="欧阳雪丽家",
        账号="6222222222222222",
    )
    checked = check(write_csv(tmp_path / "a.csv", [HEADER, bad]))
    said = " ".join(p.zh + p.en + p.column for p in checked.problems)
    assert checked.problems
    assert "欧阳" not in said
    assert number(1)[:12] not in said


def test_several_members_in_one_cell_become_several_rows(tmp_path: Path) -> None:
    header = ["姓名", "身份证号", "户主身份证号", "与户主关系", "变动日期"]
    rows = [
        [
            "张三\uff1b李四、王五",
            f"{number(1)}\uff1b{number(2)}、{number(3)}",
            number(1),
            "子",
            "2023-01-02",
        ]
    ]
    checked = clean(write_csv(tmp_path / "a.csv", [header, *rows]))
    assert [(r.number, r.row.name) for r in checked.rows] == [(2, "张三"), (2, "李四"), (2, "王五")]
    uneven = [["张三、李四", number(1), number(1), "子", ""]]
    assert problems(tmp_path, *uneven, header=header) == {(2, "身份证号", "uneven")}


def test_a_households_amount_on_every_members_row_counts_once(tmp_path: Path) -> None:
    header = [*HEADER, "户主身份证号"]
    rows = [[*row(n), number(1)] for n in (1, 2, 3)]
    checked = clean(write_csv(tmp_path / "a.csv", [header, *rows]))
    assert (len(checked.rows), checked.repeated) == (1, 2)


def test_the_same_row_twice_is_kept_for_the_ledger_to_see(tmp_path: Path) -> None:
    checked = clean(write_csv(tmp_path / "a.csv", [HEADER, row(1), row(1)]))
    assert (len(checked.rows), checked.repeated) == (2, 0)


def test_a_date_after_today_is_a_problem(tmp_path: Path) -> None:
    header = ["身份证号", "死亡日期"]
    assert problems(tmp_path, [number(1), "2030-01-01"], header=header) == {
        (2, "死亡日期", "BadValue")
    }


def test_the_right_sheet_of_several_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["说明", "无"])
    sheet = book.create_sheet("名册")
    for cells in (HEADER, row(1)):
        sheet.append(cells)
    book.save(path)
    assert clean(path).sheet == "名册"


def test_a_formula_that_was_calculated_is_its_result_and_one_that_was_not_is_named(
    tmp_path: Path,
) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, row(1, **{"发放合计(元)": "=G2"})])
    with pytest.raises(FileRefused, match="H2"):
        check(path)  # openpyxl writes formulas without their results
    cached = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(cached, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                data = (
                    data.replace(b"<f>G2</f><v></v>", b"<f>G2</f><v>800</v>")
                    .replace(b"<f>G2</f><v />", b"<f>G2</f><v>800</v>")
                    .replace(b"<f>G2</f><v/>", b"<f>G2</f><v>800</v>")
                )
            new.writestr(item, data)
    assert clean(cached).rows[0].row.total == 80_000


def test_a_cell_that_holds_an_error_is_a_problem(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, row(1)])
    patched = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(patched, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                before = data[: data.index(b'r="G2"')].rindex(b"<c ")
                after = data.index(b"</c>", before) + 4
                data = data[:before] + b'<c r="G2" t="e"><v>#N/A</v></c>' + data[after:]
            new.writestr(item, data)
    checked = check(patched)
    assert {(p.row, p.column) for p in checked.problems} == {(2, "保障金(元)")}


def refused(path: Path, kind: str | None = None) -> str:
    with pytest.raises(FileRefused) as e:
        check(path, kind)
    assert e.value.zh
    return e.value.en


def test_what_is_no_table_is_refused_for_its_own_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    def with_bytes(raw: bytes, name: str = "a.csv") -> str:
        file = tmp_path / name
        file.write_bytes(raw)
        return refused(file)

    assert "empty" in with_bytes(b"")
    assert "header" in with_bytes(b"hello,world\n1,2\n")
    assert "binary" in with_bytes(b"\x00\x01\x02" * 50)
    assert "encoding" in with_bytes(b"\xff\x81\xff,\xff\n")
    assert "web page" in with_bytes(b"<html><table><tr><td>1</td></tr></table></html>")
    assert "workbook" in with_bytes(b"not a workbook", "a.xlsx")
    assert "no .xls workbook" in with_bytes(b"\xd0\xcf\x11\xe0" + bytes(600), "a.xls")
    assert "damaged" in with_bytes(b"PK\x03\x04" + bytes(100), "b.xlsx")
    assert "no data" in with_bytes(",".join(HEADER).encode())
    assert "header" in with_bytes("发放月份,发放批次,地区\n2023-01,B1,x\n".encode())
    assert "cannot open" in refused(tmp_path / "nowhere.csv")
    write_csv(path, [[*HEADER, "地 区"], [*row(1), "x"]])
    assert "mean the same" in refused(path)
    write_csv(path, [HEADER[:5], row(1)[:5]])
    assert "required columns" in refused(path, "payments")


def test_a_zip_that_unpacks_to_a_mountain_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, row(1)])
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    struct.pack_into("<I", raw, at + 24, 0xFFFFFFF0)
    path.write_bytes(raw)
    refused(path)


def test_half_a_workbook_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, row(1)])
    path.write_bytes(path.read_bytes()[:-200])
    refused(path)


def test_unbalanced_quotes_name_the_row(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, row(1)])
    path.write_bytes(path.read_bytes() + b'2023-01,"B1\n')
    assert "row 3" in refused(path)


def test_one_bad_row_among_100_000_is_the_one_that_is_found(tmp_path: Path) -> None:
    header = ["身份证号", "死亡日期"]
    rows = [[number(n % 20_000), "2023-01-05"] for n in range(100_000)]
    rows[77_776][1] = "2023-02-30"
    checked = check(write_csv(tmp_path / "a.csv", [header, *rows]))
    assert [(p.row, p.column) for p in checked.problems] == [(77_778, "死亡日期")]
    assert len(checked.rows) == 99_999


words = st.text(alphabet="诸暨市民政局名册一二三0123456789年月()", max_size=12)


@given(st.lists(st.lists(words, max_size=4), max_size=8), st.sampled_from(sorted(KINDS)))
def test_the_header_is_found_below_any_titles(titles: list[list[str]], name: str) -> None:
    kind: Kind = KINDS[name]
    header = [c.spec.zh for c in kind.columns]
    rows: list[list[Any]] = [*titles, header]
    sheet = Sheet("", list(enumerate(rows, 1)))
    found = find_header(sheet, kind)
    assert found is not None
    assert found.last_row == len(titles)
    assert found.missing == []


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_template_is_recognized_as_its_own_kind(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.xlsx"
    write_template(name, path)
    with pytest.raises(FileRefused, match="no data"):
        check(path)
    kind = KINDS[name]
    assert find_header(Sheet("", [(1, [c.spec.zh for c in kind.columns])]), kind) is not None


DECISION = [
    "户主身份证号",
    "事项",
    "救助类别",
    "决定日期",
    "享受时间",
    "现金额",
    "保障对象身份证号",
    "申请日期",
    "受理日期",
    "公示开始",
    "公示结束",
    "原金额",
    "增减额",
]


def decision(**more: str) -> list[str]:
    cells = dict.fromkeys(DECISION, "")
    cells.update(
        {
            "户主身份证号": number(1),
            "事项": "新增",
            "救助类别": "低保",
            "决定日期": "2023-02-10",
            "享受时间": "2023-03",
            "现金额": "800",
        }
    )
    cells.update(more)
    return list(cells.values())


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"现金额": ""}, "现金额"),
        ({"享受时间": ""}, "享受时间"),
        ({"事项": "增员", "现金额": ""}, "保障对象身份证号"),
        ({"申请日期": "2023-01-10", "受理日期": "2023-01-09"}, "受理日期"),
        ({"公示开始": "2023-01-10", "公示结束": "2023-01-09"}, "公示结束"),
        ({"事项": "调整", "原金额": "700", "增减额": "50"}, "增减额"),
        ({"现金额": "-1"}, "现金额"),
    ],
)
def test_a_decision_that_does_not_fit_together_is_a_problem(
    tmp_path: Path, change: dict[str, str], column: str
) -> None:
    found = problems(tmp_path, decision(**change), header=DECISION)
    assert column in {c for _, c, _ in found}


def test_a_decision_that_fits_is_none(tmp_path: Path) -> None:
    assert (
        problems(tmp_path, decision(), decision(事项="停止", 现金额=""), header=DECISION) == set()
    )
