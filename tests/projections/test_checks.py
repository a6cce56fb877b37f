"""Who was checked: one per person and request, and whether it came before the decision."""

from __future__ import annotations

from domain.events import UNBORN, CrossCheckCompleted, DirectoryCompared, NeighborsAsked
from projections.check_coverage import (
    CheckCoverage,
    TownChecks,
    check_coverage,
    cross_check_counts,
)
from tests.projections.builders import OTHER_TOWN, TOWN, Asking, WrittenLog, day


def ask(asking: Asking, as_of: str = "2023-12-31", as_at: int | None = None) -> CheckCoverage:
    with asking.caught_up() as connection:
        return check_coverage(connection, asking.moment(as_of, as_at))


def test_an_enrolled_case_shows_its_last_check_and_visit(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    log.check(case, head, "2022-12-01")
    log.enroll(case, "2023-01-01", head)
    log.check(case, head, "2023-06-01", "R2")
    log.visit(case, "2023-07-01", "a", "b")
    log.visit(case, "2024-07-01", "a", "b")
    (row,) = ask(asking).rows
    assert (row.last_cross_check, row.last_visit) == (day("2023-06-01"), day("2023-07-01"))
    assert row.before_decision == "yes"


def test_a_case_checked_after_its_decision_says_no(log: WrittenLog, asking: Asking) -> None:
    one, two = log.person(), log.person()
    late, urgent = log.household(one), log.household(two)
    log.enroll(late, "2023-01-01", one)
    log.enroll(urgent, "2023-01-01", two, urgent=True)
    log.check(late, one, "2023-01-02")
    assert sorted(r.before_decision for r in ask(asking).rows) == ["no", "urgent"]


def test_towns_count_cases_checked_within_the_valid_days(log: WrittenLog, asking: Asking) -> None:
    for town, on in ((TOWN, "2023-05-01"), (TOWN, "2021-05-01"), (OTHER_TOWN, "2023-05-01")):
        head = log.person()
        case = log.household(head, town=town)
        log.check(case, head, on)
        log.add(NeighborsAsked(UNBORN, ("a",), "meets"), case, on)
        log.enroll(case, "2023-06-01", head)
    out = log.household(log.person())
    log.enroll(out, "2023-06-01", log.person())
    log.exit(out, "2023-07-01")
    assert ask(asking).towns == (
        TownChecks(TOWN, 2, 1, 1, 1),
        TownChecks(OTHER_TOWN, 1, 1, 1, 0),
    )


def test_a_comparison_of_a_member_counts_as_a_check_before(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    log.add(DirectoryCompared(UNBORN, head, "education", "meets"), case, "2022-12-20")
    log.enroll(case, "2023-01-01", head)
    assert ask(asking).rows[0].before_decision == "yes"


def test_a_case_that_left_is_not_in_the_coverage(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    at = log.enroll(case, "2023-01-01", head)
    log.exit(case, "2023-02-01")
    assert ask(asking).rows == ()
    assert len(ask(asking, as_at=at).rows) == 1


def test_one_check_per_person_and_request_however_often_it_is_reported(
    log: WrittenLog, asking: Asking
) -> None:
    one, two = log.person(), log.person()
    case = log.household(one, two)
    log.check(case, one, "2023-01-05", "R1")
    log.add(CrossCheckCompleted(UNBORN, one, "R1", "exceeds"), case, "2023-01-06")
    log.check(case, two, "2023-01-05", "R1")
    log.check(case, one, "2023-02-05", "R2")
    log.check(case, one, "2024-02-05", "R3")
    log.annul(log.check(case, one, "2023-03-05", "R4"))
    with asking.caught_up() as connection:
        found = cross_check_counts(
            connection, asking.moment(), day("2023-01-01"), day("2024-01-01")
        )
    assert (found.checks, found.persons) == (3, 2)
    assert found.by_result == {"exceeds": 1, "meets": 2}
