"""`rules`: which rules hold on a day, where each stands, and whether it is applied."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from console.language import Voice, voice
from console.session import AsJson, Failed, Lang, spoken
from domain.calendar import CHINA, parse_date
from domain.wording import BadValue
from projections.canonical import canonical
from reports.rules.loading import BUILT_IN, PackRefused, load_pack
from reports.rules.pack import STATES, Rule, RulePack


def rules(
    pack: Annotated[
        str,
        typer.Option(help="规则包:文件或 " + "、".join(BUILT_IN) + " / a file, or one of these"),
    ] = "zhejiang",
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="哪一天的规则 / in force on")
    ] = None,
    holidays: Annotated[
        Path | None, typer.Option(help="本单位的节假日表 / a table of holidays of your own")
    ] = None,
    applied: Annotated[
        bool, typer.Option("--applied", help="仅列检查会用到的 / only those that are applied")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """某日有效的规则、出处与参数;规则包有错则逐行指出 / the rules in force, and where they stand."""
    speak = voice(lang)
    with spoken(speak):
        day = parse_date(on) if on else datetime.now(CHINA).date()
        try:
            loaded = load_pack(pack_path(pack), holidays)
        except PackRefused as e:
            speak.warn(e.zh, e.en)
            raise Failed(1) from e
        found = [r for r in loaded.in_force(day).values() if r.applied or not applied]
    if as_json:
        typer.echo(canonical({"on": day, "pack": _told(loaded), "rules": list(map(_rule, found))}))
    else:
        _show(speak, loaded, day, found)


def pack_path(pack: str) -> Path:
    """The file of a pack that is built in, or that is named as a file. Raises BadValue."""
    if pack in BUILT_IN:
        return BUILT_IN[pack]
    path = Path(pack)
    if not path.is_file():
        words = ", ".join(BUILT_IN)
        raise BadValue(f"没有规则包 {pack};内置:{words}", f"no pack {pack}; built in: {words}")
    return path


def _told(pack: RulePack) -> dict[str, str]:
    return {"id": pack.id, "jurisdiction": pack.jurisdiction, "digest": pack.digest}


def _rule(r: Rule) -> dict[str, Any]:
    return {
        "id": r.id,
        "version": r.version,
        "kind": r.kind,
        "title": {"zh": r.title_zh, "en": r.title_en},
        "citation": {"law": r.citation.law, "article": r.citation.article},
        "jurisdiction": r.jurisdiction,
        "effective_from": r.effective_from,
        "effective_to": r.effective_to,
        "calendar": r.calendar,
        "severity": r.severity,
        "state": r.state,
        "applied": r.applied,
        "parameters": dict(r.parameters),
        "note": r.note,
    }


def _show(speak: Voice, pack: RulePack, day: date, found: list[Rule]) -> None:
    table = Table(
        title=escape(f"{speak.pick(pack.title_zh, pack.title_en)} · {day}"), title_justify="left"
    )
    for zh, en in (("规则", "rule"), ("出处", "where it stands"), ("参数", "parameters"), ("", "")):
        table.add_column(speak.pick(zh, en), overflow="fold")
    for r in found:
        told = " ".join(f"{k}={_said(v)}" for k, v in r.parameters.items())
        days = {"working": speak.pick("工作日", "working days")}.get(r.calendar, "")
        state = "" if r.state == "verified" else speak.pick(*STATES[r.state])
        where = str(r.citation) if r.citation.law else speak.pick("审计实务", "audit practice")
        table.add_row(
            f"[bold]{escape(r.id)}[/bold]\n{escape(speak.pick(r.title_zh, r.title_en))}",
            escape(where),
            escape(f"{told} {days}".strip()),
            "[green]✓[/green]" if r.applied else f"[dim]{escape(state or '—')}[/dim]",
        )
    speak.out.print(table)
    number = sum(r.applied for r in found)
    speak.say(
        f"{len(found)} 条,其中 {number} 条用于检查。摘要 {pack.digest}",
        f"{len(found)} rules, {number} of them applied. Digest {pack.digest}",
    )


def _said(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
