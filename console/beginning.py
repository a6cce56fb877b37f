"""What `init` finds of one that was stopped half-way, and goes on with.

1  topics or database   safe to repeat
2  master key, vault    crash in between: nothing can be recorded under half a vault, so it is
                        made anew; a whole one is kept
3  signing key          crash after it: this one is taken
4  the bureau, recorded crash after it: recorded once, by its command id
5  relief.toml          last and in one step: a folder without it is no ledger
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from console.settings import Settings
from evidence.errors import EvidenceError
from evidence.notes import SigningKey, VerifierKey
from ledger.errors import NotOurs
from ledger.ids import new_id
from ledger.master_key import KEY_BYTES, make_master_key
from ledger.recorder import ReliefApplicationRecorder
from ledger.signing_key import make_signing_key
from ledger.vault import Vault
from ledger.vault_copies import is_vault_of


def ready_vault(draft: Settings, recorder: ReliefApplicationRecorder) -> None:
    """A whole vault that is this log's. Raises NotOurs where the log is another ledger's, or one
    that stands, and VaultError for a whole vault that does not open: neither is begun anew."""
    head, keys, persons = recorder.head().position, *_held(draft.vault)
    if head > 1 or (head and not keys) or (persons and not head):
        raise _there_already()
    if not keys:
        # Nothing was ever sealed under it. A key that is whole stays: it may open a backup.
        for path in draft.folder.glob(f"{draft.vault.name}*"):
            path.unlink()
        if draft.master_key.exists() and draft.master_key.stat().st_size != KEY_BYTES:
            draft.master_key.unlink()
        if not draft.master_key.exists():
            make_master_key(draft.master_key)
        Vault.make(draft.vault, draft.master_key)
    vault = Vault.open(draft.vault, draft.master_key)
    try:
        if head and not is_vault_of(vault, recorder):
            raise _there_already()
    finally:
        vault.close()


def _held(vault: Path) -> tuple[int, int]:
    """Keys of a ledger and persons in the file; nothing in one that was not made to its end."""
    if not vault.exists():
        return 0, 0
    try:
        with closing(sqlite3.connect(vault)) as db:
            return (
                db.execute("SELECT count(*) FROM ledger_keys").fetchone()[0],
                db.execute("SELECT count(*) FROM persons").fetchone()[0],
            )
    except sqlite3.OperationalError as e:
        if "no such table" not in str(e):
            raise
        return 0, 0


def _there_already() -> NotOurs:
    return NotOurs(
        "这里(目录、数据库或 Kafka 主题)已有一本账;请换一个目录、schema 或主题前缀,"
        "或放回 relief.toml,或用 restore 恢复",
        "the database, the topics or the folder hold a ledger already: name another schema, "
        "namespace or folder, put relief.toml back, or restore",
    )


def ready_signing_key(folder: Path, origin: str | None) -> VerifierKey:
    """The key that an `init` made before it was stopped, else a new one. Malformed for a bad name."""
    for path in sorted(folder.glob("checkpoint-*.key")):
        try:
            found = SigningKey.parse(path.read_text("utf-8")).verifier
        except (EvidenceError, UnicodeDecodeError):
            continue  # cut off while it was written; nothing was signed by it
        if origin is None or found.name == origin:
            return found
    return make_signing_key(folder, origin or f"relief-ledger.invalid/{new_id().hex[-12:]}")
