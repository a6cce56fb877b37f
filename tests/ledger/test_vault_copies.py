"""The vault's copies and its master key: nobody lost, nobody back from the dead, wherever it stops."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest

from domain.events import UNBORN, MasterKeyRotated, PersonRegistered, SourceRegistered
from ledger.clock import FixedClock
from ledger.codec import EventCodec
from ledger.commands import Command, Draft
from ledger.database import open_database
from ledger.erasing import carry_out, erase
from ledger.framing import SchemaFramer
from ledger.ids import new_id
from ledger.lookups import EventLookUps
from ledger.recorder import ReliefApplicationRecorder
from ledger.rotation import rotate, tell
from ledger.vault import NewPerson, Vault
from ledger.vault_copies import Restored, backup, restore
from ledger.vault_errors import (
    Erased,
    NotThisVault,
    UnsafeKeyFile,
    VaultBusy,
    VaultChanged,
    WrongMasterKey,
)
from schemas.catalog import catalog
from tests.ledger.conftest import CLERK, DAY, World, open_world
from tests.ledger.dying import deaths
from tests.ledger.whole_log import assert_whole

NAMES = ("欧阳雪", "诸葛明", "司马青")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A closed ledger with three persons, the first of them with a number."""
    folder = tmp_path / "home"
    folder.mkdir()
    Vault.create(folder / "vault.sqlite", folder / "master.key").close()
    world = opened(folder)
    bureau = SourceRegistered(UNBORN, "bureau", "民政局", "bureau", (), ("*",))
    command = Command(
        ("source", "bureau"), "民政局", [Draft(bureau, new_id(), DAY)], CLERK, "bureau"
    )
    world.ledger.decide(command)
    for n, name in enumerate(NAMES):
        add(world, name, f"33068119500101000{n}")
    close(world)
    return folder


def opened(folder: Path) -> World:
    return open_world(folder, folder / "ledger.sqlite", FixedClock())


def close(world: World) -> None:
    assert_whole(world.recorder)
    world.recorder.engine.dispose()
    world.ledger.vault.close()


def add(world: World, name: str, number: str | None = None) -> UUID:
    person = new_id()
    world.ledger.vault.register([NewPerson(person, number)])
    draft = Draft(PersonRegistered(UNBORN, True), person, DAY, personal={"name": name})
    world.ledger.report([Command(("person", person.hex), "", [draft], CLERK, "bureau")])
    return person


def persons(world: World) -> list[UUID]:
    return [
        e.meta.stream_id
        for n in world.recorder.select_notifications(start=1, limit=100)
        if isinstance(e := world.ledger.codec.decode(n.topic, n.state), PersonRegistered)
    ]


def names(world: World) -> list[str | None]:
    """What the vault opens of each person of the log, in order; None for the erased."""
    return [_name(world, p) for p in persons(world)]


def _name(world: World, person: UUID) -> str | None:
    event = world.ledger.load(person).last(PersonRegistered)
    assert event is not None
    assert event.name is not None
    try:
        return world.ledger.vault.unseal(person, event.meta.event_id, "name", event.name)
    except Erased:
        return None


def erased(world: World, person: UUID) -> None:
    erase(world.ledger, person, "retention_expired", on=DAY, actor=CLERK, source="bureau")


def put_back(world: World, source: Path, **more: object) -> Restored:
    folder = world.folder
    return restore(source, folder / "vault.sqlite", folder / "master.key", world.recorder, **more)  # type: ignore[arg-type]


def rotated(folder: Path) -> None:
    world = opened(folder)
    rotate(world.ledger.vault, folder / "master.key")
    tell(world.ledger, on=DAY, actor=CLERK, source="bureau")
    close(world)


def private(folder: Path) -> bool:
    files = [f for f in folder.iterdir() if f.name.startswith(("vault", "master"))]
    assert files
    return all(stat.S_IMODE(f.stat().st_mode) & 0o077 == 0 for f in files)


@pytest.fixture
def world(home: Path) -> Iterator[World]:
    found = opened(home)
    yield found
    close(found)


# -- backup and restore ---------------------------------------------------------------------------


def test_a_backup_made_in_use_brings_everybody_back(home: Path, tmp_path: Path) -> None:
    copy, world = tmp_path / "copy", opened(home)
    assert backup(world.ledger.vault, copy) == 3
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    close(world)
    (home / "vault.sqlite").write_bytes(b"the disk is gone" * 500)
    recorder = _log_alone(home)
    done = restore(copy, home / "vault.sqlite", home / "master.key", recorder)
    recorder.engine.dispose()
    assert done == Restored(3, 0, 0)
    assert private(home)
    again = opened(home)
    assert names(again) == list(NAMES)
    close(again)
    assert sorted(p.name for p in tmp_path.iterdir() if "part" in p.name) == []


def _log_alone(folder: Path) -> ReliefApplicationRecorder:
    return ReliefApplicationRecorder(
        open_database(folder / "ledger.sqlite"), framer=SchemaFramer(catalog()),
        clock=FixedClock(), look_ups=EventLookUps(EventCodec()),
    )  # fmt: skip


def test_a_backup_overwrites_nothing(world: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_bytes(b"somebody's")
    with pytest.raises(FileExistsError):
        backup(world.ledger.vault, copy)
    assert copy.read_bytes() == b"somebody's"


def test_the_erased_stay_erased_in_an_older_backup(home: Path, tmp_path: Path) -> None:
    copy, world = tmp_path / "copy", opened(home)
    backup(world.ledger.vault, copy)
    gone = persons(world)[0]
    key = sqlite3.connect(copy).execute("SELECT wrapped_key FROM persons WHERE person_id = ?", [gone.bytes]).fetchone()[0]  # fmt: skip
    erased(world, gone)
    world.ledger.vault.close()
    assert put_back(world, copy) == Restored(3, 1, 0)
    assert not any(key[12:] in f.read_bytes() for f in home.glob("vault.sqlite*"))
    world.recorder.engine.dispose()
    again = opened(home)
    assert names(again) == [None, *NAMES[1:]]
    assert again.ledger.vault.people_for(["330681195001010000"]) == {}
    assert carry_out(again.recorder, again.ledger.vault) >= 0
    close(again)


def test_who_was_registered_since_the_backup_has_to_be_accepted_as_lost(
    home: Path, tmp_path: Path
) -> None:
    copy, world = tmp_path / "copy", opened(home)
    backup(world.ledger.vault, copy)
    add(world, "公孙红"), add(world, "上官云")
    world.ledger.vault.close()
    for wrong in (0, 1, 3):
        with pytest.raises(NotThisVault, match="--accept-missing 2"):
            put_back(world, copy, accept_missing=wrong)
    assert not list(home.glob("*.restored*"))
    assert put_back(world, copy, accept_missing=2) == Restored(5, 0, 2)
    world.recorder.engine.dispose()
    again = opened(home)
    assert names(again) == [*NAMES, None, None]
    close(again)


def test_what_is_no_backup_of_this_vault_is_refused_and_nothing_changes(
    home: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Vault.create(other / "vault.sqlite", other / "master.key").close()
    world, copy = opened(home), tmp_path / "copy"
    backup(world.ledger.vault, copy)
    world.ledger.vault.close()
    before = (home / "vault.sqlite").read_bytes()
    whole = copy.read_bytes()
    damaged = {
        "missing": None,
        "empty": b"",
        "text": "姓名,身份证号\n".encode() * 99,
        "half": whole[: len(whole) // 2],
        "first page": bytes(4096) + whole[4096:],
        "a page": whole[:4096] + b"\xff" * 4096 + whole[8192:],
    }
    for name, content in damaged.items():
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(NotThisVault) as refused:
            put_back(world, file)
        assert str(tmp_path) not in refused.value.en
    with pytest.raises(NotThisVault):
        put_back(world, home / "ledger.sqlite")
    with pytest.raises(WrongMasterKey, match="--old-key"):
        put_back(world, other / "vault.sqlite")
    with pytest.raises(NotThisVault, match="another ledger"):
        put_back(world, other / "vault.sqlite", old_key_file=other / "master.key")
    with pytest.raises(WrongMasterKey):
        put_back(world, copy, old_key_file=other / "master.key")
    assert (home / "vault.sqlite").read_bytes() == before
    assert not list(home.glob("*.restored*"))
    world.recorder.engine.dispose()
    close(opened(home))


def test_a_vault_in_use_is_not_displaced(home: Path, tmp_path: Path) -> None:
    copy, world = tmp_path / "copy", opened(home)
    backup(world.ledger.vault, copy)
    reader = sqlite3.connect(home / "vault.sqlite", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM persons").fetchone()
    with pytest.raises(VaultBusy):
        put_back(world, copy)
    reader.close()
    assert names(world) == list(NAMES)
    close(world)


def test_a_backup_from_before_a_rotation_comes_under_the_new_key(
    home: Path, tmp_path: Path
) -> None:
    copy, old_key, world = tmp_path / "copy", tmp_path / "old.key", opened(home)
    backup(world.ledger.vault, copy)
    shutil.copy(home / "master.key", old_key)
    close(world)
    rotated(home)
    world = opened(home)
    world.ledger.vault.close()
    with pytest.raises(WrongMasterKey, match="--old-key"):
        put_back(world, copy)
    assert put_back(world, copy, old_key_file=old_key) == Restored(3, 0, 0)
    world.recorder.engine.dispose()
    again = opened(home)
    assert names(again) == list(NAMES)
    assert again.ledger.vault.master_version == 2
    assert not tell(again.ledger, on=DAY, actor=CLERK, source="bureau")
    close(again)


# -- the master key -------------------------------------------------------------------------------


def test_after_a_rotation_the_old_key_opens_nothing_and_stands_nowhere(home: Path) -> None:
    old = (home / "master.key").read_bytes()
    with sqlite3.connect(home / "vault.sqlite") as db:
        wrapped = [bytes(w) for (w,) in db.execute("SELECT wrapped_key FROM persons UNION SELECT wrapped FROM ledger_keys")]  # fmt: skip
    db.close()
    before = opened(home)
    digest = before.ledger.vault.digest("content", "x")
    close(before)
    rotated(home)
    assert private(home)
    blob = b"".join(f.read_bytes() for f in home.iterdir())
    assert old not in blob
    assert not any(w[12:] in blob for w in wrapped)
    assert not (home / "master.key.new").exists()
    again = opened(home)
    assert names(again) == list(NAMES)
    assert again.ledger.vault.digest("content", "x") == digest
    assert len(again.ledger.vault.people_for(["330681195001010000"])) == 1
    told = rotations(again)
    assert [(e.version, e.keys) for e in told] == [(2, 3)]
    close(again)
    (home / "master.key").write_bytes(old)
    with pytest.raises(WrongMasterKey):
        Vault.open(home / "vault.sqlite", home / "master.key")


def rotations(world: World) -> list[MasterKeyRotated]:
    stream = world.ledger.find("vault", ["vault"]).get("vault")
    return list(world.ledger.load(stream).standing(MasterKeyRotated)) if stream else []


def test_another_process_notices_the_new_key_before_it_writes(home: Path) -> None:
    world, other = opened(home), opened(home)
    rotate(world.ledger.vault, home / "master.key")
    with pytest.raises(VaultChanged):
        other.ledger.vault.register([NewPerson(new_id(), None)])
    with pytest.raises(VaultChanged):
        rotate(other.ledger.vault, home / "master.key")
    close(other)
    tell(world.ledger, on=DAY, actor=CLERK, source="bureau")
    assert names(world) == list(NAMES)
    close(world)


def test_a_key_file_that_others_can_read_is_refused(home: Path) -> None:
    (home / "master.key").chmod(0o640)
    with pytest.raises(UnsafeKeyFile, match="chmod 600"):
        Vault.open(home / "vault.sqlite", home / "master.key")


@pytest.mark.parametrize("content", [b"", b"short", bytes(32), bytes(33)])
def test_a_wrong_key_opens_nothing(home: Path, content: bytes) -> None:
    (home / "master.key").write_bytes(content)
    with pytest.raises(WrongMasterKey):
        Vault.open(home / "vault.sqlite", home / "master.key")


# -- dead at every step ---------------------------------------------------------------------------


def test_a_rotation_that_dies_at_any_step_is_whole_after_the_next_opening(home: Path) -> None:
    died = 0
    for n, when, folder in deaths(home, rotated):
        died += 1
        again = opened(folder)
        tell(again.ledger, on=DAY, actor=CLERK, source="bureau")
        assert names(again) == list(NAMES), (n, when)
        version = again.ledger.vault.master_version
        assert [e.version for e in rotations(again)] == list(range(2, version + 1)), (n, when)
        rotate(again.ledger.vault, folder / "master.key")
        tell(again.ledger, on=DAY, actor=CLERK, source="bureau")
        assert names(again) == list(NAMES), (n, when)
        assert private(folder)
        close(again)
        assert not (folder / "master.key.new").exists()
        shutil.rmtree(folder)
    assert died > 10


def test_a_restore_that_dies_at_any_step_leaves_the_old_vault_or_the_new(
    home: Path, tmp_path: Path
) -> None:
    copy, world = tmp_path / "copy", opened(home)
    backup(world.ledger.vault, copy)
    erased(world, persons(world)[0])
    close(world)

    def restored(folder: Path) -> None:
        world = opened(folder)
        world.ledger.vault.close()
        put_back(world, copy)

    for n, when, folder in deaths(home, restored):
        again = opened(folder)
        carry_out(again.recorder, again.ledger.vault)
        assert names(again) == [None, *NAMES[1:]], (n, when)
        close(again)
        restored(folder)
        again = opened(folder)
        assert names(again) == [None, *NAMES[1:]], (n, when)
        assert private(folder)
        close(again)
        assert not list(folder.glob("*.restored*"))
        shutil.rmtree(folder)


def test_a_backup_that_dies_at_any_step_leaves_the_vault_alone_and_no_half_copy_passes(
    home: Path,
) -> None:
    def backed_up(folder: Path) -> None:
        world = opened(folder)
        backup(world.ledger.vault, folder / "copy")

    for n, when, folder in deaths(home, backed_up):
        world = opened(folder)
        assert names(world) == list(NAMES), (n, when)
        if (folder / "copy").exists():
            world.ledger.vault.close()
            with suppress(NotThisVault):  # said to be none, rather than taken
                assert put_back(world, folder / "copy") == Restored(3, 0, 0)
            world.recorder.engine.dispose()
            world = opened(folder)
            assert names(world) == list(NAMES), (n, when)
        close(world)
        shutil.rmtree(folder)


def test_an_erasure_that_dies_at_any_step_is_carried_out_at_the_next_opening(home: Path) -> None:
    def erasing(folder: Path) -> None:
        world = opened(folder)
        erased(world, persons(world)[0])

    for n, when, folder in deaths(home, erasing):
        again = opened(folder)
        carry_out(again.recorder, again.ledger.vault)
        assert names(again)[1:] == list(NAMES[1:]), (n, when)
        erased(again, persons(again)[0])
        assert names(again) == [None, *NAMES[1:]], (n, when)
        close(again)
        shutil.rmtree(folder)
