"""Writes the `.avsc` file of every event class: `python -m ledger.schema_drafts` (`make schemas`).

A draft is written anew as its class says; a released file is never touched, and a class that no
longer says what was released needs a next version.
"""

from __future__ import annotations

import json
from pathlib import Path

import schemas
from domain.events import EVENT_CLASSES, Event
from ledger.avro_types import avro_schema
from schemas.releases import read_releases


def schema_text(cls: type[Event]) -> str:
    """The file's text: two-space JSON, Chinese as it is, newline at the end."""
    return json.dumps(avro_schema(cls), ensure_ascii=False, indent=2) + "\n"


def write_drafts(directory: Path) -> list[Path]:
    """Writes what is missing or was mended; returns the files written."""
    released = read_releases(directory).since
    written = []
    for topic, cls in sorted(EVENT_CLASSES.items()):
        path = directory / f"{topic}.v{cls.schema_version}.avsc"
        text = schema_text(cls)
        if path.name in released or (path.exists() and path.read_text("utf-8") == text):
            continue
        path.write_text(text, "utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    for path in write_drafts(Path(schemas.__file__).parent):
        print(path.name)
