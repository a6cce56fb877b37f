"""Loads the `.avsc` files and finds a schema by topic, by file hash or by Avro fingerprint.

A schema is known by three names: its file's SHA-256 (in the frame of every entry), its
CRC-64-AVRO fingerprint (in front of every stored body, Avro 1.12 "single-object encoding"),
and its topic with a version (the file's name).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastavro import parse_schema
from fastavro.schema import (
    SchemaParseException,
    UnknownType,
    fingerprint,
    to_parsing_canonical_form,
)

SINGLE_OBJECT_MARKER = b"\xc3\x01"
"""First two bytes of Avro's single-object encoding; the fingerprint follows, little-endian."""

FILE_NAME = re.compile(r"^(relief\.[a-z]+\.[A-Za-z]+)\.v([1-9][0-9]*)\.avsc$")


class SchemaError(ValueError):
    """A schema file is not what its name says, or two of them cannot be told apart."""


@dataclass(frozen=True)
class SchemaVersion:
    """One version of one event's schema, as its file says."""

    topic: str
    version: int
    raw: bytes
    parsed: dict[str, Any]
    file_hash: bytes
    """SHA-256 of the file, 32 bytes."""
    prefix: bytes
    """Marker and fingerprint of single-object encoding, 10 bytes."""

    @property
    def fields(self) -> list[dict[str, Any]]:
        """The fields of the record, in order."""
        fields: list[dict[str, Any]] = self.parsed["fields"]
        return fields


class Catalog:
    """All versions of all schemas. Immutable once built."""

    def __init__(self, versions: list[SchemaVersion]) -> None:
        self.versions = tuple(sorted(versions, key=lambda v: (v.topic, v.version)))
        self.by_hash = {v.file_hash: v for v in self.versions}
        self.by_prefix: dict[bytes, SchemaVersion] = {}
        self.latest: dict[str, SchemaVersion] = {}
        for v in self.versions:
            if v.prefix in self.by_prefix:
                other = self.by_prefix[v.prefix]
                raise SchemaError(
                    f"{v.topic}.v{v.version} and {other.topic}.v{other.version}"
                    " have one Avro fingerprint: a reader could not tell them apart"
                )
            self.by_prefix[v.prefix] = v
            self.latest[v.topic] = v
        for topic in self.latest:
            numbers = [v.version for v in self.versions if v.topic == topic]
            if numbers != list(range(1, len(numbers) + 1)):
                raise SchemaError(f"{topic}: versions {numbers} are not 1 to {len(numbers)}")


def parse_version(topic: str, version: int, raw: bytes) -> SchemaVersion:
    """Reads one schema. Raises SchemaError where its name or a doc does not fit."""
    text = json.loads(raw)
    full_name = f"{text.get('namespace')}.{text.get('name')}"
    if full_name != topic:
        raise SchemaError(f"{topic}.v{version}.avsc holds the schema {full_name}")
    undocumented = [f["name"] for f in text["fields"] if not f.get("doc")]
    if undocumented or not text.get("doc"):
        raise SchemaError(f"{topic}.v{version}.avsc: no doc on {undocumented or 'the record'}")
    parsed = parse_schema(text)
    assert isinstance(parsed, dict)
    crc = fingerprint(to_parsing_canonical_form(text), "CRC-64-AVRO")
    return SchemaVersion(
        topic=topic,
        version=version,
        raw=raw,
        parsed=parsed,
        file_hash=hashlib.sha256(raw).digest(),
        prefix=SINGLE_OBJECT_MARKER + bytes.fromhex(crc),
    )


def prefix_of(raw: str) -> bytes:
    """Marker and fingerprint of a schema as somebody else gives it. ValueError where it is none."""
    try:
        crc = fingerprint(to_parsing_canonical_form(parse_schema(json.loads(raw))), "CRC-64-AVRO")
    except (SchemaParseException, UnknownType, KeyError, TypeError, AttributeError) as e:
        raise ValueError(f"no Avro schema: {e}") from e
    return SINGLE_OBJECT_MARKER + bytes.fromhex(crc)


def load(directory: Path) -> Catalog:
    """Every `.avsc` of the directory. Raises SchemaError on the first that does not fit."""
    versions = []
    for path in sorted(directory.glob("*.avsc")):
        match = FILE_NAME.match(path.name)
        if match is None:
            raise SchemaError(f"{path.name}: not <topic>.v<N>.avsc")
        versions.append(parse_version(match[1], int(match[2]), path.read_bytes()))
    return Catalog(versions)


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    """The schemas that this program ships."""
    return load(Path(__file__).parent)
