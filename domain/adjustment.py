"""Applies a new standard to one case: the new entitlement by the case's own method, or why not.

Pure, over facts that are read in bulk: 50,000 cases are not replayed. What it plans, the judge
of single decisions would allow; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from domain.calendar import first_day, month_of
from domain.case_facts import ending, summed
from domain.entitlement import Entitlement
from domain.events import Component
from domain.standards import BY_STANDARD, FIXED, PER_PERSON, amount_by

METHOD_UNKNOWN: Final = "method_unknown"
INCOME_UNKNOWN: Final = "income_unknown"
PERSONS_CHANGED: Final = "persons_changed"
AMOUNT_DIFFERS: Final = "amount_differs"
NOTHING_LEFT: Final = "nothing_left"
NOT_DUE: Final = "not_due_throughout"

ADJUSTED, ALREADY, UNAFFECTED, CANNOT = "adjusted", "already", "unaffected", "cannot"


@dataclass(frozen=True)
class Tariff:
    """The standards of one program that share a version, and all that went before them."""

    program: str
    version: str
    amounts: Mapping[tuple[str, str, str], int]
    """(component, grade, area) → fen a person and month; area empty: the whole county."""
    known: Mapping[tuple[str, str, str, str], int]
    """(version, component, grade, area) → fen, of every version known."""
    later: frozenset[str] = frozenset()
    """Versions that superseded it: what rests on them already is left as it is."""

    def amount(self, component: str, grade: str, town: str) -> int | None:
        """What the version sets for a household of the town; its own area's before the county's."""
        own = self.amounts.get((component, grade, town))
        return own if own is not None else self.amounts.get((component, grade, ""))

    def former(self, component: Component, town: str) -> int | None:
        """What the standard said on which the component rests; None where it is not known."""
        named = (component.standard, component.code, component.grade)
        own = self.known.get((*named, town))
        return own if own is not None else self.known.get((*named, ""))


@dataclass
class Standing:
    """One case in the program on the day of the decision."""

    town: str
    covered: frozenset[UUID]
    """Who is covered on the day, under every registration; the dead left out."""
    persons: int
    """How many they are."""
    since: date
    """From when the run is payable that is open on the day."""
    sets: Sequence[tuple[str, tuple[Component, ...] | None]]
    """(from month, entitlement; None: nothing), in the order of the log."""
    entitlement: Entitlement


@dataclass
class Outcome:
    """What becomes of one case."""

    state: str
    problem: str = ""
    component: str = ""
    """The component at which it stopped."""
    steps: list[tuple[date, tuple[Component, ...]]] = field(default_factory=list)
    """From each day the whole new entitlement, in the order of time."""
    before_fen: int = 0
    after_fen: int = 0
    """A month, as of the last step."""


class _Stopped(Exception):
    def __init__(self, problem: str, component: str = "") -> None:
        self.problem, self.component = problem, component


def readjust(standing: Standing, tariff: Tariff, first: str) -> Outcome:
    """The case under the new standard from the month `first` on.

    Where decisions since that month changed the entitlement, each of them is applied anew: the
    income and persons of each stretch are those of its own decision.
    """
    try:
        return _readjusted(standing, tariff, first)
    except _Stopped as e:
        return Outcome(CANNOT, e.problem, e.component)


def _readjusted(standing: Standing, tariff: Tariff, first: str) -> Outcome:
    start = max(first, month_of(standing.since))
    months = sorted({start, *(month for month, _ in standing.sets if month > start)})
    stretches = [(month, _governing(standing.sets, month)) for month in months]
    renewed = [
        (month, old, tuple(_renewed(old, standing, tariff, month, last=month == months[-1])))
        for month, old in stretches
    ]
    if not any(tariff.amount(c.code, c.grade, standing.town) for _, old in stretches for c in old):
        return Outcome(UNAFFECTED)
    changed = next((n for n, (_, old, new) in enumerate(renewed) if new != old), None)
    if changed is None:
        return Outcome(ALREADY)
    # What is set from a month on overrides all that was set for later ones: those are set again.
    steps = [(max(first_day(month), standing.since), new) for month, _, new in renewed[changed:]]
    _, old, new = renewed[-1]
    return Outcome(ADJUSTED, steps=steps, before_fen=_total(old), after_fen=_total(new))


def _governing(
    sets: Sequence[tuple[str, tuple[Component, ...] | None]], month: str
) -> tuple[Component, ...]:
    found: tuple[Component, ...] | None = None
    for start, components in sets:
        if start <= month:
            found = components
    if not found:
        raise _Stopped(NOT_DUE)
    return tuple(c for c in found if c.last_month is None or c.last_month >= month)


def _renewed(
    components: Sequence[Component], standing: Standing, tariff: Tariff, month: str, *, last: bool
) -> Iterator[Component]:
    for c in components:
        fen = tariff.amount(c.code, c.grade, standing.town)
        settled = c.standard == tariff.version or c.standard in tariff.later
        untouched = fen is None or c.method == FIXED or settled
        yield c if untouched or fen is None else _by(c, fen, standing, tariff, last=last)


def _by(c: Component, fen: int, standing: Standing, tariff: Tariff, *, last: bool) -> Component:
    if c.method not in BY_STANDARD:
        raise _Stopped(METHOD_UNKNOWN, c.code)
    persons = _persons(c, standing, last=last)
    former = tariff.former(c, standing.town)
    if former is not None:
        reckoned = amount_by(c.method, former, persons, c.income_per_head_fen)
        if reckoned is not None and reckoned != c.amount_fen:
            raise _Stopped(AMOUNT_DIFFERS, c.code)
    amount = amount_by(c.method, fen, persons, c.income_per_head_fen)
    if amount is None:
        raise _Stopped(INCOME_UNKNOWN, c.code)
    if amount <= 0:
        raise _Stopped(NOTHING_LEFT, c.code)
    return Component(
        c.code,
        amount,
        c.method,
        c.person_id,
        tariff.version,
        c.grade,
        persons,
        c.income_per_head_fen,
        c.last_month,
    )


def _persons(c: Component, standing: Standing, *, last: bool) -> int:
    """For how many it is reckoned. Of the stretch that holds now, they must be those covered now:
    whoever died or left takes a decision of its own, not a new standard."""
    if c.method == PER_PERSON:
        if last and c.person_id not in standing.covered:
            raise _Stopped(PERSONS_CHANGED, c.code)
        return 1
    inside = standing.persons
    if c.persons is None and not last:
        raise _Stopped(PERSONS_CHANGED, c.code)
    if last and c.persons not in (None, inside):
        raise _Stopped(PERSONS_CHANGED, c.code)
    return inside if c.persons is None else c.persons


def _total(components: Sequence[Component]) -> int:
    return sum(c.amount_fen for c in components)


def entitlement_after(before: Entitlement, outcome: Outcome) -> Entitlement:
    """The entitlement once the outcome's steps are decided."""
    after = Entitlement(list(before.steps))
    for effective, components in outcome.steps:
        after.set_from(month_of(effective), summed(components), ending(components))
    return after
