"""Destroys keys in the vault so that nothing of them stays in its files.

`secure_delete` zeroes what is overwritten, in the pages; old pages stand in the write-ahead log
until it is written back and cut to nothing, which `scrub` sees to.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, update

from ledger.database import translated, writing
from ledger.vault import CHUNK, Vault
from ledger.vault_errors import VaultBusy
from ledger.vault_tables import lookups, persons, state

SCRUB_SECONDS = 10.0


def destroy(vault: Vault, person_ids: Sequence[UUID]) -> None:
    """Overwrites the keys of these persons and removes their look-ups; safe to repeat.

    A person whom this vault never knew gets the mark of an erased one all the same.
    """
    with writing(vault.engine) as conn:
        for start in range(0, len(person_ids), CHUNK):
            raw = [p.bytes for p in person_ids[start : start + CHUNK]]
            rows = conn.execute(select(persons.c.person_id).where(persons.c.person_id.in_(raw)))
            known = {bytes(p) for (p,) in rows}
            unknown = [p for p in dict.fromkeys(raw) if p not in known]
            conn.execute(
                update(persons).where(persons.c.person_id.in_(raw)).values(wrapped_key=None)
            )
            if unknown:
                marks = [{"person_id": p, "key_version": 0, "wrapped_key": None} for p in unknown]
                conn.execute(persons.insert(), marks)
            conn.execute(delete(lookups).where(lookups.c.person_id.in_(raw)))
        conn.execute(update(state).values(changes=state.c.changes + 1))
    vault.forget()


def scrub(vault: Vault, seconds: float = SCRUB_SECONDS) -> None:
    """Writes the write-ahead log back and cuts it to nothing. Raises VaultBusy where a reader
    of the vault does not end in time: an old page may stand in the file until the next try."""
    until = time.monotonic() + seconds
    while not _checkpointed(vault):
        if time.monotonic() >= until:
            raise VaultBusy(
                "保管库已更改,但其他程序正在读取,旧密钥的页尚未清除;请关闭其他程序后再运行一次",
                "the vault is changed, but another program reads it, so a page with the old key "
                "may still stand in its file; close the other program and run this again",
            )
        time.sleep(0.05)


def _checkpointed(vault: Vault) -> bool:
    with translated():
        raw = vault.engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("PRAGMA busy_timeout=1000")
            busy: int = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            return busy == 0
        finally:
            raw.close()


def mark(vault: Vault, position: int, event_id: UUID) -> None:
    """The erasures of the log up to this one are carried out."""
    with writing(vault.engine) as conn:
        conn.execute(update(state).values(erased_position=position, erased_event=event_id.bytes))
