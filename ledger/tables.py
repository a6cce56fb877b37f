"""The tables of the log itself. Everything else in the database can be made again from `entries`."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from ledger.columns import Big, Bytes

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("position", Big, primary_key=True, autoincrement=False),
    Column("stream_id", Bytes(), nullable=False),
    Column("stream_version", Big, nullable=False),
    Column("topic", String(120), nullable=False),
    Column("recorded_at", Big, nullable=False),
    Column("event_id", Bytes(), unique=True),
    Column("entry", Bytes(), nullable=False),
    UniqueConstraint("stream_id", "stream_version"),
)
commands = Table(
    "commands",
    metadata,
    Column("command_id", Bytes(), primary_key=True),
    Column("content_digest", Bytes(), nullable=False),
    Column("first_position", Big, nullable=False),
    Column("last_position", Big, nullable=False),
    sqlite_with_rowid=False,
)
heads = Table(
    "heads",
    metadata,
    Column("family_id", Integer, primary_key=True, autoincrement=False),
    Column("position", Big, nullable=False),
)
"""Family → its last position; row −1 is the whole log's, and the row that writers lock."""
tracking = Table(
    "tracking",
    metadata,
    Column("application_name", String(120), primary_key=True),
    Column("notification_id", Big, nullable=False),
)
tiles = Table(
    "tiles",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", Big, primary_key=True, autoincrement=False),
    Column("hashes", Bytes(), nullable=False),
)
"""The tree over the entries: up to 256 hashes of 32 bytes a row (`evidence.tree`)."""
LOG = -1
