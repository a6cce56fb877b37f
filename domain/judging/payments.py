"""Payment lines and batches: what is due, what fits its line, and whether totals agree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.aggregate import Aggregate
from domain.calendar import month_of
from domain.case import CaseFile, parts_of
from domain.entitlement import Excess
from domain.events import (
    BatchApproved,
    BatchPrepared,
    BatchSettled,
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
    BatchMismatch,
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
    if event.amount_fen > line.authorized.amount_fen - line.recovered_fen:
        yield LineMismatch("金额超过该明细", "the amount is above that of the line")
    wanted = {
        PaymentPaid: "pending",
        PaymentReissued: "returned",
        PaymentRecalled: "paid",
        PaymentRecovered: "paid",
    }
    state = wanted.get(type(event))
    if state is not None and line.status != state:
        yield LineMismatch(
            f"该明细状态为 {line.status},此操作需要 {state}",
            f"the line is {line.status}; this takes a line that is {state}",
        )
    if isinstance(event, PaymentReturned) and line.status == "returned":
        yield LineMismatch("该明细已经退回", "the line was returned already")
    if event.meta.occurred_on < line.authorized.meta.occurred_on:
        yield EffectiveTooEarly("日期早于该明细的批准", "dated before the line was authorized")


def approves_all(event: BatchApproved, batch: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    prepared = batch.last(BatchPrepared)
    if prepared and (prepared.line_count, prepared.total_fen) != (
        event.line_count,
        event.total_fen,
    ):
        yield BatchMismatch(
            "批准的笔数或金额与编制的不一致", "count or total differ from what was prepared"
        )


def settles_all(event: BatchSettled, batch: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    approved = batch.last(BatchApproved)
    if approved and event.paid_fen + event.returned_fen > approved.total_fen:
        yield BatchMismatch(
            "成功与退回之和超过批准金额", "paid and returned together are above what was approved"
        )


def not_future_month(event: PaymentAuthorized, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    latest = month_of(event.meta.occurred_on)
    if any(p.kind == "regular" and p.last_month > latest for p in event.parts):
        yield EffectiveTooEarly(
            f"所属月份晚于批准月份 {latest}", f"a month paid for lies after {latest}"
        )


def recalls_once(event: PaymentRecalled, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    line = case.lines().get(event.line_id)
    if line and line.recalled_fen + event.amount_fen > line.authorized.amount_fen:
        yield LineMismatch(
            "追回金额合计超过该明细", "together more would be recalled than the line paid"
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
    PaymentReissued: (amounts, fits_line),
    PaymentRecalled: (amounts, fits_line, recalls_once),
    PaymentRecovered: (amounts, fits_line),
    BatchApproved: (approves_all,),
    BatchSettled: (settles_all,),
    CustodyAgreed: (keeps_members_book,),
    CustodyEnded: (custody_stands,),
}
