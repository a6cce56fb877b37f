"""The keys of the look-up from identity number to person, and how a new one comes on top.

    digest of a number = HMAC(newest, … HMAC(second, HMAC(first, number)))

The vault holds digests and no numbers, so a new key takes each digest as it stands: all of them in
one transaction, nobody's number is opened for it, and who was erased (his rows are gone) stays so.
From then on the newest key alone keeps numbers from being guessed: who knew the earlier ones and
copies the vault again finds nothing by them.

The key of row keys and other digests in the log is another one, and never rotates.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, func, insert, or_, select

from ledger.vault_tables import keys
from ledger.wrapping import unwrap, wrap

FIRST = "lookup"
_IS_ONE = or_(keys.c.name == FIRST, keys.c.name.like(f"{FIRST}-%"))


class LookUpKeys:
    """The keys of the look-up, oldest first."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._macs = [hmac.new(secret, digestmod=hashlib.sha256) for secret in secrets]

    def __len__(self) -> int:
        return len(self._macs)

    def digest(self, number: str) -> bytes:
        """Under which a number is looked up."""
        found = number.encode()
        for mac in self._macs:
            found = _through(mac, found)
        return found


def read_lookup_keys(conn: Connection, master: AESGCM) -> LookUpKeys:
    """As they stand in the vault. Raises WrongMasterKey."""
    rows = {row.name: bytes(row.wrapped) for row in conn.execute(select(keys).where(_IS_ONE))}
    names = [FIRST, *sorted(rows.keys() - {FIRST}, key=_number)]
    return LookUpKeys([unwrap(master, rows.get(name), name.encode()) for name in names])


def count_lookup_keys(conn: Connection) -> int:
    """How many there are: tells whether those in memory are still all."""
    return int(conn.execute(select(func.count()).select_from(keys).where(_IS_ONE)).scalar_one())


def put_on_top(conn: Connection, master: AESGCM) -> int:
    """A new key, and every digest through it, in the caller's transaction; returns how many.

    Crash before the commit: all is as before. After it: all of it is under the new key.
    """
    name, secret = f"{FIRST}-{count_lookup_keys(conn) + 1}", os.urandom(32)
    conn.execute(insert(keys), {"name": name, "wrapped": wrap(master, secret, name.encode())})
    mac = hmac.new(secret, digestmod=hashlib.sha256)
    raw = conn.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.create_function("through_new_key", 1, lambda digest: _through(mac, digest))
    try:
        # One statement: SQLite gathers the rows before it moves the first.
        done = conn.exec_driver_sql("UPDATE lookups SET digest = through_new_key(digest)")
        return done.rowcount
    finally:
        raw.create_function("through_new_key", 1, None)


def _through(mac: hmac.HMAC, text: bytes) -> bytes:
    one = mac.copy()
    one.update(text)
    return one.digest()


def _number(name: str) -> int:
    return int(name.removeprefix(f"{FIRST}-"))
