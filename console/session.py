"""What the commands share: options, an open ledger with a voice, and errors said as sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from console.language import Voice, voice
from console.wiring import Relief, opened
from domain.calendar import parse_date
from domain.refusals import Refusal
from domain.wording import BadValue
from evidence.errors import EvidenceError
from intake.problems import FileRefused
from ledger.errors import LedgerError
from projections.errors import ViewsError
from projections.moment import Moment

LedgerDir = Annotated[
    Path, typer.Option("--ledger", envvar="RELIEF_LEDGER", help="账本目录 / the ledger's folder")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="世界上的日期 / a date in the world")
]
AsAt = Annotated[
    str | None,
    typer.Option("--as-at", metavar="POSITION|INSTANT", help="账本的位置 / a position of the log"),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]
Lang = Annotated[str | None, typer.Option("--lang", metavar="zh|en", help="语言 / language")]
FromMonth = Annotated[str | None, typer.Option("--from", metavar="MONTH", help="起 / first month")]
ToMonth = Annotated[str | None, typer.Option("--to", metavar="MONTH", help="止(含) / last month")]
Out = Annotated[
    Path | None, typer.Option("--out", help="全部明细写入 .xlsx 或 .csv / all rows to a file")
]
DEFAULT_LEDGER = Path()


class Failed(typer.Exit):
    """Ends the command with an exit code; what was wrong is said already."""


@contextmanager
def session(folder: Path, lang: str | None) -> Iterator[tuple[Relief, Voice]]:
    """An open ledger and a voice; every error that is ours becomes a sentence and exit code 1."""
    speak = voice(lang)
    with spoken(speak), opened(folder) as relief:
        relief.progress = _growing(speak, "建立默克尔树", "making the tree")
        relief.catching_up = _growing(speak, "由 Kafka 重建索引", "making the index from Kafka")
        yield relief, speak


def _growing(speak: Voice, zh: str, en: str) -> Callable[[int, int], None]:
    """Says how far a long opening is: an older ledger gets its tree, an index is made again."""

    def told(done: int, total: int) -> None:
        if total >= 20_000:
            speak.err.print(f"[dim]{speak.pick(zh, en)} {done:,}/{total:,}[/dim]")

    return told


def optional_date(text: str | None) -> date | None:
    """An option that may be left out. Raises BadValue for what is no date."""
    return None if text is None else parse_date(text)


def moment_of(relief: Relief, as_of: str | None, as_at: str | None = None) -> Moment:
    """The two times that a command was asked for; see `Relief.moment`."""
    return relief.moment(optional_date(as_of), as_at)


@contextmanager
def spoken(speak: Voice) -> Iterator[None]:
    """Says what is ours to explain, and ends the command."""
    try:
        yield
    except (Refusal, LedgerError, FileRefused, ViewsError, EvidenceError) as e:
        code = f"[{e.code}] " if isinstance(e, Refusal) else ""
        speak.warn(f"{code}{e.zh}", f"{code}{e.en}")
        raise Failed(1) from e
    except BadValue as e:
        speak.warn(e.zh, e.en)
        raise Failed(2) from e
    except FileExistsError as e:
        name = Path(str(e.filename or e.args[0])).name
        speak.warn(f"{name} 已存在,不会覆盖", f"{name} exists and is not overwritten")
        raise Failed(1) from e


@contextmanager
def bar(speak: Voice, title: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on a terminal; nothing in a pipe."""
    if not speak.err.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=speak.err, transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
