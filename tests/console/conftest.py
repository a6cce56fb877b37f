"""A small county's demo, run once through the command line, for all tests of the console."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.cli import app

SCALE = "0.02"


@dataclass(frozen=True)
class Ran:
    """What a command printed."""

    code: int
    out: str
    err: str


def run(*arguments: str, cwd: Path | None = None, stdin: str | None = None) -> Ran:
    """The program, in this process: its start-up is most of what a command takes."""
    before = Path.cwd()
    if cwd is not None:
        os.chdir(cwd)
    try:
        done = CliRunner().invoke(app, list(arguments), input=stdin)
    finally:
        os.chdir(before)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


def run_process(*arguments: str, stdin: str | None = None) -> Ran:
    """The installed program, in a process of its own, in a pipe."""
    program = Path(sys.executable).parent / "relief-ledger"
    done = subprocess.run(
        [str(program), *arguments], input=stdin, capture_output=True, text=True, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Demo:
    """The demo's folder and everything that it printed."""

    folder: Path
    ran: Ran

    @property
    def ledger(self) -> str:
        return str(self.folder / "ledger")

    @property
    def files(self) -> Path:
        return self.folder / "files"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    ran = run_process("demo", str(folder), "--scale", SCALE, "--lang", "zh")
    assert ran.code == 0, ran.out + ran.err
    return Demo(folder, ran)
