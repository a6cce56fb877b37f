"""`diff` and `replay`: what was learned between two positions, and whether the views are the log's."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import typer
from rich.table import Table

from console import answers
from console.language import Voice
from console.names import program_name, topic_name
from console.session import bar
from console.wiring import Relief
from domain.money import format_yuan
from domain.wording import BadValue
from ledger.bulk import bulk
from projections.canonical import canonical, plain
from projections.database import open_sqlite
from projections.learned import Difference, Learned, learned
from projections.replay import Replayed, replay, swap
from projections.store import Views

SHOWN = 200
REPLAY = "views.replay.sqlite"
WHAT = {
    "came_in": ("进入", "came in"),
    "left": ("离开", "left"),
    "changed": ("变更", "changed"),
}
ROW = {
    "missing": ("视图缺少此行", "the views lack this row"),
    "extra": ("视图多出此行", "only the views have this row"),
    "other": ("视图此行内容不同", "the views say something else"),
}


def difference(
    relief: Relief,
    speak: Voice,
    positions: tuple[str, str],
    as_of: date | None,
    program: str | None,
    town: str | None,
    *,
    as_json: bool,
) -> None:
    """What the log says differently of one day at two of its positions. Raises BadValue."""
    before, after = (relief.moment(as_of, text) for text in positions)
    if before.as_at > after.as_at:
        raise BadValue("两个 --as-at 应先早后晚", "the first --as-at is the earlier one")
    with answers.caught_up(relief, after, speak) as connection:
        found = learned(connection, relief.entries, before, after, program, town)
    if as_json:
        # Both roots: which history the answer rests on, and which part of it was known before.
        told = {"before": {"as_at": before.as_at, "root": before.root}, "difference": plain(found)}
        typer.echo(answers.envelope(after, **told))
        return
    _print_difference(relief, speak, found)
    answers.stamp(relief, after, speak)


def _print_difference(relief: Relief, speak: Voice, found: Difference) -> None:
    speak.say(
        f"{found.as_of} 的名单,第 {found.before:,} 条时与第 {found.after:,} 条时所知之差:"
        f"进入 {found.came_in:,},离开 {found.left:,},变更 {found.changed:,};"
        f"人数 {found.persons_before:,} → {found.persons_after:,},"
        f"月保障金 {format_yuan(found.due_before_fen)} → {format_yuan(found.due_after_fen)} 元",
        f"The roster of {found.as_of}, as known at {found.before:,} and at {found.after:,}: "
        f"{found.came_in:,} came in, {found.left:,} left, {found.changed:,} changed; "
        f"persons {found.persons_before:,} → {found.persons_after:,}, "
        f"due a month {format_yuan(found.due_before_fen)} → {format_yuan(found.due_after_fen)} CNY",
    )
    if not found.rows:
        return
    table = Table(box=None)
    for zh, en in (
        ("户编号", "case"),
        ("类别", "program"),
        ("", ""),
        ("此前", "before"),
        ("此后", "after"),
        ("依据", "by"),
    ):
        table.add_column(speak.pick(zh, en), overflow="fold")
    for row in found.rows[:SHOWN]:
        table.add_row(*_cells(row, speak))
    speak.out.print(table)
    if len(found.rows) > SHOWN:
        more = len(found.rows) - SHOWN
        speak.say(f"另有 {more:,} 户(--json 列全)", f"and {more:,} more (--json lists them)")


def _cells(row: Learned, speak: Voice) -> tuple[str, ...]:
    sides = [
        f"{len(side.person_ids)} · {format_yuan(side.due_fen)} · {side.state}" if side else "—"
        for side in (row.before, row.after)
    ]
    causes = ", ".join(f"{c.position} {topic_name(c.topic, speak)}" for c in row.causes)
    what = speak.pick(*WHAT[row.what])
    return str(row.case_id), program_name(row.program, speak), what, *sides, causes


def replayed(
    relief: Relief, speak: Voice, to: str | None, *, put_in_place: bool, as_json: bool
) -> bool:
    """Rebuilds the views from the log alone and compares; True where they are the same.

    An interrupted replay goes on where it was. Raises BadValue.
    """
    if to is not None and put_in_place:
        raise BadValue(
            "--swap 只能用于重放到账本末尾", "--swap takes a replay of the whole log, without --to"
        )
    upto = relief.moment(None, to).as_at if to is not None else None
    place = relief.settings.folder / REPLAY
    live = Views(relief.views_engine)
    engine = open_sqlite(place)
    try:
        fresh = Views(engine)
        if upto is not None and fresh.position() > upto:
            fresh.rebuild(relief.entries, 0)
        with bar(speak, speak.pick("重放", "replaying")) as progress, bulk():
            found = replay(live, fresh, relief.entries, upto, progress)
        if put_in_place:
            with bar(speak, speak.pick("替换", "swapping")) as progress:
                swap(live, fresh, progress)
    finally:
        engine.dispose()
    _clear(place)
    _say_replayed(speak, found, put_in_place=put_in_place, as_json=as_json)
    return not found.differences or put_in_place


def _clear(place: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{place}{suffix}").unlink(missing_ok=True)


def _say_replayed(speak: Voice, found: Replayed, *, put_in_place: bool, as_json: bool) -> None:
    if as_json:
        said = {**plain(found), "identical": not found.differences, "swapped": put_in_place}
        typer.echo(json.dumps(json.loads(canonical(said)), ensure_ascii=False, sort_keys=True))
        return
    what = f"{found.position:,}", f"{found.tables}", f"{found.rows:,}"
    if not found.differences:
        speak.say(
            f"[green]✓[/green] 由第 1–{what[0]} 条重建的 {what[1]} 张表、{what[2]} 行与现有视图完全一致",
            f"[green]✓[/green] {what[1]} tables, {what[2]} rows rebuilt from entries 1 to {what[0]}: "
            "identical with the live views",
        )
    else:
        speak.say(
            f"[red]✗[/red] 现有视图有 {len(found.differences):,} 行与账本重建的不同",
            f"[red]✗[/red] {len(found.differences):,} rows of the live views are not what the log makes",
        )
        for d in found.differences[:SHOWN]:
            zh, en = ROW[d.what]
            speak.say(f"  {d.table} {d.position:,}:{zh}", f"  {d.table} {d.position:,}: {en}")
    if put_in_place:
        speak.say(
            "[green]✓[/green] 已换上重建的视图", "[green]✓[/green] the rebuilt views are in place"
        )
