"""Ends every test on Kafka: index and topics are looked over, and hold the same bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from evidence.frame import unpack
from ledger.clock import FixedClock
from ledger.database import open_sqlite
from ledger.framing import SchemaFramer
from ledger.kafka.client import KafkaPythonReader
from ledger.kafka.records import Recording
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.values import values_of
from ledger.tables import entries
from schemas.catalog import catalog
from tests.ledger.kafka.worlds import KafkaWorld, open_recorder
from tests.ledger.whole_log import assert_whole


@contextmanager
def ending_whole(world: KafkaWorld, settings: KafkaSettings) -> Iterator[KafkaWorld]:
    """The world of one test; when the test has passed, everything that it wrote is looked over."""
    yield world
    world.close()
    assert_whole_on_kafka(settings, world.folder)


def entries_on_kafka(settings: KafkaSettings) -> dict[str, list[bytes]]:
    """Topic → the entries that a read_committed reader gets, each checked against its headers."""
    reader = KafkaPythonReader(settings)
    recording = Recording(settings, SchemaFramer(catalog()), values_of(settings))
    topics = [settings.ledger_topic, *settings.family_topics.values()]
    found: dict[str, list[bytes]] = {}
    try:
        for topic, ends in reader.ends(topics).items():
            items = [
                recording.entry(topic, record)
                for batch in reader.read(topic, ends.first, ends.stable)
                for record in batch
            ]
            if topic == settings.ledger_topic:
                assert [i.position for i in items] == list(range(1, len(items) + 1))
            found[topic] = [i.entry for i in items]
    finally:
        reader.close()
    return found


def assert_whole_on_kafka(
    settings: KafkaSettings, folder: Path, index: str = "ledger.sqlite"
) -> int:
    """The index is whole; the ledger's topic holds the same entries; so does each family's topic;
    an index that is made from Kafka alone is the same. Returns how many entries."""
    held = _indexed(settings, folder / index)
    assert _indexed(settings, folder / "made-anew.sqlite") == held
    found = entries_on_kafka(settings)
    assert found.pop(settings.ledger_topic) == held
    families: dict[str, list[bytes]] = defaultdict(list)
    for entry in held:
        families[settings.family_topics[unpack(entry).family_id]].append(entry)
    assert {t: e for t, e in found.items() if e} == families
    return len(held)


def _indexed(settings: KafkaSettings, path: Path) -> list[bytes]:
    """Brings an index up to Kafka as a reader; it must be whole then."""
    engine = open_sqlite(path)
    recorder = open_recorder(engine, settings, FixedClock())
    recorder.follow()
    assert_whole(recorder)
    with recorder.reading() as conn:
        rows = conn.execute(select(entries.c.entry).order_by(entries.c.position))
        held = [bytes(raw) for (raw,) in rows]
    recorder.close()
    engine.dispose()
    return held
