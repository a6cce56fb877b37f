"""The Merkle tree of RFC 6962 over hash tiles: roots and proofs at any size, from O(log n) tile reads.

    leaf = SHA-256(0x00 ‖ entry)    node = SHA-256(0x01 ‖ left ‖ right)    empty tree = SHA-256("")

A tile (c2sp.org/tlog-tiles) is eight levels of the tree, kept as its lowest row of up to 256 hashes.
Hash i of tile n at level l covers the entries [(256·n + i)·256^l, (256·n + i + 1)·256^l), so a tile
only ever grows at its end: an earlier tree's tile is the first part of today's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, Protocol

from evidence.errors import TileDamaged

HASH_LENGTH: Final = 32
TILE_WIDTH: Final = 256
TILE_BYTES: Final = TILE_WIDTH * HASH_LENGTH
SIZE_MAX: Final = 2**63 - 1
EMPTY_ROOT: Final = sha256(b"").digest()
_CACHED_TILES: Final = 512  # 16 KB each


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile as it is stored: 1 to 256 hashes, one after the other."""

    level: int
    index: int
    hashes: bytes


class TileReader(Protocol):
    """Where tiles are stored."""

    def read(self, level: int, index: int, width: int) -> bytes:
        """The first `width` (1–256) hashes of a tile; what it has beyond them may follow.

        Safe to repeat. Fewer bytes, or none, say that the tile is not there: the tree then raises
        TileDamaged, and the caller stops and rebuilds the tiles from the entries.
        """
        ...


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def parents(row: bytes) -> bytes:
    """The nodes above a row of hashes, pair by pair; an odd last hash has none."""
    paired = len(row) & -64
    return b"".join([sha256(b"\x01" + row[i : i + 64]).digest() for i in range(0, paired, 64)])


def tile_root(hashes: bytes) -> bytes:
    """The node above a full tile."""
    while len(hashes) > HASH_LENGTH:
        hashes = parents(hashes)
    return hashes


def append(tiles: TileReader, size: int, leaves: bytes) -> list[Tile]:
    """The tiles that are new or longer once `leaves` (leaf hashes, joined) follow a tree of `size`.

    Nothing is written here: the caller upserts all of them by (level, index) in the transaction that
    stores the entries. A tile comes whole, so writing it twice does no harm.
    """
    changed: list[Tile] = []
    level, added = 0, leaves
    while added:
        index, width = divmod(size >> 8 * level, TILE_WIDTH)
        row = (_prefix(tiles, level, index, width) if width else b"") + added
        cut = [row[i : i + TILE_BYTES] for i in range(0, len(row), TILE_BYTES)]
        changed += [Tile(level, index + i, hashes) for i, hashes in enumerate(cut)]
        added = b"".join([tile_root(hashes) for hashes in cut if len(hashes) == TILE_BYTES])
        level += 1
    return changed


class Tree:
    """Roots and proofs at every size that the stored tiles reach. Tiles once folded are kept."""

    def __init__(self, tiles: TileReader) -> None:
        self._tiles = tiles
        # A prefix of a tile never changes, so what is folded stays right while the log grows.
        self._rows = lru_cache(_CACHED_TILES)(self._fold)

    def root(self, size: int) -> bytes:
        """The root over the first `size` entries."""
        _must(0 <= size <= SIZE_MAX, f"0 ≤ {size} < 2^63")
        return self._over(0, size, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """Proof that entry `index` (position − 1) is in the tree of `size`, from the leaf up."""
        _must(0 <= index < size <= SIZE_MAX, f"0 ≤ {index} < {size} < 2^63")
        proof = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                proof.append(self._over(middle, end, size))
                end = middle
            else:
                proof.append(self._over(start, middle, size))
                start = middle
        return proof[::-1]

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """Proof that the tree of `new` extends the tree of `old`; empty from 0 and to itself."""
        _must(0 <= old <= new <= SIZE_MAX, f"0 ≤ {old} ≤ {new} < 2^63")
        proof: list[bytes] = []
        if old == 0:
            return proof
        start, end = 0, new
        while old != end:
            middle = start + _split(end - start)
            if old <= middle:
                proof.append(self._over(middle, end, new))
                end = middle
            else:
                proof.append(self._over(start, middle, new))
                start = middle
        # `start` is above 0 unless the old tree is a whole subtree whose root the verifier knows.
        return ([self._over(start, end, new)] if start else []) + proof[::-1]

    def _over(self, start: int, end: int, size: int) -> bytes:
        """The node over [start, end): whole subtrees from the left, joined from the right."""
        nodes = []
        while start < end:
            span = _split(end - start + 1)  # the largest power of two that fits
            nodes.append(self._whole(start, span.bit_length() - 1, size))
            start += span
        right = nodes.pop()
        while nodes:
            right = node_hash(nodes.pop(), right)
        return right

    def _whole(self, start: int, height: int, size: int) -> bytes:
        """The node over the 2^height entries from `start`, which is a multiple of that."""
        level, rows_up = divmod(height, 8)
        index, offset = divmod(start >> 8 * level, TILE_WIDTH)
        width = min(TILE_WIDTH, (size >> 8 * level) - TILE_WIDTH * index)
        at = (offset >> rows_up) * HASH_LENGTH
        return self._rows(level, index, width)[rows_up][at : at + HASH_LENGTH]

    def _fold(self, level: int, index: int, width: int) -> list[bytes]:
        rows = [_prefix(self._tiles, level, index, width)]
        while len(rows[-1]) >= 2 * HASH_LENGTH:
            rows.append(parents(rows[-1]))
        return rows


def root_of(leaves: Iterable[bytes], earlier: dict[int, bytes] | None = None) -> tuple[int, bytes]:
    """Size and root of a stream of leaf hashes; keeps one hash a level.

    The sizes that are keys of `earlier` get their roots as values, if the stream reaches them.
    """
    size, spine, earlier = 0, list[bytes](), {} if earlier is None else earlier
    for size, node in enumerate(leaves, 1):
        height = size
        while not height & 1:  # as many whole subtrees end here as the size has trailing zero bits
            node = node_hash(spine.pop(), node)
            height >>= 1
        spine.append(node)
        if size in earlier:
            earlier[size] = _joined(spine[:])
    return size, _joined(spine) if spine else EMPTY_ROOT


def verify_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """Whether `proof` shows that `leaf` stands at `index` in the tree of `size` with this root.

    False, never an exception, for whatever is forged. RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size <= SIZE_MAX or not _hashes([leaf, root, *proof]):
        return False
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]
) -> bool:
    """Whether `proof` shows that the tree of `new` extends that of `old`. RFC 9162, 2.1.4.2.

    False, never an exception, for whatever is forged. The empty tree is extended by every tree.
    """
    if not 0 <= old <= new <= SIZE_MAX or not _hashes([old_root, new_root, *proof]):
        return False
    if old == 0 and old_root != EMPTY_ROOT:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof
    # An old tree that is one whole subtree starts the path itself and is left out of the proof.
    path = [old_root, *proof] if old & (old - 1) == 0 else proof
    return len(path) > 0 and _climb(old, new, path) == (old_root, new_root)


def _climb(old: int, new: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            old_node = node_hash(sibling, old_node)
            new_node = node_hash(sibling, new_node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new_node = node_hash(new_node, sibling)
        at, last = at >> 1, last >> 1
    return (old_node, new_node) if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _joined(spine: list[bytes]) -> bytes:
    right = spine.pop()
    while spine:
        right = node_hash(spine.pop(), right)
    return right


def _prefix(tiles: TileReader, level: int, index: int, width: int) -> bytes:
    wanted = width * HASH_LENGTH
    found = tiles.read(level, index, width)
    if len(found) < wanted:
        raise TileDamaged(
            f"第 {level} 层第 {index} 块应有 {width} 个哈希,只有 {len(found) // HASH_LENGTH} 个",
            f"tile {index} of level {level} must have {width} hashes, not {len(found) // HASH_LENGTH}",
        )
    return found[:wanted]


def _hashes(claimed: list[bytes]) -> bool:
    return all(isinstance(h, bytes) and len(h) == HASH_LENGTH for h in claimed)


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"out of range: {what} does not hold")
