"""`erase`: says what will be lost, asks, and destroys a person's key."""

from __future__ import annotations

import json
import sys
from uuid import UUID

import typer

from console.language import Voice
from console.wiring import BUREAU, OPERATOR, Relief
from domain.events import PersonRegistered, WorkerAssigned
from domain.oversight import erasure_ground
from domain.wording import BadValue
from ledger.erasing import erase, is_erased
from ledger.masking import mask_name
from ledger.vault_errors import VaultError


def run(
    relief: Relief,
    speak: Voice,
    person: UUID,
    ground: str | None,
    document: str | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Erases after a yes. Raises BadValue for a ground that is no code, or without a yes."""
    code = erasure_ground(ground)
    stream = relief.entries.stream(person)
    begins = stream[0].event if stream else None
    if begins is not None and not isinstance(begins, (PersonRegistered, WorkerAssigned)):
        raise BadValue("这是户或其他编号,不是人员编号", "this is no person's id")
    if not yes and not is_erased(relief.recorder, person):
        _ask(relief, speak, person, begins)
    receipt = erase(
        relief.ledger,
        person,
        code,
        on=relief.today(),
        actor=OPERATOR,
        source=BUREAU,
        document=document,
    )
    if as_json:
        said = {
            "person_id": str(person),
            "erased": True,
            "already": receipt.recorded == 0,
            "position": receipt.first_position or None,
        }
        typer.echo(json.dumps(said, sort_keys=True))
    elif receipt.recorded:
        speak.say(
            f"[green]✓[/green] 已删除 {person}(第 {receipt.first_position} 条)。"
            "保管库以前的备份里还有其密钥:请销毁旧备份并重新备份。",
            f"[green]✓[/green] {person} is erased (position {receipt.first_position}). Older "
            "backups of the vault still hold the key: destroy them and make a new one.",
        )
    else:
        speak.say("以前已删除,未重复记录", "erased before; nothing new")


def _ask(
    relief: Relief, speak: Voice, person: UUID, begins: PersonRegistered | WorkerAssigned | None
) -> None:
    if not sys.stdin.isatty():
        raise BadValue(
            "删除不可恢复;请在终端确认,或加 --yes",
            "an erasure cannot be undone; confirm it at a terminal, or give --yes",
        )
    who = _masked(relief, person, begins)
    question = speak.pick(
        f"将永久删除 {who}({person})的姓名、身份证号、住址等全部加密内容,无法恢复;"
        "决定和金额不变。继续?",
        f"Name, number, address and all else sealed of {who} ({person}) will be unreadable for "
        "good; decisions and money stay. Go on?",
    )
    if not typer.confirm(question, err=True):
        speak.warn("未删除任何内容", "nothing was erased")
        raise typer.Exit(1)


def _masked(relief: Relief, person: UUID, begins: PersonRegistered | WorkerAssigned | None) -> str:
    if begins is None or begins.name is None:
        return "…" + person.hex[-6:]
    try:
        return mask_name(relief.vault.unseal(person, begins.meta.event_id, "name", begins.name))
    except VaultError:
        return "…" + person.hex[-6:]
