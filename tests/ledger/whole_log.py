"""Ends every test of the log: the whole log is looked over, entry by entry."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select

from evidence.frame import unpack
from evidence.tree import leaf_hash, root_of
from ledger.recorder import ReliefApplicationRecorder
from ledger.tables import commands, entries, heads


def assert_whole(recorder: ReliefApplicationRecorder) -> int:
    """Positions, family positions and stream versions gapless; frames agree with the columns;
    time never falls; commands cover entries; heads are the last; the tree is the entries'.
    Returns how many entries."""
    families: dict[int, int] = defaultdict(int)
    streams: dict[UUID, int] = defaultdict(int)
    before = position = 0
    with recorder.reading() as conn:
        rows = conn.execute(select(entries).order_by(entries.c.position)).all()
        covered = conn.execute(select(commands.c.first_position, commands.c.last_position)).all()
        last = {row.family_id: row.position for row in conn.execute(select(heads))}
    for row in rows:
        position += 1
        frame = unpack(bytes(row.entry))
        assert row.position == position
        families[frame.family_id] += 1
        streams[frame.stream_id] += 1
        assert frame.family_position == families[frame.family_id]
        assert frame.stream_version == row.stream_version == streams[frame.stream_id]
        assert frame.stream_id.bytes == bytes(row.stream_id)
        assert frame.recorded_at == row.recorded_at >= before
        before = row.recorded_at
    spans = sorted(tuple(span) for span in covered)
    assert all(first <= end for first, end in spans)
    assert all(a[1] < b[0] for a, b in pairwise(spans))
    assert last.pop(-1, 0) == position
    assert last == dict(families)
    leaves = [leaf_hash(bytes(row.entry)) for row in rows]
    assert (position, recorder.tree.root(position)) == root_of(leaves)
    return position
