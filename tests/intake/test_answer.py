"""A refused file comes back as a copy to mend: what is wrong in a column of its own, all else as it was."""

from __future__ import annotations

import csv
import io
import stat
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.events import PaymentAuthorized
from intake.answer import Answer, write_answer
from intake.checking import check_file
from intake.header import REMARK_TITLE
from intake.problems import FileRefused
from tests.intake.conftest import TODAY, Bureau
from tests.intake.files import HEADER, amounts, number, row, write_csv, write_xls, write_xlsx

SHEET = "xl/worksheets/sheet1.xml"


def answered(path: Path, to: Path | None = None) -> Answer:
    checked = check_file(path, TODAY)
    assert checked.problems
    return write_answer(checked, checked.problems, to)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def rich_workbook(path: Path, *, data_bars: bool = False) -> Path:
    """Titles, merged header, formats, formulas, widths, validations, a hidden sheet, a chart, an
    autofilter, a comment, conditional formats with data bars."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("名册")
        bold = book.add_format({"bold": True, "bg_color": "#FFFF00"})
        money = book.add_format({"num_format": "#,##0.00", "font_color": "#123456"})
        sheet.merge_range("A1:I1", "2023年1月低保金发放名册", bold)
        sheet.write_row("A2", HEADER, bold)
        for n in range(1, 6):
            sheet.write_row(n + 1, 0, row(n))
            sheet.write_number(n + 1, 6, 800, money)
            sheet.write_formula(n + 1, 7, f"=G{n + 2}", money, 800)
        sheet.write_string("F4", "330681195001010001")
        sheet.write_string("C6", "没有镇")
        sheet.set_column("A:B", 17.5)
        sheet.set_row(3, 33)
        sheet.autofilter("A2:I7")
        sheet.data_validation("D3:D7", {"validate": "list", "source": ["低保", "特困"]})
        sheet.write_comment("A3", "note")
        if data_bars:  # stand in an extension, which openpyxl does not read
            sheet.conditional_format("G3:G7", {"type": "data_bar", "data_bar_2010": True})
        sheet.conditional_format("H3:H7", {"type": "cell", "criteria": ">", "value": 1})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=名册!$G$3:$G$7"})
        sheet.insert_chart("L3", chart)
        hidden = book.add_worksheet("选项")
        hidden.hide()
        hidden.write("A1", "低保")
    return path


def test_every_part_but_the_sheet_and_the_styles_is_the_same_to_the_byte(tmp_path: Path) -> None:
    path = rich_workbook(tmp_path / "名册.xlsx", data_bars=True)
    answer = answered(path)
    before, after = parts(path), parts(answer.path)
    assert list(before) == list(after)
    assert {n for n in before if before[n] != after[n]} == {SHEET, "xl/styles.xml"}
    assert not answer.values_only
    assert answer.path == tmp_path / "名册.待改.xlsx"


def test_formats_formulas_widths_and_merged_cells_are_untouched(tmp_path: Path) -> None:
    path = rich_workbook(tmp_path / "a.xlsx")
    before = openpyxl.load_workbook(path)["名册"]
    after = openpyxl.load_workbook(answered(path).path)["名册"]
    for cells in before.iter_rows(max_col=9):
        for cell in cells:
            other = after[cell.coordinate]
            assert (other.value, other.number_format) == (cell.value, cell.number_format)
            assert repr((other.font, other.fill)) == repr((cell.font, cell.fill))
    assert after.merged_cells.ranges == before.merged_cells.ranges
    assert after.column_dimensions["A"].width == before.column_dimensions["A"].width
    assert after.row_dimensions[4].height == before.row_dimensions[4].height
    assert after.auto_filter.ref == before.auto_filter.ref
    assert len(after.data_validations.dataValidation) == 1
    assert len(after.conditional_formatting) == len(before.conditional_formatting) + 1


def test_each_wrong_row_says_in_both_languages_what_would_be_right(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(answered(rich_workbook(tmp_path / "a.xlsx")).path)["名册"]
    assert sheet["J2"].value == REMARK_TITLE
    wrong_number, wrong_town = str(sheet["J4"].value), str(sheet["J6"].value)
    assert wrong_number.startswith("「身份证号码」身份证号校验码不符")
    assert "compare it with the card" in wrong_number
    assert wrong_town.startswith("「地区」")
    assert "such as" in wrong_town
    assert [sheet[f"J{n}"].value for n in (1, 3, 5, 7)] == [None] * 4


def test_the_wrong_cells_are_marked(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(answered(rich_workbook(tmp_path / "a.xlsx")).path)["名册"]
    marked = [
        str(f.sqref) for f in sheet.conditional_formatting if "relief" in str(f.rules[0].formula)
    ]
    assert set(marked[0].split()) == {"C6", "F4", "J4", "J6"}


def mended(answer: Path, **cells: Any) -> Path:
    book = openpyxl.load_workbook(answer)
    for place, value in cells.items():
        book.worksheets[0][place] = value
    book.save(answer)
    return answer


def test_the_mended_copy_goes_on_where_the_file_was(bureau: Bureau, tmp_path: Path) -> None:
    first = write_xlsx(tmp_path / "a.xlsx", [HEADER, row(1), row(2)])
    bureau.recorded(first)
    bad = write_xlsx(
        tmp_path / "b.xlsx", [HEADER, row(1), row(2), row(3, 地区="没有镇", 发放批次="B2")]
    )
    result = bureau.imports(bad)
    copy = write_answer(result.checked, result.problems).path
    assert len(bureau.events(PaymentAuthorized)) == 2
    result = bureau.recorded(mended(copy, C4="枫桥镇"))
    assert (result.receipt.already, len(bureau.events(PaymentAuthorized))) == (3, 3)
    assert result.checked.ignored == []


def test_an_answer_to_an_answer_replaces_the_remarks_and_the_marks(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx", [HEADER, row(1, 地区="没有镇"), row(2, 救助类别="?"), row(3)]
    )
    copy = mended(answered(path).path, C2="枫桥镇")
    second = answered(copy)
    assert second.path.name == "a.待改-2.xlsx"
    sheet = openpyxl.load_workbook(second.path).worksheets[0]
    assert (sheet["J1"].value, sheet["J2"].value, sheet["K1"].value) == (REMARK_TITLE, None, None)
    assert "「救助类别」" in str(sheet["J3"].value)
    (marks,) = sheet.conditional_formatting
    assert set(str(marks.sqref).split()) == {"D3", "J3"}


def test_remarks_keep_clear_of_merged_and_formatted_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet, frame = book.add_worksheet(), book.add_format({"border": 1})
        sheet.write_row("A1", HEADER)
        sheet.write_row("A2", row(1, 地区="没有镇"))
        sheet.merge_range("I1:K1", HEADER[8])
        for at in range(9, 15):
            sheet.write_blank(1, at, None, frame)
    after = openpyxl.load_workbook(answered(path).path).worksheets[0]
    assert after["L1"].value == REMARK_TITLE
    assert "「地区」" in str(after["L2"].value)
    assert after["N2"].border.left.style == "thin"
    cells = [c.coordinate for c in after[2]]
    assert cells == sorted(cells)


def test_the_answer_is_for_its_owner_alone_and_takes_no_other_files_place(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, row(1, 地区="?")])
    first, second = answered(path), answered(path)
    assert (first.path.name, second.path.name) == ("a.待改.csv", "a.待改-2.csv")
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        answered(path, first.path)


def test_a_file_that_changed_since_it_was_checked_gets_no_answer(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, row(1, 地区="?")])
    checked = check_file(path, TODAY)
    write_csv(path, [HEADER, row(2, 地区="?")])
    with pytest.raises(FileRefused):
        write_answer(checked, checked.problems)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_text_file_keeps_encoding_separators_and_every_cell(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    rows = [["名册"], HEADER, row(1, 姓名="𠮷\n田"), row(2, 地区="?", 姓名='a"b'), row(3)]
    path = write_csv(tmp_path / "a.csv", rows, encoding, delimiter)
    answer = answered(path).path
    text = answer.read_bytes().decode(encoding)
    found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert [cells[:9] for cells in found] == [["名册"], *rows[1:]]
    assert found[1][9] == REMARK_TITLE
    assert found[3][9].startswith("「地区」")
    assert [len(c) for c in found] == [1, 10, 9, 10, 9]


def test_a_mended_text_file_is_read_without_its_remarks(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [HEADER, row(1, 地区="?"), row(2, 救助类别="?")])
    copy = answered(path).path
    text = copy.read_text("utf-8").replace("?", "暨阳街道", 1)
    copy.write_text(text, "utf-8")
    again = answered(copy).path.read_text("utf-8").splitlines()
    assert again[1].endswith(",")
    assert "「救助类别」" in again[2]
    copy.write_text(again[0] + "\n" + again[1] + "\n", "utf-8")
    checked = check_file(copy, TODAY)
    assert (checked.problems, checked.ignored, len(checked.rows)) == ([], [], 1)


def test_an_old_workbook_is_answered_by_a_new_one_with_its_values(tmp_path: Path) -> None:
    header = [*HEADER, "发放日期"]
    rows = [header, [*row(1, 地区="?"), date(2023, 1, 20)], [*row(2), date(2023, 1, 21)]]
    answer = answered(write_xls(tmp_path / "a.xls", rows))
    assert (answer.path.name, answer.values_only) == ("a.待改.xlsx", True)
    sheet = openpyxl.load_workbook(answer.path).worksheets[0]
    assert [c.value for c in sheet[3]][:9] == row(2)
    assert sheet["J3"].value.date() == date(2023, 1, 21)
    assert "「地区」" in str(sheet["K2"].value)
    assert sheet["C2"].fill.bgColor.rgb == "FFFFC7CE" or sheet["C2"].fill.fgColor.rgb == "FFFFC7CE"
    mended(answer.path, C2="枫桥镇")
    assert check_file(answer.path, TODAY).problems == []


_EVIL = st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])


@given(evil=_EVIL, kind=st.sampled_from(["csv", "xlsx", "xls"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_nothing_that_we_write_is_run_by_a_spreadsheet(
    tmp_path: Path, evil: str, kind: str
) -> None:
    """Evil cells and an evil header, which our remarks name."""
    for old in tmp_path.iterdir():
        old.unlink()
    cells = row(1, 地区=evil, 姓名=evil, 账号=evil)
    path = tmp_path / f"a.{kind}"
    if kind == "csv":
        write_csv(path, [HEADER, cells])
    elif kind == "xls":
        write_xls(path, [HEADER, cells])
    else:
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet()
            sheet.write_row("A1", HEADER)
            sheet.write_row("A2", cells)
    answer = answered(path).path
    if kind == "csv":
        with answer.open(encoding="utf-8", newline="") as file:
            remarks = [r[9] for r in csv.reader(file)]
        assert not any(r.startswith(("=", "+", "-", "@", "\t", "\r")) for r in remarks)
    else:
        assert b"<f" not in parts(answer)[SHEET].replace(b"<formula", b"")


def test_remarks_of_ten_thousand_rows_are_one_mark_a_column(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, *(row(n, 地区="?") for n in range(10_000))])
    sheet = openpyxl.load_workbook(answered(path).path).worksheets[0]
    (marks,) = sheet.conditional_formatting
    assert set(str(marks.sqref).split()) == {"C2:C10001", "J2:J10001"}


def test_a_macro_workbook_is_read_and_answered_with_its_macros_as_they_were(tmp_path: Path) -> None:
    plain = write_xlsx(tmp_path / "plain.xlsx", [HEADER, row(1, 地区="?")])
    path = tmp_path / "a.xlsm"
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts(plain).items():
            package.writestr(name, content)
        package.writestr("xl/vbaProject.bin", b"macros")
    answer = answered(path).path
    assert answer.name == "a.待改.xlsm"
    assert parts(answer)["xl/vbaProject.bin"] == b"macros"


def test_the_amount_in_a_remark_is_what_would_be_right(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, row(1, **amounts("800", "900"))])
    sheet = openpyxl.load_workbook(answered(path).path).worksheets[0]
    assert "800.00" in str(sheet["J2"].value)
    assert number(1) not in str(sheet["J2"].value)
