"""`sample`: draws payment lines for an audit, and writes the sheet that an auditor works in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from console import answers
from console.language import Voice
from console.names import program_name
from console.session import DEFAULT_LEDGER, AsAt, AsJson, AsOf, Lang, LedgerDir, moment_of, session
from console.sheets import Column, write_sheet
from console.wiring import Relief
from domain.calendar import parse_month
from domain.money import format_yuan
from projections.moment import Moment
from projections.samples import METHODS, MONETARY, STRATA, Sample, Wanted
from projections.samples import sample as draw_sample


def sample(
    size: Annotated[int, typer.Option(help="样本量 / lines; monetary: hits")],
    seed: Annotated[
        str, typer.Option(help="种子:看数据之前选定的任意文字 / any words, chosen beforehand")
    ],
    ledger: LedgerDir = DEFAULT_LEDGER,
    method: Annotated[str, typer.Option(help="方法 / " + ", ".join(METHODS))] = MONETARY,
    by: Annotated[str | None, typer.Option(help="分层 / strata: " + ", ".join(STRATA))] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="MONTH", help="起 / first month")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="MONTH", help="止(含) / last month")
    ] = None,
    program: Annotated[str | None, typer.Option(help="类别 / program")] = None,
    town: Annotated[str | None, typer.Option(help="镇街代码 / town's code")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="工作底稿 .xlsx 或 .csv / the sheet to work in")
    ] = None,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """审计抽样:同一种子任何人都能抽出同一样本 / a sample of payments that anyone can draw again."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        months = (
            parse_month(first) if first else answers.FIRST_MONTH,
            parse_month(last) if last else answers.LAST_MONTH,
        )
        wanted = Wanted(method, size, seed, *months, program, town, by)
        with answers.caught_up(relief, moment, speak) as connection:
            found = draw_sample(connection, moment, wanted)
        if out is not None:
            _write(relief, speak, moment, found, out)
        if as_json:
            typer.echo(answers.envelope(moment, sample=found))
        else:
            _show(relief, speak, moment, found)


def _show(relief: Relief, speak: Voice, moment: Moment, found: Sample) -> None:
    table = Table(title=speak.pick("审计样本", "Audit sample"), title_justify="left")
    for zh, en in (
        ("位置", "position"),
        ("批次", "batch"),
        ("月份", "month"),
        ("类别", "program"),
        ("镇街", "town"),
        ("户编号", "case"),
    ):
        table.add_column(speak.pick(zh, en), no_wrap=True)
    for zh, en in (("金额", "amount"), ("命中", "hits")):
        table.add_column(speak.pick(zh, en), justify="right")
    for line in found.lines:
        table.add_row(
            str(line.position),
            escape(line.batch),
            line.month,
            program_name(line.program, speak),
            relief.divisions.name_of(line.town) if line.town else "",
            str(line.case_id),
            format_yuan(line.amount_fen),
            str(line.hits),
        )
    speak.out.print(table)
    for s in found.strata:
        speak.say(
            f"  {escape(s.name)}:{s.population:,} 笔 {format_yuan(s.population_fen)} 元,"
            f"抽 {s.size} 笔",
            f"  {escape(s.name)}: {s.population:,} lines, {format_yuan(s.population_fen)} CNY; "
            f"{s.size} drawn",
        )
    speak.say(
        f"总体 {found.population:,} 笔,{format_yuan(found.population_fen)} 元;"
        f"样本 {len(found.lines):,} 笔,{format_yuan(found.sampled_fen)} 元;种子 {escape(found.seed)}",
        f"population {found.population:,} lines, {format_yuan(found.population_fen)} CNY; "
        f"sample {len(found.lines):,} lines, {format_yuan(found.sampled_fen)} CNY; "
        f"seed {escape(found.seed)}",
    )
    answers.stamp(relief, moment, speak)


def _write(relief: Relief, speak: Voice, moment: Moment, found: Sample, path: Path) -> None:
    """The sheet: what is known of each line, and empty columns for what the auditor finds."""
    titles = (
        ("位置 position", "int", 10),
        ("批次 batch", "text", 22),
        ("月份 month", "text", 10),
        ("类别 program", "text", 12),
        ("镇街 town", "text", 14),
        ("资金 fund", "text", 10),
        ("户编号 case", "text", 38),
        ("保障对象 beneficiary", "text", 38),
        ("笔编号 line", "text", 38),
        ("批准日期 authorized", "date", 14),
        ("金额(元) amount", "fen", 14),
        ("命中 hits", "int", 8),
        ("凭证号 voucher", "text", 16),
        ("核实金额 verified", "fen", 14),
        ("结论 conclusion", "text", 20),
        ("备注 remark", "text", 30),
    )
    rows = [
        (
            line.position,
            line.batch,
            line.month,
            program_name(line.program, speak),
            relief.divisions.name_of(line.town) if line.town else "",
            line.fund,
            str(line.case_id),
            str(line.beneficiary_id),
            str(line.line_id),
            line.authorized_on,
            line.amount_fen,
            line.hits,
            *("", None, "", ""),
        )
        for line in found.lines
    ]
    columns = [Column(*t) for t in titles]
    write_sheet(path, "样本 sample", columns, rows, _notes(relief, moment, found))


def _notes(relief: Relief, moment: Moment, found: Sample) -> list[tuple[str, str]]:
    """All that is needed to draw the same sample again."""
    scope = " ".join(
        f"--{name} {value}"
        for name, value in (
            ("from", found.first),
            ("to", found.last),
            ("program", found.program),
            ("town", found.town),
            ("by", found.by),
        )
        if value is not None
    )
    notes = [
        ("单位 bureau", relief.settings.name),
        ("方法 method", found.method),
        ("种子 seed", found.seed),
        ("样本量 size", str(found.size)),
        ("范围 scope", scope),
        ("总体 population", f"{found.population} / {format_yuan(found.population_fen)} CNY"),
        ("零或负数,未列入 left out", str(found.left_out)),
        ("样本 sample", f"{len(found.lines)} / {format_yuan(found.sampled_fen)} CNY"),
        ("as_of", str(moment.as_of)),
        ("as_at", str(moment.as_at)),
        *answers.provenance(relief, moment),
        (
            "规则 rule",
            'draw(label) = SHA-256("relief-sample/1" LF seed LF label); '
            'random: lowest draw("line/" + position); monetary: every interval-th fen from '
            'draw("start") mod interval; stratified: random within strata',
        ),
    ]
    if found.interval_fen is not None:
        notes.insert(8, ("间隔/起点(分) interval/start", f"{found.interval_fen}/{found.start_fen}"))
    return notes
