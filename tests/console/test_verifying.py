"""Verification finds whatever was changed in a ledger, and nothing in one that was not."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from evidence.tree import root_of
from ledger.database import open_sqlite
from ledger.recorder import ReliefApplicationRecorder
from ledger.verifying import Verified, verify
from schemas.catalog import catalog
from tests.console.conftest import Demo, run
from tests.ledger.damage import Copy, trial
from tests.ledger.test_log import open_recorder


def test_a_whole_ledger_is_well_read_here_by_one_process_or_by_two(
    demo: Demo, tmp_path: Path
) -> None:
    copy = Copy(Path(demo.ledger), tmp_path)
    told: list[tuple[int, int]] = []
    ways = [
        verify(copy.recorder, catalog(), [copy.held]),
        verify(copy.recorder, catalog(), [copy.held], path=copy.path, processes=0),
        verify(
            copy.recorder,
            catalog(),
            [copy.held],
            path=copy.path,
            progress=lambda done, total: told.append((done, total)),
        ),
    ]
    for found in ways:
        assert (found.well, found.findings, found.size) == (True, [], copy.size)
        assert found.root == copy.recorder.tree.root(copy.size)
    assert told[-1] == (copy.size, copy.size)
    copy.close()


def test_every_damage_is_found_and_named(demo: Demo) -> None:
    """The short form; `make trials` changes two thousand bytes."""
    done = trial(Path(demo.ledger), changes=30, seed=7, others=2)
    assert done.missed == []
    assert done.tried["byte_of_an_entry"] == done.found["byte_of_an_entry"] == 30


def test_two_processes_find_what_one_does_on_both_sides_of_the_cut(
    demo: Demo, tmp_path: Path
) -> None:
    copy = Copy(Path(demo.ledger), tmp_path)
    positions = [1, copy.size // 2, copy.size // 2 + 300, copy.size]
    for position in positions:
        copy.set("entry", position, copy.entry(position)[:-1] + b"\x00\x01")
    copy.db.execute("DELETE FROM entries WHERE position = 500")
    found = verify(copy.recorder, catalog(), [copy.held], path=copy.path)
    alone = verify(copy.recorder, catalog(), [copy.held], path=copy.path, processes=0)
    assert found.damaged == alone.damaged == sorted([*positions, 500])
    copy.close()


def test_a_body_that_no_schema_reads_is_found_where_bodies_are_asked_for(
    demo: Demo, tmp_path: Path
) -> None:
    copy = Copy(Path(demo.ledger), tmp_path)
    assert verify(copy.recorder, catalog(), path=copy.path, bodies=True).well
    copy.set("entry", 40, copy.entry(40) + b"\x00")
    copy.db.execute("DELETE FROM tiles")
    copy.recorder.create_tables()  # whoever rewrites the log makes its tree anew
    assert verify(copy.recorder, catalog(), path=copy.path, processes=0).well
    found = verify(copy.recorder, catalog(), path=copy.path, bodies=True, processes=0)
    assert [(f.position, f.kind) for f in found.findings] == [(40, "body")]
    copy.close()


def test_a_database_that_is_no_longer_one_is_a_finding(demo: Demo, tmp_path: Path) -> None:
    copy = Copy(Path(demo.ledger), tmp_path)
    copy.recorder.engine.dispose()
    copy.db.close()
    with copy.path.open("r+b") as file:
        file.seek(copy.path.stat().st_size // 2)
        file.write(b"\xff" * 200_000)
    recorder = ReliefApplicationRecorder(open_sqlite(copy.path))
    for processes in (0, 2):
        found = verify(recorder, catalog(), [copy.held], path=copy.path, processes=processes)
        assert not found.well
    recorder.engine.dispose()


def test_an_empty_log_has_nothing_wrong(tmp_path: Path) -> None:
    recorder = open_recorder(tmp_path / "log.sqlite")
    found = verify(recorder, catalog(), path=tmp_path / "log.sqlite")
    assert (found.well, found.size, found.root) == (True, 0, root_of([])[1])
    recorder.engine.dispose()


# -- the command ------------------------------------------------------------------------------------


@pytest.fixture
def copied(demo: Demo, tmp_path: Path) -> Path:
    shutil.copytree(demo.ledger, tmp_path / "ledger")
    return tmp_path / "ledger"


def test_the_command_says_that_all_is_well_and_who_could_tell(copied: Path, tmp_path: Path) -> None:
    ran = run("verify", "--ledger", str(copied), "--lang", "en")
    assert ran.code == 0, ran.out
    assert "entries verified" in ran.out
    assert "nobody outside" in ran.out
    kept = tmp_path / "kept.txt"
    kept.write_text(run("checkpoint", "--ledger", str(copied)).out, "utf-8")
    ran = run("verify", "--ledger", str(copied), "--against", str(kept), "--lang", "zh")
    assert ran.code == 0
    assert "kept.txt" in ran.out
    assert "+08:00" in ran.out


def test_the_command_names_the_first_and_every_damaged_position(copied: Path) -> None:
    with sqlite3.connect(copied / "ledger.sqlite") as db:
        for position in (70, 900):
            db.execute("UPDATE entries SET entry = entry || x'00' WHERE position = ?", (position,))
    db.close()
    ran = run("verify", "--ledger", str(copied), "--json")
    assert ran.code == 1
    found = json.loads(ran.out)
    assert found["damaged"] == [70, 900]
    assert not found["well"]
    ran = run("verify", "--ledger", str(copied), "--lang", "en")
    assert "the first at position 70" in ran.out


def test_a_database_put_back_is_found_by_a_checkpoint_kept_elsewhere(
    copied: Path, tmp_path: Path
) -> None:
    before = shutil.copytree(copied, tmp_path / "before")
    kept = tmp_path / "kept.txt"
    assert run("checkpoint", "--heads", "--ledger", str(copied)).code == 0
    kept.write_text(run("checkpoint", "--ledger", str(copied)).out, "utf-8")
    ran = run("verify", "--ledger", str(before), "--lang", "en")
    assert ran.code == 0  # in itself it is whole, with the checkpoints that were put back as well
    ran = run("verify", "--ledger", str(before), "--against", str(kept), "--lang", "en")
    assert ran.code == 1
    assert "some are lost" in ran.out


@pytest.mark.parametrize(
    "text", ["", "no note\n", "other.example\n1\nAAAA\n\n— other.example AAAA\n"]
)
def test_a_file_that_is_no_checkpoint_of_this_ledger_is_said_to_be_none(
    copied: Path, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "file.txt"
    file.write_text(text, "utf-8")
    ran = run("verify", "--ledger", str(copied), "--against", str(file), "--lang", "en")
    assert ran.code == 2
    assert "file.txt" in ran.err


def test_a_checkpoint_file_that_was_altered_is_a_finding(copied: Path) -> None:
    (note,) = (copied / "checkpoints").glob("*/*.checkpoint")
    note.write_text(note.read_text("utf-8").replace("\n\n", "\nmore\n\n"), "utf-8")
    ran = run("verify", "--ledger", str(copied), "--lang", "en")
    assert ran.code == 1
    assert "cannot be believed" in ran.out


def test_findings_speak_both_languages() -> None:
    found = Verified(1)
    for kind in ("leaf", "root", "short", "missing"):
        found.note(kind, 1)
    assert all(f.zh and f.en and f.zh != f.en for f in found.findings)
