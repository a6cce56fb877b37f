"""One complete and one required-only sample of every event, always the same, and their bytes.

`python -m tests.schemas.samples` writes golden files that are missing, and anew those of drafts;
it never rewrites one of a released schema.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from domain.events import EVENT_CLASSES, Event, Personal
from ledger.codec import EventCodec
from schemas.releases import releases

GOLDEN = Path(__file__).parent / "golden"


def sample(cls: type, *, complete: bool, seed: int = 1) -> Any:
    """An instance whose values depend on nothing but the class."""
    hints = get_type_hints(cls, include_extras=True)
    values = {}
    for n, f in enumerate(fields(cls), 1):
        if complete or f.default is MISSING:
            values[f.name] = _value(hints[f.name], f.name, seed * 31 + n, complete)
    return cls(**values)


def _value(hint: Any, name: str, seed: int, complete: bool) -> Any:
    sealed = False
    if get_origin(hint) is Annotated:
        sealed = any(isinstance(a, Personal) for a in get_args(hint)[1:])
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(a for a in get_args(hint) if a is not type(None))
    if hint is str:
        return f"{name}-{seed} 样例"
    if hint is int:
        return seed * 1_000_003
    if hint is bool:
        return seed % 2 == 0
    if hint is date:
        return date.fromordinal(738_000 + seed)
    if hint is UUID:
        return UUID(int=(0x0190_0000_0000_7000_8000 << 48) + seed)
    if hint is bytes:
        return bytes(range(seed % 7, seed % 7 + (40 if sealed else 16)))
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        return tuple(_value(item, name, seed * 7 + n, complete) for n in range(2))
    assert is_dataclass(hint)
    assert isinstance(hint, type)
    return sample(hint, complete=complete, seed=seed)


def golden_text(cls: type[Event]) -> str:
    """The golden file of an event: a line for each sample, in hexadecimal."""
    codec = EventCodec()
    lines = []
    for name, complete in (("complete", True), ("required", False)):
        lines.append(f"{name} {codec.encode(sample(cls, complete=complete)).hex()}\n")
    return "".join(lines)


def golden_path(cls: type[Event]) -> Path:
    """Where the bytes of this version of the event are kept."""
    return GOLDEN / f"{cls.topic}.v{cls.schema_version}.txt"


def write_golden(events: Iterable[type[Event]]) -> None:
    """Writes the golden files of these events, unless their schema is released and they are there."""
    released = releases().since
    for cls in events:
        path = golden_path(cls)
        schema = f"{cls.topic}.v{cls.schema_version}.avsc"
        if not path.exists() or schema not in released:
            path.write_text(golden_text(cls), "utf-8")


if __name__ == "__main__":
    write_golden(EVENT_CLASSES.values())
