"""The tree against RFC 6962 as it is written down, and its verifiers against forgeries."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import TileDamaged
from evidence.tree import (
    EMPTY_ROOT,
    SIZE_MAX,
    Tree,
    append,
    leaf_hash,
    node_hash,
    root_of,
    tile_root,
    verify_consistency,
    verify_inclusion,
)
from tests.evidence import naive_tree
from tests.evidence.naive_tree import TilesInMemory

ENTRIES = [b"entry %d" % n for n in range(700)]
LARGE = 70_000


def stored(entries: list[bytes]) -> TilesInMemory:
    tiles = TilesInMemory()
    tiles.add(entries)
    return tiles


@pytest.fixture(scope="module")
def large() -> TilesInMemory:
    """70,000 entries: tiles on three levels."""
    tiles = TilesInMemory()
    tiles.add([b"%d" % n for n in range(LARGE)])
    return tiles


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree(TilesInMemory()).root(0) == EMPTY_ROOT == root_of([])[1]


def test_known_roots_of_certificate_transparency() -> None:
    """The test vectors that CT logs share since 2013: eight leaves and their roots."""
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    leaves.append("606162636465666768696a6b6c6d6e6f")
    entries = [bytes.fromhex(leaf) for leaf in leaves]
    tree = Tree(stored(entries))
    assert tree.root(1).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert tree.root(3).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert tree.root(8).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 255, 256, 257, 511, 512, 513, 700])
def test_roots_and_proofs_are_those_of_the_definition(size: int) -> None:
    tree, entries = Tree(stored(ENTRIES)), ENTRIES[:size]
    assert tree.root(size) == naive_tree.root(entries)
    for at in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        assert tree.inclusion_proof(at, size) == naive_tree.path(at, entries)
    for old in {0, 1, 2, 128, 256, size // 2, size - 1, size} & set(range(size + 1)):
        assert tree.consistency_proof(old, size) == naive_tree.proof(old, entries)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_any_appends_give_the_tree_of_the_definition(data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.integers(1, 300), min_size=1, max_size=6))
    tiles, entries = TilesInMemory(), ENTRIES * 3
    for part in parts:
        tiles.add(entries[tiles.size : tiles.size + part])
    old = data.draw(st.integers(0, tiles.size))
    new = data.draw(st.integers(max(old, 1), tiles.size))
    at = data.draw(st.integers(0, new - 1))
    tree = Tree(tiles)
    root, path, proof = (
        tree.root(new),
        tree.inclusion_proof(at, new),
        tree.consistency_proof(old, new),
    )
    assert root == naive_tree.root(entries[:new])
    assert path == naive_tree.path(at, entries[:new])
    assert proof == naive_tree.proof(old, entries[:new])
    assert verify_inclusion(leaf_hash(entries[at]), at, new, path, root)
    assert verify_consistency(old, new, tree.root(old), root, proof)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 65_537, LARGE])
def test_a_stream_of_leaves_has_the_root_of_the_tiles(large: TilesInMemory, size: int) -> None:
    assert root_of(leaf_hash(b"%d" % n) for n in range(size)) == (size, Tree(large).root(size))


def test_a_stream_of_leaves_tells_the_roots_of_earlier_sizes() -> None:
    earlier = dict.fromkeys((1, 5, 256, 700, 701), b"")
    root_of(map(leaf_hash, ENTRIES), earlier)
    assert earlier.pop(701) == b""
    assert earlier == {n: naive_tree.root(ENTRIES[:n]) for n in earlier}


def test_an_earlier_tree_costs_few_reads(large: TilesInMemory) -> None:
    for size in (1, 257, 65_537, 69_999):
        large.reads = 0
        tree = Tree(large)
        tree.root(size)
        tree.inclusion_proof(size // 2, size)
        tree.consistency_proof(size // 3, size)
        assert large.reads <= 12


def test_the_tiles_of_70000_entries_are_those_that_the_specification_counts(
    large: TilesInMemory,
) -> None:
    widths = [
        [len(h) // 32 for (of, _), h in sorted(large.rows.items()) if of == level]
        for level in range(3)
    ]
    assert widths == [[256] * 273 + [112], [256, 17], [1]]


def test_an_append_names_only_the_tiles_that_change() -> None:
    tiles = stored(ENTRIES[:255])
    assert [(t.level, t.index) for t in tiles.add(ENTRIES[255:256])] == [(0, 0), (1, 0)]
    assert [(t.level, t.index) for t in tiles.add(ENTRIES[256:257])] == [(0, 1)]
    assert append(tiles, tiles.size, b"") == []
    assert tiles.rows[1, 0] == tile_root(tiles.rows[0, 0])


@pytest.mark.parametrize("left", [0, 31, 32 * 99])
def test_a_short_tile_is_damage_and_not_a_wrong_root(left: int) -> None:
    tiles = stored(ENTRIES)
    tiles.rows[0, 1] = tiles.rows[0, 1][:left]
    tree = Tree(tiles)
    with pytest.raises(TileDamaged, match="tile 1 of level 0"):
        tree.inclusion_proof(300, 700)
    tiles.rows[0, 2] = b""
    with pytest.raises(TileDamaged) as refused:
        append(tiles, 700, leaf_hash(b"next"))
    assert "188" in refused.value.zh


@pytest.mark.parametrize(
    ("ask", "numbers"),
    [
        ("root", (-1,)),
        ("root", (2**63,)),
        ("inclusion_proof", (3, 3)),
        ("consistency_proof", (4, 3)),
    ],
)
def test_what_no_tree_has_is_not_asked_of_the_tiles(ask: str, numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        getattr(Tree(TilesInMemory()), ask)(*numbers)


def test_huge_trees_have_proofs_too() -> None:
    """A tree of 2^63 − 1 equal leaves: every whole subtree of one height has one hash."""
    whole = [leaf_hash(b"same")]
    for _ in range(63):
        whole.append(node_hash(whole[-1], whole[-1]))

    class Same:
        def read(self, level: int, index: int, width: int) -> bytes:
            return whole[8 * level] * width

    tree = Tree(Same())
    root = tree.root(SIZE_MAX)
    for at in (0, 1, 2**62, SIZE_MAX - 1):
        assert verify_inclusion(whole[0], at, SIZE_MAX, tree.inclusion_proof(at, SIZE_MAX), root)
    for old in (1, 2**62, 2**62 + 1, SIZE_MAX - 1, SIZE_MAX):
        proof = tree.consistency_proof(old, SIZE_MAX)
        assert verify_consistency(old, SIZE_MAX, tree.root(old), root, proof)


# Forgeries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 18))
def test_no_wrong_place_size_leaf_or_root_is_proved(size: int) -> None:
    entries = ENTRIES[:size]
    root = naive_tree.root(entries)
    for at in range(size):
        leaf, path = leaf_hash(entries[at]), naive_tree.path(at, entries)
        assert verify_inclusion(leaf, at, size, path, root)
        for wrong in {*range(-1, 20), 2**62, 2**63, 2**64} - {at}:
            assert not verify_inclusion(leaf, wrong, size, path, root)
        assert not verify_inclusion(leaf_hash(b"other"), at, size, path, root)
        assert not verify_inclusion(leaf, at, size, path, EMPTY_ROOT)
        assert not verify_inclusion(leaf, at, 0, path, root)


def test_a_proof_may_hold_for_another_size_only_if_that_tree_has_it_too() -> None:
    """A path fixes the nodes it meets, not the size: what binds the size is the signed checkpoint."""
    entries = ENTRIES[:6]
    leaf, path, root = leaf_hash(entries[0]), naive_tree.path(0, entries), naive_tree.root(entries)
    accepted = [n for n in range(1, 20) if verify_inclusion(leaf, 0, n, path, root)]
    assert accepted == [5, 6, 7, 8]


@pytest.mark.parametrize("new", range(1, 18))
def test_no_wrong_sizes_or_roots_are_consistent(new: int) -> None:
    roots = [naive_tree.root(ENTRIES[:n]) for n in range(new + 1)]
    for old in range(new + 1):
        proof = naive_tree.proof(old, ENTRIES[:new])
        assert verify_consistency(old, new, roots[old], roots[new], proof)
        assert not verify_consistency(new, old, roots[new], roots[old], proof) or old == new
        assert not verify_consistency(old, new, roots[old], leaf_hash(b"x"), proof) or old == 0
        assert not verify_consistency(old, new, leaf_hash(b"x"), roots[new], proof)
        assert not verify_consistency(old, 0, roots[old], roots[new], proof)
        for beyond in (2**63, 2**64):
            assert not verify_consistency(old, beyond, roots[old], roots[new], proof)


def test_equal_trees_need_no_proof_and_bear_none() -> None:
    root = naive_tree.root(ENTRIES[:5])
    assert verify_consistency(5, 5, root, root, [])
    assert not verify_consistency(5, 5, root, root, [root])
    assert not verify_consistency(5, 5, root, EMPTY_ROOT, [])
    assert not verify_consistency(0, 0, root, root, [])
    assert not verify_consistency(0, 5, EMPTY_ROOT, root, [root])
    assert verify_consistency(0, 5, EMPTY_ROOT, root, [])


def test_hashes_of_another_length_are_refused() -> None:
    entries = ENTRIES[:2]
    root, path = naive_tree.root(entries), naive_tree.path(0, entries)
    leaf = leaf_hash(entries[0])
    for short in (b"", path[0][:31], path[0] + b"\x00"):
        assert not verify_inclusion(leaf, 0, 2, [short], root)
        assert not verify_consistency(1, 2, leaf, root, [short])
    assert not verify_inclusion(leaf[:31], 0, 2, path, root)
    assert not verify_inclusion(b"no hash", 0, 1, [], b"no hash")
    assert not verify_consistency(5, 5, b"no hash", b"no hash", [])


def test_mutated_proofs_are_refused() -> None:
    """The short form of `python -m benchmarks.forged_proofs`."""
    from benchmarks.forged_proofs import trial

    outcome = trial(4_000, Random(20_240_607))
    assert outcome.tried == 4_000
    assert outcome.wrongly_accepted == []
    assert outcome.equal_and_accepted > 0
