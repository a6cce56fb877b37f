"""The machine is lost: the ledger comes back from its backup, checked to the last entry."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.console.conftest import Demo, Ran, run

AS_OF = ("--as-of", "2024-06-27")
QUESTIONS = (
    ("roster", *AS_OF),
    ("movements", "--from", "2023-01-01", "--to", "2023-12-31", *AS_OF),
    ("spending", *AS_OF),
    ("figures", "--year", "2023", *AS_OF),
)


def answers(ledger: Path) -> list[str]:
    """The canonical JSON of every question."""
    found = []
    for words in QUESTIONS:
        ran = run(*words, "--ledger", str(ledger), "--json")
        assert ran.code == 0, ran.err
        found.append(ran.out)
    return found


@pytest.fixture
def ledger(demo: Demo, tmp_path: Path) -> Path:
    copy = tmp_path / "ledger"
    shutil.copytree(demo.ledger, copy)
    return copy


def back_up(ledger: Path, name: str = "backup") -> tuple[Path, Path]:
    folder, keys = ledger.parent / name, ledger.parent / f"{name}-keys"
    ran = run("backup", str(folder), "--ledger", str(ledger), "--keys", str(keys), "--lang", "en")
    assert ran.code == 0, ran.err
    return folder, keys


def put_back(folder: Path, keys: Path, target: Path, *more: str) -> Ran:
    return run("restore", str(folder), str(target), "--keys", str(keys), "--lang", "en", *more)


def test_a_lost_ledger_comes_back_the_same(ledger: Path, tmp_path: Path) -> None:
    before = answers(ledger)
    folder, keys = back_up(ledger)
    shutil.rmtree(ledger)
    restored = tmp_path / "restored"
    ran = put_back(folder, keys, restored)
    assert ran.code == 0, ran.err
    assert answers(restored) == before
    verified = run("verify", "--bodies", "--ledger", str(restored), "--lang", "en")
    assert verified.code == 0, verified.out + verified.err
    assert not list(tmp_path.glob("*.part"))
    for path in restored.glob("*.key"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_restored_ledger_goes_on_where_it_was(ledger: Path, tmp_path: Path) -> None:
    folder, keys = back_up(ledger)
    restored = tmp_path / "restored"
    assert put_back(folder, keys, restored).code == 0
    command = tmp_path / "one.json"
    command.write_text(
        json.dumps(
            {"command": "register_organization", "on": "2024-07-01", "code": "ORG-NEW",
             "name": "新单位", "kind": "department"}
        ), "utf-8",
    )  # fmt: skip
    for folder_ in (ledger, restored):
        ran = run("record", str(command), "--ledger", str(folder_), "--json")
        assert ran.code == 0, ran.err
    assert run("doctor", "--ledger", str(restored)).code == 0


def test_nothing_is_lost_of_what_is_recorded_while_the_backup_is_made(
    ledger: Path, tmp_path: Path
) -> None:
    """The backup holds what its checkpoint covers; what came later is in the next one."""
    folder, _ = back_up(ledger)
    told = json.loads((folder / "backup.json").read_text("utf-8"))
    with sqlite3.connect(ledger / "ledger.sqlite") as db:
        (head,) = db.execute("SELECT max(position) FROM entries").fetchone()
    db.close()
    assert told["position"] == head


def test_who_was_erased_before_the_backup_stays_erased(ledger: Path, tmp_path: Path) -> None:
    person = erased(ledger)
    folder, keys = back_up(ledger)
    restored = tmp_path / "restored"
    ran = put_back(folder, keys, restored)
    assert "1 of them erased" in ran.out
    shown = run("reveal", person, "--role", "auditor", "--reason", "audit",
                "--ledger", str(restored), "--lang", "en")  # fmt: skip
    assert shown.code != 0


def test_who_was_erased_after_the_backup_of_the_vault_does_not_come_back(
    ledger: Path, tmp_path: Path
) -> None:
    """An older vault beside a newer log, as after catching up from Kafka."""
    old, keys = back_up(ledger, "old")
    person = erased(ledger)
    new, _ = back_up(ledger, "new")
    mixed = tmp_path / "mixed"
    shutil.copytree(new, mixed)
    shutil.copyfile(old / "vault.sqlite", mixed / "vault.sqlite")
    told = json.loads((mixed / "backup.json").read_text("utf-8"))
    before = json.loads((old / "backup.json").read_text("utf-8"))
    told["files"]["vault.sqlite"] = before["files"]["vault.sqlite"]
    (mixed / "backup.json").write_text(json.dumps(told), "utf-8")
    restored = tmp_path / "restored"
    ran = put_back(mixed, keys, restored)
    assert ran.code == 0, ran.err
    shown = run("reveal", person, "--role", "auditor", "--reason", "audit",
                "--ledger", str(restored), "--lang", "en")  # fmt: skip
    assert shown.code != 0
    assert "1 of them erased" in ran.out


def erased(ledger: Path) -> str:
    """Somebody of the roster is erased; his id."""
    ran = run("roster", "--ledger", str(ledger), "--json", "--rows", *AS_OF)
    person: str = json.loads(ran.out)["roster"]["rows"][0]["person_ids"][0]
    done = run("erase", person, "--reason", "retention_expired", "--yes", "--ledger", str(ledger))
    assert done.code == 0, done.err
    return person


# -- refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["log.bundle", "vault.sqlite", "relief.toml"])
def test_a_backup_with_a_damaged_byte_is_refused_and_the_file_named(
    name: str, ledger: Path, tmp_path: Path
) -> None:
    folder, keys = back_up(ledger)
    raw = bytearray((folder / name).read_bytes())
    raw[len(raw) // 2] ^= 0x10
    (folder / name).write_bytes(raw)
    ran = put_back(folder, keys, tmp_path / "restored")
    assert ran.code == 1
    assert name in ran.err
    assert not (tmp_path / "restored").exists()


def test_a_log_that_was_altered_with_its_digest_is_found_by_its_evidence(
    ledger: Path, tmp_path: Path
) -> None:
    folder, keys = back_up(ledger)
    raw = bytearray((folder / "log.bundle").read_bytes())
    raw[len(raw) // 2] ^= 0x10
    (folder / "log.bundle").write_bytes(raw)
    told = json.loads((folder / "backup.json").read_text("utf-8"))
    from hashlib import sha256

    told["files"]["log.bundle"]["sha256"] = sha256(raw).hexdigest()
    (folder / "backup.json").write_text(json.dumps(told), "utf-8")
    ran = put_back(folder, keys, tmp_path / "restored")
    assert ran.code == 1
    assert "log" in ran.err


def test_a_missing_and_a_stray_file_are_named(ledger: Path, tmp_path: Path) -> None:
    folder, keys = back_up(ledger)
    (folder / "stray.txt").write_text("?", "utf-8")
    assert "stray.txt" in put_back(folder, keys, tmp_path / "restored").err
    (folder / "stray.txt").unlink()
    (folder / "vault.sqlite").unlink()
    assert "vault.sqlite" in put_back(folder, keys, tmp_path / "restored").err


def test_an_older_backup_is_refused_against_a_checkpoint_that_somebody_kept(
    ledger: Path, tmp_path: Path
) -> None:
    folder, keys = back_up(ledger)
    erased(ledger)  # the log goes on
    kept = tmp_path / "kept.checkpoint"
    kept.write_text(run("checkpoint", "--ledger", str(ledger)).out, "utf-8")
    ran = put_back(folder, keys, tmp_path / "restored", "--against", str(kept))
    assert ran.code == 1
    assert "older than the checkpoint" in ran.err
    assert not (tmp_path / "restored").exists()
    assert put_back(folder, keys, tmp_path / "restored").code == 0, "without it, on request"


def test_another_ledgers_keys_are_refused(ledger: Path, tmp_path: Path) -> None:
    folder, _ = back_up(ledger)
    other = tmp_path / "other"
    assert run("init", str(other)).code == 0
    ran = put_back(folder, other, tmp_path / "restored")
    assert ran.code == 1
    assert not (tmp_path / "restored").exists()


def test_nothing_is_overwritten(ledger: Path, tmp_path: Path) -> None:
    folder, keys = back_up(ledger)
    assert run("backup", str(folder), "--ledger", str(ledger)).code == 1
    assert put_back(folder, keys, ledger).code == 1
    again = run("backup", str(tmp_path / "b2"), "--ledger", str(ledger), "--keys", str(keys))
    assert again.code == 1, "keys are never replaced"


def test_a_restore_that_stopped_half_way_is_begun_anew(ledger: Path, tmp_path: Path) -> None:
    folder, keys = back_up(ledger)
    left = tmp_path / "restored.part"
    left.mkdir()
    (left / "ledger.sqlite").write_bytes(b"half")
    assert put_back(folder, keys, tmp_path / "restored").code == 0
    assert not left.exists()
