"""What must fit together within a row, kind by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from domain.money import format_yuan
from intake.change_checks import check_batch, check_change, check_standard
from intake.kinds import (
    DecisionRow,
    DeliveryRow,
    HouseholdRow,
    PaymentRow,
    ReturnRow,
    WishRow,
)
from intake.problems import Problem

Titles = Mapping[str, str]
RowCheck = Callable[[Any, int, Titles], list[Problem]]


def _problem(row: int, titles: Titles, field: str, code: str, zh: str, en: str) -> Problem:
    return Problem(row, titles.get(field, ""), code, zh, en)


def _payment(row: PaymentRow, number: int, titles: Titles) -> list[Problem]:
    base, supplement, back = row.base or 0, row.supplement or 0, row.back_pay or 0
    found = []
    if min(base, supplement, back) < 0:
        zh, en = "金额不能为负", "an amount cannot be below 0"
        return [_problem(number, titles, "base", "negative", zh, en)]
    if row.total is not None and row.total != base + supplement + back:
        due = format_yuan(base + supplement + back)
        found.append(
            _problem(
                number,
                titles,
                "total",
                "total_differs",
                f"发放合计应等于保障金、分类施保金与补发之和 {due}",
                f"the total must be the sum of its parts, {due}",
            )
        )
    elif base + supplement + back == 0:
        zh, en = "金额为 0 的行应从名册中删去", "a line of 0 does not belong in the list"
        found.append(_problem(number, titles, "total", "zero", zh, en))
    return found


def _return(row: ReturnRow, number: int, titles: Titles) -> list[Problem]:
    found = []
    if row.amount <= 0:
        zh, en = "金额应大于 0", "the amount must be above 0"
        found.append(_problem(number, titles, "amount", "not_positive", zh, en))
    if row.line_no is None and not row.account:
        zh, en = "需要序号或账号,才能对应到名册", "a line number or an account is needed"
        found.append(_problem(number, titles, "line_no", "no_reference", zh, en))
    return found


def _decision(row: DecisionRow, number: int, titles: Titles) -> list[Problem]:
    found: list[Problem] = []

    def add(field: str, code: str, zh: str, en: str) -> None:
        found.append(_problem(number, titles, field, code, zh, en))

    pays = row.program in ("dibao", "tekun")
    if row.action == "enroll" and pays and not row.amount:
        add("amount", "missing", "新增需要现金额", "an enrollment needs the new amount")
    if row.action in ("enroll", "adjust", "exit") and pays and not row.effective_month:
        add("effective_month", "missing", "需要享受(停止)月份", "the first month is needed")
    if row.action == "adjust" and not row.amount:
        add("amount", "missing", "调整需要现金额", "an adjustment needs the new amount")
    if row.action in ("add_member", "remove_member") and not row.covered_ids:
        add("covered_ids", "missing", "增员、减员需要保障对象身份证号", "say whom it is about")
    return found + _decision_values(row, number, titles)


def _decision_values(row: DecisionRow, number: int, titles: Titles) -> list[Problem]:
    found: list[Problem] = []

    def add(field: str, code: str, zh: str, en: str) -> None:
        found.append(_problem(number, titles, field, code, zh, en))

    for name in ("amount", "supplement"):
        value = getattr(row, name)
        if value is not None and value < 0:
            add(name, "negative", "金额不能为负", "an amount cannot be below 0")
    if row.applied_on and row.accepted_on and row.accepted_on < row.applied_on:
        add("accepted_on", "order", "受理日期早于申请日期", "accepted before it was applied for")
    if row.notice_from and row.notice_to and row.notice_to < row.notice_from:
        add("notice_to", "order", "公示结束早于公示开始", "the notice ends before it begins")
    differs = (
        row.old_amount is not None
        and row.amount is not None
        and row.change is not None
        and row.amount - row.old_amount != row.change
    )
    if differs:
        add("change", "change_differs", "增减额应等于现金额减原金额", "change = new − old amount")
    return found


def _delivery(row: DeliveryRow, number: int, titles: Titles) -> list[Problem]:
    needed = {
        "head_count": ("head_count", "人次需要人数", "a head count needs its number"),
        "household": ("head_id", "家庭需要户主身份证号", "a household needs its head's number"),
    }
    field, zh, en = needed.get(
        row.unit or "person", ("id_number", "个人需要身份证号", "a person needs the number")
    )
    if not getattr(row, field):
        return [_problem(number, titles, field, "missing", zh, en)]
    return []


def _wish(row: WishRow, number: int, titles: Titles) -> list[Problem]:
    found = []
    if row.satisfaction is not None and not 1 <= row.satisfaction <= 5:
        zh, en = "满意度应为 1 至 5", "satisfaction is 1 to 5"
        found.append(_problem(number, titles, "satisfaction", "range", zh, en))
    if row.fulfilled_on and not row.matched_on:
        zh, en = "已实现的心愿需要认领日期", "a fulfilled wish needs the day it was taken on"
        found.append(_problem(number, titles, "matched_on", "missing", zh, en))
    if row.matched_on and not row.provider_no:
        zh, en = "已认领的心愿需要认领单位", "a wish that was taken on needs the provider"
        found.append(_problem(number, titles, "provider_no", "missing", zh, en))
    return found


ROW_CHECKS: dict[str, RowCheck] = {
    "payments": _payment,
    "returns": _return,
    "decisions": _decision,
    "changes": check_change,
    "standards": check_standard,
    "batches": check_batch,
    "deliveries": _delivery,
    "wishes": _wish,
}


def household_key(row: Any) -> tuple[Any, Any, str] | None:
    """Key, content and person of a row that may repeat its household's own data a member.

    A household's amount repeated on every member's row counts once: rows of one head with the
    same content. In a payment list that takes the head's own column; two rows of one person
    are a duplicate, which the ledger must see.
    """
    if isinstance(row, HouseholdRow):
        content = (row.town, row.village, row.address, row.account, row.household_size)
        return row.head_id, content, ""
    if isinstance(row, PaymentRow) and row.head_id:
        key = (row.batch_no, row.month, row.program, row.head_id)
        return key, (row.base, row.supplement, row.back_pay, row.total), row.id_number
    return None
