"""The tree stands beside the entries, at every size that there was, however it came to be there."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import delete, update

from evidence.tree import leaf_hash, root_of, verify_consistency, verify_inclusion
from ledger.database import reading, writing
from ledger.errors import LogDamaged
from ledger.recorder import ReliefApplicationRecorder
from ledger.tables import LOG, entries, heads, tiles
from ledger.treestore import grow_whole, tree_size
from tests.ledger.test_log import open_recorder, some
from tests.ledger.whole_log import assert_whole
from tests.places import Places


@pytest.fixture
def recorder(places: Places) -> Iterator[ReliefApplicationRecorder]:
    found = open_recorder(places("log"))
    yield found
    assert_whole(found)
    found.engine.dispose()


def leaves(recorder: ReliefApplicationRecorder) -> list[bytes]:
    return [leaf_hash(row.entry) for row in recorder.read_entries(0, 10_000)]


def size_of(recorder: ReliefApplicationRecorder) -> int:
    with reading(recorder.engine) as conn:
        return tree_size(conn)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_appends_the_root_at_every_earlier_size_is_the_entries(
    recorder: ReliefApplicationRecorder, seed: int
) -> None:
    chance = random.Random(seed)
    while recorder.head().position < 1200:
        recorder.append(some(chance.choice([1, 2, 255, 256, 257, 300]), 10))
    found = leaves(recorder)
    for size in [*range(5), 255, 256, 257, 511, 512, 513, 1024, len(found)]:
        assert recorder.tree.root(size) == root_of(found[:size])[1]
    root, old = recorder.tree.root(len(found)), recorder.tree.root(300)
    inclusion = recorder.tree.inclusion_proof(299, len(found))
    assert verify_inclusion(found[299], 299, len(found), inclusion, root)
    consistency = recorder.tree.consistency_proof(300, len(found))
    assert verify_consistency(300, len(found), old, root, consistency)


def test_a_ledger_from_before_the_tree_gets_it_on_opening(places: Places) -> None:
    first = open_recorder(places("log"))
    first.append(some(700, 10))
    root = first.tree.root(700)
    with writing(first.engine) as conn:
        tiles.drop(conn)
    first.engine.dispose()
    told: list[tuple[int, int]] = []
    second = open_recorder(places("log"))
    second.create_tables(lambda done, total: told.append((done, total)))
    assert told == []  # the opening before this one has made it
    assert second.tree.root(700) == root
    assert_whole(second)
    second.engine.dispose()


@pytest.mark.parametrize("kept", [0, 256, 300, 512])
def test_tiles_that_stop_half_way_are_gone_on_with(
    recorder: ReliefApplicationRecorder, kept: int
) -> None:
    """As a crash during the upgrade, or a program without the tree, leaves them."""
    recorder.append(some(kept, 10)) if kept else None
    with reading(recorder.engine) as conn:
        before = conn.execute(tiles.select()).all()
    recorder.append(some(400, 10))
    with writing(recorder.engine) as conn:
        conn.execute(delete(tiles))
        for row in before:
            conn.execute(tiles.insert(), row._asdict())
    assert size_of(recorder) == kept
    if kept == 300:
        recorder.append(some(1))  # an append goes on as well
    else:
        told: list[tuple[int, int]] = []
        grow_whole(recorder.engine, kept + 400, lambda done, total: told.append((done, total)))
        assert told[-1] == (kept + 400, kept + 400)
    assert size_of(recorder) == recorder.head().position


def test_a_tree_that_covers_more_than_the_log_has_stops_everything(places: Places) -> None:
    recorder = open_recorder(places("log"))
    recorder.append(some(300, 10))
    with writing(recorder.engine) as conn:
        conn.execute(delete(entries).where(entries.c.position > 290))
        conn.execute(update(heads).where(heads.c.family_id == LOG).values(position=290))
        conn.execute(update(heads).where(heads.c.family_id == 0).values(position=290))
    with pytest.raises(LogDamaged, match="lost"):
        recorder.append(some(1))
    recorder.engine.dispose()


def test_entries_that_are_missing_are_not_passed_over(places: Places) -> None:
    recorder = open_recorder(places("log"))
    recorder.append(some(300, 10))
    with writing(recorder.engine) as conn:
        conn.execute(delete(tiles))
        conn.execute(delete(entries).where(entries.c.position == 17))
    with pytest.raises(LogDamaged, match="missing"):
        grow_whole(recorder.engine, 300)
    assert size_of(recorder) == 0
    recorder.engine.dispose()
