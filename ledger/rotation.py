"""A new master key wraps every key of the vault.

    1  the new key stands in master.key.new           crash: the old key opens the vault
    2  one transaction wraps all keys anew            crash before its commit: as above
    3  the old key is overwritten, the new one named  crash: the new key opens it, and is named
    4  old pages of the vault's file are cut away     crash: done at the next opening
    5  MasterKeyRotated is recorded                   crash: recorded at the next opening

At every moment one of the two files opens the vault, and opening finds out which. The keys for
look-ups and for command ids are wrapped anew as well, but stay what they are: the one for look-ups
has a rotation of its own (`rotate_lookup_key`), the one for command ids never rotates.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, func, select, update

from domain.events import UNBORN, Actor, MasterKeyRotated
from ledger import vault_erasing
from ledger.commands import Command, Draft
from ledger.database import reading, writing
from ledger.ids import new_id, uuid_of
from ledger.lookup_key import put_on_top
from ledger.master_key import make_master_key, next_key_file, read_master_key
from ledger.service import Ledger
from ledger.vault import Vault, settle_key_file
from ledger.vault_errors import changed
from ledger.vault_tables import keys, persons, read_state, state
from ledger.wrapping import key_context, unwrap, wrap

CHUNK = 5000


def rotate(vault: Vault, key_file: Path) -> int:
    """Replaces the master key; returns how many keys it wraps. The vault goes on under the new one.

    What is left to do then is `tell`. Raises VaultChanged where another process did it meanwhile.
    """
    made = next_key_file(key_file)
    with writing(vault.engine) as conn:
        before = read_state(conn)
        if before.master_version != vault.master_version:
            raise changed()
        made.unlink(missing_ok=True)  # of a rotation that was stopped before its commit
        make_master_key(made)
        key = read_master_key(made)
        count = rewrap(conn, vault.master, AESGCM(key))
        conn.execute(
            update(state).values(
                changes=state.c.changes + 1,
                master_version=state.c.master_version + 1,
                rotation_told=0,
            )
        )
    vault.take(key)
    settle_key_file(vault.engine, key_file, key)
    return count


def rewrap(conn: Connection, old: AESGCM, new: AESGCM) -> int:
    """Wraps every key of the vault under another master key; returns how many persons' there are."""
    for row in conn.execute(select(keys)).all():
        secret = unwrap(old, bytes(row.wrapped), row.name.encode())
        wrapped = wrap(new, secret, row.name.encode())
        conn.execute(update(keys).where(keys.c.name == row.name).values(wrapped=wrapped))
    statement = (
        update(persons)
        .where(persons.c.person_id == bindparam("id"))
        .values(wrapped_key=bindparam("wrapped"))
    )
    count, after = 0, b""
    page = select(persons).where(persons.c.wrapped_key.is_not(None))
    page = page.order_by(persons.c.person_id).limit(CHUNK)
    while rows := conn.execute(page.where(persons.c.person_id > after)).all():
        wrapped_rows = []
        for row in rows:
            context = key_context(uuid_of(row.person_id), row.key_version)
            secret = unwrap(old, bytes(row.wrapped_key), context)
            wrapped_rows.append({"id": row.person_id, "wrapped": wrap(new, secret, context)})
        conn.execute(statement, wrapped_rows)
        count, after = count + len(rows), bytes(rows[-1].person_id)
    return count


def rotate_lookup_key(vault: Vault, seconds: float = vault_erasing.SCRUB_SECONDS) -> int:
    """Puts a new key on the look-up of identity numbers, in one transaction; returns how many.

    Crash before its commit: all is as it was. After it: an old page may stand in the write-ahead
    log, which is cut away when the last program closes the vault. Raises VaultBusy where that
    cannot be done now (the key is new all the same), VaultChanged.
    """
    with writing(vault.engine) as conn:
        if read_state(conn).master_version != vault.master_version:
            raise changed()
        count = put_on_top(conn, vault.master)
        vault.follow_lookup_key(conn)
    vault_erasing.scrub(vault, seconds)
    return count


def tell(
    ledger: Ledger,
    *,
    on: date,
    actor: Actor,
    source: str,
    seconds: float = vault_erasing.SCRUB_SECONDS,
) -> bool:
    """Ends the newest rotation, where it is not ended: cuts old pages away and records it.

    Safe to repeat; costs a look-up where there is nothing to do. Raises VaultBusy.
    """
    vault = ledger.vault
    now = vault.state()
    if now.rotation_told:
        return False
    vault_erasing.scrub(vault, seconds)
    with reading(vault.engine) as conn:
        has_key = select(func.count()).where(persons.c.wrapped_key.is_not(None))
        count = int(conn.execute(has_key).scalar_one())
    stream = ledger.find("vault", ["vault"]).get("vault") or new_id()
    event = MasterKeyRotated(meta=UNBORN, version=now.master_version, keys=count)
    key = ("master-key", str(now.master_version))
    ledger.decide(Command(key, "", [Draft(event, stream, on)], actor, source))
    with writing(vault.engine) as conn:
        same = state.c.master_version == now.master_version
        conn.execute(update(state).where(same).values(rotation_told=1))
    return True
