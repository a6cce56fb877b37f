"""Enrolling, adjusting, covering and ending: what is allowed, and what each refusal is for."""

from __future__ import annotations

import pytest

from domain.events import (
    UNBORN,
    Actor,
    Component,
    DecisionPublished,
    EnrollmentRefused,
    EntitlementAdjusted,
    Event,
    Exited,
    HomeVisited,
    MemberCovered,
    MemberLeft,
    MemberUncovered,
)
from domain.refusals import (
    AlreadyEnrolled,
    AmountNotPositive,
    EffectiveTooEarly,
    NoCheckBeforeEnrollment,
    NotAMember,
    NotCovered,
    NotEnrolled,
    OutOfOrder,
    SamePersonInvestigated,
    SamePersonProposed,
    TooFewInvestigators,
)
from tests.domain.story import (
    CHILD,
    HEAD,
    STRANGER,
    Story,
    applied,
    checked,
    day,
    enrolled,
    formed,
    in_dibao,
    joined,
    on,
)

BOSS, CLERK, VISITOR = Actor("boss"), Actor("clerk"), "visitor-1"


def visited(*investigators: str) -> Event:
    event = HomeVisited(meta=UNBORN, investigators=investigators, conclusion="meets")
    return on(event, "2023-01-22")


def adjusted(when: str, effective: str, base: int = 90_000) -> Event:
    event = EntitlementAdjusted(
        meta=UNBORN, program="dibao", components=(Component("base", base),), reason="income_changed"
    )
    return on(event, when, effective)


def exited(when: str = "2023-06-10", effective: str = "2023-07-01") -> Event:
    return on(Exited(meta=UNBORN, program="dibao", reason="income_over"), when, effective)


def test_a_checked_household_is_enrolled() -> None:
    Story(formed(), applied(), checked()).allows(enrolled())


def test_nobody_is_enrolled_without_a_check() -> None:
    Story(formed(), applied()).refuses(enrolled(), NoCheckBeforeEnrollment)


def test_a_check_after_the_decision_is_none() -> None:
    Story(formed(), checked("2023-02-11")).refuses(enrolled(), NoCheckBeforeEnrollment)


def test_a_check_of_two_years_ago_is_none() -> None:
    Story(formed("2020-01-01"), checked("2021-02-01")).refuses(enrolled(), NoCheckBeforeEnrollment)


def test_an_annulled_check_is_none() -> None:
    story = Story(formed(), checked())
    story.allows(enrolled())
    story.annul(1).refuses(enrolled(), NoCheckBeforeEnrollment)


def test_urgent_relief_is_given_before_the_check() -> None:
    Story(formed()).allows(enrolled(program="temporary", urgent=True))


def test_a_household_is_not_enrolled_twice_in_one_program() -> None:
    in_dibao().refuses(enrolled("2023-04-01", "2023-05-01"), AlreadyEnrolled)


def test_after_the_exit_it_may_be_enrolled_again() -> None:
    story = in_dibao().then(exited())
    story.allows(enrolled("2023-09-01", "2023-10-01"))


def test_only_members_are_covered() -> None:
    story = Story(formed(), checked())
    story.refuses(enrolled(covered=(HEAD, STRANGER)), NotAMember)
    story.refuses(enrolled(covered=()), NotAMember)


def test_who_left_the_household_is_no_longer_covered_by_a_new_decision() -> None:
    left = on(MemberLeft(meta=UNBORN, person_id=CHILD, reason="moved_away"), "2023-01-30")
    story = Story(formed(), joined(), checked()).then(left)
    story.refuses(enrolled(covered=(HEAD, CHILD)), NotAMember)
    story.annul(3, "2023-02-01").allows(enrolled(covered=(HEAD, CHILD)))


@pytest.mark.parametrize("base", [0, -1, -80_000])
def test_an_entitlement_of_nothing_or_less_is_refused(base: int) -> None:
    Story(formed(), checked()).refuses(enrolled(base=base), AmountNotPositive)


def test_nothing_is_effective_before_the_application() -> None:
    story = Story(formed(), applied("2023-01-05"), checked())
    story.refuses(enrolled(effective="2023-01-01"), EffectiveTooEarly)
    story.allows(enrolled(effective="2023-02-01"))


def test_who_investigated_does_not_approve() -> None:
    story = Story(formed(), checked()).then(visited(VISITOR, "visitor-2"))
    story.refuses(enrolled(approved_by=Actor(VISITOR)), SamePersonInvestigated)
    story.allows(enrolled(approved_by=BOSS))


def test_who_proposed_does_not_approve() -> None:
    story = Story(formed(), checked())
    story.refuses(enrolled(proposed_by=CLERK, approved_by=CLERK), SamePersonProposed)
    story.allows(enrolled(proposed_by=CLERK, approved_by=BOSS))


def test_a_home_visit_takes_two_persons() -> None:
    story = Story(formed())
    story.refuses(visited(VISITOR), TooFewInvestigators)
    story.refuses(visited(VISITOR, VISITOR), TooFewInvestigators)
    story.allows(visited(VISITOR, "visitor-2"))


def test_a_refusal_names_its_reasons_and_another_person_approves_it() -> None:
    story = Story(formed(), applied()).then(visited(VISITOR, "visitor-2"))
    refused = EnrollmentRefused(meta=UNBORN, program="dibao", reasons=("income_over",))
    story.allows(on(refused, "2023-02-01"))
    by_visitor = EnrollmentRefused(
        meta=UNBORN, program="dibao", reasons=("income_over",), approved_by=Actor(VISITOR)
    )
    story.refuses(on(by_visitor, "2023-02-01"), SamePersonInvestigated)


def test_an_adjustment_sets_what_is_due_from_its_month_on() -> None:
    story = in_dibao()
    story.allows(adjusted("2023-05-10", "2023-06-01"))
    story.then(adjusted("2023-05-10", "2023-06-01"))
    due = story.case.entitlement("dibao")
    assert due.due("2023-02") == {}
    assert due.due("2023-05") == {"base": 80_000}
    assert due.due("2023-06") == {"base": 90_000}


def test_an_annulled_adjustment_leaves_what_was_due_before() -> None:
    story = in_dibao().then(adjusted("2023-05-10", "2023-06-01"))
    assert story.annul(5).case.entitlement("dibao").due("2023-06") == {"base": 80_000}


def test_who_is_not_in_is_neither_adjusted_nor_ended() -> None:
    story = Story(formed(), checked())
    story.refuses(exited(), NotEnrolled)
    story.refuses(adjusted("2023-05-10", "2023-06-01"), NotEnrolled)


def test_who_is_out_does_not_exit_again() -> None:
    story = in_dibao().then(exited())
    story.refuses(exited("2023-08-01", "2023-09-01"), NotEnrolled)
    story.annul(5).allows(exited("2023-08-01", "2023-09-01"))


def test_nothing_ends_before_it_began() -> None:
    in_dibao().refuses(exited("2023-02-01", "2023-02-01"), EffectiveTooEarly)


def test_an_exit_leaves_nothing_due_and_nobody_covered() -> None:
    story = in_dibao().then(exited("2023-06-10", "2023-07-01"))
    assert story.case.entitlement("dibao").due("2023-06") == {"base": 80_000}
    assert story.case.entitlement("dibao").due("2023-07") == {}
    assert story.case.covered("dibao", day("2023-06-09")) == {HEAD}
    assert story.case.covered("dibao", day("2023-06-10")) == set()


def test_a_member_is_covered_and_uncovered() -> None:
    cover = on(MemberCovered(meta=UNBORN, program="dibao", person_id=CHILD), "2023-04-01")
    uncover = on(
        MemberUncovered(meta=UNBORN, program="dibao", person_id=CHILD, reason="death"), "2023-08-01"
    )
    story = in_dibao()
    story.refuses(uncover, NotCovered)
    story.allows(cover)
    story.then(cover).refuses(cover, AlreadyEnrolled)
    story.allows(uncover)
    story.then(uncover)
    assert story.case.covered("dibao", day("2023-07-31")) == {HEAD, CHILD}
    assert story.case.covered("dibao", day("2023-08-01")) == {HEAD}


def test_a_stranger_is_not_covered() -> None:
    cover = on(MemberCovered(meta=UNBORN, program="dibao", person_id=STRANGER), "2023-04-01")
    in_dibao().refuses(cover, NotAMember)


def test_a_member_joins_once_and_leaves_once() -> None:
    story = Story(formed())
    story.allows(joined())
    story.then(joined()).refuses(joined(), OutOfOrder)
    left = on(MemberLeft(meta=UNBORN, person_id=CHILD, reason="moved_away"), "2023-05-01")
    story.allows(left)
    story.then(left).refuses(left, NotAMember)


def test_a_decision_is_published_after_it_was_taken() -> None:
    story = in_dibao()
    decision = story.facts[-1].meta.event_id
    published = DecisionPublished(meta=UNBORN, decision_event_id=decision, program="dibao")
    story.allows(on(published, "2023-02-12"))
    story.refuses(on(published, "2023-02-01"), EffectiveTooEarly)
    nothing = DecisionPublished(meta=UNBORN, decision_event_id=HEAD, program="dibao")
    story.refuses(on(nothing, "2023-02-12"), OutOfOrder)


def test_nothing_happens_in_a_household_that_was_never_formed() -> None:
    Story().refuses(joined(), OutOfOrder)
    Story().refuses(applied(), OutOfOrder)


def test_a_household_is_formed_once() -> None:
    Story(formed()).refuses(formed(), OutOfOrder)


def test_covered_persons_whose_coverage_was_reported_after_the_exit_are_out_as_well() -> None:
    late = on(MemberCovered(meta=UNBORN, program="dibao", person_id=CHILD), "2023-04-01")
    story = in_dibao().then(exited()).then(late)
    assert story.case.covered("dibao", day("2023-05-01")) == {HEAD, CHILD}
    assert story.case.covered("dibao", day("2023-06-10")) == set()
