"""`findings`: what was raised, who looks into it, and how it ends; each turn an event with a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from console.answers import caught_up, envelope, stamp
from console.language import Voice
from console.names import Names, topic_name
from console.session import (
    DEFAULT_LEDGER,
    AsAt,
    AsJson,
    AsOf,
    Lang,
    LedgerDir,
    moment_of,
    session,
)
from console.wiring import BUREAU, Relief
from domain.calendar import parse_date
from domain.events import (
    UNBORN,
    Actor,
    Event,
    FindingAssigned,
    FindingCleared,
    FindingConfirmed,
    FindingOverridden,
)
from domain.judging.findings import CLEARING, MEASURES, OVERRIDING
from domain.judging.findings import STATES as STATE_OF
from domain.money import format_yuan, parse_fen
from domain.oversight import code_among, listed
from domain.wording import BadValue
from ledger.commands import Command, Draft
from ledger.ids import new_id
from projections.findings import OPEN, RaisedFinding, finding_list
from projections.moment import Moment
from projections.recoveries import Recovery, recoveries_of
from reports.checks.sentences import read_facts, sentence

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="线索:列出、查看、分派、确认、排除、不予处理 / findings and what becomes of them",
)
STATES = {
    "raised": "待分派",
    "assigned": "核查中",
    "confirmed": "属实",
    "cleared": "排除",
    "overridden": "不予处理",
    "closed": "已关闭",
}
CLOSED = {"ground_annulled": "依据已撤销", "no_longer_found": "规则不再认定"}
Id = Annotated[
    str, typer.Argument(metavar="FINDING", help="线索编号或其开头 / its id, or a beginning")
]
By = Annotated[str, typer.Option("--by", help="经办人代码 / code of who says so")]
On = Annotated[str | None, typer.Option("--on", metavar="DATE", help="日期 / on which day")]
Remark = Annotated[
    str | None, typer.Option(help="说明,以当事人的密钥加密 / words of your own, kept sealed")
]
SHOWN_POSITIONS = 12


@app.command("list")
def list_(
    ledger: LedgerDir = DEFAULT_LEDGER,
    state: Annotated[str | None, typer.Option(help="状态 / " + ", ".join(STATES))] = None,
    rule: Annotated[str | None, typer.Option(help="规则编号 / id of a rule")] = None,
    town: Annotated[str | None, typer.Option(help="镇乡(街道) / town")] = None,
    to: Annotated[
        str | None, typer.Option("--assigned-to", help="核查人 / who looks into it")
    ] = None,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """线索,按状态、规则、镇街、核查人 / findings by state, rule, town, or who looks into them."""
    with session(ledger, lang) as (relief, speak):
        if state is not None and state not in STATES:
            raise BadValue(
                f"状态应为 {', '.join(STATES)} 之一", f"a state is one of {', '.join(STATES)}"
            )
        code = relief.divisions.code_of(town) if town else None
        if town and code is None:
            raise BadValue(f"没有镇乡(街道) {town}", f"no town {town} in the division table")
        moment = moment_of(relief, as_of, as_at)
        with caught_up(relief, moment, speak) as connection:
            found = [
                f
                for f in finding_list(connection, moment)
                if state in (None, f.state)
                and rule in (None, f.rule)
                and code in (None, f.town)
                and to in (None, f.assigned_to)
            ]
        if as_json:
            typer.echo(envelope(moment, findings=found))
            return
        _table(relief, speak, found, moment)
        stamp(relief, moment, speak)


def _table(relief: Relief, speak: Voice, found: list[RaisedFinding], moment: Moment) -> None:
    table = Table(title=speak.pick("线索", "Findings"), title_justify="left", box=None)
    for zh, en in (
        ("编号", "id"),
        ("状态", "state"),
        ("规则", "rule"),
        ("镇街", "town"),
        ("线索", "finding"),
    ):
        table.add_column(speak.pick(zh, en), overflow="fold")
    table.add_column(speak.pick("金额", "at stake"), justify="right")
    table.add_column(speak.pick("核查人", "assigned to"), overflow="fold")
    for f in found:
        due = f.due_on
        late = due is not None and f.state == "assigned" and due < moment.as_of
        who = f"{f.assigned_to} {due or ''}".strip()
        table.add_row(
            str(f.finding_id),
            state_name(f.state, speak),
            escape(f.rule),
            escape(relief.divisions.name_of(f.town) if f.town else ""),
            escape(told(f, speak)),
            format_yuan(f.amount_fen) if f.amount_fen else "",
            f"[red]{escape(who)}[/red]" if late else escape(who),
        )
    speak.out.print(table)
    states = Counter(f.state for f in found)
    counts = "  ".join(f"{state_name(s, speak)} {states[s]:,}" for s in STATES if states[s])
    open_fen = format_yuan(sum(f.amount_fen for f in found if f.state in OPEN))
    speak.say(
        f"共 {len(found):,} 条 {counts};未结的涉及 {open_fen} 元",
        f"{len(found):,} in all. {counts}; {open_fen} CNY at stake in open ones",
    )


def state_name(state: str, speak: Voice) -> str:
    """A state as people call it."""
    return STATES[state] if speak.lang == "zh" else state


def told(f: RaisedFinding, speak: Voice) -> str:
    """What a recorded finding says."""
    facts = dict(f.facts)
    says = facts.pop("says", "")
    return sentence(says, read_facts(facts), speak.lang) if says else f.rule


@app.command()
def show(
    finding: Id,
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """一条线索:依据的每一事件、经过、追回情况 / one finding, its entries, its turns, what was recovered."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        with caught_up(relief, moment, speak) as connection:
            f = one(connection, moment, finding)
            recovered = recoveries_of(connection, moment, f.grounds)
            names = None if as_json else Names(relief, connection, moment, f.person_ids)
        if as_json:
            typer.echo(envelope(moment, finding=f, recoveries=recovered))
            return
        speak.out.print(f"[bold]{f.finding_id}[/bold] {state_name(f.state, speak)}")
        speak.out.print(escape(told(f, speak)))
        where = relief.divisions.name_of(f.town) if f.town else ""
        people = "、".join(names.masked(p) for p in f.person_ids) if names else ""
        speak.say(
            f"规则 {f.rule_version}({f.pack})· 户 {f.case_id or '—'} {escape(where)} · {people} · "
            f"涉及 {format_yuan(f.amount_fen)} 元",
            f"rule {f.rule_version} ({f.pack}) · case {f.case_id or '—'} {escape(where)} · {people} · "
            f"{format_yuan(f.amount_fen)} CNY at stake",
        )
        _grounds(relief, speak, f)
        _turns(speak, f)
        _recovered(speak, recovered)
        stamp(relief, moment, speak)


def _grounds(relief: Relief, speak: Voice, f: RaisedFinding) -> None:
    table = Table(title=speak.pick("依据", "It rests on"), title_justify="left", box=None)
    for _ in range(3):
        table.add_column()
    for event in f.grounds[:SHOWN_POSITIONS]:
        position = relief.recorder.position_of(event)
        if position is None:
            continue
        recorded = relief.entries.read(position - 1, 1)[0].event
        on = recorded.meta.occurred_on
        table.add_row(str(position), topic_name(recorded.topic, speak), f"{on} {event}")
    speak.out.print(table)
    if len(f.grounds) > SHOWN_POSITIONS:
        left = len(f.grounds) - SHOWN_POSITIONS
        speak.say(f"另有 {left} 个事件(--json 全列)", f"{left} more entries (--json has them all)")
    if f.grounds_annulled:
        speak.say(
            "[yellow]其中有依据已被撤销;再次检查时若不再认定,线索自行关闭[/yellow]",
            "[yellow]some of it was annulled; the next check closes what is no longer found[/yellow]",
        )


def _turns(speak: Voice, f: RaisedFinding) -> None:
    words = {**MEASURES, **CLEARING, **OVERRIDING, **CLOSED}
    speak.say(f"{f.raised_on} 提出", f"{f.raised_on} raised")
    for s in f.steps:
        detail = words.get(s.detail, s.detail) if speak.lang == "zh" else s.detail
        money = f" {format_yuan(s.amount_fen)}" if s.amount_fen else ""
        due = f" → {s.due_on}" if s.due_on else ""
        line = f"{s.on} {state_name(s.step, speak)}: {detail}{money}{due} ({s.by})"
        speak.out.print(escape(line))


def _recovered(speak: Voice, found: list[Recovery]) -> None:
    for r in found:
        speak.say(
            f"发放第 {r.line_position} 条 {format_yuan(r.amount_fen)} 元:责令退回 "
            f"{format_yuan(r.recalled_fen)},已收回 {format_yuan(r.recovered_fen)}",
            f"payment at {r.line_position}, {format_yuan(r.amount_fen)} CNY: "
            f"{format_yuan(r.recalled_fen)} demanded back, {format_yuan(r.recovered_fen)} recovered",
        )


def one(connection: Connection, moment: Moment, text: str) -> RaisedFinding:
    """The finding with this id, or the only one whose id begins so. Raises BadValue."""
    wanted = text.strip().lower()
    try:
        found = finding_list(connection, moment, UUID(wanted))
    except ValueError:
        found = [
            f for f in finding_list(connection, moment) if str(f.finding_id).startswith(wanted)
        ]
    if len(found) != 1:
        zh, en = (
            ("没有这条线索", "no such finding")
            if not found
            else (
                f"有 {len(found)} 条线索以此开头,请写全",
                f"{len(found)} findings begin so; give more of it",
            )
        )
        raise BadValue(zh, en)
    return found[0]


@app.command()
def assign(
    finding: Id,
    to: Annotated[str, typer.Option("--to", help="核查人代码 / code of who looks into it")],
    by: By,
    due: Annotated[str | None, typer.Option(metavar="DATE", help="限期 / to be done by")] = None,
    on: On = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    lang: Lang = None,
) -> None:
    """分派核查人 / give a finding to somebody to look into."""

    def event() -> Event:
        return FindingAssigned(UNBORN, Actor(_code(to)), parse_date(due) if due else None)

    _turn(ledger, lang, finding, event, by, on, None)


@app.command()
def confirm(
    finding: Id,
    by: By,
    measure: Annotated[str, typer.Option(help="处理措施 / " + ", ".join(MEASURES))],
    amount: Annotated[str | None, typer.Option(help="核实金额(元)/ amount confirmed, CNY")] = None,
    remark: Remark = None,
    on: On = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    lang: Lang = None,
) -> None:
    """确认属实,写明处理措施 / it is so, and what is done about it."""

    def event() -> Event:
        fen = parse_fen(amount) if amount else 0
        return FindingConfirmed(UNBORN, _known(MEASURES, measure, "--measure"), fen)

    _turn(ledger, lang, finding, event, by, on, remark)


@app.command()
def clear(
    finding: Id,
    by: By,
    reason: Annotated[str, typer.Option(help="排除原因 / " + ", ".join(CLEARING))],
    remark: Remark = None,
    on: On = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    lang: Lang = None,
) -> None:
    """排除:不属实或合法 / it is not so, or lawful."""

    def event() -> Event:
        return FindingCleared(UNBORN, _known(CLEARING, reason, "--reason"))

    _turn(ledger, lang, finding, event, by, on, remark)


@app.command()
def override(
    finding: Id,
    by: By,
    approved_by: Annotated[
        str, typer.Option("--approved-by", help="批准人代码 / who lets it stand")
    ],
    reason: Annotated[str, typer.Option(help="原因 / " + ", ".join(OVERRIDING))],
    remark: Remark = None,
    on: On = None,
    ledger: LedgerDir = DEFAULT_LEDGER,
    lang: Lang = None,
) -> None:
    """属实而不予处理,须另有人批准 / it is so and is let stand, approved by another."""

    def event() -> Event:
        code = _known(OVERRIDING, reason, "--reason")
        return FindingOverridden(UNBORN, code, Actor(_code(approved_by)))

    _turn(ledger, lang, finding, event, by, on, remark)


def _turn(
    folder: Any,
    lang: str | None,
    text: str,
    make: Callable[[], Event],
    by: str,
    on: str | None,
    remark: str | None,
) -> None:
    """One turn, held to the domain's rules; what they refuse is said and nothing is written."""
    with session(folder, lang) as (relief, speak):
        day = parse_date(on) if on else relief.today()
        moment = moment_of(relief, None)
        with caught_up(relief, moment, speak) as connection:
            f = one(connection, moment, text)
        event, personal = _with_remark(f, make(), remark)
        draft = Draft(event, f.finding_id, day, personal=personal)
        # Each call is a turn of its own: the same conclusion may be drawn again later.
        key = ("finding-turn", new_id().hex)
        command = Command(key, type(event).__name__, [draft], Actor(_code(by)), BUREAU)
        receipt = relief.ledger.decide(command)
        zh, en = state_name(_state(event), speak), _state(event)
        speak.say(
            f"[green]✓[/green] {zh},第 {receipt.first_position} 条",
            f"[green]✓[/green] {en}, position {receipt.first_position}",
        )


def _state(event: Event) -> str:
    return STATE_OF[type(event)]


def _with_remark(
    f: RaisedFinding, event: Any, remark: str | None
) -> tuple[Event, dict[str, str] | None]:
    """A remark is sealed under the key of the first person concerned: it goes when he is erased."""
    if not remark:
        return event, None
    if not f.person_ids:
        raise BadValue(
            "这条线索不涉及具体人员,说明无从加密;请不写说明",
            "the finding names no person under whose key a remark could be sealed; leave it out",
        )
    return replace(event, person_id=f.person_ids[0]), {"remark": remark}


def _known(codes: dict[str, str], text: str, option: str) -> str:
    code = code_among(codes, text)
    if code is None:
        zh, en = listed(codes)
        raise BadValue(f"{option} 应为:{zh}", f"{option} is one of: {en}")
    return code


def _code(text: str) -> str:
    """Who acted, as a code: never a name, and never empty."""
    code = text.strip()
    if not code or not code.isascii() or any(c.isspace() for c in code):
        raise BadValue(
            "人员请用代码(字母、数字),不写姓名", "say who by a code (letters, digits), not by name"
        )
    return code
