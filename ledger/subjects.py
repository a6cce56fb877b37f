"""Whom an event or a draft is about: every id that it names, its own stream among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any
from uuid import UUID

from domain.events import Event


def ids_in(event: Event) -> set[UUID]:
    """The ids in the fields of an event; `meta` is left out, a draft has none yet."""
    return {i for f in fields(event) if f.name != "meta" for i in _ids(getattr(event, f.name))}


def _ids(value: Any) -> Iterator[UUID]:
    if isinstance(value, UUID):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _ids(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            yield from _ids(getattr(value, f.name))
