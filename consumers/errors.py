"""What can go wrong on the reading side, by the reader's next move.

LedgerError
├── stop:  GapFound        messages of a topic are missing; ask the bureau
└── park:  Unreadable      one message cannot be read; it goes to the dead letters
           └── Foreign     our writer did not write it: it holds no place among the messages

On the ledger's own topic a foreign record stops its readers (`ForeignRecord`).
"""

from __future__ import annotations

from ledger.errors import LedgerError


class GapFound(LedgerError):
    """A topic's numbers jump: messages between were lost or withheld."""

    def __init__(self, topic: str, partition: int, missing: range) -> None:
        first, last = missing[0], missing[-1]
        zh = f"第 {first} 条" if first == last else f"第 {first} 至 {last} 条"
        en = f"message {first} is" if first == last else f"messages {first} to {last} are"
        super().__init__(
            f"{topic}[{partition}]:缺少{zh};请联系民政局",
            f"{topic}[{partition}]: {en} missing; ask the bureau",
        )
        self.missing = missing


class Unreadable(LedgerError):
    """One message cannot be read: a newer schema's, or what is no message of ours (`Foreign`)."""


class Foreign(Unreadable):
    """A record that the ledger's writer did not write, or that was changed since."""
