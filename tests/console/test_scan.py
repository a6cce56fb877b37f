"""Nothing personal of the demo stands in what any command writes, prints or logs."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.console.conftest import Demo, run
from tests.console.playing import (
    ACCOUNT,
    ADDRESS,
    CLERK,
    NEWCOMERS,
    PRIVATE,
    WORDS,
    Played,
    every_command,
    held_open,
    logged,
    play,
)
from tests.console.scanning import Scan, born, spelled
from tests.console.test_cli import rows_of, secrets, villages

ROOT = Path(__file__).parents[2]
VAULT = ("vault", "master", "witness", "note-signing")
"""The vault and keys; nothing of them is read by the scan, but their names are."""
ON_KAFKA = {
    *("write", "migrate", "tail", "project", "republish", "reconcile"),
    *("topics create", "topics check", "dlq list", "dlq show", "dlq retry"),
}
"""Run by `test_scan_kafka`, under the same scan."""
MADE_IT = {"demo"}
"""Made the ledger; what it printed is scanned with the rest."""
TYPED = {*NEWCOMERS, *NEWCOMERS.values(), ADDRESS, ACCOUNT, WORDS}
PUBLIC = ("providers", "projects", "sources", "organizations")
"""Kinds of file that name organizations, and nobody."""


def spellings(demo: Demo) -> set[str]:
    """Whatever is to be found nowhere, in all its spellings."""
    public = {v.decode() for v in villages(demo)}
    hidden = {s for s in secrets(demo) if s not in public} | TYPED
    open_days = days(demo)
    for number in [s for s in hidden if re.fullmatch(r"\d{17}[\dX]", s)]:
        hidden |= spelled(number)
        if _birth(number) in open_days:
            hidden -= born(number)
    return hidden


def days(demo: Demo) -> set[date]:
    """Days that the files state of decisions, payments and lists: none is anybody's secret."""
    return {
        value
        for _, row in rows_of(demo)
        for field in dataclasses.fields(row)
        if isinstance(value := getattr(row, field.name), date)
    }


def words(demo: Demo) -> Iterator[str]:
    """What is public: the program's own words, names of villages and of organizations."""
    yield from (v.decode() for v in villages(demo))
    for kind, row in rows_of(demo):
        if kind in PUBLIC:
            yield from (v for v in vars_of(row) if isinstance(v, str))
    for package in ("console", "domain", "intake", "ledger", "projections", "reports", "schemas"):
        for path in (ROOT / package).rglob("*.py"):
            yield path.read_text("utf-8")


def vars_of(row: object) -> Iterator[object]:
    return (getattr(row, f.name) for f in dataclasses.fields(row))  # type: ignore[arg-type]


def _birth(number: str) -> date:
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


@pytest.fixture(scope="session")
def scan(demo: Demo) -> Scan:
    return Scan(spellings(demo), words(demo))


@pytest.fixture(scope="session")
def played(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A copy of the demo's ledger on which every command was run, its databases still open."""
    done = Played(tmp_path_factory.mktemp("played"), said=[demo.ran.out, demo.ran.err])
    shutil.copytree(demo.ledger, done.folder / "ledger")
    with pytest.MonkeyPatch.context() as patch, held_open(done.folder / "ledger"):
        with logged(patch, done.folder) as log:
            play(done, demo)
        done.logged.update(log.getvalue().splitlines())
        assert len(done.logged) > 10_000
        yield done


def scanned(scan: Scan, folder: Path) -> dict[str, set[str]]:
    """What is given away, beyond the vault and what clerks have."""
    return scan.leaks(folder, (*VAULT, f"{CLERK}/"))


@pytest.mark.slow
def test_no_command_gives_anything_personal_away(played: Played, scan: Scan) -> None:
    assert scanned(scan, played.folder) == {}


@pytest.mark.slow
def test_nothing_personal_is_printed_or_logged(played: Played, scan: Scan) -> None:
    for said in played.said:
        assert not scan.found_in(said), said.splitlines()[0]
    assert not scan.found_in("\n".join(played.logged))


@pytest.mark.slow
def test_what_sqlite_writes_ahead_was_there_to_be_read(played: Played) -> None:
    for name in ("ledger", "views"):
        assert (played.folder / f"ledger/{name}.sqlite-wal").stat().st_size > 50_000
        assert (played.folder / f"ledger/{name}.sqlite-shm").stat().st_size > 0


@pytest.mark.slow
def test_every_command_gets_through_at_least_once(played: Played) -> None:
    missing = every_command() - played.well - ON_KAFKA - MADE_IT
    assert missing == set(), [(c, ran.err) for c, ran in played.ran if c in missing]
    assert {c for c, ran in played.ran if ran.code} >= {"record", "reveal", "erase", "import"}
    assert any("Traceback" in said for said in played.said)


@pytest.mark.slow
def test_a_reveal_shows_whom_it_was_asked_for_and_nobody_else(played: Played, scan: Scan) -> None:
    """So the scan would have found them, had a reveal been scanned as the other commands are."""
    shown = [ran.out for c, ran in played.ran if c in PRIVATE and ran.code == 0]
    (child, name), (parent, other) = NEWCOMERS.items()
    about_parent, about_child, about_household = (scan.found(s.encode()) for s in shown)
    # The child's name is in the address, and in what the clerk wrote.
    theirs = {*spelled(parent), other, name, ADDRESS, ACCOUNT, WORDS}
    assert {parent, other} <= about_parent <= theirs
    assert {child, name} <= about_child <= {*spelled(child), name, WORDS}
    assert about_household
    assert not about_household & (about_child | about_parent)


@pytest.mark.slow
def test_a_command_that_is_killed_leaves_nothing_personal_in_its_files(
    demo: Demo, scan: Scan, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    assert run("init", str(ledger)).code == 0
    (tmp_path / "tmp").mkdir()
    program = Path(sys.executable).parent / "relief-ledger"
    files = [
        str(f) for f in sorted(demo.files.glob("*")) if "低保家庭" in f.name or "人员" in f.name
    ]
    with (tmp_path / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            [program, "import", *files, "--ledger", ledger, "--lang", "zh"],
            stdout=said, stderr=said, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        )  # fmt: skip
        ahead = ledger / "ledger.sqlite-wal"
        while process.poll() is None and not (ahead.exists() and ahead.stat().st_size > 500_000):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL
    assert ahead.stat().st_size > 500_000
    assert scanned(scan, tmp_path) == {}


@pytest.mark.slow
def test_the_scan_looks_for_nearly_all_names_and_births(demo: Demo, scan: Scan) -> None:
    """What is left out: births on a day that the files state openly of something else."""
    hidden = secrets(demo)
    assert len(scan.short.names) >= len([s for s in hidden if len(s) == 2]) > 100
    numbers = [s for s in hidden if re.fullmatch(r"\d{17}[\dX]", s)]
    late = [n for n in numbers if int(n[6:10]) >= 2015]
    open_days = days(demo)
    left_out = [n for n in numbers if _birth(n) in open_days]
    assert len(left_out) <= 0.02 * len(numbers)
    assert len(left_out) < 0.2 * len(late)
    for secret in hidden - {v.decode() for v in villages(demo)}:
        assert scan.found(f'"{secret}"'.encode()), secret
    for number in set(numbers) - set(left_out):
        assert scan.found(_birth(number).isoformat().encode())
