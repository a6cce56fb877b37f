"""`import` at the command line: what is refused comes back beside the file, with its name and way out."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from tests.console.conftest import run
from tests.intake.files import HEADER, row, write_csv, write_xlsx


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    assert run("init", str(tmp_path / "ledger")).code == 0
    return str(tmp_path / "ledger")


def test_a_refused_file_is_answered_beside_it(ledger: str, tmp_path: Path) -> None:
    bad = write_xlsx(tmp_path / "名册.xlsx", [HEADER, row(1, 地区="?")])
    ran = run("import", str(bad), "--ledger", ledger, "--lang", "en")
    assert ran.code == 1
    assert "名册.待改.xlsx" in ran.out
    copy = tmp_path / "名册.待改.xlsx"
    book = openpyxl.load_workbook(copy)
    book.worksheets[0]["C2"] = "暨阳街道"
    book.save(copy)
    again = run("import", str(copy), "--ledger", ledger, "--json")
    said = json.loads(again.out)
    assert (again.code, said["problems"], said["answer"], said["recorded"]) == (0, [], None, 4)
    assert said["file_position"] == said["last_position"] + 1


def test_the_answer_goes_where_it_is_asked_for_and_nowhere_else(
    ledger: str, tmp_path: Path
) -> None:
    bad = write_csv(tmp_path / "a.csv", [HEADER, row(1, 地区="?")])
    to = tmp_path / "b.csv"
    arguments = ("import", str(bad), "--ledger", ledger, "--answer", str(to))
    said = json.loads(run(*arguments, "--json").out)
    assert said["answer"] == "b.csv"
    assert not (tmp_path / "a.待改.csv").exists()
    before = to.read_bytes()
    again = run(*arguments, "--lang", "en")
    assert (again.code, to.read_bytes()) == (1, before)
    assert "b.csv exists and is not overwritten" in again.err
    assert run(*arguments, str(bad)).code == 2


def test_a_refusal_of_the_whole_file_names_it_and_the_way_out(ledger: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name in ("一月", "二月"):
        sheet = book.create_sheet(name)
        sheet.append(HEADER)
        sheet.append(row(1))
    path = tmp_path / "两张.xlsx"
    book.save(path)
    ran = run("import", str(path), "--ledger", ledger, "--lang", "zh")
    assert ran.code == 1
    assert "两张.xlsx" in ran.err
    assert "--sheet" in ran.err
    done = run("import", str(path), "--ledger", ledger, "--sheet", "二月", "--lang", "zh")
    assert done.code == 0
    assert "读取的是工作表「二月」;未读取:一月" in done.out


def test_an_answer_that_cannot_be_written_hides_no_problem(ledger: str, tmp_path: Path) -> None:
    bad = write_csv(tmp_path / "a.csv", [HEADER, row(1, 地区="?")])
    nowhere = tmp_path / "none" / "b.csv"
    ran = run("import", str(bad), "--ledger", ledger, "--answer", str(nowhere), "--lang", "en")
    assert ran.code == 1
    assert "no town of the division table" in ran.out
    assert "cannot be written" in ran.err
