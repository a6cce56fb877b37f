"""`rules` shows what holds on a day, and refuses a broken pack line by line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.console.conftest import run


def test_the_rules_of_a_day_are_shown_with_where_they_stand() -> None:
    ran = run("rules", "--on", "2023-05-01", "--lang", "zh")
    assert ran.code == 0, ran.err
    assert "浙江省社会救助条例" in ran.out
    assert "heard-before-reduction" not in ran.out
    assert "heard-before-reduction" in run("rules", "--on", "2026-07-01").out


def test_as_json_each_rule_says_its_version_state_and_parameters() -> None:
    ran = run("rules", "--pack", "practice", "--on", "2026-08-01", "--applied", "--json")
    found = json.loads(ran.out)
    assert len(found["pack"]["digest"]) == 64
    by_id = {r["id"]: r for r in found["rules"]}
    assert by_id["recheck-overdue"]["parameters"]["months"] == 12
    assert all(r["applied"] for r in found["rules"])


def test_a_broken_pack_is_refused_with_file_line_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[pack]\nid = "own"\n\n[[rule]]\nid = "x"\nkind = "nonsense"\n', "utf-8")
    ran = run("rules", "--pack", str(path), "--lang", "en")
    assert ran.code == 1
    assert "own.toml, line 6: kind is one of" in ran.err
    assert run("rules", "--pack", str(tmp_path / "missing.toml")).code == 2
