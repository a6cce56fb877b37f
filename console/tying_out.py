"""`tie-out`: batches, lines, the bank and the treasury tied together; differences by line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from console import answers
from console.language import Voice
from console.outside_files import checked_list
from console.session import (
    DEFAULT_LEDGER,
    AsAt,
    AsJson,
    AsOf,
    Failed,
    FromMonth,
    Lang,
    LedgerDir,
    Out,
    ToMonth,
    moment_of,
    session,
)
from console.sheets import Column, write_sheet
from console.wiring import Relief
from domain.calendar import parse_month
from domain.money import format_yuan
from intake.outside_lists import VOUCHERS
from projections.moment import Moment
from projections.tie_out import KINDS, TieOut, Voucher
from projections.tie_out import tie_out as tie

SHOWN = 30


def tie_out(
    ledger: LedgerDir = DEFAULT_LEDGER,
    first: FromMonth = None,
    last: ToMonth = None,
    vouchers: Annotated[
        Path | None,
        typer.Option(help="国库凭证清单(凭证号、发放批次、金额)/ the treasury's vouchers"),
    ] = None,
    out: Out = None,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """批次、明细、银行、国库四方核对 / batches, lines, bank and treasury tied together."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        listed = None if vouchers is None else _vouchers(relief, speak, vouchers)
        with answers.caught_up(relief, moment, speak) as connection:
            found = tie(connection, moment, *_months(first, last), listed)
        if out is not None:
            _write_differences(relief, speak, moment, found, out)
        if as_json:
            typer.echo(answers.envelope(moment, tie_out=found))
        else:
            _show_tie(relief, speak, moment, found)
    if found.differences:
        raise Failed(1)


def _months(first: str | None, last: str | None) -> tuple[str, str]:
    return (
        parse_month(first) if first else answers.FIRST_MONTH,
        parse_month(last) if last else answers.LAST_MONTH,
    )


def _vouchers(relief: Relief, speak: Voice, file: Path) -> list[Voucher]:
    checked = checked_list(relief, speak, file, VOUCHERS)
    return [Voucher(r.row.number, r.row.batch, r.row.amount, r.number) for r in checked.rows]


def _show_tie(relief: Relief, speak: Voice, moment: Moment, found: TieOut) -> None:
    table = Table(title=speak.pick("四方核对(元)", "Tie-out (CNY)"), title_justify="left", box=None)
    table.add_column(speak.pick("批次", "batch"), no_wrap=True)
    for zh, en in (
        ("编制", "prepared"),
        ("批准", "approved"),
        ("明细", "lines"),
        ("实付", "paid"),
        ("退回", "returned"),
        ("待付", "pending"),
        ("国库净额", "vouchers"),
        ("差异", "parted"),
    ):
        table.add_column(speak.pick(zh, en), justify="right", no_wrap=True)
    for b in found.batches:
        sums = (b.prepared_fen, b.approved_fen, b.lines_fen, b.paid_fen + b.beyond_fen)
        rest = (b.returned_fen, b.pending_fen, b.vouchers_fen)
        shown = ("—" if fen is None else format_yuan(fen) for fen in (*sums, *rest))
        table.add_row(escape(b.number), *shown, str(b.differences or ""))
    speak.out.print(table)
    for d in found.differences[:SHOWN]:
        zh, en = KINDS[d.kind]
        counted = d.kind.endswith("_as_prepared") and "fen" not in d.kind
        one, other = (
            (str(v) if counted else format_yuan(v)) for v in (d.expected_fen, d.found_fen)
        )
        at = speak.pick(f"(第 {d.position} 条)", f" (entry {d.position})") if d.position else ""
        speak.say(
            f"  {escape(d.batch)}{at}:{zh}:{one} → {other}",
            f"  {escape(d.batch)}{at}: {en}: {one} → {other}",
        )
    number = len(found.differences)
    if number > SHOWN:
        speak.say(
            f"共 {number} 处,显示前 {SHOWN} 处;--out 文件 写出全部",
            f"{number} in all, the first {SHOWN} shown; --out FILE for all",
        )
    speak.say(
        f"{len(found.batches)} 个批次,{number} 处差异(是线索,不是结论)",
        f"{len(found.batches)} batches, {number} differences (places to look, no verdicts)",
    )
    answers.stamp(relief, moment, speak)


def _write_differences(
    relief: Relief, speak: Voice, moment: Moment, found: TieOut, path: Path
) -> None:
    columns = [
        Column("批次 batch", "text", 22),
        Column("差异 difference", "text", 50),
        Column("代码 code", "text", 30),
        Column("位置 position", "int", 12),
        Column("应为 expected (fen / count)", "int", 18),
        Column("实为 found (fen / count)", "int", 18),
        Column("说明 answer", "text", 40),
    ]
    rows = [
        (
            d.batch,
            speak.pick(*KINDS[d.kind]),
            d.kind,
            d.position or None,
            d.expected_fen,
            d.found_fen,
            "",
        )
        for d in found.differences
    ]
    notes = [
        ("范围 months", f"{found.first} – {found.last}"),
        ("批次 batches", str(len(found.batches))),
        ("as_of", str(moment.as_of)),
        ("as_at", str(moment.as_at)),
        *answers.provenance(relief, moment),
    ]
    write_sheet(path, "差异 differences", columns, rows, notes)
