"""`check`: every rule held against everything that is recorded; what is found, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from console.answers import caught_up, envelope, stamp
from console.language import Voice
from console.names import Names, bar_of
from console.rules_command import pack_path
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
from domain.money import format_yuan
from domain.wording import BadValue
from ledger.bulk import bulk
from projections.findings import finding_list
from projections.moment import Moment
from reports.checks.found import Finding
from reports.checks.raising import raise_findings
from reports.checks.run import Checked
from reports.checks.run import check as run_checks
from reports.checks.sentences import sentence
from reports.rules.loading import PackRefused, load_pack
from reports.rules.pack import Rule, RulePack

SHOWN = 40
PACKS = ("zhejiang", "practice")
WHY = {
    "no_check": ("还没有对应的检查", "there is no check for it yet"),
    "notice": ("账本中没有任何这类公示的记录", "no such notice is recorded of anybody"),
    "published": ("账本中没有任何公布的记录", "no publication is recorded of anybody"),
}


def check(
    ledger: LedgerDir = DEFAULT_LEDGER,
    pack: Annotated[
        list[str] | None,
        typer.Option(help="规则包,可多次;默认浙江加审计实务 / rule packs; default: both built in"),
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option(help="只查这些规则(编号)/ these rules only, by id")
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="把线索记入账本,不重复 / raise what is new")
    ] = False,
    all_rows: Annotated[bool, typer.Option("--all", help="逐条列出 / list every one")] = False,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """按规则包检查全部事实:每条线索的规则、依据、涉及金额 / every rule held against all facts."""
    with session(ledger, lang) as (relief, speak):
        packs = loaded(speak, pack or PACKS)
        only = known_rules(packs, rule or [])
        if record and as_at is not None:
            raise BadValue("记入账本须按现在所知,不用 --as-at", "--record takes no --as-at")
        moment = moment_of(relief, as_of, as_at)
        with caught_up(relief, moment, speak) as connection, bulk():
            with bar_of(speak, ("检查", "checking")) as progress:
                found = run_checks(connection, moment, packs, only, progress)
            # Whatever day is asked about: findings stand from the day on which they were raised.
            now = Moment(relief.today(), moment.as_at)
            standing = finding_list(connection, now) if record else []
            shown = [] if as_json else found.findings[: None if all_rows else SHOWN]
            people = [p for f in shown for p in f.person_ids]
            names = Names(relief, connection, moment, people) if people else None
        became = _recorded(relief, speak, moment, found, standing) if record else None
        if as_json:
            typer.echo(_as_json(moment, packs, found, became))
            return
        _show(relief, speak, packs, found, shown, names)
        if became is not None:
            speak.say(
                f"新记入 {became.raised:,} 条,以前已记 {became.already:,} 条,"
                f"依据已撤销而关闭 {became.closed:,} 条",
                f"{became.raised:,} raised, {became.already:,} were raised before, "
                f"{became.closed:,} closed since their ground was annulled",
            )
        stamp(relief, moment, speak)


def loaded(speak: Voice, names: Sequence[str]) -> list[RulePack]:
    """The packs. A broken one is refused with every fault and its line, and nothing is checked."""
    packs = []
    for name in names:
        try:
            packs.append(load_pack(pack_path(name)))
        except PackRefused as e:
            speak.warn(e.zh, e.en)
            raise Failed(1) from e
    return packs


def known_rules(packs: Sequence[RulePack], wanted: Sequence[str]) -> list[str]:
    """The ids, checked against the packs: a rule that is not there, or not applied, is told."""
    rules: dict[str, Rule] = {r.id: r for p in packs for r in p.rules}
    for name in wanted:
        if name not in rules:
            raise BadValue(f"规则包中没有 {name}", f"no rule {name} in the packs")
        if not rules[name].applied:
            raise BadValue(
                f"{name} 仅供引用或未启用,不用于检查", f"{name} is only cited, or off: not applied"
            )
    return list(wanted)


def _recorded(
    relief: Relief, speak: Voice, moment: Moment, found: Checked, standing: Sequence[Any]
) -> Any:
    with bar_of(speak, ("记入账本", "recording")) as progress:
        return raise_findings(
            relief.ledger,
            found,
            moment,
            standing,
            on=relief.today(),
            actor=OPERATOR,
            source=BUREAU,
            progress=progress,
        )


def _as_json(moment: Moment, packs: Sequence[RulePack], found: Checked, became: Any) -> str:
    said = [
        {
            "finding": f,
            "sentence": {
                "zh": sentence(f.says, f.facts, "zh"),
                "en": sentence(f.says, f.facts, "en"),
            },
        }
        for f in found.findings
    ]
    content: dict[str, Any] = {
        "packs": [{"id": p.id, "digest": p.digest} for p in packs],
        "findings": said,
        "unjudged": found.unjudged,
    }
    if became is not None:
        content["recorded"] = became
    return envelope(moment, **content)


def _show(
    relief: Relief,
    speak: Voice,
    packs: Sequence[RulePack],
    found: Checked,
    shown: Sequence[Finding],
    names: Names | None,
) -> None:
    rules = {r.version: r for p in packs for r in p.rules}
    _totals(speak, rules, found)
    if shown:
        table = Table(title=speak.pick("线索", "Findings"), title_justify="left")
        for zh, en in (("规则", "rule"), ("线索", "finding"), ("人员", "people")):
            table.add_column(speak.pick(zh, en), overflow="fold")
        table.add_column(speak.pick("金额", "at stake"), justify="right")
        table.add_column(speak.pick("依据(位置)", "rests on"), overflow="fold")
        for f in shown:
            said = sentence(f.says, f.facts, speak.lang)
            where = relief.divisions.name_of(f.town) if f.town else ""
            told = f"{said}\n[dim]{escape(where)} {f.case_id or ''}[/dim]"
            people = "、".join(names.masked(p) for p in f.person_ids) if names else ""
            rests = ", ".join(map(str, f.positions[:6])) + ("…" if len(f.positions) > 6 else "")
            money = format_yuan(f.amount_fen) if f.amount_fen else ""
            table.add_row(escape(f.rule), told, people, money, rests)
        speak.out.print(table)
    if len(found.findings) > len(shown):
        left = len(found.findings) - len(shown)
        speak.say(
            f"另有 {left:,} 条:--all 全部列出,--json 供程序读取",
            f"{left:,} more: --all lists them, --json is for programs",
        )
    for u in found.unjudged:
        zh, en = WHY.get(
            u.why, (f"账本中没有任何 {u.why} 的记录", f"no {u.why} is recorded of anybody")
        )
        speak.say(f"[dim]{u.rule}:无法判断,{zh}[/dim]", f"[dim]{u.rule}: not judged, {en}[/dim]")
    speak.say(
        "线索不是结论:须有人核查,确认或排除。", "A finding is a lead, no verdict: look into it."
    )


def _totals(speak: Voice, rules: dict[str, Rule], found: Checked) -> None:
    number = Counter(f.rule_version for f in found.findings)
    fen = Counter[str]()
    for f in found.findings:
        fen[f.rule_version] += f.amount_fen
    table = Table(
        title=speak.pick(
            f"检查 {len(found.applied)} 条规则,线索 {len(found.findings):,} 条",
            f"{len(found.applied)} rules applied, {len(found.findings):,} findings",
        ),
        title_justify="left",
    )
    table.add_column(speak.pick("规则", "rule"), overflow="fold")
    table.add_column(speak.pick("出处", "where it stands"), overflow="fold")
    table.add_column(speak.pick("条数", "findings"), justify="right")
    table.add_column(speak.pick("涉及(元)", "at stake (CNY)"), justify="right")
    for version, n in sorted(number.items()):
        r = rules[version]
        title = speak.pick(r.title_zh, r.title_en)
        where = str(r.citation) if r.citation.law else speak.pick("审计实务", "audit practice")
        money = format_yuan(fen[version]) if fen[version] else ""
        table.add_row(
            f"[bold]{escape(r.id)}[/bold]\n{escape(title)}", escape(where), f"{n:,}", money
        )
    speak.out.print(table)
