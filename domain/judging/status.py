"""A status that is suspended, switched, bounded, carried to another case or given back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.calendar import month_of
from domain.case import CaseFile
from domain.case_facts import starts_on
from domain.events import (
    CarriedOver,
    EnrollmentRefused,
    Event,
    Exited,
    Extended,
    FadeOutStarted,
    HandedOver,
    Reinstated,
    Resumed,
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
    NotCovered,
    OutOfOrder,
    Refusal,
)
from domain.rulebook import RuleBook


def not_suspended(event: Suspended, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if case.entitlement(event.program).is_suspended(month_of(starts_on(event))):
        yield OutOfOrder("已处于暂停发放", "it is suspended already")


def is_suspended(event: Resumed, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if not case.entitlement(event.program).is_suspended(month_of(starts_on(event))):
        yield OutOfOrder(
            f"{starts_on(event)} 并未暂停发放,无从恢复",
            f"nothing is suspended as of {starts_on(event)}: there is nothing to resume",
        )


def leaves_program(event: Switched, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if event.program == event.from_program:
        yield OutOfOrder("转入与转出类别相同", "it would switch to the same program")
    elif not event.covered:
        yield NotCovered("转换对象不能为空", "at least one person must switch")
    elif set(event.covered) - case.covered(event.from_program, event.meta.occurred_on):
        yield NotCovered(
            f"转换对象中有人当日不在{program(event.from_program)}中",
            f"somebody who would switch is not covered by {event.from_program} on that day",
        )


def splits_entitlement(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    """Where somebody stays, what remains must be said; where nobody does, nothing remains."""
    left = event.from_program if isinstance(event, Switched) else event.program
    on = event.meta.occurred_on if isinstance(event, Switched) else starts_on(event)
    stays = case.covered(left, on) - set(event.covered)
    due = case.entitlement(left).due(month_of(starts_on(event)))
    if stays and due and not event.remaining:
        yield OutOfOrder(
            "仍有人留在原类别,应列明其保障金", "somebody stays: say what remains due for them"
        )
    if not stays and event.remaining:
        yield OutOfOrder("原类别已无人,不应再有保障金", "nobody stays, so nothing remains due")


def goes_elsewhere(event: HandedOver, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if not event.covered or set(event.covered) - case.covered(event.program, starts_on(event)):
        yield NotCovered(
            "随转对象中有人当日不在保障", "somebody who would go is not covered on that day"
        )


def not_in_yet(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    on = event.meta.occurred_on
    if case.run(event.program, on) is not None:
        yield AlreadyEnrolled(
            f"该户已在{program(event.program)}中", f"the household is in {event.program} already"
        )


def not_covered_yet(event: CarriedOver, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if set(event.covered) & case.covered(event.program, starts_on(event)):
        yield AlreadyEnrolled(
            "随转对象已在本户保障中", "somebody who comes is covered here already"
        )


def something_fell(event: Reinstated, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    """An exit or a refusal of this program, and nothing reaches back before it."""
    fell = [
        e
        for e in case.standing(Exited, EnrollmentRefused)
        if isinstance(e, (Exited, EnrollmentRefused))
        and e.program == event.program
        and event.decision_event_id in (None, e.meta.event_id)
    ]
    if not fell and not any(r.ran_out for r in case.runs(event.program)):
        yield OutOfOrder(
            "没有可纠正的退出或不予批准决定;新办应走申请",
            "there is no exit or refusal that fell; to come in anew, apply",
        )
    elif fell and starts_on(event) < fell[-1].meta.occurred_on:
        yield EffectiveTooEarly(
            f"恢复日期 {starts_on(event)} 早于被纠正的决定 {fell[-1].meta.occurred_on}",
            f"it would reach back to {starts_on(event)}, before the decision that fell"
            f" ({fell[-1].meta.occurred_on})",
        )


def moves_the_end(event: Extended, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    run = case.run(event.program, event.meta.occurred_on)
    if run is None:
        return
    if run.until is None:
        yield OutOfOrder("该认定没有截止日期,无需延长", "the status has no fixed end to extend")
    elif event.until <= run.until:
        yield EffectiveTooEarly(
            f"新截止日期应晚于 {run.until}", f"the new end must lie after {run.until}"
        )


CHECKS: dict[type[Event], tuple[Check, ...]] = {
    Suspended: (in_program, after_enrollment, not_suspended, two_persons, heard),
    Resumed: (in_program, after_enrollment, is_suspended, two_persons),
    Switched: (
        file_open,
        amounts,
        reckoned,
        leaves_program,
        splits_entitlement,
        checked,
        two_persons,
        ends_later,
    ),
    FadeOutStarted: (in_program, after_enrollment, ends_later, two_persons),
    Extended: (in_program, moves_the_end, two_persons),
    Reinstated: (
        file_open,
        amounts,
        reckoned,
        not_in_yet,
        covers_members,
        something_fell,
        two_persons,
        ends_later,
    ),
    HandedOver: (amounts, goes_elsewhere, splits_entitlement),
    CarriedOver: (file_open, amounts, reckoned, covers_members, not_covered_yet),
}
