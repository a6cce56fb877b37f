"""Receipts (c2sp.org/tlog-proof): that an entry stands in the ledger, for whoever holds this one text.

c2sp.org/tlog-proof@v1
extra <base64>           here: the entry itself, so that its leaf can be computed
index <number>           position − 1
<base64> …               the inclusion proof, a hash a line, from the leaf up

<checkpoint>             the signed note, word for word
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evidence.checkpoints import SignedCheckpoint, decimal, open_checkpoint
from evidence.errors import Malformed, NotProved
from evidence.notes import VerifierKey, base64, unbase64
from evidence.tree import HASH_LENGTH, leaf_hash, verify_inclusion

RECEIPT_HEAD: Final = b"c2sp.org/tlog-proof@v1"
RECEIPT_MAX: Final = 2_000_000
_HEAD: Final = RECEIPT_HEAD.decode()
_PROOF_MAX: Final = 63


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the text says; `verify` tells whether it is so."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    entry: bytes | None = None

    def text(self) -> bytes:
        """The receipt's bytes."""
        extra = [f"extra {base64(self.entry)}"] if self.entry is not None else []
        lines = [_HEAD, *extra, f"index {self.index}", *map(base64, self.proof), ""]
        return "".join(f"{line}\n" for line in lines).encode() + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> Receipt:
        """From its text. Malformed otherwise; the checkpoint is not opened yet."""
        if len(data) > RECEIPT_MAX:
            raise _malformed("过长", "too long")
        head, empty, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise _malformed("含非 ASCII 字符", "not ASCII") from None
        extra = unbase64(lines.pop(1)[6:]) if lines[1:] and lines[1].startswith("extra ") else None
        if not empty or len(lines) < 2 or lines[0] != _HEAD or not lines[1].startswith("index "):
            raise _malformed("开头不对", "does not begin as one")
        proof = tuple(map(unbase64, lines[2:]))
        if len(proof) > _PROOF_MAX or any(len(h) != HASH_LENGTH for h in proof):
            raise _malformed("证明的哈希不对", "a hash of the proof is wrong, or too many")
        return cls(decimal(lines[1][6:]), proof, checkpoint, extra)

    def verify(
        self,
        ledger: VerifierKey,
        witnesses: Sequence[VerifierKey] = (),
        entry: bytes | None = None,
    ) -> SignedCheckpoint:
        """The checkpoint under which the entry (its own, unless one is handed in) is proved to stand.

        Raises NotProved where the checkpoint is not the ledger's or the proof does not hold; Malformed.
        """
        signed = open_checkpoint(self.checkpoint, ledger, witnesses)
        entry = self.entry if entry is None else entry
        if entry is None:
            raise _malformed("没有条目", "it has no entry, and none was handed in")
        tree = signed.checkpoint
        if not verify_inclusion(
            leaf_hash(entry), self.index, tree.size, list(self.proof), tree.root
        ):
            raise NotProved(
                f"证明不成立:检查点之下第 {self.index + 1} 条不是这一条目",
                f"the proof does not hold: under the checkpoint, entry {self.index + 1} is another",
            )
        return signed


def _malformed(zh: str, en: str) -> Malformed:
    return Malformed(f"收据格式不对:{zh}", f"not a receipt: {en}")
