"""A finding's life on the command line: assigned, concluded, each turn with who and why."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from console.wiring import opened
from domain.events import PaymentAuthorized
from tests.console.conftest import Demo, Ran, run
from tests.ledger.whole_log import assert_whole


@pytest.fixture(scope="module")
def recorded(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo with its payments after an exit raised as findings."""
    home = Path(
        shutil.copytree(demo.folder / "ledger", tmp_path_factory.mktemp("findings") / "ledger")
    )
    ran = run(
        "check",
        "--ledger",
        str(home),
        "--as-of",
        "2024-06-27",
        "--rule",
        "paid-after-exit",
        "--record",
    )
    assert ran.code == 0, ran.err
    return home


@pytest.fixture
def home(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "ledger"))


def findings(home: Path, *arguments: str) -> Ran:
    return run("findings", *arguments, "--ledger", str(home), "--lang", "en")


def listed(home: Path, *options: str) -> list[dict[str, Any]]:
    ran = findings(home, "list", "--json", *options)
    assert ran.code == 0, ran.err
    found: list[dict[str, Any]] = json.loads(ran.out)["findings"]
    return found


def first(home: Path) -> str:
    return str(listed(home)[0]["finding_id"])


def test_a_finding_is_assigned_and_confirmed_and_shows_its_turns(home: Path) -> None:
    finding = first(home)
    turns = (
        ("assign", finding, "--to", "liu", "--by", "chen", "--due", "2026-12-01"),
        ("confirm", finding, "--measure", "追回", "--amount", "812.50", "--by", "liu"),
    )
    for turn in turns:
        ran = findings(home, *turn)
        assert ran.code == 0, ran.err
    shown = findings(home, "show", finding).out
    for words in ("confirmed: recover 812.50", "assigned: liu", "(chen)", "paid-after-exit@"):
        assert words in shown
    assert [f["finding_id"] for f in listed(home, "--state", "confirmed")] == [finding]
    assert finding not in [f["finding_id"] for f in listed(home, "--state", "raised")]
    with opened(home) as relief:
        assert_whole(relief.recorder)


def test_what_the_domain_refuses_is_said_and_nothing_is_written(home: Path) -> None:
    finding = first(home)
    clear = ("clear", finding, "--reason", "explained", "--by", "liu")
    ran = findings(home, *clear)
    assert (ran.code, "nobody was assigned" in ran.err) == (1, True)
    assert findings(home, "assign", finding, "--to", "liu", "--by", "chen").code == 0
    stand = ("override", finding, "--reason", "trifling", "--by", "liu", "--approved-by")
    assert findings(home, *stand, "liu").code == 1
    assert findings(home, *stand, "chen").code == 0
    assert findings(home, *clear).code == 1
    assert [f["state"] for f in listed(home) if f["finding_id"] == finding] == ["overridden"]


def test_a_remark_is_sealed_and_a_name_is_no_code(home: Path) -> None:
    finding, words = first(home), "本人已作说明,钱款尚在账上"
    assert findings(home, "assign", finding, "--to", "刘某", "--by", "chen").code == 2
    assert findings(home, "assign", finding, "--to", "liu", "--by", "chen").code == 0
    ran = findings(
        home, "clear", finding, "--reason", "explained", "--by", "liu", "--remark", words
    )
    assert ran.code == 0, ran.err
    assert (
        words
        not in findings(home, "show", finding).out + findings(home, "show", finding, "--json").out
    )
    assert words.encode() not in (home / "ledger.sqlite").read_bytes()


def test_a_recovery_is_shown_with_the_payment_that_it_recovers(home: Path) -> None:
    own = next(f for f in listed(home) if f["amount_fen"] > 0)
    with opened(home) as relief:
        at = [relief.recorder.position_of(UUID(e)) for e in own["grounds"]]
        events = [relief.entries.read(p - 1, 1)[0].event for p in at if p]
    line = next(e for e in events if isinstance(e, PaymentAuthorized))
    for command, on, fen in (
        ("recall_payment", "2024-06-01", 800),
        ("recover_payment", "2024-06-20", 300),
    ):
        text = {
            "command": command, "household": own["case_id"], "on": on,
            "line_id": str(line.line_id), "amount_fen": fen, "reason": "income_over",
        }  # fmt: skip
        ran = run("record", "--ledger", str(home), stdin=json.dumps(text))
        assert ran.code == 0, ran.err
    said = json.loads(findings(home, "show", own["finding_id"], "--json").out)["recoveries"]
    assert [(r["recalled_fen"], r["recovered_fen"]) for r in said] == [(800, 300)]
    assert "8.00 demanded back, 3.00 recovered" in findings(home, "show", own["finding_id"]).out


def test_an_id_may_be_shortened_as_long_as_it_is_one(home: Path) -> None:
    finding = first(home)
    assert finding in findings(home, "show", finding[:-2]).out
    assert findings(home, "show", "0").code == 2
    assert findings(home, "show", "ffffffff").code == 2
