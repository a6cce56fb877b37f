"""What an auditor asks of the demo: every number explained, samples drawn again, sheets that can be worked in."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from domain.identity import check_digit
from intake.checking import check_file
from projections.counted import COUNTED
from projections.explaining.of_movements import MOVEMENT_KEYS
from projections.explaining.of_spending import SPENDING_KEYS
from tests.console.conftest import Demo, run

AS_OF = ("--as-of", "2024-06-27")


def ask(demo: Demo, *words: str) -> dict[str, Any]:
    ran = run(*words, "--ledger", demo.ledger, "--json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def explained(demo: Demo, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(demo, "explain", *words, *AS_OF)["explanation"]
    rows = found["rows"]
    assert sum(r["amount"] for r in rows) == found["value"]
    subjects = [(r["subject"], *r["positions"]) for r in rows]
    assert len(set(subjects)) == len(subjects)
    for r in rows:
        assert all(a < b for a, b in pairwise(r["positions"]))
    return found


@pytest.mark.parametrize("key", COUNTED)
def test_every_annual_figure_is_made_of_entries(key: str, demo: Demo) -> None:
    figures = ask(demo, "figures", "--year", "2023", *AS_OF)["figures"]
    found = explained(demo, "figures", key, "--year", "2023")
    yuan = found["unit"] == "fen"
    assert ((found["value"] + 50) // 100 if yuan else found["value"]) == figures[key]
    assert all(r["positions"] for r in found["rows"])


@pytest.mark.parametrize("key", MOVEMENT_KEYS)
def test_every_number_of_the_movements_is_made_of_entries(key: str, demo: Demo) -> None:
    period = ("--from", "2023-01-01", "--to", "2023-12-31")
    moved = ask(demo, "movements", *period, *AS_OF)["movements"]
    found = explained(demo, "movements", key, *period)
    assert found["value"] == moved.get(key, moved["changes"].get(key, 0))


@pytest.mark.parametrize("key", SPENDING_KEYS)
def test_every_sum_of_the_spending_is_made_of_lines(key: str, demo: Demo) -> None:
    rows = ask(demo, "spending", "--by", "month,program,town,fund", *AS_OF)["spending"]["rows"]
    assert explained(demo, "spending", key)["value"] == sum(r["sums"][f"{key}_fen"] for r in rows)
    one = max(rows, key=lambda r: (r["sums"][f"{key}_fen"], r["month"]))
    scope = ("--from", one["month"], "--to", one["month"], "--program", one["program"],
             "--town", one["town"], "--fund", one["fund"])  # fmt: skip
    assert explained(demo, "spending", key, *scope)["value"] == one["sums"][f"{key}_fen"]


def test_a_number_of_the_roster_is_made_of_the_decisions_that_brought_people_in(demo: Demo) -> None:
    groups = ask(demo, "roster", *AS_OF)["roster"]["groups"]
    one = max(groups, key=lambda g: g["persons"])
    scope = ("--program", one["program"], "--town", one["town"])
    for key in ("persons", "households"):
        assert explained(demo, "roster", key, *scope)["value"] == one[key]
    due = explained(demo, "roster", "due", *scope)
    assert due["value"] == one["due_fen"]
    assert all(r["positions"] for r in due["rows"])


def test_the_rows_behind_a_number_are_written_with_their_events(demo: Demo, tmp_path: Path) -> None:
    out = tmp_path / "new.csv"
    words = ("explain", "figures", "newly_enrolled_persons", "--year", "2023", *AS_OF)
    ran = run(*words, "--ledger", demo.ledger, "--out", str(out), "--lang", "en")
    assert ran.code == 0, ran.err
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    body = rows[1 : rows.index([])]
    value = explained(demo, *words[1:5])["value"]
    assert sum(int(r[1]) for r in body if r[1]) == value
    assert {r[4] for r in body} >= {"relief.enrollment.Enrolled"}
    assert run(*words, "--ledger", demo.ledger, "--out", str(out)).code == 1, "never overwritten"


def test_an_unknown_number_is_refused_with_those_there_are(demo: Demo) -> None:
    for words in (
        ("figures", "happiness", "--year", "2023"),
        ("roster", "happiness"),
        ("movements", "happiness", "--from", "2023-01-01", "--to", "2023-12-31"),
        ("spending", "happiness"),
    ):
        ran = run("explain", *words, "--ledger", demo.ledger, "--lang", "en")
        assert ran.code == 2
        assert "are" in ran.err


# -- samples ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method",
    [("random",), ("monetary",), ("stratified", "--by", "town"), ("stratified", "--by", "month")],
)
def test_a_sample_drawn_again_is_the_same_bytes(method: tuple[str, ...], demo: Demo) -> None:
    words = ("sample", "--size", "30", "--seed", "第1组", "--method", *method, *AS_OF)
    one = run(*words, "--ledger", demo.ledger, "--json").out
    assert one == run(*words, "--ledger", demo.ledger, "--json").out
    found = json.loads(one)["sample"]
    assert sum(line["hits"] for line in found["lines"]) == 30
    total = ask(demo, "spending", *AS_OF)["spending"]["total"]
    assert (found["population"], found["population_fen"]) == (
        total["lines"] - found["left_out"],
        total["authorized_fen"],
    )


def test_the_sheet_of_a_sample_can_be_worked_in_and_says_how_it_was_drawn(
    demo: Demo, tmp_path: Path
) -> None:
    out = tmp_path / "样本.xlsx"
    ran = run("sample", "--size", "10", "--seed", "=cmd", *AS_OF, "--ledger", demo.ledger,
              "--out", str(out), "--lang", "zh")  # fmt: skip
    assert ran.code == 0, ran.err
    book = openpyxl.load_workbook(out)
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref
    assert len(list(sheet.iter_rows(min_row=2))) <= 10
    notes = {r[0].value: r[1] for r in book.worksheets[1].iter_rows()}
    seed = notes["种子 seed"]
    assert (seed.value, seed.data_type) == ("=cmd", "s"), "text, no formula"
    assert {"as_at", "总体 population", "规则 rule"} <= set(notes)


# -- the first hour ---------------------------------------------------------------------------


def test_the_demo_ties_out_but_for_what_was_returned(demo: Demo, tmp_path: Path) -> None:
    ran = run("tie-out", "--ledger", demo.ledger, "--json", *AS_OF)
    found = json.loads(ran.out)["tie_out"]
    assert ran.code == (1 if found["differences"] else 0)
    assert {d["kind"] for d in found["differences"]} <= {"returned_and_not_sent_again"}
    total = ask(demo, "spending", *AS_OF)["spending"]["total"]
    for column in ("paid_fen", "returned_fen", "pending_fen"):
        assert sum(b[column] for b in found["batches"]) == total[column]
    out = tmp_path / "differences.xlsx"
    assert run("tie-out", "--ledger", demo.ledger, "--out", str(out)).code == ran.code
    assert out.exists()


def test_the_treasury_is_tied_to_the_batches_by_its_vouchers(demo: Demo, tmp_path: Path) -> None:
    batches = json.loads(run("tie-out", "--ledger", demo.ledger, "--json").out)["tie_out"][
        "batches"
    ]
    good, bad = batches[0], batches[1]
    rows = [
        ["V1", good["number"], f"{good['paid_fen'] / 100:.2f}"],
        ["V2", bad["number"], f"{bad['paid_fen'] / 100 - 1:.2f}"],
        ["V3", "NO-SUCH", "12.00"],
    ]
    listed = tmp_path / "vouchers.csv"
    with listed.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["凭证号", "发放批次", "金额(元)"], *rows])
    ran = run("tie-out", "--ledger", demo.ledger, "--json", "--from", good["month"],
              "--to", good["month"], "--vouchers", str(listed))  # fmt: skip
    assert ran.code == 1
    found = json.loads(ran.out)["tie_out"]
    parted = {(d["batch"], d["found_fen"] - d["expected_fen"]) for d in found["differences"]
              if d["kind"] in ("vouchers_not_as_paid", "voucher_of_no_batch")}  # fmt: skip
    assert (good["number"], 0) not in parted
    assert ("NO-SUCH", 1200) in parted
    assert (bad["number"], -100) in parted or bad["month"] != good["month"]


@pytest.fixture
def own_ledger(demo: Demo, tmp_path: Path) -> Path:
    """A copy of the demo's ledger, to be written to."""
    copy = tmp_path / "copy"
    shutil.copytree(demo.ledger, copy)
    return copy


def test_what_was_owed_and_never_came_is_missing(own_ledger: Path) -> None:
    ledger = ("--ledger", str(own_ledger))
    period = ("--from", "2023-01", "--to", "2023-03")
    assert run("coverage", *ledger, *period).code == 0, "nothing is said to be owed yet"
    assert run("expect", "payments", "--from", "2023-01-01", *ledger).code == 0
    ran = run("expect", "visits", "--from", "2023-01-01", "--every", "year", *ledger,
              "--town", "all", "--source", "nobody", "--lang", "en")  # fmt: skip
    assert (ran.code, "register the source" in ran.err) == (2, True)
    ran = run("coverage", *ledger, *period, "--json")
    found = json.loads(ran.out)["coverage"]
    assert {o["state"] for o in found["owed"]} == {"received"}
    assert all(f["digest"] and f["rows"] for f in found["files"])
    again = run("expect", "payments", "--from", "2023-01-01", *ledger, "--lang", "en")
    assert "nothing new" in again.out
    assert run("expect", "sources", "--from", "2023-02-01", "--due-days", "5", *ledger).code == 0
    ran = run("coverage", *ledger, *period, "--lang", "zh")
    assert ran.code == 1
    assert "缺 2" in ran.out


def test_a_list_is_matched_inside_the_vault_and_the_matching_is_recorded(
    demo: Demo, own_ledger: Path, tmp_path: Path
) -> None:
    file = next(p for p in sorted(demo.files.iterdir()) if "发放名册" in p.name)
    head = check_file(file, date(2026, 1, 1), "payments").rows[0]
    known = head.row.id_number
    stranger = f"11010119900101000{check_digit('11010119900101000')}"
    listed = tmp_path / "deaths.csv"
    with listed.open("w", newline="", encoding="utf-8") as out:
        rows = [["姓名", "身份证号", "死亡日期"], ["某人", known, "2023-01-31"],
                ["他人", stranger, "2023-01-31"]]  # fmt: skip
        csv.writer(out).writerows(rows)
    ledger = ("--ledger", str(own_ledger))
    refused = run("match", str(listed), *ledger, "--list", "deaths", "--role", "auditor")
    assert refused.code == 2
    before = ask(demo, "roster")["as_at"]
    ran = run("match", str(listed), *ledger, "--list", "deaths", "--role", "auditor",
              "--reason", "audit", "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    answer = json.loads(ran.out)
    assert answer["as_at"] == before + 2, "the matching, and the one who was found"
    (hit,) = answer["matched"]["hits"]
    assert answer["matched"]["listed"] == 2
    assert hit["rows"] == [2]
    assert hit["hit"]["paid_before_fen"] > 0
    assert known not in ran.out
    assert stranger not in ran.out
    told = run("match", str(listed), *ledger, "--list", "deaths", "--role", "auditor",
               "--reason", "群众举报", "--lang", "zh", "--out", str(tmp_path / "hits.xlsx"))  # fmt: skip
    assert told.code == 0, told.err
    assert "是线索,不是结论" in told.out
    assert (tmp_path / "hits.xlsx").exists()
    assert "群众举报".encode() not in (own_ledger / "ledger.sqlite").read_bytes()


def test_a_list_with_a_damaged_number_is_not_compared_at_all(demo: Demo, tmp_path: Path) -> None:
    listed = tmp_path / "cars.csv"
    listed.write_text("所有人身份证号,登记日期\n330681195001010000,2023-01-01\n", "utf-8")
    ran = run("match", str(listed), "--ledger", demo.ledger, "--list", "vehicles", "--role",
              "auditor", "--reason", "audit", "--lang", "zh")  # fmt: skip
    assert ran.code == 2
    assert "未作比对" in ran.err
    assert "330681195001010000" not in ran.err + ran.out


def test_the_entries_behind_a_number_come_with_receipts(demo: Demo, tmp_path: Path) -> None:
    folder = tmp_path / "receipts"
    words = ("explain", "figures", "linked_departments", "--year", "2023", *AS_OF)
    ran = run(*words, "--ledger", demo.ledger, "--receipts", str(folder), "--lang", "en")
    assert ran.code == 0, ran.err
    rows = explained(demo, *words[1:5])["rows"]
    positions = {p for r in rows for p in r["positions"]}
    assert {int(p.stem) for p in folder.iterdir()} == positions
    one = sorted(folder.iterdir())[0]
    checked = run("verify-receipt", str(one), "--ledger", demo.ledger, "--lang", "en")
    assert checked.code == 0, checked.out + checked.err
    assert run(*words, "--ledger", demo.ledger, "--receipts", str(folder)).code == 1


def test_the_sheet_carries_the_checkpoint_that_covers_it(demo: Demo, tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    ran = run("sample", "--size", "5", "--seed", "s", *AS_OF, "--ledger", demo.ledger,
              "--out", str(out))  # fmt: skip
    assert ran.code == 0, ran.err
    text = out.read_text("utf-8-sig")
    root = ask(demo, "roster", *AS_OF)["root"]
    assert f"root,{root}" in text.replace("树根 root", "root")
    assert "\u2014 relief-ledger" in text, "the signed note"
