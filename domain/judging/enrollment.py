"""Enrolling, adjusting, covering, ending: what each decision is held to."""

from __future__ import annotations

from collections.abc import Iterator

from domain.case import CaseFile
from domain.case_facts import starts_on
from domain.events import (
    ApplicationReceived,
    ApplicationWithdrawn,
    DecisionDelivered,
    DecisionPublished,
    Enrolled,
    EnrollmentRefused,
    EntitlementAdjusted,
    Event,
    Exited,
    HomeVisited,
    MemberCovered,
    MemberUncovered,
    Reinstated,
    Suspended,
    Switched,
)
from domain.judging.common import (
    Check,
    after_enrollment,
    amounts,
    checked,
    covers_members,
    ends_later,
    file_open,
    heard,
    in_program,
    program,
    reckoned,
    two_persons,
)
from domain.refusals import (
    AlreadyEnrolled,
    EffectiveTooEarly,
    NotAMember,
    NotCovered,
    OutOfOrder,
    Refusal,
    TooFewInvestigators,
)
from domain.rulebook import RuleBook


def not_enrolled_twice(event: Enrolled, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if case.run(event.program, event.meta.occurred_on) is not None:
        yield AlreadyEnrolled(
            f"该户已在{program(event.program)}中;变更请用调整或增员",
            f"the household is in {event.program} already; adjust it or cover a member instead",
        )


def after_application(event: Enrolled, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    for applied in case.standing(ApplicationReceived):
        rests_on = event.application_id in (None, applied.application_id)
        applied_on = applied.meta.occurred_on
        if rests_on and applied.program == event.program and starts_on(event) < applied_on:
            yield EffectiveTooEarly(
                f"生效日期 {starts_on(event)} 早于申请日期 {applied_on}",
                f"effective from {starts_on(event)}, before the application of {applied_on}",
            )
            return


def covers_new_member(event: MemberCovered, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    day = event.meta.occurred_on
    if event.person_id not in case.members(day):
        yield NotAMember(
            "增员对象当日不是该户成员,应先登记其加入",
            "the person does not belong to the household on that day; record the joining first",
        )
    if event.person_id in case.covered(event.program, day):
        yield AlreadyEnrolled("该人已是保障对象", "the person is among the covered persons already")


def uncovers_covered(event: MemberUncovered, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if event.person_id not in case.covered(event.program, event.meta.occurred_on):
        yield NotCovered(
            "减员对象当日不是保障对象", "the person is not among the covered persons on that day"
        )


def after_decision(
    event: DecisionPublished | DecisionDelivered, case: CaseFile, book: RuleBook
) -> Iterator[Refusal]:
    decision = case.fact(event.decision_event_id)
    if decision is None or not isinstance(decision, DECISIONS):
        yield OutOfOrder(
            "本户没有这个决定,应写明本户某一决定的事件编号",
            "there is no such decision in this case; name the event of one that is",
        )
    elif event.meta.occurred_on < decision.meta.occurred_on:
        yield EffectiveTooEarly(
            f"公布或送达日期早于决定日期 {decision.meta.occurred_on}",
            f"published or delivered before it was decided ({decision.meta.occurred_on})",
        )


def visited_by_two(event: HomeVisited, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    needed = book.investigators_needed(event.meta.occurred_on)
    if len(set(event.investigators)) < needed:
        yield TooFewInvestigators(
            f"入户调查至少需要 {needed} 名调查人", f"a home visit takes {needed} investigators"
        )


def application_stands(event: Enrolled, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    for withdrawn in case.standing(ApplicationWithdrawn):
        if withdrawn.application_id == event.application_id:
            yield OutOfOrder(
                "所依申请已撤回,应重新申请", "the application was withdrawn; a new one is needed"
            )


DECISIONS = (
    Enrolled,
    EnrollmentRefused,
    EntitlementAdjusted,
    Suspended,
    Switched,
    Reinstated,
    Exited,
)
"""What is published, and what can be contested."""

CHECKS: dict[type[Event], tuple[Check, ...]] = {
    HomeVisited: (visited_by_two,),
    Enrolled: (
        file_open,
        amounts,
        reckoned,
        not_enrolled_twice,
        covers_members,
        checked,
        two_persons,
        after_application,
        application_stands,
        ends_later,
    ),
    EnrollmentRefused: (two_persons,),
    EntitlementAdjusted: (amounts, reckoned, in_program, after_enrollment, two_persons, heard),
    MemberCovered: (in_program, after_enrollment, covers_new_member, two_persons),
    MemberUncovered: (in_program, after_enrollment, uncovers_covered, two_persons),
    Exited: (in_program, after_enrollment, two_persons, heard),
    DecisionPublished: (after_decision,),
    DecisionDelivered: (after_decision,),
}
