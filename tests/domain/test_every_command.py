"""Every command has its given / when / then: once allowed, and refused by each check that it has.

What is listed here is compared with the commands and checks there are: a new one without a
line here fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import domain.events as ev
from console.commands_json import COMMANDS
from domain import refusals
from domain.events import UNBORN, Actor, Component, Event, HouseholdFormed
from domain.judgement import CHECKS
from domain.judging import batches, common, enrollment, household, intake, payments, persons, status
from domain.other_streams import FIRST, ONCE
from domain.refusals import Refusal
from tests.domain.story import (
    CHILD,
    HEAD,
    HOUSEHOLD,
    STRANGER,
    Story,
    applied,
    checked,
    day,
    enrolled,
    formed,
    joined,
    line,
    on,
    regular,
)

ON, LATER = "2023-05-10", "2023-06-01"
OTHER, ID, APPLICATION = UUID(int=90), UUID(int=88), UUID(int=77)
BOSS = Actor("boss")
BASE = (Component("base", 80_000),)
Given = Callable[[], list[Event]]
Refused = type[Refusal]


def e(event: Event, when: str = ON, effective: str | None = None) -> Event:
    return on(event, when, effective)


def by(code: str, event: Event) -> Event:
    """Somebody else does it."""
    return replace(event, meta=replace(event.meta, actor=Actor(code)))


def family() -> list[Event]:
    return [formed(), joined()]


def applicant() -> list[Event]:
    return [*family(), applied(), checked()]


def in_dibao() -> list[Event]:
    return [*applicant(), enrolled()]


def after(*events: Event, given: Given = in_dibao) -> Given:
    return lambda: [*given(), *events]


def begins(event: Event) -> Given:
    return lambda: [event]


def nothing() -> list[Event]:
    return []


_registered = e(ev.PersonRegistered(UNBORN, True), "2023-01-02")
_need = e(ev.NeedDiscovered(UNBORN, "N1", HEAD, "visit", "living"), "2023-01-02")
_batch = e(ev.BatchPrepared(UNBORN, "B1", "2023-03", 1, 80_000), "2023-03-01")
_reviewed = by("reviewer", e(ev.BatchReviewed(UNBORN), "2023-03-02"))
_approved = by("boss", e(ev.BatchApproved(UNBORN, 1, 80_000), "2023-03-02"))
_sent = e(ev.BatchSent(UNBORN), "2023-03-03")
_project = e(ev.ProjectOpened(UNBORN, "J1", "项目", "aged", "charity", OTHER), "2023-01-02")
_funded = e(ev.ProjectFunded(UNBORN, "charity", 100), "2023-01-03")
_wish = e(ev.WishRegistered(UNBORN, "W1", HEAD, "material"), "2023-01-02")
_matched = e(ev.WishMatched(UNBORN, OTHER), "2023-01-03")
_away = e(ev.MemberWentAway(UNBORN, CHILD, "enlisted"), "2023-02-01")
_asked = e(ev.PapersRequested(UNBORN, APPLICATION, ("income",)), "2023-01-08")
_warned = e(ev.WarningRaised(UNBORN, ID, "income_over"), "2023-05-01")
_objected = e(ev.ObjectionRaised(UNBORN, ID, "dibao", "income"), "2023-05-01")
_suspended = e(ev.Suspended(UNBORN, "dibao", "other"), "2023-04-10", "2023-05-01")
_exited = e(ev.Exited(UNBORN, "dibao", "income_over"), "2023-04-10", "2023-05-01")
_custody = e(ev.CustodyAgreed(UNBORN, HEAD, "keeper", "neighbor"), "2023-04-01")
_line = line(1, "2023-03-10", regular("2023-03", 80_000))
_paid = e(ev.PaymentPaid(UNBORN, UUID(int=501), 80_000), "2023-03-12")
_returned = e(ev.PaymentReturned(UNBORN, UUID(int=501), 80_000), "2023-03-12")
_enrolled_id = UUID(int=1005)
"""Of the enrollment in `in_dibao`: the fifth event of its story."""
_appealed = e(ev.AppealFiled(UNBORN, ID, "review", _enrolled_id), "2023-05-01")
_limited = enrolled(until=day("2023-12-01"))
_merged = e(ev.HouseholdMerged(UNBORN, OTHER), "2023-05-01", "2023-05-01")

GOOD: dict[type[Event], tuple[Given, Event]] = {
    ev.PersonRegistered: (nothing, _registered),
    ev.PersonDied: (begins(_registered), e(ev.PersonDied(UNBORN))),
    ev.PersonCorrected: (begins(_registered), e(ev.PersonCorrected(UNBORN, True))),
    ev.PersonMerged: (begins(_registered), e(ev.PersonMerged(UNBORN, OTHER))),
    ev.HouseholdFormed: (nothing, formed()),
    ev.MemberJoined: (family, joined(STRANGER, ON)),
    ev.MemberLeft: (family, e(ev.MemberLeft(UNBORN, CHILD, "moved_away"), ON, ON)),
    ev.SourceRegistered: (nothing, e(ev.SourceRegistered(UNBORN, "b", "银行", "bank"))),
    ev.OrganizationRegistered: (
        nothing,
        e(ev.OrganizationRegistered(UNBORN, "edu", "教育局", "department")),
    ),
    ev.WorkerAssigned: (nothing, e(ev.WorkerAssigned(UNBORN, "S1", HEAD, "social_worker", "t"))),
    ev.NeedDiscovered: (nothing, _need),
    ev.NeedReferred: (begins(_need), e(ev.NeedReferred(UNBORN, "edu"))),
    ev.NeedAnswered: (begins(_need), e(ev.NeedAnswered(UNBORN, "solved"))),
    ev.StandardAdopted: (
        nothing,
        e(ev.StandardAdopted(UNBORN, "dibao", "base", "2023", 110_600), ON, LATER),
    ),
    ev.FileExpected: (nothing, e(ev.FileExpected(UNBORN, "b", "returns", "month"))),
    ev.MemberWentAway: (family, e(ev.MemberWentAway(UNBORN, CHILD, "enlisted"), ON, ON)),
    ev.MemberCameBack: (after(_away, given=family), e(ev.MemberCameBack(UNBORN, CHILD), ON, ON)),
    ev.HeadChanged: (family, e(ev.HeadChanged(UNBORN, CHILD), ON, ON)),
    ev.HouseholdSplit: (family, e(ev.HouseholdSplit(UNBORN, OTHER, (CHILD,), (HEAD,)), ON, ON)),
    ev.HouseholdMerged: (family, _merged),
    ev.HouseholdAbsorbed: (family, e(ev.HouseholdAbsorbed(UNBORN, OTHER))),
    ev.HouseholdMoved: (family, e(ev.HouseholdMoved(UNBORN, "330681121"))),
    ev.ResidenceRecorded: (family, e(ev.ResidenceRecorded(UNBORN, "a", "b", True))),
    ev.OfficialRelativeDeclared: (
        family,
        e(ev.OfficialRelativeDeclared(UNBORN, CHILD, "official", "nephew")),
    ),
    ev.ApplicationReceived: (family, applied()),
    ev.ApplicationAccepted: (applicant, e(ev.ApplicationAccepted(UNBORN, APPLICATION))),
    ev.ApplicationWithdrawn: (applicant, e(ev.ApplicationWithdrawn(UNBORN, APPLICATION))),
    ev.AuthorizationGiven: (family, e(ev.AuthorizationGiven(UNBORN, (HEAD,)))),
    ev.PapersRequested: (applicant, e(_asked)),
    ev.PapersSupplied: (
        after(_asked, given=applicant),
        e(ev.PapersSupplied(UNBORN, APPLICATION, ("income",))),
    ),
    ev.OpinionGiven: (applicant, e(ev.OpinionGiven(UNBORN, APPLICATION, "dibao", "grant"))),
    ev.WarningRaised: (family, _warned),
    ev.WarningClosed: (after(_warned), e(ev.WarningClosed(UNBORN, ID, "unfounded"))),
    ev.AppealFiled: (in_dibao, _appealed),
    ev.AppealDecided: (after(_appealed), e(ev.AppealDecided(UNBORN, ID, "dismissed"))),
    ev.CrossCheckCompleted: (family, checked()),
    ev.DirectoryCompared: (family, e(ev.DirectoryCompared(UNBORN, HEAD, "disability", "meets"))),
    ev.HomeVisited: (family, e(ev.HomeVisited(UNBORN, ("a", "b"), "meets"))),
    ev.NeighborsAsked: (family, e(ev.NeighborsAsked(UNBORN, ("a",), "meets"))),
    ev.NoticePosted: (family, e(ev.NoticePosted(UNBORN, "dibao", day("2023-05-17")))),
    ev.ObjectionRaised: (family, _objected),
    ev.ObjectionResolved: (after(_objected), e(ev.ObjectionResolved(UNBORN, ID, True))),
    ev.AppraisalHeld: (family, e(ev.AppraisalHeld(UNBORN, "dibao", 9, 8, "meets"))),
    ev.SelfCareAssessed: (family, e(ev.SelfCareAssessed(UNBORN, HEAD, "partial", 2))),
    ev.PersonHeard: (family, e(ev.PersonHeard(UNBORN, "dibao", "exit"))),
    ev.Enrolled: (applicant, enrolled()),
    ev.EnrollmentRefused: (applicant, e(ev.EnrollmentRefused(UNBORN, "dibao", ("income_over",)))),
    ev.EntitlementAdjusted: (in_dibao, e(ev.EntitlementAdjusted(UNBORN, "dibao", BASE), ON, LATER)),
    ev.MemberCovered: (in_dibao, e(ev.MemberCovered(UNBORN, "dibao", CHILD))),
    ev.MemberUncovered: (in_dibao, e(ev.MemberUncovered(UNBORN, "dibao", HEAD, "employed"))),
    ev.Suspended: (in_dibao, e(ev.Suspended(UNBORN, "dibao", "other"), ON, LATER)),
    ev.Resumed: (after(_suspended), e(ev.Resumed(UNBORN, "dibao"), ON, LATER)),
    ev.Switched: (in_dibao, e(ev.Switched(UNBORN, "tekun", "dibao", (HEAD,), BASE), ON, LATER)),
    ev.FadeOutStarted: (
        in_dibao,
        e(ev.FadeOutStarted(UNBORN, "dibao", day("2023-12-01")), ON, LATER),
    ),
    ev.Extended: (
        after(_limited, given=applicant),
        e(ev.Extended(UNBORN, "dibao", day("2024-12-01"))),
    ),
    ev.Reinstated: (after(_exited), e(ev.Reinstated(UNBORN, "dibao", (HEAD,), BASE), ON, ON)),
    ev.HandedOver: (in_dibao, e(ev.HandedOver(UNBORN, "dibao", OTHER, (HEAD,)), ON, ON)),
    ev.CarriedOver: (family, e(ev.CarriedOver(UNBORN, "dibao", OTHER, (CHILD,), BASE), ON, ON)),
    ev.DecisionPublished: (in_dibao, e(ev.DecisionPublished(UNBORN, _enrolled_id, "dibao"))),
    ev.DecisionDelivered: (in_dibao, e(ev.DecisionDelivered(UNBORN, _enrolled_id, "dibao"))),
    ev.Exited: (in_dibao, e(ev.Exited(UNBORN, "dibao", "income_over"), ON, LATER)),
    ev.BatchPrepared: (nothing, _batch),
    ev.BatchReviewed: (begins(_batch), _reviewed),
    ev.BatchApproved: (after(_reviewed, given=begins(_batch)), _approved),
    ev.BatchSent: (after(_approved, given=begins(_batch)), _sent),
    ev.BatchSettled: (
        after(_approved, _sent, given=begins(_batch)),
        e(ev.BatchSettled(UNBORN, 1, 80_000, 0, 0)),
    ),
    ev.PaymentAuthorized: (in_dibao, _line),
    ev.PaymentPaid: (after(_line), _paid),
    ev.PaymentReturned: (after(_line), _returned),
    ev.PaymentReissued: (
        after(_line, _returned),
        e(ev.PaymentReissued(UNBORN, UUID(int=501), OTHER, 80_000, None, 1, HEAD)),
    ),
    ev.PaymentRecalled: (
        after(_line, _paid),
        e(ev.PaymentRecalled(UNBORN, UUID(int=501), 80_000)),
    ),
    ev.PaymentRecovered: (
        after(_line, _paid),
        e(ev.PaymentRecovered(UNBORN, UUID(int=501), 80_000)),
    ),
    ev.CustodyAgreed: (family, _custody),
    ev.CustodyEnded: (after(_custody), e(ev.CustodyEnded(UNBORN, HEAD))),
    ev.ProviderRegistered: (nothing, e(ev.ProviderRegistered(UNBORN, "P1", "机构", "charity"))),
    ev.ProjectOpened: (nothing, _project),
    ev.ProjectFunded: (begins(_project), _funded),
    ev.ProjectPaid: (
        after(_funded, given=begins(_project)),
        e(ev.ProjectPaid(UNBORN, "charity", 100)),
    ),
    ev.ProjectAccepted: (begins(_project), e(ev.ProjectAccepted(UNBORN))),
    ev.ServiceDelivered: (
        begins(_project),
        e(ev.ServiceDelivered(UNBORN, "D1", "comfort", "person", True, HEAD)),
    ),
    ev.WishRegistered: (nothing, _wish),
    ev.WishMatched: (begins(_wish), _matched),
    ev.WishFulfilled: (after(_matched, given=begins(_wish)), e(ev.WishFulfilled(UNBORN))),
}
"""Event → what came before, and the event that may follow."""

Break = Callable[[list[Event], Any], tuple[list[Event], Event]]
"""(given, when) → the same with one thing wrong."""


def given(*events: Event) -> Break:
    """Something else came before, too."""
    return lambda facts, event: ([*facts, *events], event)


def without(*kinds: type[Event]) -> Break:
    """Something that it rests on never came."""
    return lambda facts, event: ([f for f in facts if not isinstance(f, kinds)], event)


def said(**fields: Any) -> Break:
    """The event says something else."""
    return lambda facts, event: (facts, replace(event, **fields))


def dated(when: str, effective: str | None = None) -> Break:
    return lambda facts, event: (facts, on(event, when, effective))


def _a_day_too_early(facts: list[Event], event: Event) -> tuple[list[Event], Event]:
    """Dated before the step that it follows; by the same hands as it was."""
    early = on(event, "2023-02-28")
    return facts, replace(early, meta=replace(early.meta, actor=event.meta.actor))


def _nothing_paid(facts: list[Event], event: Any) -> tuple[list[Event], Event]:
    if hasattr(event, "amount_fen") and not getattr(event, "parts", ()):
        return facts, replace(event, amount_fen=0)
    if getattr(event, "parts", ()):
        return facts, replace(event, parts=(regular("2023-03", 0),))
    name = "components" if hasattr(event, "components") else "remaining"
    return facts, replace(event, **{name: (Component("base", 0),)})


def _investigated(facts: list[Event], event: Any) -> tuple[list[Event], Event]:
    visit = e(ev.HomeVisited(UNBORN, ("boss", "other"), "meets"), "2023-01-15")
    return [*facts[:2], visit, *facts[2:]], replace(event, approved_by=BOSS)


def _in_2026(facts: list[Event], event: Any) -> tuple[list[Event], Event]:
    """The same under the law that asks for a hearing; an adjustment that takes away."""
    if isinstance(event, ev.EntitlementAdjusted):
        event = replace(event, components=(Component("base", 100),))
    return facts, on(event, "2026-08-01", "2026-09-01")


def _above(facts: list[Event], event: Any) -> tuple[list[Event], Event]:
    return facts, replace(event, amount_fen=80_001)


R = refusals
BROKEN: dict[Any, tuple[Break, Refused]] = {
    common.file_open: (given(_merged), R.OutOfOrder),
    common.amounts: (_nothing_paid, R.AmountNotPositive),
    common.reckoned: (
        said(components=(Component("base", 100, "guess"),)),
        R.MethodUnclear,
    ),
    common.in_program: (without(ev.Enrolled), R.NotEnrolled),
    common.after_enrollment: (dated(ON, "2023-01-01"), R.EffectiveTooEarly),
    common.two_persons: (_investigated, R.SamePersonInvestigated),
    common.covers_members: (said(covered=(STRANGER,)), R.NotAMember),
    common.checked: (without(ev.CrossCheckCompleted), R.NoCheckBeforeEnrollment),
    common.heard: (_in_2026, R.NotHeard),
    common.ends_later: (said(until=day("2023-01-01")), R.EffectiveTooEarly),
    household.member_joins: (said(person_id=CHILD), R.OutOfOrder),
    household.member_leaves: (said(person_id=STRANGER), R.NotAMember),
    household.head_stays: (said(person_id=HEAD), R.OutOfOrder),
    household.is_member: (said(person_id=STRANGER), R.NotAMember),
    (household.is_member, ev.HeadChanged): (said(head_id=STRANGER), R.NotAMember),
    household.not_away: (given(_away), R.OutOfOrder),
    household.is_away: (without(ev.MemberWentAway), R.OutOfOrder),
    household.heads_already: (said(head_id=HEAD), R.OutOfOrder),
    household.splits_everybody: (said(staying=()), R.SplitIncomplete),
    household.merges_another: (said(into_household_id=HOUSEHOLD), R.MergeWithItself),
    (household.merges_another, ev.HouseholdAbsorbed): (
        said(from_household_id=HOUSEHOLD),
        R.MergeWithItself,
    ),
    household.moves_elsewhere: (said(to_town="330681001"), R.OutOfOrder),
    household.says_what_it_names: (said(apart=False), R.OutOfOrder),
    persons.merges_another_person: (said(into_person_id=HOUSEHOLD), R.MergeWithItself),
    intake.answers_something: (
        without(
            ev.ApplicationReceived,
            ev.PapersRequested,
            ev.ObjectionRaised,
            ev.WarningRaised,
            ev.AppealFiled,
        ),
        R.OutOfOrder,
    ),
    intake.not_withdrawn: (
        given(e(ev.ApplicationWithdrawn(UNBORN, APPLICATION), "2023-02-01")),
        R.OutOfOrder,
    ),
    intake.contests_a_decision: (said(against_event_id=ID), R.OutOfOrder),
    intake.counts_heads: (said(in_favor=10), R.OutOfOrder),
    intake.level_fits_points: (said(points_failed=5), R.OutOfOrder),
    intake.follows_predecessor: (
        given(e(ev.StandardAdopted(UNBORN, "dibao", "base", "2024", 1), ON, "2024-01-01")),
        R.StandardTooEarly,
    ),
    intake.owed_for_a_period: (said(every="week"), R.NotAPeriod),
    enrollment.visited_by_two: (said(investigators=("a", "a")), R.TooFewInvestigators),
    enrollment.not_enrolled_twice: (given(enrolled("2023-02-01")), R.AlreadyEnrolled),
    enrollment.after_application: (dated("2023-02-10", "2023-01-01"), R.EffectiveTooEarly),
    enrollment.application_stands: (
        lambda facts, event: (
            [*facts, e(ev.ApplicationWithdrawn(UNBORN, APPLICATION), "2023-02-01")],
            replace(event, application_id=APPLICATION),
        ),
        R.OutOfOrder,
    ),
    enrollment.covers_new_member: (said(person_id=HEAD), R.AlreadyEnrolled),
    enrollment.uncovers_covered: (said(person_id=CHILD), R.NotCovered),
    enrollment.after_decision: (said(decision_event_id=ID), R.OutOfOrder),
    status.not_suspended: (given(_suspended), R.OutOfOrder),
    status.is_suspended: (without(ev.Suspended), R.OutOfOrder),
    status.leaves_program: (said(program="dibao"), R.OutOfOrder),
    status.splits_entitlement: (said(remaining=BASE), R.OutOfOrder),
    status.goes_elsewhere: (said(covered=(CHILD,)), R.NotCovered),
    status.not_in_yet: (without(ev.Exited), R.AlreadyEnrolled),
    status.not_covered_yet: (
        given(e(ev.CarriedOver(UNBORN, "dibao", OTHER, (CHILD,), BASE), "2023-04-01")),
        R.AlreadyEnrolled,
    ),
    status.something_fell: (without(ev.Enrolled, ev.Exited), R.OutOfOrder),
    status.moves_the_end: (said(until=day("2023-11-01")), R.EffectiveTooEarly),
    payments.not_future_month: (said(parts=(regular("2023-04", 80_000),)), R.EffectiveTooEarly),
    payments.within_entitlement: (
        said(amount_fen=80_001, parts=(regular("2023-03", 80_001),)),
        R.OverEntitlement,
    ),
    payments.fits_line: (_above, R.LineMismatch),
    payments.recalls_once: (
        given(e(ev.PaymentRecalled(UNBORN, UUID(int=501), 1), "2023-04-01")),
        R.LineMismatch,
    ),
    payments.sent_again_whole: (said(line_no=0), R.LineMismatch),
    payments.within_recall: (
        given(e(ev.PaymentRecalled(UNBORN, UUID(int=501), 1), "2023-04-01")),
        R.LineMismatch,
    ),
    batches.names_a_sum: (said(line_count=0), R.BatchMismatch),
    batches.not_before_last_step: (_a_day_too_early, R.EffectiveTooEarly),
    batches.other_hands: (lambda facts, event: (facts, by("clerk", event)), R.SameHands),
    batches.sums_are_sums: (said(returned_fen=-1), R.BatchMismatch),
    batches.approves_all: (said(line_count=2), R.BatchMismatch),
    batches.settles_all: (said(paid_fen=80_001), R.BatchMismatch),
    payments.keeps_members_book: (said(person_id=STRANGER), R.NotAMember),
    payments.custody_stands: (said(person_id=CHILD), R.OutOfOrder),
}
"""Check (of an event, where one needs its own way) → what is wrong, and the refusal for it."""

ELSEWHERE: dict[Refused, str] = {
    R.ExclusivePrograms: "ledger/test_service.py",
    R.CannotAnnul: "ledger/test_service.py",
    R.SourceMayNotReport: "ledger/test_service.py",
    R.SamePersonProposed: "domain/test_status.py",
    R.NotEntitled: "domain/test_payments.py",
    R.NoSuchCode: "domain/test_findings.py",
}
"""Refusals that need more than one stream, or are provoked where the others of their kind are."""

ALWAYS = (ev.PersonDied,)
"""A death is recorded in whatever order it comes: of somebody not known yet, or a second time."""
OF_COMMANDS = sorted({cls for cls, _ in COMMANDS.values()}, key=lambda c: c.topic)
PAIRS = [(cls, check) for cls in OF_COMMANDS for check in CHECKS.get(cls, ())]


def told(facts: list[Event], event: Event) -> list[Refused]:
    """What the judge says of it in a story of these facts; each says it in both languages."""
    stream = facts[0].meta.stream_id if facts else event.meta.stream_id
    first = [f for f in facts if f.meta.stream_id == stream]
    found = Story(*first).when(event)
    assert all(r.zh and r.en for r in found)
    return [type(r) for r in found]


@pytest.mark.parametrize("cls", OF_COMMANDS, ids=lambda c: c.topic)
def test_every_command_is_allowed_where_everything_is_in_order(cls: type[Event]) -> None:
    facts, event = GOOD[cls]
    assert type(event) is cls
    assert told(facts(), event) == []


@pytest.mark.parametrize(("cls", "check"), PAIRS, ids=lambda v: getattr(v, "__name__", ""))
def test_every_check_of_a_command_refuses_what_it_is_for(cls: type[Event], check: Any) -> None:
    facts, event = GOOD[cls]
    breaks, refusal = BROKEN.get((check, cls)) or BROKEN[check]
    assert refusal in told(*breaks(facts(), event))


@pytest.mark.parametrize(
    "cls", [c for c in OF_COMMANDS if c in FIRST and c not in ALWAYS], ids=lambda c: c.topic
)
def test_nothing_is_decided_before_what_it_rests_on(cls: type[Event]) -> None:
    facts, event = GOOD[cls]
    left = [f for f in facts() if not isinstance(f, FIRST[cls])]
    kept = left if FIRST[cls] is not HouseholdFormed else []
    assert R.OutOfOrder in told(kept, event)


@pytest.mark.parametrize(
    "cls", [c for c in OF_COMMANDS if c in ONCE and c not in ALWAYS], ids=lambda c: c.topic
)
def test_what_happens_once_is_refused_a_second_time(cls: type[Event]) -> None:
    facts, event = GOOD[cls]
    assert R.OutOfOrder in told([*facts(), event], event)


def _all(kind: Refused) -> Iterator[Refused]:
    for sub in kind.__subclasses__():
        yield sub
        yield from _all(sub)


@pytest.mark.parametrize("refusal", sorted(set(_all(Refusal)), key=str))
def test_every_refusal_is_provoked(refusal: Refused) -> None:
    """Here by a check, or in the test file that is named for it."""
    if refusal in {r for _, r in BROKEN.values()}:
        return
    text = (Path(__file__).parents[1] / ELSEWHERE[refusal]).read_text("utf-8")
    assert f"raises({refusal.__name__}" in text or f", {refusal.__name__})" in text


def test_nothing_is_listed_that_there_is_not() -> None:
    checks = {check for _, check in PAIRS}
    assert {k[0] if isinstance(k, tuple) else k for k in BROKEN} == checks
    assert set(GOOD) == set(OF_COMMANDS)
