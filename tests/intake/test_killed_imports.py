"""An import that was stopped at any moment goes on where it was: the end is that of an undisturbed one."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from domain.events import FileImported
from intake import planning
from ledger import service
from ledger.clock import SystemClock
from ledger.recorder import ReliefApplicationRecorder
from tests.intake.conftest import Bureau
from tests.intake.files import HEADER, number, row, write_csv, write_xls, write_xlsx
from tests.intake.same_log import answers_of, log_of, persons_of

KILLS = 5
HOUSEHOLDS = 12


def bureau_files(folder: Path, households: int = HOUSEHOLDS) -> list[Path]:
    """A year of a small bureau: every kind that rests on another."""
    heads = range(households)
    decided = ["户主身份证号", "事项", "救助类别", "决定日期", "享受时间", "现金额"]
    formed = ["户主姓名", "户主身份证号", "所属街道", "银行帐号", "登记日期"]
    joined = ["姓名", "身份证号", "户主身份证号", "与户主关系", "变动日期"]
    changes = ["户主身份证号", "决定日期", "享受时间", "现金额", "停止日期"]
    answer = ["发放批次", "序号", "金额", "处理结果", "处理日期"]
    member = [f"李{n}；王{n}" for n in heads]
    numbers = [f"{number(1000 + 2 * n)}；{number(1001 + 2 * n)}" for n in heads]
    return [
        write_xls(
            folder / "1.xls",
            [formed, *([f"张{n}", number(n), "暨阳街道", f"62{n}", "2022-10-10"] for n in heads)],
        ),
        write_csv(
            folder / "2.csv",
            [joined, *([member[n], numbers[n], number(n), "子女", "2022-10-10"] for n in heads)],
            "gb18030",
        ),
        write_csv(
            folder / "3.csv",
            [
                decided,
                *([number(n), "新增", "低保", "2022-12-10", "2023-01", "800"] for n in heads),
            ],
        ),
        # The second half of the list is of people whom nobody registered.
        write_xlsx(folder / "4.xlsx", [HEADER, *(row(n + households // 2) for n in heads)]),
        write_csv(
            folder / "5.csv",
            [answer, *(["B1", n + 1, "800", "成功", "2023-01-20"] for n in heads)],
        ),
        write_csv(
            folder / "6.csv",
            [changes]
            + [
                [
                    number(n),
                    "2023-05-10",
                    *(["2023-06", "900", ""] if n % 2 else ["", "", "2023-06"]),
                ]
                for n in heads
            ],
        ),
    ]


class Undisturbed:
    """What the log must be in the end."""

    def __init__(self, folder: Path, files: Sequence[Path]) -> None:
        folder.mkdir()
        self.bureau = Bureau(folder)
        for path in files:
            self.bureau.recorded(path)
        self.log, self.answers = log_of(self.bureau.relief), answers_of(self.bureau.relief)
        self.persons = persons_of(folder / "ledger")

    def assert_same(self, bureau: Bureau) -> None:
        assert persons_of(bureau.folder / "ledger") == self.persons
        found = log_of(bureau.relief)
        assert [_undated(e) for e in found] == [_undated(e) for e in self.log]
        assert answers_of(bureau.relief) == self.answers


def _undated(event: Any) -> Any:
    """The fact that a file was imported is dated on the day it was: a process has its own clock."""
    if event[0] in ("FileImported", "SourceRegistered"):
        meta = [m for n, m in enumerate(event[1]) if n != 6]
        return [event[0], meta, *event[2:]]
    return event


class Killed(Exception):
    """Stands for the process's end, at an append's boundary."""


def stop_at(nth: int, *, after: bool) -> Callable[..., Any]:
    """An `append` that ends the process at its nth call: before it writes, or when it has."""
    real, calls = ReliefApplicationRecorder.append, 0

    def append(self: ReliefApplicationRecorder, *args: Any, **kwargs: Any) -> Sequence[int]:
        nonlocal calls
        calls += 1
        if calls == nth and not after:
            raise Killed
        positions = real(self, *args, **kwargs)
        if calls == nth:
            raise Killed
        return positions

    return append


@pytest.mark.slow
def test_stopped_before_and_after_every_append_it_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "APPEND_COMMANDS", 5)
    monkeypatch.setattr(planning, "SLICE", 7)
    (tmp_path / "files").mkdir()
    files = bureau_files(tmp_path / "files")
    undisturbed = Undisturbed(tmp_path / "undisturbed", files)
    bureau, stops = Bureau(tmp_path), 0
    for path in files:
        while True:
            for after in (False, True):
                stops += 1
                with monkeypatch.context() as patch:
                    patch.setattr(ReliefApplicationRecorder, "append", stop_at(1, after=after))
                    try:
                        bureau.recorded(path)
                    except Killed:
                        continue
                break
            else:
                bureau = bureau.opened_again()
                continue
            break
    assert stops > 40
    undisturbed.assert_same(bureau)
    assert len(bureau.events(FileImported)) == len(files)
    bureau.close()
    undisturbed.bureau.close()


def head_of(ledger: Path) -> int:
    with sqlite3.connect(f"file:{ledger / 'ledger.sqlite'}?mode=ro", uri=True) as db:
        (head,) = db.execute("SELECT coalesce(max(position), 0) FROM entries").fetchone()
    db.close()
    return int(head)


def start_import(ledger: Path, files: Sequence[Path]) -> subprocess.Popen[bytes]:
    program = Path(sys.executable).parent / "relief-ledger"
    names = [str(path) for path in files]
    return subprocess.Popen(
        [str(program), "import", *names, "--ledger", str(ledger)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_killed_at_random_moments_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """SIGKILL to the real program, once the log has reached a random place, and a little later."""
    (tmp_path / "files").mkdir()
    files = bureau_files(tmp_path / "files", 60)
    undisturbed = Undisturbed(tmp_path / "undisturbed", files)
    # The program has the machine's clock, and refuses a log that is years behind it.
    bureau = Bureau(tmp_path, clock=SystemClock())
    ledger, chance = tmp_path / "ledger", random.Random()
    bureau.relief.close()
    killed = 0
    for _ in range(KILLS):
        before, end = head_of(ledger), undisturbed.bureau.head
        target = chance.randint(before, max(before, end - 1))
        process = start_import(ledger, files)
        while process.poll() is None and head_of(ledger) <= target:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.03)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        assert head_of(ledger) <= end
    assert killed
    assert start_import(ledger, files).wait() == 0
    bureau = bureau.opened_again()
    undisturbed.assert_same(bureau)
    assert len(bureau.events(FileImported)) == len(files)
    bureau.close()
    undisturbed.bureau.close()
