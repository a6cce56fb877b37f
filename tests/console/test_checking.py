"""`check` finds the same twice, records it once, and closes what an annulment took the ground from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from console.wiring import opened
from tests.console.conftest import Demo, run
from tests.ledger.whole_log import assert_whole

DAY = "2024-06-27"


@pytest.fixture
def home(demo: Demo, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo.folder / "ledger", tmp_path / "ledger"))


def check(home: Path, *options: str) -> dict[str, Any]:
    ran = run("check", "--ledger", str(home), "--as-of", DAY, "--json", *options)
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def positions(answer: dict[str, Any], rule: str) -> list[list[int]]:
    own = [f["finding"] for f in answer["findings"]]
    return [f["positions"] for f in own if f["rule"] == rule]


def head(home: Path) -> int:
    with opened(home) as relief:
        return relief.entries.head()


def test_the_demos_deliberate_breaches_are_found(home: Path, demo: Demo) -> None:
    expected = json.loads((demo.files / "expected.json").read_text("utf-8"))
    meant = {b["kind"] for b in expected["deliberate_breaches"]}
    found = check(home)
    assert meant
    rules = ("exclusive-programs", "paid-after-death", "m57-no-shortcut", "separate-duties")
    assert [bool(positions(found, rule)) for rule in rules] == [True] * 4


def test_the_same_question_has_the_same_bytes_and_carries_packs_and_root(home: Path) -> None:
    first = run("check", "--ledger", str(home), "--as-of", DAY, "--json").out
    assert first == run("check", "--ledger", str(home), "--as-of", DAY, "--json").out
    answer = json.loads(first)
    assert [p["id"] for p in answer["packs"]] == ["zhejiang", "practice"]
    assert answer["root"]


def test_what_was_raised_is_not_raised_again(home: Path) -> None:
    found = check(home, "--record")
    number = len(found["findings"])
    assert found["recorded"] == {"raised": number, "already": 0, "closed": 0}
    before = head(home)
    again = check(home, "--record")
    assert again["recorded"] == {"raised": 0, "already": number, "closed": 0}
    assert again["findings"] == found["findings"]
    assert head(home) == before
    with opened(home) as relief:
        assert_whole(relief.recorder)


def test_a_finding_whose_ground_is_annulled_is_closed_and_only_that_one(home: Path) -> None:
    only = ("--rule", "exclusive-programs", "--rule", "separate-duties", "--record")
    found = check(home, *only)
    (own,) = [f["finding"] for f in found["findings"] if f["finding"]["rule"].startswith("excl")]
    annul = {"command": "annul", "event_id": own["grounds"][-1], "reason": "mistake"}
    ran = run("record", "--ledger", str(home), stdin=json.dumps(annul))
    assert ran.code == 0, ran.err
    again = check(home, *only)
    assert positions(again, "exclusive-programs") == []
    assert again["recorded"]["closed"] == 1
    assert check(home, *only)["recorded"]["closed"] == 0


def test_a_rule_that_is_unknown_or_off_is_refused_with_its_name(home: Path) -> None:
    ran = run("check", "--ledger", str(home), "--rule", "no-such-rule", "--lang", "en")
    assert (ran.code, "no-such-rule" in ran.err) == (2, True)
    ran = run("check", "--ledger", str(home), "--rule", "secondary-pay-day", "--lang", "en")
    assert (ran.code, "only cited" in ran.err) == (2, True)


def test_a_broken_pack_stops_before_anything_is_checked(home: Path, tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text("[pack]\nid = 'own'\n", "utf-8")
    ran = run("check", "--ledger", str(home), "--pack", str(pack), "--record", "--lang", "en")
    assert (ran.code, "own.toml, line 1" in ran.err) == (1, True)


def test_a_reader_gets_the_sentence_the_masked_person_and_the_entries(home: Path) -> None:
    ran = run("check", "--ledger", str(home), "--as-of", DAY, "--all", "--lang", "zh")
    words = "".join(ran.out.split())
    assert "线索不是结论" in words
    assert "仍发放至" in words
    assert "*" in words
