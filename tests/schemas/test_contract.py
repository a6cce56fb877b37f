"""The contract: every event has its schema, its golden bytes, and reads what it wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastavro import schemaless_reader

import schemas
from domain.events import EVENT_CLASSES, FAMILY_IDS, Event, annulled_class
from ledger.codec import AvroMapper, EventCodec, UnreadableEvent
from ledger.schema_drafts import schema_text
from ledger.upcasts import missing_steps
from schemas.catalog import Catalog, SchemaError, SchemaVersion, catalog, load, parse_version
from schemas.compatibility import incompatibilities, unreadable
from schemas.releases import violations
from tests.schemas.samples import GOLDEN, golden_path, golden_text, sample

ALL = sorted(EVENT_CLASSES.values(), key=lambda c: c.topic)
FOLDER = Path(schemas.__file__).parent


@pytest.mark.parametrize("cls", ALL, ids=lambda c: c.topic)
def test_the_schema_is_that_of_the_class(cls: type[Event]) -> None:
    released = FOLDER / f"{cls.topic}.v{cls.schema_version}.avsc"
    assert released.read_text("utf-8") == schema_text(cls)


@pytest.mark.parametrize("cls", ALL, ids=lambda c: c.topic)
def test_golden_bytes_are_written_and_read_as_ever(cls: type[Event]) -> None:
    assert golden_path(cls).read_text("utf-8") == golden_text(cls)
    codec = EventCodec()
    for line in golden_path(cls).read_text("utf-8").splitlines():
        name, text = line.split()
        event = codec.decode(cls.topic, bytes.fromhex(text))
        assert event == sample(cls, complete=name == "complete")
        assert type(event) is cls


def test_every_version_of_every_event_has_its_golden_bytes_and_no_file_is_left_over() -> None:
    versions = {f"{v.topic}.v{v.version}.txt" for v in catalog().versions}
    assert {p.name for p in GOLDEN.iterdir()} == versions


@pytest.mark.parametrize("version", catalog().versions, ids=lambda v: f"{v.topic}.v{v.version}")
def test_golden_bytes_of_every_version_are_read_as_todays_event(version: SchemaVersion) -> None:
    path = GOLDEN / f"{version.topic}.v{version.version}.txt"
    lines = dict(line.split() for line in path.read_text("utf-8").splitlines())
    assert list(lines) == ["complete", "required"]
    assert lines["complete"] != lines["required"] or len(version.fields) == 1
    for text in lines.values():
        state = bytes.fromhex(text)
        assert state[:10] == version.prefix
        event = EventCodec().decode(version.topic, state)
        assert type(event) is EVENT_CLASSES[version.topic]


def test_what_was_released_stands() -> None:
    assert violations(FOLDER) == []


def test_every_version_but_the_first_has_its_upcast() -> None:
    assert missing_steps(catalog()) == []


def test_no_schema_is_left_over() -> None:
    assert set(catalog().latest) == set(EVENT_CLASSES)


def test_every_family_that_can_be_annulled_has_its_annulment() -> None:
    families = {c.family for c in ALL}
    for family in families - {"oversight"}:
        assert annulled_class(family).family == family
    assert families <= set(FAMILY_IDS)


def test_all_versions_read_each_other() -> None:
    assert incompatibilities(catalog()) == []


def test_everything_is_said_in_english_and_chinese() -> None:
    for version in catalog().versions:
        for said in _docs(json.loads(version.raw)):
            english, _, chinese = said.rpartition(" / ")
            assert re.search("[a-z]", english), f"{version.topic}: {said}"
            assert re.search("[\u4e00-\u9fff]", chinese), f"{version.topic}: {said}"


def _docs(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "doc" in schema:
            yield schema["doc"]
        for inner in schema.values():
            yield from _docs(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _docs(inner)


def test_no_stored_name_is_a_class_path() -> None:
    for cls in ALL:
        text = EventCodec().encode(sample(cls, complete=True))
        assert cls.__module__.encode() not in text
        assert cls.topic.startswith(f"relief.{cls.family}.")


def test_another_reader_needs_only_the_schema_file() -> None:
    cls = EVENT_CLASSES["relief.enrollment.Enrolled"]
    event = sample(cls, complete=True)
    stored = AvroMapper().to_stored_event(event)
    raw = (FOLDER / f"{cls.topic}.v{cls.schema_version}.avsc").read_bytes()
    from io import BytesIO

    record = schemaless_reader(BytesIO(stored.state[10:]), json.loads(raw), None)
    assert isinstance(record, dict)
    assert record["program"] == event.program


def test_a_body_under_another_name_is_not_read() -> None:
    cls = EVENT_CLASSES["relief.exit.Exited"]
    state = EventCodec().encode(sample(cls, complete=True))
    with pytest.raises(UnreadableEvent, match="was written as"):
        EventCodec().decode("relief.enrollment.Enrolled", state)


@pytest.mark.parametrize("change", [b"", b"\x00", b"\x00\x00"])
def test_a_body_that_is_cut_or_longer_is_not_read(change: bytes) -> None:
    cls = EVENT_CLASSES["relief.exit.Exited"]
    state = EventCodec().encode(sample(cls, complete=True))
    damaged = state[:-1] if not change else state + change
    with pytest.raises(UnreadableEvent):
        EventCodec().decode(cls.topic, damaged)


def test_an_unknown_fingerprint_is_not_guessed() -> None:
    with pytest.raises(UnreadableEvent, match="fingerprint"):
        EventCodec().decode("relief.exit.Exited", b"\xc3\x01" + bytes(8) + b"body")


def _schema(*fields: object, name: str = "T") -> bytes:
    return json.dumps(
        {
            "type": "record",
            "name": name,
            "namespace": "relief.exit",
            "doc": "d",
            "fields": list(fields),
        }
    ).encode()


A = {"name": "a", "type": "string", "doc": "d"}
B = {"name": "b", "type": "long", "doc": "d"}
B_DEFAULT = {**B, "default": 0}


def test_a_field_with_a_default_may_come_and_go() -> None:
    assert unreadable(_schema(A, B_DEFAULT), _schema(A)) == []
    assert unreadable(_schema(A), _schema(A, B_DEFAULT)) == []


def test_a_field_without_a_default_may_not_come() -> None:
    assert unreadable(_schema(A, B), _schema(A)) == ["record.b: not written, and no default"]


@pytest.mark.parametrize(
    ("reader", "writer"),
    [
        ("string", "long"),
        (["null", "string"], "long"),
        ({"type": "fixed", "name": "F", "size": 16}, {"type": "fixed", "name": "F", "size": 8}),
        ({"type": "int", "logicalType": "date"}, "int"),
        ({"type": "array", "items": "string"}, {"type": "array", "items": "long"}),
        ("string", ["null", "string"]),
    ],
)
def test_a_changed_type_is_found(reader: object, writer: object) -> None:
    assert unreadable(_schema({**A, "type": reader}), _schema({**A, "type": writer}))


@pytest.mark.parametrize(
    ("reader", "writer"),
    [("long", "int"), (["null", "string"], "string"), (["null", "string"], ["string", "null"])],
)
def test_a_wider_type_reads_the_narrower(reader: object, writer: object) -> None:
    assert unreadable(_schema({**A, "type": reader}), _schema({**A, "type": writer})) == []


def test_the_check_looks_at_every_pair_of_versions() -> None:
    one = parse_version("relief.exit.T", 1, _schema(A))
    two = parse_version("relief.exit.T", 2, _schema(A, B))
    found = incompatibilities(Catalog([one, two]))
    assert found == ["relief.exit.T: v2 reading v1: record.b: not written, and no default"]


def test_two_schemas_that_a_reader_could_not_tell_apart_are_refused() -> None:
    one = parse_version("relief.exit.T", 1, _schema(A))
    other_doc = _schema({**A, "doc": "other"})
    with pytest.raises(SchemaError, match="one Avro fingerprint"):
        Catalog([one, parse_version("relief.exit.T", 2, other_doc)])


def test_a_version_that_is_missing_is_noticed() -> None:
    with pytest.raises(SchemaError, match="not 1 to"):
        Catalog([parse_version("relief.exit.T", 2, _schema(A))])


def test_a_field_without_a_doc_is_refused() -> None:
    with pytest.raises(SchemaError, match="no doc"):
        parse_version("relief.exit.T", 1, _schema({"name": "a", "type": "string"}))


def test_a_file_is_what_its_name_says(tmp_path: Path) -> None:
    (tmp_path / "relief.exit.Other.v1.avsc").write_bytes(_schema(A))
    with pytest.raises(SchemaError, match="holds the schema"):
        load(tmp_path)
    (tmp_path / "relief.exit.Other.v1.avsc").rename(tmp_path / "other.avsc")
    with pytest.raises(SchemaError, match="not <topic>"):
        load(tmp_path)


def test_the_fingerprint_is_the_one_of_the_avro_standard() -> None:
    # Avro's own test vectors (share/test/data/schema-tests.txt): "int" has 0x7275d51a3f395c8f.
    from fastavro.schema import fingerprint, to_parsing_canonical_form

    known = fingerprint(to_parsing_canonical_form("int"), "CRC-64-AVRO")
    assert bytes.fromhex(known) == (0x7275D51A3F395C8F).to_bytes(8, "little")
