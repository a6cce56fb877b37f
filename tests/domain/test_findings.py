"""A finding is looked into before it is concluded, and once it is closed it stays closed."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.events import (
    UNBORN,
    Actor,
    Event,
    FindingAssigned,
    FindingCleared,
    FindingClosed,
    FindingConfirmed,
    FindingOverridden,
    FindingRaised,
)
from domain.judging.findings import state_of
from domain.refusals import NoSuchCode, OutOfOrder, SamePersonProposed
from tests.domain.story import Story, on

FINDING = UUID(int=77)


def raised() -> Event:
    event = FindingRaised(
        UNBORN, bytes(32), "paid-after-death", "paid-after-death@2000-01-01", "practice",
        bytes(32), "high", 10, (UUID(int=5),),
    )  # fmt: skip
    return on(event, "2024-01-01", stream=FINDING)


def then(event: Event) -> Event:
    return on(event, "2024-02-01", stream=FINDING)


ASSIGNED = then(FindingAssigned(UNBORN, Actor("liu")))
CONFIRMED = then(FindingConfirmed(UNBORN, "recover", 500))
CLEARED = then(FindingCleared(UNBORN, "alive"))
OVERRIDDEN = then(FindingOverridden(UNBORN, "trifling", Actor("chen")))
CLOSED = then(FindingClosed(UNBORN, "ground_annulled", 20))


@pytest.mark.parametrize("conclusion", [CONFIRMED, CLEARED, OVERRIDDEN])
def test_a_finding_is_assigned_before_it_is_concluded(conclusion: Event) -> None:
    Story(raised()).refuses(conclusion, OutOfOrder)
    Story(raised(), ASSIGNED).allows(conclusion)


@pytest.mark.parametrize("event", [ASSIGNED, CONFIRMED, CLEARED, OVERRIDDEN, CLOSED])
def test_nothing_becomes_of_what_was_never_raised(event: Event) -> None:
    Story(on(FindingAssigned(UNBORN, Actor("x")), "2024-01-01", stream=FINDING)).refuses(
        event, OutOfOrder
    )


def test_a_finding_is_raised_once() -> None:
    Story(raised()).refuses(raised(), OutOfOrder)


def test_a_conclusion_may_be_corrected_by_a_later_one() -> None:
    story = Story(raised(), ASSIGNED, CONFIRMED)
    story.allows(CLEARED)
    story.allows(then(FindingAssigned(UNBORN, Actor("wang"))))


@pytest.mark.parametrize("end", [OVERRIDDEN, CLOSED])
def test_what_was_let_stand_or_closed_is_over(end: Event) -> None:
    story = Story(raised(), ASSIGNED, end)
    for event in (ASSIGNED, CONFIRMED, CLEARED, CLOSED):
        story.refuses(event, OutOfOrder)


def test_a_finding_closes_by_itself_whether_or_not_anybody_looked_at_it() -> None:
    Story(raised()).allows(CLOSED)
    Story(raised(), ASSIGNED, CONFIRMED).allows(CLOSED)


@pytest.mark.parametrize(
    "event",
    [
        then(FindingConfirmed(UNBORN, "shout")),
        then(FindingCleared(UNBORN, "")),
        then(FindingOverridden(UNBORN, "because", Actor("chen"))),
        then(FindingClosed(UNBORN, "tired", 20)),
    ],
)
def test_a_conclusion_takes_a_reason_that_is_known(event: Event) -> None:
    Story(raised(), ASSIGNED).refuses(event, NoSuchCode)


def test_who_looks_into_a_finding_does_not_let_it_stand_himself() -> None:
    own = then(FindingOverridden(UNBORN, "trifling", Actor("liu")))
    Story(raised(), ASSIGNED).refuses(own, SamePersonProposed)


def test_a_finding_is_where_its_last_event_left_it() -> None:
    turns = ((), (ASSIGNED,), (ASSIGNED, CONFIRMED), (ASSIGNED, CONFIRMED, CLEARED))
    states = [state_of(Story(raised(), *given).stream) for given in turns]
    assert states == ["raised", "assigned", "confirmed", "cleared"]
