"""The projector and the subscriber kit, on a real broker."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, select

from consumers.kafka_entries import KafkaEntries
from consumers.projector import Projector
from consumers.sql_sink import SqlSink, places
from consumers.subscribing import subscribe
from ledger.kafka.settings import KafkaSettings
from projections.database import open_database as open_views
from tests.consumers.deciding import all_of, enrolled
from tests.ledger.conftest import CLERK, DAY
from tests.ledger.kafka.worlds import KafkaWorld


def test_the_projector_brings_the_views_to_kafkas_end_and_goes_on_from_there(
    world: KafkaWorld, kafka: KafkaSettings, tmp_path: Path
) -> None:
    (home,) = enrolled(world, 1)
    engine = open_views(tmp_path / "projected.sqlite")
    first = Projector(kafka, engine)
    assert first.catch_up() == world.recorder.head().position
    assert first.entries.lag() == 0
    first.close()
    # What is annulled is found in its stream again, by a projector that did not read it itself.
    ids = world.recorder.event_ids(1, world.recorder.head().position)
    world.ledger.annul(ids[-1], "test", on=DAY, actor=CLERK, source="bureau")
    second = Projector(kafka, engine)
    assert second.catch_up() == world.recorder.head().position
    assert second.entries.stream(home)[-1].event.meta.stream_id == home
    second.close()
    engine.dispose()


def test_one_read_may_take_the_rest_of_one_fetch_and_the_beginning_of_the_next(
    world: KafkaWorld, kafka: KafkaSettings, tmp_path: Path
) -> None:
    enrolled(world, 1)
    engine = open_views(tmp_path / "projected.sqlite")
    entries = KafkaEntries(kafka, engine)
    assert [e.position for e in entries.read(0, 2)] == [1, 2]
    enrolled(world, 1)
    head = world.recorder.head().position
    assert [e.position for e in entries.read(2, 1000)] == list(range(3, head + 1))
    entries.close()
    engine.dispose()


def test_a_group_gets_each_event_once_in_order_and_goes_on_where_it_was(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    topic = kafka.family_topic("enrollment")
    homes = enrolled(world, 3)
    got = all_of(subscribe(topic, kafka, group="g", until_end=True))
    assert [m.event.meta.stream_id for m in got] == homes
    assert [m.family_position for m in got] == [1, 2, 3]
    more = enrolled(world, 1)
    again = all_of(subscribe(topic, kafka, group="g", until_end=True))
    assert [m.event.meta.stream_id for m in again] == more


def test_rows_and_place_are_one_transaction_and_a_message_counts_once(
    world: KafkaWorld, kafka: KafkaSettings, tmp_path: Path
) -> None:
    topic = kafka.family_topic("enrollment")
    enrolled(world, 2)
    engine = create_engine(f"sqlite:///{tmp_path / 'sink.sqlite'}")
    sink = SqlSink(engine, "finance")
    done = 0
    with subscribe(topic, kafka, group="f", places=sink, until_end=True) as messages:
        for message in messages:
            with sink.once(message) as conn:
                assert conn is not None
                done += 1
            with sink.once(message) as conn:
                assert conn is None
    assert done == 2
    assert all_of(subscribe(topic, kafka, group="f2", places=sink, until_end=True)) == []
    with engine.begin() as conn:
        assert conn.execute(select(places.c.number)).scalar_one() == 2
    engine.dispose()
