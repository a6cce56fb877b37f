"""What can go wrong on the reading side, by the reader's next move.

LedgerError
├── stop:  GapFound        messages of a family are missing; ask the bureau
└── park:  Unreadable      one message cannot be read; it goes to the dead letters
"""

from __future__ import annotations

from ledger.errors import LedgerError


class GapFound(LedgerError):
    """A family's positions jump: messages between were lost or withheld."""


class Unreadable(LedgerError):
    """One message cannot be read: another program's, a newer schema's, or damaged."""
