"""A new look-up key: everybody is found as before, nobody by the old key, and the erased by none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ledger.database import reading
from ledger.ids import new_id
from ledger.rotation import rotate, rotate_lookup_key
from ledger.vault import NewPerson, Vault
from ledger.vault_copies import backup, restore
from ledger.vault_errors import VaultChanged
from ledger.vault_numbers import also_known_as
from ledger.vault_tables import lookups
from tests.ledger.dying import deaths
from tests.ledger.test_vault_copies import NAMES, add, close, erased, home, names, opened, persons

__all__ = ["home"]
NUMBERS = [f"33068119500101000{n}" for n in range(len(NAMES))]


def digests(vault: Vault) -> set[bytes]:
    with reading(vault.engine) as conn:
        return {bytes(d) for (d,) in conn.execute(select(lookups.c.digest))}


def rotated(folder: Path) -> None:
    world = opened(folder)
    rotate_lookup_key(world.ledger.vault)
    close(world)


def test_after_two_rotations_everybody_is_found_and_no_digest_is_as_before(home: Path) -> None:
    world = opened(home)
    vault = world.ledger.vault
    found, before, row_key = vault.people_for(NUMBERS), digests(vault), vault.digest("row", "7")
    assert rotate_lookup_key(vault) == rotate_lookup_key(vault) == len(NUMBERS)
    close(world)
    again = opened(home)
    vault = again.ledger.vault
    assert vault.people_for(NUMBERS) == found
    assert not digests(vault) & before
    assert vault.digest("row", "7") == row_key, "the key of row keys is another one"
    stranger = new_id()
    assert vault.register([NewPerson(stranger, NUMBERS[0])]) == {NUMBERS[0]: found[NUMBERS[0]]}
    assert also_known_as(vault, found[NUMBERS[0]], "x") == found[NUMBERS[0]]
    rotate(vault, home / "master.key")
    assert vault.people_for([*NUMBERS, "x"]) == {**found, "x": found[NUMBERS[0]]}
    assert names(again) == list(NAMES)
    close(again)
    # No old digest is left in the vault's files, in a free page or in the write-ahead log.
    files = b"".join(f.read_bytes() for f in home.glob("vault.sqlite*"))
    assert not [d for d in before if d in files]


def test_the_erased_stay_erased_and_their_number_is_free(home: Path) -> None:
    world = opened(home)
    gone, *rest = persons(world)
    erased(world, gone)
    assert rotate_lookup_key(world.ledger.vault) == len(rest)
    assert NUMBERS[0] not in world.ledger.vault.people_for(NUMBERS)
    again = add(world, "欧阳雪", NUMBERS[0])
    assert world.ledger.vault.people_for(NUMBERS)[NUMBERS[0]] == again != gone
    assert names(world) == [None, *NAMES[1:], NAMES[0]]
    close(world)


def test_another_process_goes_on_under_the_new_key(home: Path) -> None:
    """With the old one it would find nobody, and make a second person of everybody."""
    world, other = opened(home), opened(home)
    found = world.ledger.vault.people_for(NUMBERS)
    rotate_lookup_key(other.ledger.vault, seconds=5)
    assert world.ledger.vault.register([NewPerson(new_id(), n) for n in NUMBERS]) == found
    new = new_id()
    rotate_lookup_key(other.ledger.vault, seconds=5)
    world.ledger.vault.register([NewPerson(new, "new")])
    assert other.ledger.vault.people_for(["new"]) == {"new": new}
    rotate(other.ledger.vault, home / "master.key")
    with pytest.raises(VaultChanged):
        rotate_lookup_key(world.ledger.vault)
    close(world)
    close(other)


def test_a_rotation_that_dies_at_any_step_leaves_the_old_key_or_the_new(home: Path) -> None:
    world = opened(home)
    found, before = world.ledger.vault.people_for(NUMBERS), digests(world.ledger.vault)
    close(world)
    ends = set()
    for n, when, folder in deaths(home, rotated):
        again = opened(folder)
        now = digests(again.ledger.vault)
        assert now == before or not now & before, (n, when)
        ends.add(now == before)
        assert again.ledger.vault.people_for(NUMBERS) == found, (n, when)
        assert names(again) == list(NAMES)
        close(again)
        shutil.rmtree(folder)
    assert ends == {True, False}


def test_a_backup_from_before_finds_everybody_under_its_own_key(home: Path) -> None:
    world = opened(home)
    found = world.ledger.vault.people_for(NUMBERS)
    backup(world.ledger.vault, home / "old.backup")
    rotate_lookup_key(world.ledger.vault)
    world.ledger.vault.close()
    vault = (home / "vault.sqlite", home / "master.key")
    restore(home / "old.backup", *vault, world.recorder)
    put_back = Vault.open(*vault)
    assert put_back.people_for(NUMBERS) == found
    assert rotate_lookup_key(put_back) == len(NUMBERS)
    assert put_back.people_for(NUMBERS) == found
    put_back.close()
    world.recorder.engine.dispose()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(numbers=st.sets(st.text(min_size=1, max_size=18), max_size=5))
def test_whatever_is_registered_between_rotations_is_found_after_them(
    home: Path, numbers: set[str]
) -> None:
    vault = Vault.open(home / "vault.sqlite", home / "master.key")
    known = vault.register([NewPerson(new_id(), n) for n in sorted(numbers)])
    rotate_lookup_key(vault)
    assert vault.people_for(numbers) == {n: known[n] for n in numbers}
    vault.close()
