"""Answers to questions: catches the views up, asks them, and prints for a reader or a program.

Every answer carries `as_of` (the date in the world), `as_at` (the position of the log) and
`root` (the root of the tree over the entries up to that position).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from importlib.metadata import version
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from console.language import Lang, Voice
from console.names import PART_KINDS, Names, bar_of, program_name, reason_name
from console.wiring import Relief
from domain.money import format_yuan
from domain.programs import FUNDS
from ledger.bulk import bulk
from projections import breaches as breach_view
from projections import figures as figures_view
from projections import movements as movements_view
from projections import roster as roster_view
from projections import spending as spending_view
from projections.canonical import canonical, plain
from projections.counted import COUNTED
from projections.moment import Moment
from projections.published import ZHUJI_2023
from projections.store import Views

Progress = Callable[[int, int], None]
FIRST_MONTH, LAST_MONTH = "1900-01", "2199-12"
SYNTHETIC = ("合成数据,非真实个案", "synthetic data, no real cases")


@contextmanager
def caught_up(relief: Relief, moment: Moment, speak: Voice | None = None) -> Iterator[Connection]:
    """The views, as far as the question reaches."""
    views = Views(relief.views_engine)
    with bar_of(speak, ("更新视图", "catching up")) as progress, bulk():
        views.catch_up(relief.entries, progress=progress)
    with views.reading(moment.as_at) as connection:
        yield connection


def envelope(moment: Moment, **content: Any) -> str:
    """The canonical JSON of an answer."""
    answer = {"as_of": moment.as_of, "as_at": moment.as_at, "root": moment.root, **content}
    return canonical(answer).decode()


def stamp(relief: Relief, moment: Moment, speak: Voice) -> None:
    """The two times, and whether the ledger is synthetic, below every answer."""
    mark = f" · {speak.pick(*SYNTHETIC)}" if relief.settings.synthetic else ""
    root = f" · root {moment.root}" if moment.root else ""
    speak.out.print(f"[dim]as_of {moment.as_of} · as_at {moment.as_at}{root}{mark}[/dim]")


def provenance(relief: Relief, moment: Moment) -> list[tuple[str, str]]:
    """What a file says about where it comes from, beside the two times."""
    notes = [
        ("树根 root", moment.root or ""),
        ("程序 program", f"relief-ledger {version('relief-ledger')}"),
    ]
    if relief.settings.synthetic:
        notes.append(("数据 data", " / ".join(SYNTHETIC)))
    kept = relief.checkpoints.first_covering(moment.as_at) if relief.checkpoints else None
    if kept is not None:
        notes.append(("检查点 checkpoint", kept.note.data().decode()))
        notes.append(("验证密钥 verifier key", relief.settings.verifier_key))
    return notes


def breaches_between(
    relief: Relief, after: int, upto: int, progress: Progress | None = None
) -> Sequence[Any]:
    """The rules that the entries of a range break, as the log knows them at its end."""
    views = Views(relief.views_engine)
    with bulk():
        views.catch_up(relief.entries, progress=progress)
    moment = Moment(relief.today(), upto)
    with views.reading(upto) as connection:
        return breach_view.find(connection, moment, after, upto)


def breach_sentence(breach: Any, lang: Lang) -> str:
    """What a breach is, in a sentence without personal data."""
    return breach_view.sentence(breach, lang)


def roster(
    relief: Relief,
    speak: Voice,
    moment: Moment,
    program: str | None,
    town: str | None,
    *,
    rows: bool,
    as_json: bool,
) -> None:
    """Who is in, by program and town; household by household where asked for."""
    with caught_up(relief, moment, speak) as connection:
        found = roster_view.roster(connection, moment, program, town)
        persons = [p for r in found.rows for p in r.person_ids] if rows and not as_json else []
        names = Names(relief, connection, moment, persons) if persons else None
    if as_json:
        content = plain(found)
        if not rows:
            del content["rows"]
        typer.echo(envelope(moment, roster=content))
        return
    print_roster(relief, speak, found)
    if names is not None:
        _roster_rows(relief, speak, found, names)
    stamp(relief, moment, speak)


def print_roster(relief: Relief, speak: Voice, found: Any) -> None:
    """Persons by town (down) and program (across)."""
    programs = list(dict.fromkeys(g.program for g in found.groups))
    cells = {(g.town, g.program): g for g in found.groups}
    table = Table(title=speak.pick("在册名单(人)", "Roster (persons)"), title_justify="left")
    table.add_column(speak.pick("镇乡(街道)", "town"))
    for code in programs:
        table.add_column(program_name(code, speak), justify="right")
    table.add_column(speak.pick("合计", "total"), justify="right")
    table.add_column(speak.pick("户", "households"), justify="right")
    for town in sorted({g.town for g in found.groups}):
        own = [cells.get((town, p)) for p in programs]
        counts = [g.persons if g else 0 for g in own]
        homes = sum(g.households for g in own if g)
        label = relief.divisions.name_of(town) if town else speak.pick("(未知)", "(unknown)")
        table.add_row(label, *(f"{n:,}" for n in counts), f"{sum(counts):,}", f"{homes:,}")
    table.add_section()
    sums = [sum(g.persons for g in found.groups if g.program == p) for p in programs]
    total = speak.pick("全县", "county")
    table.add_row(
        total,
        *(f"{n:,}" for n in sums),
        f"{found.persons:,}",
        f"{found.households:,}",
        style="bold",
    )
    speak.out.print(table)


def _roster_rows(relief: Relief, speak: Voice, found: Any, names: Names) -> None:
    table = Table(box=None)
    for zh, en in (
        ("户编号", "case"),
        ("类别", "program"),
        ("镇街", "town"),
        ("人", "persons"),
        ("自", "since"),
        ("月保障金", "due a month"),
        ("保障对象", "covered"),
    ):
        table.add_column(speak.pick(zh, en), no_wrap=True)
    for r in found.rows:
        table.add_row(
            str(r.case_id),
            program_name(r.program, speak),
            relief.divisions.name_of(r.town),
            str(len(r.person_ids)),
            str(r.since),
            format_yuan(r.due_fen),
            "、".join(names.masked(p) for p in r.person_ids),
        )
    speak.out.print(table)


def movements(
    relief: Relief, speak: Voice, moment: Moment, first: date, last: date, *, as_json: bool
) -> None:
    """In, out and adjusted between two days, both included."""
    with caught_up(relief, moment, speak) as connection:
        end = last + timedelta(days=1)
        found = movements_view.movements(connection, moment, first, end)
    if as_json:
        typer.echo(envelope(moment, movements=found))
        return
    table = Table(title=f"{first} – {last}", title_justify="left")
    for zh, en in (
        ("期初", "opening"),
        ("新增", "new"),
        ("退出", "exited"),
        ("其中死亡", "of which deaths"),
        ("期末", "closing"),
        ("调整", "adjusted"),
    ):
        table.add_column(speak.pick(zh, en), justify="right")
    numbers = (found.opening, found.new, found.exited, found.died, found.closing, found.adjusted)
    table.add_row(*(f"{n:,}" for n in numbers))
    speak.out.print(table)
    by_program = Table(box=None)
    for zh, en in (
        ("类别", "program"),
        ("期初", "opening"),
        ("进入", "entered"),
        ("离开", "left"),
        ("其中死亡", "died"),
        ("期末", "closing"),
    ):
        by_program.add_column(speak.pick(zh, en), justify="right")
    for p in found.programs:
        counts = (p.opening, p.entered, p.left, p.died, p.closing)
        by_program.add_row(program_name(p.program, speak), *(f"{n:,}" for n in counts))
    speak.out.print(by_program)
    reasons = "  ".join(
        f"{reason_name(r, speak)} {n:,}" for r, n in sorted(found.exits_by_reason.items())
    )
    if reasons:
        speak.say(f"退出原因(不含死亡):{escape(reasons)}", f"exits by reason: {escape(reasons)}")
    stamp(relief, moment, speak)


def spending(
    relief: Relief,
    speak: Voice,
    moment: Moment,
    months: tuple[str | None, str | None],
    by: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Money by month, program, town or fund."""
    first, last = months[0] or FIRST_MONTH, months[1] or LAST_MONTH
    with caught_up(relief, moment, speak) as connection:
        found = spending_view.spending(connection, moment, first, last, by)
    if as_json:
        typer.echo(envelope(moment, spending=found))
        return
    print_spending(relief, speak, found, by)
    stamp(relief, moment, speak)


def print_spending(relief: Relief, speak: Voice, found: Any, by: Sequence[str]) -> None:
    """A row a group: authorized = paid + returned + pending."""
    table = Table(title=speak.pick("资金发放(元)", "Spending (CNY)"), title_justify="left")
    titles = {
        "month": ("月份", "month"),
        "program": ("类别", "program"),
        "town": ("镇街", "town"),
        "fund": ("资金", "fund"),
    }
    asked = [column for column in spending_view.BY if column in by]
    for column in asked:
        table.add_column(speak.pick(*titles[column]))
    for zh, en in (
        ("笔数", "lines"),
        ("批准", "authorized"),
        ("已付", "paid"),
        ("退回", "returned"),
        ("待付", "pending"),
        ("责令退回", "recalled"),
        ("收回", "recovered"),
    ):
        table.add_column(speak.pick(zh, en), justify="right")
    for row in found.rows:
        shown = [_group(relief, speak, column, getattr(row, column)) for column in asked]
        table.add_row(*shown, *_money(row.sums))
    table.add_section()
    total = [speak.pick("合计", "total"), *([""] * (len(asked) - 1))] if asked else []
    table.add_row(*total, *_money(found.total), style="bold")
    speak.out.print(table)
    if found.kinds:
        _print_kinds(speak, found.kinds)


def _print_kinds(speak: Voice, kinds: Sequence[Any]) -> None:
    table = Table(title=speak.pick("按种类(元)", "By kind (CNY)"), title_justify="left")
    table.add_column(speak.pick("种类", "kind"))
    for zh, en in (("笔数", "lines"), ("批准", "authorized"), ("已付", "paid")):
        table.add_column(speak.pick(zh, en), justify="right")
    for k in kinds:
        name = speak.pick(*PART_KINDS.get(k.kind, (k.kind, k.kind)))
        table.add_row(name, f"{k.lines:,}", format_yuan(k.authorized_fen), format_yuan(k.paid_fen))
    speak.out.print(table)


def _group(relief: Relief, speak: Voice, column: str, value: str) -> str:
    if column == "program":
        return program_name(value, speak)
    if column == "town":
        return relief.divisions.name_of(value)
    if column == "fund":
        return FUNDS.get(value, value) if speak.lang == "zh" else value
    return value


def _money(sums: Any) -> tuple[str, ...]:
    fens = (
        sums.authorized_fen,
        sums.paid_fen,
        sums.returned_fen,
        sums.pending_fen,
        sums.recalled_fen,
        sums.recovered_fen,
    )
    return (f"{sums.lines:,}", *(format_yuan(fen) for fen in fens))


def figures(relief: Relief, speak: Voice, moment: Moment, year: int, *, as_json: bool) -> None:
    """The year's figures beside the published ones."""
    with caught_up(relief, moment, speak) as connection:
        found = figures_view.figures(connection, moment, year)
    if as_json:
        typer.echo(envelope(moment, figures=found.values))
        return
    print_figures(speak, found)
    stamp(relief, moment, speak)


def print_figures(speak: Voice, found: Any) -> None:
    """Key, rebuilt, published, and how it is counted."""
    paper = ZHUJI_2023 if found.year == ZHUJI_2023.year else None
    title = speak.pick(f"{found.year} 年度数据", f"Figures of {found.year}")
    table = Table(title=title, title_justify="left")
    table.add_column(speak.pick("指标", "figure"), no_wrap=True)
    table.add_column(speak.pick("由事件重建", "rebuilt"), justify="right", no_wrap=True)
    table.add_column(speak.pick("公布数", "published"), justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column(
        speak.pick("口径(本项目的假定)", "how we count (our assumption)"), overflow="fold"
    )
    for key, value in found.values.items():
        agrees = paper.agrees(key, value) if paper else None
        mark = {True: "[green]✓[/green]", False: "[red]✗[/red]", None: ""}[agrees]
        published = paper.values.get(key) if paper else None
        if isinstance(published, tuple):
            shown = f"{published[0]:,}–{published[1]:,}"
        else:
            shown = "" if published is None else f"{published:,}"
        how = COUNTED[key]
        table.add_row(key, f"{value:,}", shown, mark, escape(speak.pick(how.zh, how.en)))
    speak.out.print(table)
    if paper:
        speak.say(
            f"公布数来源:{paper.bureau},{paper.document}(2024-06-27)",
            f"published by {paper.bureau}, {paper.document} (2024-06-27)",
        )
