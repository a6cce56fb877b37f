"""`demo`: the whole way once, on synthetic files: a county's decisions in, the published figures out."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from console import answers
from console.language import Voice
from console.names import bar_of
from console.settings import FILE, read_settings
from console.wiring import Relief, create, opened
from domain.wording import BadValue
from intake.importing import import_file
from ledger.errors import NotOurs
from projections import figures as figures_view
from projections import roster as roster_view
from projections import spending as spending_view
from projections.published import ZHUJI_2023
from simulation import Manifest, write_files

YEAR = ZHUJI_2023.year
AS_OF = ZHUJI_2023.as_of


class Stopwatch:
    """Says what a step took."""

    def __init__(self, speak: Voice) -> None:
        self.speak = speak
        self.began = self.last = time.monotonic()

    def step(self, zh: str, en: str) -> None:
        """Ends a step."""
        now = time.monotonic()
        took = now - self.last
        self.last = now
        self.speak.say(
            f"[green]✓[/green] {zh} [dim]{took:.1f} s[/dim]",
            f"[green]✓[/green] {en} [dim]{took:.1f} s[/dim]",
        )


def run_demo(folder: Path, seed: int, scale: float, speak: Voice) -> None:
    """Writes the files, imports them, prints the figures. Raises BadValue for a folder not ours."""
    _empty(folder)
    watch = Stopwatch(speak)
    speak.say(
        "[bold]以下全部为合成数据:姓名为编造,身份证号顺序码为 000,不对应任何真人。[/bold]",
        "[bold]Everything below is synthetic: names are made up, identity numbers have birth order"
        " 000 and belong to nobody.[/bold]",
    )
    with bar_of(speak, ("生成文件", "writing files")) as progress:
        manifest = write_files(
            folder / "files", year=YEAR, seed=seed, scale=scale, progress=progress
        )
    watch.step(
        f"合成业务文件 {len(manifest.files)} 份:{folder / 'files'}",
        f"{len(manifest.files)} synthetic bureau files in {folder / 'files'}",
    )
    home = folder / "ledger"
    create(home, "诸暨市民政局(演示 demo)", synthetic=True)
    with opened(home) as relief:
        _import_all(relief, speak, manifest)
        watch.step("全部导入完成", "all imported")
        _show(relief, speak, watch)
    total = time.monotonic() - watch.began
    speak.say(
        f"\n共用 {total:.0f} 秒。接下来可以试试:",
        f"\n{total:.0f} seconds in all. What to try next:",
    )
    for line in _next_steps(home):
        speak.out.print(f"  {line}", soft_wrap=True)


def _empty(folder: Path) -> None:
    """Removes an earlier demo; anything else in the folder is somebody's and stops us."""
    if not folder.exists():
        return
    known = {"files", "ledger"}
    try:
        ours = (folder / "ledger" / FILE).exists() and read_settings(folder / "ledger").synthetic
    except NotOurs:
        ours = False
    half_made = (
        not (folder / "ledger" / FILE).exists() and (folder / "files" / "manifest.json").exists()
    )
    entries = {p.name for p in folder.iterdir()}
    if entries and not ((ours or half_made) and entries <= known):
        raise BadValue(
            f"{folder} 里有其他内容,不会清空;请换一个目录",
            f"{folder} holds other things and is not emptied; name another folder",
        )
    for name in entries & known:
        shutil.rmtree(folder / name)


def _import_all(relief: Relief, speak: Voice, manifest: Manifest) -> None:
    context = relief.context()
    broken: Counter[str] = Counter()
    after = relief.entries.head()
    with bar_of(speak, ("导入", "importing")) as progress:
        for n, file in enumerate(manifest.files, 1):
            result = import_file(file.path, context, kind=file.kind)
            if result.problems:
                first = result.problems[0]
                raise BadValue(
                    f"{file.path.name} 第 {first.row} 行:{first.zh}",
                    f"{file.path.name} row {first.row}: {first.en}",
                )
            if progress:
                progress(n, len(manifest.files))
    relief.checkpoint()
    head = relief.entries.head()
    speak.say(
        f"  {len(manifest.files)} 份文件 → {head:,} 个不可变事件",
        f"  {len(manifest.files)} files → {head:,} immutable events",
    )
    with bar_of(speak, ("更新视图", "catching up")) as progress:
        found: Sequence[Any] = answers.breaches_between(relief, after, head, progress)
    broken.update(b.rule for b in found)
    if broken:
        listed = "、".join(f"{rule} {n}" for rule, n in sorted(broken.items()))
        speak.say(
            f"  事实如实记录;其中与规则不符的({sum(broken.values())} 处):{listed}",
            f"  recorded as reported; {sum(broken.values())} break a rule: {listed}",
        )


def _show(relief: Relief, speak: Voice, watch: Stopwatch) -> None:
    moment = relief.moment(AS_OF, None)
    with answers.caught_up(relief, moment, speak) as connection:
        figures = figures_view.figures(connection, moment, YEAR)
        roster = roster_view.roster(connection, moment)
        spending = spending_view.spending(
            connection, moment, answers.FIRST_MONTH, answers.LAST_MONTH, ("month", "fund")
        )
    watch.step("视图与答案", "views and answers")
    answers.print_roster(relief, speak, roster)
    answers.print_spending(relief, speak, spending, ("month", "fund"))
    answers.print_figures(speak, figures)
    answers.stamp(relief, moment, speak)


def _next_steps(home: Path) -> list[str]:
    day = date.isoformat(AS_OF)
    command = f".venv/bin/relief-ledger {{}} --ledger {home}"
    return [
        command.format("roster --as-of 2023-06-30 --town 枫桥镇 --rows"),
        command.format("movements --from 2023-01-01 --to 2023-12-31"),
        command.format("spending --by program,town"),
        command.format(f"figures --year {YEAR} --as-of {day} --json"),
        command.format("doctor"),
    ]
