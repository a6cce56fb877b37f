"""`coverage`: which source files were owed and came, with their control totals, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from console import answers
from console.language import Voice
from console.session import (
    DEFAULT_LEDGER,
    AsAt,
    AsJson,
    AsOf,
    Failed,
    Lang,
    LedgerDir,
    moment_of,
    session,
)
from console.wiring import BUREAU, OPERATOR, Relief
from domain.calendar import parse_date, parse_month
from domain.events import UNBORN, FileExpected
from domain.money import format_yuan
from domain.wording import BadValue
from intake.kinds import KINDS
from ledger.commands import Command, Draft
from ledger.ids import new_id
from projections.file_coverage import (
    COUNTY,
    MISSING,
    RECEIVED,
    FileCoverage,
    Owed,
    file_coverage,
)
from projections.moment import Moment


def coverage(
    first: Annotated[str, typer.Option("--from", metavar="MONTH", help="起 / first month")],
    last: Annotated[str, typer.Option("--to", metavar="MONTH", help="止(含) / last month")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """应报与已报的文件、控制总数、缺什么 / files owed and received, and what is missing."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        with answers.caught_up(relief, moment, speak) as connection:
            found = file_coverage(connection, moment, parse_month(first), parse_month(last))
        if as_json:
            typer.echo(answers.envelope(moment, coverage=found))
        else:
            _show_coverage(relief, speak, moment, found)
    if found.missing:
        raise Failed(1)


def _show_coverage(relief: Relief, speak: Voice, moment: Moment, found: FileCoverage) -> None:
    table = Table(title=speak.pick("来源文件", "Source files"), title_justify="left")
    for zh, en in (("来源", "source"), ("类型", "kind"), ("所属期", "period")):
        table.add_column(speak.pick(zh, en), no_wrap=True)
    for zh, en in (("应报", "owed"), ("已报", "received"), ("行", "rows"), ("金额", "amount")):
        table.add_column(speak.pick(zh, en), justify="right", no_wrap=True)
    table.add_column(speak.pick("缺", "missing"), overflow="fold")
    files = {f.position: f for f in found.files}
    for (source, kind, period), own in _grouped(found).items():
        came = [files[p] for p in sorted({p for o in own for p in o.positions})]
        lacking = [_town(relief, speak, o.town) for o in own if o.state == MISSING]
        table.add_row(
            escape(source),
            escape(kind),
            period,
            str(len(own)),
            str(sum(o.state == RECEIVED for o in own)),
            f"{sum(f.rows for f in came):,}",
            format_yuan(sum(f.amount_fen for f in came)),
            "、".join(lacking),
            style="red" if lacking else "",
        )
    for f in found.files:
        if not f.expected:
            months = f.months[0] if len(f.months) == 1 else f"{f.months[0]} … {f.months[-1]}"
            table.add_row(
                escape(f.source),
                escape(f.kind),
                months,
                "",
                "1",
                f"{f.rows:,}",
                format_yuan(f.amount_fen),
                "",
                style="dim",
            )
    speak.out.print(table)
    speak.say(
        f"应报 {len(found.owed)},已报 {found.received},缺 {found.missing},"
        f"未到期 {found.not_due};另有 {sum(not f.expected for f in found.files)} 份没有应报规定",
        f"{len(found.owed)} owed, {found.received} received, {found.missing} missing, "
        f"{found.not_due} not due yet; {sum(not f.expected for f in found.files)} more that nobody "
        "said were owed",
    )
    answers.stamp(relief, moment, speak)


def _grouped(found: FileCoverage) -> dict[tuple[str, str, str], list[Owed]]:
    grouped: dict[tuple[str, str, str], list[Owed]] = defaultdict(list)
    for o in found.owed:
        grouped[o.source, o.kind, o.period].append(o)
    return grouped


def _town(relief: Relief, speak: Voice, town: str) -> str:
    return speak.pick("全县", "county") if town == COUNTY else relief.divisions.name_of(town)


def expect(
    kind: Annotated[str, typer.Argument(help="文件类型 / kind of file")],
    start: Annotated[str, typer.Option("--from", metavar="DATE", help="自 / from this day on")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    source: Annotated[str, typer.Option(help="来源代码 / code of the source")] = BUREAU,
    every: Annotated[
        str, typer.Option(help="month, quarter, year; none 为不再要求 / none: no longer")
    ] = "month",
    due_days: Annotated[int, typer.Option(help="期后多少日内 / days after the period")] = 15,
    town: Annotated[
        list[str] | None, typer.Option(help="镇街代码,可多次;all 为全部 / each town; all")
    ] = None,
    lang: Lang = None,
) -> None:
    """规定某来源应按期报送的文件 / state that a source owes a kind of file for every period."""
    with session(ledger, lang) as (relief, speak):
        if kind not in KINDS:
            raise BadValue(f"没有类型 {kind}:{', '.join(KINDS)}", f"one of {', '.join(KINDS)}")
        if source not in relief.ledger.find("source", [source]):
            raise BadValue(
                f"来源 {source} 没有登记,应先登记", f"register the source {source} first"
            )
        event = FileExpected(
            meta=UNBORN,
            source=source,
            kind=kind,
            every="" if every == "none" else every,
            due_days=due_days,
            towns=_wanted_towns(relief, town or []),
        )
        key = f"{source}/{kind}"
        stream = relief.ledger.find("expectation", [key]).get(key) or new_id()
        draft = Draft(event, stream, relief.today(), parse_date(start))
        said = ("expect", key, str(parse_date(start)), every, str(due_days), *event.towns)
        receipt = relief.ledger.decide(Command(said, "", [draft], OPERATOR, BUREAU))
        if receipt.recorded:
            speak.say(
                f"[green]✓[/green] 第 {receipt.first_position} 条",
                f"[green]✓[/green] position {receipt.first_position}",
            )
        else:
            speak.say("以前已记录,未重复记录", "recorded before; nothing new")


def _wanted_towns(relief: Relief, asked: list[str]) -> tuple[str, ...]:
    if asked == ["all"]:
        return tuple(sorted(relief.divisions.towns))
    found = []
    for text in asked:
        code = relief.divisions.code_of(text)
        if code is None:
            raise BadValue("不是本县的镇乡(街道)代码或名称", "no town of this county")
        found.append(code)
    return tuple(sorted(set(found)))
