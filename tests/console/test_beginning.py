"""`init` that was stopped at any step goes on when it is called again, and never over a ledger."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from console import wiring
from console.settings import FILE
from console.wiring import create, opened
from domain.events import SourceRegistered
from ledger.errors import NotOurs
from ledger.kafka.settings import KafkaSettings
from tests.console.conftest import run
from tests.console.test_rebuilding import register
from tests.ledger.dying import deaths
from tests.ledger.whole_log import assert_whole


def begun(folder: Path) -> None:
    create(folder / "l", "民政局")


def assert_begun(folder: Path) -> None:
    """One source, recorded once; it opens, signs and verifies."""
    with opened(folder) as relief:
        assert relief.checkpoint() is not None
        assert assert_whole(relief.recorder) == 1
        (entry,) = relief.entries.read(0, 10)
        assert isinstance(entry.event, SourceRegistered)
    assert run("verify", "--bodies", "--ledger", str(folder)).code == 0


def test_an_init_that_dies_at_any_step_goes_on_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    died = 0
    for _, _, folder in deaths(tmp_path / "home", begun):
        died += 1
        if not (folder / "l" / FILE).exists():
            begun(folder)
        assert_begun(folder / "l")
        with pytest.raises(FileExistsError):
            begun(folder)
        shutil.rmtree(folder)
    assert died > 20


def test_on_kafka_an_init_that_stopped_after_its_first_entry_records_it_once(
    tmp_path: Path, bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka = KafkaSettings(bootstrap, f"b{uuid4().hex[:8]}")
    folder = tmp_path / "k"

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(wiring, "write_settings", killed)
        with pytest.raises(KeyboardInterrupt):
            create(folder, "民政局", kafka=kafka)
    keys = sorted(folder.glob("*.key"))
    create(folder, "民政局", kafka=kafka)
    assert sorted(folder.glob("*.key")) == keys
    assert_begun(folder)
    # The same topics are not taken by a second ledger.
    with pytest.raises(NotOurs, match="hold a ledger already"):
        create(tmp_path / "other", "民政局", kafka=kafka)


def test_a_ledger_whose_settings_are_gone_is_not_begun_anew(tmp_path: Path) -> None:
    folder = tmp_path / "l"
    create(folder, "民政局")
    register(folder, "bank")
    (folder / FILE).unlink()
    before = {p.name: p.read_bytes() for p in folder.glob("*.key")}
    with pytest.raises(NotOurs, match="or restore"):
        create(folder, "民政局")
    (folder / "ledger.sqlite").unlink()  # and the log is elsewhere: the vault knows persons
    with closing(sqlite3.connect(folder / "vault.sqlite")) as db:
        db.execute("INSERT INTO persons VALUES (x'01', 1, x'02')")
        db.commit()
    with pytest.raises(NotOurs):
        create(folder, "民政局")
    assert {p.name: p.read_bytes() for p in folder.glob("*.key")} == before


def test_a_master_key_without_a_vault_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "l"
    folder.mkdir()
    (folder / "master.key").write_bytes(bytes(range(32)))
    (folder / "master.key").chmod(0o600)
    create(folder, "民政局")
    assert (folder / "master.key").read_bytes() == bytes(range(32))
    assert_begun(folder)
