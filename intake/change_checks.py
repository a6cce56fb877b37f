"""What must fit together within a row of a change list, of standards, or of batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from domain.money import format_yuan
from domain.programs import PROGRAMS
from intake.change_kinds import BatchRow, ChangeRow, StandardRow
from intake.problems import Problem, Wrong

Titles = Mapping[str, str]


def _problems(found: Iterator[Wrong], number: int, titles: Titles) -> list[Problem]:
    return [Problem(number, titles.get(w.field, ""), w.code, w.zh, w.en) for w in found]


def check_change(row: ChangeRow, number: int, titles: Titles) -> list[Problem]:
    """A row asks for one thing, and says all that it takes."""
    return _problems(_change(row), number, titles)


def _change(row: ChangeRow) -> Iterator[Wrong]:
    yield from _change_amounts(row)
    if len(row.targets) > 1:
        zh, en = "一行只能转入一个类别", "a row goes to one program only"
        yield Wrong("to_program", "several", zh, en)
        return
    yield from {
        "adjust": _adjust,
        "exit": _exit,
        "fade_out": _fade_out,
        "switch": _switch,
    }[row.action](row)


def _change_amounts(row: ChangeRow) -> Iterator[Wrong]:
    for name in ("amount", "old_amount", "supplement"):
        if (getattr(row, name) or 0) < 0:
            yield Wrong(name, "negative", "金额不能为负", "an amount cannot be below 0")
    if row.old_amount is None or row.change is None:
        return
    difference = (row.amount or 0) - row.old_amount
    if row.change != difference and (row.amount is not None or row.action == "exit"):
        due = format_yuan(difference)
        yield Wrong(
            "change",
            "change_differs",
            f"增减额应等于现金额减原金额 {due}",
            f"the change must be the new amount less the old one, {due}",
        )


def _adjust(row: ChangeRow) -> Iterator[Wrong]:
    if not row.amount:
        yield Wrong(
            "amount",
            "missing",
            "需要现金额;停发的请填停止日期",
            "the new amount is needed; say when it stops where nothing is due any more",
        )
    if not row.effective_month:
        yield _no_month()


def _no_month() -> Wrong:
    return Wrong("effective_month", "missing", "需要享受时间(首月)", "the first month is needed")


def _exit(row: ChangeRow) -> Iterator[Wrong]:
    if not row.stop_month:
        zh, en = "退出需要停止日期(停发的首月)", "an exit needs the first month not paid"
        yield Wrong("stop_month", "missing", zh, en)
    if row.amount:
        zh, en = "停发的行现金额应为 0 或空白", "what stops has no new amount: 0 or blank"
        yield Wrong("amount", "contradicts", zh, en)


def _fade_out(row: ChangeRow) -> Iterator[Wrong]:
    if not row.effective_month:
        yield _no_month()
        return
    if row.direct_exit:
        zh, en = "直接退出与渐退期只能选一", "either a direct exit or a fade-out"
        yield Wrong("direct_exit", "contradicts", zh, en)
    after = row.first_month_after or ""
    if after <= row.effective_month:
        zh, en = "渐退期的最后一月早于享受时间", "the fade-out ends before it begins"
        yield Wrong("fade_out", "order", zh, en)
    if row.stop_month and row.stop_month != after:
        yield Wrong(
            "stop_month",
            "contradicts",
            f"停止日期与渐退期不一致:渐退后停发的首月是 {after}",
            f"the stop does not fit the fade-out, after which {after} is the first month not paid",
        )


def _switch(row: ChangeRow) -> Iterator[Wrong]:
    if not row.effective_month:
        yield _no_month()
    if row.direct_exit or row.fade_out:
        zh, en = "转入其他类别的行不能同时退出或渐退", "a row that switches does not end as well"
        yield Wrong("direct_exit" if row.direct_exit else "fade_out", "contradicts", zh, en)
    if row.stop_month and row.stop_month != row.effective_month:
        zh = "原类别的停止日期应与转入的享受时间同月"
        en = "the old program stops in the month in which the new one begins"
        yield Wrong("stop_month", "contradicts", zh, en)
    if row.targets[0] == row.program:
        zh, en = "转入类别与原类别相同", "it switches to the program that it is in"
        yield Wrong("to_program", "same", zh, en)
    monthly = PROGRAMS[row.targets[0]].monthly
    if monthly and not row.amount:
        zh, en = "转入低保、特困需要现金额", "the new program pays: the new amount is needed"
        yield Wrong("amount", "missing", zh, en)
    if not monthly and row.amount:
        zh, en = "转入的类别不发保障金,现金额应为 0 或空白", "that program pays nothing: 0 or blank"
        yield Wrong("amount", "contradicts", zh, en)


def check_standard(row: StandardRow, number: int, titles: Titles) -> list[Problem]:
    """A standard is an amount above nothing."""
    if row.amount > 0:
        return []
    zh, en = "标准应大于 0", "a standard is above 0"
    return [Problem(number, titles.get("amount", ""), "not_positive", zh, en)]


_STEPS: Final = ("prepared_on", "reviewed_on", "approved_on", "sent_on", "settled_on")


def check_batch(row: BatchRow, number: int, titles: Titles) -> list[Problem]:
    """Steps in order, and totals that add up."""
    return _problems(_batch(row), number, titles)


def _batch(row: BatchRow) -> Iterator[Wrong]:
    days = [(name, day) for name in _STEPS if (day := getattr(row, name)) is not None]
    for (_, before), (name, day) in pairwise(days):
        if day < before:
            zh, en = "日期早于前一步骤", "the day lies before that of the step before"
            yield Wrong(name, "order", zh, en)
    for name in ("total", "approved_total", "paid_total", "returned_total"):
        if (getattr(row, name) or 0) < 0:
            yield Wrong(name, "negative", "金额不能为负", "an amount cannot be below 0")
    if row.settled_on is None:
        return
    if row.paid_count is None or row.paid_total is None:
        zh, en = "已结清的批次需要成功笔数与金额", "a settled batch needs what was paid"
        yield Wrong("paid_count", "missing", zh, en)
        return
    approved = row.approved_total if row.approved_total is not None else row.total
    if row.paid_total + (row.returned_total or 0) != approved:
        due = format_yuan(approved)
        yield Wrong(
            "paid_total",
            "total_differs",
            f"成功与退回金额之和应等于批准金额 {due}",
            f"what was paid and what came back must be what was approved, {due}",
        )
