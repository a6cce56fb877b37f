"""The tables of the vault, and its state: how far erasures are carried out, which master key."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Column, Connection, Engine, Index, Integer, MetaData, String, Table, select

from ledger.columns import Big, Bytes
from ledger.database import reading, writing
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
state = Table(
    "state",
    vault_metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("changes", Big, nullable=False),
    Column("master_version", Integer, nullable=False),
    Column("rotation_told", Integer, nullable=False),
    Column("erased_position", Big, nullable=False),
    Column("erased_event", Bytes()),
)
by_person = Index("lookups_person_id", lookups.c.person_id)


@dataclass(frozen=True, slots=True)
class VaultState:
    """The one row of `state`."""

    changes: int
    """Rises whenever keys were destroyed or wrapped anew: what a process remembers is stale."""
    master_version: int
    rotation_told: bool
    """False: the log does not know yet of the newest rotation."""
    erased_position: int
    """Erasures of the log up to here are carried out."""
    erased_event: UUID | None
    """The erasure that stands there: tells whether it is still the same log."""


def prepare(engine: Engine) -> None:
    """Makes what an older vault lacks, and keeps to WAL, so that readers do not stop writers."""
    with engine.connect() as conn:
        raw = conn.connection.driver_connection
        assert raw is not None
        if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            raw.execute("PRAGMA journal_mode=WAL")
        made = raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone()
    if made:
        with reading(engine) as conn:
            if conn.execute(select(state.c.id)).first() is not None:
                return
    with writing(engine) as conn:
        vault_metadata.create_all(conn)
        by_person.create(conn, checkfirst=True)
        if conn.execute(select(state.c.id)).first() is None:
            conn.execute(
                state.insert(),
                {
                    "id": 1,
                    "changes": 0,
                    "master_version": 1,
                    "rotation_told": 1,
                    "erased_position": 0,
                    "erased_event": None,
                },
            )


def read_state(conn: Connection) -> VaultState:
    """The state as this transaction sees it."""
    row = conn.execute(select(state)).one()
    return VaultState(
        row.changes,
        row.master_version,
        bool(row.rotation_told),
        row.erased_position,
        uuid_of(row.erased_event) if row.erased_event is not None else None,
    )
