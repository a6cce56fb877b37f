"""What a stranger puts on a ledger's topics, on a real broker: parked, passed over, or named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from consumers.dead_letters import letters
from consumers.errors import GapFound
from consumers.projector import Projector
from consumers.sql_sink import SqlSink
from consumers.subscribing import subscribe
from evidence.frame import FRAME_LENGTH
from ledger.kafka.errors import ForeignRecord
from ledger.kafka.records import FRAME, LEAF, Outgoing, leaf
from ledger.kafka.settings import KafkaSettings
from projections.database import open_database as open_views
from tests.consumers.deciding import all_of, enrolled
from tests.consumers.strangers import Headers, put, put_again, record_of
from tests.ledger.kafka.worlds import KafkaWorld, new_kafka_world


@dataclass
class Open:
    """A ledger with one enrollment, whose topics a stranger may write to."""

    world: KafkaWorld
    kafka: KafkaSettings

    @property
    def topic(self) -> str:
        return self.kafka.family_topic("enrollment")

    def last(self) -> Outgoing:
        return record_of(self.world, self.world.recorder.head().position)

    def delivered(self) -> list[int]:
        got = all_of(subscribe(self.topic, self.kafka, group="g", until_end=True))
        return [m.family_position for m in got]

    def reasons(self) -> list[str]:
        return [one.message for one in letters(self.kafka, self.topic, "g")]


@pytest.fixture
def open_(tmp_path: Path, kafka: KafkaSettings) -> Iterator[Open]:
    world = new_kafka_world(tmp_path, kafka)
    enrolled(world, 1)
    yield Open(world, kafka)
    world.close()


def test_what_is_no_event_is_parked_with_its_reason_and_the_stream_goes_on(open_: Open) -> None:
    at = put(open_.kafka, open_.topic, b"\x00not avro")
    enrolled(open_.world, 1)
    assert open_.delivered() == [1, 2]
    (letter,) = letters(open_.kafka, open_.topic, "g")
    assert (letter.topic, letter.offset, letter.value) == (open_.topic, at, b"\x00not avro")
    assert letter.error == "Foreign"
    assert "relief_frame is missing" in letter.message


HUGE = b"9" * 5000
ODD: dict[str, tuple[Headers, str]] = {
    "null source": ([("ce_source", None)], "relief_frame"),
    "null frame": ([("relief_frame", None)], "relief_frame"),
    "null leaf": ([("relief_leaf", None)], "relief_frame"),
    "5000 digits in a source": ([("ce_source", b"urn:relief:x:" + HUGE)], "relief_frame"),
    "5000 digits": ([("ce_familyposition", HUGE)], "relief_frame"),
    "a short frame": ([("relief_frame", b"\x01" * 9)], "75"),
}


@pytest.mark.parametrize(("headers", "reason"), ODD.values(), ids=ODD.keys())
def test_odd_headers_of_a_stranger_are_parked(open_: Open, headers: Headers, reason: str) -> None:
    put(open_.kafka, open_.topic, b"\xc3\x01" + bytes(8), headers)
    enrolled(open_.world, 1)
    assert open_.delivered() == [1, 2]
    assert [reason in told for told in open_.reasons()] == [True]
    assert open_.delivered() == []


CHANGED = ("ce_source", FRAME, LEAF, "ce_familyposition", "ce_position")


@pytest.mark.parametrize("value", [None, HUGE], ids=["null", "5000 digits"])
@pytest.mark.parametrize("name", CHANGED)
def test_a_record_of_ours_with_one_header_spoiled_is_parked(
    open_: Open, name: str, value: bytes | None
) -> None:
    put_again(open_.kafka, open_.last(), **{name: value})
    enrolled(open_.world, 1)
    assert open_.delivered() == [1, 2]
    assert len(open_.reasons()) == 1


@pytest.mark.parametrize(
    ("value", "reason"),
    [(None, "no value"), (b"", "(none)"), (b"\x07abc", "07"), (b"\xc3\x01" + bytes(9), "leaf")],
)
def test_a_record_of_ours_with_a_spoiled_value_is_parked(
    open_: Open, value: bytes | None, reason: str
) -> None:
    record = open_.last()
    put(open_.kafka, open_.topic, value, record.headers, record.key)
    assert open_.delivered() == [1]
    assert [reason in told for told in open_.reasons()] == [True]


def test_the_family_position_of_a_stranger_is_not_believed(open_: Open) -> None:
    put(open_.kafka, open_.topic, b"x", [("ce_familyposition", b"2")])
    put(open_.kafka, open_.topic, b"x", [("ce_familyposition", b"700")])
    enrolled(open_.world, 1)
    assert open_.delivered() == [1, 2]
    assert len(open_.reasons()) == 2


def test_a_record_of_another_family_is_parked(open_: Open) -> None:
    person = open_.world.person()
    registered = record_of(open_.world, open_.world.recorder.head().position)
    put(open_.kafka, open_.topic, registered.value, registered.headers, registered.key)
    assert person
    assert open_.delivered() == [1]
    assert ["family 1, which is not this topic's" in told for told in open_.reasons()] == [True]


def newer(record: Outgoing, family_position: int) -> Outgoing:
    """A record as a newer program writes it: all right, and of a schema unknown here."""
    frame = bytearray(dict(record.headers)[FRAME])
    frame[1:33] = bytes(32)
    frame[35:43] = family_position.to_bytes(8)
    assert len(frame) == FRAME_LENGTH
    value = b"\xc3\x01" + bytes(8) + record.value[10:]
    said = {
        FRAME: bytes(frame),
        LEAF: leaf(bytes(frame) + value[10:]),
        "ce_familyposition": b"%d" % family_position,
    }
    headers = [(name, said.get(name, raw)) for name, raw in record.headers]
    return record._replace(value=value, headers=headers)


def test_a_schema_that_is_unknown_here_is_parked_and_holds_its_place(open_: Open) -> None:
    first = open_.last()
    assert open_.delivered() == [1]
    put_again(open_.kafka, newer(first, 2))
    put_again(open_.kafka, newer(first, 3))
    assert open_.delivered() == []
    assert ["schema" in told for told in open_.reasons()] == [True, True]
    # What follows them is no gap: the third enrollment of a writer that knew the schema.
    put_again(open_.kafka, newer(first, 4))
    assert open_.delivered() == []
    put_again(open_.kafka, newer(first, 6))
    with pytest.raises(GapFound, match="message 5 is missing"):
        open_.delivered()


def test_a_repeat_is_passed_over_and_is_no_gap(open_: Open) -> None:
    first = open_.last()
    put_again(open_.kafka, first)
    enrolled(open_.world, 1)
    put_again(open_.kafka, first)
    with subscribe(open_.topic, open_.kafka, group="g", until_end=True) as messages:
        assert [m.family_position for m in messages] == [1, 2]
        assert messages.sequence.repeated == 2
    assert open_.reasons() == []
    # The next run begins after them, and still tells a repeat.
    put_again(open_.kafka, first)
    enrolled(open_.world, 1)
    assert open_.delivered() == [3]


def test_a_gap_stops_the_reader_and_names_what_is_missing(
    open_: Open, tmp_path: Path, bootstrap: str
) -> None:
    """The real records of one ledger, on the topic of another that lacks two of them."""
    enrolled(open_.world, 4)
    of_ours = [
        record_of(open_.world, p)
        for p in range(2, open_.world.recorder.head().position + 1)
        if record_of(open_.world, p).topic == open_.topic
    ]
    assert len(of_ours) == 5
    elsewhere = f"{open_.topic}.copy"
    create_topic(open_.kafka, elsewhere)
    settings = Renamed(open_.kafka.bootstrap, open_.kafka.namespace)
    for record in (of_ours[0], of_ours[1], of_ours[4]):
        put(open_.kafka, elsewhere, record.value, record.headers, record.key)
    for _ in range(2):  # and again after a restart: it is not passed over by trying once more
        got: list[int] = []
        with (
            subscribe(elsewhere, settings, group="g", until_end=True) as messages,
            pytest.raises(GapFound, match="messages 3 to 4 are missing") as found,
        ):
            got.extend(m.family_position for m in messages)
        assert got in ([1, 2], [])
        assert list(found.value.missing) == [3, 4]
    got = []
    with (
        subscribe(elsewhere, settings, group="h", until_end=True) as messages,
        pytest.raises(GapFound),
    ):
        got.extend(m.family_position for batch in messages.batches() for m in batch)
    assert got == [1, 2]


class Renamed(KafkaSettings):
    """As if the copy were the family's topic."""

    @property
    def family_topics(self) -> dict[int, str]:
        return {n: f"{t}.copy" for n, t in super().family_topics.items()}


def create_topic(kafka: KafkaSettings, name: str) -> None:
    from kafka.admin import NewTopic

    from ledger.kafka.client import admin_client

    admin = admin_client(kafka)
    admin.create_topics([NewTopic(name=name, num_partitions=1, replication_factor=1)])
    admin.wait_for_topics([name])
    admin.close()


def test_a_stranger_at_the_end_of_the_ledgers_topic_stops_the_projector_by_name(
    open_: Open, tmp_path: Path
) -> None:
    at = put(open_.kafka, open_.kafka.ledger_topic, b"stranger")
    engine = open_views(tmp_path / "projected.sqlite")
    projector = Projector(open_.kafka, engine)
    with pytest.raises(ForeignRecord, match=f"offset {at}") as found:
        projector.catch_up()
    assert (found.value.topic, found.value.offset) == (open_.kafka.ledger_topic, at)
    projector.close()
    engine.dispose()


def test_a_stranger_on_the_ledgers_topic_stops_its_subscribers_too(open_: Open) -> None:
    before = open_.world.recorder.head().position
    at = put(open_.kafka, open_.kafka.ledger_topic, None, [(FRAME, None)])
    got: list[int] = []
    with (
        subscribe(open_.kafka.ledger_topic, open_.kafka, group="g", until_end=True) as messages,
        pytest.raises(ForeignRecord, match=f"offset {at}"),
    ):
        got.extend(m.position for m in messages)
    assert got == list(range(1, before + 1))


def test_what_is_parked_is_not_parked_again_by_a_reader_with_its_place_in_sql(
    open_: Open, tmp_path: Path
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'sink.sqlite'}")
    sink = SqlSink(engine, "finance")
    put(open_.kafka, open_.topic, b"stranger")
    for expected in (1, 0):
        count = 0
        with subscribe(
            open_.topic, open_.kafka, group="g", places=sink, until_end=True
        ) as messages:
            for batch in messages.batches():
                with sink.batch(batch) as (_, new):
                    count += len(new)
        assert count == expected
    assert len(open_.reasons()) == 1
    engine.dispose()
