"""What was learned between two positions about one day, and by which entries."""

from __future__ import annotations

from uuid import UUID

import pytest

from projections.learned import Difference, learned
from tests.projections.builders import OTHER_TOWN, TOWN, Asking, WrittenLog

DAY = "2023-06-30"


def ask(
    asking: Asking, before: int, after: int | None = None, town: str | None = None
) -> Difference:
    with asking.caught_up() as connection:
        moments = (asking.moment(DAY, before), asking.moment(DAY, after))
        return learned(connection, asking.log, *moments, None, town)


def enrolled(log: WrittenLog, town: str = TOWN) -> tuple[UUID, UUID, int]:
    head = log.person(town)
    case = log.household(head, town=town)
    return case, head, log.enroll(case, "2023-05-10", head, base=80_000, town=town)


def test_nothing_new_is_no_difference(log: WrittenLog, asking: Asking) -> None:
    case, _, _ = enrolled(log)
    before = log.head()
    batch = log.batch("2023-06")
    assert batch
    log.visit(case, "2023-06-20", "a")
    found = ask(asking, before)
    assert (found.came_in, found.left, found.changed, found.rows) == (0, 0, 0, ())
    assert found.persons_before == found.persons_after == 1


def test_who_is_reported_late_came_in_by_the_entries_that_say_so(
    log: WrittenLog, asking: Asking
) -> None:
    before = log.head()
    case, head, position = enrolled(log)
    log.visit(case, "2023-05-11", "a")  # bears on no roster
    (row,) = ask(asking, before).rows
    assert (row.case_id, row.what, row.before) == (case, "came_in", None)
    assert row.after is not None
    assert row.after.person_ids == (head,)
    assert [c.position for c in row.causes] == [1, 2, position]


def test_an_exit_that_came_late_and_a_decision_that_was_annulled_both_left(
    log: WrittenLog, asking: Asking
) -> None:
    one, _, _ = enrolled(log)
    other, _, decision = enrolled(log)
    before = log.head()
    gone = log.exit(one, "2023-06-01")
    annulled = log.annul(decision)
    found = ask(asking, before)
    assert (found.left, found.persons_before, found.persons_after) == (2, 2, 0)
    causes = {r.case_id: [c.position for c in r.causes] for r in found.rows}
    assert causes == {one: [gone], other: [annulled]}


def test_a_death_reported_late_is_a_cause_though_it_stands_with_the_person(
    log: WrittenLog, asking: Asking
) -> None:
    _, head, _ = enrolled(log)
    before = log.head()
    died = log.die(head, "2023-06-15")
    (row,) = ask(asking, before).rows
    assert [c.position for c in row.causes] == [died]


def test_an_amount_that_was_changed_is_told_on_both_sides(log: WrittenLog, asking: Asking) -> None:
    case, _, _ = enrolled(log)
    before = log.head()
    adjusted = log.adjust(case, "2023-06-10", 90_000, effective="2023-06-01")
    found = ask(asking, before)
    (row,) = found.rows
    assert row.what == "changed"
    assert (found.due_before_fen, found.due_after_fen) == (80_000, 90_000)
    assert [c.position for c in row.causes] == [adjusted]


def test_what_was_recorded_and_taken_back_in_between_is_no_difference(
    log: WrittenLog, asking: Asking
) -> None:
    case, _, _ = enrolled(log)
    before = log.head()
    log.annul(log.exit(case, "2023-06-01"))
    assert ask(asking, before).rows == ()
    assert ask(asking, before, log.head() - 1).left == 1


@pytest.mark.parametrize(("town", "count"), [(TOWN, 1), (OTHER_TOWN, 1), (None, 2)])
def test_one_town_may_be_asked_for(
    log: WrittenLog, asking: Asking, town: str | None, count: int
) -> None:
    before = log.head()
    enrolled(log)
    enrolled(log, OTHER_TOWN)
    assert ask(asking, before, town=town).came_in == count


def test_the_same_question_is_answered_the_same_after_more_events(
    log: WrittenLog, asking: Asking
) -> None:
    case, _, _ = enrolled(log)
    before = log.head()
    log.exit(case, "2023-06-01")
    after = log.head()
    first = ask(asking, before, after)
    for _ in range(5):
        enrolled(log)
    log.annul(after)
    assert ask(asking, before, after) == first
