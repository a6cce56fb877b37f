"""Writes the `.avsc` file of every event class whose version has none yet: `python -m ledger.schema_drafts`.

A released file is never written again; `--force` rewrites drafts before the first release.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import schemas
from domain.events import EVENT_CLASSES, Event
from ledger.avro_types import avro_schema


def schema_text(cls: type[Event]) -> str:
    """The file's text: two-space JSON, Chinese as it is, newline at the end."""
    return json.dumps(avro_schema(cls), ensure_ascii=False, indent=2) + "\n"


def write_drafts(directory: Path, *, force: bool = False) -> list[Path]:
    """Writes what is missing; returns the files written."""
    written = []
    for topic, cls in sorted(EVENT_CLASSES.items()):
        path = directory / f"{topic}.v{cls.schema_version}.avsc"
        text = schema_text(cls)
        if path.exists() and (not force or path.read_text("utf-8") == text):
            continue
        path.write_text(text, "utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    target = Path(schemas.__file__).parent
    for path in write_drafts(target, force="--force" in sys.argv[1:]):
        print(path.name)
