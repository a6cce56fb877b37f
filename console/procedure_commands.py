"""`procedures`: how far each application came, and what is raised and not answered."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import select

from console.answers import caught_up, envelope, stamp
from console.language import Voice
from console.names import program_name
from console.session import DEFAULT_LEDGER, AsAt, AsJson, AsOf, Lang, LedgerDir, moment_of, session
from console.wiring import Relief
from domain.money import format_yuan
from domain.wording import BadValue
from projections.procedures import procedures as ask
from projections.registry_rows import households

STATES = {
    "received": "已收到",
    "waiting_for_papers": "待补正",
    "investigating": "调查中",
    "on_notice": "公示中",
    "objected": "异议处理中",
    "with_county": "待县级确认",
    "granted": "已批准",
    "refused": "不予批准",
    "withdrawn": "已撤回",
}
MATTERS = {
    "papers": "材料未补",
    "objection": "异议未处理",
    "warning": "预警未处置",
    "appeal": "申诉未结",
    "recall": "责令退回未到账",
}


def procedures(
    ledger: LedgerDir = DEFAULT_LEDGER,
    open_only: Annotated[
        bool, typer.Option("--open", help="只列未办结的申请 / undecided applications only")
    ] = False,
    case: Annotated[
        str | None, typer.Option(metavar="CASE", help="只看一户 / one household alone")
    ] = None,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """每件申请办到哪一步;未答复的材料、异议、预警、申诉 / how far applications came; what is open."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        cases = None if case is None else _only(case)
        with caught_up(relief, moment, speak) as connection:
            found = ask(connection, moment, cases, open_only=open_only)
        if as_json:
            typer.echo(envelope(moment, procedures=found))
            return
        _applications(relief, speak, found)
        _matters(speak, found)
        stamp(relief, moment, speak)


def _only(case: str) -> Any:
    try:
        wanted = UUID(case)
    except ValueError:
        raise BadValue("不是户编号", "not a household's id") from None
    return select(households.c.case_id).where(households.c.case_id == wanted.bytes)


def _applications(relief: Relief, speak: Voice, found: Any) -> None:
    counts = "  ".join(
        f"{STATES[s] if speak.lang == 'zh' else s} {n:,}" for s, n in found.states.items()
    )
    table = Table(title=speak.pick("申请", "Applications"), title_justify="left", box=None)
    for zh, en in (
        ("申请日期", "received"),
        ("户编号", "case"),
        ("类别", "program"),
        ("镇街", "town"),
        ("状态", "state"),
        ("受理", "accepted"),
        ("调查", "visited"),
        ("评议", "appraised"),
        ("公示", "notice"),
        ("审核", "opinion"),
        ("决定", "decided"),
        ("天数", "days"),
    ):
        table.add_column(speak.pick(zh, en), overflow="fold")
    for r in found.rows:
        table.add_row(
            str(r.received_on),
            str(r.case_id),
            program_name(r.program, speak),
            relief.divisions.name_of(r.town) if r.town else "",
            STATES[r.state] if speak.lang == "zh" else r.state,
            *(
                str(on or "")
                for on in (r.accepted_on, r.visited_on, r.appraised_on, r.notice_on, r.opinion_on)
            ),
            str(r.decided_on or ""),
            str(r.age_days),
        )
    speak.out.print(table)
    if counts:
        speak.out.print(escape(counts))


def _matters(speak: Voice, found: Any) -> None:
    if not found.matters:
        speak.say("没有未答复的事项", "nothing is waiting for an answer")
        return
    table = Table(title=speak.pick("未答复", "Open matters"), title_justify="left", box=None)
    for zh, en in (
        ("自", "since"),
        ("事项", "matter"),
        ("户编号", "case"),
        ("内容", "detail"),
        ("期限", "due"),
        ("天数", "days"),
    ):
        table.add_column(speak.pick(zh, en), overflow="fold")
    for m in found.matters:
        kind = MATTERS[m.kind] if speak.lang == "zh" else m.kind
        due = f"[red]{m.due_on}[/red]" if m.overdue else str(m.due_on or "")
        detail = f"{m.detail} {format_yuan(m.amount_fen)}" if m.amount_fen else m.detail
        table.add_row(str(m.since), kind, str(m.case_id), escape(detail), due, str(m.age_days))
    speak.out.print(table)
