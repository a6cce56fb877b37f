"""Writes `docs/events.md` from the schemas: `python -m ledger.event_catalog`. A test says when it is stale."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from schemas.catalog import catalog

PATH = Path(__file__).parent.parent / "docs" / "events.md"
_HEAD = """# Events

Generated from `schemas/*.avsc` (`make events`); do not edit. Not released yet: release 1 comes with the whole case.

Every event carries `meta` (at the end of this page). A *sealed* field holds key version ‖ nonce ‖ AES-256-GCM
ciphertext under the key of the person named.

"""


def text() -> str:
    """The page: a section a family, a table an event."""
    parts = [_HEAD]
    family = ""
    for topic, version in sorted(catalog().latest.items()):
        schema = json.loads(version.raw)
        if schema["namespace"] != family:
            family = schema["namespace"]
            parts.append(f"## {family}\n\n")
        fields = [f for f in schema["fields"] if f["name"] != "meta"]
        parts.append(f"### {topic} · v{version.version}\n\n{schema['doc']}\n\n{_table(fields)}\n")
    meta = next(f for f in schema["fields"] if f["name"] == "meta")
    parts.append(f"## meta\n\n{_table(meta['type']['fields'])}")
    return "".join(parts)


def _table(fields: list[dict[str, Any]]) -> str:
    if not fields:
        return "No fields but `meta`.\n"
    rows = ["| field | type | meaning |", "|---|---|---|"]
    for f in fields:
        sealed = f" (sealed for `{f['sealedFor']}`)" if "sealedFor" in f else ""
        rows.append(f"| `{f['name']}` | {_type(f['type'])}{sealed} | {f['doc']} |")
    return "\n".join(rows) + "\n"


def _type(schema: Any) -> str:
    if isinstance(schema, str):
        return schema.removeprefix("relief.")
    if isinstance(schema, list):
        return " or ".join(_type(s) for s in schema)
    if schema["type"] == "array":
        return f"list of {_type(schema['items'])}"
    if schema["type"] == "record":
        inner = ", ".join(f"{f['name']}: {_type(f['type'])}" for f in schema["fields"])
        return f"{schema['name']} {{{inner}}}"
    return str(schema.get("name") or schema.get("logicalType") or schema["type"])


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(text(), "utf-8")
