"""Checks of the way to a decision and of what should go on: found where a step lacks, and only there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.events import (
    UNBORN,
    AppealDecided,
    AppealFiled,
    ApplicationAccepted,
    Component,
    CrossCheckCompleted,
    DecisionDelivered,
    DecisionPublished,
    Enrolled,
    EnrollmentRefused,
    NeedAnswered,
    NeedDiscovered,
    NeedReferred,
    NoticePosted,
    OfficialRelativeDeclared,
    OpinionGiven,
    PersonHeard,
    WarningClosed,
    WarningRaised,
)
from reports.rules.pack import Rule
from tests.projections.builders import TOWN, Asking, WrittenLog, day, regular
from tests.reports.checking import checked, found, rule

WORKING = "working"


def applied(log: WrittenLog, on: str = "2023-05-04") -> tuple[UUID, UUID, UUID, int]:
    """A household of one that applied for 低保, accepted the same day: case, head, application."""
    head = log.person()
    case = log.household(head)
    application = log.apply(case, on, head)
    at = log.head()
    log.add(ApplicationAccepted(UNBORN, application), case, on)
    return case, head, application, at


def deadline(first: str, second: str, days: int, calendar: str = "calendar", **times: Any) -> Rule:
    """A deadline from one step to another; `times`: from when to when the rule holds."""
    made = rule("deadline", days=days, calendar=calendar, **times)
    return replace(made, parameters={**made.parameters, "since": first, "until": second})


class TestDeadlines:
    OPINION = deadline("application_received", "town_opinion", 15, WORKING)

    def opinion(self, log: WrittenLog, case: UUID, application: UUID, on: str) -> int:
        return log.add(OpinionGiven(UNBORN, application, "dibao", "grant"), case, on)

    def test_working_days_are_counted_without_holidays_from_the_day_after(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        # From Thursday 2023-05-04: Saturday the 6th is worked for the holiday before.
        case, _, application, at = applied(log)
        self.opinion(log, case, application, "2023-05-24")
        assert found(asking, self.OPINION) == []
        late, _, other, second = applied(log)
        self.opinion(log, late, other, "2023-05-26")
        (only,) = checked(asking, self.OPINION).findings
        assert (only.case_id, only.facts["days"], only.positions[0]) == (late, 17, second)
        assert at != second

    def test_an_open_step_is_found_once_the_days_are_over_and_keeps_its_key_when_it_comes_late(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        done, _, first, _ = applied(log)
        self.opinion(log, done, first, "2023-05-10")
        case, _, application, _ = applied(log)
        assert found(asking, self.OPINION, on="2023-05-20") == []
        (overdue,) = checked(asking, self.OPINION, on="2023-06-20").findings
        self.opinion(log, case, application, "2023-06-25")
        (late,) = checked(asking, self.OPINION).findings
        assert (overdue.says, late.says) == ("step_overdue", "step_late")
        assert overdue.key == late.key

    def test_what_is_recorded_of_nobody_cannot_be_judged_and_is_told(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        applied(log)
        answer = checked(asking, self.OPINION)
        assert answer.findings == ()
        assert [u.why for u in answer.unjudged] == ["town_opinion"]
        assert answer.applied == ()

    def test_a_procedure_that_was_decided_without_the_step_is_not_judged_by_it(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        done, _, first, _ = applied(log)
        self.opinion(log, done, first, "2023-05-10")
        case, head, application, _ = applied(log)
        log.enroll(case, "2023-06-20", head, application=application)
        assert found(asking, self.OPINION) == []

    def test_a_refusal_is_told_in_time(self, log: WrittenLog, asking: Asking) -> None:
        own = deadline("decision", "refusal_told", 3, WORKING)
        cases = []
        for told in ("2023-06-02", "2023-06-12", ""):
            case, _, application, _ = applied(log)
            refused = EnrollmentRefused(UNBORN, "dibao", ("income_over",), application)
            at = log.add(refused, case, "2023-06-01")
            if told:
                decision = log.rows[at - 1].event.meta.event_id
                log.add(DecisionDelivered(UNBORN, decision, "dibao", "in_person"), case, told)
            cases.append(case)
        answer = checked(asking, own, on="2023-07-01").findings
        assert {(f.case_id, f.says) for f in answer} == {
            (cases[1], "step_late"),
            (cases[2], "step_overdue"),
        }

    def test_an_appeal_is_answered_in_time(self, log: WrittenLog, asking: Asking) -> None:
        own = deadline("appeal_filed", "appeal_decided", 15)
        case, head, _, _ = applied(log)
        decision = log.rows[log.enroll(case, "2023-06-01", head) - 1].event.meta.event_id
        for answered in ("2023-06-16", "2023-06-26"):
            appeal = log.new_id()
            filed = AppealFiled(UNBORN, appeal, "complaint", decision, "dibao", "county", head)
            log.add(filed, case, "2023-06-02")
            log.add(AppealDecided(UNBORN, appeal, "upheld"), case, answered)
        assert [f.facts["days"] for f in checked(asking, own).findings] == [24]

    def test_a_step_is_judged_by_the_rule_in_force_when_the_time_began(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, application, _ = applied(log, "2023-05-04")
        log.enroll(case, "2023-06-30", head, application=application)

        def versions(day: date) -> list[str]:
            old = deadline("application_received", "decision", 100, until=day)
            new = deadline("application_received", "decision", 30, since=day)
            return [f.rule_version for f in checked(asking, old, new).findings]

        assert versions(date(2023, 5, 5)) == []
        assert versions(date(2023, 5, 4)) == ["deadline@2023-05-04"]


class TestNotices:
    RULE = rule("notice", days=7)

    def granted(self, log: WrittenLog, first: str = "", until: str = "") -> tuple[UUID, int]:
        """Granted on 2023-06-01, with a notice if any."""
        case, head, application, _ = applied(log)
        if first:
            log.add(NoticePosted(UNBORN, "dibao", day(until)), case, first)
        return case, log.enroll(case, "2023-06-01", head, application=application)

    def test_missing_short_and_cut_short_are_found(self, log: WrittenLog, asking: Asking) -> None:
        self.granted(log, "2023-05-20", "2023-05-27")
        missing, _ = self.granted(log)
        short, _ = self.granted(log, "2023-05-20", "2023-05-26")
        cut, _ = self.granted(log, "2023-05-28", "2023-06-04")
        answer = checked(asking, self.RULE).findings
        assert {(f.case_id, f.says) for f in answer} == {
            (missing, "notice_missing"),
            (short, "notice_short"),
            (cut, "notice_short"),
        }

    def test_urgent_relief_and_what_came_without_its_application_are_not_judged(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        self.granted(log, "2023-05-20", "2023-05-27")
        head = log.person()
        log.enroll(log.household(head), "2023-06-01", head)
        case, head, application, _ = applied(log)
        log.enroll(case, "2023-06-01", head, application=application, urgent=True)
        assert found(asking, self.RULE) == []

    def test_an_exit_needs_its_own_notice_unless_it_was_asked_for(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        own = rule("notice", days=7, before=("exit",))
        left = []
        for notice, reason in ((True, "income_over"), (False, "income_over"), (False, "voluntary")):
            case, _ = self.granted(log, "2023-05-20", "2023-05-27")
            if notice:
                log.add(NoticePosted(UNBORN, "dibao", day("2024-03-10")), case, "2024-03-01")
            left.append(case)
            log.exit(case, "2024-03-20", reason=reason)
        assert [f.case_id for f in checked(asking, own).findings] == [left[1]]


class TestDecisions:
    def test_nobody_was_heard_before_an_exit(self, log: WrittenLog, asking: Asking) -> None:
        own = rule("heard", before=("exit",), since=date(2026, 7, 1))
        exits = []
        for heard, on in ((True, "2026-08-01"), (False, "2026-08-01"), (False, "2026-06-01")):
            head = log.person()
            case = log.household(head)
            log.enroll(case, "2026-01-10", head, base=100)
            if heard:
                log.add(
                    PersonHeard(UNBORN, "dibao", "exit", "visit", False, head), case, "2026-07-20"
                )
            exits.append(log.exit(case, on))
        assert found(asking, own) == [("not_heard", (exits[1],), 0)]

    def test_granted_and_not_published(self, log: WrittenLog, asking: Asking) -> None:
        own = rule("published", days=30)
        at = []
        for on in ("2023-06-20", "2023-08-20", ""):
            head = log.person()
            case = log.household(head)
            at.append(log.enroll(case, "2023-06-01", head))
            if on:
                decision = log.rows[at[-1] - 1].event.meta.event_id
                log.add(DecisionPublished(UNBORN, decision, "dibao", "village"), case, on)
        assert [p for _, p, _ in found(asking, own)] == [(at[1],), (at[2],)]
        assert found(asking, own, on="2023-06-25") == []

    def test_a_relative_of_an_official_declared_only_afterwards(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        own = rule("relative")
        found_at = []
        for declared in ("2023-05-01", "2023-07-01"):
            head = log.person()
            case = log.household(head)
            relative = OfficialRelativeDeclared(UNBORN, head, "K7", "child", "town office")
            if declared < "2023-06-01":
                log.add(relative, case, declared)
            enrolled = log.enroll(case, "2023-06-01", head)
            if declared > "2023-06-01":
                found_at = [enrolled, log.add(relative, case, declared)]
        assert found(asking, own) == [("relative_declared_late", tuple(found_at), 0)]

    def test_a_visit_takes_two_and_a_signature(self, log: WrittenLog, asking: Asking) -> None:
        case = log.household(log.person())
        one = log.visit(case, "2023-01-05", "a")
        two = log.visit(case, "2023-01-06", "a", "b")
        own = rule("investigators", minimum=2, signed=False)
        assert found(asking, own) == [("too_few_investigators", (one,), 0)]
        unsigned = rule("investigators", minimum=1, signed=True)
        assert [p for _, p, _ in found(asking, unsigned)] == [(one,), (two,)]

    def test_over_the_limit_without_a_decision_and_still_paid(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        own, cases = rule("over_limit", days=60), []
        for answered in (True, False):
            head = log.person()
            case = log.household(head)
            log.enroll(case, "2023-01-10", head, base=100, effective="2023-02-01")
            at = log.add(CrossCheckCompleted(UNBORN, head, "R9", "exceeds"), case, "2023-03-01")
            if answered:
                log.adjust(case, "2023-04-10", 50)
            log.line(case, log.new_id(), head, "2023-06-10", regular("2023-06", 50))
            cases.append((at, log.head()))
        assert found(asking, own) == [("over_limit_paid", cases[1], 50)]


class TestUpkeep:
    RULE = rule("recheck", months=12)

    def paid(self, log: WrittenLog, *checked_on: str) -> list[int]:
        """Taken in on 2022-01-10; lines of 2023-01 and 2023-06."""
        head = log.person()
        case = log.household(head)
        log.enroll(case, "2022-01-10", head, base=100)
        for on in checked_on:
            log.check(case, head, on)
        at = []
        for month in ("2023-01", "2023-06"):
            log.line(case, log.new_id(), head, f"{month}-10", regular(month, 100))
            at.append(log.head())
        return at

    def test_paid_after_the_re_check_was_due_is_one_finding_a_gap(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        _, june = self.paid(log)
        self.paid(log, "2022-12-01")
        (only,) = checked(asking, self.RULE).findings
        assert (only.positions[-1], only.amount_fen) == (june, 100)

    def test_a_check_that_came_late_leaves_the_gap_and_a_month_in_time_does_not(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        self.paid(log, "2023-01-31")
        self.paid(log, "2023-06-30")
        assert len(checked(asking, self.RULE).findings) == 1

    def test_what_nobody_answered(self, log: WrittenLog, asking: Asking) -> None:
        head = log.person()
        case = log.household(head)
        open_warning, closed = log.new_id(), log.new_id()
        at = log.add(WarningRaised(UNBORN, open_warning, "income_over", head), case, "2023-01-05")
        log.add(WarningRaised(UNBORN, closed, "income_over", head), case, "2023-01-05")
        log.add(WarningClosed(UNBORN, closed, "unfounded"), case, "2023-02-05")
        own = rule("unanswered", what=("warning",), days=90)
        assert found(asking, own) == [("unanswered", (at,), 0)]
        assert found(asking, own, on="2023-03-01") == []

    @pytest.mark.parametrize("step", ["", "referred", "answered"])
    def test_a_need_is_found_where_it_stopped(
        self, log: WrittenLog, asking: Asking, step: str
    ) -> None:
        person, need = log.person(), log.new_id()
        at = log.add(
            NeedDiscovered(UNBORN, "N1", person, "visit", "living", None, TOWN), need, "2023-01-05"
        )
        if step:
            at = log.add(NeedReferred(UNBORN, "medical"), need, "2023-01-10")
        if step == "answered":
            log.add(NeedAnswered(UNBORN, "relieved"), need, "2023-02-10")
        own = rule("unanswered", what=("need", "referral"), days=90)
        expected = [] if step == "answered" else [("unanswered", (at,), 0)]
        assert found(asking, own) == expected


class TestGrants:
    def grant(self, log: WrittenLog, case: UUID, head: UUID, on: str, fen: int) -> int:
        event = Enrolled(UNBORN, "temporary", (head,), (Component("one_off", fen),))
        return log.add(event, case, on)

    def test_sums_just_below_the_limit_are_one_finding_once_there_are_enough(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        own = rule("below_limit", limit_fen=2000, within_percent=10, times=3)
        head = log.person()
        case = log.household(head)
        at = [self.grant(log, case, head, f"2023-0{m}-05", 1900) for m in (1, 3)]
        self.grant(log, case, head, "2023-04-05", 1700)
        self.grant(log, case, head, "2023-04-06", 2000)
        assert found(asking, own) == []
        at.append(self.grant(log, case, head, "2023-05-05", 1800))
        assert found(asking, own) == [("just_below_limit", tuple(at), 5600)]

    def test_grants_years_apart_are_no_split(self, log: WrittenLog, asking: Asking) -> None:
        own = rule("below_limit", limit_fen=2000, times=2)
        head = log.person()
        case = log.household(head)
        for year in (2021, 2023):
            self.grant(log, case, head, f"{year}-01-05", 1900)
        assert found(asking, own) == []
