"""`diff` and `replay` as an auditor runs them; an answer at a position is the same for ever."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from console.time_travel import REPLAY
from tests.console.conftest import Demo, run


@pytest.fixture
def home(demo: Demo, tmp_path: Path) -> str:
    shutil.copytree(demo.ledger, tmp_path / "ledger")
    return str(tmp_path / "ledger")


def test_a_difference_adds_up_and_names_its_entries(demo: Demo) -> None:
    options = ("--as-of", "2023-06-30", "--ledger", demo.ledger, "--json")
    head = json.loads(run("roster", *options).out)["as_at"]
    ran = run("diff", "--as-at", "3000", "--as-at", str(head), *options)
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    difference, before = found["difference"], found["before"]["as_at"]
    rosters = [json.loads(run("roster", "--as-at", str(at), *options).out) for at in (before, head)]
    assert [r["root"] for r in rosters] == [found["before"]["root"], found["root"]]
    assert difference["persons_before"] == rosters[0]["roster"]["persons"]
    assert difference["persons_after"] == rosters[1]["roster"]["persons"]
    assert difference["came_in"] + difference["left"] + difference["changed"] == len(
        difference["rows"]
    )
    assert difference["rows"]
    for row in difference["rows"]:
        assert row["causes"], row
        assert all(before < c["position"] <= head for c in row["causes"])
    again = run("diff", "--as-at", "3000", "--as-at", str(head), *options)
    assert again.out == ran.out


def test_a_difference_is_shown_to_people_in_both_languages(demo: Demo) -> None:
    options = (
        "--as-at",
        "3000",
        "--as-at",
        "8000",
        "--as-of",
        "2023-06-30",
        "--ledger",
        demo.ledger,
    )
    assert "进入" in run("diff", *options, "--lang", "zh").out
    assert "came in" in run("diff", *options, "--lang", "en").out


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--as-at", "5"),
        ("--as-at", "900", "--as-at", "5"),
        ("--as-at", "1", "--as-at", "9999999"),
    ],
)
def test_a_difference_takes_two_positions_the_earlier_first(
    demo: Demo, options: tuple[str, ...]
) -> None:
    ran = run("diff", *options, "--ledger", demo.ledger, "--lang", "en")
    assert ran.code == 2
    assert ran.err.strip()


def test_an_answer_at_a_position_is_the_same_bytes_after_more_is_recorded(home: str) -> None:
    question = ("roster", "--rows", "--as-at", "8000", "--as-of", "2023-06-30", "--json")
    before = run(*question, "--ledger", home).out
    command = {"command": "register_source", "code": "x", "name": "x", "kind": "bank"}
    run(
        "record",
        "--ledger",
        home,
        stdin=json.dumps({**command, "may_report": [], "on": "2024-01-01"}),
    )
    assert run("checkpoint", "--heads", "--ledger", home).code == 0
    assert run(*question, "--ledger", home).out == before


def test_a_replay_finds_the_views_identical_and_leaves_nothing_behind(home: str) -> None:
    for options in ((), ("--to", "2000"), ("--swap",)):
        ran = run("replay", *options, "--ledger", home, "--lang", "en")
        assert ran.code == 0, ran.out
        assert "identical" in ran.out
        assert not list(Path(home).glob(f"{REPLAY}*"))


def test_a_replay_names_altered_rows_and_a_swap_mends_them(home: str) -> None:
    assert run("roster", "--ledger", home).code == 0
    with sqlite3.connect(Path(home) / "views.sqlite") as db:
        changed = db.execute("UPDATE view_persons SET town = '9' WHERE position < 3000").rowcount
    db.close()
    ran = run("replay", "--ledger", home, "--json")
    found = json.loads(ran.out)
    assert (ran.code, found["identical"], len(found["differences"])) == (1, False, changed)
    ran = run("replay", "--ledger", home, "--swap", "--lang", "zh")
    assert ran.code == 0
    assert "已换上" in ran.out
    assert json.loads(run("replay", "--ledger", home, "--json").out)["identical"]


def test_a_replay_that_was_left_half_way_is_gone_on_with(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from console import time_travel

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(time_travel, "replay", stopped)
        assert run("replay", "--ledger", home).code != 0
    assert (Path(home) / REPLAY).exists()
    assert run("replay", "--to", "300", "--ledger", home).code == 0
    assert not (Path(home) / REPLAY).exists()


def test_a_swap_is_of_the_whole_log(home: str) -> None:
    assert run("replay", "--to", "300", "--swap", "--ledger", home, "--lang", "en").code == 2
