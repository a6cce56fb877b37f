"""Further identity numbers of somebody whom the vault knows: one found out later, or a new one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from ledger.database import writing
from ledger.vault import Vault
from ledger.vault_tables import lookups


def also_known_as(vault: Vault, person_id: UUID, number: str) -> UUID:
    """Makes a number find the person; durable on return, safe to repeat.

    Returns whom the number finds by now: another, where it is another's already. Numbers that
    found the person before go on doing so.
    """
    known = vault.people_for([number])
    if number not in known:
        try:
            with writing(vault.engine) as conn:
                vault.follow_lookup_key(conn)
                row = {"digest": vault.lookup_digest(number), "person_id": person_id.bytes}
                conn.execute(insert(lookups), row)
        except IntegrityError:
            pass  # another process was first: its answer counts
        known = vault.people_for([number])
    return known[number]
