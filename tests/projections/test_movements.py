"""New, exited, adjusted: opening + new − exited = closing, always."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.case import CaseFile
from domain.spells import Spell
from projections import store
from projections.coverage import coverage_spells
from projections.moment import Moment
from projections.movements import Movements, ProgramMovement, movements
from tests.projections.builders import FOREVER, Asking, WrittenLog, day, new_views


def ask(
    asking: Asking,
    first: str = "2023-01-01",
    end: str = "2024-01-01",
    as_at: int | None = None,
    as_of: str | date = FOREVER,
) -> Movements:
    with asking.caught_up() as connection:
        return movements(connection, asking.moment(as_of, as_at), day(first), day(end))


def counted(found: Movements) -> tuple[int, int, int, int, int]:
    return (found.opening, found.new, found.exited, found.died, found.closing)


def test_the_whole_household_is_new_and_goes_out(log: WrittenLog, asking: Asking) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    log.enroll(case, "2023-02-01", head, child)
    log.exit(case, "2023-08-01")
    found = ask(asking)
    assert counted(found) == (0, 2, 2, 0, 0)
    assert found.exits_by_reason == {"income_over": 2}
    assert counted(ask(asking, end="2023-08-01")) == (0, 2, 0, 0, 2)
    assert counted(ask(asking, first="2023-08-01")) == (2, 0, 2, 0, 0)


def test_a_member_covered_later_is_new_and_one_uncovered_is_an_exit(
    log: WrittenLog, asking: Asking
) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    log.enroll(case, "2022-02-01", head)
    log.cover(case, "2023-03-01", child)
    log.uncover(case, "2023-04-01", head)
    found = ask(asking)
    assert counted(found) == (1, 1, 1, 0, 1)
    assert found.exits_by_reason == {"employed": 1}


def test_a_change_of_program_is_neither_new_nor_exit(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2022-02-01", head)
    log.exit(case, "2023-05-01")
    log.enroll(case, "2023-05-01", head, program="tekun")
    found = ask(asking)
    assert counted(found) == (1, 0, 0, 0, 1)
    assert found.programs == (
        ProgramMovement("dibao", 1, 0, 1, 0, 0),
        ProgramMovement("tekun", 0, 1, 0, 0, 1),
    )


def test_a_move_to_another_household_on_one_day_is_neither(log: WrittenLog, asking: Asking) -> None:
    head, child = log.person(), log.person()
    old, new = log.household(head, child), log.household(child)
    log.enroll(old, "2022-02-01", head, child)
    log.uncover(old, "2023-05-01", child)
    log.enroll(new, "2023-05-01", child)
    assert counted(ask(asking)) == (2, 0, 0, 0, 2)


def test_in_and_out_on_one_day_is_neither(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2023-02-01", head)
    log.exit(case, "2023-02-01")
    assert counted(ask(asking)) == (0, 0, 0, 0, 0)


def test_a_program_without_a_status_is_neither(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    log.enroll(log.household(head), "2023-02-01", head, program="medical")
    found = ask(asking)
    assert counted(found) == (0, 0, 0, 0, 0)
    assert found.programs[0].entered == 1


def test_deaths_are_exits_and_stand_apart(log: WrittenLog, asking: Asking) -> None:
    people = [log.person() for _ in range(4)]
    case = log.household(*people)
    log.enroll(case, "2022-02-01", *people)
    log.die(people[0], "2023-03-01")
    log.uncover(case, "2023-04-01", people[1])
    found = ask(asking)
    assert counted(found) == (4, 0, 2, 1, 2)
    assert found.exits_by_reason == {"employed": 1}
    assert [m.kind for m in found.rows] == ["death", "exit"]


def test_a_death_recorded_after_the_exit_but_before_it_in_time_is_what_ended_it(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2022-02-01", head)
    out = log.exit(case, "2023-05-01")
    log.die(head, "2023-03-01")
    assert counted(ask(asking)) == (1, 0, 1, 1, 0)
    assert counted(ask(asking, as_at=out)) == (1, 0, 1, 0, 0)
    assert counted(ask(asking, first="2023-04-01")) == (0, 0, 0, 0, 0)


def test_an_exit_for_death_is_a_death_only_where_it_is_about_one_person(
    log: WrittenLog, asking: Asking
) -> None:
    single, head, child = log.person(), log.person(), log.person()
    alone, family = log.household(single), log.household(head, child)
    log.enroll(alone, "2022-02-01", single)
    log.enroll(family, "2022-02-01", head, child)
    log.exit(alone, "2023-05-01", reason="death")
    log.exit(family, "2023-06-01", reason="death")
    found = ask(asking)
    assert counted(found) == (3, 0, 3, 1, 0)
    assert found.exits_by_reason == {"death": 2}


def test_what_happens_after_the_day_is_not_counted(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2023-02-01", head)
    log.exit(case, "2023-08-01")
    assert counted(ask(asking, as_of="2023-07-31")) == (0, 1, 0, 0, 1)
    assert counted(ask(asking, as_of="2023-01-31")) == (0, 0, 0, 0, 0)


def test_an_annulled_enrollment_is_not_new(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    enrolled = log.enroll(log.household(head), "2023-02-01", head)
    log.annul(enrolled)
    assert counted(ask(asking)) == (0, 0, 0, 0, 0)
    assert counted(ask(asking, as_at=enrolled)) == (0, 1, 0, 0, 1)


def test_adjustments_are_counted_and_listed(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2022-02-01", head, base=100)
    adjusted = log.adjust(case, "2023-03-01", 200)
    log.adjust(case, "2024-03-01", 300)
    found = ask(asking)
    assert found.adjusted == 1
    assert [(m.kind, m.position, m.person_id) for m in found.rows] == [("adjusted", adjusted, None)]


START = date(2023, 1, 1)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["enroll", "exit", "cover", "uncover", "die", "annul", "edge"]),
        st.integers(0, 2),
        st.integers(0, 3),
        st.integers(0, 9),
    ),
    max_size=30,
)


def history(steps: list[tuple[str, int, int, int]]) -> tuple[WrittenLog, list[UUID], list[UUID]]:
    """Anything a bureau might report, in any order, possible or not."""
    log = WrittenLog()
    people = [log.person() for _ in range(4)]
    cases = [log.household(person) for person in people[:3]]
    first = log.head()
    for what, which, whom, when in steps:
        case, person, on = cases[which], people[whom], START + timedelta(days=when)
        if what == "enroll":
            log.enroll(case, on, person, people[which])
        elif what == "edge":
            log.enroll(case, on, person, program="dibao_edge")
        elif what == "exit":
            log.exit(case, on)
        elif what == "cover":
            log.cover(case, on, person)
        elif what == "uncover":
            log.uncover(case, on, person)
        elif what == "die":
            log.die(person, on)
        elif log.head() > first and "Annulled" not in log.rows[-1].event.topic:
            log.annul(log.head())
    return log, people, cases


@settings(max_examples=40, deadline=None)
@given(STEPS, st.integers(-1, 10), st.integers(0, 10))
def test_opening_and_new_less_exited_is_closing_for_any_history(
    steps: list[tuple[str, int, int, int]], begin: int, length: int
) -> None:
    log, _, _ = history(steps)
    first = START + timedelta(days=begin)
    end = first + timedelta(days=length)
    with TemporaryDirectory() as folder:
        views = new_views(Path(folder) / "views.sqlite")
        views.catch_up(log)
        with views.reading(log.head()) as connection:
            moment = Moment(FOREVER, log.head())
            before = movements(connection, moment, date.min, first)
            within = movements(connection, moment, first, end)
        views.engine.dispose()
    assert within.opening == before.closing
    assert within.opening + within.new - within.exited == within.closing
    assert within.died <= within.exited
    for p in within.programs:
        assert p.opening + p.entered - p.left == p.closing


@settings(max_examples=25, deadline=None)
@given(STEPS, st.lists(st.integers(1, 9), max_size=8))
def test_catching_up_in_any_batches_gives_the_same_spells_as_the_case_files(
    steps: list[tuple[str, int, int, int]], sizes: list[int]
) -> None:
    log, _, cases = history(steps)
    with TemporaryDirectory() as folder:
        views = new_views(Path(folder) / "views.sqlite")
        kept, position = store.BATCH, 0
        try:
            for size in sizes:
                store.BATCH = size  # type: ignore[misc]
                position += size
                views.catch_up(log, upto=min(position, log.head()))
        finally:
            store.BATCH = kept  # type: ignore[misc]
        views.catch_up(log)
        with views.reading(log.head()) as connection:
            found = coverage_spells(connection, Moment(FOREVER, log.head()))
        views.engine.dispose()
    deaths = {
        r.event.meta.stream_id for r in log.rows if r.event.topic == "relief.registry.PersonDied"
    }
    for case in cases:
        file = CaseFile(case)
        for recorded in log.stream(case):
            file.apply(recorded.event)
        own = {_told(s) for s in found if s.case_id == case and s.person_id not in deaths}
        assert own == {_told(s) for s in file.spells() if s.person_id not in deaths}


def _told(s: Spell) -> tuple[UUID, str, date, date | None]:
    return (s.person_id, s.program, s.start, s.end)
