"""The vault: what is sealed opens for its own event, person and field only, and nothing leaks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from ledger.database import writing
from ledger.ids import new_id
from ledger.masking import mask_account, mask_identity, mask_name
from ledger.master_key import make_master_key
from ledger.vault import NewPerson, Vault
from ledger.vault_errors import Erased, SealBroken, UnsafeKeyFile, WrongMasterKey
from ledger.vault_tables import persons

NUMBER = "330681195001010006"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Vault.create(tmp_path / "vault.sqlite", tmp_path / "master.key").close()
    return tmp_path


@pytest.fixture
def vault(folder: Path) -> Iterator[Vault]:
    found = Vault.open(folder / "vault.sqlite", folder / "master.key")
    yield found
    found.close()


def person(vault: Vault) -> UUID:
    found = new_id()
    vault.register([NewPerson(found, None)])
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text(max_size=80), field=st.sampled_from(["name", "address"]))
def test_what_is_sealed_comes_back(vault: Vault, text: str, field: str) -> None:
    who, event = person(vault), new_id()
    sealed = vault.seal(who, event, field, text)
    assert vault.unseal(who, event, field, sealed) == text
    assert vault.seal(who, event, field, text) != sealed  # a fresh nonce each time


def test_it_opens_for_its_own_event_person_and_field_only(vault: Vault) -> None:
    who, other, event = person(vault), person(vault), new_id()
    sealed = vault.seal(who, event, "name", "欧阳雪")
    for attempt in ((other, event, "name"), (who, new_id(), "name"), (who, event, "address")):
        with pytest.raises(SealBroken):
            vault.unseal(*attempt, sealed)


def test_a_flipped_bit_anywhere_is_noticed(vault: Vault) -> None:
    who, event = person(vault), new_id()
    sealed = vault.seal(who, event, "name", "欧阳雪")
    for at in range(len(sealed)):
        broken = bytearray(sealed)
        broken[at] ^= 1
        with pytest.raises(SealBroken):
            vault.unseal(who, event, "name", bytes(broken))
    for cut in (b"", sealed[:10], sealed[:-1]):
        with pytest.raises(SealBroken):
            vault.unseal(who, event, "name", cut)


def test_a_person_whose_key_is_gone_is_erased(vault: Vault, folder: Path) -> None:
    who, event = person(vault), new_id()
    sealed = vault.seal(who, event, "name", "欧阳雪")
    with writing(vault.engine) as conn:
        conn.execute(
            update(persons).where(persons.c.person_id == who.bytes).values(wrapped_key=None)
        )
    again = Vault.open(folder / "vault.sqlite", folder / "master.key")
    with pytest.raises(Erased):
        again.unseal(who, event, "name", sealed)
    with pytest.raises(LookupError):
        again.seal(new_id(), event, "name", "x")
    again.close()


def test_a_number_belongs_to_one_person_for_good(vault: Vault, folder: Path) -> None:
    first, second = new_id(), new_id()
    assert vault.register([NewPerson(first, NUMBER)]) == {NUMBER: first}
    assert vault.register([NewPerson(second, NUMBER)]) == {NUMBER: first}
    other = Vault.open(folder / "vault.sqlite", folder / "master.key")
    assert other.people_for([NUMBER, "none"]) == {NUMBER: first}
    other.close()


def test_two_that_register_one_number_at_once_agree(folder: Path) -> None:
    answers: list[dict[str, UUID]] = []
    ready = threading.Barrier(2)

    def register() -> None:
        mine = Vault.open(folder / "vault.sqlite", folder / "master.key")
        ready.wait()
        answers.append(mine.register([NewPerson(new_id(), f"{n}") for n in range(200)]))
        mine.close()

    threads = [threading.Thread(target=register) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers[0] == answers[1]


def test_digests_are_keyed_and_tell_their_parts_apart(
    vault: Vault, folder: Path, tmp_path: Path
) -> None:
    assert vault.digest("a", "x", "y") == vault.digest("a", "x", "y")
    seen = {
        vault.digest(*d) for d in (("a", "x", "y"), ("a", "xy"), ("a", "xy", ""), ("b", "x", "y"))
    }
    assert len(seen) == 4
    reopened = Vault.open(folder / "vault.sqlite", folder / "master.key")
    assert reopened.digest("a", "x") == vault.digest("a", "x")
    other = Vault.create(tmp_path / "o.sqlite", tmp_path / "o.key")
    assert other.digest("a", "x") != vault.digest("a", "x")
    reopened.close()
    other.close()


def test_another_key_does_not_open_it(folder: Path) -> None:
    (folder / "other.key").unlink(missing_ok=True)
    make_master_key(folder / "other.key")
    with pytest.raises(WrongMasterKey):
        Vault.open(folder / "vault.sqlite", folder / "other.key")
    with pytest.raises(WrongMasterKey, match="missing"):
        Vault.open(folder / "vault.sqlite", folder / "nowhere.key")
    with pytest.raises(FileExistsError):
        make_master_key(folder / "other.key")


def test_a_key_that_others_can_read_is_refused(folder: Path) -> None:
    (folder / "master.key").chmod(0o640)
    with pytest.raises(UnsafeKeyFile):
        Vault.open(folder / "vault.sqlite", folder / "master.key")


def test_the_files_are_the_owners_alone_and_hold_nothing_plain(vault: Vault, folder: Path) -> None:
    vault.register([NewPerson(new_id(), NUMBER)])
    for name in ("vault.sqlite", "master.key"):
        assert (folder / name).stat().st_mode & 0o077 == 0
    for file in folder.iterdir():
        assert NUMBER.encode() not in file.read_bytes()
    assert NUMBER not in repr(NewPerson(new_id(), NUMBER)) + repr(vault)


def test_masks_show_little() -> None:
    assert [mask_name(n) for n in ("张三丰", "张三", "张", "阿依·古丽", "𬭎某", "")] == [
        "张**",
        "张*",
        "张*",
        "阿**",
        "𬭎*",
        "",
    ]
    assert mask_identity(NUMBER) == "330681************"
    assert mask_account("6200000012345678") == "************5678"
    assert mask_account("123") == "***"
