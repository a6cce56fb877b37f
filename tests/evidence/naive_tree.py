"""RFC 6962, section 2.1, written down as it is defined: slow, recursive, over whole lists."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from evidence.tree import HASH_LENGTH, Tile, append, leaf_hash


def root(entries: Sequence[bytes]) -> bytes:
    """MTH(D[n])."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = _below(len(entries))
    return sha256(b"\x01" + root(entries[:k]) + root(entries[k:])).digest()


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n])."""
    if len(entries) == 1:
        return []
    k = _below(len(entries))
    if m < k:
        return [*path(m, entries[:k]), root(entries[k:])]
    return [*path(m - k, entries[k:]), root(entries[:k])]


def proof(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D[n])."""
    return _subproof(m, entries, True) if m else []


def _subproof(m: int, entries: Sequence[bytes], known: bool) -> list[bytes]:
    if m == len(entries):
        return [] if known else [root(entries)]
    k = _below(len(entries))
    if m <= k:
        return [*_subproof(m, entries[:k], known), root(entries[k:])]
    return [*_subproof(m - k, entries[k:], False), root(entries[:k])]


def _below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


class TilesInMemory:
    """A store of tiles: one row each, replaced when it grows. Counts its reads."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], bytes] = {}
        self.size = 0
        self.reads = 0

    def read(self, level: int, index: int, width: int) -> bytes:
        """As the port says."""
        self.reads += 1
        return self.rows.get((level, index), b"")

    def add(self, entries: Sequence[bytes]) -> list[Tile]:
        """One append."""
        changed = append(self, self.size, b"".join(leaf_hash(e) for e in entries))
        for tile in changed:
            held = self.rows.get((tile.level, tile.index), b"")
            assert tile.hashes.startswith(held), "a tile only grows at its end"
            assert HASH_LENGTH <= len(tile.hashes) <= 256 * HASH_LENGTH
            self.rows[tile.level, tile.index] = tile.hashes
        self.size += len(entries)
        return changed
