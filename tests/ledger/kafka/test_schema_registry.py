"""A ledger whose values carry a real schema registry's numbers, on a real Kafka."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastavro import parse_schema, schemaless_reader

from consumers.errors import Unreadable
from consumers.messages import MessageReader
from consumers.projector import Projector
from consumers.subscribing import subscribe
from deploy.local_registry import Registry
from evidence.frame import FRAME_LENGTH
from ledger.framing import SchemaFramer
from ledger.kafka.client import KafkaPythonReader
from ledger.kafka.errors import ForeignRecord, RegistryUnavailable, RegistryUnfit
from ledger.kafka.records import FRAME, Incoming, Recording
from ledger.kafka.registry import FULL_TRANSITIVE, ConfluentRegistry
from ledger.kafka.settings import KafkaSettings, RegistrySettings
from ledger.kafka.topics import create
from ledger.kafka.values import SINGLE_OBJECT, schema_ids, values_of
from projections.database import open_database as open_views
from schemas.catalog import catalog, parse_version
from tests.kafka_broker import fresh_settings
from tests.ledger.kafka.whole_kafka import ending_whole, entries_on_kafka
from tests.ledger.kafka.worlds import KafkaWorld, new_kafka_world, open_kafka_world
from tests.schema_registry import own_registry_or_skip, registry_or_skip

UNKNOWN = (0xFFFFFFF).to_bytes(4, "big")


@pytest.fixture
def kafka(bootstrap: str, tmp_path: Path) -> KafkaSettings:
    """Fresh topics, and the registry beside them."""
    registry = replace(registry_or_skip(), ids_file=tmp_path / "schema-ids.json")
    settings = fresh_settings(bootstrap, registry=registry)
    create(settings)
    return settings


@pytest.fixture
def world(tmp_path: Path, kafka: KafkaSettings) -> Iterator[KafkaWorld]:
    with ending_whole(new_kafka_world(tmp_path, kafka), kafka) as found:
        yield found


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that may be stopped; each test leaves it running."""
    registry = own_registry_or_skip(tmp_path_factory.mktemp("registry"))
    yield registry
    registry.stop()


def at(registry: Registry, file: Path | None = None) -> RegistrySettings:
    return RegistrySettings(registry.url, seconds=2.0, ids_file=file)


def enrolled(world: KafkaWorld) -> None:
    person = world.person()
    world.ledger.decide(world.enroll(world.household(person), person))


def records(settings: KafkaSettings) -> list[Incoming]:
    """What stands on the ledger's topic."""
    reader = KafkaPythonReader(settings)
    try:
        topic = settings.ledger_topic
        end = reader.ends([topic])[topic].stable
        return [record for batch in reader.read(topic, 0, end) for record in batch]
    finally:
        reader.close()


def recording(settings: KafkaSettings) -> Recording:
    return Recording(settings, SchemaFramer(catalog()), values_of(settings))


def without_registry(settings: KafkaSettings) -> KafkaSettings:
    return replace(settings, registry=None)


def test_whoever_has_the_registry_alone_reads_the_body_behind_the_id(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    enrolled(world)
    assert kafka.registry is not None
    registry = ConfluentRegistry(kafka.registry)
    found = records(kafka)
    assert len(found) == world.recorder.head().position
    for record in found:
        assert record.value is not None
        assert record.value[0] == 0
        raw = registry.schema(int.from_bytes(record.value[1:5], "big"))
        assert raw is not None
        headers = dict(record.headers)
        schema: Any = parse_schema(json.loads(raw))
        assert schema["name"].encode() == headers["ce_type"]
        body = io.BytesIO(record.value[5:])
        event: Any = schemaless_reader(body, schema, None)
        assert body.read() == b""
        assert str(UUID(bytes=event["meta"]["event_id"])).encode() == headers["ce_id"]
    registry.close()


def test_every_schema_is_there_under_its_record_name_and_an_incompatible_one_is_refused(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    ids = schema_ids(kafka)
    assert ids is not None
    assert ids.check() == []
    assert kafka.registry is not None
    registry = ConfluentRegistry(kafka.registry)
    topic = "relief.enrollment.Enrolled"
    assert registry.compatibility(topic) == FULL_TRANSITIVE
    schema = json.loads(catalog().latest[topic].raw)
    schema["fields"].append({"name": "added", "type": "long", "doc": "no default"})
    with pytest.raises(RegistryUnfit, match=r"refuses relief\.enrollment\.Enrolled version 2"):
        registry.register(parse_version(topic, 2, json.dumps(schema).encode()))
    registry.set_full_transitive(topic)
    registry.close()


def test_a_ledger_that_gains_a_registry_is_read_in_both_framings_and_its_root_is_the_same(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    world.close()
    plain = open_kafka_world(world.folder, without_registry(kafka), world.clock)
    enrolled(plain)
    plain.close()
    both = open_kafka_world(world.folder, kafka, world.clock)
    enrolled(both)
    head = both.recorder.head().position
    firsts = [r.value[0] for r in records(kafka) if r.value]
    assert (firsts[0], firsts[1], firsts[-1]) == (0, SINGLE_OBJECT, 0)
    read = entries_on_kafka(kafka)
    assert entries_on_kafka(without_registry(kafka)) == read
    views = open_views(world.folder / "views.sqlite")
    projector = Projector(kafka, views)
    assert projector.catch_up() == head
    projector.close()
    views.dispose()
    topic = kafka.family_topic("enrollment")
    with subscribe(topic, kafka, group="g", until_end=True) as messages:
        assert [m.entry for m in messages] == read[topic]
    # The same entries published anew, with the numbers only: same bytes, same root.
    other = replace(kafka, namespace=kafka.namespace + "x")
    create(other)
    folder = world.folder / "other"
    folder.mkdir()
    both.recorder.engine.dispose()
    shutil.copyfile(world.folder / "ledger.sqlite", folder / "ledger.sqlite")
    shutil.copyfile(world.folder / "vault.sqlite", folder / "vault.sqlite")
    shutil.copyfile(world.folder / "master.key", folder / "master.key")
    (folder / "master.key").chmod(0o600)
    published = open_kafka_world(folder, other, world.clock)
    assert published.kafka_recorder.publish() == head
    assert {r.value[0] for r in records(other) if r.value} == {0}
    assert entries_on_kafka(other)[other.ledger_topic] == read[kafka.ledger_topic]
    assert published.recorder.root(head) == both.recorder.root(head)
    published.close()
    both.close()


def hurt(record: Incoming, value: bytes | None) -> Incoming:
    return record._replace(value=value)


def test_a_value_that_cannot_be_read_is_named_and_parked_by_what_is_wrong_with_it(
    world: KafkaWorld, kafka: KafkaSettings
) -> None:
    enrolled(world)
    source, *_, record = records(kafka)
    assert record.value is not None
    assert source.value is not None
    body = record.value[5:]
    bad = {
        "the schema id 268435455 is unknown to the registry": b"\x00" + UNKNOWN + body,
        "is not that of the frame's schema": source.value[:5] + body,
        "the value begins with 7b: neither Avro": b"{" + body,
        "the value begins with nothing": b"",
        "the value begins with 0000": record.value[:2],
        "the value begins with c301": b"\xc3\x01" + bytes(8) + body,
        "the leaf's hash is not the entry's": record.value[:-1],
        "no value": None,
    }
    for told, value in bad.items():
        with pytest.raises(ForeignRecord, match=told) as named:
            recording(kafka).entry(kafka.ledger_topic, hurt(record, value))
        assert named.value.offset == record.offset
        message = _AsRead(kafka.ledger_topic, record, value)
        with pytest.raises(Unreadable, match=f"offset {record.offset}"):
            MessageReader(kafka).read(message)
    assert recording(kafka).entry(kafka.ledger_topic, record).entry[FRAME_LENGTH:] == body


class _AsRead:
    """A record as kafka-python gives it."""

    def __init__(self, topic: str, record: Incoming, value: bytes | None) -> None:
        self.topic, self.partition, self.offset = topic, 0, record.offset
        self.key, self.value, self.headers = record.key, value, record.headers


def test_a_registry_that_is_down_stops_nothing_that_is_known_and_refuses_the_rest(
    tmp_path: Path, bootstrap: str, own: Registry
) -> None:
    file = tmp_path / "schema-ids.json"
    settings = fresh_settings(bootstrap, registry=at(own, file))
    create(settings)
    world = new_kafka_world(tmp_path, settings)
    enrolled(world)
    knowing = recording(replace(settings, registry=at(own)))
    (record, *_) = records(settings)
    knowing.entry(settings.ledger_topic, record)
    own.stop()
    knowing.entry(settings.ledger_topic, record)
    enrolled(world)
    world.close()
    again = open_kafka_world(tmp_path, settings, world.clock)
    enrolled(again)
    head = again.recorder.head().position
    again.close()
    # A reader and a writer that know no numbers yet: both say that the registry is away.
    fresh = replace(settings, registry=at(own, tmp_path / "none.json"))
    with pytest.raises(RegistryUnavailable, match="gives no usable answer"):
        recording(fresh).entry(settings.ledger_topic, record)
    with pytest.raises(RegistryUnavailable):
        MessageReader(fresh).read(_AsRead(settings.ledger_topic, record, record.value))
    stopped = open_kafka_world(tmp_path, fresh, world.clock)
    with pytest.raises(RegistryUnavailable):
        stopped.kafka_recorder.open_writer()
    stopped.close()
    assert len(records(settings)) == head
    ids = schema_ids(fresh)
    assert ids is not None
    assert [d.topic for d in ids.check()] == [own.url]
    own.start()
    with ending_whole(open_kafka_world(tmp_path, fresh, world.clock), fresh) as back:
        enrolled(back)


def test_a_registry_that_was_made_anew_stops_the_writer_before_it_writes(
    tmp_path: Path, bootstrap: str, own: Registry
) -> None:
    settings = fresh_settings(bootstrap, registry=at(own, tmp_path / "schema-ids.json"))
    create(settings)
    world = new_kafka_world(tmp_path, settings)
    enrolled(world)
    world.close()
    before = records(settings)
    own.stop()
    shutil.rmtree(own.folder)
    own.start()
    ids = schema_ids(replace(settings, registry=at(own)))
    assert ids is not None
    assert len(ids.check()) == 2 * len(catalog().latest)  # neither schemas nor compatibility
    registry = ConfluentRegistry(at(own))
    *_, last = catalog().versions
    registry.register(last)  # another order, other numbers
    registry.close()
    again = open_kafka_world(tmp_path, settings, world.clock)
    with pytest.raises(RegistryUnfit, match="it was made anew"):
        again.kafka_recorder.open_writer()
    again.close()
    assert records(settings) == before
    # Without a registry the log is read as ever: the frame names every schema.
    plain = without_registry(settings)
    with ending_whole(open_kafka_world(tmp_path, plain, world.clock), plain) as back:
        enrolled(back)


def test_a_subject_of_lesser_compatibility_is_named_and_put_right() -> None:
    settings = registry_or_skip()
    ids = schema_ids(KafkaSettings("none", registry=settings))
    assert ids is not None
    ids.prepare()
    assert ids.check() == []
    registry = ConfluentRegistry(settings)
    subject = "relief.exit.Exited"
    registry._ask("PUT", f"/config/{subject}", {"compatibility": "NONE"})
    (found,) = ids.check()
    assert (found.topic, found.loses) == (subject, False)
    assert "its compatibility is NONE, should be FULL_TRANSITIVE" in found.en
    assert ids.set_compatibility() == [subject]
    assert ids.check() == []
    registry.close()


def test_a_schema_is_asked_for_once(world: KafkaWorld, kafka: KafkaSettings) -> None:
    enrolled(world)
    assert kafka.registry is not None
    reader = replace(kafka, registry=replace(kafka.registry, ids_file=None))
    asked: list[int] = []
    values = recording(reader)

    class Counting(ConfluentRegistry):
        def schema(self, id_: int) -> str | None:
            asked.append(id_)
            return super().schema(id_)

    values._values.ids._registry = Counting(kafka.registry)  # type: ignore[attr-defined]
    for _ in range(2):
        for record in records(kafka):
            values.entry(kafka.ledger_topic, record)
    assert (
        len(asked) == len(set(asked)) == len({dict(r.headers)[FRAME][1:33] for r in records(kafka)})
    )
