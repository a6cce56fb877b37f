"""The published contract names every event, where it is sent and what it looks like."""

from __future__ import annotations

import json
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from fastavro import parse_schema, schemaless_writer

from domain.events import EVENT_CLASSES, FAMILY_IDS
from evidence.frame import pack
from ledger import async_api
from ledger.codec import EventCodec
from ledger.framing import SchemaFramer
from ledger.kafka.records import Recording
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.values import SingleObject
from schemas.catalog import catalog
from tests.schemas.samples import sample

DOCUMENT = async_api.document(inline=True)
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]


def test_the_document_is_not_stale() -> None:
    assert async_api.PATH.read_text("utf-8") == async_api.text()


def test_every_event_is_sent_to_its_family_and_to_the_ledger() -> None:
    assert set(MESSAGES) == set(EVENT_CLASSES)
    channels = DOCUMENT["channels"]
    assert set(channels) == {*FAMILY_IDS, "ledger"}
    assert set(channels["ledger"]["messages"]) == set(EVENT_CLASSES)
    for topic, cls in EVENT_CLASSES.items():
        assert topic in channels[cls.family]["messages"]
    for name, operation in DOCUMENT["operations"].items():
        refs = {m["$ref"].rpartition("/")[2] for m in operation["messages"]}
        assert refs == set(channels[name]["messages"])


def test_every_reference_leads_somewhere() -> None:
    def refs(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [r for v in value.values() for r in refs(v)]
        return [r for v in value for r in refs(v)] if isinstance(value, list) else []

    for ref in refs(async_api.document()):
        if ref.startswith("../"):
            assert (async_api.PATH.parent / ref).resolve().is_file(), ref
            continue
        found: Any = DOCUMENT
        for part in ref.removeprefix("#/").split("/"):
            found = found[part]
        assert found


@pytest.mark.parametrize("topic", sorted(EVENT_CLASSES))
def test_an_example_is_what_the_schema_takes(topic: str) -> None:
    example = MESSAGES[topic]["examples"][0]["payload"]
    version = catalog().latest[topic]
    schema = json.loads(version.raw)
    assert set(example) == {f["name"] for f in schema["fields"]}
    out = BytesIO()
    schemaless_writer(out, parse_schema(schema), _as_python(example, schema, {}))
    assert out.getvalue()


def _as_python(value: Any, schema: Any, known: dict[str, Any]) -> Any:
    """The example's JSON as fastavro takes it."""
    if isinstance(schema, list):
        other = next(s for s in schema if s != "null")
        return None if value is None else _as_python(value, other, known)
    if isinstance(schema, str):
        schema = known.get(schema, {"type": schema})
    if schema["type"] in ("record", "fixed"):
        known[f"{schema.get('namespace', 'relief')}.{schema['name']}"] = schema
    if schema["type"] == "record":
        return {f["name"]: _as_python(value[f["name"]], f["type"], known) for f in schema["fields"]}
    if schema["type"] == "array":
        return [_as_python(v, schema["items"], known) for v in value]
    if schema.get("logicalType") == "uuid":
        return UUID(value).bytes
    if schema.get("logicalType") == "date":
        return date(1970, 1, 1) + timedelta(days=value)
    if schema["type"] in ("fixed", "bytes"):
        return value.encode("latin-1")
    return value


def test_the_headers_are_those_that_the_writer_sends() -> None:
    cls = EVENT_CLASSES["relief.exit.Exited"]
    event = sample(cls, complete=True)
    state, meta = EventCodec().encode(event), event.meta
    schema_hash = catalog().latest[cls.topic].file_hash
    entry = (
        pack(schema_hash, FAMILY_IDS["exit"], 1, meta.stream_id, meta.stream_version, 1)
        + state[10:]
    )
    settings, framer = KafkaSettings("localhost:9092"), SchemaFramer(catalog())
    recording = Recording(settings, framer, SingleObject(catalog()))
    record, _ = recording.records(1, entry)
    trait = DOCUMENT["components"]["messageTraits"]["entry"]
    assert [name for name, _ in record.headers] == list(trait["headers"]["properties"])
    assert trait["headers"]["required"] == list(trait["headers"]["properties"])
