"""A finding stands where its last event left it, on every day and at every position."""

from __future__ import annotations

from uuid import UUID

from domain.events import (
    UNBORN,
    Actor,
    FindingAssigned,
    FindingClosed,
    FindingConfirmed,
    FindingFact,
    FindingOverridden,
    FindingRaised,
)
from projections.findings import RaisedFinding, finding_list
from tests.projections.builders import TOWN, Asking, WrittenLog, day


def raised(log: WrittenLog, *grounds: int, on: str = "2024-01-05", fen: int = 500) -> UUID:
    stream = log.new_id()
    events = tuple(log.rows[at - 1].event.meta.event_id for at in grounds)
    event = FindingRaised(
        UNBORN, bytes([len(log.rows)]) * 16, "paid-after-exit", "paid-after-exit@2000-01-01",
        "practice", bytes(16), "high", log.head(), events,
        (FindingFact("says", "paid_after_exit"), FindingFact("amount_fen", str(fen))),
        None, (), TOWN, fen,
    )  # fmt: skip
    log.add(event, stream, on)
    return stream


def ask(
    asking: Asking, finding: UUID | None = None, on: str = "2999-12-31", as_at: int | None = None
) -> list[RaisedFinding]:
    with asking.caught_up() as connection:
        return finding_list(connection, asking.moment(on, as_at), finding)


def test_a_finding_shows_its_turns_with_who_and_why(log: WrittenLog, asking: Asking) -> None:
    finding = raised(log, 1) if log.person() else UUID(int=0)
    log.add(FindingAssigned(UNBORN, Actor("liu"), day("2024-02-01")), finding, "2024-01-10")
    log.add(FindingConfirmed(UNBORN, "recover", 400), finding, "2024-01-20")
    (found,) = ask(asking, finding)
    assert (found.state, found.assigned_to, found.due_on) == ("confirmed", "liu", day("2024-02-01"))
    assert [(s.step, s.detail, s.amount_fen) for s in found.steps] == [
        ("assigned", "liu", 0),
        ("confirmed", "recover", 400),
    ]
    assert found.facts == {"says": "paid_after_exit", "amount_fen": "500"}
    assert found.grounds == (log.rows[0].event.meta.event_id,)


def test_what_was_said_later_is_not_known_earlier(log: WrittenLog, asking: Asking) -> None:
    log.person()
    finding = raised(log, 1)
    log.add(FindingAssigned(UNBORN, Actor("liu")), finding, "2024-01-10")
    before = log.head()
    log.add(FindingOverridden(UNBORN, "trifling", Actor("chen")), finding, "2024-01-20")
    assert [f.state for f in ask(asking)] == ["overridden"]
    assert [f.state for f in ask(asking, as_at=before)] == ["assigned"]
    assert [f.state for f in ask(asking, on="2024-01-07")] == ["raised"]
    assert ask(asking, on="2024-01-01") == []
    assert ask(asking)[0].steps[-1].by == "chen"


def test_an_annulled_ground_is_named_from_its_annulment_on(log: WrittenLog, asking: Asking) -> None:
    log.person()
    first, second = raised(log, 1), raised(log, 1)
    before = log.head()
    log.annul(1)
    annulment = log.rows[-1].event.meta.event_id
    assert [f.grounds_annulled for f in ask(asking)] == [(annulment,)] * 2
    assert [f.grounds_annulled for f in ask(asking, as_at=before)] == [()] * 2
    log.add(FindingClosed(UNBORN, "ground_annulled", log.head(), (annulment,)), first, "2024-03-01")
    assert [f.state for f in ask(asking, first) + ask(asking, second)] == ["closed", "raised"]
