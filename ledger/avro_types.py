"""Maps the types of an event class to Avro, both ways: its schema, its record, and back.

The mapping is small on purpose. UUID → fixed(16); bytes that are ids or digests → fixed(16);
sealed bytes → bytes; date → int/date; tuple → array; dataclass → record; `| None` → union.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from inspect import cleandoc
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from domain.events import Doc, Event, Personal
from ledger.ids import uuid_of

Convert = Callable[[Any], Any]
Json = Any

_PRIMITIVES: dict[Any, Json] = {
    str: "string",
    int: "long",
    bool: "boolean",
    date: {"type": "int", "logicalType": "date"},
}
_UUID = {
    "type": "fixed",
    "name": "Uuid",
    "namespace": "relief",
    "size": 16,
    "logicalType": "uuid",
    "doc": "UUIDv7, big-endian / UUIDv7,大端序",
}
_DIGEST = {
    "type": "fixed",
    "name": "Digest",
    "namespace": "relief",
    "size": 16,
    "doc": "HMAC-SHA256 under a key of the ledger, first 16 bytes, unless the field says otherwise / 以账本密钥计算的 HMAC-SHA256 前16字节,字段另有说明的除外",
}


def avro_schema(cls: type[Event]) -> Json:
    """The schema that the class declares, ready for json.dumps."""
    family = f"relief.{cls.family}"
    return _record_schema(cls, cls.topic.rsplit(".", 1)[1], family, set())


def _record_schema(cls: type, name: str, namespace: str, seen: set[str]) -> Json:
    hints = _hints(cls)
    return {
        "type": "record",
        "name": name,
        "namespace": namespace,
        "doc": _doc(cls),
        "fields": [_field_schema(f, hints[f.name], namespace, seen) for f in fields(cls)],
    }


def _doc(cls: type) -> str:
    """English, then Chinese: the last paragraph of the class's docstring."""
    *english, chinese = cleandoc(cls.__doc__ or "").split("\n\n")
    return f"{' '.join(' '.join(english).split())} / {' '.join(chinese.split())}"


def _field_schema(field: Field[Any], hint: Any, namespace: str, seen: set[str]) -> Json:
    base, *marks = get_args(hint)
    doc = next(m for m in marks if isinstance(m, Doc))
    sealed_of = next((m.of for m in marks if isinstance(m, Personal)), None)
    schema: Json = {
        "name": field.name,
        "doc": f"{doc.en} / {doc.zh}",
        "type": _type_schema(base, namespace, seen, sealed=sealed_of is not None),
    }
    if sealed_of is not None:
        schema["sealedFor"] = sealed_of
    if field.default is not MISSING:
        schema["default"] = [] if field.default == () else field.default
    return schema


def _type_schema(hint: Any, namespace: str, seen: set[str], *, sealed: bool) -> Json:
    if hint in _PRIMITIVES:
        return _PRIMITIVES[hint]
    if _is_optional(hint):
        return ["null", _type_schema(_inner(hint), namespace, seen, sealed=sealed)]
    if hint is bytes:
        return "bytes" if sealed else _named(_DIGEST, seen)
    if hint is UUID:
        return _named(_UUID, seen)
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        return {"type": "array", "items": _type_schema(item, namespace, seen, sealed=sealed)}
    if is_dataclass(hint) and isinstance(hint, type):
        full = f"relief.{hint.__name__}"
        if full in seen:
            return full
        seen.add(full)
        return _record_schema(hint, hint.__name__, "relief", seen)
    raise TypeError(f"{hint!r} has no Avro type here")


def _named(schema: Json, seen: set[str]) -> Json:
    full = f"relief.{schema['name']}"
    if full in seen:
        return full
    seen.add(full)
    return schema


def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def _is_optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)


def _inner(hint: Any) -> Any:
    return next(a for a in get_args(hint) if a is not type(None))


def _bare(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


_ENCODERS: dict[type, Convert] = {}
_DECODERS: dict[type, Convert] = {}


def encoder(cls: type) -> Convert:
    """A function from a value of the dataclass to what fastavro writes."""
    if cls in _ENCODERS:
        return _ENCODERS[cls]
    hints = _hints(cls)
    steps = [(f.name, _to_avro(_bare(hints[f.name]))) for f in fields(cls)]
    changed = [(name, step) for name, step in steps if step is not None]

    def encode(value: Any) -> dict[str, Any]:
        record: dict[str, Any] = value.__dict__.copy()
        for name, step in changed:
            found = record[name]
            if found is not None:
                record[name] = step(found)
        return record

    _ENCODERS[cls] = encode
    return encode


def _to_avro(hint: Any) -> Convert | None:
    if _is_optional(hint):
        return _to_avro(_inner(hint))  # the encoder passes nulls by
    if hint is UUID:
        return _uuid_bytes
    if get_origin(hint) is tuple:
        item = _to_avro(get_args(hint)[0])
        return None if item is None else (lambda v: [item(i) for i in v])
    if is_dataclass(hint) and isinstance(hint, type):
        return encoder(hint)
    return None


def decoder(cls: type) -> Convert:
    """A function from what fastavro reads to a value of the dataclass."""
    if cls in _DECODERS:
        return _DECODERS[cls]
    hints = _hints(cls)
    steps = [(f.name, _from_avro(_bare(hints[f.name]))) for f in fields(cls)]
    changed = [(name, step) for name, step in steps if step is not None]
    new = object.__new__

    def decode(record: dict[str, Any]) -> Any:
        for name, step in changed:
            found = record[name]
            if found is not None:
                record[name] = step(found)
        value: Any = new(cls)
        # The classes are frozen: fields go in below __setattr__, as the library's mapper does.
        value.__dict__.update(record)
        return value

    _DECODERS[cls] = decode
    return decode


def _from_avro(hint: Any) -> Convert | None:
    if _is_optional(hint):
        return _from_avro(_inner(hint))  # the decoder passes nulls by
    if hint is UUID:
        return uuid_of
    if get_origin(hint) is tuple:
        item = _from_avro(get_args(hint)[0])
        return tuple if item is None else (lambda v: tuple([item(i) for i in v]))
    if is_dataclass(hint) and isinstance(hint, type):
        return decoder(hint)
    return None


def _uuid_bytes(value: UUID) -> bytes:
    return value.int.to_bytes(16, "big")
