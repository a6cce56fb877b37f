"""Each rule fires where it should, and not where it should not."""

from __future__ import annotations

import string
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.case import CaseFile
from domain.events import PaymentPart
from projections.breaches import RULES, SENTENCES, Breach, find, sentence
from projections.canonical import canonical
from projections.moment import Moment
from tests.projections.builders import (
    FOREVER,
    OTHER_TOWN,
    Asking,
    WrittenLog,
    arrears,
    new_views,
    regular,
)

CHECKED = "2022-12-01"


def ask(
    asking: Asking,
    after: int = 0,
    upto: int | None = None,
    as_at: int | None = None,
    as_of: str = "2999-12-31",
) -> list[Breach]:
    with asking.caught_up() as connection:
        upto = asking.log.head() if upto is None else upto
        found = find(connection, asking.moment(as_of, as_at), after, upto)
    for breach in found:
        assert sentence(breach, "zh")
        assert sentence(breach, "en")
    return found


def told(found: list[Breach]) -> list[tuple[str, int]]:
    return [(b.rule, b.position) for b in found]


def enrolled(log: WrittenLog, base: int = 100, program: str = "dibao") -> tuple[UUID, UUID]:
    """A household of one: checked, then taken in, payable from January on."""
    head = log.person()
    case = log.household(head)
    log.check(case, head, CHECKED)
    log.enroll(case, "2022-12-05", head, base=base, effective="2023-01-01", program=program)
    return case, head


def pay(
    log: WrittenLog, case: UUID, head: UUID, *parts: PaymentPart, program: str = "dibao"
) -> int:
    log.line(case, log.new_id(), head, "2023-12-05", *parts, program=program)
    return log.head()


class TestOverEntitlement:
    def test_what_is_due_may_be_paid(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        for month in ("2023-01", "2023-02"):
            pay(log, case, head, regular(month, 100))
        pay(log, case, head, PaymentPart("base", "price_subsidy", 30, "2023-02", "2023-02"))
        assert ask(asking) == []

    def test_a_month_paid_twice_is_laid_to_the_later_line(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head = enrolled(log)
        first = pay(log, case, head, regular("2023-01", 100))
        second = pay(log, case, head, regular("2023-01", 60))
        (found,) = ask(asking)
        assert (found.rule, found.position) == ("over_entitlement", second)
        assert (found.case_id, found.person_ids) == (case, (head,))
        assert found.event_id == log.rows[second - 1].event.meta.event_id
        assert found.data == {
            "program": "dibao",
            "component": "base",
            "month": "2023-01",
            "due_fen": 100,
            "paid_fen": 160,
            "excess_fen": 60,
        }
        assert told(ask(asking, first, second)) == [("over_entitlement", second)]
        assert told(ask(asking, 0, first)) == [("over_entitlement", first)]

    def test_lines_before_the_span_are_reckoned_in_but_not_accused(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head = enrolled(log)
        pay(log, case, head, regular("2023-01", 300))
        before = log.head()
        pay(log, case, head, regular("2023-02", 100))
        assert ask(asking, after=before) == []

    def test_a_returned_or_recovered_line_no_longer_counts(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head = enrolled(log)
        january = regular("2023-01", 100)
        lines = [log.line(case, log.new_id(), head, "2023-01-05", january) for _ in range(3)]
        log.returned(case, lines[0], "2023-01-08", 100)
        log.paid(case, lines[1], "2023-01-08", 100)
        assert [b.rule for b in ask(asking)] == ["over_entitlement"]
        log.recovered(case, lines[1], "2023-03-08", 100)
        assert ask(asking) == []
        log.reissued(case, lines[0], "2023-04-08", 100)
        assert [b.rule for b in ask(asking)] == ["over_entitlement"]

    def test_arrears_fill_what_earlier_months_lack(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        log.adjust(case, "2023-06-10", 150, effective="2023-04-01")
        for n in range(1, 7):
            pay(log, case, head, regular(f"2023-{n:02d}", 100))
        pay(log, case, head, arrears("2023-04", "2023-06", 150))
        assert ask(asking) == []
        too_much = pay(log, case, head, arrears("2023-04", "2023-06", 10))
        assert told(ask(asking)) == [("over_entitlement", too_much)]

    def test_an_annulled_line_does_not_count(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        first = pay(log, case, head, regular("2023-01", 100))
        pay(log, case, head, regular("2023-01", 100))
        both = log.head()
        log.annul(first)
        assert ask(asking) == []
        assert [b.rule for b in ask(asking, as_at=both)] == ["over_entitlement"]

    def test_it_is_judged_by_the_entitlement_as_it_was_known(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head = enrolled(log)
        line = pay(log, case, head, regular("2023-02", 100))
        log.adjust(case, "2023-03-01", 80, effective="2023-02-01")
        assert told(ask(asking)) == [("over_entitlement", line)]
        assert ask(asking, as_at=line) == []

    @pytest.mark.parametrize("months", [["2023-01", "2023-02", "2023-03"], ["2023-03"]])
    def test_a_raise_is_due_from_its_month_on_only(
        self, log: WrittenLog, asking: Asking, months: list[str]
    ) -> None:
        case, head = enrolled(log)
        log.adjust(case, "2023-02-01", 150, effective="2023-03-01")
        for month in months:
            pay(log, case, head, regular(month, 150))
        early = [m for m in months if m < "2023-03"]
        assert [b.data["month"] for b in ask(asking)] == early


class TestPaidAfterExit:
    def test_the_months_before_the_exit_may_still_be_paid(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head = enrolled(log)
        log.exit(case, "2023-03-10", effective="2023-04-01")
        pay(log, case, head, regular("2023-03", 100))
        assert ask(asking) == []
        late = pay(log, case, head, regular("2023-04", 100))
        assert told(ask(asking)) == [("paid_after_exit", late)]

    def test_who_came_in_again_may_be_paid_again(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        log.exit(case, "2023-03-10", effective="2023-04-01")
        log.check(case, head, "2023-05-01")
        log.enroll(case, "2023-05-10", head, base=100, effective="2023-06-01")
        pay(log, case, head, regular("2023-06", 100))
        assert ask(asking) == []
        gap = pay(log, case, head, regular("2023-05", 100))
        assert told(ask(asking)) == [("paid_after_exit", gap)]


class TestNotEntitled:
    def test_a_line_for_a_program_never_granted(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        line = pay(log, case, head, regular("2023-01", 100), program="tekun")
        assert told(ask(asking)) == [("not_entitled", line)]

    def test_a_one_off_needs_no_entitlement(self, log: WrittenLog, asking: Asking) -> None:
        head = log.person()
        one_off = PaymentPart("base", "one_off", 500, "2023-01", "2023-01")
        pay(log, log.household(head), head, one_off, program="temporary")
        assert ask(asking) == []


class TestPaidAfterDeath:
    def test_months_after_the_month_of_death(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        died = log.die(head, "2023-02-10")
        pay(log, case, head, regular("2023-02", 100))
        assert ask(asking) == []
        line = pay(log, case, head, regular("2023-03", 100))
        (found,) = ask(asking)
        assert (found.rule, found.position, found.rests_on) == ("paid_after_death", line, (died,))
        assert found.data["death_known"] == 1

    def test_a_death_recorded_later_finds_the_lines_before_it(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head = enrolled(log)
        line = pay(log, case, head, regular("2023-03", 100))
        died = log.die(head, "2023-02-10")
        assert told(ask(asking, after=line)) == [("paid_after_death", line)]
        assert told(ask(asking, upto=line)) == [("paid_after_death", line)]
        assert ask(asking, upto=line, as_at=line) == []
        assert ask(asking)[0].data["death_known"] == 0
        log.annul(died)
        assert ask(asking) == []

    def test_arrears_for_months_alive_and_a_funeral_grant_are_lawful(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head = enrolled(log)
        log.die(head, "2023-03-10")
        pay(log, case, head, arrears("2023-01", "2023-03", 300))
        pay(log, case, head, PaymentPart("funeral", "one_off", 900, "2023-04", "2023-04"))
        assert ask(asking) == []

    def test_a_line_that_the_bank_returned_pays_nobody(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head = enrolled(log)
        log.die(head, "2023-02-10")
        line = log.line(case, log.new_id(), head, "2023-03-05", regular("2023-03", 100))
        assert [b.rule for b in ask(asking)] == ["paid_after_death"]
        log.returned(case, line, "2023-03-08", 100)
        assert ask(asking) == []


class TestBank:
    def test_a_line_paid_once_or_again_after_its_return_is_in_order(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head = enrolled(log)
        line = log.line(case, log.new_id(), head, "2023-01-05", regular("2023-01", 100))
        log.returned(case, line, "2023-01-08", 100)
        log.reissued(case, line, "2023-01-09", 100)
        log.paid(case, line, "2023-01-10", 100)
        assert ask(asking) == []

    def test_a_line_paid_twice(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        line = log.line(case, log.new_id(), head, "2023-01-05", regular("2023-01", 100))
        first = log.paid(case, line, "2023-01-08", 100)
        second = log.paid(case, line, "2023-01-09", 100)
        (found,) = ask(asking)
        assert (found.rule, found.position, found.rests_on) == ("paid_twice", second, (first,))
        assert ask(asking, upto=first) == []
        assert told(ask(asking, after=first)) == [("paid_twice", second)]
        log.annul(first)
        assert ask(asking) == []

    def test_a_line_paid_beyond_its_amount(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        line = log.line(case, log.new_id(), head, "2023-01-05", regular("2023-01", 100))
        paid = log.paid(case, line, "2023-01-08", 101)
        assert told(ask(asking)) == [("paid_more_than_authorized", paid)]

    def test_a_report_about_no_line(self, log: WrittenLog, asking: Asking) -> None:
        case, _ = enrolled(log)
        stray = log.paid(case, log.new_id(), "2023-01-08", 100)
        batch = log.batch("2023-01")
        returned = log.returned(batch, log.new_id(), "2023-01-08", 70)
        found = ask(asking)
        assert told(found) == [("unknown_line", stray), ("unknown_line", returned)]
        assert [b.case_id for b in found] == [case, None]
        assert [b.data["report"] for b in found] == ["paid", "returned"]

    def test_a_report_about_an_annulled_line(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        line = log.line(case, log.new_id(), head, "2023-01-05", regular("2023-01", 100))
        authorized = log.head()
        paid = log.paid(case, line, "2023-01-08", 100)
        log.annul(authorized)
        assert told(ask(asking)) == [("unknown_line", paid)]
        assert ask(asking, as_at=paid) == []


class TestExclusivePrograms:
    def test_two_programs_in_two_households(self, log: WrittenLog, asking: Asking) -> None:
        _, head = enrolled(log)
        first = log.head()
        other = log.household(head, town=OTHER_TOWN)
        second = log.enroll(other, "2023-02-01", head, program="tekun")
        (found,) = ask(asking)
        assert (found.rule, found.position, found.rests_on) == (
            "exclusive_programs",
            second,
            (first,),
        )
        assert found.person_ids == (head,)
        assert found.data["two_households"] == 1
        assert told(ask(asking, upto=first)) == [("exclusive_programs", second)]

    def test_one_program_in_two_households(self, log: WrittenLog, asking: Asking) -> None:
        _, head = enrolled(log)
        other = log.household(log.person())
        log.check(other, head, CHECKED)
        log.enroll(other, "2023-02-01", head)
        assert [b.rule for b in ask(asking)] == ["exclusive_programs"]

    def test_a_change_of_program_on_one_day(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        log.exit(case, "2023-02-01")
        log.enroll(case, "2023-02-01", head, program="tekun")
        assert ask(asking) == []

    def test_programs_that_go_together(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        log.enroll(case, "2023-02-01", head, program="medical")
        assert ask(asking) == []

    def test_a_program_that_a_death_had_ended_is_not_at_once(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, _ = enrolled(log)
        child = log.person()
        log.join(case, child, "2022-01-01")
        log.cover(case, "2023-01-01", child)
        other = log.household(child)
        log.check(other, child, "2023-02-01")
        second = log.enroll(other, "2023-03-01", child, program="tekun")
        assert told(ask(asking)) == [("exclusive_programs", second)]
        log.die(child, "2023-02-01")
        assert ask(asking) == []

    def test_an_exit_that_was_annulled_brings_the_overlap_back(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head = enrolled(log)
        out = log.exit(case, "2023-02-01")
        second = log.enroll(case, "2023-02-01", head, program="tekun")
        log.annul(out)
        assert told(ask(asking)) == [("exclusive_programs", second)]


class TestEnrollment:
    def test_in_twice(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        first = log.head()
        second = log.enroll(case, "2023-02-01", head, base=100)
        (found,) = ask(asking)
        assert (found.rule, found.position, found.rests_on) == ("enrolled_twice", second, (first,))

    def test_a_person_covered_twice(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        second = log.cover(case, "2023-02-01", head)
        assert told(ask(asking)) == [("enrolled_twice", second)]

    def test_in_again_after_an_exit(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        log.exit(case, "2023-02-01")
        log.enroll(case, "2023-03-01", head, base=100)
        assert ask(asking) == []

    def test_out_while_not_in(self, log: WrittenLog, asking: Asking) -> None:
        case, _ = enrolled(log)
        log.exit(case, "2023-02-01")
        again = log.exit(case, "2023-03-01")
        other = log.exit(case, "2023-03-01", program="tekun")
        adjusted = log.adjust(case, "2023-03-02", 90)
        assert told(ask(asking)) == [
            ("exit_not_in", again),
            ("exit_not_in", other),
            ("exit_not_in", adjusted),
        ]

    def test_a_person_uncovered_who_was_not_covered(self, log: WrittenLog, asking: Asking) -> None:
        case, head = enrolled(log)
        stranger = log.person()
        at = log.uncover(case, "2023-02-01", stranger)
        assert told(ask(asking)) == [("exit_not_in", at)]
        log.uncover(case, "2023-02-01", head)
        assert len(ask(asking)) == 1

    def test_an_exit_recorded_before_its_enrollment_but_dated_after_it_is_in_order(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        head = log.person()
        case = log.household(head)
        log.check(case, head, CHECKED)
        log.exit(case, "2023-06-01")
        log.enroll(case, "2023-01-01", head)
        assert ask(asking) == []

    def test_effective_before_the_application(self, log: WrittenLog, asking: Asking) -> None:
        head = log.person()
        case = log.household(head)
        log.check(case, head, CHECKED)
        application = log.apply(case, "2022-12-20", head)
        applied = log.head()
        at = log.enroll(case, "2023-01-05", head, effective="2022-12-01", application=application)
        (found,) = ask(asking)
        assert (found.rule, found.position) == ("effective_before_basis", at)
        assert found.rests_on == (applied,)

    def test_effective_after_the_application(self, log: WrittenLog, asking: Asking) -> None:
        head = log.person()
        case = log.household(head)
        log.check(case, head, CHECKED)
        log.apply(case, "2022-12-20", head)
        log.apply(case, "2023-08-20", head)
        log.enroll(case, "2023-01-05", head, effective="2023-01-01")
        assert ask(asking) == []

    def test_an_adjustment_or_exit_effective_before_the_enrollment(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, _ = enrolled(log)
        adjusted = log.adjust(case, "2023-02-01", 90, effective="2022-11-01")
        out = log.exit(case, "2023-03-01", effective="2022-12-01")
        assert told(ask(asking)) == [
            ("effective_before_basis", adjusted),
            ("effective_before_basis", out),
        ]


class TestSafeguards:
    def test_nobody_checked_before(self, log: WrittenLog, asking: Asking) -> None:
        head = log.person()
        case = log.household(head)
        at = log.enroll(case, "2023-01-05", head)
        log.check(case, head, "2023-01-06")
        log.visit(case, "2022-01-01", "a", "b")
        assert told(ask(asking)) == [("no_check_before_enrollment", at)]

    @pytest.mark.parametrize("on", ["2022-01-04", "2022-12-31", "2023-01-05"])
    def test_any_check_within_a_year_will_do(
        self, log: WrittenLog, asking: Asking, on: str
    ) -> None:
        head = log.person()
        case = log.household(head)
        log.visit(case, on, "a", "b")
        log.enroll(case, "2023-01-05", head)
        assert ask(asking) == []

    def test_a_check_in_a_members_own_stream_will_do(self, log: WrittenLog, asking: Asking) -> None:
        head, child = log.person(), log.person()
        log.check(child, child, CHECKED)
        case = log.household(head, child)
        log.enroll(case, "2023-01-05", head)
        assert ask(asking) == []

    def test_urgent_relief_is_checked_later(self, log: WrittenLog, asking: Asking) -> None:
        head = log.person()
        log.enroll(log.household(head), "2023-01-05", head, program="temporary", urgent=True)
        assert ask(asking) == []

    def test_an_annulled_check_is_none(self, log: WrittenLog, asking: Asking) -> None:
        enrolled(log)
        at = log.head()
        log.annul(at - 1)
        assert told(ask(asking)) == [("no_check_before_enrollment", at)]
        assert ask(asking, as_at=at) == []

    def test_one_person_investigated_and_approved(self, log: WrittenLog, asking: Asking) -> None:
        head = log.person()
        case = log.household(head)
        visit = log.visit(case, CHECKED, "a", "b")
        at = log.enroll(case, "2023-01-05", head, proposed_by="c", approved_by="b")
        log.adjust(case, "2023-02-05", 10, approved_by="d")
        log.visit(case, "2023-03-05", "d")
        (found,) = ask(asking)
        assert (found.rule, found.position) == ("same_person_investigated_and_approved", at)
        assert found.rests_on == (visit,)

    def test_one_person_proposed_and_approved(self, log: WrittenLog, asking: Asking) -> None:
        head = log.person()
        case = log.household(head)
        log.visit(case, CHECKED, "a", "b")
        at = log.enroll(case, "2023-01-05", head, proposed_by="c", approved_by="c")
        assert told(ask(asking)) == [("same_person_proposed_and_approved", at)]


def test_what_is_dated_after_the_day_breaks_nothing_yet(log: WrittenLog, asking: Asking) -> None:
    case, head = enrolled(log)
    pay(log, case, head, regular("2023-01", 200))
    assert ask(asking, as_of="2023-12-04") == []
    assert len(ask(asking, as_of="2023-12-05")) == 1


def test_breaches_come_in_order_and_are_canonical(log: WrittenLog, asking: Asking) -> None:
    for _ in range(3):
        head = log.person()
        case = log.household(head)
        log.enroll(case, "2023-01-05", head, base=50, approved_by="a", proposed_by="a")
        pay(log, case, head, regular("2023-01", 60))
        log.exit(case, "2023-02-05", program="tekun")
    found = ask(asking)
    assert len(found) == 12
    assert told(found) == sorted(told(found), key=lambda t: (t[1], t[0]))
    assert canonical(found) == canonical(ask(asking))


def test_every_rule_has_its_sentence_in_both_languages() -> None:
    assert set(RULES) == set(SENTENCES)
    for text in SENTENCES.values():
        zh, en = (
            {f for _, f, _, _ in string.Formatter().parse(t) if f} for t in (text.zh, text.en)
        )
        assert zh == en


def test_a_breach_speaks_both_languages(log: WrittenLog, asking: Asking) -> None:
    case, head = enrolled(log, base=100_000)
    pay(log, case, head, regular("2023-01", 123_456))
    (found,) = ask(asking)
    assert sentence(found, "zh") == (
        "低保 2023-01 保障金:应发 1,000.00 元,合计 1,234.56 元,超出 234.56 元"
    )
    assert "1,234.56" in sentence(found, "en")


LINES = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["regular", "regular", "regular", "back_payment", "offset", "one_off"]),
        st.integers(1, 5),
        st.integers(0, 2),
        st.sampled_from([40, 50, 100, 100, 150]),
        st.sampled_from(["stands", "stands", "stands", "returned", "annulled"]),
    ),
    max_size=12,
)
CHANGES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([None, 50, 100, 150]), st.integers(1, 6)),
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(LINES, CHANGES)
def test_what_is_found_beyond_the_entitlement_is_what_the_case_files_find(
    lines: list[tuple[int, str, int, int, int, str]], changes: list[tuple[int, int | None, int]]
) -> None:
    log = WrittenLog()
    cases = [enrolled(log) for _ in range(2)]
    for which, base, month in changes:
        case, on = cases[which][0], f"2023-{month:02d}-01"
        if base is None:
            log.exit(case, on)
        else:
            log.adjust(case, on, base)
    for which, kind, month, length, fen, fate in lines:
        case, head = cases[which]
        last = f"2023-{month + length:02d}"
        part = PaymentPart("base", kind, fen, last, f"2023-{month:02d}")
        # A line is a transfer: what an offset takes away stands beside something that is paid.
        beside = PaymentPart("extra", "one_off", 1_000, last, last)
        line = log.line(case, log.new_id(), head, "2023-12-05", part, beside)
        if fate == "returned":
            log.returned(case, line, "2023-12-08", fen)
        elif fate == "annulled":
            log.annul(log.head())
    expected = set()
    for case, _ in cases:
        file = CaseFile(case)
        for recorded in log.stream(case):
            file.apply(recorded.event)
        expected |= {(case, e.month, e.excess_fen) for e in file.excesses("dibao")}
    with TemporaryDirectory() as folder:
        views = new_views(Path(folder) / "views.sqlite")
        views.catch_up(log)
        with views.reading(log.head()) as connection:
            found = find(connection, Moment(FOREVER, log.head()), 0, log.head())
        views.engine.dispose()
    beyond = [b for b in found if b.rule in ("over_entitlement", "paid_after_exit")]
    assert {(b.case_id, b.data["month"], b.data["excess_fen"]) for b in beyond} == expected
    assert len(beyond) == len(expected)
