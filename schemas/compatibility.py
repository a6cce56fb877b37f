"""Tells whether two versions of a schema can read each other (FULL_TRANSITIVE).

Rules of Avro 1.12, "Schema Resolution", for the constructs that our schemas use: records,
unions, arrays, fixed and primitives. A finding is a sentence; none means compatible.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from schemas.catalog import Catalog

PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}

Named = dict[str, Any]


def incompatibilities(catalog: Catalog) -> list[str]:
    """Every way in which a version of a topic cannot read another version of that topic."""
    found: list[str] = []
    for reader in catalog.versions:
        for writer in catalog.versions:
            if reader.topic == writer.topic and reader.version != writer.version:
                where = f"{reader.topic}: v{reader.version} reading v{writer.version}"
                found += [f"{where}: {why}" for why in unreadable(reader.raw, writer.raw)]
    return found


def unreadable(reader: bytes, writer: bytes) -> list[str]:
    """Why data of the writer's schema cannot be read with the reader's; empty if it can."""
    r, w = json.loads(reader), json.loads(writer)
    return list(_differs(r, w, _names(r, "", {}), _names(w, "", {}), "record"))


def _names(schema: Any, namespace: str, into: Named) -> Named:
    if isinstance(schema, list):
        for branch in schema:
            _names(branch, namespace, into)
    elif isinstance(schema, dict):
        namespace = schema.get("namespace", namespace)
        if "name" in schema and schema["type"] in ("record", "fixed", "enum"):
            name = schema["name"]
            into[name if "." in name else f"{namespace}.{name}"] = schema
            into[name] = schema
        for field in schema.get("fields", []):
            _names(field["type"], namespace, into)
        for key in ("items", "values"):
            if key in schema:
                _names(schema[key], namespace, into)
        if isinstance(schema["type"], (dict, list)):
            _names(schema["type"], namespace, into)
    return into


def _resolve(schema: Any, names: Named) -> Any:
    if isinstance(schema, str):
        return names.get(schema, {"type": schema})
    return schema


def _differs(reader: Any, writer: Any, rn: Named, wn: Named, at: str) -> Iterator[str]:
    r, w = _resolve(reader, rn), _resolve(writer, wn)
    if isinstance(w, list):
        for branch in w:
            yield from _differs(r, branch, rn, wn, at)
        return
    if isinstance(r, list):
        if all(list(_differs(branch, w, rn, wn, at)) for branch in r):
            yield f"{at}: no branch of the reader's union reads {w.get('type')}"
        return
    if r["type"] != w["type"]:
        if r["type"] not in PROMOTIONS.get(w["type"], set()):
            yield f"{at}: {w['type']} cannot be read as {r['type']}"
        return
    yield from _same_type(r, w, rn, wn, at)


def _same_type(r: Any, w: Any, rn: Named, wn: Named, at: str) -> Iterator[str]:
    if r.get("logicalType") != w.get("logicalType"):
        yield f"{at}: logical type {w.get('logicalType')} read as {r.get('logicalType')}"
    if r["type"] == "fixed" and (r["size"], r["name"]) != (w["size"], w["name"]):
        yield f"{at}: fixed {w['name']}({w['size']}) read as {r['name']}({r['size']})"
    if r["type"] == "enum" and set(w["symbols"]) - set(r["symbols"]) and "default" not in r:
        yield f"{at}: enum symbols {sorted(set(w['symbols']) - set(r['symbols']))} unknown"
    if r["type"] == "array":
        yield from _differs(r["items"], w["items"], rn, wn, f"{at}[]")
    if r["type"] == "map":
        yield from _differs(r["values"], w["values"], rn, wn, f"{at}{{}}")
    if r["type"] == "record":
        written = {f["name"]: f for f in w["fields"]}
        for field in r["fields"]:
            here = f"{at}.{field['name']}"
            if field["name"] in written:
                theirs = written[field["name"]]["type"]
                yield from _differs(field["type"], theirs, rn, wn, here)
            elif "default" not in field:
                yield f"{here}: not written, and no default"
