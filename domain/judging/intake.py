"""Papers, warnings, objections, appeals, meetings: each step rests on the one before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from domain.aggregate import Aggregate
from domain.calendar import PERIOD_MONTHS
from domain.case import CaseFile
from domain.case_facts import starts_on
from domain.events import (
    AppealDecided,
    AppealFiled,
    ApplicationAccepted,
    ApplicationReceived,
    ApplicationWithdrawn,
    AppraisalHeld,
    Event,
    FileExpected,
    ObjectionRaised,
    ObjectionResolved,
    OpinionGiven,
    PapersRequested,
    PapersSupplied,
    SelfCareAssessed,
    StandardAdopted,
    WarningClosed,
    WarningRaised,
)
from domain.judging.common import Check, amounts
from domain.judging.enrollment import DECISIONS
from domain.refusals import (
    EffectiveTooEarly,
    NotAPeriod,
    OutOfOrder,
    Refusal,
    StandardTooEarly,
)
from domain.rulebook import RuleBook

_OPENED_BY: dict[type[Event], tuple[type[Event], str, str, str]] = {
    ApplicationAccepted: (ApplicationReceived, "application_id", "申请", "application"),
    ApplicationWithdrawn: (ApplicationReceived, "application_id", "申请", "application"),
    PapersRequested: (ApplicationReceived, "application_id", "申请", "application"),
    PapersSupplied: (PapersRequested, "application_id", "补正告知", "request for papers"),
    OpinionGiven: (ApplicationReceived, "application_id", "申请", "application"),
    ObjectionResolved: (ObjectionRaised, "objection_id", "异议", "objection"),
    WarningClosed: (WarningRaised, "warning_id", "预警", "warning"),
    AppealDecided: (AppealFiled, "appeal_id", "申诉", "appeal"),
}
_ONLY_ONCE = (
    ApplicationAccepted,
    ApplicationWithdrawn,
    PapersRequested,
    OpinionGiven,
    ObjectionResolved,
    WarningClosed,
    AppealDecided,
)
"""Once for what it answers; papers are asked for once and in full (审核确认办法 art. 10)."""


def answers_something(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    """What it answers stands in the case, came first, and is not answered yet."""
    opener, field, zh, en = _OPENED_BY[type(event)]
    wanted = getattr(event, field)
    opened = [e for e in case.standing(opener) if getattr(e, field) == wanted]
    if not opened:
        yield OutOfOrder(f"本户没有这个{zh}", f"the case has no such {en}")
        return
    if event.meta.occurred_on < opened[0].meta.occurred_on:
        yield EffectiveTooEarly(f"日期早于所依据的{zh}", f"dated before the {en} it answers")
    if isinstance(event, _ONLY_ONCE):
        answered = [e for e in case.standing(type(event)) if getattr(e, field) == wanted]
        if answered:
            yield OutOfOrder(f"该{zh}已办结", f"the {en} was answered already")


def not_withdrawn(event: Any, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    for withdrawn in case.standing(ApplicationWithdrawn):
        if withdrawn.application_id == event.application_id:
            yield OutOfOrder("该申请已撤回", "the application was withdrawn")


def contests_a_decision(event: AppealFiled, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    decision = case.fact(event.against_event_id)
    if not isinstance(decision, DECISIONS):
        yield OutOfOrder("没有找到所争议的决定", "the case has no such decision to contest")
    elif event.meta.occurred_on < decision.meta.occurred_on:
        yield EffectiveTooEarly("日期早于所争议的决定", "filed before the decision it contests")


def counts_heads(event: AppraisalHeld, case: CaseFile, book: RuleBook) -> Iterator[Refusal]:
    if not 0 <= event.in_favor <= event.attending or event.attending < 1:
        yield OutOfOrder(
            "同意人数应在 0 与参加人数之间,参加人数至少 1",
            "those in favor are between 0 and those attending, of whom there is at least one",
        )


def follows_predecessor(
    event: StandardAdopted, stream: Aggregate, book: RuleBook
) -> Iterator[Refusal]:
    """A standard starts after the one before it; versions have names of their own."""
    for before in stream.standing(StandardAdopted):
        if before.version == event.version:
            yield OutOfOrder(
                f"标准版本 {event.version} 已存在", f"version {event.version} stands already"
            )
        elif starts_on(event) <= starts_on(before):
            yield StandardTooEarly(
                f"新标准自 {starts_on(event)} 起,应晚于前一标准的 {starts_on(before)};"
                "前一标准有误请先撤销",
                f"it starts on {starts_on(event)}, not after its predecessor"
                f" ({starts_on(before)}); annul that one if it is wrong",
            )


def owed_for_a_period(event: FileExpected, stream: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    if event.every not in ("", *PERIOD_MONTHS) or event.due_days < 0:
        yield NotAPeriod(
            "周期应为 month、quarter 或 year(留空为不再要求),期后天数不小于 0",
            "a file is owed every month, quarter or year (empty: no longer), and is due no day "
            "before the period's end",
        )


SELF_CARE: Final = {"full": (0, 0), "partial": (1, 3), "none": (4, 6)}
"""Level → of six points, how many are not met (特困人员认定办法 art. 21–22)."""


def level_fits_points(
    event: SelfCareAssessed, stream: Aggregate, book: RuleBook
) -> Iterator[Refusal]:
    low, high = SELF_CARE.get(event.level, (0, -1))
    failed = event.points_failed
    if event.level not in SELF_CARE or (failed is not None and not low <= failed <= high):
        yield OutOfOrder(
            "评估结果与未达指标数不符:全自理 full 为 0 项,半护理 partial 为 1–3 项,全护理 none 为 4–6 项",
            "the level does not fit the points: full 0, partial 1 to 3, none 4 to 6 points not met",
        )


CHECKS: dict[type[Event], tuple[Check, ...]] = {
    OpinionGiven: (answers_something, not_withdrawn),
    SelfCareAssessed: (level_fits_points,),
    ApplicationAccepted: (answers_something, not_withdrawn),
    ApplicationWithdrawn: (answers_something,),
    PapersRequested: (answers_something, not_withdrawn),
    PapersSupplied: (answers_something, not_withdrawn),
    ObjectionResolved: (answers_something,),
    WarningClosed: (answers_something,),
    AppealFiled: (contests_a_decision,),
    AppealDecided: (answers_something,),
    AppraisalHeld: (counts_heads,),
    StandardAdopted: (amounts, follows_predecessor),
    FileExpected: (owed_for_a_period,),
}
