"""Writes `docs/events.md` from the schemas: `python -m ledger.event_catalog` (`make events`).

The build says when the page is stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domain.events import FAMILY_IDS
from ledger.event_examples import example
from schemas.catalog import Catalog, SchemaVersion, catalog
from schemas.releases import Releases, file_name, releases

PATH = Path(__file__).parent.parent / "docs" / "events.md"
FAMILIES_ZH = {
    "registry": "登记",
    "intake": "受理",
    "verification": "核查",
    "enrollment": "认定",
    "exit": "退出",
    "disbursement": "发放",
    "service": "服务",
    "oversight": "监督",
}
Json = dict[str, Any]
_HEAD = """\
# Events · 事件

Generated from `schemas/*.avsc` (`make events`); do not edit. 由模式文件生成,请勿手改。

{state}

**For subscribers.** A topic is a family; an event's Avro record has the event's full name. Ids are UUIDv7 in
16 bytes, digests 16 bytes, dates days since 1970-01-01 (China's civil date), money whole fen, months `YYYY-MM`.
Codes are texts that may grow: expect ones that you do not know. Intervals are half-open: `until` is the first
day no longer in. A field with a default may be absent from an older version; a reader of any version reads
every other. Every event carries [`meta`](#meta).

**Sealed fields** (🔒) are key version ‖ nonce ‖ AES-256-GCM ciphertext under the key of the person that the
named field points at (*stream*: the event's own stream is the person's). Nobody but the ledger's vault opens
them, and nobody at all once that person is erased.

**An annulment** names an earlier event of the same stream; leave that event out from there on.

"""


def text(known: Catalog | None = None, since: Releases | None = None) -> str:
    """The page: contents, a section a family, an event a table and an example."""
    known, since = known or catalog(), since or releases()
    newest = {topic: _read(v) for topic, v in sorted(known.latest.items())}
    parts = [_HEAD.format(state=_released(known, since))]
    for family in FAMILY_IDS:
        topics = [t for t in newest if t.split(".")[1] == family]
        parts.append(_contents(family, topics, known, since))
    for name, record in _records(list(newest.values())).items():
        title = "meta" if name == "Meta" else name
        parts.append(f"\n## {title}\n\n{_both(record['doc'])}\n\n{_table(record['fields'])}")
    for family in FAMILY_IDS:
        parts.append(f"\n## relief.{family} · {FAMILIES_ZH[family]}\n")
        for topic in (t for t in newest if t.split(".")[1] == family):
            versions = [v for v in known.versions if v.topic == topic]
            parts.append(_section(topic, newest[topic], versions, since))
    return "".join(parts)


def _read(version: SchemaVersion) -> Json:
    schema: Json = json.loads(version.raw)
    return schema


def _records(found: list[Any]) -> dict[str, Json]:
    """The records that events share, by name: `meta` first."""
    records: dict[str, Json] = {}
    for schema in found:
        for inner in schema["fields"]:
            for part in _parts(inner["type"]):
                records.setdefault(part["name"], part)
    return dict(sorted(records.items(), key=lambda item: (item[0] != "Meta", item[0])))


def _parts(schema: Any) -> Iterator[Json]:
    if isinstance(schema, list):
        for branch in schema:
            yield from _parts(branch)
    elif isinstance(schema, dict) and schema["type"] == "array":
        yield from _parts(schema["items"])
    elif isinstance(schema, dict) and schema["type"] == "record":
        yield schema
        for inner in schema["fields"]:
            yield from _parts(inner["type"])


def _released(known: Catalog, since: Releases) -> str:
    drafts = [v for v in known.versions if since.of(v) is None]
    if not since.releases:
        return f"**Nothing is released yet**: {len(drafts)} drafts, which may still change."
    last = since.releases[-1]
    mine = f"**Release {last.number}** of the contract ({last.on}): {len(since.since)} schema files"
    return f"{mine}, which never change. Drafts that may still change: {len(drafts)}."


def _contents(family: str, topics: list[str], known: Catalog, since: Releases) -> str:
    rows = [f"\n`relief.{family}` {FAMILIES_ZH[family]}\n"]
    for topic in topics:
        name, version = topic.rsplit(".", 1)[1], known.latest[topic]
        _, chinese = _halves(_read(version)["doc"])
        rows.append(f"- [{name}](#{_anchor(topic)}) v{version.version} · {chinese}")
    return "\n".join(rows) + "\n"


def _section(topic: str, schema: Json, versions: list[SchemaVersion], since: Releases) -> str:
    english, chinese = _halves(schema["doc"])
    states = ", ".join(_state(v, since) for v in versions)
    fields = schema["fields"][1:]
    shown = {name: value for name, value in example(schema).items() if name != "meta"}
    body = json.dumps(shown, ensure_ascii=False, indent=1)
    sample = f"```json\n{body}\n```\n" if shown else ""
    return f"\n### {topic}\n\n{english}<br>{chinese}\n\n{states}\n\n{_table(fields)}\n{sample}"


def _state(version: SchemaVersion, since: Releases) -> str:
    release = since.of(version)
    link = f"[v{version.version}](../schemas/{file_name(version)})"
    return f"{link} draft" if release is None else f"{link} since release {release}"


def _anchor(topic: str) -> str:
    return topic.replace(".", "").lower()


def _halves(doc: str) -> tuple[str, str]:
    english, _, chinese = doc.rpartition(" / ")
    return english, chinese


def _both(doc: str) -> str:
    return "<br>".join(_halves(doc))


def _table(fields: list[Json]) -> str:
    if not fields:
        return "No fields but `meta`. 除公共部分外无其他字段。\n"
    rows = ["| field | type | default | meaning |", "|---|---|---|---|"]
    for f in fields:
        sealed = f"🔒 `{f['sealedFor']}`" if "sealedFor" in f else _type(f["type"])
        default = f"`{json.dumps(f['default'])}`" if "default" in f else "required"
        rows.append(f"| `{f['name']}` | {sealed} | {default} | {_both(f['doc'])} |")
    return "\n".join(rows) + "\n"


def _type(schema: Any) -> str:
    if isinstance(schema, str):
        name = schema.removeprefix("relief.")
        return (
            name if schema == name or name in ("Uuid", "Digest") else f"[{name}](#{name.lower()})"
        )
    if isinstance(schema, list):
        return " or ".join(_type(s) for s in schema)
    if schema["type"] == "array":
        return f"list of {_type(schema['items'])}"
    if schema["type"] == "record":
        return f"[{schema['name']}](#{schema['name'].lower()})"
    return str(schema.get("name") or schema.get("logicalType") or schema["type"])


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(text(), "utf-8")
