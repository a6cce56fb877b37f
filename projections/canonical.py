"""Canonical JSON of an answer: the same bytes for ever, on every database, with nothing personal.

Keys in order of code points, whole numbers only, UTF-8, no white space. Ids as hyphenated hex,
dates as YYYY-MM-DD. What could not come out the same twice, or could be personal, is refused.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


class NotCanonical(TypeError):
    """A value that has no place in a canonical answer; names where it stands, never the value."""


def canonical(answer: Any) -> bytes:
    """The bytes of an answer. Raises NotCanonical for floats, bytes (sealed fields among them),
    sets, times, and keys that are not text."""
    return json.dumps(
        plain(answer), ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    ).encode()


def plain(value: Any, where: str = "answer") -> Any:
    """The same as dicts, lists, texts and whole numbers. Raises NotCanonical."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return _encodable(value, where)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name), f"{where}.{f.name}") for f in fields(value)}
    if isinstance(value, dict):
        return {_key(k, where): plain(v, f"{where}.{k}") for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{where}[{n}]") for n, item in enumerate(value)]
    raise NotCanonical(f"{where}: {type(value).__name__} has no canonical form")


def _key(key: Any, where: str) -> str:
    if not isinstance(key, str):
        raise NotCanonical(f"{where}: a key is {type(key).__name__}, not text")
    return _encodable(key, where)


def _encodable(text: str, where: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotCanonical(f"{where}: text with half a character (a lone surrogate)") from None
    return text
