"""`batches`: where payment batches stand, and one of them line by line."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from console import answers
from console.answers import FIRST_MONTH, LAST_MONTH
from console.language import Voice
from console.names import PART_KINDS, program_name
from console.session import (
    DEFAULT_LEDGER,
    AsAt,
    AsJson,
    AsOf,
    Failed,
    FromMonth,
    Lang,
    LedgerDir,
    ToMonth,
    moment_of,
    session,
)
from domain.calendar import parse_month
from domain.money import format_yuan
from domain.programs import FUNDS
from projections.batch_standing import BatchLine, BatchStanding, batch_standings

STATES = {
    "prepared": ("已编制", "prepared"),
    "reviewed": ("已审核", "reviewed"),
    "approved": ("已审批", "approved"),
    "sent": ("已送银行", "sent"),
    "settled": ("已结清", "settled"),
    "pending": ("待付", "pending"),
    "paid": ("已付", "paid"),
    "returned": ("退回", "returned"),
}


def batches(
    number: Annotated[str | None, typer.Argument(help="批次号 / number of a batch")] = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    first: FromMonth = None,
    last: ToMonth = None,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """发放批次:进度、合计、未了的明细 / payment batches: state, totals, open lines."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        months = (
            parse_month(first) if first else FIRST_MONTH,
            parse_month(last) if last else LAST_MONTH,
        )
        with answers.caught_up(relief, moment, speak) as connection:
            found = batch_standings(connection, moment, *months, number)
        if as_json:
            typer.echo(answers.envelope(moment, batches=found))
            return
        if number is not None and not found:
            speak.warn(f"没有批次 {number}", f"there is no batch {number}")
            raise Failed(1)
        _print(speak, found)
        if number is not None:
            for standing in found:
                _print_one(speak, standing)
        answers.stamp(relief, moment, speak)


def _print(speak: Voice, found: list[BatchStanding]) -> None:
    table = Table(title=speak.pick("发放批次(元)", "Batches (CNY)"), title_justify="left")
    for zh, en, justify in (
        ("批次", "batch", "left"),
        ("月份", "month", "left"),
        ("进度", "state", "left"),
        ("资金", "fund", "left"),
        ("笔数", "lines", "right"),
        ("合计", "total", "right"),
        ("已付", "paid", "right"),
        ("退回", "returned", "right"),
        ("待付", "pending", "right"),
        ("责令退回", "recalled", "right"),
        ("收回", "recovered", "right"),
        ("未了", "open", "right"),
    ):
        table.add_column(speak.pick(zh, en), justify=justify)  # type: ignore[arg-type]
    for s in found:
        b = s.batch
        differs = "" if s.agrees else speak.pick(" [red]≠明细[/red]", " [red]≠ lines[/red]")
        table.add_row(
            b.number,
            b.month,
            speak.pick(*STATES[b.state]),
            FUNDS.get(b.fund, b.fund) if speak.lang == "zh" else b.fund,
            f"{b.line_count:,}",
            format_yuan(b.total_fen) + differs,
            *(
                format_yuan(fen)
                for fen in (
                    s.paid_fen,
                    s.returned_fen,
                    s.pending_fen,
                    s.recalled_fen,
                    s.recovered_fen,
                )
            ),
            f"{s.open_lines:,}",
        )
    speak.out.print(table)


def _print_one(speak: Voice, standing: BatchStanding) -> None:
    b = standing.batch
    facts = (
        ("所属期", "months", f"{standing.first_month} – {standing.last_month}"),
        ("资金级次", "fund level", b.fund_level),
        ("预算文号", "budget document", b.budget_document),
        ("预算科目", "budget code", b.budget_code),
        ("编制", "prepared", f"{b.prepared_on} {b.prepared_by}"),
        ("审核", "reviewed", f"{b.reviewed_on or ''} {b.reviewed_by}".strip()),
        ("审批", "approved", f"{b.approved_on or ''} {b.approved_by}".strip()),
        ("送银行", "sent", str(b.sent_on or "")),
        ("结清", "settled", str(b.settled_on or "")),
        ("银行多报", "beyond its lines", format_yuan(standing.beyond_fen)),
    )
    for zh, en, value in facts:
        if value not in ("", "0.00"):
            speak.say(f"{zh}:{value}", f"{en}: {value}")
    shown = [line for line in standing.lines if line.is_open]
    if not shown:
        speak.say("没有未了的明细", "no line is open")
        return
    table = Table(title=speak.pick("未了的明细", "Open lines"), title_justify="left", box=None)
    for zh, en in (
        ("序号", "no"),
        ("户编号", "case"),
        ("类别", "program"),
        ("种类", "kinds"),
        ("所属期", "months"),
        ("状态", "state"),
        ("金额", "amount"),
        ("责令退回", "recalled"),
        ("收回", "recovered"),
    ):
        table.add_column(speak.pick(zh, en), no_wrap=True)
    for line in shown:
        table.add_row(*_cells(speak, line))
    speak.out.print(table)


def _cells(speak: Voice, line: BatchLine) -> tuple[str, ...]:
    return (
        str(line.line_no),
        str(line.case_id),
        program_name(line.program, speak),
        "、".join(speak.pick(*PART_KINDS.get(k, (k, k))) for k in line.kinds),
        line.first_month
        if line.first_month == line.last_month
        else f"{line.first_month} – {line.last_month}",
        speak.pick(*STATES[line.status]),
        format_yuan(line.amount_fen),
        format_yuan(line.recalled_fen) if line.recalled_fen else "",
        format_yuan(line.recovered_fen) if line.recovered_fen else "",
    )
