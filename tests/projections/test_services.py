"""What social forces gave, which wishes came true, and what became of needs that were found."""

from __future__ import annotations

from uuid import UUID

from domain.events import (
    UNBORN,
    NeedAnswered,
    NeedDiscovered,
    NeedReferred,
    ProjectAccepted,
    ProjectFunded,
    ProjectOpened,
    ProjectPaid,
    ProviderRegistered,
    ServiceDelivered,
    WishFulfilled,
    WishMatched,
    WishRegistered,
)
from projections.needs import need_report
from projections.service_report import Served, service_report
from projections.wishes import wish_report
from tests.projections.builders import TOWN, Asking, WrittenLog, day


def project(log: WrittenLog, code: str = "P1", track: str = "help_project") -> UUID:
    provider, opened = log.new_id(), log.new_id()
    log.add(ProviderRegistered(UNBORN, f"O-{code}", "", "charity"), provider, "2023-01-01")
    log.add(ProjectOpened(UNBORN, code, "", "care", track, provider), opened, "2023-01-02")
    return opened


def deliver(
    log: WrittenLog,
    to: UUID,
    on: str = "2023-03-01",
    *,
    service: str = "goods",
    person: UUID | None = None,
    household: UUID | None = None,
    heads: int | None = None,
    band: str = "",
    town: str = TOWN,
    completed: bool = True,
) -> int:
    unit = "person" if person else "household" if household else "head_count"
    event = ServiceDelivered(
        UNBORN, "D", service, unit, completed, person, household, band, town, heads
    )
    return log.add(event, to, on)


def test_persons_and_households_count_once_and_heads_stand_apart(
    log: WrittenLog, asking: Asking
) -> None:
    to, person, case = project(log), log.person(), log.new_id()
    deliver(log, to, person=person)
    deliver(log, to, person=person, service="comfort")
    deliver(log, to, person=log.person(), completed=False)
    deliver(log, to, household=case, service="home_improvement")
    deliver(log, to, household=case, service="home_improvement")
    deliver(log, to, heads=40)
    log.annul(deliver(log, to, person=log.person()))
    with asking.caught_up() as connection:
        found = service_report(connection, asking.moment())
        assert (found.persons, found.households, found.heads) == (1, 1, 40)
        assert found.services == (
            Served("comfort", 1, 1, 0, 0, 0),
            Served("goods", 2, 1, 0, 40, 1),
            Served("home_improvement", 2, 0, 1, 0, 0),
        )
        early = service_report(connection, asking.moment("2023-02-28"))
        assert (early.persons, early.services) == (0, ())


def test_a_project_shows_its_money_by_fund(log: WrittenLog, asking: Asking) -> None:
    opened = project(log)
    log.add(ProjectFunded(UNBORN, "fiscal", 500), opened, "2023-01-05")
    log.add(ProjectFunded(UNBORN, "charity", 70), opened, "2023-01-05")
    log.add(ProjectFunded(UNBORN, "fiscal", 100), opened, "2023-02-05")
    paid = log.add(ProjectPaid(UNBORN, "fiscal", 400), opened, "2023-03-05")
    log.add(ProjectAccepted(UNBORN), opened, "2023-04-05")
    with asking.caught_up() as connection:
        (found,) = service_report(connection, asking.moment()).projects
        assert found.committed_fen == {"charity": 70, "fiscal": 600}
        assert found.paid_fen == {"fiscal": 400}
        assert found.accepted_on == day("2023-04-05")
        (earlier,) = service_report(connection, asking.moment(as_at=paid - 1)).projects
        assert (earlier.paid_fen, earlier.accepted_on) == ({}, None)


def test_a_wish_ages_until_it_comes_true(log: WrittenLog, asking: Asking) -> None:
    one, two, provider = log.new_id(), log.new_id(), log.new_id()
    for number, wish, on in (("W1", one, "2023-01-01"), ("W2", two, "2023-01-11")):
        log.add(WishRegistered(UNBORN, number, log.person(), "material"), wish, on)
        log.add(WishMatched(UNBORN, provider), wish, "2023-01-15")
    fulfilled = log.add(WishFulfilled(UNBORN, 5), one, "2023-01-21")
    with asking.caught_up() as connection:
        found = wish_report(connection, asking.moment("2023-02-10"))
        assert (found.registered, found.matched, found.fulfilled) == (2, 2, 1)
        assert [(w.number, w.age_days, w.satisfaction) for w in found.rows] == [
            ("W2", 30, None),
            ("W1", 20, 5),
        ]
        assert found.rows[0].provider_id == provider
        earlier = wish_report(connection, asking.moment("2023-02-10", as_at=fulfilled - 1))
        assert earlier.fulfilled == 0
        assert wish_report(connection, asking.moment("2023-01-10")).registered == 1


def test_a_need_without_an_answer_grows_old(log: WrittenLog, asking: Asking) -> None:
    one, two = log.new_id(), log.new_id()
    for number, need in (("N1", one), ("N2", two)):
        event = NeedDiscovered(UNBORN, number, log.person(), "visit", "medical")
        log.add(event, need, "2023-01-01")
        log.add(NeedReferred(UNBORN, "health", day("2023-01-20")), need, "2023-01-05")
    log.add(NeedAnswered(UNBORN, "relieved"), one, "2023-01-15")
    with asking.caught_up() as connection:
        found = need_report(connection, asking.moment("2023-01-31"))
        assert (found.found, found.referred, found.answered, found.overdue) == (2, 2, 1, 1)
        assert found.outcomes == {"relieved": 1}
        assert [(n.number, n.age_days) for n in found.rows] == [("N2", 30), ("N1", 14)]
        assert need_report(connection, asking.moment("2023-01-10")).overdue == 0
