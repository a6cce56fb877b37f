"""Checkpoints (c2sp.org/tlog-checkpoint): origin, size and root of the tree, signed by the ledger.

example.org/relief          origin: the ledger's name, and its key's
20852163                    size: how many entries
CsUYapGGPo4dkMgIAUqom/…=    root, base64

— example.org/relief …      the ledger's signature, then the witnesses' (c2sp.org/tlog-cosignature)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evidence.errors import EvidenceError, Malformed, NotProved
from evidence.notes import (
    COSIGNATURE,
    ED25519,
    Note,
    SigningKey,
    VerifierKey,
    base64,
    parse_note,
    parse_signature,
    unbase64,
)
from evidence.tree import EMPTY_ROOT, HASH_LENGTH, SIZE_MAX


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> bytes:
        """The note's text."""
        lines = (self.origin, str(self.size), base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines).encode()

    @classmethod
    def parse(cls, text: bytes) -> Checkpoint:
        """From a note's text. Malformed otherwise."""
        try:
            lines = text.decode().split("\n")
        except UnicodeDecodeError:
            raise _malformed("不是 UTF-8", "not UTF-8") from None
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise _malformed("应有三行以上,没有空行", "three lines or more, none empty")
        size, root = decimal(lines[1]), unbase64(lines[2])
        if len(root) != HASH_LENGTH or (size == 0 and root != EMPTY_ROOT):
            raise _malformed("树根不对", "the root is no hash of a tree")
        return cls(lines[0], size, root, tuple(lines[3:-1]))


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A known witness saw this tree as the largest of its ledger, at a time (seconds since 1970)."""

    witness: VerifierKey
    seconds: int


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint that the ledger's key signed; `note` keeps every signature line it came with."""

    checkpoint: Checkpoint
    note: Note
    cosignatures: tuple[Cosignature, ...] = ()


def sign(checkpoint: Checkpoint, key: SigningKey) -> bytes:
    """The signed note. The key's name must be the origin."""
    if key.kind != ED25519 or key.name != checkpoint.origin:
        raise ValueError("a checkpoint is signed by the key of its origin")
    text = checkpoint.text()
    if Checkpoint.parse(text) != checkpoint:
        raise ValueError("the checkpoint would not read back as it is")
    return Note(text, (key.sign(text),)).data()


def open_checkpoint(
    data: bytes, ledger: VerifierKey, witnesses: Sequence[VerifierKey] = ()
) -> SignedCheckpoint:
    """Reads a checkpoint of this ledger.

    Malformed, or NotProved where it is another ledger's, is not signed by `ledger`, or a signature of
    `ledger` or of one of the witnesses is wrong. Unknown signatures are ignored and kept.
    """
    note = parse_note(data)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != ledger.name:
        raise NotProved(
            f"这是 {checkpoint.origin} 的检查点,不是 {ledger.name} 的",
            f"this is a checkpoint of {checkpoint.origin}, not of {ledger.name}",
        )
    signers = note.signers([ledger, *witnesses])
    if ledger.kind != ED25519 or ledger not in signers:
        raise NotProved(f"没有 {ledger.name} 的签名", f"{ledger.name} has not signed it")
    seen = (
        Cosignature(key, int.from_bytes(signature.signature[:8]))
        for key, signature in signers.items()
        if key.kind == COSIGNATURE
    )
    return SignedCheckpoint(checkpoint, note, tuple(seen))


def cosign(signed: SignedCheckpoint, witness: SigningKey, seconds: int) -> str:
    """A witness's signature line; the caller has checked that this tree extends the last one it saw."""
    return witness.sign(signed.checkpoint.text(), seconds).line()


def with_cosignatures(
    signed: SignedCheckpoint, lines: Iterable[str], witnesses: Sequence[VerifierKey]
) -> bytes:
    """The note with those of a witness's answer lines that known witnesses really signed.

    Lines of unknown keys, wrong and malformed ones are left out: an answer must not spoil a checkpoint.
    """
    kept = list(signed.note.signatures)
    for line in lines:
        try:
            signature = parse_signature(line.rstrip("\n"))
            new = Note(signed.note.text, (signature,)).signers(witnesses)
        except EvidenceError:
            continue
        if any(key.kind == COSIGNATURE for key in new) and signature not in kept:
            kept.append(signature)
    return Note(signed.note.text, tuple(kept)).data()


def decimal(text: str) -> int:
    """A number from 0 to 2^63 − 1 without leading zeros. Malformed otherwise."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19) or str(int(text)) != text:
        raise _malformed("数字不对", "not a number as it is written there")
    if (number := int(text)) > SIZE_MAX:
        raise _malformed("数字过大", "the number is too large")
    return number


def _malformed(zh: str, en: str) -> Malformed:
    return Malformed(f"检查点格式不对:{zh}", f"not a checkpoint: {en}")
