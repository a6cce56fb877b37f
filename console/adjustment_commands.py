"""`adjust-all`: a new standard for everybody in a program, arrears as back-payments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from console import adjusting, bulk_lists
from console.answers import stamp
from console.language import Voice
from console.names import program_name
from console.session import (
    DEFAULT_LEDGER,
    AsJson,
    Failed,
    Lang,
    LedgerDir,
    bar,
    session,
)
from console.wiring import Relief
from domain.calendar import parse_date, parse_month
from domain.events import Actor
from domain.money import format_yuan
from domain.programs import PROGRAMS
from domain.wording import BadValue
from intake.plan_checks import actor_reference
from projections.canonical import canonical
from projections.moment import Moment

Document = Annotated[str, typer.Option(help="文号 / number of the paper behind it")]
Fund = Annotated[str, typer.Option(help="资金来源 / fund")]
On = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="决定日期,默认今天 / day of the decision")
]
CsvFile = Annotated[
    Path | None, typer.Option("--csv", help="把列出的户写入此文件 / write the listed cases here")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只计算 / plan only")]


def adjust_all(
    program: Annotated[str, typer.Option(help="救助类别代码 / program code")],
    standard: Annotated[str, typer.Option(help="标准版本 / version of the standard")],
    first: Annotated[str, typer.Option("--from", metavar="MONTH", help="自何月起 / from month")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    on: On = None,
    batch: Annotated[str, typer.Option(help="补发批次号 / number of the batch of arrears")] = "",
    fund: Fund = "county",
    document: Document = "",
    proposed_by: Annotated[str, typer.Option(help="提出人 / who proposed")] = "",
    approved_by: Annotated[str, typer.Option(help="审批人 / who approved")] = "",
    dry_run: DryRun = False,
    csv: CsvFile = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """提标:按新标准逐户重算,差额列入补发批次 / a new standard for everybody, arrears in a batch."""
    with session(ledger, lang) as (relief, speak):
        order = adjusting.Order(
            known_program(program),
            standard,
            parse_month(first),
            parse_date(on) if on else relief.today(),
            fund,
            document,
            batch,
            _actor(relief, proposed_by, "proposer"),
            _actor(relief, approved_by, "approver"),
        )
        with bar(speak, speak.pick("调整", "adjusting")) as progress:
            done = adjusting.adjust_all(
                relief, order, dry_run=dry_run, speak=speak, progress=progress
            )
        listed = [*done.cannot, *done.remarks]
        if csv is not None:
            bulk_lists.write_csv(csv, listed, relief.divisions, speak)
        if as_json:
            typer.echo(canonical(done).decode())
        else:
            _show(relief, speak, done, dry_run=dry_run)
            bulk_lists.show(done.cannot, ("未能调整", "Not adjusted"), relief.divisions, speak)
            bulk_lists.show(
                done.remarks,
                ("已调整,待核实", "Adjusted; to be looked at"),
                relief.divisions,
                speak,
            )
            stamp(relief, Moment(order.on, relief.entries.head()), speak)
        if listed or done.left_over:
            raise Failed(1)


def known_program(code: str) -> str:
    """The code of a program that pays by an entitlement. BadValue names those there are."""
    monthly = [p.code for p in PROGRAMS.values() if p.monthly]
    if code not in monthly:
        words = ", ".join(monthly)
        raise BadValue(
            f"{code} 不是按月发放的类别;可用:{words}", f"{code} pays no month; one of: {words}"
        )
    return code


def _actor(relief: Relief, name: str, role: str) -> Actor | None:
    return Actor(actor_reference(relief.vault, name), role) if name else None


def _show(relief: Relief, speak: Voice, done: adjusting.Adjustment, *, dry_run: bool) -> None:
    order = done.order
    title = speak.pick(
        f"{program_name(order.program, speak)} · 标准 {order.version} · 自 {order.first} 起",
        f"{order.program} · standard {order.version} · from {order.first}",
    )
    table = Table(title=title, title_justify="left", show_header=False)
    rows = (
        ("调整", "adjusted", f"{done.adjusted:,}"),
        ("此前已按新标准", "on the new standard already", f"{done.already:,}"),
        ("不涉及", "not concerned", f"{done.unaffected:,}"),
        ("未能调整", "not adjusted", f"{len(done.cannot):,}"),
        ("月保障金(元)", "due a month (CNY)",
         f"{format_yuan(done.before_fen)} → {format_yuan(done.after_fen)}"),
        ("补发(笔)", "lines of arrears", f"{done.arrears_lines:,}"),
        ("补发(元)", "arrears (CNY)", format_yuan(done.arrears_fen)),
    )  # fmt: skip
    for zh, en, value in rows:
        table.add_row(speak.pick(zh, en), value)
    speak.out.print(table)
    if dry_run:
        speak.say("试算,未记录任何内容", "a dry run: nothing is recorded")
        return
    if done.batch:
        speak.say(
            f"补发批次 {done.batch} 已编制,待审核、审批",
            f"batch {done.batch} of arrears is prepared; review and approval are to follow",
        )
    if done.left_over:
        speak.say(
            f"{done.left_over:,} 户在处理期间另有变动,请再运行一次",
            f"{done.left_over:,} cases changed while this ran; run it again",
        )
