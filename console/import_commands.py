"""`import` and `template`: a bureau's files in, and what is wrong with them back in a copy to mend."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from console import answers, write_commands
from console.import_output import import_json, show_answer, show_breaches, show_import
from console.language import Voice, voice
from console.session import (
    DEFAULT_LEDGER,
    AsJson,
    Failed,
    Lang,
    LedgerDir,
    bar,
    session,
    spoken,
)
from console.wiring import BUREAU, OPERATOR, Relief
from domain.wording import BadValue
from intake.answer import Answer, write_answer
from intake.importing import ImportResult, import_file
from intake.kinds import KINDS
from intake.problems import FileRefused
from intake.templates import write_template


def template(
    kind: Annotated[str, typer.Argument(help="类型 / kind: " + ", ".join(KINDS))],
    out: Annotated[Path | None, typer.Option("--out", help="文件 / file")] = None,
    lang: Lang = None,
) -> None:
    """生成空白导入模板 / write the blank workbook for a kind of file."""
    speak = voice(lang)
    with spoken(speak):
        _known_kind(kind)
        path = out or Path(f"{KINDS[kind].zh}-模板.xlsx")
        write_template(kind, path)
    speak.say(f"已生成 {path}", f"written: {path}")


def _known_kind(kind: str | None) -> None:
    if kind is not None and kind not in KINDS:
        words = ", ".join(KINDS)
        raise BadValue(f"没有类型 {kind};可用:{words}", f"no kind {kind}; one of: {words}")


def import_(
    files: Annotated[list[Path], typer.Argument(help="CSV、XLSX 或 XLS / CSV, XLSX or XLS")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    kind: Annotated[
        str | None, typer.Option(help="类型;默认由表头判断 / kind; by its header")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="工作表;有多张时指明 / which sheet, where there are several")
    ] = None,
    source: Annotated[str, typer.Option(help="来源代码 / code of the source")] = BUREAU,
    answer: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="有错时写出的待改文件;默认在原文件旁 / where the copy to mend goes"
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查 / check only")] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """导入文件:整份检查后才记录;有错则写出待改文件 / checked whole, then recorded, or answered."""
    asked = {"kind": kind, "sheet": sheet, "source": source, "dry_run": dry_run, "json": as_json}
    with spoken(voice(lang)):
        _known_kind(kind)
        if answer is not None and len(files) > 1:
            raise BadValue("--answer 只能用于一个文件", "--answer goes with one file only")
        if answer is not None and answer.exists():
            raise FileExistsError(answer)
    if write_commands.delegated(ledger, lang, "import", asked, files=files, answer=answer):
        return
    with session(ledger, lang) as (relief, speak):
        import_files(relief, speak, files, asked, answer)


def import_files(
    relief: Relief,
    speak: Voice,
    files: list[Path],
    asked: dict[str, Any],
    answer: Path | None = None,
) -> None:
    """Imports each of them; ends with exit code 1 where one has problems."""
    one = _Import(
        relief,
        speak,
        asked["kind"],
        asked["sheet"],
        asked["source"],
        dry_run=asked["dry_run"],
        quiet=asked["json"],
    )
    results = [one.run(path, answer) for path in files]
    if any(result.problems or result.conflicts for result in results):
        raise Failed(1)


class _Import:
    """Imports one file and says what became of it."""

    def __init__(
        self,
        relief: Relief,
        speak: Voice,
        kind: str | None,
        sheet: str | None,
        source: str,
        *,
        dry_run: bool,
        quiet: bool,
    ) -> None:
        self.relief, self.speak = relief, speak
        self.kind, self.sheet, self.source = kind, sheet, source
        self.dry_run, self.quiet = dry_run, quiet

    def run(self, path: Path, answer_path: Path | None) -> ImportResult:
        """Raises FileRefused, with the file's name, and LedgerError."""
        context = self.relief.context(self.source, OPERATOR)
        with _naming(path), bar(self.speak, path.name) as progress:
            result = import_file(
                path,
                context,
                kind=self.kind,
                sheet=self.sheet,
                dry_run=self.dry_run,
                progress=progress,
            )
        if result.receipt.events:
            self.relief.checkpoint()
        found = self._breaches(result)
        answer = self._answer(result, answer_path)
        if self.quiet:
            self.speak.raw(import_json(result, found, answer))
        else:
            show_import(result, self.speak)
            show_breaches(found, answers.breach_sentence, self.speak)
            show_answer(answer, self.speak)
        return result

    def _breaches(self, result: ImportResult) -> Sequence[Any]:
        receipt = result.receipt
        if not receipt.events:
            return ()
        with bar(self.speak, self.speak.pick("核对规则", "checking rules")) as progress:
            return answers.breaches_between(
                self.relief, receipt.first_position - 1, receipt.last_position, progress
            )

    def _answer(self, result: ImportResult, path: Path | None) -> Answer | None:
        """The copy to mend. That it cannot be written hides nothing of what is wrong."""
        problems = [*result.problems, *result.conflicts]
        if not problems:
            return None
        try:
            return write_answer(result.checked, problems, path)
        except OSError as e:
            why = e.strerror or type(e).__name__
            self.speak.warn(f"待改文件无法写出:{why}", f"the copy to mend cannot be written: {why}")
            return None


@contextmanager
def _naming(path: Path) -> Any:
    try:
        yield
    except FileRefused as e:
        raise FileRefused(f"{path.name}:{e.zh}", f"{path.name}: {e.en}", e.code) from e
