"""Judges one event against the stream it would join: the rules that a decision is held to.

One judge serves both: a command that decides is refused for the first reason found, a
reported fact is recorded and its reasons are shown as breaches. What must hold across
households is judged in `across.py`, under the append's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from domain.aggregate import Aggregate
from domain.calendar import month_of
from domain.case import CaseFile, parts_of, starts_on
from domain.entitlement import Excess
from domain.events import (
    ApplicationReceived,
    BatchApproved,
    BatchPrepared,
    BatchSettled,
    DecisionPublished,
    Enrolled,
    EnrollmentRefused,
    EntitlementAdjusted,
    Event,
    Exited,
    HomeVisited,
    MemberCovered,
    MemberJoined,
    MemberLeft,
    MemberUncovered,
    PaymentAuthorized,
    PaymentPaid,
    PaymentRecovered,
    PaymentReissued,
    PaymentReturned,
    PersonDied,
)
from domain.money import format_yuan
from domain.other_streams import FIRST, ONCE
from domain.programs import PROGRAMS
from domain.refusals import (
    AlreadyEnrolled,
    AmountNotPositive,
    BatchMismatch,
    EffectiveTooEarly,
    LineMismatch,
    NoCheckBeforeEnrollment,
    NotAMember,
    NotCovered,
    NotEnrolled,
    NotEntitled,
    OutOfOrder,
    OverEntitlement,
    Refusal,
    SamePersonInvestigated,
    SamePersonProposed,
    TooFewInvestigators,
)
from domain.rulebook import RuleBook

Check = Callable[[Any, Any, RuleBook], Iterator[Refusal]]


def judge(event: Event, stream: Aggregate, book: RuleBook) -> list[Refusal]:
    """Every reason why this event, not yet applied, may not be decided. Empty: it may."""
    reasons = list(_order(event, stream))
    if reasons:
        return reasons
    for check in CHECKS.get(type(event), ()):
        reasons += check(event, stream, book)
    return reasons


def _order(event: Event, stream: Aggregate) -> Iterator[Refusal]:
    first = FIRST.get(type(event))
    if isinstance(event, PersonDied):
        return
    if first is not None and stream.last(first) is None:
        yield OutOfOrder(
            f"缺少前置事件 {first.__name__},应先记录它",
            f"{type(event).__name__} needs {first.__name__} before it",
        )
    if type(event) in ONCE and stream.last(type(event)) is not None:
        yield OutOfOrder(
            f"{type(event).__name__} 已经记录过;如有错误请先撤销",
            f"{type(event).__name__} stands already; annul it first if it is wrong",
        )


def _program(code: str) -> str:
    return PROGRAMS[code].zh if code in PROGRAMS else code


def _amounts(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    amounts = [c.amount_fen for c in getattr(event, "components", ())]
    amounts += [p.amount_fen for p in getattr(event, "parts", ())]
    if hasattr(event, "amount_fen"):
        amounts.append(event.amount_fen)
    if any(a <= 0 for a in amounts):
        yield AmountNotPositive(
            "金额必须大于 0(扣减用种类表示,不用负数)",
            "an amount must be above 0 (a deduction is a kind, not a minus sign)",
        )


def _not_enrolled_twice(event: Enrolled, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if case.enrollment(event.program) is not None:
        yield AlreadyEnrolled(
            f"该户已在{_program(event.program)}中;变更请用调整或增员",
            f"the household is in {event.program} already; adjust it or cover a member instead",
        )


def _covers_members(event: Enrolled, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if not event.covered:
        yield NotAMember("保障对象不能为空", "at least one person must be covered")
    elif set(event.covered) - case.members(event.meta.occurred_on):
        yield NotAMember(
            "保障对象中有人当日不是该户成员,应先登记其加入",
            "a covered person does not belong to the household on that day; record the joining",
        )


def _checked(event: Enrolled, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if event.urgent:
        return
    decided = event.meta.occurred_on
    oldest = decided - timedelta(days=book.check_valid_days(decided))
    if not any(oldest <= c.meta.occurred_on <= decided for c in case.checks()):
        yield NoCheckBeforeEnrollment(
            f"{decided} 之前没有有效的核对或入户调查;应先核查再审批(急难救助除外)",
            f"no check or visit within {book.check_valid_days(decided)} days before {decided}; "
            "check first, then decide (urgent relief excepted)",
        )


def _two_persons(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    approver = event.approved_by
    if approver is None:
        return
    if approver.id in case.investigators():
        yield SamePersonInvestigated(
            "调查人与审批人为同一人,应由他人审批",
            "one person investigated and approves; somebody else must approve",
        )
    proposer = getattr(event, "proposed_by", None)
    if proposer is not None and proposer.id == approver.id:
        yield SamePersonProposed(
            "提出人与审批人为同一人,应由他人审批",
            "one person proposed and approves; somebody else must approve",
        )


def _after_application(event: Enrolled, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    for applied in case.standing(ApplicationReceived):
        rests_on = event.application_id in (None, applied.application_id)
        applied_on = applied.meta.occurred_on
        if rests_on and applied.program == event.program and starts_on(event) < applied_on:
            yield EffectiveTooEarly(
                f"生效日期 {starts_on(event)} 早于申请日期 {applied_on}",
                f"effective from {starts_on(event)}, before the application of {applied_on}",
            )
            return


def _in_program(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if case.enrollment(event.program) is None:
        yield NotEnrolled(
            f"该户不在{_program(event.program)}中,无从调整或退出",
            f"the household is not in {event.program}: there is nothing to adjust or end",
        )


def _after_enrollment(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    enrolled = case.enrollment(event.program)
    if enrolled is None:
        return
    since, decided = starts_on(enrolled), enrolled.meta.occurred_on
    begins = starts_on(event)
    if event.meta.occurred_on < decided or begins < min(since, decided):
        yield EffectiveTooEarly(
            f"日期 {begins} 早于所依据的批准({decided},{since} 起享受)",
            f"{begins} lies before the enrollment it rests on ({decided}, effective {since})",
        )


def _covers_new_member(event: MemberCovered, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    day = event.meta.occurred_on
    if event.person_id not in case.members(day):
        yield NotAMember(
            "增员对象当日不是该户成员,应先登记其加入",
            "the person does not belong to the household on that day; record the joining first",
        )
    if event.person_id in case.covered(event.program, day):
        yield AlreadyEnrolled("该人已是保障对象", "the person is among the covered persons already")


def _uncovers_covered(event: MemberUncovered, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if event.person_id not in case.covered(event.program, event.meta.occurred_on):
        yield NotCovered(
            "减员对象当日不是保障对象", "the person is not among the covered persons on that day"
        )


def _member_leaves(event: MemberLeft, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if event.person_id not in case.members(starts_on(event)):
        yield NotAMember("该人当日不是该户成员", "the person does not belong to the household")


def _member_joins(event: MemberJoined, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    inside = case.members(starts_on(event))
    if event.person_id in inside and event.person_id != case.head_id:
        yield OutOfOrder("该人已是该户成员", "the person belongs to the household already")


def _after_decision(event: DecisionPublished, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    decision = case.fact(event.decision_event_id)
    if decision is None or not isinstance(
        decision, (Enrolled, EntitlementAdjusted, Exited, EnrollmentRefused)
    ):
        yield OutOfOrder("没有找到所公布的决定", "there is no such decision in this case")
    elif event.meta.occurred_on < decision.meta.occurred_on:
        yield EffectiveTooEarly("公布日期早于决定日期", "published before it was decided")


def _visited_by_two(event: HomeVisited, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    needed = book.investigators_needed(event.meta.occurred_on)
    if len(set(event.investigators)) < needed:
        yield TooFewInvestigators(
            f"入户调查至少需要 {needed} 名调查人", f"a home visit takes {needed} investigators"
        )


def _within_entitlement(
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
                f"该户从未享受{_program(event.program)}",
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


def _fits_line(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    line = case.lines().get(event.line_id)
    if line is None:
        yield LineMismatch("没有这条发放明细", "there is no such payment line in this case")
        return
    if event.amount_fen > line.authorized.amount_fen - line.recovered_fen:
        yield LineMismatch("金额超过该明细", "the amount is above that of the line")
    wanted = {PaymentPaid: "pending", PaymentReissued: "returned", PaymentRecovered: "paid"}
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


def _approves_all(event: BatchApproved, batch: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    prepared = batch.last(BatchPrepared)
    if prepared and (prepared.line_count, prepared.total_fen) != (
        event.line_count,
        event.total_fen,
    ):
        yield BatchMismatch(
            "批准的笔数或金额与编制的不一致", "count or total differ from what was prepared"
        )


def _settles_all(event: BatchSettled, batch: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    approved = batch.last(BatchApproved)
    if approved and event.paid_fen + event.returned_fen > approved.total_fen:
        yield BatchMismatch(
            "成功与退回之和超过批准金额", "paid and returned together are above what was approved"
        )


def _not_future_month(
    event: PaymentAuthorized, case: CaseFile, book: RuleBook
) -> Iterator[Refusal]:
    latest = month_of(event.meta.occurred_on)
    if any(p.kind == "regular" and p.last_month > latest for p in event.parts):
        yield EffectiveTooEarly(
            f"所属月份晚于批准月份 {latest}", f"a month paid for lies after {latest}"
        )


CHECKS: dict[type[Event], tuple[Check, ...]] = {
    MemberJoined: (_member_joins,),
    MemberLeft: (_member_leaves,),
    HomeVisited: (_visited_by_two,),
    Enrolled: (
        _amounts,
        _not_enrolled_twice,
        _covers_members,
        _checked,
        _two_persons,
        _after_application,
    ),
    EnrollmentRefused: (_two_persons,),
    EntitlementAdjusted: (_amounts, _in_program, _after_enrollment, _two_persons),
    MemberCovered: (_in_program, _after_enrollment, _covers_new_member, _two_persons),
    MemberUncovered: (_in_program, _after_enrollment, _uncovers_covered, _two_persons),
    Exited: (_in_program, _after_enrollment, _two_persons),
    DecisionPublished: (_after_decision,),
    PaymentAuthorized: (_amounts, _not_future_month, _within_entitlement),
    PaymentPaid: (_amounts, _fits_line),
    PaymentReturned: (_amounts, _fits_line),
    PaymentReissued: (_amounts, _fits_line),
    PaymentRecovered: (_amounts, _fits_line),
    BatchApproved: (_approves_all,),
    BatchSettled: (_settles_all,),
}
"""What each kind of event is judged by, in this order."""
