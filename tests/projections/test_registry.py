"""Who is known: persons stay sealed, members come and go, partners are on duty or not."""

from __future__ import annotations

from domain.events import (
    UNBORN,
    OrganizationRegistered,
    PersonRegistered,
    SourceRegistered,
    WorkerAssigned,
)
from projections.partners import known_organizations, known_sources, workers_on_duty
from projections.registry import (
    households_of_head,
    known_households,
    known_persons,
    members_of,
)
from tests.projections.builders import OTHER_TOWN, TOWN, Asking, WrittenLog, day


def test_a_person_is_known_with_what_is_sealed_and_the_event_that_sealed_it(
    log: WrittenLog, asking: Asking
) -> None:
    person, stranger = log.person(), log.new_id()
    registered = log.rows[-1].event.meta.event_id
    log.die(person, "2023-03-01")
    with asking.caught_up() as connection:
        found = known_persons(connection, asking.moment(), [person, stranger, person])
        assert list(found) == [person]
        assert (found[person].name, found[person].event_id) == (b"name", registered)
        assert found[person].died_on == day("2023-03-01")
        alive = known_persons(connection, asking.moment("2023-02-28"), [person])[person]
        assert alive.died_on is None


def test_a_person_registered_anew_is_as_last_registered(log: WrittenLog, asking: Asking) -> None:
    person = log.person(town=TOWN)
    again = log.add(PersonRegistered(UNBORN, True, 2, "60-64", OTHER_TOWN), person, "2023-01-01")
    with asking.caught_up() as connection:
        assert known_persons(connection, asking.moment(), [person])[person].town == OTHER_TOWN
        log.annul(again)
    with asking.caught_up() as connection:
        assert known_persons(connection, asking.moment(), [person])[person].town == TOWN


def test_more_persons_than_one_query_takes(log: WrittenLog, asking: Asking) -> None:
    people = [log.person() for _ in range(1_203)]
    with asking.caught_up() as connection:
        assert list(known_persons(connection, asking.moment(), people)) == people


def test_members_come_and_go_by_the_day_that_it_holds_from(log: WrittenLog, asking: Asking) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, on="2023-06-01")
    joined = log.join(case, child, "2023-02-01")
    log.leave(case, child, "2023-08-01")
    log.leave(case, head, "2023-09-01")
    with asking.caught_up() as connection:

        def members(as_of: str, as_at: int | None = None) -> list[object]:
            found = members_of(connection, asking.moment(as_of, as_at), [case])
            return [m.person_id for m in found[case]]

        assert members("2023-01-31") == [head]
        assert members("2023-02-01") == [head, child]
        assert members("2023-08-01") == [head]
        assert members("2023-09-01") == []
        assert members("2023-09-01", joined) == [head, child]


def test_a_household_is_found_by_its_id_and_by_its_head(log: WrittenLog, asking: Asking) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    with asking.caught_up() as connection:
        found = known_households(connection, asking.moment(), [case])[case]
        assert (found.head_id, found.town, found.size) == (head, TOWN, 2)
        assert households_of_head(connection, asking.moment(), head) == [found]
        assert households_of_head(connection, asking.moment(), child) == []


def test_sources_organizations_and_workers_are_listed_by_code(
    log: WrittenLog, asking: Asking
) -> None:
    for code, kind, data in (("S2", "bank", ("deposits",)), ("S1", "department", ("a", "b"))):
        event = SourceRegistered(UNBORN, code, code, kind, data)
        log.add(event, log.new_id(), "2023-01-01")
    log.add(OrganizationRegistered(UNBORN, "O1", "x", "town"), log.new_id(), "2023-01-01")
    worker = log.new_id()
    assigned = WorkerAssigned(UNBORN, "W1", worker, "social_worker", TOWN, "", day("2024-01-01"))
    log.add(assigned, worker, "2023-02-01", "2023-03-01")
    with asking.caught_up() as connection:
        moment = asking.moment("2023-12-31")
        sources = known_sources(connection, moment)
        assert [(s.code, s.data_kinds) for s in sources] == [
            ("S1", ("a", "b")),
            ("S2", ("deposits",)),
        ]
        assert [o.code for o in known_organizations(connection, moment)] == ["O1"]
        assert [w.code for w in workers_on_duty(connection, moment)] == ["W1"]
        assert workers_on_duty(connection, asking.moment("2024-01-01")) == []
        assert workers_on_duty(connection, asking.moment("2023-02-28")) == []
        assert known_sources(connection, asking.moment(as_at=1))[0].code == "S2"
