"""Reports as files: the same bytes when made again, held against the ledger, tampering told."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from reports.catalog import REPORTS
from reports.rendering.writing import WRITERS
from tests.console.conftest import Demo, run

ASKED = {
    "annual": ["--year", "2023"],
    "monthly": ["--month", "2023-11"],
    "bank": ["--from", "2023-01", "--to", "2023-12"],
    "social-forces": ["--as-of", "2024-06-27"],
    "findings": ["--as-of", "2024-06-27"],
}


def make(demo: Demo, out: Path, name: str, *more: str) -> bytes:
    ran = run("report", name, *ASKED[name], "--ledger", demo.ledger, "--out", str(out), *more)
    assert ran.code == 0, ran.out + ran.err
    return out.read_bytes()


def verify(demo: Demo, file: Path) -> tuple[int, str]:
    ran = run("verify-report", str(file), "--ledger", demo.ledger, "--lang", "en")
    return ran.code, ran.out + ran.err


def said(demo: Demo, tmp_path: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(make(demo, tmp_path / "said.json", name))
    return found


def asked(demo: Demo, *words: str) -> dict[str, Any]:
    ran = run(*words, "--ledger", demo.ledger, "--json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_every_report_is_tried_here() -> None:
    assert ASKED.keys() == REPORTS.keys()


@pytest.mark.parametrize("name", sorted(ASKED))
@pytest.mark.parametrize("ending", sorted(WRITERS))
def test_a_report_made_again_is_the_same_bytes_and_is_what_the_ledger_yields(
    demo: Demo, tmp_path: Path, name: str, ending: str
) -> None:
    lang = "zh" if len(name) % 2 else "en"
    first = make(demo, tmp_path / f"one{ending}", name, "--lang", lang)
    assert make(demo, tmp_path / f"two{ending}", name, "--lang", lang) == first
    code, told = verify(demo, tmp_path / f"one{ending}")
    assert code == 0, told
    assert "byte for byte" in told


@pytest.mark.parametrize("ending", sorted(WRITERS))
def test_every_file_carries_the_same_report(demo: Demo, tmp_path: Path, ending: str) -> None:
    from reports.rendering.writing import READERS
    from reports.report import read

    plain = make(demo, tmp_path / "plain.json", "monthly")
    raw = make(demo, tmp_path / f"file{ending}", "monthly")
    carried, _ = READERS[ending](raw)
    assert read(carried).canonical == plain


def test_a_changed_figure_is_named_with_what_the_ledger_yields(demo: Demo, tmp_path: Path) -> None:
    found = said(demo, tmp_path, "monthly")
    was = found["content"]["movements"]["opening"]
    found["content"]["movements"]["opening"] = was + 7
    found["content"]["spending"]["rows"].pop()
    (tmp_path / "changed.json").write_text(json.dumps(found), "utf-8")
    code, told = verify(demo, tmp_path / "changed.json")
    assert code == 1
    assert "content.movements.opening" in told
    assert str(was) in told
    assert str(was + 7) in told
    assert "content.spending.rows.length" in told


def test_a_file_that_shows_other_figures_than_it_carries_is_not_the_file(
    demo: Demo, tmp_path: Path
) -> None:
    raw = make(demo, tmp_path / "page.html", "annual", "--lang", "zh")
    assert raw.count("相符".encode()) > 3
    (tmp_path / "page.html").write_bytes(raw.replace("相符".encode(), "不符".encode(), 1))
    code, told = verify(demo, tmp_path / "page.html")
    assert code == 1
    assert "changed after it was made" in told


def test_a_report_of_another_history_is_not_this_ledgers(demo: Demo, tmp_path: Path) -> None:
    found = said(demo, tmp_path, "bank")
    found["root"] = "A" * 43 + "="
    (tmp_path / "other.json").write_text(json.dumps(found), "utf-8")
    code, told = verify(demo, tmp_path / "other.json")
    assert code == 1
    assert "root" in told


@pytest.mark.parametrize("ending", sorted(WRITERS))
@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b"%PDF-1.7", b"<html></html>", b"[1]", b"{"])
def test_what_is_no_report_is_refused_in_a_sentence(
    demo: Demo, tmp_path: Path, ending: str, raw: bytes
) -> None:
    (tmp_path / f"none{ending}").write_bytes(raw)
    code, told = verify(demo, tmp_path / f"none{ending}")
    assert code == 2
    assert "report" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "change",
    [
        {"as_at": 10**9},
        {"as_at": "soon"},
        {"as_of": "yesterday"},
        {"report": "gossip"},
        {"parameters": {}},
        {"parameters": {"month": "2023-11", "year": "2023"}},
        {"parameters": {"month": "never"}},
        {"parameters": 7},
        {"content": {"roster": [[[]]]}},
        {"towns": []},
        {"format": 2},
    ],
)
def test_a_report_whose_questions_make_no_sense_is_refused(
    demo: Demo, tmp_path: Path, change: dict[str, Any]
) -> None:
    found = {**said(demo, tmp_path, "monthly"), **change}
    (tmp_path / "odd.json").write_text(json.dumps(found), "utf-8")
    code, told = verify(demo, tmp_path / "odd.json")
    assert code in (1, 2), told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "words",
    [
        ["gossip", "--out", "a.pdf"],
        ["monthly", "--out", "a.pdf"],
        ["monthly", "--year", "2023", "--out", "a.pdf"],
        ["monthly", "--month", "2023-13", "--out", "a.pdf"],
        ["bank", "--from", "2023-05", "--to", "2023-04", "--out", "a.pdf"],
        ["annual", "--year", "MMXXIII", "--out", "a.pdf"],
        ["annual", "--year", "2023", "--out", "a.doc"],
    ],
)
def test_a_report_that_cannot_be_asked_for_says_what_would_be_right(
    demo: Demo, words: list[str]
) -> None:
    ran = run("report", *words, "--ledger", demo.ledger, "--lang", "en")
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err) > 20


def test_a_file_that_is_there_is_not_overwritten(demo: Demo, tmp_path: Path) -> None:
    out = tmp_path / "there.json"
    out.write_text("mine")
    ran = run("report", "annual", "--year", "2023", "--ledger", demo.ledger, "--out", str(out))
    assert ran.code == 1
    assert out.read_text() == "mine"
    assert [f.name for f in tmp_path.iterdir()] == ["there.json"]


def test_the_month_says_what_roster_movements_and_spending_say(demo: Demo, tmp_path: Path) -> None:
    content = said(demo, tmp_path, "monthly")["content"]
    day = ["--as-of", "2023-11-30"]
    roster = asked(demo, "roster", *day)["roster"]
    assert content["roster"]["persons"] == roster["persons"]
    assert content["roster"]["groups"] == roster["groups"]
    moved = asked(demo, "movements", "--from", "2023-11-01", "--to", "2023-11-30", *day)
    for name in ("opening", "new", "exited", "died", "closing", "adjusted"):
        assert content["movements"][name] == moved["movements"][name]
    months = ["--from", "2023-11", "--to", "2023-11"]
    spent = asked(demo, "spending", "--by", "program,town", *months, *day)["spending"]
    assert content["spending"]["total"] == spent["total"]
    assert sum(r["paid_fen"] for r in content["spending"]["rows"]) == spent["total"]["paid_fen"]
    by_program = {g["program"]: 0 for g in roster["groups"]}
    for g in roster["groups"]:
        by_program[g["program"]] += g["persons"]
    counted = dict.fromkeys(by_program, 0)
    for p in content["roster"]["people"]:
        counted[p["program"]] += p["persons"]
    assert counted == by_program


def test_the_annual_figures_stand_beside_the_published_ones(demo: Demo, tmp_path: Path) -> None:
    content = said(demo, tmp_path, "annual")["content"]
    figures = asked(demo, "figures", "--year", "2023")["figures"]
    assert {f["figure"]: f["rebuilt"] for f in content["figures"]} == figures
    assert content["published_in"]["document"] == "001008006002009/2024-158569"


def test_a_workbook_is_made_for_people(demo: Demo, tmp_path: Path) -> None:
    make(demo, tmp_path / "month.xlsx", "monthly", "--lang", "zh")
    book = load_workbook(tmp_path / "month.xlsx")
    sheet = book["本月资金"]
    heads = [c.value for c in sheet[3]]
    assert sheet.freeze_panes == "B4"
    assert (
        sheet.auto_filter.ref == f"A3:{sheet.cell(3, len(heads)).column_letter}{sheet.max_row - 1}"
    )
    paid = heads.index("已付(元)")
    assert sheet.cell(4, paid + 1).number_format == "#,##0.00"
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    cents = [round(float(str(row[paid])) * 100) for row in rows]
    assert sum(cents[:-1]) == cents[-1]
    assert [s.title for s in book if s.sheet_state == "hidden"] == ["report.json", "checkpoint.txt"]
    assert book["说明"]["A1"].value == "报表"


def test_csv_files_are_tables_that_add_up(demo: Demo, tmp_path: Path) -> None:
    raw = make(demo, tmp_path / "bank.zip", "bank", "--lang", "en")
    with zipfile.ZipFile(io.BytesIO(raw)) as zipped:
        names = zipped.namelist()
        lines = zipped.read(names[0]).decode("utf-8-sig")
    assert names[0] == "01 Batches.csv"
    assert "report.json" in names
    *rows, total = list(csv.DictReader(io.StringIO(lines)))
    column = "prepared (CNY)"
    assert sum(round(float(r[column]) * 100) for r in rows) == round(float(total[column]) * 100)


def test_an_earlier_position_yields_the_report_of_then(demo: Demo, tmp_path: Path) -> None:
    make(demo, tmp_path / "then.json", "bank", "--as-at", "500")
    found = json.loads((tmp_path / "then.json").read_bytes())
    assert found["as_at"] < asked(demo, "batches")["as_at"]
    assert verify(demo, tmp_path / "then.json")[0] == 0
