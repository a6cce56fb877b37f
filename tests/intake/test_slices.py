"""A long file is planned and recorded slice by slice: the log is the one that a whole plan makes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from intake import importing, planning
from intake.planning import Context, Plan
from intake.rows import Numbered
from ledger.vault import NewPerson, Vault
from tests.intake.conftest import Bureau
from tests.intake.files import HEADER, number, row, write_csv
from tests.intake.same_log import log_of, persons_of

DECIDED = ["户主身份证号", "事项", "救助类别", "决定日期", "享受时间", "现金额", "保障对象身份证号"]
FORMED = ["户主姓名", "户主身份证号", "所属街道", "登记日期"]
CHECKED = ["申请唯一号", "姓名", "身份证号", "核对反馈时间", "核对结果类型"]
SLICE = 4
ROWS = 10


def files(folder: Path) -> list[Path]:
    """Lists whose later rows rest on what earlier rows of the same list opened."""
    folder.mkdir()
    some = range(ROWS)
    enrolled = [
        # Who is covered is left open in every second row, and is then read from the household.
        [number(n), "新增", "低保", "2022-12-10", "2023-01", "800", number(100 + n % 3) * (n % 2)]
        for n in some
    ]
    adjusted = [[number(n), "调整", "低保", "2023-03-10", "2023-04", "900", ""] for n in some]
    twice = [enrolled[0], [number(3), "停止", "低保", "2023-06-10", "2023-07", "", ""]]
    return [
        write_csv(folder / "1.csv", [DECIDED, *enrolled, *adjusted, *twice]),
        write_csv(
            folder / "2.csv",
            [
                FORMED,
                *([f"张{n}", number(n), "暨阳街道", "2022-10-10"] for n in range(7, 2 * ROWS)),
            ],
        ),
        write_csv(
            folder / "3.csv",
            [CHECKED, *([f"R{n}", f"张{n}", number(5 * n), "2023-02-01", "符合"] for n in some)],
        ),
        write_csv(folder / "4.csv", [HEADER, *(row(n) for n in range(3 * ROWS))]),
    ]


def imported(folder: Path, paths: Sequence[Path]) -> tuple[list[Any], tuple[int, int]]:
    """Log and persons of a new ledger that was told these files."""
    folder.mkdir()
    bureau = Bureau(folder)
    for path in paths:
        bureau.recorded(path)
    found = log_of(bureau.relief), persons_of(folder / "ledger")
    bureau.close()
    return found


def test_the_log_is_the_same_whether_a_file_is_planned_whole_or_in_slices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = files(tmp_path / "files")
    whole = imported(tmp_path / "whole", paths)
    monkeypatch.setattr(planning, "SLICE", SLICE)
    assert imported(tmp_path / "sliced", paths) == whole


def test_no_more_than_a_slice_is_planned_or_registered_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, registered = list[int](), list[int]()
    decide, register = importing.PLANNERS["decisions"], Vault.register

    def watched(rows: Sequence[Numbered[Any]], context: Context) -> Any:
        found = decide(rows, context)
        assert not isinstance(found, Plan)
        for plan in found:
            planned.append(len(set(plan.rows)))
            yield plan

    def counted(self: Vault, new: Sequence[NewPerson]) -> dict[str, Any]:
        registered.append(len(new))
        return register(self, new)

    monkeypatch.setattr(planning, "SLICE", SLICE)
    monkeypatch.setitem(importing.PLANNERS, "decisions", watched)
    monkeypatch.setattr(Vault, "register", counted)
    paths = files(tmp_path / "files")
    imported(tmp_path / "sliced", paths[:1])
    assert len(planned) == 6
    assert max(planned) == SLICE
    assert max(registered) <= 2 * SLICE  # a head and a covered person of each row
