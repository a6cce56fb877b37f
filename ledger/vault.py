"""The identity vault: keys of persons, the keyed look-up of identity numbers, keyed digests.

Outside the log, in a SQLite file of its own. A person's data key is wrapped by the master key;
what the log holds of a person is sealed under the data key, so that destroying the key will
erase the person while every proof still holds. The vault commits before the log does: a crash
in between leaves a key that nothing uses.

    master key (file, 0600) ── wraps ──► ledger keys: look-up (`lookup_key`), digest (never rotated)
                             └─ wraps ──► data keys, one a person, each with a version
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.persistence import IntegrityError
from sqlalchemy import Connection, Engine, insert, select

from ledger.database import open_sqlite, reading, writing
from ledger.errors import NotOurs
from ledger.files import make_private, put_in_place, wipe
from ledger.ids import uuid_of
from ledger.lookup_key import count_lookup_keys, read_lookup_keys
from ledger.master_key import fitting_master_key, make_master_key, next_key_file, read_master_key
from ledger.vault_errors import Erased, NoKey, SealBroken, WrongMasterKey, changed
from ledger.vault_tables import (
    VaultState,
    keys,
    lookups,
    persons,
    prepare,
    read_state,
    vault_metadata,
)
from ledger.wrapping import NONCE, VERSION_BYTES, key_context, unwrap, wrap

LEDGER_KEYS = ("lookup", "digest")
CHUNK = 2000
KEYS_IN_MEMORY = 50_000


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be registered. `repr` hides the number."""

    person_id: UUID
    identity_number: str | None

    def __repr__(self) -> str:
        return f"NewPerson({self.person_id})"


class Vault:
    """An open vault. Safe to use from several processes; all secrets stay inside."""

    def __init__(self, engine: Engine, master_key: bytes, path: Path) -> None:
        self.engine = engine
        self.path = path
        self._inode = path.stat().st_ino
        self.master = AESGCM(master_key)
        with reading(engine) as conn:
            wrapped = {row.name: bytes(row.wrapped) for row in conn.execute(select(keys))}
            self._seen = read_state(conn)
            self._lookup_keys = read_lookup_keys(conn, self.master)
        self._digest_key = unwrap(self.master, wrapped.get("digest"), b"digest")
        self._purposes: dict[str, hmac.HMAC] = {}
        self._data_keys: dict[UUID, tuple[int, bytes]] = {}
        self._cipher: tuple[UUID, int, AESGCM] | None = None

    def __repr__(self) -> str:
        return "Vault(…)"

    @classmethod
    def open(cls, database: Path, key_file: Path) -> Vault:
        """Opens a vault that `create` made. Raises VaultError, NotOurs.

        A rotation of the master key that was stopped after its commit is ended here.
        """
        if not database.exists():
            read_master_key(key_file)
            raise NotOurs(
                f"缺少保管库 {database.name};请用 relief-ledger vault restore 从备份恢复",
                f"{database.name} is missing; restore it: relief-ledger vault restore FILE",
            )
        engine = open_sqlite(database, secure_delete=True)
        try:
            prepare(engine)
            key, file = fitting_master_key(key_file, lambda key: opens(engine, key))
            if file != key_file:
                settle_key_file(engine, key_file, key)
            return cls(engine, key, database)
        except BaseException:
            engine.dispose()
            raise

    @classmethod
    def create(cls, database: Path, key_file: Path) -> Vault:
        """Makes the key file, the vault and its keys."""
        make_master_key(key_file)
        cls.make(database, key_file)
        return cls.open(database, key_file)

    @classmethod
    def make(cls, database: Path, key_file: Path) -> None:
        """Makes the vault and its keys under a master key that is there. Crash before the end: a
        vault without keys, under which nothing can be sealed. FileExistsError."""
        make_private(database)
        engine = open_sqlite(database, secure_delete=True)
        master = AESGCM(read_master_key(key_file))
        with writing(engine) as conn:
            vault_metadata.create_all(conn)
            conn.execute(
                insert(keys),
                [
                    {"name": name, "wrapped": wrap(master, os.urandom(32), name.encode())}
                    for name in LEDGER_KEYS
                ],
            )
        engine.dispose()

    def close(self) -> None:
        """Closes the file."""
        self.engine.dispose()

    @property
    def master_version(self) -> int:
        """The version of the master key that this vault was opened with."""
        return self._seen.master_version

    def take(self, master_key: bytes) -> None:
        """Goes on under a new master key, which wraps all keys by now."""
        self.master = AESGCM(master_key)
        self._seen = self.state()

    def state(self) -> VaultState:
        """How far erasures are carried out, and under which master key."""
        with reading(self.engine) as conn:
            return read_state(conn)

    # -- who is who -----------------------------------------------------------------------

    def people_for(self, numbers: Iterable[str]) -> dict[str, UUID]:
        """Identity number → person, for those that are registered."""
        found = {}
        with reading(self.engine) as conn:
            self.follow_lookup_key(conn)
            by_digest = {self.lookup_digest(number): number for number in numbers}
            digests = list(by_digest)
            for start in range(0, len(digests), CHUNK):
                rows = conn.execute(
                    select(lookups).where(lookups.c.digest.in_(digests[start : start + CHUNK]))
                )
                found.update({by_digest[bytes(d)]: uuid_of(p) for d, p in rows})
        return found

    def register(self, new: Sequence[NewPerson]) -> dict[str, UUID]:
        """Makes a key and a look-up for each; durable on return. Returns number → person.

        A number that is registered already keeps its person: compare before you use your own id.
        """
        for _ in range(3):
            try:
                return self._register(new)
            except IntegrityError:
                continue  # another process registered one of them in between
        return self._register(new)

    def _register(self, new: Sequence[NewPerson]) -> dict[str, UUID]:
        known = self.people_for(n.identity_number for n in new if n.identity_number)
        fresh = {n.person_id: n for n in new if known.get(n.identity_number or "") is None}
        result = dict(known)
        if not fresh:
            return result
        key_rows, looked_up, data_keys = [], [], {}
        for person_id, person in fresh.items():
            data_key = os.urandom(32)
            data_keys[person_id] = (1, data_key)
            wrapped = wrap(self.master, data_key, key_context(person_id, 1))
            key_rows.append(
                {"person_id": person_id.bytes, "key_version": 1, "wrapped_key": wrapped}
            )
            if person.identity_number and person.identity_number not in result:
                result[person.identity_number] = person_id
                looked_up.append((person.identity_number, person_id.bytes))
        with writing(self.engine) as conn:
            self._still_ours(conn)
            self.follow_lookup_key(conn)
            conn.execute(insert(persons), key_rows)
            if looked_up:
                digests = [{"digest": self.lookup_digest(n), "person_id": p} for n, p in looked_up]
                conn.execute(insert(lookups), digests)
        if self.path.stat().st_ino != self._inode:
            raise changed()  # written into a file that a restored one has displaced
        self._keep(data_keys)
        return result

    def lookup_digest(self, number: str) -> bytes:
        """The keyed digest under which a number is looked up; never shown outside the vault's own modules."""
        return self._lookup_keys.digest(number)

    def follow_lookup_key(self, conn: Connection) -> None:
        """Takes over a look-up key that another process made: digests of the one before find
        nobody, and would make a second person of everybody. Raises VaultChanged.

        To be called in the transaction that uses `lookup_digest`.
        """
        if count_lookup_keys(conn) != len(self._lookup_keys):
            self._still_ours(conn)
            self._lookup_keys = read_lookup_keys(conn, self.master)

    def has_key(self, person_id: UUID) -> bool:
        """True for a person who was registered and not erased since."""
        with reading(self.engine) as conn:
            wrapped = select(persons.c.wrapped_key).where(persons.c.person_id == person_id.bytes)
            return conn.execute(wrapped).scalar() is not None

    # -- keyed digests --------------------------------------------------------------------

    def digest(self, purpose: str, *parts: str) -> bytes:
        """16 bytes of HMAC-SHA256 over purpose and parts, each with its length.

        Under a key that never rotates: the same input gives the same digest for ever, and
        without the key a short text cannot be guessed from it.
        """
        prepared = self._purposes.get(purpose)
        if prepared is None:
            prepared = hmac.new(self._digest_key, f"{len(purpose)}:{purpose}".encode(), "sha256")
            self._purposes[purpose] = prepared
        mac = prepared.copy()
        mac.update("".join([f"{len(p)}:{p}" for p in parts]).encode())
        return mac.digest()[:16]

    # -- sealing --------------------------------------------------------------------------

    def seal(self, person_id: UUID, event_id: UUID, field: str, text: str) -> bytes:
        """key version ‖ nonce ‖ ciphertext, bound to this event, person and field.

        Raises Erased where the person's key is gone, LookupError where he has none.
        """
        version, cipher = self._cipher_of(person_id)
        nonce = os.urandom(NONCE)
        context = _seal_context(event_id, person_id, field)
        sealed = cipher.encrypt(nonce, text.encode(), context)
        return version.to_bytes(VERSION_BYTES, "big") + nonce + sealed

    def unseal(self, person_id: UUID, event_id: UUID, field: str, sealed: bytes) -> str:
        """The text. Raises Erased, SealBroken."""
        version, cipher = self._cipher_of(person_id)
        start = VERSION_BYTES + NONCE
        if len(sealed) < start + 16 or int.from_bytes(sealed[:VERSION_BYTES], "big") != version:
            raise _broken()
        context = _seal_context(event_id, person_id, field)
        try:
            return cipher.decrypt(sealed[VERSION_BYTES:start], sealed[start:], context).decode()
        except InvalidTag:
            raise _broken() from None

    def warm(self, person_ids: Iterable[UUID]) -> None:
        """Fetches the keys of many persons at once; who has none is found out when it is used."""
        wanted = list(dict.fromkeys(person_ids))
        found = {}
        with reading(self.engine) as conn:
            self._still_ours(conn)
            missing = [p.bytes for p in wanted if p not in self._data_keys]
            for start in range(0, len(missing), CHUNK):
                rows = conn.execute(
                    select(persons).where(
                        persons.c.person_id.in_(missing[start : start + CHUNK]),
                        persons.c.wrapped_key.is_not(None),
                    )
                )
                for raw, version, wrapped in rows:
                    person_id = uuid_of(raw)
                    key = unwrap(self.master, bytes(wrapped), key_context(person_id, version))
                    found[person_id] = (version, key)
        self._keep(found)

    def forget(self) -> None:
        """Drops every key from memory."""
        self._data_keys.clear()
        self._cipher = None

    def _still_ours(self, conn: Connection) -> None:
        """Another process may have erased persons (forget their keys) or changed the master key.

        Raises VaultChanged.
        """
        now = read_state(conn)
        if now.changes != self._seen.changes:
            self.forget()
        if now.master_version != self._seen.master_version:
            raise changed()
        self._seen = now

    def _cipher_of(self, person_id: UUID) -> tuple[int, AESGCM]:
        """Key version and cipher. One cipher is kept, for a person's next field: each weighs more
        than two kilobytes, and is made in microseconds."""
        if self._cipher is None or self._cipher[0] != person_id:
            version, key = self._data_key(person_id)
            self._cipher = (person_id, version, AESGCM(key))
        return self._cipher[1:]

    def _data_key(self, person_id: UUID) -> tuple[int, bytes]:
        if person_id not in self._data_keys:
            self.warm([person_id])
        if person_id in self._data_keys:
            return self._data_keys[person_id]
        with reading(self.engine) as conn:
            known = conn.execute(select(persons).where(persons.c.person_id == person_id.bytes))
            if known.first() is None:
                raise NoKey(
                    f"保管库中没有人员 {person_id} 的密钥",
                    f"the vault has no key for the person {person_id}",
                )
        raise Erased("该人员信息已删除", "this person was erased")

    def _keep(self, data_keys: dict[UUID, tuple[int, bytes]]) -> None:
        if len(self._data_keys) + len(data_keys) > KEYS_IN_MEMORY:
            self.forget()
        self._data_keys.update(data_keys)


def opens(engine: Engine, master_key: bytes) -> bool:
    """True where the vault is under this master key."""
    with reading(engine) as conn:
        wrapped = conn.execute(select(keys.c.wrapped).where(keys.c.name == "lookup")).scalar()
    try:
        unwrap(AESGCM(master_key), bytes(wrapped) if wrapped is not None else None, b"lookup")
    except WrongMasterKey:
        return False
    return True


def settle_key_file(engine: Engine, key_file: Path, key: bytes) -> None:
    """The new master key, under which the vault is by now, takes the old one's place.

    The old one is overwritten first. Under the vault's lock, and only while the new file still
    holds this key: another process may have done it, and have gone on since. Safe to repeat.
    """
    made = next_key_file(key_file)
    with writing(engine) as conn:
        read_state(conn)  # takes the lock
        if made.exists() and made.read_bytes() == key:
            if key_file.exists():
                wipe(key_file)
            put_in_place(made, key_file)


def _seal_context(event_id: UUID, person_id: UUID, field: str) -> bytes:
    return event_id.bytes + person_id.bytes + field.encode()


def _broken() -> SealBroken:
    return SealBroken("加密内容已被改动", "the sealed bytes were altered, or are another's")
