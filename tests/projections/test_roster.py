"""Who is in on a day, as the log knew it at a position."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from projections.coverage import coverage_spells
from projections.decisions import decisions
from projections.roster import Roster, RosterGroup, roster
from tests.projections.builders import OTHER_TOWN, TOWN, Asking, WrittenLog


def ask(
    asking: Asking,
    as_of: str,
    as_at: int | None = None,
    program: str | None = None,
    town: str | None = None,
) -> Roster:
    with asking.caught_up() as connection:
        return roster(connection, asking.moment(as_of, as_at), program, town)


def test_a_covered_household_is_in_from_the_day_of_its_decision(
    log: WrittenLog, asking: Asking
) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    enrolled = log.enroll(case, "2023-06-10", head, child, base=80_000, effective="2023-07-01")
    assert ask(asking, "2023-06-09").persons == 0
    on_the_day = ask(asking, "2023-06-10")
    assert (on_the_day.persons, on_the_day.households) == (2, 1)
    assert on_the_day.rows[0].person_ids == (head, child)
    assert on_the_day.rows[0].position == enrolled
    assert on_the_day.rows[0].due_fen == 0
    assert ask(asking, "2023-07-01").rows[0].due_fen == 80_000


def test_an_exit_ends_everybody_in_the_program_and_nobody_elsewhere(
    log: WrittenLog, asking: Asking
) -> None:
    head, child, other = log.person(), log.person(), log.person()
    case, neighbors = log.household(head, child), log.household(other)
    log.enroll(case, "2023-01-01", head)
    log.cover(case, "2023-02-01", child)
    log.enroll(case, "2023-01-01", child, program="medical")
    log.enroll(neighbors, "2023-01-01", other)
    log.exit(case, "2023-03-01")
    assert ask(asking, "2023-02-28", program="dibao").persons == 3
    assert ask(asking, "2023-03-01", program="dibao").persons == 1
    assert ask(asking, "2023-03-01", program="medical").persons == 1


def test_who_was_covered_before_the_exit_but_recorded_after_it_is_out_too(
    log: WrittenLog, asking: Asking
) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    log.enroll(case, "2023-01-01", head)
    log.exit(case, "2023-03-01")
    log.cover(case, "2023-02-01", child)
    assert ask(asking, "2023-02-15").persons == 2
    assert ask(asking, "2023-03-01").persons == 0


def test_in_and_out_on_one_day_is_in_on_no_day(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2023-01-05", head)
    log.exit(case, "2023-01-05")
    assert ask(asking, "2023-01-05").persons == 0


def test_out_and_in_again_on_one_day_is_in(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2023-01-05", head)
    log.exit(case, "2023-02-05")
    log.enroll(case, "2023-02-05", head)
    assert ask(asking, "2023-02-05").persons == 1


def test_a_death_ends_all_programs_however_late_it_is_recorded(
    log: WrittenLog, asking: Asking
) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    log.enroll(case, "2023-01-01", head, child)
    log.enroll(case, "2023-01-01", head, program="medical")
    before = log.head()
    log.die(head, "2023-02-01")
    assert ask(asking, "2023-03-01").persons == 1
    assert ask(asking, "2023-01-31").persons == 2
    assert ask(asking, "2023-03-01", as_at=before).persons == 2


def test_an_annulled_exit_brings_the_household_back_from_then_on(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2023-01-01", head)
    out = log.exit(case, "2023-02-01")
    assert ask(asking, "2023-03-01").persons == 0
    log.annul(out, on="2023-04-01")
    assert ask(asking, "2023-03-01").persons == 1
    assert ask(asking, "2023-03-01", as_at=out).persons == 0


def test_an_annulled_enrollment_leaves_members_covered_later_in(
    log: WrittenLog, asking: Asking
) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    enrolled = log.enroll(case, "2023-01-01", head, base=100)
    log.cover(case, "2023-02-01", child)
    log.annul(enrolled)
    found = ask(asking, "2023-03-01")
    assert (found.persons, found.rows[0].due_fen) == (1, 0)


@pytest.mark.parametrize(
    ("as_of", "as_at", "persons"),
    [
        ("2023-01-01", "enrolled", 1),
        ("2022-12-31", "enrolled", 0),
        ("2023-05-01", "enrolled", 1),
        ("2023-05-01", "exited", 0),
        ("2023-03-31", "exited", 1),
        ("2023-05-01", "before", 0),
    ],
)
def test_each_pair_of_day_and_position_has_its_own_answer(
    log: WrittenLog, asking: Asking, as_of: str, as_at: str, persons: int
) -> None:
    head = log.person()
    case = log.household(head)
    at = {"before": log.head()}
    at["enrolled"] = log.enroll(case, "2023-01-01", head)
    at["exited"] = log.exit(case, "2023-04-01")
    found = ask(asking, as_of, at[as_at])
    assert found.persons == persons
    assert (found.as_of.isoformat(), found.as_at) == (as_of, at[as_at])


def test_groups_are_by_program_and_town_and_everybody_counts_once_in_all(
    log: WrittenLog, asking: Asking
) -> None:
    one, two, three = log.person(), log.person(), log.person()
    here, there = log.household(one, two), log.household(three, town=OTHER_TOWN)
    log.enroll(here, "2023-01-01", one, two, base=50_000)
    log.enroll(here, "2023-01-01", one, program="medical", town=OTHER_TOWN)
    log.enroll(there, "2023-01-01", three, base=30_000)
    found = ask(asking, "2023-02-01")
    assert (found.persons, found.households) == (3, 2)
    assert found.groups == (
        RosterGroup("dibao", TOWN, 2, 1, 50_000),
        RosterGroup("dibao", OTHER_TOWN, 1, 1, 30_000),
        RosterGroup("medical", OTHER_TOWN, 1, 1, 0),
    )
    assert ask(asking, "2023-02-01", town=OTHER_TOWN).persons == 2
    assert ask(asking, "2023-02-01", program="dibao", town=TOWN).persons == 2


def test_a_town_that_the_enrollment_does_not_name_is_the_households(
    log: WrittenLog, asking: Asking
) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, town=OTHER_TOWN)
    log.enroll(case, "2023-01-01", head)
    log.cover(case, "2023-01-02", child)
    assert [r.town for r in ask(asking, "2023-02-01").rows] == [OTHER_TOWN]


def test_an_adjustment_changes_what_is_due_from_its_month_on(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2023-01-01", head, base=100)
    log.adjust(case, "2023-06-10", 150, effective="2023-07-01")
    assert ask(asking, "2023-06-30").rows[0].due_fen == 100
    assert ask(asking, "2023-07-01").rows[0].due_fen == 150


def test_spells_of_named_cases_are_those_of_all(log: WrittenLog, asking: Asking) -> None:
    cases: list[UUID] = []
    for n in range(3):
        head = log.person()
        cases.append(log.household(head))
        log.enroll(cases[-1], "2023-01-01", head)
        if n:
            log.die(head, "2023-02-01")
    with asking.caught_up() as connection:
        moment = asking.moment("2023-06-01")
        one = select(decisions.c.case_id).where(decisions.c.case_id == cases[1].bytes)
        everything = coverage_spells(connection, moment)
        assert coverage_spells(connection, moment, one) == [everything[1]]
