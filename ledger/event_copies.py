"""What entries say, as rows of a table: copies for reading. What is checked is always the entries.

Nothing personal is in them: a sealed field is named as sealed. The same entries make the same bytes,
so that whoever has both can compare them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from domain.events import Event
from ledger.codec import EventCodec, UnreadableEvent
from ledger.minting import sealed_fields

HEADER = (
    "位置 position",
    "记录时间 recorded_at",
    "事件 event",
    "流 stream",
    "版本 version",
    "事件编号 event_id",
    "发生日期 occurred_on",
    "生效日期 effective_from",
    "依据 basis",
    "来源 source",
    "文号 document",
    "内容 content",
)
_CHINA = timezone(timedelta(hours=8))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARK = "﻿"  # a spreadsheet takes the file for UTF-8 by it


def copy_of(rows: Iterable[tuple[int, bytes]], codec: EventCodec, family: str) -> Iterator[bytes]:
    """The table of one family, in parts, from positions and entries. Raises UnreadableEvent."""
    yield (_MARK + _line(HEADER)).encode()
    for position, entry in rows:
        version = codec.schemas.by_hash.get(entry[1:33])
        if version is None:
            raise UnreadableEvent(f"position {position}: the schema is unknown")
        if version.topic.split(".")[1] == family:
            event = codec.decode_entry(version.topic, entry)
            yield _line(_cells(position, entry, event)).encode()


def content_of(event: Event) -> str:
    """The event's own fields as JSON: keys in order, sealed ones named as such."""
    sealed = sealed_fields(type(event))
    content = {
        f.name: "sealed"
        if f.name in sealed and getattr(event, f.name)
        else _plain(getattr(event, f.name))
        for f in fields(event)
        if f.name != "meta"
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _cells(position: int, entry: bytes, event: Event) -> tuple[object, ...]:
    meta = event.meta
    recorded = int.from_bytes(entry[67:75], signed=True)
    return (
        position,
        instant(recorded),
        event.topic,
        meta.stream_id,
        meta.stream_version,
        meta.event_id,
        meta.occurred_on,
        meta.effective_from or "",
        meta.basis,
        _tame(meta.source),
        _tame(meta.document or ""),
        content_of(event),
    )


def instant(micros: int) -> str:
    """An instant as people in China read it, to the microsecond."""
    second, rest = divmod(micros, 1_000_000)
    told = datetime.fromtimestamp(second, UTC).astimezone(_CHINA)
    return told.strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:06d}+08:00"


def _tame(text: str) -> str:
    """A cell that a spreadsheet would run as a formula is shown as text."""
    return "'" + text if text.startswith(_FORMULA) else text


def _plain(value: Any) -> Any:
    if isinstance(value, UUID | date):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return value


def _line(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
