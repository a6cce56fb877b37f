"""What an import says: what was recorded, which rows are wrong, which rules the facts break."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from console.language import Voice
from intake.answer import Answer
from intake.importing import ImportResult
from intake.problems import Problem

SHOWN = 50


def show_import(result: ImportResult, voice: Voice) -> None:
    """One file's outcome, for a reader."""
    checked, receipt = result.checked, result.receipt
    name = escape(checked.path.name)
    if result.problems:
        voice.say(
            f"[red]✗[/red] {name}:{len(result.problems)} 处错误,未记录任何内容",
            f"[red]✗[/red] {name}: {len(result.problems)} problems, nothing was recorded",
        )
        show_problems(result.problems, voice)
        return
    rows = len(checked.rows)
    if result.dry_run:
        voice.say(
            f"[cyan]试运行[/cyan] {name}({checked.kind.zh}):{rows} 行正确,"
            f"将提交 {result.commands} 条命令、登记 {result.new_persons} 人;未记录任何内容",
            f"[cyan]dry run[/cyan] {name} ({checked.kind.name}): {rows} rows are right; would send "
            f"{result.commands} commands and register {result.new_persons} persons; nothing recorded",
        )
    elif receipt.recorded == 0:
        voice.say(
            f"[yellow]=[/yellow] {name}({checked.kind.zh}):{rows} 行以前都已记录,未重复记录",
            f"[yellow]=[/yellow] {name} ({checked.kind.name}): all {rows} rows were recorded before; "
            "nothing new",
        )
    else:
        voice.say(
            f"[green]✓[/green] {name}({checked.kind.zh}):{rows} 行,记录 {receipt.events} 个事件"
            f"(第 {receipt.first_position}–{receipt.last_position} 条)"
            + (f",{receipt.already} 条以前已记录" if receipt.already else ""),
            f"[green]✓[/green] {name} ({checked.kind.name}): {rows} rows, {receipt.events} events "
            f"(positions {receipt.first_position}–{receipt.last_position})"
            + (f", {receipt.already} were recorded before" if receipt.already else ""),
        )
    _show_notes(result, voice)
    if result.conflicts:
        show_problems(result.conflicts, voice)


def _show_notes(result: ImportResult, voice: Voice) -> None:
    checked = result.checked
    if checked.unread:
        names = "、".join(escape(n) for n in checked.unread)
        voice.say(
            f"  读取的是工作表「{escape(checked.sheet)}」;未读取:{names}",
            f"  the sheet “{escape(checked.sheet)}” was read; not read: {names}",
        )
    if checked.hidden_rows or checked.hidden_columns:
        voice.say(
            f"  隐藏的 {checked.hidden_rows} 行、{checked.hidden_columns} 处列同样读取",
            f"  hidden rows ({checked.hidden_rows}) and columns ({checked.hidden_columns}) "
            "were read like any other",
        )
    if checked.ignored:
        words = "、".join(escape(w) for w in checked.ignored)
        voice.say(f"  未记录的列:{words}", f"  columns not recorded: {words}")
    if checked.repeated:
        voice.say(
            f"  {checked.repeated} 行重复了本户金额,只计一次",
            f"  {checked.repeated} rows repeat their household's amount: counted once",
        )


def show_answer(answer: Answer | None, voice: Voice) -> None:
    """Where the copy to mend is, and what to do with it."""
    if answer is None:
        return
    name = escape(str(answer.path))
    voice.say(
        f"待改文件:{name}(含个人信息,仅本人可读)。逐行改正后导入它即可",
        f"to mend: {name} (personal data; only you can read it). Mend its rows and import it",
    )
    if answer.values_only:
        voice.say(
            "  其中只有数值:原文件的格式与公式没有带过来",
            "  it holds values only: formats and formulas stayed in the original",
        )


def show_problems(problems: Sequence[Problem], voice: Voice) -> None:
    """Row, column, what is wrong and what would be right."""
    table = Table(box=None, pad_edge=False)
    for zh, en in (
        ("行", "row"),
        ("列", "column"),
        ("问题与改法", "what is wrong, what would be right"),
    ):
        table.add_column(voice.pick(zh, en))
    for p in problems[:SHOWN]:
        where = str(p.row) if p.row else voice.pick("整个文件", "whole file")
        table.add_row(where, escape(p.column), escape(voice.pick(p.zh, p.en)))
    voice.out.print(table)
    if len(problems) > SHOWN:
        rest = len(problems) - SHOWN
        voice.say(f"… 另有 {rest} 处", f"… and {rest} more")


def show_breaches(breaches: Sequence[Any], sentence: Any, voice: Voice) -> None:
    """The rules that the recorded facts break. They are recorded all the same."""
    if not breaches:
        return
    counts = Counter(b.rule for b in breaches)
    voice.say(
        f"[yellow]这些事实已如实记录,其中 {len(breaches)} 处与规则不符:[/yellow]",
        f"[yellow]The facts are recorded as reported; {len(breaches)} of them break a rule:[/yellow]",
    )
    for b in breaches[:SHOWN]:
        voice.out.print(f"  {b.position:>8}  {b.rule:<34} {escape(sentence(b, voice.lang))}")
    if len(breaches) > SHOWN:
        rest = ", ".join(f"{rule} {n}" for rule, n in sorted(counts.items()))
        voice.say(f"  … 共计:{rest}", f"  … in all: {rest}")


def import_json(result: ImportResult, breaches: Sequence[Any], answer: Answer | None = None) -> str:
    """The same for a program: no personal data, row numbers and codes."""
    receipt = result.receipt
    return json.dumps(
        {
            "file": result.checked.path.name,
            "kind": result.checked.kind.name,
            "rows": len(result.checked.rows),
            "sheet": result.checked.sheet,
            "answer": answer.path.name if answer else None,
            "dry_run": result.dry_run,
            "recorded": receipt.recorded,
            "already": receipt.already,
            "events": receipt.events,
            "first_position": receipt.first_position,
            "last_position": receipt.last_position,
            "file_position": result.file_receipt.first_position,
            "problems": [problem_json(p) for p in result.problems],
            "conflicts": [problem_json(p) for p in result.conflicts],
            "breaches": [
                {"rule": b.rule, "position": b.position, "event_id": str(b.event_id)}
                for b in breaches
            ],
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as plain values."""
    return {
        "row": problem.row,
        "column": problem.column,
        "code": problem.code,
        "zh": problem.zh,
        "en": problem.en,
    }
