"""That a file was imported is a fact of its own, recorded once, with what an auditor can add up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.events import FileImported, PaymentAuthorized
from domain.refusals import SourceMayNotReport
from tests.intake.conftest import TODAY, Bureau
from tests.intake.files import HEADER, row, write_csv, write_xlsx


def payments(folder: Path, *rows: list[Any], name: str = "一月.csv") -> Path:
    return write_csv(folder / name, [HEADER, *rows])


def test_an_imported_file_leaves_its_control_totals(bureau: Bureau, tmp_path: Path) -> None:
    second = row(2, 地区="枫桥镇", **{"保障金(元)": "1,200.50", "发放合计(元)": "1,200.50"})
    result = bureau.recorded(payments(tmp_path, row(1), second))
    (fact,) = bureau.events(FileImported)
    assert (fact.kind, fact.rows, fact.households, fact.persons) == ("payments", 2, 2, 2)
    assert fact.amount_fen == 80_000 + 120_050
    assert fact.months == ("2023-01",)
    assert fact.towns == ("330681001", "330681109")
    assert fact.meta.source == "bureau"
    assert fact.meta.occurred_on == TODAY
    assert result.file_receipt.last_position == bureau.head


def test_its_positions_are_where_its_rows_stand(bureau: Bureau, tmp_path: Path) -> None:
    bureau.recorded(payments(tmp_path, row(1), row(2)))
    (fact,) = bureau.events(FileImported)
    read = bureau.relief.entries.read(0, 100)
    lines = [r.position for r in read if isinstance(r.event, PaymentAuthorized)]
    batch = [r.position for r in read if type(r.event).__name__ == "BatchPrepared"]
    assert (fact.first_position, fact.last_position) == (batch[0], lines[-1])


def test_the_same_content_under_another_name_is_the_same_file(
    bureau: Bureau, tmp_path: Path
) -> None:
    bureau.recorded(payments(tmp_path, row(1)))
    head = bureau.head
    again = bureau.recorded(payments(tmp_path, row(1), name="副本.csv"))
    assert (again.receipt.recorded, again.file_receipt.recorded, bureau.head) == (0, 0, head)


def test_the_same_rows_in_another_file_are_a_second_file_and_no_second_payment(
    bureau: Bureau, tmp_path: Path
) -> None:
    bureau.recorded(payments(tmp_path, row(1)))
    bureau.recorded(write_xlsx(tmp_path / "a.xlsx", [HEADER, row(1)]))
    first, second = bureau.events(FileImported)
    assert len(bureau.events(PaymentAuthorized)) == 1
    assert first.meta.stream_id == second.meta.stream_id
    assert first.content_digest != second.content_digest
    assert (first.first_position, first.last_position) == (
        second.first_position,
        second.last_position,
    )


def test_a_file_of_people_who_are_known_names_where_they_were_registered(
    bureau: Bureau, tmp_path: Path
) -> None:
    header = ["姓名", "身份证号", "所属街道", "登记日期"]
    person = ["李四", row(1)[5], "暨阳街道", "2023-01-05"]
    bureau.recorded(write_csv(tmp_path / "a.csv", [header, person]), "people")
    bureau.recorded(write_csv(tmp_path / "b.csv", [["名单"], header, person]), "people")
    first, second = bureau.events(FileImported)
    assert first.first_position == second.first_position > 0


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_refused_file_or_a_dry_run_leaves_no_such_fact(
    bureau: Bureau, tmp_path: Path, dry_run: bool
) -> None:
    path = payments(tmp_path, row(1) if dry_run else row(1, 救助类别="?"))
    bureau.imports(path, dry_run=dry_run)
    assert bureau.events(FileImported) == []


def test_a_file_with_a_row_that_stands_otherwise_is_not_yet_imported(
    bureau: Bureau, tmp_path: Path
) -> None:
    bureau.recorded(payments(tmp_path, row(1)))
    other = row(1, **{"保障金(元)": "900", "发放合计(元)": "900"})
    result = bureau.imports(payments(tmp_path, other, name="b.csv"))
    assert result.conflicts
    assert len(bureau.events(FileImported)) == 1


def test_a_source_that_may_report_nothing_imports_no_file(bureau: Bureau, tmp_path: Path) -> None:
    header = ["编号", "名称", "类型", "接入日期"]
    path = write_csv(tmp_path / "s.csv", [header, ["BANK1", "某银行", "银行", "2022-01-01"]])
    bureau.recorded(path, "sources")
    head = bureau.head
    with pytest.raises(SourceMayNotReport) as refused:
        bureau.imports(payments(tmp_path, row(1)), source="BANK1")
    assert "BANK1" in refused.value.zh
    assert bureau.head == head
