"""Kinds of file about decisions in bulk: change lists, standards, and the totals of payment batches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from domain.calendar import next_month
from intake.columns import Col, Term
from intake.words import FUND, PROGRAM, YES


def _tick(word: str) -> Col:
    """A column of its own for one program, as some lists have it; templates have one for all."""
    return Col(word, "bool", choices=YES | {word: "yes"}, in_template=False)


@dataclass(slots=True)
class ChangeRow:
    """动态调整: a household's new amount, its end, its fade-out, or its way to another program."""

    head_id: Annotated[str, Col("户主身份证号", "identity", True, ("身份证号", "身份证号码"))]
    decided_on: Annotated[date, Col("决定日期", "date", True, ("审批日期", "调整日期"))]
    head_name: Annotated[str | None, Col("户主", "text", aliases=("户主姓名", "姓名"))] = None
    program: Annotated[
        str | None,
        Col(
            "救助类别",
            "choice",
            choices=PROGRAM,
            note_zh="调整前的类别;空白为该户决定前一日所在的类别",
            note_en="before the change; blank: the one that the household was in the day before",
        ),
    ] = None
    effective_month: Annotated[
        str | None,
        Col("享受时间", "month", note_zh="新金额(新类别)的首月", note_en="first month of the new"),
    ] = None
    old_amount: Annotated[int | None, Col("原金额", "money")] = None
    amount: Annotated[
        int | None,
        Col("现金额", "money", note_zh="每户每月,元", note_en="a household and month, CNY"),
    ] = None
    supplement: Annotated[
        int | None,
        Col(
            "分类施保金(元)",
            "money",
            aliases=("分类施保金",),
            note_zh="现金额之外;该户有分类施保金的必填",
            note_en="beside the new amount; needed where the household has one",
        ),
    ] = None
    change: Annotated[int | None, Col("增减额", "money")] = None
    reason: Annotated[str | None, Col("理由", "text", aliases=("原因", "调整原因"))] = None
    stop_month: Annotated[
        str | None,
        Col(
            "停止日期",
            "stop",
            note_zh="停发的首月,如 2023-06:5 月仍发,6 月起不发",
            note_en="first month not paid, as 2023-06: May is paid, June is not",
        ),
    ] = None
    fade_out: Annotated[
        Term | None,
        Col(
            "渐退期",
            "term",
            note_zh="自享受时间起的月数(如 6 或 6个月),或渐退的最后一月(如 2023-12)",
            note_en="months from the first one on (6), or the last month still paid (2023-12)",
        ),
    ] = None
    to_program: Annotated[
        str | None,
        Col(
            "转入类别",
            "choice",
            aliases=("转入", "转入低保/特困/边缘/刚性"),
            choices=PROGRAM | {"边缘": "dibao_edge", "刚性": "rigid_spending"},
        ),
    ] = None
    to_dibao: Annotated[bool | None, _tick("转入低保")] = None
    to_tekun: Annotated[bool | None, _tick("转入特困")] = None
    to_edge: Annotated[bool | None, _tick("转入边缘")] = None
    to_rigid: Annotated[bool | None, _tick("转入刚性")] = None
    direct_exit: Annotated[
        bool | None,
        Col(
            "直接退出",
            "bool",
            choices=YES | {"直接退出": "yes"},
            note_zh="不经渐退;须填停止日期",
            note_en="without a fade-out; says when it stops",
        ),
    ] = None
    proposed_by: Annotated[str | None, Col("提出人", "text")] = None
    approved_by: Annotated[str | None, Col("审批人", "text")] = None
    document: Annotated[str | None, Col("文号", "text")] = None

    @property
    def targets(self) -> tuple[str, ...]:
        """Programs that the row says the household goes to; more than one is a mistake."""
        ticked = {
            "dibao": self.to_dibao,
            "tekun": self.to_tekun,
            "dibao_edge": self.to_edge,
            "rigid_spending": self.to_rigid,
        }
        named = [code for code, tick in ticked.items() if tick]
        return tuple(dict.fromkeys([*([self.to_program] if self.to_program else []), *named]))

    @property
    def action(self) -> str:
        """What the row asks for: switch, fade_out, exit or adjust."""
        if self.targets:
            return "switch"
        if self.fade_out:
            return "fade_out"
        return "exit" if self.stop_month or self.direct_exit else "adjust"

    @property
    def first_month_after(self) -> str | None:
        """Of a fade-out: the first month that is no longer paid."""
        if self.fade_out is None:
            return None
        if self.fade_out.last_month:
            return next_month(self.fade_out.last_month)
        month = self.effective_month
        for _ in range(self.fade_out.months if month else 0):
            month = next_month(month or "")
        return month


COMPONENTS: Final = {"基本生活": "base", "分类施保": "supplement", "照料护理": "care"}


@dataclass(slots=True)
class StandardRow:
    """救助标准: what a person is due a month under a program, from a day on."""

    program: Annotated[str, Col("救助类别", "choice", True, choices=PROGRAM, example="低保")]
    component: Annotated[str, Col("构成", "choice", True, choices=COMPONENTS, example="基本生活")]
    version: Annotated[str, Col("标准版本", "text", True, ("标准名称",), example="2023年低保标准")]
    amount: Annotated[
        int,
        Col("每人每月(元)", "money", True, ("月标准(元)", "月标准", "标准(元)"), example="1075"),
    ]
    decided_on: Annotated[date, Col("发文日期", "date", True, ("公布日期",), example="2022-06-20")]
    effective_on: Annotated[
        date, Col("施行日期", "any_date", True, ("执行日期",), example="2022-07-01")
    ]
    grade: Annotated[str | None, Col("档次", "text", aliases=("分档类型",))] = None
    area: Annotated[
        str | None,
        Col("适用区域", "town", note_zh="空白为全县", note_en="blank: the whole county"),
    ] = None
    document: Annotated[str | None, Col("文号", "text")] = None


@dataclass(slots=True)
class BatchRow:
    """发放批次: the totals of a payment batch, step by step, as far as it has come."""

    batch_no: Annotated[str, Col("发放批次", "text", True, ("批次编号",))]
    month: Annotated[str, Col("发放月份", "month", True)]
    line_count: Annotated[int, Col("笔数", "int", True, ("总笔数",))]
    total: Annotated[int, Col("总金额(元)", "money", True, ("总金额", "批次金额(元)"))]
    prepared_on: Annotated[date, Col("编制日期", "date", True)]
    fund: Annotated[str | None, Col("资金来源", "choice", choices=FUND)] = None
    budget_document: Annotated[str | None, Col("预算文号", "text")] = None
    budget_code: Annotated[str | None, Col("预算科目", "text")] = None
    reviewed_on: Annotated[date | None, Col("审核日期", "date")] = None
    approved_on: Annotated[date | None, Col("审批日期", "date")] = None
    approved_count: Annotated[
        int | None, Col("批准笔数", "int", note_zh="空白为全部", note_en="blank: all of it")
    ] = None
    approved_total: Annotated[int | None, Col("批准金额(元)", "money", aliases=("批准金额",))] = (
        None
    )
    sent_on: Annotated[date | None, Col("送银行日期", "date", aliases=("送盘日期",))] = None
    settled_on: Annotated[date | None, Col("结清日期", "date", aliases=("回盘日期",))] = None
    paid_count: Annotated[int | None, Col("成功笔数", "int")] = None
    paid_total: Annotated[int | None, Col("成功金额(元)", "money", aliases=("成功金额",))] = None
    returned_count: Annotated[int | None, Col("退回笔数", "int")] = None
    returned_total: Annotated[int | None, Col("退回金额(元)", "money", aliases=("退回金额",))] = (
        None
    )
    document: Annotated[str | None, Col("文号", "text")] = None
