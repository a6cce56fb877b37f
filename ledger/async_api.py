"""Writes `docs/asyncapi.json`, the contract for subscribers, from the schemas and the topics' settings:
`python -m ledger.async_api`. A test says when it is stale.

AsyncAPI 3.0: servers, a channel a topic with its Kafka settings, an operation a channel (we send,
others receive), a message an event with its Avro schema, CloudEvents headers and an example.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from domain.events import FAMILY_IDS
from evidence.frame import FRAME_LENGTH
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topics import COPIES, IN_SYNC, LOG
from schemas.catalog import SchemaVersion, catalog

PATH: Final = Path(__file__).parent.parent / "docs" / "asyncapi.json"
AVRO: Final = "application/vnd.apache.avro+json;version=1.9.0"
_FAMILIES: Final = {
    "registry": ("人员、家庭、来源、标准", "persons, households, sources, standards"),
    "intake": ("需求、转介、申请、预警、文件", "needs, referrals, applications, warnings, files"),
    "verification": ("核对、比对、入户、公示、评议", "checks, visits, notices, appraisals"),
    "enrollment": ("纳入、调整、暂停、转换、恢复", "enrolled, adjusted, suspended, switched"),
    "exit": ("退出、减员", "exits"),
    "disbursement": ("发放批次与明细、退回、追缴", "batches, payment lines, returns, recoveries"),
    "service": ("机构、项目、服务、心愿", "providers, projects, deliveries, wishes"),
    "oversight": ("查看、删除、线索、监督", "reveals, erasures, findings"),
}
_DAY: Final = date(2023, 5, 10)
_INSTANT: Final = datetime(2023, 5, 10, 2, 30, tzinfo=UTC)


def text(settings: KafkaSettings | None = None, *, inline: bool = False) -> str:
    """The document: JSON, two spaces, Chinese as it is.

    `inline`: every schema stands in it, so that it can be handed on alone; else it refers to the
    `.avsc` files beside it. `settings`: whose names the topics have.
    """
    return json.dumps(document(settings, inline=inline), ensure_ascii=False, indent=2) + "\n"


def document(settings: KafkaSettings | None = None, *, inline: bool = False) -> dict[str, Any]:
    """The document as dicts and lists."""
    settings = settings or KafkaSettings("kafka.example.org:9093")
    latest = catalog().latest
    families = {name: _of_family(name) for name in FAMILY_IDS}
    channels = {name: _channel(settings, name, own) for name, own in families.items()}
    everything = [topic for own in families.values() for topic in own]
    channels["ledger"] = _channel(settings, "ledger", everything)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Relief ledger · 救助决定审计账本",
            "version": "1",
            "description": (
                "Every relief decision as an immutable event, in order, with nothing left out: "
                "`ce_familyposition` counts the entries of a family from 1 without a gap, "
                "`ce_position` those of the whole ledger. Read with isolation level "
                "`read_committed`; a record that was aborted never happened. Deliveries may "
                "repeat: keep the last `ce_familyposition` with your own rows. Names, identity "
                "numbers and accounts are sealed and cannot be opened by a subscriber. A value is "
                "`application/avro`; its first byte says how: 0x00 and the schema's id in the "
                "registry (four bytes), or 0xC3 0x01 and the schema's CRC-64-AVRO fingerprint "
                "(Avro single-object encoding), then the body. A topic may hold both.\n\n"
                "每一次救助决定都是一个不可更改的事件,按序、不缺。请以 read_committed 读取,"
                "以 ce_familyposition 判断是否缺号;个人信息均已加密。值为 application/avro:首字节 0x00 "
                "后为模式编号,0xC3 0x01 后为模式指纹,其后是正文。"
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/avro",
        "servers": _servers(),
        "channels": channels,
        "operations": {name: _operation(name, own) for name, own in channels.items()},
        "components": {
            "messages": {t: _message(latest[t], inline=inline) for t in sorted(latest)},
            "messageTraits": {"entry": _trait()},
            "securitySchemes": {
                "scram": {"type": "scramSha512", "description": "SASL/SCRAM-SHA-512 over TLS"},
                "oauth": {
                    "type": "oauth2",
                    "description": "SASL/OAUTHBEARER over TLS",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": "https://login.example.org/token",
                            "availableScopes": {"relief.read": "read the topics granted"},
                        }
                    },
                },
            },
        },
    }


def _servers() -> dict[str, Any]:
    security = [{"$ref": f"#/components/securitySchemes/{name}"} for name in ("scram", "oauth")]
    return {
        "production": {
            "host": "kafka.example.org:9093",
            "protocol": "kafka-secure",
            "description": "The bureau's brokers; the address is the bureau's to give. 由民政部门提供",
            "security": security,
            "bindings": {
                "kafka": {
                    "schemaRegistryUrl": "https://registry.example.org/apis/ccompat/v7",
                    "schemaRegistryVendor": "confluent",
                    "bindingVersion": "0.5.0",
                }
            },
        },
        "local": {
            "host": "localhost:9092",
            "protocol": "kafka",
            "description": "`docker compose up`, or `make kafka` without Docker",
        },
    }


def _of_family(family: str) -> list[str]:
    return sorted(t for t in catalog().latest if t.split(".")[1] == family)


def _channel(settings: KafkaSettings, name: str, topics: list[str]) -> dict[str, Any]:
    zh, en = _FAMILIES.get(name, ("账本全部事件,其次序即账本的次序", "every entry, in order"))
    retention = {
        "cleanup.policy": [LOG["cleanup.policy"]],
        "retention.ms": int(LOG["retention.ms"]),
        "retention.bytes": int(LOG["retention.bytes"]),
    }
    return {
        "address": settings.ledger_topic if name == "ledger" else settings.family_topic(name),
        "title": zh,
        "description": f"{en[0].upper()}{en[1:]}. One partition a ledger: order holds for whoever "
        "reads it.",
        "servers": [{"$ref": "#/servers/production"}, {"$ref": "#/servers/local"}],
        "messages": {t: {"$ref": f"#/components/messages/{t}"} for t in topics},
        "bindings": {
            "kafka": {
                "partitions": settings.partition + 1,
                "replicas": COPIES,
                "topicConfiguration": retention,
                "bindingVersion": "0.5.0",
            }
        },
        "x-min-insync-replicas": IN_SYNC,
    }


def _operation(name: str, channel: dict[str, Any]) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "title": channel["title"],
        "summary": "The ledger's single writer sends; whoever has READ on the topic subscribes.",
        "messages": [{"$ref": f"#/channels/{name}/messages/{t}"} for t in channel["messages"]],
    }


def _trait() -> dict[str, Any]:
    """What every record carries beside its value."""
    return {
        "headers": {
            "type": "object",
            "required": [*_HEADERS],
            "properties": {name: dict(what) for name, what in _HEADERS.items()},
        },
        "bindings": {
            "kafka": {
                "key": {
                    "type": "string",
                    "format": "binary",
                    "minLength": 16,
                    "maxLength": 16,
                    "description": "The stream's id, 16 bytes. 事件流编号",
                },
                "schemaIdLocation": "payload",
                "schemaIdPayloadEncoding": "confluent",
                "schemaLookupStrategy": "RecordNameStrategy",
                "bindingVersion": "0.5.0",
            }
        },
    }


_HEADERS: Final[dict[str, dict[str, Any]]] = {
    "ce_specversion": {"type": "string", "const": "1.0", "description": "CloudEvents, binary mode"},
    "content-type": {"type": "string", "const": "application/avro"},
    "ce_source": {
        "type": "string",
        "format": "uri",
        "description": "Which ledger",
        "examples": ["urn:relief:relief:0"],
    },
    "ce_id": {"type": "string", "format": "uuid", "description": "The event's id"},
    "ce_type": {"type": "string", "description": "Topic of the event", "pattern": "^relief\\."},
    "ce_time": {
        "type": "string",
        "format": "date-time",
        "description": "When it was recorded, UTC, to the microsecond",
    },
    "ce_subject": {"type": "string", "format": "uuid", "description": "The stream's id"},
    "ce_position": {
        "type": "string",
        "pattern": "^[1-9][0-9]*$",
        "description": "Position in the ledger, from 1, gapless",
    },
    "ce_familyposition": {
        "type": "string",
        "pattern": "^[1-9][0-9]*$",
        "description": "Position in the family, from 1, gapless: a gap is a loss",
    },
    "traceparent": {"type": "string", "description": "W3C Trace Context; one trace a command"},
    "relief_frame": {
        "type": "string",
        "format": "binary",
        "minLength": FRAME_LENGTH,
        "maxLength": FRAME_LENGTH,
        "description": "The frame: frame ‖ Avro body is the entry that is hashed",
    },
    "relief_leaf": {
        "type": "string",
        "format": "binary",
        "minLength": 32,
        "maxLength": 32,
        "description": "SHA-256(0x00 ‖ entry): the entry's leaf in the Merkle tree",
    },
}


def _message(version: SchemaVersion, *, inline: bool) -> dict[str, Any]:
    schema = json.loads(version.raw)
    file = f"../schemas/{version.topic}.v{version.version}.avsc"
    return {
        "name": version.topic,
        "title": version.topic.rpartition(".")[2],
        "summary": schema["doc"].splitlines()[0],
        "contentType": "application/avro",
        "payload": {"schemaFormat": AVRO, "schema": schema if inline else {"$ref": file}},
        "traits": [{"$ref": "#/components/messageTraits/entry"}],
        "x-schema-version": version.version,
        "x-schema-sha256": version.file_hash.hex(),
        "examples": [
            {
                "name": "example",
                "headers": _example_headers(version.topic),
                "payload": _value(schema, "", {}),
            }
        ],
    }


def _example_headers(topic: str) -> dict[str, str]:
    return {
        "ce_specversion": "1.0",
        "content-type": "application/avro",
        "ce_source": "urn:relief:relief:0",
        "ce_id": str(_id("event_id")),
        "ce_type": topic,
        "ce_time": _INSTANT.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "ce_subject": str(_id("stream_id")),
        "ce_position": "4711",
        "ce_familyposition": "815",
    }


_PLAIN: Final[dict[str, Any]] = {
    "program": "dibao",
    "component": "base",
    "code": "base",
    "fund": "county",
    "town": "330681001",
    "to_town": "330681002",
    "basis": "decided",
    "source": "bureau",
    "role": "clerk",
    "month": "2023-05",
    "last_month": "2023-05",
    "first_month": "2023-05",
}


def _value(schema: Any, name: str, known: dict[str, Any]) -> Any:
    """A value that the schema takes, in Avro's JSON form; codes and months as they mostly are."""
    if isinstance(schema, list):
        other = next(s for s in schema if s != "null")
        return _value(other, name, known) if "null" not in schema else None
    if isinstance(schema, str) and schema in known:
        schema = known[schema]
    kind = schema["type"] if isinstance(schema, dict) else schema
    if kind in ("record", "fixed"):
        known[f"{schema.get('namespace', 'relief')}.{schema['name']}"] = schema
    if kind == "record":
        return {f["name"]: _value(f["type"], f["name"], known) for f in schema["fields"]}
    if kind == "array":
        return [_value(schema["items"], name, known)]
    logical = schema.get("logicalType", "") if isinstance(schema, dict) else ""
    return _scalar(kind, logical, name, schema)


def _scalar(kind: str, logical: str, name: str, schema: Any) -> Any:
    if logical == "uuid":
        return str(_id(name))
    if logical == "date":
        return (_DAY - date(1970, 1, 1)).days
    if kind == "boolean":
        return True
    if kind in ("int", "long"):
        return 80_000 if name.endswith("_fen") else 1
    if kind == "bytes":
        return "\u0001\u0002\u0003"
    if kind == "fixed":
        return "\u0000" * int(schema["size"])
    return _PLAIN.get(name, name)


def _id(name: str) -> UUID:
    """An id that tells by its last digits which field it stands in; made like a UUIDv7."""
    millis = int((_INSTANT - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
    tail = int.from_bytes(name.encode()[-6:].rjust(6, b"\0"), "big")
    return UUID(int=(millis << 80) | (0x7000 << 64) | (0x8000 << 48) | tail)


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(text(), "utf-8")
