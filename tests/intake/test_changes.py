"""Change lists, standards and batch totals: given what stands, the file says, then the log holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.events import (
    BatchApproved,
    BatchPrepared,
    BatchReviewed,
    BatchSent,
    BatchSettled,
    Component,
    Enrolled,
    EntitlementAdjusted,
    Event,
    Exited,
    FadeOutStarted,
    StandardAdopted,
    Switched,
)
from intake.importing import ImportResult
from tests.intake.conftest import Bureau
from tests.intake.files import HEADER, amounts, number, row, write_csv, write_xlsx

DECISIONS = ["户主身份证号", "事项", "救助类别", "决定日期", "享受时间", "现金额", "分类施保金(元)"]
CHANGES = [
    "户主",
    "户主身份证号",
    "享受时间",
    "原金额",
    "现金额",
    "增减额",
    "理由",
    "停止日期",
    "渐退期",
    "转入低保/特困/边缘/刚性",
    "直接退出",
    "决定日期",
]


def enrolled(bureau: Bureau, folder: Path, *, program: str = "低保", supplement: str = "") -> None:
    """Household 1 is in from January on, with 800 yuan a month."""
    rows = [[number(1), "新增", program, "2022-12-10", "2023-01", "800", supplement]]
    bureau.recorded(write_csv(folder / "decisions.csv", [DECISIONS, *rows]), "decisions")


def changed(bureau: Bureau, folder: Path, **cells: Any) -> ImportResult:
    """A change list of one row, of household 1."""
    said = {"户主": "张三", "户主身份证号": number(1), "决定日期": "2023-05-10"} | cells
    header = [h for h in (*CHANGES, *cells) if h in said]
    header = list(dict.fromkeys(header))
    path = write_csv(
        folder / "动态调整.csv", [["五月动态调整名单"], header, [said[h] for h in header]]
    )
    return bureau.imports(path, "changes")


def last(bureau: Bureau, cls: type[Event]) -> Any:
    return bureau.events(cls)[-1]


def test_a_new_amount_is_an_adjustment_of_the_program_the_household_is_in(
    bureau: Bureau, tmp_path: Path
) -> None:
    enrolled(bureau, tmp_path)
    cells = {"享受时间": "2023-06", "原金额": "800", "现金额": "950.5", "增减额": "150.5"}
    assert changed(bureau, tmp_path, **cells, 理由="收入变化").problems == []
    event = last(bureau, EntitlementAdjusted)
    assert (event.program, event.reason) == ("dibao", "income_changed")
    assert event.components == (Component("base", 95_050),)
    assert event.meta.effective_from == date(2023, 6, 1)
    assert event.meta.occurred_on == date(2023, 5, 10)


@pytest.mark.parametrize("cells", [{}, {"直接退出": "√"}, {"现金额": "0", "增减额": "-800"}])
def test_a_stop_with_its_month_is_an_exit(
    bureau: Bureau, tmp_path: Path, cells: dict[str, str]
) -> None:
    enrolled(bureau, tmp_path)
    cells = {"原金额": "800", "停止日期": "2023-06", "理由": "就业增收"} | cells
    assert changed(bureau, tmp_path, **cells).problems == []
    event = last(bureau, Exited)
    assert (event.program, event.reason) == ("dibao", "employed")
    assert event.meta.effective_from == date(2023, 6, 1)


@pytest.mark.parametrize(
    ("term", "until"), [("6个月", date(2023, 12, 1)), ("2023-08", date(2023, 9, 1))]
)
def test_a_fade_out_says_until_when_it_is_still_paid(
    bureau: Bureau, tmp_path: Path, term: str, until: date
) -> None:
    enrolled(bureau, tmp_path)
    assert changed(bureau, tmp_path, 享受时间="2023-06", 渐退期=term).problems == []
    event = last(bureau, FadeOutStarted)
    assert (event.until, event.meta.effective_from) == (until, date(2023, 6, 1))
    assert bureau.events(EntitlementAdjusted) == []


def test_a_fade_out_with_a_new_amount_adjusts_as_well(bureau: Bureau, tmp_path: Path) -> None:
    enrolled(bureau, tmp_path)
    cells = {"享受时间": "2023-06", "渐退期": "3", "原金额": "800", "现金额": "400"}
    assert changed(bureau, tmp_path, **cells).problems == []
    assert bureau.topics()[-3:-1] == ["FadeOutStarted", "EntitlementAdjusted"]


@pytest.mark.parametrize(
    ("cells", "program", "components"),
    [
        (
            {"转入低保/特困/边缘/刚性": "特困", "现金额": "1397.5"},
            "tekun",
            (Component("base", 139_750),),
        ),
        ({"转入低保/特困/边缘/刚性": "边缘"}, "dibao_edge", ()),
        ({"转入边缘": "√"}, "dibao_edge", ()),
        ({"转入刚性": "是"}, "rigid_spending", ()),
        ({"转入特困": "√", "现金额": "1397.5"}, "tekun", (Component("base", 139_750),)),
    ],
)
def test_going_to_another_program_is_a_switch_and_no_exit(
    bureau: Bureau,
    tmp_path: Path,
    cells: dict[str, str],
    program: str,
    components: tuple[Component, ...],
) -> None:
    enrolled(bureau, tmp_path)
    assert changed(bureau, tmp_path, 享受时间="2023-06", **cells).problems == []
    event = last(bureau, Switched)
    assert (event.program, event.from_program, event.components) == (program, "dibao", components)
    assert event.covered == last(bureau, Enrolled).covered
    assert bureau.events(Exited) == []


def test_the_same_change_list_again_records_nothing_even_after_a_switch(
    bureau: Bureau, tmp_path: Path
) -> None:
    enrolled(bureau, tmp_path)
    cells = {"享受时间": "2023-06", "转入低保/特困/边缘/刚性": "边缘"}
    changed(bureau, tmp_path, **cells)
    head = bureau.head
    again = changed(bureau, tmp_path, **cells)
    assert (again.problems, again.receipt.already, bureau.head) == ([], 1, head)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"享受时间": "2023-06"}, "missing"),
        ({"现金额": "900"}, "missing"),
        ({"直接退出": "√"}, "missing"),
        ({"停止日期": "2023-05-31"}, "BadValue"),
        ({"停止日期": "2023.6"}, "AmbiguousMonth"),
        ({"停止日期": "2023-06", "现金额": "900"}, "contradicts"),
        ({"享受时间": "2023-06", "渐退期": "3", "直接退出": "√"}, "contradicts"),
        ({"享受时间": "2023-06", "渐退期": "3", "停止日期": "2023-08"}, "contradicts"),
        ({"享受时间": "2023-06", "渐退期": "2023-04"}, "order"),
        ({"享受时间": "2023-06", "渐退期": "99"}, "BadValue"),
        ({"享受时间": "2023-06", "转入特困": "√"}, "missing"),
        ({"享受时间": "2023-06", "转入边缘": "√", "现金额": "9"}, "contradicts"),
        ({"享受时间": "2023-06", "转入边缘": "√", "转入刚性": "√"}, "several"),
        ({"享受时间": "2023-06", "转入边缘": "√", "停止日期": "2023-09"}, "contradicts"),
        (
            {"享受时间": "2023-06", "转入边缘": "√", "直接退出": "√", "停止日期": "2023-06"},
            "contradicts",
        ),
        (
            {"享受时间": "2023-06", "原金额": "800", "现金额": "900", "增减额": "90"},
            "change_differs",
        ),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(
    bureau: Bureau, tmp_path: Path, cells: dict[str, str], code: str
) -> None:
    enrolled(bureau, tmp_path)
    head = bureau.head
    problems = changed(bureau, tmp_path, **cells).problems
    assert [p.code for p in problems] == [code]
    assert (problems[0].row, bureau.head) == (3, head)


def test_a_household_in_no_program_needs_its_program_said(bureau: Bureau, tmp_path: Path) -> None:
    cells = {"享受时间": "2023-06", "现金额": "900"}
    (problem,) = changed(bureau, tmp_path, **cells).problems
    assert (problem.column, problem.code) == ("救助类别", "unknown_program")
    assert changed(bureau, tmp_path, **cells, 救助类别="低保").problems == []
    assert last(bureau, EntitlementAdjusted).program == "dibao"


def test_a_supplement_is_never_dropped_in_silence(bureau: Bureau, tmp_path: Path) -> None:
    enrolled(bureau, tmp_path, supplement="215")
    cells = {"享受时间": "2023-06", "现金额": "900"}
    (problem,) = changed(bureau, tmp_path, **cells).problems
    assert problem.code == "supplement_missing"
    assert changed(bureau, tmp_path, **cells, **{"分类施保金(元)": "215"}).problems == []
    components = last(bureau, EntitlementAdjusted).components
    assert components == (Component("base", 90_000), Component("supplement", 21_500))


def test_words_of_the_clerks_own_are_sealed(bureau: Bureau, tmp_path: Path) -> None:
    enrolled(bureau, tmp_path)
    changed(bureau, tmp_path, 停止日期="2023-06", 理由="张三自称另有住房")
    event = last(bureau, Exited)
    assert event.reason == "other"
    assert event.remark is not None
    assert "张三" not in repr(event)


STANDARDS = ["救助类别", "构成", "标准版本", "每人每月(元)", "发文日期", "施行日期", "适用区域"]


def test_a_standard_may_begin_in_the_future_and_follows_its_predecessor(
    bureau: Bureau, tmp_path: Path
) -> None:
    rows = [
        ["低保", "基本生活", "2023年标准", "1075", "2022-06-20", "2022-07-01", ""],
        ["低保", "基本生活", "2024年标准", "1,140.00元", "2024-06-01", "2024-12-01", ""],
        ["特困", "照料护理", "2023年标准", "215", "2022-06-20", "2022-07-01", "枫桥镇"],
    ]
    path = write_csv(tmp_path / "a.csv", [STANDARDS, *rows])
    bureau.recorded(path)
    first, second, third = bureau.events(StandardAdopted)
    assert first.meta.stream_id == second.meta.stream_id != third.meta.stream_id
    assert (second.amount_fen, second.meta.effective_from) == (114_000, date(2024, 12, 1))
    assert third.area == "330681109"
    assert bureau.recorded(path).receipt.recorded == 0


def test_another_amount_under_the_same_name_of_a_standard_is_told(
    bureau: Bureau, tmp_path: Path
) -> None:
    cells = ["低保", "基本生活", "2023年标准", "1075", "2022-06-20", "2022-07-01", ""]
    bureau.recorded(write_csv(tmp_path / "a.csv", [STANDARDS, cells]))
    cells[3] = "1080"
    (conflict,) = bureau.imports(write_csv(tmp_path / "b.csv", [STANDARDS, cells])).conflicts
    assert conflict.code == "recorded_otherwise"


BATCHES = {
    "发放批次": "B1",
    "发放月份": "2023-01",
    "笔数": "2",
    "总金额(元)": "1600",
    "编制日期": "2023-01-05",
    "审核日期": "2023-01-06",
    "审批日期": "2023-01-07",
    "送银行日期": "2023-01-08",
    "预算文号": "诸财〔2023〕1号",
}
SETTLED = {"结清日期": "2023-01-12", "成功笔数": "1", "成功金额(元)": "800"} | {
    "退回笔数": "1",
    "退回金额(元)": "800",
}


def batches(bureau: Bureau, folder: Path, cells: dict[str, str]) -> ImportResult:
    path = write_csv(folder / "batches.csv", [list(cells), list(cells.values())])
    return bureau.imports(path, "batches")


def test_a_batch_is_recorded_step_by_step_as_its_file_grows(bureau: Bureau, tmp_path: Path) -> None:
    assert batches(bureau, tmp_path, BATCHES).problems == []
    assert bureau.topics(1)[:4] == ["BatchPrepared", "BatchReviewed", "BatchApproved", "BatchSent"]
    grown = batches(bureau, tmp_path, BATCHES | SETTLED)
    assert (grown.receipt.recorded, grown.receipt.already) == (1, 4)
    settled = last(bureau, BatchSettled)
    assert (settled.paid_fen, settled.returned_count) == (80_000, 1)
    assert last(bureau, BatchPrepared).budget_document == "诸财〔2023〕1号"


@pytest.mark.parametrize("list_first", [True, False])
def test_totals_and_list_of_a_batch_are_one_batch_in_either_order(
    bureau: Bureau, tmp_path: Path, *, list_first: bool
) -> None:
    path = write_xlsx(tmp_path / "list.xlsx", [HEADER, row(1), row(2)])
    if list_first:
        bureau.recorded(path)
    assert batches(bureau, tmp_path, BATCHES).problems == []
    bureau.recorded(path)
    for cls in (BatchPrepared, BatchReviewed, BatchApproved, BatchSent):
        assert len(bureau.events(cls)) == 1
    head = bureau.head
    assert batches(bureau, tmp_path, BATCHES).problems == []
    assert bureau.recorded(path).receipt.recorded == 0
    assert bureau.head == head


def test_totals_that_differ_from_what_stands_are_a_problem(bureau: Bureau, tmp_path: Path) -> None:
    bureau.recorded(write_xlsx(tmp_path / "list.xlsx", [HEADER, row(1), row(2, **amounts("900"))]))
    problems = batches(bureau, tmp_path, BATCHES).problems
    assert {p.code for p in problems} == {"recorded_otherwise"}
    assert "1,700.00" in problems[0].zh


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"审核日期": "2023-01-01"}, "order"),
        (SETTLED | {"成功金额(元)": "900"}, "total_differs"),
        ({"结清日期": "2023-01-12"}, "missing"),
    ],
)
def test_a_batch_that_does_not_add_up_is_refused(
    bureau: Bureau, tmp_path: Path, cells: dict[str, str], code: str
) -> None:
    assert [p.code for p in batches(bureau, tmp_path, BATCHES | cells).problems] == [code]
