"""`pay-all`: a price subsidy or a one-off sum for everybody in a program on a day."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from console import bulk_lists, subsidies
from console.adjustment_commands import CsvFile, Document, DryRun, Fund, On, known_program
from console.answers import stamp
from console.language import Voice
from console.names import PART_KINDS, program_name
from console.session import DEFAULT_LEDGER, AsJson, Failed, Lang, LedgerDir, bar, session
from console.wiring import Relief
from domain.calendar import parse_date, parse_month
from domain.money import format_yuan, parse_fen
from projections.canonical import canonical
from projections.moment import Moment


def pay_all(
    program: Annotated[str, typer.Option(help="救助类别代码 / program code")],
    amount: Annotated[str, typer.Option(help="金额(元)/ amount in yuan")],
    month: Annotated[str, typer.Option(metavar="MONTH", help="所属月份 / month it is for")],
    batch: Annotated[str, typer.Option(help="批次号 / number of the batch")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    kind: Annotated[
        str, typer.Option(help="price_subsidy 价格补贴,one_off 一次性")
    ] = subsidies.PRICE_SUBSIDY,
    per: Annotated[str, typer.Option(help="person 每人,household 每户")] = subsidies.PER_PERSON,
    on: On = None,
    fund: Fund = "county",
    document: Document = "",
    dry_run: DryRun = False,
    csv: CsvFile = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """价格补贴、一次性补助:当日在册的每户一笔 / a sum for everybody who is in on the day."""
    with session(ledger, lang) as (relief, speak):
        order = subsidies.SubsidyOrder(
            known_program(program),
            kind,
            parse_fen(amount),
            per,
            parse_month(month),
            parse_date(on) if on else relief.today(),
            batch,
            fund,
            document,
        )
        with bar(speak, speak.pick("发放", "paying")) as progress:
            done = subsidies.pay_all(relief, order, dry_run=dry_run, speak=speak, progress=progress)
        if csv is not None:
            bulk_lists.write_csv(csv, done.cannot, relief.divisions, speak)
        if as_json:
            typer.echo(canonical(done).decode())
        else:
            _show(relief, speak, done, dry_run=dry_run)
        if done.cannot or done.left_over:
            raise Failed(1)


def _show(relief: Relief, speak: Voice, done: subsidies.Subsidy, *, dry_run: bool) -> None:
    order = done.order
    kind = speak.pick(*PART_KINDS[order.kind])
    title = f"{program_name(order.program, speak)} · {kind} · {order.month}"
    table = Table(title=title, title_justify="left", show_header=False)
    for zh, en, value in (
        ("户(笔)", "lines", f"{done.lines:,}"),
        ("人", "persons", f"{done.persons:,}"),
        ("合计(元)", "total (CNY)", format_yuan(done.fen)),
        ("此前已列入本批次", "in this batch already", f"{done.already:,}"),
        ("未列入", "left out", f"{len(done.cannot):,}"),
    ):
        table.add_row(speak.pick(zh, en), value)
    speak.out.print(table)
    bulk_lists.show(done.cannot, ("未列入", "Left out"), relief.divisions, speak)
    if dry_run:
        speak.say("试算,未记录任何内容", "a dry run: nothing is recorded")
    elif done.batch:
        speak.say(
            f"批次 {done.batch} 已编制,待审核、审批",
            f"batch {done.batch} is prepared; review and approval are to follow",
        )
    if done.left_over:
        speak.say(
            f"{done.left_over:,} 户在处理期间另有变动,请再运行一次",
            f"{done.left_over:,} cases changed while this ran; run it again",
        )
    stamp(relief, Moment(order.on, relief.entries.head()), speak)
