"""A ledger with its log and views in PostgreSQL: made, filled, moved there, and asked the same."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from console.cli import app
from console.database_settings import read_place, sections, with_url
from console.kafka_settings import read_log, section
from ledger.kafka.settings import KafkaSettings
from tests.console.conftest import Demo, run
from tests.console.test_reports import ASKED
from tests.places import Places

AS_OF = ("--as-of", "2024-06-27")
YEAR = ("--from", "2023-01-01", "--to", "2023-12-31")
QUERIES: dict[str, tuple[str, ...]] = {
    "roster": ("--rows",),
    "movements": YEAR,
    "spending": ("--by", "month,program,town,fund,kind"),
    "case": ("CASE",),
    "figures": ("--year", "2023"),
    "standards": (),
    "household": ("CASE",),
    "circumstances": (),
    "expiring": ("--within", "3650"),
    "procedures": (),
    "batches": (),
    "diff": (),
    "sample": ("--size", "40", "--seed", "s", "--method", "stratified", "--by", "town"),
    "tie-out": (),
    "coverage": ("--from", "2023-01", "--to", "2023-12"),
    "explain figures": ("newly_enrolled_persons", "--year", "2023"),
    "explain roster": ("due",),
    "explain movements": ("exited", *YEAR),
    "explain spending": ("returned",),
    "check": (),
    "findings list": (),
    "findings show": ("FINDING",),
}
"""Every question that takes `--as-at`, with what it needs to be asked."""


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, set[str]]]:
    """Every command with its options."""
    if hasattr(command, "commands"):
        for name, own in command.commands.items():
            yield from commands(own, (*path, name))
    else:
        yield " ".join(path), {option for p in command.params for option in p.opts}


def test_every_question_is_among_those_that_are_compared() -> None:
    asked = {
        name for name, options in commands(get_command(app)) if {"--json", "--as-at"} <= options
    }
    assert asked == set(QUERIES)


@pytest.fixture
def moved(demo: Demo, tmp_path: Path, postgresql_places: Places) -> tuple[Path, Path]:
    """The demo's ledger, and the same restored into PostgreSQL."""
    original = tmp_path / "original"
    shutil.copytree(demo.ledger, original)
    raised = run("check", "--record", "--rule", "paid-after-death", "--ledger", str(original))
    assert raised.code == 0, raised.err
    backup, keys, target = tmp_path / "backup", tmp_path / "keys", tmp_path / "moved"
    made = run("backup", str(backup), "--ledger", str(original), "--keys", str(keys))
    assert made.code == 0, made.err
    put = run("restore", str(backup), str(target), "--keys", str(keys),
              "--log-url", str(postgresql_places("log")),
              "--views-url", str(postgresql_places("views")))  # fmt: skip
    assert put.code == 0, put.err
    assert not (target / "ledger.sqlite").exists()
    return original, target


def answer(ledger: Path, name: str, *words: str) -> str:
    ran = run(*name.split(), *words, "--ledger", str(ledger), "--json")
    assert ran.code in (0, 1), ran.err
    assert ran.out, ran.err
    return ran.out


def test_every_question_has_the_same_answer_on_both_databases(moved: tuple[Path, Path]) -> None:
    original, there = moved
    roster = json.loads(answer(original, "roster", "--rows", *AS_OF))
    head, case = roster["as_at"], roster["roster"]["rows"][0]["case_id"]
    finding = json.loads(answer(original, "findings list"))["findings"][0]["finding_id"]
    for name, words in QUERIES.items():
        said = [w.replace("CASE", case).replace("FINDING", finding) for w in words]
        # A finding that is raised last is not known before.
        for as_at in (head,) if name == "findings show" else (head, head // 2):
            positions = ("--as-at", str(as_at // 2), "--as-at", str(as_at))
            when = () if name.startswith("findings") else AS_OF  # raised today, whatever the day
            when = (*when, *(positions if name == "diff" else positions[2:]))
            one, other = (answer(ledger, name, *said, *when) for ledger in moved)
            assert one == other, (name, as_at)
    assert there.exists()


def test_every_report_is_the_same_file_on_both_databases(
    moved: tuple[Path, Path], tmp_path: Path
) -> None:
    for name, words in ASKED.items():
        for ending in (".json", ".xlsx"):
            made = []
            for n, ledger in enumerate(moved):
                out = tmp_path / f"{name}-{n}{ending}"
                ran = run("report", name, *words, "--ledger", str(ledger), "--out", str(out))
                assert ran.code == 0, ran.err
                made.append(out.read_bytes())
            assert made[0] == made[1], (name, ending)


def test_the_ledger_is_verified_replayed_and_well_there(moved: tuple[Path, Path]) -> None:
    _, there = moved
    for words in (("verify", "--bodies"), ("replay",)):
        ran = run(*words, "--ledger", str(there), "--lang", "en")
        assert ran.code == 0, (words, ran.out, ran.err)


def test_the_doctor_says_where_a_power_cut_could_lose_something(moved: tuple[Path, Path]) -> None:
    """The tests' own server runs without fsync: all else is well, and that is not."""
    _, there = moved
    found = json.loads(run("doctor", "--ledger", str(there), "--json").out)
    ill = [c for c in found if not c["well"]]
    assert [c["name"] for c in ill] in (["postgresql"], [])
    assert all("fsync" in c["en"] for c in ill)
    assert "postgresql" in {c["name"] for c in found}


def test_it_comes_back_into_a_file_from_there(moved: tuple[Path, Path], tmp_path: Path) -> None:
    original, there = moved
    backup, keys, target = tmp_path / "b2", tmp_path / "k2", tmp_path / "back"
    assert run("backup", str(backup), "--ledger", str(there), "--keys", str(keys)).code == 0
    put = run("restore", str(backup), str(target), "--keys", str(keys))
    assert put.code == 0, put.err
    assert (target / "ledger.sqlite").exists()
    for ledger in (original, target):
        assert answer(ledger, "figures", "--year", "2023", *AS_OF)
    one, other = (json.loads(answer(p, "figures", "--year", "2023", *AS_OF, "--as-at", "500"))
                  for p in (original, target))  # fmt: skip
    assert one == other


def test_a_new_ledger_may_begin_there(
    demo: Demo, tmp_path: Path, postgresql_places: Places
) -> None:
    log, views = str(postgresql_places("log")), str(postgresql_places("views"))
    folder = tmp_path / "ledger"
    ran = run("init", str(folder), "--log-url", log, "--views-url", views, "--lang", "en")
    assert ran.code == 0, ran.err
    file = next(p for p in sorted(demo.files.iterdir()) if "低保家庭" in p.name)
    imported = run("import", str(file), "--ledger", str(folder), "--json")
    assert imported.code == 0, imported.err
    assert json.loads(imported.out.splitlines()[0])["recorded"] > 0
    again = run("init", str(tmp_path / "other"), "--log-url", log, "--lang", "en")
    assert again.code == 1
    assert "a ledger already" in again.err
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql+psycopg://relief:secret@localhost/x", "no password in the url"),
        ("mysql://relief@localhost/x", "no database mysql"),
        ("ledger.sqlite", "postgresql+psycopg://"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_never_shown_whole(
    url: str, says: str, tmp_path: Path
) -> None:
    ran = run("init", str(tmp_path / "x"), "--log-url", url, "--lang", "en")
    assert ran.code == 1
    assert says in ran.err
    assert "secret" not in ran.err + ran.out
    assert not (tmp_path / "x").exists()


def test_a_log_on_kafka_says_where_its_index_is_in_one_section() -> None:
    text = with_url(section(KafkaSettings("localhost:9092")), "postgresql+psycopg://r@h/d")
    raw = tomllib.loads(text + sections(None, "postgresql+psycopg://r@h/d"))
    assert raw["log"]["kind"] == "kafka"
    for name in ("log", "views"):
        place = read_place(raw, name)
        assert place is not None
        assert place.url.host == "h"
    kafka = read_log(raw, {})
    assert kafka is not None
    assert kafka.bootstrap == "localhost:9092"
