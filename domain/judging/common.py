"""Checks that several kinds of event share. Each yields a refusal for every rule that is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from domain.calendar import month_of
from domain.case import CaseFile
from domain.case_facts import starts_on, summed
from domain.events import CarriedOver, EntitlementAdjusted, Event, Exited, PersonHeard
from domain.programs import PROGRAMS
from domain.refusals import (
    AmountNotPositive,
    EffectiveTooEarly,
    MethodUnclear,
    NoCheckBeforeEnrollment,
    NotAMember,
    NotEnrolled,
    NotHeard,
    OutOfOrder,
    Refusal,
    SamePersonInvestigated,
    SamePersonProposed,
)
from domain.rulebook import RuleBook
from domain.standards import BY_STANDARD, METHODS, PER_PERSON

Check = Callable[[Any, Any, RuleBook], Iterator[Refusal]]


def program(code: str) -> str:
    return PROGRAMS[code].zh if code in PROGRAMS else code


def amounts(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    amounts = [c.amount_fen for c in getattr(event, "components", ())]
    amounts += [c.amount_fen for c in getattr(event, "remaining", ())]
    amounts += [p.amount_fen for p in getattr(event, "parts", ())]
    if hasattr(event, "amount_fen"):
        amounts.append(event.amount_fen)
    if any(a <= 0 for a in amounts):
        yield AmountNotPositive(
            "金额必须大于 0(扣减用种类表示,不用负数)",
            "an amount must be above 0 (a deduction is a kind, not a minus sign)",
        )


def reckoned(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    """Each component says how it was reckoned, or says nothing of it."""
    on = event.meta.occurred_on
    programs = {event.program, getattr(event, "from_program", event.program)}
    inside = {*getattr(event, "covered", ()), *(p for q in programs for p in case.covered(q, on))}
    for c in (*event.components, *getattr(event, "remaining", ())):
        if c.method and c.method not in METHODS:
            yield MethodUnclear(
                f"没有计算方式 {c.method};可用:{'、'.join(METHODS)}",
                f"no method {c.method}; one of: {', '.join(METHODS)}",
            )
        if c.method in BY_STANDARD and not c.standard:
            yield MethodUnclear(
                f"{c.code} 按标准计算,应注明标准版本",
                f"{c.code} is reckoned by a standard: name its version",
            )
        if c.method == PER_PERSON and c.person_id not in inside:
            yield MethodUnclear(
                f"{c.code} 按人计算,应注明保障对象中的一人",
                f"{c.code} is per person: name one of the covered persons",
            )
        if c.last_month is not None and c.last_month < month_of(starts_on(event)):
            yield EffectiveTooEarly(
                f"{c.code} 的享受止月 {c.last_month} 早于生效月",
                f"{c.code} would end in {c.last_month}, before it begins",
            )


def in_program(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if case.run(event.program, event.meta.occurred_on) is None:
        yield NotEnrolled(
            f"该户不在{program(event.program)}中,无从调整或退出",
            f"the household is not in {event.program}: there is nothing to adjust or end",
        )


def after_enrollment(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    enrolled = case.opening(event.program, event.meta.occurred_on)
    if enrolled is None:
        return
    since, decided = starts_on(enrolled), enrolled.meta.occurred_on
    begins = starts_on(event)
    if event.meta.occurred_on < decided or begins < min(since, decided):
        yield EffectiveTooEarly(
            f"日期 {begins} 早于所依据的批准({decided},{since} 起享受)",
            f"{begins} lies before the enrollment it rests on ({decided}, effective {since})",
        )


def two_persons(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
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


def covers_members(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    # Who is carried over belongs to the new file from then on, not yet on the day of the decision.
    on = starts_on(event) if isinstance(event, CarriedOver) else event.meta.occurred_on
    if not event.covered:
        yield NotAMember("保障对象不能为空", "at least one person must be covered")
    elif set(event.covered) - case.members(on):
        yield NotAMember(
            "保障对象中有人当日不是该户成员,应先登记其加入",
            "a covered person does not belong to the household on that day; record the joining",
        )


def checked(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if getattr(event, "urgent", False):
        return
    decided = event.meta.occurred_on
    oldest = decided - timedelta(days=book.check_valid_days(decided))
    if not any(oldest <= c.meta.occurred_on <= decided for c in case.checks()):
        yield NoCheckBeforeEnrollment(
            f"{decided} 之前没有有效的核对或入户调查;应先核查再审批(急难救助除外)",
            f"no check or visit within {book.check_valid_days(decided)} days before {decided}; "
            "check first, then decide (urgent relief excepted)",
        )


def heard(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    """Before a reduction, a suspension or an end that the household did not ask for."""
    decided = event.meta.occurred_on
    if not book.hearing_needed(decided) or not _goes_against(event, case):
        return
    oldest = decided - timedelta(days=book.check_valid_days(decided))
    for told in case.standing(PersonHeard):
        if told.program == event.program and oldest <= told.meta.occurred_on <= decided:
            return
    yield NotHeard(
        "减发、停发之前应先听取当事人陈述(社会救助法第四十八条)",
        "the household must be heard before relief is reduced or ended (Social Relief Law art. 48)",
    )


def _goes_against(event: Event, case: CaseFile) -> bool:
    if isinstance(event, Exited):
        return event.reason not in ("death", "voluntary")
    if not isinstance(event, EntitlementAdjusted):
        return True
    before = case.entitlement(event.program).due(month_of(starts_on(event)))
    return sum(summed(event.components).values()) < sum(before.values())


def ends_later(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    """A fixed end lies after the decision."""
    if event.until is not None and event.until <= event.meta.occurred_on:
        yield EffectiveTooEarly(
            f"截止日期 {event.until} 应晚于决定日期 {event.meta.occurred_on}",
            f"it would end on {event.until}, not after the decision of {event.meta.occurred_on}",
        )


def file_open(event: Event, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    """A household that was merged into another takes nothing new."""
    if case.merged_into is not None:
        yield OutOfOrder(
            "该户已并入他户,应在并入后的户中办理",
            "the household was merged into another; do it in the file that goes on",
        )
