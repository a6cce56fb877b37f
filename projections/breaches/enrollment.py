"""Decisions that do not follow from those before them: in twice, out while not in, or too early."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select

from projections.breaches.breach import Breach, Span
from projections.coverage import CaseQuery, covered_persons
from projections.decisions import (
    CARRIED,
    COVERED,
    ENROLLED,
    EXITED,
    EXTENDED,
    FADING,
    HANDED,
    OPENING,
    REFUSED,
    SWITCHED,
    UNCOVERED,
    Decision,
    applications,
    decisions,
    decisions_where,
)
from projections.moment import Moment
from projections.tables import counts

TWICE, NOT_IN, TOO_EARLY = "enrolled_twice", "exit_not_in", "effective_before_basis"


@dataclass(slots=True)
class _Open:
    """Where a program of a case stands as its decisions are gone through by date."""

    enrolled: Decision | None = None
    persons: set[UUID] = field(default_factory=set)
    until: date | None = None


def enrollment_breaches(connection: Connection, moment: Moment, span: Span) -> Iterator[Breach]:
    """Decisions by date, the order of the log on one day, as the case file goes through them. A
    breach is of the span where the decision, or the one that it rests on, is."""
    d, touched = decisions.c, _touched(span)
    found = decisions_where(connection, moment, d.case_id.in_(touched), d.kind != REFUSED)
    persons = covered_persons(connection, moment, touched)
    programs: dict[tuple[UUID, str], list[Decision]] = defaultdict(list)
    for decision in found:
        programs[decision.case_id, decision.program].append(decision)
        if decision.kind == SWITCHED:
            programs[decision.case_id, decision.from_program].append(decision)
    for (_, program), own in programs.items():
        own.sort(key=lambda d: (d.decided_on, d.position))
        for breach in _of_program(program, own, persons):
            if span.holds(breach.position, *breach.rests_on):
                yield breach
    yield from _before_application(connection, moment, span, found)


def _of_program(
    program: str, own: list[Decision], persons: dict[int, list[UUID]]
) -> Iterator[Breach]:
    now = _Open()
    for d in own:
        if now.until is not None and _ran_out(now.until, d):
            now = _Open()
        if d.kind in OPENING and d.program == program:
            if now.enrolled is not None:
                if d.kind in (CARRIED, SWITCHED):
                    now.persons.update(persons.get(d.position, ()))
                    continue
                yield _breach(TWICE, d, now.enrolled)
            else:
                now = _Open(d, until=d.until)
            now.persons.update(persons.get(d.position, ()))
        elif now.enrolled is None:
            yield _breach(NOT_IN, d)
        else:
            yield from _of_open(d, now, now.enrolled)
            now.until = d.until or now.until
            if d.kind in (HANDED, SWITCHED):
                now.persons.difference_update(persons.get(d.position, ()))
            if d.kind == EXITED or (d.kind in (HANDED, SWITCHED) and not now.persons):
                now = _Open()


def _ran_out(until: date, d: Decision) -> bool:
    """As in the case file: what is decided for the very last day may still move it."""
    return until < d.decided_on or (until == d.decided_on and d.kind not in (FADING, EXTENDED))


def _of_open(d: Decision, now: _Open, enrolled: Decision) -> Iterator[Breach]:
    if d.starts_on < min(enrolled.starts_on, enrolled.decided_on):
        yield _breach(TOO_EARLY, d, enrolled)
    if d.person_id is None:
        return
    if d.kind == COVERED:
        if d.person_id in now.persons:
            yield _breach(TWICE, d, enrolled)
        now.persons.add(d.person_id)
    elif d.kind == UNCOVERED:
        if d.person_id not in now.persons:
            yield _breach(NOT_IN, d)
        now.persons.discard(d.person_id)


def _before_application(
    connection: Connection, moment: Moment, span: Span, found: list[Decision]
) -> Iterator[Breach]:
    """An enrollment that takes effect before its household applied for it."""
    enrolled = [d for d in found if d.kind == ENROLLED and span.holds(d.position)]
    applied = _applications(connection, moment, span) if enrolled else {}
    for d in enrolled:
        basis = None
        for application in applied.get(d.case_id, ()):
            if application.is_of(d):
                basis = application
        if basis is not None and d.starts_on < basis.on:
            data = _dates(d, basis.on)
            yield Breach(TOO_EARLY, d.position, d.event_id, d.case_id, (), data, (basis.position,))


@dataclass(frozen=True, slots=True)
class _Application:
    application_id: UUID
    program: str
    on: date
    position: int

    def is_of(self, d: Decision) -> bool:
        """True where the decision names it; where it names none, by program and not after it."""
        if self.program != d.program:
            return False
        if d.application_id is not None:
            return d.application_id == self.application_id
        return self.on <= d.decided_on


def _applications(
    connection: Connection, moment: Moment, span: Span
) -> dict[UUID, list[_Application]]:
    a = applications.c
    rows = select(a.case_id, a.application_id, a.program, a.occurred_on, a.position).where(
        counts(applications, moment), a.kind == "received", a.case_id.in_(_touched(span))
    )
    found: dict[UUID, list[_Application]] = defaultdict(list)
    for case, application, program, on, position in connection.execute(rows.order_by(a.position)):
        found[UUID(bytes=case)].append(
            _Application(UUID(bytes=application), program, date.fromordinal(on), position)
        )
    return found


def _touched(span: Span) -> CaseQuery:
    d = decisions.c
    return select(d.case_id).where(d.position > span.after, d.position <= span.upto)


def _breach(rule: str, d: Decision, before: Decision | None = None) -> Breach:
    basis = min(before.starts_on, before.decided_on) if before else d.decided_on
    return Breach(
        rule,
        d.position,
        d.event_id,
        d.case_id,
        (d.person_id,) if d.person_id else (),
        _dates(d, basis),
        (before.position,) if before else (),
    )


def _dates(d: Decision, basis: date) -> dict[str, str | int]:
    return {
        "program": d.program,
        "decision": d.kind,
        "decided_on": d.decided_on.isoformat(),
        "effective_from": d.starts_on.isoformat(),
        "basis_on": basis.isoformat(),
    }
