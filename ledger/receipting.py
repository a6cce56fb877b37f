"""Receipts: that an entry stands in the ledger, in one text that is checked without us."""

from __future__ import annotations

from evidence.checkpoints import SignedCheckpoint
from evidence.receipts import Receipt
from ledger.recorder import ReliefApplicationRecorder


def receipt(
    recorder: ReliefApplicationRecorder, position: int, signed: SignedCheckpoint
) -> Receipt:
    """The receipt of an entry under a checkpoint that covers it. LookupError where there is no such
    entry."""
    rows = recorder.read_entries(position - 1, 1, position)
    if position < 1 or not rows:
        raise LookupError(position)
    proof = recorder.tree.inclusion_proof(position - 1, signed.checkpoint.size)
    return Receipt(position - 1, tuple(proof), signed.note.data(), rows[0].entry)
