"""What can go wrong below the rules, sorted by the caller's next move.

    LedgerError
    ├── retry:   LedgerLocked
    │            WitnessFailed          not reached, or it does not sign: the checkpoint stands
    │            LedgerUnreachable      the database's server is gone or starting: nothing was written
    ├── ask:     OutcomeUnknown         the connection broke at the commit: the same command again
    │                                   finds out, and writes nothing twice
    ├── resend:  AlreadyRecorded        another writer recorded the command first
    │            HeadMoved              another process applied entries first
    ├── refuse:  CommandConflict        the command stands recorded with other content
    │            UnknownTopic           no released schema for this topic or fingerprint
    │            EntryTooLarge
    └── stop:    ClockRefused           the clock would poison the order: an operator looks
                 NotOurs                another program's file, no database, or a newer format
                 NotABackup             no backup, or a damaged one
                 LedgerReadOnly, DiskFull
                 NotExtended            the log does not extend a checkpoint that was signed
                 CheckpointDamaged      a checkpoint's file is not what was signed
                 NoSigningKey           missing, open to others, or another ledger's
                 CheckpointNotKept      entries are recorded; their checkpoint could not be written
                 LogDamaged             entries or tiles are missing: look at the backups
                 LedgerStopped          an I/O error before: nothing more is written

Each says in Chinese and English what is wrong and what would be right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eventsourcing.persistence import OperationalError, PersistenceError


@dataclass(frozen=True, slots=True)
class CommandReceipt:
    """Where a command stands in the log."""

    command_id: bytes
    content_digest: bytes
    first_position: int
    last_position: int


class LedgerError(PersistenceError):
    """Base of all of them."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class LedgerLocked(LedgerError, OperationalError):
    """Another process holds the write lock longer than we wait."""


class LedgerUnreachable(LedgerError, OperationalError):
    """The database's server cannot be reached, or went away: nothing was written. Try again."""


class OutcomeUnknown(LedgerError, OperationalError):
    """The connection broke during the commit, and the server could not be asked since.

    All of the append stands or nothing. The same command again finds out.
    """


class WitnessFailed(LedgerError):
    """A witness could not be reached or did not sign. The checkpoint stands; ask again later."""


class AlreadyRecorded(LedgerError):
    """A command of this append was recorded by another writer. Look again, send the rest."""

    def __init__(self, receipts: Mapping[bytes, CommandReceipt]) -> None:
        super().__init__("命令已经记录过", f"{len(receipts)} commands stand recorded")
        self.receipts = receipts


class HeadMoved(LedgerError):
    """The log's end in this database is not where the caller thought. Look again, go on from there."""


class CommandConflict(LedgerError):
    """The same command id with other content."""


class UnknownTopic(LedgerError):
    """No released schema stands behind the topic or the fingerprint."""


class EntryTooLarge(LedgerError):
    """The entry is above 65,535 bytes."""


class ClockRefused(LedgerError):
    """The clock is far behind or far ahead of the log's last entry."""


class NotOurs(LedgerError):
    """The file is not this program's ledger, or a newer program's."""


class NotABackup(LedgerError):
    """A folder is no backup of this ledger, or a damaged one."""


class LedgerReadOnly(LedgerError, OperationalError):
    """The file or its folder cannot be written."""


class DiskFull(LedgerError, OperationalError):
    """No room is left; what was being appended is not recorded."""


class NotExtended(LedgerError):
    """The log is not the one that was signed: an older copy, or altered. Write and sign nothing."""


class CheckpointDamaged(LedgerError):
    """A checkpoint's file is damaged, or another ledger's. Take it from a copy; sign nothing."""


class NoSigningKey(LedgerError):
    """The key that signs checkpoints is missing, open to others, or not the one of the settings."""


class CheckpointNotKept(LedgerError):
    """The checkpoint could not be written. Entries that were acknowledged stand all the same."""


class LogDamaged(LedgerError):
    """The database lacks something that the log must have. Nothing was written; stop."""


class LedgerStopped(LedgerError, OperationalError):
    """A write or sync failed: this process writes no more. Check the disk, start again."""
