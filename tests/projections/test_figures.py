"""The annual figures, each counted as it says."""

from __future__ import annotations

from domain.events import (
    UNBORN,
    OrganizationRegistered,
    ProjectFunded,
    ProjectPaid,
    SourceRegistered,
    WorkerAssigned,
)
from projections.counted import COUNTED
from projections.figures import figures
from projections.published import ZHUJI_2023
from tests.projections.builders import OTHER_TOWN, TOWN, Asking, WrittenLog, day
from tests.projections.test_services import deliver, project


def ask(asking: Asking, as_of: str = "2024-06-27", as_at: int | None = None) -> dict[str, int]:
    with asking.caught_up() as connection:
        return figures(connection, asking.moment(as_of, as_at), 2023).values


def test_an_empty_ledger_has_every_figure_at_nothing(asking: Asking) -> None:
    assert ask(asking) == dict.fromkeys(COUNTED, 0)
    assert list(ask(asking)) == list(COUNTED)


def test_checks_new_and_exited_are_of_the_year(log: WrittenLog, asking: Asking) -> None:
    people = [log.person() for _ in range(3)]
    case = log.household(*people)
    log.check(case, people[0], "2023-02-01")
    log.check(case, people[0], "2024-02-01", "R2")
    log.enroll(case, "2022-05-01", people[0])
    log.cover(case, "2023-05-01", people[1])
    log.cover(case, "2024-05-01", people[2])
    log.die(people[0], "2023-06-01")
    found = ask(asking)
    assert found["economic_checks"] == 1
    assert found["newly_enrolled_persons"] == 1
    assert (found["exited_persons"], found["exited_by_death"]) == (1, 1)
    assert (found["opening_status_persons"], found["closing_status_persons"]) == (1, 1)


def test_partners_are_counted_as_of_the_day(log: WrittenLog, asking: Asking) -> None:
    for n, (kind, kinds) in enumerate(
        (("bank", ("a",)), ("bank", ("a",)), ("department", ("a", "b")), ("bureau", ("c",)))
    ):
        event = SourceRegistered(UNBORN, f"S{n}", "", kind, kinds)
        log.add(event, log.new_id(), "2023-01-01")
    for town in (TOWN, TOWN, OTHER_TOWN):
        worker = log.new_id()
        event_ = WorkerAssigned(UNBORN, "W", worker, "social_worker", town)
        log.add(event_, worker, "2020-01-01", "2020-01-01")
    log.add(OrganizationRegistered(UNBORN, "O", "", "town"), log.new_id(), "2025-01-01")
    found = ask(asking)
    assert (found["banks"], found["departments"], found["data_kinds"]) == (2, 1, 2)
    assert (found["towns"], found["social_workers"]) == (2, 3)
    assert found["linked_departments"] == 0
    assert ask(asking, "2025-01-01")["linked_departments"] == 1


def test_services_count_persons_by_name_and_age_on_the_day(log: WrittenLog, asking: Asking) -> None:
    to, case = project(log), log.new_id()
    old, child = log.person(), log.person()
    deliver(log, to, service="cataract_surgery", person=old, band="65-79")
    deliver(log, to, service="cataract_surgery", person=old, band="80+")
    deliver(log, to, service="cataract_surgery", person=log.person(), band="60-64")
    deliver(log, to, service="child_counseling", person=child, band="16-17")
    deliver(log, to, service="child_counseling", person=child, band="16-17", town=OTHER_TOWN)
    deliver(log, to, service="child_counseling", person=log.person(), band="18-59", town="x")
    deliver(log, to, service="home_improvement", household=case)
    deliver(log, to, service="home_improvement", household=log.new_id(), completed=False)
    deliver(log, to, heads=25)
    found = ask(asking)
    assert (found["people_served"], found["people_by_head_count"]) == (4, 25)
    assert found["cataract_patients"] == 1
    assert (found["children_supported"], found["children_supported_towns"]) == (1, 2)
    assert found["homes_improved"] == 1
    assert ask(asking, "2023-02-28")["people_served"] == 0


def test_money_is_what_was_committed_and_paid_stands_beside_it(
    log: WrittenLog, asking: Asking
) -> None:
    help_project, venture = project(log), project(log, "P2", "venture")
    charity = project(log, "P3", "charity")
    for opened, fund, fen in (
        (help_project, "fiscal", 100_049),
        (venture, "county", 200_001),
        (help_project, "charity", 900_000),
        (charity, "charity", 300_000),
        (charity, "fiscal", 900_000),
    ):
        log.add(ProjectFunded(UNBORN, fund, fen), opened, "2023-01-05")
    log.add(ProjectPaid(UNBORN, "fiscal", 50_000), help_project, "2023-05-05")
    found = ask(asking)
    assert (found["help_projects"], found["service_projects"], found["charity_projects"]) == (
        1,
        2,
        1,
    )
    assert (found["orgs_in_services"], found["orgs_in_venture"]) == (1, 1)
    assert (found["fiscal_spend"], found["fiscal_paid"]) == (3_001, 500)
    assert (found["charity_spend"], found["charity_paid"]) == (3_000, 0)


def test_a_rounded_published_figure_agrees_within_its_rounding() -> None:
    agrees = ZHUJI_2023.agrees
    assert [agrees("economic_checks", n) for n in (12_349, 12_350, 12_449, 12_450)] == [
        False,
        True,
        True,
        False,
    ]
    assert agrees("banks", 73) is True
    assert agrees("fiscal_paid", 1) is None
    assert ZHUJI_2023.as_of == day("2024-06-27")


def test_every_published_figure_is_one_that_is_counted() -> None:
    assert ZHUJI_2023.values.keys() <= COUNTED.keys()
