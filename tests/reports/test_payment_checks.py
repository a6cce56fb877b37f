"""Checks of money find what should not have been paid, and nothing that was lawful."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from domain.events import UNBORN, CustodyAgreed, PaymentAuthorized, PaymentPart
from tests.projections.builders import Asking, WrittenLog, arrears, regular
from tests.reports.checking import checked, found, rule


def in_dibao(log: WrittenLog, base: int = 100, *more: UUID) -> tuple[UUID, UUID, int]:
    """A household in 低保 from January 2023; its head; the position of the decision."""
    head = log.person()
    case = log.household(head, *more)
    log.check(case, head, "2022-12-01")
    at = log.enroll(case, "2022-12-05", head, *more, base=base, effective="2023-01-01")
    return case, head, at


def pay(
    log: WrittenLog, case: UUID, head: UUID, month: str, *parts: PaymentPart
) -> tuple[int, UUID]:
    """A list of the month with this line, paid by the bank; position and line."""
    batch = log.batch(month, f"B{month}{log.head()}")
    line = log.line(case, batch, head, f"{month}-10", *(parts or (regular(month, 100),)))
    at = log.head()
    log.paid(case, line, f"{month}-12", 100)
    return at, line


class TestAfterDeath:
    RULE = rule("paid_after_death", cutoff_days=10)

    def test_each_line_for_months_after_the_death_is_a_finding_that_rests_on_both(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, _ = in_dibao(log)
        pay(log, case, head, "2023-03")
        april, _ = pay(log, case, head, "2023-04")
        may, _ = pay(log, case, head, "2023-05")
        died = log.die(head, "2023-03-20")
        assert found(asking, self.RULE) == [
            ("paid_after_death", (april, died), 100),
            ("paid_after_death", (may, died), 100),
        ]

    def test_a_death_that_could_not_have_been_known_when_the_list_closed_is_none(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, _ = in_dibao(log)
        pay(log, case, head, "2023-04", regular("2023-05", 100))
        log.die(head, "2023-04-02")
        assert found(asking, self.RULE) == []
        assert len(found(asking, rule("paid_after_death", cutoff_days=3))) == 1

    def test_months_of_grace_are_the_rules(self, log: WrittenLog, asking: Asking) -> None:
        case, head, _ = in_dibao(log)
        log.die(head, "2023-02-20")
        pay(log, case, head, "2023-03")
        pay(log, case, head, "2023-04")
        grace = rule("paid_after_death", cutoff_days=0, grace_months=1)
        assert [f.facts["last_month"] for f in checked(asking, grace).findings] == ["2023-04"]


class TestAfterExit:
    RULE = rule("paid_after_exit")

    def test_a_line_after_the_exit_rests_on_the_exit(self, log: WrittenLog, asking: Asking) -> None:
        case, head, _ = in_dibao(log)
        pay(log, case, head, "2023-03")
        left = log.exit(case, "2023-03-20", effective="2023-04-01")
        at, _ = pay(log, case, head, "2023-04")
        assert found(asking, self.RULE) == [("paid_after_exit", (left, at), 100)]

    def test_arrears_for_months_inside_are_lawful(self, log: WrittenLog, asking: Asking) -> None:
        case, head, _ = in_dibao(log)
        log.exit(case, "2023-03-20", effective="2023-04-01")
        pay(log, case, head, "2023-04", arrears("2023-03", "2023-03", 100))
        assert found(asking, self.RULE) == []

    def test_where_the_exit_is_annulled_nothing_is_found(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, _ = in_dibao(log)
        left = log.exit(case, "2023-03-20", effective="2023-04-01")
        pay(log, case, head, "2023-04")
        log.annul(left)
        assert found(asking, self.RULE) == []


class TestAmount:
    RULE = rule("amount")

    def test_too_much_in_a_month_is_found_with_the_decision(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, enrolled = in_dibao(log)
        at, _ = pay(log, case, head, "2023-01", regular("2023-01", 150))
        assert found(asking, self.RULE) == [("over_entitlement", (enrolled, at), 50)]
        assert found(asking, rule("amount", tolerance_fen=50)) == []

    def test_a_month_that_lacks_something_is_found_once_the_next_list_went_out(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, enrolled = in_dibao(log)
        at, _ = pay(log, case, head, "2023-01", regular("2023-01", 60))
        assert found(asking, self.RULE) == []
        pay(log, case, head, "2023-02")
        assert found(asking, self.RULE) == [("paid_too_little", (enrolled, at), 40)]

    def test_what_a_later_list_made_up_for_is_not_lacking(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, _ = in_dibao(log)
        pay(log, case, head, "2023-01", regular("2023-01", 60))
        pay(log, case, head, "2023-02", regular("2023-02", 100), arrears("2023-01", "2023-01", 40))
        pay(log, case, head, "2023-03")
        assert found(asking, self.RULE) == []

    def test_months_that_follow_each_other_are_one_finding_whose_key_stays(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, _ = in_dibao(log)
        for month in ("2023-01", "2023-02", "2023-03"):
            pay(log, case, head, month, regular(month, 60))
        (first,) = checked(asking, self.RULE).findings
        pay(log, case, head, "2023-04", regular("2023-04", 60))
        (later,) = checked(asking, self.RULE).findings
        assert (first.amount_fen, later.amount_fen) == (80, 120)
        assert first.key == later.key

    def test_a_returned_line_that_nobody_sent_again_is_lacking(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, _ = in_dibao(log)
        _, line = pay(log, case, head, "2023-01")
        log.returned(case, line, "2023-01-15", 100, "sent_back")
        pay(log, case, head, "2023-02")
        assert [said for said, _, _ in found(asking, self.RULE)] == ["paid_too_little"]


class TestTwice:
    RULE = rule("duplicate")

    def test_the_second_line_of_a_month_is_found_in_a_batch_and_across(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, _ = in_dibao(log)
        first, _ = pay(log, case, head, "2023-01")
        again, _ = pay(log, case, head, "2023-02", regular("2023-01", 100))
        assert found(asking, self.RULE) == [("twice_across", (first, again), 100)]

    def test_one_person_paid_in_two_files_is_found(self, log: WrittenLog, asking: Asking) -> None:
        case, head, _ = in_dibao(log)
        other = log.household(log.person(), head)
        first, _ = pay(log, case, head, "2023-01")
        second, _ = pay(log, other, head, "2023-01")
        (only,) = checked(asking, self.RULE).findings
        assert (only.positions, only.facts["two_households"]) == ((first, second), 1)

    def test_a_line_that_came_back_is_no_twin(self, log: WrittenLog, asking: Asking) -> None:
        case, head, _ = in_dibao(log)
        _, line = pay(log, case, head, "2023-01")
        log.returned(case, line, "2023-01-15", 100, "sent_back")
        pay(log, case, head, "2023-02", regular("2023-01", 100))
        assert found(asking, self.RULE) == []

    def test_a_line_that_the_bank_paid_twice(self, log: WrittenLog, asking: Asking) -> None:
        case, head, _ = in_dibao(log)
        _, line = pay(log, case, head, "2023-01")
        before = log.head()
        again = log.paid(case, line, "2023-01-20", 100)
        assert found(asking, self.RULE) == [("paid_twice", (before, again), 100)]

    def test_a_returned_line_made_up_for_and_then_paid_after_all(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, _ = in_dibao(log)
        at, line = pay(log, case, head, "2023-01")
        log.returned(case, line, "2023-01-15", 100, "sent_back")
        made_up, _ = pay(log, case, head, "2023-02", arrears("2023-01", "2023-01", 100))
        own = rule("returned_paid_again")
        assert found(asking, own) == []
        log.paid(case, line, "2023-03-15", 100)
        assert found(asking, own) == [("returned_paid_again", (at, made_up), 100)]


class TestPayees:
    def line(
        self, log: WrittenLog, case: UUID, head: UUID, month: str = "2023-01", **more: object
    ) -> int:
        event = PaymentAuthorized(
            UNBORN, log.new_id(), log.new_id(), 1, "dibao", "county", 100,
            (regular(month, 100),), head,
        )  # fmt: skip
        return log.add(replace(event, **more), case, f"{month}-10")  # type: ignore[arg-type]

    def test_one_account_for_two_households_is_found_once(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        (one, a, _), (two, b, _), (three, c, _) = (in_dibao(log) for _ in range(3))
        first = self.line(log, one, a, account_digest=b"x" * 16)
        self.line(log, one, a, "2023-02", account_digest=b"x" * 16)
        second = self.line(log, two, b, account_digest=b"x" * 16)
        self.line(log, three, c, account_digest=b"y" * 16)
        (only,) = checked(asking, rule("shared_account")).findings
        assert (only.positions, only.person_ids) == ((first, second), (a, b))
        assert found(asking, rule("shared_account", households=3)) == []

    def test_households_that_share_a_member_and_institutions_may_share_an_account(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        case, head, _ = in_dibao(log)
        child = log.person()
        log.join(case, child, "2023-01-02")
        own = log.household(child)
        self.line(log, case, head, account_digest=b"x" * 16)
        self.line(log, own, child, account_digest=b"x" * 16)
        for _ in range(2):
            other, person, _ = in_dibao(log)
            self.line(log, other, person, account_digest=b"z" * 16, payee_authority="institution")
        assert found(asking, rule("shared_account")) == []

    def test_another_payee_needs_an_authority_or_an_agreement(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        stranger = log.person()
        (one, a, _), (two, b, _), (three, c, _) = (in_dibao(log) for _ in range(3))
        at = self.line(log, one, a, payee_id=stranger)
        self.line(log, one, a, "2023-02", payee_id=stranger)
        self.line(log, two, b, payee_id=stranger, payee_authority="guardian")
        log.add(CustodyAgreed(UNBORN, c, "K1", "neighbor"), three, "2023-01-01")
        self.line(log, three, c, payee_id=stranger, payee_authority="custody")
        assert found(asking, rule("payee")) == [("payee_without_authority", (at,), 100)]
        assert found(asking, rule("custody")) == []
        kept = self.line(log, one, a, "2023-03", payee_authority="custody")
        assert found(asking, rule("custody")) == [("custody_not_agreed", (kept,), 100)]

    def test_a_fund_pays_for_its_purpose_only(self, log: WrittenLog, asking: Asking) -> None:
        case, head, _ = in_dibao(log)
        at = self.line(log, case, head, fund="charity")
        self.line(log, case, head, "2023-02")
        own = rule("fund_purpose", funds=("charity",), programs=("temporary",))
        assert found(asking, own) == [("fund_not_for_this", (at,), 100)]

    def test_approved_and_unpaid_or_paid_late(self, log: WrittenLog, asking: Asking) -> None:
        case, head, _ = in_dibao(log)
        batch = log.batch("2023-01")
        late = log.line(case, batch, head, "2023-01-10", regular("2023-01", 100))
        at = log.head()
        log.line(case, batch, head, "2023-02-10", regular("2023-02", 100))
        unpaid = log.head()
        log.paid(case, late, "2023-02-20", 100)
        own = rule("paid_late", days=31)
        assert found(asking, own, on="2023-03-01") == [("paid_late", (at,), 100)]
        assert found(asking, own, on="2023-04-01") == [
            ("paid_late", (at,), 100),
            ("approved_unpaid", (unpaid,), 100),
        ]

    def test_a_batch_without_any_answer_is_one_finding(
        self, log: WrittenLog, asking: Asking
    ) -> None:
        batch = log.batch("2023-01")
        at = log.head()
        for _ in range(3):
            case, head, _ = in_dibao(log)
            log.line(case, batch, head, "2023-01-10", regular("2023-01", 100))
        assert found(asking, rule("paid_late", days=31)) == [("batch_unanswered", (at,), 300)]


def test_a_line_is_judged_by_the_version_in_force_on_its_day(
    log: WrittenLog, asking: Asking
) -> None:
    case, head, _ = in_dibao(log)
    pay(log, case, head, "2023-01", regular("2023-01", 150))
    pay(log, case, head, "2023-05", regular("2023-05", 150))
    old = rule("amount", until=date(2023, 3, 1), under=False)
    new = rule("amount", since=date(2023, 3, 1), under=False, tolerance_fen=1)
    versions = [f.rule_version for f in checked(asking, old, new).findings]
    assert versions == [old.version, new.version]


def test_practice_steps_back_where_law_finds_the_same(log: WrittenLog, asking: Asking) -> None:
    case, head, _ = in_dibao(log)
    pay(log, case, head, "2023-01", regular("2023-01", 150))
    law, practice = rule("amount", id="law", law="条例"), rule("amount", id="practice")
    assert [f.rule for f in checked(asking, law, practice).findings] == ["law"]
    assert [f.rule for f in checked(asking, practice).findings] == ["practice"]


def test_a_rule_that_is_off_or_only_cited_finds_nothing(log: WrittenLog, asking: Asking) -> None:
    case, head, _ = in_dibao(log)
    pay(log, case, head, "2023-01", regular("2023-01", 150))
    assert checked(asking, rule("amount", state="secondary"), rule("statement")).applied == ()


def test_a_kind_without_a_check_is_told_and_not_passed_over(
    log: WrittenLog, asking: Asking
) -> None:
    in_dibao(log)
    answer = checked(asking, rule("recorded_late", days=90))
    assert [(u.rule, u.why) for u in answer.unjudged] == [("recorded-late", "no_check")]


def test_the_bank_paid_more_than_the_line_or_what_no_line_stands_for(
    log: WrittenLog, asking: Asking
) -> None:
    case, head, _ = in_dibao(log)
    batch = log.batch("2023-01")
    line = log.line(case, batch, head, "2023-01-10", regular("2023-01", 100))
    authorized = log.head()
    beyond = log.paid(case, line, "2023-01-12", 130)
    unknown = log.paid(case, log.new_id(), "2023-01-12", 70)
    assert found(asking, rule("paid_beyond")) == [
        ("paid_more_than_authorized", (authorized, beyond), 30)
    ]
    assert found(asking, rule("unknown_reference")) == [("unknown_line", (unknown,), 70)]
