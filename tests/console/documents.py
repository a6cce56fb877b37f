"""Runs the console blocks of a document, in order, in a folder of their own.

A block begins with ```console. A line `$ …` is a command; `<< 'END'` at its end begins what
stands on its standard input, up to a line END. What follows is what the command prints: it is
compared, and a line `…` stands for any lines. A command that shows nothing may print anything.

    <!-- clock 2024-01-05T10:00:00+08:00 -->   the instant at which the commands that follow run
    <!-- refused -->                           the commands of the next block end with code 1

Ids, roots and keys differ from run to run; before comparing, each becomes <id>, <root> or <key>.
`python -m tests.console.documents FILE…` writes the output anew wherever some is shown.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from typer.testing import CliRunner

from console.cli import app
from console.wiring import micros
from ledger.clock import FixedClock

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SHORT = re.compile(r"…[0-9a-f]{4,6}\b")
_ROOT = re.compile(r"\b(root) [A-Za-z0-9+/]{43}=")
_KEY = re.compile(r"relief-ledger\.invalid/[0-9a-f]{12}(?:\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+)?")
_CLOCK = re.compile(r"<!-- clock (\S+) -->")
_INPUT = re.compile(r" << '(\w+)'$")
REST = "…"
ROOT = Path(__file__).parents[2]


@dataclass
class Step:
    """One command of a document."""

    command: str
    line: int
    """Where it stands, from 1."""
    at: datetime | None
    refused: bool
    stdin: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    shown_from: int = 0
    """Index of the line after the command and its input."""


@dataclass
class Ran:
    """What a command printed, as lines without trailing space."""

    code: int
    lines: list[str]


def steps_of(text: str) -> list[Step]:
    """The commands of all console blocks."""
    reader = _Reader()
    for n, line in enumerate(text.splitlines()):
        reader.take(n, line)
    return reader.steps


class _Reader:
    """Reads a document line by line."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._at: datetime | None = None
        self._refused = self._inside = False
        self._end = ""
        """The line that ends what stands on the last command's input."""

    def take(self, n: int, line: str) -> None:
        """The next line; `n` counts from 0."""
        if line.startswith("```"):
            self._refused = self._refused and not self._inside
            self._inside = line == "```console"
        elif not self._inside:
            self._remark(line)
        elif self._end:
            self._input(n, line)
        elif line.startswith("$ "):
            self._command(n, line)
        elif self.steps:
            self.steps[-1].shown.append(line)

    def _remark(self, line: str) -> None:
        clock = _CLOCK.match(line)
        if clock:
            self._at = datetime.fromisoformat(clock[1])
        elif line == "<!-- refused -->":
            self._refused = True

    def _command(self, n: int, line: str) -> None:
        given = _INPUT.search(line)
        self._end = given[1] if given else ""
        command = _INPUT.sub("", line[2:])
        self.steps.append(Step(command, n + 1, self._at, self._refused, shown_from=n + 1))

    def _input(self, n: int, line: str) -> None:
        step = self.steps[-1]
        step.shown_from = n + 1
        if line == self._end:
            self._end = ""
        else:
            step.stdin.append(line)


class Shell:
    """As much of a shell as a document needs: the program (its output into a file, too), Python,
    export, cat into a file, and cp -r."""

    def __init__(self, folder: Path, lang: str = "zh") -> None:
        self.folder = folder
        self.env = {"RELIEF_LANG": lang}

    def run(self, step: Step) -> Ran:
        """Runs it. AssertionError for a command that is none of these."""
        words = self._words(step.command)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.env[name] = value
            return Ran(0, [])
        if words[:2] == ["cat", ">"]:
            text = "\n".join(step.stdin) + "\n"
            (self.folder / words[2]).write_text(text, "utf-8")
            return Ran(0, [])
        if words[:2] == ["cp", "-r"]:
            shutil.copytree(self.folder / words[2], self.folder / words[3])
            return Ran(0, [])
        if words[0] == "python":
            return self._python(words[1:], step)
        assert words[0] == "relief-ledger", f"line {step.line}: {step.command}"
        if words[-2:-1] != [">"]:
            return self._program(words[1:], step)
        ran = self._program(words[1:-2], step)
        (self.folder / words[-1]).write_text("\n".join([*ran.lines, ""]), "utf-8")
        return Ran(ran.code, [])

    def _python(self, words: list[str], step: Step) -> Ran:
        """In a process of its own, where the project's packages are found."""
        done = subprocess.run(
            [sys.executable, *words],
            input="\n".join(step.stdin) + "\n",
            cwd=self.folder,
            env={**os.environ, **self.env, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.stderr, done.stderr
        return Ran(done.returncode, [line.rstrip() for line in done.stdout.rstrip().splitlines()])

    def _program(self, words: list[str], step: Step) -> Ran:
        stdin = "\n".join(step.stdin) + "\n" if step.stdin else None
        with _inside(self.folder), _clock(step.at):
            done = CliRunner().invoke(app, words, input=stdin, env=self.env)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ran(done.exit_code, [line.rstrip() for line in done.output.rstrip().splitlines()])

    def _words(self, command: str) -> list[str]:
        words: list[str] = []
        for word in shlex.split(command):
            found = sorted(self.folder.glob(word)) if "*" in word else []
            words += [str(p.relative_to(self.folder)) for p in found] or [word]
        return words


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _clock(at: datetime | None) -> Iterator[None]:
    if at is None:
        yield
        return
    with patch("console.wiring.SystemClock", lambda: FixedClock(micros(at))):
        yield


def bare(lines: list[str]) -> list[str]:
    """The lines with everything that differs from run to run put as <…>."""
    named = (_KEY.sub("<key>", _UUID.sub("<id>", line.rstrip())) for line in lines)
    return [_ROOT.sub(r"\1 <root>", _SHORT.sub("…<id>", line)) for line in named]


def agrees(shown: list[str], printed: list[str]) -> bool:
    """True where what is shown is what was printed; `…` stands for any lines."""
    wanted, found = bare(shown), bare(printed)
    if REST not in wanted:
        return wanted == found
    pattern = "".join(r"(?:.*\n)*" if line == REST else re.escape(line) + r"\n" for line in wanted)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in found)) is not None


def run_document(path: Path, folder: Path) -> Iterator[tuple[Step, Ran]]:
    """Runs every command of the document."""
    shell = Shell(folder)
    for step in steps_of(path.read_text("utf-8")):
        yield step, shell.run(step)


def rewrite(path: Path) -> None:
    """Puts what the commands print now where output is shown, save where a `…` leaves some out."""
    lines = path.read_text("utf-8").splitlines()
    with TemporaryDirectory() as folder:
        ran = list(run_document(path, Path(folder)))
    for step, found in reversed(ran):
        if step.shown and not agrees(step.shown, found.lines):
            lines[step.shown_from : step.shown_from + len(step.shown)] = found.lines
    path.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        rewrite(Path(name))
