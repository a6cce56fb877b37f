"""Figures, rosters and stories at an earlier position are the same bytes once a person is erased."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.console.conftest import Demo, run
from tests.console.playing import stream


def _head(ledger: str) -> int:
    position = json.loads(run("figures", "--year", "2023", "--json", "--ledger", ledger).out)[
        "as_at"
    ]
    assert isinstance(position, int)
    return position


@pytest.mark.slow
def test_every_answer_is_the_same_bytes_after_an_erasure(demo: Demo, tmp_path: Path) -> None:
    shutil.copytree(demo.ledger, tmp_path / "ledger")
    ledger, case = str(tmp_path / "ledger"), stream(tmp_path, "relief.registry.HouseholdFormed")
    at = str(_head(ledger))
    questions = (
        ["roster", "--rows", "--as-of", "2023-06-30"],
        ["movements", "--from", "2023-01-01", "--to", "2023-12-31", "--as-of", "2024-06-27"],
        ["spending", "--by", "month,program,fund,town", "--as-of", "2024-06-27"],
        ["figures", "--year", "2023", "--as-of", "2024-06-27"],
        ["case", case, "--as-of", "2024-06-27"],
        ["tie-out", "--as-of", "2024-06-27"],
        ["explain", "roster", "persons", "--as-of", "2023-06-30"],
        ["sample", "--size", "20", "--seed", "s", "--as-of", "2024-06-27"],
    )

    def asked() -> list[str]:
        return [run(*q, "--as-at", at, "--json", "--ledger", ledger).out for q in questions]

    before = asked()
    assert all(json.loads(said) for said in before)
    head = next(r["data"]["head_id"] for r in json.loads(before[4])["case"]["rows"]
                if r["topic"] == "relief.registry.HouseholdFormed")  # fmt: skip
    done = run("erase", head, "--reason", "retention_expired", "--yes", "--ledger", ledger)
    assert done.code == 0, done.err
    assert asked() == before
    # After it too, only the position and the root are others: the person still counts.
    for question in questions[:4]:
        now = json.loads(run(*question, "--json", "--ledger", ledger).out)
        then = json.loads(before[questions.index(question)])
        assert _without_moments(now) == _without_moments(then)


def _without_moments(said: object) -> object:
    if isinstance(said, dict):
        return {k: _without_moments(v) for k, v in said.items() if k not in ("as_at", "root")}
    return [_without_moments(v) for v in said] if isinstance(said, list) else said
