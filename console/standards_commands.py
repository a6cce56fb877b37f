"""`standards`: which standard holds on a day, and what superseded what."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from console import answers
from console.language import Voice
from console.names import program_name
from console.session import DEFAULT_LEDGER, AsAt, AsJson, AsOf, Lang, LedgerDir, moment_of, session
from console.wiring import Relief
from domain.money import format_yuan
from projections.standards import IN_FORCE, SUPERSEDED, TO_COME, Standard, standard_list

_STATES = {
    IN_FORCE: ("施行中", "in force"),
    TO_COME: ("待施行", "to come"),
    SUPERSEDED: ("已被取代", "superseded"),
}
COMPONENTS = {
    "base": ("基本保障金", "base"),
    "supplement": ("分类施保金", "supplement"),
    "care": ("照料护理费", "care"),
}
"""Components as clerks call them; others are shown by their code."""


def standards(
    ledger: LedgerDir = DEFAULT_LEDGER,
    program: Annotated[str | None, typer.Option(help="救助类别代码 / program code")] = None,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """救助标准及其更替 / standards in time, and what superseded what."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        with answers.caught_up(relief, moment, speak) as connection:
            found = standard_list(connection, moment, program)
        if as_json:
            typer.echo(answers.envelope(moment, standards=found))
            return
        _print(relief, speak, found)
        answers.stamp(relief, moment, speak)


def _print(relief: Relief, speak: Voice, found: list[Standard]) -> None:
    if not found:
        speak.say(
            "尚未登记标准;请用 record 命令 adopt_standard",
            "no standard is adopted yet; record adopt_standard",
        )
        return
    table = Table(title=speak.pick("标准(元/人月)", "Standards (CNY a person and month)"))
    table.title_justify = "left"
    for zh, en in (
        ("类别", "program"),
        ("构成", "component"),
        ("档次", "grade"),
        ("区域", "area"),
        ("版本", "version"),
        ("标准", "amount"),
        ("自", "from"),
        ("至(不含)", "until"),
        ("取代", "supersedes"),
        ("状态", "state"),
    ):
        table.add_column(speak.pick(zh, en), justify="right" if en == "amount" else "left")
    for s in found:
        table.add_row(
            program_name(s.program, speak),
            speak.pick(*COMPONENTS.get(s.component, (s.component, s.component))),
            s.grade,
            relief.divisions.name_of(s.area) if s.area else speak.pick("全县", "county"),
            s.version,
            format_yuan(s.amount_fen),
            str(s.starts_on),
            str(s.until or ""),
            s.supersedes,
            speak.pick(*_STATES[s.state]),
        )
    speak.out.print(table)
