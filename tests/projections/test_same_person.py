"""One human registered twice is one person in rosters, movements, figures and breaches."""

from __future__ import annotations

from uuid import UUID

from domain.events import UNBORN, PersonMerged, ServiceDelivered
from projections.breaches import find
from projections.movements import movements
from projections.registry import households_of_head, known_persons, members_of
from projections.roster import Roster, roster
from projections.service_report import served
from tests.projections.builders import Asking, WrittenLog, day, regular


def merge(log: WrittenLog, person: UUID, into: UUID) -> int:
    return log.add(PersonMerged(UNBORN, into, "wrong_number"), person, "2023-12-01")


def ask(asking: Asking, as_at: int | None = None) -> Roster:
    with asking.caught_up() as connection:
        return roster(connection, asking.moment("2023-12-31", as_at))


def test_who_is_in_two_files_counts_once_from_the_merge_on(log: WrittenLog, asking: Asking) -> None:
    one, other = log.person(), log.person()
    log.enroll(log.household(one), "2023-02-01", one)
    before = log.enroll(log.household(other), "2023-03-01", other)
    merged = merge(log, other, one)
    annulled = log.annul(merged)
    assert ask(asking, before).persons == 2
    assert ask(asking, merged).persons == 1
    assert ask(asking, merged).households == 2
    assert {p for r in ask(asking, merged).rows for p in r.person_ids} == {one}
    assert ask(asking, annulled).persons == 2


def test_one_human_is_new_once_and_out_when_the_last_ends(log: WrittenLog, asking: Asking) -> None:
    one, other = log.person(), log.person()
    first, second = log.household(one), log.household(other)
    log.enroll(first, "2023-02-01", one)
    log.enroll(second, "2023-03-01", other)
    log.exit(first, "2023-04-01")
    merge(log, other, one)
    with asking.caught_up() as connection:
        found = movements(connection, asking.moment(), day("2023-01-01"), day("2024-01-01"))
    assert (found.opening, found.new, found.exited, found.closing) == (0, 1, 0, 1)


def test_a_death_recorded_under_either_ends_both(log: WrittenLog, asking: Asking) -> None:
    one, other = log.person(), log.person()
    log.enroll(log.household(one), "2023-02-01", one)
    merge(log, other, one)
    log.die(other, "2023-06-01")
    assert ask(asking).persons == 0
    with asking.caught_up() as connection:
        assert known_persons(connection, asking.moment(), [one])[one].died_on == day("2023-06-01")


def test_a_line_after_the_death_is_found_through_the_merge(log: WrittenLog, asking: Asking) -> None:
    one, other = log.person(), log.person()
    case = log.household(one)
    log.enroll(case, "2023-02-01", one, base=100)
    log.die(other, "2023-06-01")
    log.line(case, log.batch("2023-08"), one, "2023-08-05", regular("2023-08", 100))
    at = log.head()
    merge(log, other, one)
    with asking.caught_up() as connection:
        before = find(connection, asking.moment(as_at=at), 0, at)
        after = find(connection, asking.moment(), 0, log.head())
    assert "paid_after_death" not in {b.rule for b in before}
    assert "paid_after_death" in {b.rule for b in after}


def test_two_programs_of_one_human_come_to_light_with_the_merge(
    log: WrittenLog, asking: Asking
) -> None:
    one, other = log.person(), log.person()
    log.enroll(log.household(one), "2023-02-01", one)
    log.enroll(log.household(other), "2023-03-01", other, program="tekun")
    merged = merge(log, other, one)
    with asking.caught_up() as connection:
        found = find(connection, asking.moment(), merged - 1, merged)
        before = find(connection, asking.moment(as_at=merged - 1), 0, merged - 1)
    assert [b.rule for b in found] == ["exclusive_programs"]
    assert found[0].person_ids == (one,)
    assert "exclusive_programs" not in {b.rule for b in before}


def test_members_and_heads_are_one_person(log: WrittenLog, asking: Asking) -> None:
    one, other, child = log.person(), log.person(), log.person()
    case = log.household(other, one, child)
    merge(log, other, one)
    with asking.caught_up() as connection:
        found = members_of(connection, asking.moment(), [case])
        headed = households_of_head(connection, asking.moment(), one)
    assert [m.person_id for m in found[case]] == [one, child]
    assert [h.case_id for h in headed] == [case]


def test_people_served_are_counted_once(log: WrittenLog, asking: Asking) -> None:
    one, other, project = log.person(), log.person(), log.new_id()
    for n, person in enumerate((one, other)):
        event = ServiceDelivered(UNBORN, f"S{n}", "comfort", "person", True, person)
        log.add(event, project, "2023-05-01")
    at = log.head()
    merge(log, other, one)
    with asking.caught_up() as connection:
        assert served(connection, asking.moment(as_at=at))[0] == 2
        assert served(connection, asking.moment())[0] == 1
