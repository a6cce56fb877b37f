"""A database made from the entries' bytes alone is the one that the appends made."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table

from domain.events import UNBORN, HouseholdFormed
from evidence.frame import FRAME_LENGTH, pack
from ledger.clock import FixedClock
from ledger.codec import EventCodec
from ledger.database import open_database, reading, writing
from ledger.errors import HeadMoved, UnknownTopic
from ledger.framing import NeutralFramer, SchemaFramer
from ledger.ids import new_id
from ledger.indexes import index_metadata
from ledger.labels import UNLABELED, Label, begins_with_meta, label_of
from ledger.lookups import EventLookUps
from ledger.recorder import ReliefApplicationRecorder
from ledger.stamps import receipts_of
from ledger.tables import metadata
from schemas.catalog import catalog
from tests.ledger.conftest import DAY, World
from tests.ledger.whole_log import assert_whole
from tests.places import Place, Places


def fresh(place: Place) -> ReliefApplicationRecorder:
    recorder = ReliefApplicationRecorder(
        open_database(place),
        framer=SchemaFramer(catalog()),
        clock=FixedClock(),
        look_ups=EventLookUps(EventCodec()),
    )
    recorder.create_tables()
    return recorder


@pytest.fixture
def other(places: Places) -> Iterator[ReliefApplicationRecorder]:
    found = fresh(places("other"))
    yield found
    found.engine.dispose()


def a_little_of_everything(world: World) -> list[bytes]:
    """A ledger with names, covered persons, an annulment; its entries."""
    for n in range(3):
        person = world.person()
        household = world.household(person, f"household-{n}")
        receipt = world.ledger.decide(world.enroll(household, person))
        if n == 1:
            actor = world.enroll(household, person).actor
            world.ledger.annul(receipt.event_ids[0], "wrong", on=DAY, actor=actor, source="bureau")
        elif n == 2:
            world.ledger.decide(world.exit(household))
    return [row.entry for row in world.recorder.read_entries(0, 1000)]


def rows_of(recorder: ReliefApplicationRecorder) -> dict[str, list[Any]]:
    tables: list[Table] = [*metadata.sorted_tables, *index_metadata.sorted_tables]
    with reading(recorder.engine) as conn:
        return {t.name: sorted(tuple(r) for r in conn.execute(t.select())) for t in tables}


def apply(recorder: ReliefApplicationRecorder, after: int, framed: list[bytes]) -> range:
    with writing(recorder.engine) as conn:
        return recorder.applying.apply_after(conn, after, framed)


@pytest.mark.parametrize("seed", range(4))
def test_from_the_bytes_alone_every_table_comes_out_the_same(
    world: World, other: ReliefApplicationRecorder, seed: int
) -> None:
    framed, at, cut = a_little_of_everything(world), 0, random.Random(seed)
    while at < len(framed):
        part = framed[at : at + cut.randint(1, 4)]  # commands are cut in two as well
        assert apply(other, at, part) == range(at + 1, at + len(part) + 1)
        at += len(part)
    assert rows_of(other) == rows_of(world.recorder)
    assert any(rows_of(other)["idx_annulments"])
    assert_whole(other)


def test_entries_are_applied_where_the_caller_thinks_they_belong_or_not_at_all(
    world: World, other: ReliefApplicationRecorder
) -> None:
    framed = a_little_of_everything(world)
    apply(other, 0, framed[:5])
    with pytest.raises(HeadMoved):
        apply(other, 0, framed[:5])
    with pytest.raises(HeadMoved):
        apply(other, 6, framed[6:8])
    assert assert_whole(other) == 5


def test_entries_that_do_not_follow_are_not_applied(
    world: World, other: ReliefApplicationRecorder
) -> None:
    framed = a_little_of_everything(world)
    apply(other, 0, framed[:5])
    with pytest.raises(IntegrityError, match="follow"):
        apply(other, 5, framed[6:8])
    with pytest.raises(IntegrityError):
        apply(other, 5, [framed[5], framed[5]])
    with pytest.raises(ValueError, match="75"):
        apply(other, 5, [framed[5][:70]])
    with pytest.raises(UnknownTopic):
        apply(other, 5, [framed[5][:1] + b"\x99" * 32 + framed[5][33:]])
    assert assert_whole(other) == 5


def test_a_body_of_another_stream_than_its_frame_is_not_applied(
    world: World, other: ReliefApplicationRecorder
) -> None:
    framed = a_little_of_everything(world)
    first = framed[0]
    with pytest.raises(ValueError, match="two streams"):
        apply(other, 0, [first[:43] + bytes(16) + first[59:]])
    assert assert_whole(other) == 0


def test_every_released_schema_begins_with_the_ids_of_meta() -> None:
    assert [v.topic for v in catalog().versions if not begins_with_meta(v.parsed)] == []
    first, *rest = catalog().versions[0].parsed["fields"]
    assert not begins_with_meta({"fields": [*rest, first]})
    turned = {**first["type"], "fields": first["type"]["fields"][::-1]}
    assert not begins_with_meta({"fields": [{"name": "meta", "type": turned}]})


@pytest.mark.parametrize("version", [1, 63, 64, 8191, 8192, 2**40])
def test_the_label_is_found_behind_a_version_of_any_length(world: World, version: int) -> None:
    stream, codec = new_id(), EventCodec()
    meta = replace(
        UNBORN,
        event_id=new_id(),
        stream_id=stream,
        stream_version=version,
        command_id=b"c" * 16,
        content_digest=b"d" * 16,
        occurred_on=DAY,
    )
    event = HouseholdFormed(meta=meta, head_id=new_id(), town="330681001")
    state = codec.encode(event)
    schema_hash, body = SchemaFramer(catalog()).body(event.topic, state, UNLABELED)
    entry = pack(schema_hash, 1, 1, stream, version, 1) + body
    assert label_of(entry) == Label(meta.event_id.bytes, b"c" * 16, b"d" * 16)
    for end in range(FRAME_LENGTH, FRAME_LENGTH + 60):
        with pytest.raises(ValueError, match="short"):
            label_of(entry[:end])


@given(
    topic=st.text(max_size=20),
    state=st.binary(max_size=50),
    command=st.none() | st.binary(min_size=16, max_size=16),
)
def test_a_neutral_entry_says_all_that_it_was_given(
    topic: str, state: bytes, command: bytes | None
) -> None:
    framer = NeutralFramer()
    label = UNLABELED if command is None else Label(None, command, command[::-1])
    schema_hash, body = framer.body(topic, state, label)
    entry = pack(schema_hash, 0, 1, new_id(), 0, 1) + body
    assert (framer.topic(entry), framer.state(entry)) == (topic, state)
    assert framer.label(entry) == label


def test_receipts_are_the_runs_of_one_commands_entries() -> None:
    a, b = Label(None, b"a", b"1"), Label(None, b"b", b"2")
    found = receipts_of([UNLABELED, a, a, b, UNLABELED, a], 10)
    spans = [(r.command_id, r.first_position, r.last_position) for r in found]
    assert spans == [(b"a", 11, 12), (b"b", 13, 13), (b"a", 15, 15)]
