"""What an auditor asks of the demo: every number explained, samples drawn again, sheets that can be worked in."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest

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
