"""What the events of a case say about coverage and entitlement, in the terms of the reckonings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Final
from uuid import UUID

from domain.calendar import month_of
from domain.coverage import (
    COVER,
    END,
    EXPIRED,
    FADED_OUT,
    HANDED_OVER,
    START,
    SWITCHED,
    UNCOVER,
    UNTIL,
    CoverageFact,
)
from domain.entitlement import Ending, Entitlement
from domain.events import (
    CarriedOver,
    Component,
    Enrolled,
    EntitlementAdjusted,
    Event,
    Exited,
    Extended,
    FadeOutStarted,
    HandedOver,
    MemberCovered,
    MemberUncovered,
    Reinstated,
    Resumed,
    Suspended,
    Switched,
)

ENTITLEMENT_EVENTS: Final[tuple[type[Event], ...]] = (
    Enrolled,
    EntitlementAdjusted,
    Reinstated,
    CarriedOver,
    HandedOver,
    Switched,
    Suspended,
    Resumed,
    FadeOutStarted,
    Extended,
    Exited,
)
"""What changes a monthly entitlement."""


def starts_on(event: Event) -> date:
    """From when the new state holds: the effective date, else the day it happened."""
    return event.meta.effective_from or event.meta.occurred_on


def summed(components: Iterable[Component]) -> dict[str, int]:
    """Component → fen a month; supplements of several persons add up."""
    total: dict[str, int] = defaultdict(int)
    for c in components:
        total[c.code] += c.amount_fen
    return dict(total)


def ending(components: Iterable[Component]) -> list[Ending]:
    """What of the components is due up to a last month only."""
    return [(c.last_month, c.code, c.amount_fen) for c in components if c.last_month]


def coverage_facts(case_id: UUID, events: Iterable[Event]) -> Iterator[CoverageFact]:
    """The facts of coverage in a case's events; the position is the version in the stream.

    A status runs from the day of its decision. What is handed on, carried over, reinstated or
    extended runs from its effective date: it goes on, it does not begin.
    """
    for event in events:
        read = _FACTS.get(type(event))
        if read is not None:
            yield from read(event, case_id)


def _opened(event: Enrolled, case: UUID) -> Iterator[CoverageFact]:
    on, at = event.meta.occurred_on, event.meta.stream_version
    town, until = event.town, event.until
    yield CoverageFact(START, case, event.program, on, at, event.covered, "", town, until)


def _reopened(event: Reinstated | CarriedOver, case: UUID) -> Iterator[CoverageFact]:
    on, at = starts_on(event), event.meta.stream_version
    town, until = event.town, event.until
    yield CoverageFact(START, case, event.program, on, at, event.covered, "", town, until)


def _switched(event: Switched, case: UUID) -> Iterator[CoverageFact]:
    on, at, who = event.meta.occurred_on, event.meta.stream_version, event.covered
    yield CoverageFact(UNCOVER, case, event.from_program, on, at, who, SWITCHED, hands_over=True)
    yield CoverageFact(START, case, event.program, on, at, who, until=event.until)


def _handed_over(event: HandedOver, case: UUID) -> Iterator[CoverageFact]:
    on, at, who = starts_on(event), event.meta.stream_version, event.covered
    yield CoverageFact(UNCOVER, case, event.program, on, at, who, HANDED_OVER, hands_over=True)


def _one(event: MemberCovered | MemberUncovered, case: UUID) -> Iterator[CoverageFact]:
    on, at, who = event.meta.occurred_on, event.meta.stream_version, (event.person_id,)
    kind = COVER if isinstance(event, MemberCovered) else UNCOVER
    yield CoverageFact(kind, case, event.program, on, at, who, event.reason)


def _fading(event: FadeOutStarted, case: UUID) -> Iterator[CoverageFact]:
    on, at = event.meta.occurred_on, event.meta.stream_version
    yield CoverageFact(UNTIL, case, event.program, on, at, (), FADED_OUT, until=event.until)


def _extended(event: Extended, case: UUID) -> Iterator[CoverageFact]:
    on, at = starts_on(event), event.meta.stream_version
    yield CoverageFact(UNTIL, case, event.program, on, at, (), EXPIRED, until=event.until)


def _ended(event: Exited, case: UUID) -> Iterator[CoverageFact]:
    on, at = event.meta.occurred_on, event.meta.stream_version
    yield CoverageFact(END, case, event.program, on, at, (), event.reason)


_FACTS: Final[dict[type[Event], Callable[[Any, UUID], Iterator[CoverageFact]]]] = {
    Enrolled: _opened,
    Reinstated: _reopened,
    CarriedOver: _reopened,
    Switched: _switched,
    HandedOver: _handed_over,
    MemberCovered: _one,
    MemberUncovered: _one,
    FadeOutStarted: _fading,
    Extended: _extended,
    Exited: _ended,
}
COVERAGE_EVENTS: Final = tuple(_FACTS)
"""What begins, ends or bounds somebody's coverage."""


def entitle(due: Entitlement, event: Event, program: str) -> None:
    """Adds what the event says about the entitlement under the program, if anything."""
    month = month_of(starts_on(event))
    if isinstance(event, Switched) and event.from_program == program:
        _leave(due, month, event.remaining)
    if getattr(event, "program", None) != program:
        return
    if isinstance(event, (Enrolled, Reinstated, CarriedOver, Switched)):
        due.open_from(month, summed(event.components), event.until, ending(event.components))
    elif isinstance(event, EntitlementAdjusted):
        due.set_from(month, summed(event.components), ending(event.components))
    elif isinstance(event, HandedOver):
        _leave(due, month, event.remaining)
    elif isinstance(event, Suspended):
        due.suspend_from(month)
    elif isinstance(event, Resumed):
        due.resume_from(month)
    elif isinstance(event, (FadeOutStarted, Extended)):
        due.fix_end(month, event.until)
    elif isinstance(event, Exited):
        due.end_from(month)


def _leave(due: Entitlement, month: str, remaining: tuple[Component, ...]) -> None:
    if remaining:
        due.set_from(month, summed(remaining), ending(remaining))
    else:
        due.end_from(month)
