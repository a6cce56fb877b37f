"""What `evidence/` refuses, in the reader's two languages. Nothing in here raises anything else on hostile bytes.

EvidenceError (a ValueError)
├── TileDamaged      a stored tile is missing, short or long: look at the store, rebuild from the entries
├── Malformed        the bytes do not have the format they claim: refuse them
└── NotProved        no known key signed, or a known key's signature is wrong: refuse, and keep the bytes
"""

from __future__ import annotations


class EvidenceError(ValueError):
    """Base: says in Chinese and English what is wrong."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class TileDamaged(EvidenceError):
    """A tile that the tree's size requires does not have the hashes that it must have."""


class Malformed(EvidenceError):
    """The bytes are not of the format they claim to be."""


class NotProved(EvidenceError):
    """What is claimed is well formed, but its signature or proof is missing, wrong, or another ledger's."""
