"""`reveal`: finds the sealed fields of a person or household and shows them, once it is recorded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from console.answers import caught_up
from console.language import Voice
from console.names import ERASED
from console.wiring import BUREAU, OPERATOR, Relief
from domain.events import Event, HouseholdFormed
from domain.oversight import reveal_reason, role_code
from domain.wording import BadValue
from ledger.revealing import Revealed, SealedField, reveal, sealed_in, wanted_fields
from projections.moment import Moment
from projections.registry import members_of
from projections.streams_of import streams_of

FIELDS_ZH = {
    "account": "银行账号",
    "address": "住址",
    "birth_date": "出生日期",
    "certificate": "救助证号",
    "circumstances": "家庭情况",
    "content": "内容",
    "identity_number": "身份证号",
    "name": "姓名",
    "record": "调查记录",
    "remark": "备注",
}


def show(
    relief: Relief,
    speak: Voice,
    target: UUID,
    role: str | None,
    reason: str | None,
    fields: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Shows the fields of a person, or of a household and its members. Raises what `reveal` raises."""
    role_code(role)
    reveal_reason(reason)
    found, erased = _found(relief, target, wanted_fields(fields))
    opened = reveal(
        relief.ledger, found, role, reason, on=relief.today(), actor=OPERATOR, source=BUREAU
    )
    if as_json:
        typer.echo(_as_json(opened, erased))
        return
    table = Table(box=None)
    for zh, en in (("人员", "person"), ("字段", "field"), ("内容", "text"), ("日期", "on")):
        table.add_column(speak.pick(zh, en), overflow="fold")
    for r in opened:
        field = speak.pick(FIELDS_ZH.get(r.field, r.field), r.field)
        table.add_row(str(r.person_id), field, escape(r.text), str(r.occurred_on))
    for person in erased:
        table.add_row(str(person), "", ERASED, "")
    speak.out.print(table)
    speak.say("[dim]此次查看已记入账本[/dim]", "[dim]this reveal is recorded in the ledger[/dim]")


def _found(
    relief: Relief, target: UUID, fields: tuple[str, ...]
) -> tuple[list[SealedField], list[UUID]]:
    """The sealed fields, and who of those concerned is erased."""
    own = _events(relief, target)
    if not own:
        raise BadValue("账本中没有这个人或户", "the ledger knows no such person or household")
    moment = Moment(relief.today(), relief.entries.head())
    with caught_up(relief, moment) as connection:
        if isinstance(own[0], HouseholdFormed):
            persons = [
                m.person_id for m in members_of(connection, moment, [target]).get(target, [])
            ]
            streams = [*persons, target]
        else:
            persons = [target]
            streams = streams_of(connection, moment, target)
    found = [f for stream in streams for f in sealed_in(_events(relief, stream), fields)]
    found = [f for f in found if f.person_id in persons]
    gone = [p for p in persons if not relief.vault.has_key(p)]
    return found, gone


def _events(relief: Relief, stream: UUID) -> list[Event]:
    return [r.event for r in relief.entries.stream(stream)]


def _as_json(opened: Sequence[Revealed], erased: Sequence[UUID]) -> str:
    said = {
        "revealed": [
            {
                "person_id": str(r.person_id),
                "field": r.field,
                "text": r.text,
                "on": str(r.occurred_on),
            }
            for r in opened
        ],
        "erased": [str(p) for p in erased],
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True)
