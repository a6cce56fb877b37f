"""Payment lines and batches: what is due, what fits its line, and whether totals agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.calendar import month_of
from domain.case import CaseFile, parts_of
from domain.entitlement import Excess
from domain.events import (
    CustodyAgreed,
    CustodyEnded,
    Event,
    PaymentAuthorized,
    PaymentPaid,
    PaymentRecalled,
    PaymentRecovered,
    PaymentReissued,
    PaymentReturned,
)
from domain.judging.common import Check, amounts, program
from domain.money import format_yuan
from domain.refusals import (
    EffectiveTooEarly,
    LineMismatch,
    NotAMember,
    NotEntitled,
    OutOfOrder,
    OverEntitlement,
    Refusal,
)
from domain.rulebook import RuleBook


def within_entitlement(
    event: PaymentAuthorized, case: CaseFile, book: RuleBook
) -> Iterator[Refusal]:
    if event.amount_fen != sum(
        -p.amount_fen if p.kind == "offset" else p.amount_fen for p in event.parts
    ):
        yield LineMismatch(
            "金额不等于各构成之和", "the amount is not the sum of the parts (offsets taken away)"
        )
    if case.entitlement(event.program).start is None:
        if any(p.kind not in ("one_off", "price_subsidy") for p in event.parts):
            yield NotEntitled(
                f"该户从未享受{program(event.program)}",
                f"the household was never entitled under {event.program}",
            )
        return
    before = {(e.component, e.month): e.excess_fen for e in case.excesses(event.program)}
    for excess in case.excesses(event.program, parts_of(event)):
        if excess.excess_fen > before.get((excess.component, excess.month), 0):
            yield over_entitlement(excess)


def over_entitlement(excess: Excess) -> OverEntitlement:
    """The refusal for one component and month that goes beyond what is due."""
    due, paid = format_yuan(excess.due_fen), format_yuan(excess.paid_fen)
    return OverEntitlement(
        f"{excess.month} {excess.component}:应发 {due} 元,合计将达 {paid} 元",
        f"{excess.month} {excess.component}: {due} is due, it would come to {paid} CNY",
    )


def fits_line(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    line = case.lines().get(event.line_id)
    if line is None:
        yield LineMismatch("没有这条发放明细", "there is no such payment line in this case")
        return
    left = line.authorized.amount_fen - line.recovered_fen
    if event.amount_fen > left:
        yield LineMismatch(
            f"金额超过该明细(至多 {format_yuan(left)} 元)",
            f"the amount is above that of the line (at most {format_yuan(left)} CNY)",
        )
    wanted = {
        PaymentPaid: "pending",
        PaymentReissued: "returned",
        PaymentRecalled: "paid",
        PaymentRecovered: "paid",
    }
    state = wanted.get(type(event))
    if state is not None and line.status != state:
        yield _other_state(event, line.status, state)
    if isinstance(event, PaymentReturned) and line.status == "returned":
        yield LineMismatch("该明细已经退回", "the line was returned already")
    if event.meta.occurred_on < line.authorized.meta.occurred_on:
        yield EffectiveTooEarly("日期早于该明细的批准", "dated before the line was authorized")


_WAYS_OUT = {
    "pending": (
        "该笔尚未发放,无可追回;如不应发放请撤销批准,或待银行回盘后再办",
        "it was not paid, so nothing can come back: annul its authorization if it should not be"
        " paid, or wait for the bank's answer",
    ),
    "returned": (
        "该笔已由银行退回,款项未到户,无需追回;如不应重发则不必处理",
        "the bank returned it, the money never reached the household: nothing is to be recalled",
    ),
}


def _other_state(event: Event, status: str, needed: str) -> LineMismatch:
    """What is wrong with the line's state, and what would be right."""
    if isinstance(event, (PaymentRecalled, PaymentRecovered)):
        return LineMismatch(*_WAYS_OUT[status])
    return LineMismatch(
        f"该明细状态为 {_STATES[status]},此操作需要 {_STATES[needed]}",
        f"the line is {status}; this takes a line that is {needed}",
    )


_STATES = {"pending": "待付", "paid": "已付", "returned": "已退回"}


def not_future_month(event: PaymentAuthorized, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    latest = month_of(event.meta.occurred_on)
    if any(p.kind == "regular" and p.last_month > latest for p in event.parts):
        yield EffectiveTooEarly(
            f"所属月份晚于批准月份 {latest}", f"a month paid for lies after {latest}"
        )


def sent_again_whole(event: PaymentReissued, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    """It goes in a batch under a number of its own, so that the bank's answer finds it."""
    line = case.lines().get(event.line_id)
    if line is None:
        return
    if event.line_no < 1:
        yield LineMismatch("重发应有批次内序号", "a line that is sent again needs a number there")
    if event.beneficiary_id != line.authorized.beneficiary_id:
        yield LineMismatch("享受人应与原明细相同", "it is for whom the line was for")


def recalls_once(event: PaymentRecalled, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    line = case.lines().get(event.line_id)
    if line and line.recalled_fen + event.amount_fen > line.authorized.amount_fen:
        yield LineMismatch(
            "追回金额合计超过该明细", "together more would be recalled than the line paid"
        )


def within_recall(event: PaymentRecovered, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    """Where money was demanded back, no more comes in than that; what a household gives back of
    its own will needs no demand."""
    line = case.lines().get(event.line_id)
    if line and line.recalled_fen and line.recovered_fen + event.amount_fen > line.recalled_fen:
        recalled, so_far = format_yuan(line.recalled_fen), format_yuan(line.recovered_fen)
        yield LineMismatch(
            f"责令退回 {recalled} 元,已收回 {so_far} 元,本次将超过;如确需多收请先追加责令退回",
            f"{recalled} CNY was recalled and {so_far} has come back: this is more than that;"
            " recall the rest first if it is owed",
        )


def keeps_members_book(event: CustodyAgreed, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if event.person_id not in case.members(event.meta.occurred_on):
        yield NotAMember(
            "委托人当日不是该户成员", "whose book it is does not belong to the household"
        )


def custody_stands(event: CustodyEnded, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    agreed = ended = 0
    for fact in case.standing(CustodyAgreed, CustodyEnded):
        if isinstance(fact, (CustodyAgreed, CustodyEnded)) and fact.person_id == event.person_id:
            agreed += isinstance(fact, CustodyAgreed)
            ended += isinstance(fact, CustodyEnded)
    if agreed <= ended:
        yield OutOfOrder("没有有效的代管协议", "there is no agreement on custody to end")


CHECKS: dict[type[Event], tuple[Check, ...]] = {
    PaymentAuthorized: (amounts, not_future_month, within_entitlement),
    PaymentPaid: (amounts, fits_line),
    PaymentReturned: (amounts, fits_line),
    PaymentReissued: (amounts, fits_line, sent_again_whole),
    PaymentRecalled: (amounts, fits_line, recalls_once),
    PaymentRecovered: (amounts, fits_line, within_recall),
    CustodyAgreed: (keeps_members_book,),
    CustodyEnded: (custody_stands,),
}
