"""`explain`: from any number of a roster, of movements, of spending or of the annual figures down
to the entries that make it up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from console import answers
from console.evidence_commands import needs_origin
from console.language import Voice
from console.names import topic_name
from console.proofs import make_receipt
from console.session import (
    DEFAULT_LEDGER,
    AsAt,
    AsJson,
    AsOf,
    Lang,
    LedgerDir,
    Out,
    bar,
    moment_of,
    session,
)
from console.sheets import Column, write_sheet
from console.wiring import Relief
from domain.calendar import parse_date, parse_month
from domain.money import format_yuan
from ledger.places import Place, places
from projections.counted import COUNTED
from projections.explaining.explanation import FEN, Contribution, Explanation
from projections.explaining.of_figures import explain_figure
from projections.explaining.of_movements import MOVEMENT_KEYS, explain_movements
from projections.explaining.of_roster import ROSTER_KEYS, explain_roster
from projections.explaining.of_spending import SPENDING_KEYS, explain_spending
from projections.moment import Moment

app = typer.Typer(
    no_args_is_help=True,
    help="任何一个数字由哪些事件构成 / any number, down to the entries that make it up",
)
Receipts = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="每条事件的收据写入新目录 / a receipt of every entry, in a new folder",
    ),
]
Rows = Annotated[int, typer.Option("--rows", help="显示行数 / rows shown")]
Program = Annotated[str | None, typer.Option(help="类别 / program")]
Town = Annotated[str | None, typer.Option(help="镇街代码 / town's code")]
Asked = Callable[[Connection, Moment], Explanation]
SHOWN = 20
UNITS = {"persons": ("人", "persons"), "cases": ("户", "cases"), "fen": ("元", "CNY")}


@app.command()
def figures(
    key: Annotated[str, typer.Argument(help="指标 / " + ", ".join(COUNTED))],
    year: Annotated[int, typer.Option(help="年份 / year")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_of: AsOf = None,
    as_at: AsAt = None,
    rows: Rows = SHOWN,
    out: Out = None,
    receipts: Receipts = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """年度数据中的一项 / one of the annual figures."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)

        def asked(connection: Connection, moment: Moment) -> Explanation:
            return explain_figure(connection, moment, key, year)

        _answer(relief, speak, moment, asked, rows, (out, receipts), as_json=as_json)


@app.command()
def roster(
    key: Annotated[str, typer.Argument(help=", ".join(ROSTER_KEYS))],
    ledger: LedgerDir = DEFAULT_LEDGER,
    program: Program = None,
    town: Town = None,
    as_of: AsOf = None,
    as_at: AsAt = None,
    rows: Rows = SHOWN,
    out: Out = None,
    receipts: Receipts = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """名单中的一个数字 / a number of the roster."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)

        def asked(connection: Connection, moment: Moment) -> Explanation:
            return explain_roster(connection, moment, key, program, town)

        _answer(relief, speak, moment, asked, rows, (out, receipts), as_json=as_json)


@app.command()
def movements(
    key: Annotated[str, typer.Argument(help=", ".join(MOVEMENT_KEYS))],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="起 / first day")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="止(含) / last day")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_of: AsOf = None,
    as_at: AsAt = None,
    rows: Rows = SHOWN,
    out: Out = None,
    receipts: Receipts = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """增减中的一个数字 / a number of the movements."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        end = parse_date(last) + timedelta(days=1)

        def asked(connection: Connection, moment: Moment) -> Explanation:
            return explain_movements(connection, moment, key, parse_date(first), end)

        _answer(relief, speak, moment, asked, rows, (out, receipts), as_json=as_json)


@app.command()
def spending(
    key: Annotated[str, typer.Argument(help=", ".join(SPENDING_KEYS))],
    ledger: LedgerDir = DEFAULT_LEDGER,
    first: Annotated[
        str | None, typer.Option("--from", metavar="MONTH", help="起 / first month")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="MONTH", help="止(含) / last month")
    ] = None,
    program: Program = None,
    town: Town = None,
    fund: Annotated[str | None, typer.Option(help="资金 / fund")] = None,
    as_of: AsOf = None,
    as_at: AsAt = None,
    rows: Rows = SHOWN,
    out: Out = None,
    receipts: Receipts = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """资金发放中的一个数字 / a sum of the spending."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        start = parse_month(first) if first else answers.FIRST_MONTH
        end = parse_month(last) if last else answers.LAST_MONTH

        def asked(connection: Connection, moment: Moment) -> Explanation:
            return explain_spending(connection, moment, key, start, end, program, town, fund)

        _answer(relief, speak, moment, asked, rows, (out, receipts), as_json=as_json)


def _answer(
    relief: Relief,
    speak: Voice,
    moment: Moment,
    asked: Asked,
    shown: int,
    files: tuple[Path | None, Path | None],
    *,
    as_json: bool,
) -> None:
    out, receipts = files
    with answers.caught_up(relief, moment, speak) as connection:
        found = asked(connection, moment)
    if as_json:
        typer.echo(answers.envelope(moment, explanation=found))
    else:
        known = _known(relief, found.rows[:shown])
        _show(relief, speak, moment, found, known, shown)
    if out is not None:
        _write(relief, moment, found, _known(relief, found.rows), out)
    if receipts is not None:
        _prove(relief, speak, found, receipts)


def _prove(relief: Relief, speak: Voice, found: Explanation, folder: Path) -> None:
    """A receipt of every entry that the number rests on: whoever holds them needs no ledger."""
    needs_origin(relief)
    positions = sorted({p for r in found.rows for p in r.positions})
    folder.mkdir(parents=True)
    with bar(speak, speak.pick("收据", "receipts")) as progress:
        for n, position in enumerate(positions, 1):
            (folder / f"{position}.txt").write_bytes(make_receipt(relief, str(position)))
            if progress:
                progress(n, len(positions))
    speak.say(
        f"[green]✓[/green] {len(positions):,} 条收据在 {folder}",
        f"[green]✓[/green] {len(positions):,} receipts are in {folder}",
    )


def _known(relief: Relief, rows: tuple[Contribution, ...]) -> dict[int, Place]:
    return places(relief.recorder, relief.codec, (p for r in rows for p in r.positions))


def _show(
    relief: Relief,
    speak: Voice,
    moment: Moment,
    found: Explanation,
    known: dict[int, Place],
    shown: int,
) -> None:
    value = format_yuan(found.value) if found.unit == FEN else f"{found.value:,}"
    unit = speak.pick(*UNITS.get(found.unit, ("项", "")))
    ends = (answers.FIRST_MONTH, answers.LAST_MONTH)  # of the calendar: no limit that was asked for
    scope = " ".join(f"{k}={v}" for k, v in found.scope.items() if v not in ends)
    title = " ".join(w for w in (found.figure, scope, "=", value, unit) if w)
    table = Table(title=escape(title), title_justify="left")
    table.add_column(speak.pick("计数对象", "counted"), overflow="fold")
    table.add_column(speak.pick("计入", "adds"), justify="right", no_wrap=True)
    table.add_column(speak.pick("由哪些事件(位置 日期 事件)", "entries (position, day, event)"))
    for r in found.rows[:shown]:
        adds = format_yuan(r.amount) if found.unit == FEN else f"{r.amount:,}"
        told = "\n".join(_place(known.get(p), p, speak) for p in r.positions)
        table.add_row(escape(r.subject), adds, told)
    speak.out.print(table)
    if len(found.rows) > shown:
        speak.say(
            f"共 {len(found.rows):,} 项,显示前 {shown} 项;--rows N 显示更多,--out 文件 写出全部",
            f"{len(found.rows):,} in all, the first {shown} shown; --rows N for more, "
            "--out FILE for all",
        )
    answers.stamp(relief, moment, speak)


def _place(place: Place | None, position: int, speak: Voice) -> str:
    if place is None:
        return str(position)
    return f"{position}  {place.occurred_on}  {topic_name(place.topic, speak)}"


def _write(
    relief: Relief, moment: Moment, found: Explanation, known: dict[int, Place], path: Path
) -> None:
    """One row an entry, so that each can be looked up; the amount stands on a subject's first."""
    columns = [
        Column("计数对象 counted", "text", 46),
        Column("计入 adds", "fen" if found.unit == FEN else "int", 14),
        Column("位置 position", "int", 12),
        Column("事件编号 event", "text", 38),
        Column("事件类型 topic", "text", 34),
        Column("日期 on", "date", 12),
        Column("来源 source", "text", 16),
    ]
    rows = []
    for r in found.rows:
        for n, position in enumerate(r.positions or (0,)):
            place = known.get(position)
            rows.append(
                (
                    r.subject,
                    None if n else r.amount,
                    position or None,
                    str(place.event_id) if place else "",
                    place.topic if place else "",
                    place.occurred_on if place else None,
                    place.source if place else "",
                )
            )
    notes = [
        ("数字 figure", found.figure),
        ("范围 scope", " ".join(f"{k}={v}" for k, v in found.scope.items())),
        ("数值 value", format_yuan(found.value) if found.unit == FEN else str(found.value)),
        ("单位 unit", "CNY" if found.unit == FEN else found.unit),
        ("as_of", str(moment.as_of)),
        ("as_at", str(moment.as_at)),
        *answers.provenance(relief, moment),
    ]
    write_sheet(path, "构成 explained", columns, rows, notes)
