"""The identity vault: keys of persons, the keyed look-up of identity numbers, keyed digests.

Outside the log, in a SQLite file of its own. A person's data key is wrapped by the master key;
what the log holds of a person is sealed under the data key, so that destroying the key will
erase the person while every proof still holds. The vault commits before the log does: a crash
in between leaves a key that nothing uses.

    master key (file, 0600) ── wraps ──► ledger keys: look-up, digest (never rotated)
                             └─ wraps ──► data keys, one a person, each with a version
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.persistence import IntegrityError
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, insert, select

from ledger.columns import Bytes
from ledger.database import open_sqlite, reading, writing
from ledger.errors import LedgerError
from ledger.ids import uuid_of

vault_metadata = MetaData()
keys = Table(
    "ledger_keys",
    vault_metadata,
    Column("name", String(32), primary_key=True),
    Column("wrapped", Bytes(), nullable=False),
)
persons = Table(
    "persons",
    vault_metadata,
    Column("person_id", Bytes(), primary_key=True),
    Column("key_version", Integer, nullable=False),
    Column("wrapped_key", Bytes()),
    sqlite_with_rowid=False,
)
lookups = Table(
    "lookups",
    vault_metadata,
    Column("digest", Bytes(), primary_key=True),
    Column("person_id", Bytes(), nullable=False),
    sqlite_with_rowid=False,
)

NONCE = 12
VERSION_BYTES = 2
CHUNK = 2000
KEYS_IN_MEMORY = 200_000


class VaultError(LedgerError):
    """Base: the vault cannot do what is asked. Quotes nothing personal."""


class WrongMasterKey(VaultError):
    """The master key is not this vault's."""


class UnsafeKeyFile(VaultError):
    """Others than the owner can read the master key."""


class Erased(VaultError):
    """The person's key is gone: what was sealed under it cannot be read any more."""


class SealBroken(VaultError):
    """The sealed bytes were altered, or belong to another event, person or field."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be registered. `repr` hides the number."""

    person_id: UUID
    identity_number: str | None

    def __repr__(self) -> str:
        return f"NewPerson({self.person_id})"


def make_master_key(path: Path) -> None:
    """Writes 32 random bytes to a new file that only its owner can read. FileExistsError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(32))
        file.flush()
        os.fsync(file.fileno())


def read_master_key(path: Path) -> bytes:
    """The key. Raises UnsafeKeyFile, WrongMasterKey."""
    if not path.exists():
        raise WrongMasterKey(
            f"缺少主密钥文件 {path.name};没有它无法读取人员信息",
            f"the master key file {path.name} is missing; personal data cannot be read without it",
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UnsafeKeyFile(
            f"主密钥文件 {path.name} 可被他人读取;请执行 chmod 600",
            f"others can read the master key file {path.name}; chmod 600 it",
        )
    key = path.read_bytes()
    if len(key) != 32:
        raise WrongMasterKey("主密钥应为 32 字节", "a master key has 32 bytes")
    return key


class Vault:
    """An open vault. Safe to use from several processes; all secrets stay inside."""

    def __init__(self, engine: Engine, master_key: bytes) -> None:
        self._engine = engine
        self._master = AESGCM(master_key)
        with reading(engine) as conn:
            wrapped = {row.name: bytes(row.wrapped) for row in conn.execute(select(keys))}
        self._lookup_key = self._unwrap(wrapped.get("lookup"), b"lookup")
        self._digest_key = self._unwrap(wrapped.get("digest"), b"digest")
        self._lookup_mac = hmac.new(self._lookup_key, digestmod=hashlib.sha256)
        self._purposes: dict[str, hmac.HMAC] = {}
        self._ciphers: dict[UUID, tuple[int, AESGCM]] = {}

    def __repr__(self) -> str:
        return "Vault(…)"

    @classmethod
    def open(cls, database: Path, key_file: Path) -> Vault:
        """Opens a vault that `create` made. Raises VaultError, NotOurs."""
        master = read_master_key(key_file)
        return cls(open_sqlite(database), master)

    @classmethod
    def create(cls, database: Path, key_file: Path) -> Vault:
        """Makes the key file, the vault and its keys."""
        make_master_key(key_file)
        os.close(os.open(database, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        engine = open_sqlite(database)
        master = AESGCM(read_master_key(key_file))
        with writing(engine) as conn:
            vault_metadata.create_all(conn)
            conn.execute(
                insert(keys),
                [
                    {"name": name, "wrapped": _sealed(master, os.urandom(32), name.encode())}
                    for name in ("lookup", "digest")
                ],
            )
        engine.dispose()
        return cls.open(database, key_file)

    def close(self) -> None:
        """Closes the file."""
        self._engine.dispose()

    # -- who is who -----------------------------------------------------------------------

    def people_for(self, numbers: Iterable[str]) -> dict[str, UUID]:
        """Identity number → person, for those that are registered."""
        by_digest = {self._lookup(number): number for number in numbers}
        digests, found = list(by_digest), {}
        with reading(self._engine) as conn:
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
        key_rows, lookup_rows, ciphers = [], [], {}
        for person_id, person in fresh.items():
            data_key = os.urandom(32)
            ciphers[person_id] = (1, AESGCM(data_key))
            wrapped = _sealed(self._master, data_key, _key_context(person_id, 1))
            key_rows.append(
                {"person_id": person_id.bytes, "key_version": 1, "wrapped_key": wrapped}
            )
            if person.identity_number and person.identity_number not in result:
                result[person.identity_number] = person_id
                digest = self._lookup(person.identity_number)
                lookup_rows.append({"digest": digest, "person_id": person_id.bytes})
        with writing(self._engine) as conn:
            conn.execute(insert(persons), key_rows)
            if lookup_rows:
                conn.execute(insert(lookups), lookup_rows)
        self._keep(ciphers)
        return result

    def _lookup(self, number: str) -> bytes:
        mac = self._lookup_mac.copy()
        mac.update(number.encode())
        return mac.digest()

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
        version, cipher = self._data_key(person_id)
        nonce = os.urandom(NONCE)
        context = _seal_context(event_id, person_id, field)
        sealed = cipher.encrypt(nonce, text.encode(), context)
        return version.to_bytes(VERSION_BYTES, "big") + nonce + sealed

    def unseal(self, person_id: UUID, event_id: UUID, field: str, sealed: bytes) -> str:
        """The text. Raises Erased, SealBroken."""
        version, cipher = self._data_key(person_id)
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
        missing = [p.bytes for p in dict.fromkeys(person_ids) if p not in self._ciphers]
        found = {}
        with reading(self._engine) as conn:
            for start in range(0, len(missing), CHUNK):
                rows = conn.execute(
                    select(persons).where(
                        persons.c.person_id.in_(missing[start : start + CHUNK]),
                        persons.c.wrapped_key.is_not(None),
                    )
                )
                for raw, version, wrapped in rows:
                    person_id = uuid_of(raw)
                    key = self._unwrap(bytes(wrapped), _key_context(person_id, version))
                    found[person_id] = (version, AESGCM(key))
        self._keep(found)

    def _data_key(self, person_id: UUID) -> tuple[int, AESGCM]:
        cipher = self._ciphers.get(person_id)
        if cipher is not None:
            return cipher
        self.warm([person_id])
        if person_id in self._ciphers:
            return self._ciphers[person_id]
        with reading(self._engine) as conn:
            known = conn.execute(select(persons).where(persons.c.person_id == person_id.bytes))
            if known.first() is None:
                raise LookupError(f"the vault has no key for the person {person_id}")
        raise Erased("该人员信息已删除", "this person was erased")

    def _keep(self, ciphers: dict[UUID, tuple[int, AESGCM]]) -> None:
        if len(self._ciphers) + len(ciphers) > KEYS_IN_MEMORY:
            self._ciphers.clear()
        self._ciphers.update(ciphers)

    def _unwrap(self, wrapped: bytes | None, context: bytes) -> bytes:
        if wrapped is None:
            raise WrongMasterKey("保管库不完整", "the vault is incomplete")
        try:
            return self._master.decrypt(wrapped[:NONCE], wrapped[NONCE:], context)
        except InvalidTag:
            raise WrongMasterKey(
                "主密钥与保管库不符;请使用建立账本时的主密钥",
                "the master key is not this vault's; use the one made with the ledger",
            ) from None


def _sealed(cipher: AESGCM, secret: bytes, context: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, secret, context)


def _key_context(person_id: UUID, version: int) -> bytes:
    return b"data-key" + person_id.bytes + version.to_bytes(VERSION_BYTES, "big")


def _seal_context(event_id: UUID, person_id: UUID, field: str) -> bytes:
    return event_id.bytes + person_id.bytes + field.encode()


def _broken() -> SealBroken:
    return SealBroken("加密内容已被改动", "the sealed bytes were altered, or are another's")
