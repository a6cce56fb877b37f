"""An example of every event, made from its schema: for the catalogue, and for whoever subscribes.

Values are made up by a field's name and type, and are always the same ones. Ids as hyphenated
hex, digests as hex, dates as YYYY-MM-DD, sealed bytes as Base64: what a program prints of them.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import date
from typing import Any, Final
from uuid import UUID

Json = Any

TEXTS: Final[dict[str, str]] = {
    "action": "enroll",
    "age_band": "60-64",
    "area": "330681102",
    "bank": "bank_rcb",
    "basis": "decided",
    "batch": "HD202305-01",
    "body": "county_government",
    "budget_code": "2081901",
    "budget_document": "诸财社〔2023〕15号",
    "capacity": "relative",
    "care": "at_home",
    "category": "medical",
    "channel": "visit",
    "code": "base",
    "component": "base",
    "conclusion": "meets",
    "custodian": "a-5f2c0b8e9d1a47c36e70",
    "directory": "disability",
    "document": "诸民低保〔2023〕27号",
    "every": "month",
    "from_program": "dibao_edge",
    "fund": "county",
    "fund_level": "county",
    "grade": "1",
    "ground": "income_over",
    "id": "a-5f2c0b8e9d1a47c36e70",
    "indicator": "medical_bill",
    "item": "wheelchair",
    "kind": "regular",
    "level": "partial",
    "lives_in": "330681103",
    "manner": "visit",
    "method": "difference",
    "name": "枫桥社会工作服务中心",
    "number": "2023-0417",
    "official": "a-91b3e4d60c5f28a7e1d4",
    "opinion": "grant",
    "organization": "330681109-office",
    "outcome": "solved",
    "payee_authority": "member",
    "place": "330681109001",
    "program": "dibao",
    "proposal": "enrollment",
    "purpose": "application",
    "reason": "income_changed",
    "registered_in": "330681102",
    "relation": "spouse",
    "report": "HB20230517-0042",
    "request": "HD20230510-0042",
    "respondent": "spouse",
    "result": "meets",
    "role": "approver",
    "rule_version": "zhejiang-2021-07",
    "service": "home_care",
    "source": "bureau",
    "standard": "dibao-2023",
    "town": "330681109",
    "to_town": "330681110",
    "to_village": "赵家新村",
    "track": "help_project",
    "unit": "person",
    "version": "dibao-2023",
    "village": "枫源村",
}
MONTHS: Final = {"first_month": "2023-03", "last_month": "2023-05", "month": "2023-05"}
LISTS: Final[dict[str, list[str]]] = {
    "data_kinds": ["deposits", "vehicles"],
    "exceeds": ["deposits"],
    "fields": ["name", "identity_number"],
    "investigators": ["a-5f2c0b8e9d1a47c36e70", "a-91b3e4d60c5f28a7e1d4"],
    "assessors": ["a-5f2c0b8e9d1a47c36e70", "a-91b3e4d60c5f28a7e1d4"],
    "may_report": ["relief.disbursement.PaymentPaid", "relief.disbursement.PaymentReturned"],
    "months": ["2023-05"],
    "papers": ["income_proof"],
    "reasons": ["income_over"],
    "sources_answered": ["bank_rcb"],
    "sources_requested": ["bank_rcb", "vehicles"],
    "towns": ["330681109"],
}
DATES: Final = {
    "due_on": date(2023, 6, 7),
    "effective_from": date(2023, 6, 1),
    "expected_back": date(2024, 5, 1),
    "until": date(2024, 5, 1),
}
WHOLES: Final = {
    "amount_fen": 81_000,
    "attending": 23,
    "file_row": 7,
    "in_favor": 21,
    "income_per_head_fen": 30_500,
    "line_no": 12,
    "sex": 1,
    "stream_version": 4,
    "version": 2,
}


def example(schema: Json) -> Json:
    """An example of a record, every field filled in."""
    names: dict[str, Json] = {}
    _collect(schema, names)
    return _value(schema, "", schema["name"], names)


def _collect(schema: Json, names: dict[str, Json]) -> None:
    if isinstance(schema, list):
        for branch in schema:
            _collect(branch, names)
    elif isinstance(schema, dict):
        if "name" in schema and schema.get("type") in ("record", "fixed"):
            names[f"{schema['namespace']}.{schema['name']}"] = schema
        for inner in schema.get("fields", ()):
            _collect(inner["type"], names)
        _collect(schema.get("items"), names)


def _value(schema: Json, name: str, path: str, names: dict[str, Json]) -> Json:
    if isinstance(schema, list):
        return _value(next(s for s in schema if s != "null"), name, path, names)
    if isinstance(schema, str) and schema in names:
        schema = names[schema]
    if schema == "string":
        return MONTHS.get(name) or TEXTS.get(name, name)
    if schema == "long":
        return WHOLES.get(name, 120_000 if name.endswith("_fen") else 3)
    if schema == "boolean":
        return True
    if schema == "bytes":
        return base64.b64encode(_seed(path, 58)).decode()
    kind = schema["type"]
    if kind == "array":
        return LISTS.get(name) or [_value(schema["items"], name, path, names)]
    if kind == "record":
        fields = schema["fields"]
        return {
            f["name"]: _value(f["type"], f["name"], f"{path}.{f['name']}", names) for f in fields
        }
    if kind == "fixed":
        return _fixed(schema, name, path)
    return DATES.get(name, date(2023, 5, 10)).isoformat()


def _fixed(schema: Json, name: str, path: str) -> str:
    if schema["name"] == "Digest":
        return _seed(path, 16).hex()
    # The same name is the same id wherever it stands, as far as an example can.
    raw = bytearray(b"\x01\x88\x04\x5c\x8a\x00" + _seed(name or path, 10))
    raw[6], raw[8] = 0x70 | raw[6] & 0x0F, 0x80 | raw[8] & 0x3F
    return str(UUID(bytes=bytes(raw)))


def _seed(text: str, length: int) -> bytes:
    return hashlib.shake_256(text.encode()).digest(length)
