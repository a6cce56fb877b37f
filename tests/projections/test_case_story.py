"""The story of a case: its file and its members' deaths, annulled entries marked, nothing sealed."""

from __future__ import annotations

from domain.events import UNBORN, HouseholdFormed
from projections.canonical import canonical
from projections.case_story import Story, case_story
from projections.moment import Moment
from tests.projections.builders import TOWN, WrittenLog, day, regular


def ask(
    log: WrittenLog, case: object, as_of: str = "2999-12-31", as_at: int | None = None
) -> Story:
    at = log.head() if as_at is None else as_at
    return case_story(log, case, Moment(day(as_of), at))  # type: ignore[arg-type]


def topics(story: Story) -> list[str]:
    return [r.topic.rsplit(".", 1)[1] for r in story.rows]


def test_the_file_and_the_deaths_of_members_in_the_order_of_the_log(log: WrittenLog) -> None:
    head, child, stranger = log.person(), log.person(), log.person()
    case = log.household(head, child)
    log.die(child, "2023-02-01")
    log.die(stranger, "2023-02-01")
    log.enroll(case, "2023-03-01", head)
    assert topics(ask(log, case)) == ["HouseholdFormed", "MemberJoined", "PersonDied", "Enrolled"]


def test_what_was_annulled_is_marked_from_then_on(log: WrittenLog) -> None:
    head = log.person()
    case = log.household(head)
    enrolled = log.enroll(case, "2023-03-01", head)
    died = log.die(head, "2023-04-01")
    one, two = log.annul(enrolled), log.annul(died)
    marks = {r.position: r.annulled_by for r in ask(log, case).rows}
    assert (marks[enrolled], marks[died]) == (one, two)
    assert {r.annulled_by for r in ask(log, case, as_at=died).rows} == {None}


def test_only_what_is_dated_by_the_day_is_told(log: WrittenLog) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2023-03-01", head)
    assert topics(ask(log, case, "2023-02-28")) == ["HouseholdFormed"]
    assert ask(log, log.new_id()).rows == ()


def test_it_says_what_the_event_says_but_nothing_sealed_and_no_digest(log: WrittenLog) -> None:
    head, case = log.person(), log.new_id()
    formed = HouseholdFormed(
        UNBORN, head, True, TOWN, "", 2, b"paper", b"address", b"account", bytes(16)
    )
    log.add(formed, case, "2023-01-01")
    log.line(case, log.new_id(), head, "2023-02-01", regular("2023-02", 100))
    story = ask(log, case)
    assert story.rows[0].data == {
        "head_id": head,
        "town": TOWN,
        "size": 2,
    }
    assert story.rows[1].data["parts"] == [
        {
            "component": "base",
            "kind": "regular",
            "amount_fen": 100,
            "first_month": "2023-02",
            "last_month": "2023-02",
        }
    ]
    for secret in (b"paper", b"address", b"account"):
        assert secret not in canonical(story)
