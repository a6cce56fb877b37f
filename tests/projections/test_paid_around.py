"""What was paid for a person before a day and after it, and what came back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from projections.paid_around import PaidAround, paid_around
from tests.projections.builders import Asking, WrittenLog, day, regular


def ask(asking: Asking, person: UUID, on: str | None, as_of: str = "2999-12-31") -> PaidAround:
    on_day: date | None = day(on) if on else None
    with asking.caught_up() as connection:
        (found,) = paid_around(connection, asking.moment(as_of), {person: on_day})
    return found


def paid_line(log: WrittenLog, case: UUID, head: UUID, month: str, fen: int) -> UUID:
    line = log.line(case, log.batch(month, f"B{month}"), head, f"{month}-05", regular(month, fen))
    log.paid(case, line, f"{month}-08", fen)
    return line


def test_the_month_of_the_death_is_before_and_the_next_one_after(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2022-12-01", head, base=100)
    lines = [paid_line(log, case, head, f"2023-0{n}", 100) for n in (1, 2, 3, 4)]
    log.recovered(case, lines[3], "2023-06-01", 100)
    found = ask(asking, head, "2023-02-10")
    assert (found.lines_before, found.paid_before_fen) == (2, 200)
    assert (found.lines_after, found.paid_after_fen) == (2, 200)
    assert found.recovered_after_fen == 100
    assert (found.first_month_after, found.last_month_after) == ("2023-03", "2023-04")
    assert len(found.positions_after) == 2
    assert found.died_on is None, "the ledger does not know it: that is what the list is for"
    assert found.programs == ("dibao",)


def test_a_covered_member_is_met_in_the_lines_of_his_household(
    log: WrittenLog, asking: Asking
) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    log.enroll(case, "2022-12-01", head, child, base=100)
    paid_line(log, case, head, "2023-01", 100)
    log.uncover(case, "2023-02-20", child)
    paid_line(log, case, head, "2023-03", 60)
    found = ask(asking, child, "2022-12-15")
    assert (found.lines_after, found.paid_after_fen) == (1, 100)
    assert found.programs == ()
    assert found.cases == (case,)


def test_a_person_whom_nobody_paid_has_nothing(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    log.household(head)
    found = ask(asking, head, "2023-01-01")
    assert (found.lines_before, found.lines_after, found.cases) == (0, 0, ())


def test_without_a_day_all_money_counts_as_before(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2022-12-01", head, base=100)
    paid_line(log, case, head, "2023-01", 100)
    found = ask(asking, head, None)
    assert (found.paid_before_fen, found.paid_after_fen) == (100, 0)


def test_a_line_met_by_its_case_and_its_beneficiary_counts_once(
    log: WrittenLog, asking: Asking
) -> None:
    head, wife = log.person(), log.person()
    case = log.household(head, wife)
    log.enroll(case, "2022-12-01", head, wife, base=100)
    line = paid_line(log, case, head, "2023-01", 100)
    log.paid(case, line, "2023-01-09", 5)
    with asking.caught_up() as connection:
        days: dict[UUID, date | None] = {head: None, wife: None}
        one, other = paid_around(connection, asking.moment(), days)
    assert one.paid_before_fen == other.paid_before_fen == 105
