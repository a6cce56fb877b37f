"""Copies of the vault: made while it is in use, and put back without bringing back the erased."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, func, select, update

from domain.events import PersonRegistered, WorkerAssigned
from ledger import vault_erasing
from ledger.database import APPLICATION_ID, open_sqlite, reading, translated, writing
from ledger.erased import erasures
from ledger.files import make_private, put_in_place
from ledger.ids import uuid_of
from ledger.indexes import find_names
from ledger.master_key import fitting_master_key, read_master_key
from ledger.recorder import ReliefApplicationRecorder
from ledger.rotation import rewrap
from ledger.tables import entries
from ledger.vault import Vault, opens
from ledger.vault_errors import NotThisVault, VaultBusy, WrongMasterKey
from ledger.vault_tables import persons, prepare, state

FIRST_COMMAND = ("source", "bureau")
"""Every ledger's first command; its keyed id tells whose vault a vault is."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a restore."""

    persons: int
    """Persons of the log."""
    erased: int
    """Of them erased, by the log; their keys are not in the restored vault any more."""
    missing: int
    """Of the others: those for whom the restored vault has no key."""


def backup(vault: Vault, target: Path) -> int:
    """A consistent copy of the open vault in one file; the keys in it stay wrapped.

    Durable on return. Returns how many persons have a key in it. FileExistsError.
    """
    make_private(target)
    made = target.with_name(target.name + ".part")
    made.unlink(missing_ok=True)
    make_private(made)
    try:
        with translated(), closing(sqlite3.connect(made, isolation_level=None)) as copy:
            raw = vault.engine.raw_connection()
            try:
                source = raw.driver_connection
                assert isinstance(source, sqlite3.Connection)
                source.backup(copy)
            finally:
                raw.close()
            copy.execute("PRAGMA journal_mode=DELETE")
            has_key = "SELECT count(*) FROM persons WHERE wrapped_key IS NOT NULL"
            count: int = copy.execute(has_key).fetchone()[0]
        put_in_place(made, target)
    except BaseException:
        made.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        raise
    return count


def restore(
    source: Path,
    database: Path,
    key_file: Path,
    recorder: ReliefApplicationRecorder,
    *,
    old_key_file: Path | None = None,
    accept_missing: int = 0,
) -> Restored:
    """Puts a backup in the vault's place in one step. Erasures of the log are carried out in it
    before; `old_key_file` opens a backup from before a rotation, which then comes under the
    present master key.

    Persons of the log without a key in the backup were minted since: it is refused unless
    `accept_missing` is their number. They can be read no more, as if they were erased.
    Raises NotThisVault, WrongMasterKey, VaultBusy; nothing is changed then.
    """
    made = database.with_name(database.name + ".restored")
    made.unlink(missing_ok=True)
    make_private(made)
    try:
        _copy(source, made)
        result = _made_ready(made, key_file, recorder, old_key_file, accept_missing)
        _single_file(made)
        _displace(database, made)
    finally:
        for name in (made.name, made.name + "-wal", made.name + "-shm"):
            made.with_name(name).unlink(missing_ok=True)
    return result


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise NotThisVault("找不到备份文件", "the backup file is not there")
    uri = f"{source.absolute().as_uri()}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(uri, uri=True)) as backup_,
            closing(sqlite3.connect(target)) as copy,
        ):
            if backup_.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise sqlite3.DatabaseError
            backup_.execute("SELECT count(*) FROM ledger_keys").fetchone()
            backup_.backup(copy)
            if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError
    except sqlite3.DatabaseError:
        raise NotThisVault(
            "该文件不是保管库备份或已损坏", "the file is no backup of a vault, or is damaged"
        ) from None


def _made_ready(
    made: Path,
    key_file: Path,
    recorder: ReliefApplicationRecorder,
    old_key_file: Path | None,
    accept_missing: int,
) -> Restored:
    engine = open_sqlite(made, secure_delete=True)
    try:
        prepare(engine)
        key = _present_key(engine, key_file, old_key_file)
        vault = Vault(engine, key, made)
        if not is_vault_of(vault, recorder):
            raise NotThisVault(
                "这是另一账本的保管库备份", "this is a backup of another ledger's vault"
            )
        return _accounted_for(vault, recorder, accept_missing)
    finally:
        engine.dispose()


def is_vault_of(vault: Vault, recorder: ReliefApplicationRecorder) -> bool:
    """Whether the log's first command was recorded under this vault."""
    return bool(recorder.known_commands([vault.digest("command", *FIRST_COMMAND, "0")]))


def _present_key(engine: Engine, key_file: Path, old_key_file: Path | None) -> bytes:
    """The present master key, under which the copy is afterwards."""
    if old_key_file is None:
        try:
            return fitting_master_key(key_file, lambda key: opens(engine, key))[0]
        except WrongMasterKey:
            if not key_file.exists():
                raise
            raise WrongMasterKey(
                "现主密钥打不开该备份:若备份早于更换主密钥,请用 --old-key 给出旧主密钥;"
                "否则它是另一账本的保管库",
                "the present master key does not open this backup: if it is older than a "
                "rotation, give the old key with --old-key; else it is another ledger's vault",
            ) from None
    old, new = read_master_key(old_key_file), read_master_key(key_file)
    if not opens(engine, old):
        raise WrongMasterKey("--old-key 打不开该备份", "--old-key does not open this backup")
    with writing(engine) as conn:
        rewrap(conn, AESGCM(old), AESGCM(new))
    return new


def _accounted_for(
    vault: Vault, recorder: ReliefApplicationRecorder, accept_missing: int
) -> Restored:
    """Erases whom the log says is erased, and sees who else has no key."""
    with recorder.reading() as conn:
        erased = {uuid_of(p) for (p,) in conn.execute(select(erasures.c.person_id))}
        topics = (PersonRegistered.topic, WorkerAssigned.topic)
        streams = select(entries.c.stream_id).where(entries.c.topic.in_(topics)).distinct()
        known = {uuid_of(p) for (p,) in conn.execute(streams)}
        version = _master_version(conn)
    if erased:
        vault_erasing.destroy(vault, sorted(erased))
    with reading(vault.engine) as conn:
        has_key = select(persons.c.person_id).where(persons.c.wrapped_key.is_not(None))
        readable = {uuid_of(p) for (p,) in conn.execute(has_key)}
    missing = known - erased - readable
    if len(missing) != accept_missing:
        raise NotThisVault(
            f"账本中有 {len(missing)} 人在该备份中没有密钥(备份之后登记),恢复后其个人信息无法再读;"
            f"请改用更新的备份,或加 --accept-missing {len(missing)} 确认",
            f"{len(missing)} persons of the log have no key in this backup (registered since): "
            f"what is personal of them could be read no more. Use a newer backup, or say "
            f"--accept-missing {len(missing)}",
        )
    if missing:  # as unreadable as the erased, and shown so
        vault_erasing.destroy(vault, sorted(missing))
    with writing(vault.engine) as conn:
        # Erasures are looked through again at the next opening, which finds them done.
        now = {"erased_position": 0, "erased_event": None, "rotation_told": 1}
        conn.execute(
            update(state).values(changes=state.c.changes + 1, master_version=version, **now)
        )
    return Restored(len(known), len(erased), len(missing))


def _master_version(conn: Connection) -> int:
    """The version of the present master key, as far as the log knows of rotations."""
    stream = find_names(conn, "vault", ["vault"]).get("vault")
    if stream is None:
        return 1
    rotations = select(func.count()).where(entries.c.stream_id == stream.bytes)
    return 1 + int(conn.execute(rotations).scalar_one())


def _single_file(path: Path) -> str:
    """Writes the write-ahead log back and does without one; returns the mode that came of it."""
    with closing(sqlite3.connect(path, timeout=2, isolation_level=None)) as db:
        mode: str = db.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    return mode


def _displace(database: Path, made: Path) -> None:
    """Puts the copy in place. The old write-ahead log must not outlive the file it belongs to:
    it is written back first, which nobody else may be reading then."""
    if database.exists():
        try:
            free = _single_file(database) != "wal"
        except sqlite3.DatabaseError as e:
            free = "locked" not in str(e)  # damaged is free: that is why it is restored
        if not free:
            raise VaultBusy(
                "其他程序正在使用保管库;请关闭后再恢复",
                "another program uses the vault; close it, then restore",
            )
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    put_in_place(made, database)
