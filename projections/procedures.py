"""How far each application came, and what is still open on a day: papers, objections, warnings, appeals.

application → papers → investigation → appraisal → notice → objection → opinion → decision →
publication and delivery → appeal, each with its date.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select, true

from projections import procedure_rows as p
from projections.checks import comparisons, cross_checks, visits
from projections.decided import decided
from projections.decisions import (
    ENROLLED,
    Decision,
    applications,
)
from projections.moment import Moment
from projections.open_matters import OpenMatter, missing_papers, open_recalls, open_steps
from projections.tables import as_date, counts
from projections.towns import Towns

CaseQuery = Select[Any]
OPEN = ("received", "waiting_for_papers", "investigating", "on_notice", "objected", "with_county")
"""States of an application that nobody has decided yet, in the order of the procedure."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """One application and its steps; None for a step that has not been taken by the day."""

    case_id: UUID
    application_id: UUID
    program: str
    town: str
    state: str
    """granted, refused, withdrawn, or one of `OPEN`."""
    urgent: bool
    received_on: date
    accepted_on: date | None
    authorized_on: date | None
    """The cross-check of the household's means was authorized."""
    papers_asked_on: date | None
    papers_due_on: date | None
    papers_supplied_on: date | None
    papers_missing: tuple[str, ...]
    checked_on: date | None
    """The last cross-check or comparison before the decision."""
    visited_on: date | None
    appraised_on: date | None
    notice_on: date | None
    notice_until: date | None
    objections: int
    objections_open: int
    opinion_on: date | None
    opinion: str
    decided_on: date | None
    decision_event_id: UUID | None
    published_on: date | None
    delivered_on: date | None
    appeals: int
    ended_on: date | None
    """Decided or withdrawn."""
    age_days: int
    """From the application until it ended, else until the day."""
    position: int


@dataclass(frozen=True, slots=True)
class Procedures:
    """Applications by the day on which they were received; open matters, the oldest first."""

    as_of: date
    as_at: int
    states: dict[str, int]
    open_matters: dict[str, int]
    overdue: int
    rows: tuple[Procedure, ...]
    matters: tuple[OpenMatter, ...]


def procedures(
    connection: Connection,
    moment: Moment,
    cases: CaseQuery | None = None,
    *,
    open_only: bool = False,
) -> Procedures:
    """Every application of these cases (all by default), and everything that is open."""
    found = _Found(connection, moment, cases)
    rows = [found.procedure(a) for a in found.received]
    matters = [*found.matters(), *open_recalls(connection, moment, cases)]
    matters.sort(key=lambda m: (m.since, m.position))
    states = Counter(r.state for r in rows)
    wanted = [r for r in rows if r.state in OPEN] if open_only else rows
    wanted.sort(key=lambda r: (r.received_on, r.position))
    return Procedures(
        as_of=moment.as_of,
        as_at=moment.as_at,
        states=dict(sorted(states.items())),
        open_matters=dict(sorted(Counter(m.kind for m in matters).items())),
        overdue=sum(m.overdue for m in matters),
        rows=tuple(wanted),
        matters=tuple(matters),
    )


class _Found:
    """The facts of the question, by case and by what they are about."""

    def __init__(self, connection: Connection, moment: Moment, cases: CaseQuery | None) -> None:
        self._moment = moment
        self._towns = Towns(connection, moment, cases)
        self.received: list[Any] = []
        self._accepted: dict[bytes, int] = {}
        a = applications
        for r in connection.execute(_rows(a, moment, cases)):
            if r.kind == "received":
                self.received.append(r)
            else:
                self._accepted.setdefault(r.application_id, r.occurred_on)
        self._of_case: dict[tuple[bytes, str], list[Any]] = defaultdict(list)
        self._about: dict[tuple[bytes, str], list[Any]] = defaultdict(list)
        for r in connection.execute(_rows(p.steps, moment, cases)):
            self._of_case[r.case_id, r.step].append(r)
            if r.about_id is not None:
                self._about[r.about_id, r.step].append(r)
        self._contested = _contested(connection, moment)
        self._checked = _days(connection, moment, cases, cross_checks, comparisons)
        self._visited = _days(connection, moment, cases, visits)
        self._decided = decided(connection, moment, cases, self.received)

    def procedure(self, a: Any) -> Procedure:
        """One application, as far as it came."""
        key, case = a.application_id, a.case_id
        decision = self._decided.get(a.position)
        withdrawn = _first(self._about.get((key, p.WITHDRAWN)))
        last = _ended(decision, withdrawn)
        until = last.toordinal() if last else self._moment.as_of.toordinal()
        asked, missing = _first(self._about.get((key, p.ASKED))), missing_papers(self._about, key)
        notice = self._last(case, p.NOTICE, a, until)
        objections = self._within(case, p.OBJECTED, a, until)
        unresolved = [o for o in objections if not self._about.get((o.about_id, p.RESOLVED))]
        opinion = _first(self._about.get((key, p.OPINION)))
        event = decision.event_id.bytes if decision else b""
        return Procedure(
            case_id=UUID(bytes=case),
            application_id=UUID(bytes=key),
            program=a.program,
            town=self._towns.on(case, until),
            state=self._state(a, decision, withdrawn, missing, notice, unresolved, opinion),
            urgent=a.urgent,
            received_on=date.fromordinal(a.occurred_on),
            accepted_on=as_date(self._accepted.get(key)),
            authorized_on=_on(_first(self._about.get((key, p.AUTHORIZED)))),
            papers_asked_on=_on(asked),
            papers_due_on=as_date(asked.due_on) if asked else None,
            papers_supplied_on=_on(_last(self._about.get((key, p.SUPPLIED)))),
            papers_missing=missing,
            checked_on=_last_day(self._checked.get(case, ()), a.occurred_on, until),
            visited_on=_last_day(self._visited.get(case, ()), a.occurred_on, until),
            appraised_on=_on(self._last(case, p.APPRAISED, a, until)),
            notice_on=_on(notice),
            notice_until=as_date(notice.due_on) if notice else None,
            objections=len(objections),
            objections_open=len(unresolved),
            opinion_on=_on(opinion),
            opinion=opinion.detail if opinion else "",
            decided_on=decision.decided_on if decision else None,
            decision_event_id=decision.event_id if decision else None,
            published_on=_on(_first(self._about.get((event, p.PUBLISHED)))),
            delivered_on=_on(_first(self._about.get((event, p.DELIVERED)))),
            appeals=len(self._contested.get(event, ())),
            ended_on=last,
            age_days=until - a.occurred_on,
            position=a.position,
        )

    def _state(
        self,
        a: Any,
        decision: Decision | None,
        withdrawn: Any,
        missing: tuple[str, ...],
        notice: Any,
        unresolved: list[Any],
        opinion: Any,
    ) -> str:
        today = self._moment.as_of.toordinal()
        if decision is not None:
            return "granted" if decision.kind == ENROLLED else "refused"
        if withdrawn is not None:
            return "withdrawn"
        if unresolved:
            return "objected"
        if notice is not None and today < notice.due_on:
            return "on_notice"
        if opinion is not None:
            return "with_county"
        if missing:
            return "waiting_for_papers"
        return "investigating" if a.application_id in self._accepted else "received"

    def _within(self, case: bytes, step: str, a: Any, until: int) -> list[Any]:
        """Steps of the case about this program, between the application and its end."""
        return [
            r
            for r in self._of_case.get((case, step), ())
            if r.program == a.program and a.occurred_on <= r.occurred_on <= until
        ]

    def _last(self, case: bytes, step: str, a: Any, until: int) -> Any:
        return _last(self._within(case, step, a, until))

    def matters(self) -> Iterator[OpenMatter]:
        """Steps that no later one answers."""
        decided = [a.application_id for a in self.received if a.position in self._decided]
        return open_steps(self._about, decided, self._moment)


def _rows(table: Any, moment: Moment, cases: CaseQuery | None) -> Select[Any]:
    wanted = true() if cases is None else table.c.case_id.in_(cases)
    return select(table).where(counts(table, moment), wanted).order_by(table.c.position)


def _contested(connection: Connection, moment: Moment) -> dict[bytes, list[bytes]]:
    """Decision → the appeals that contest it."""
    c, s = p.contested.c, p.steps.c
    rows = (
        select(c.decision_event_id, c.appeal_id)
        .join_from(p.contested, p.steps, s.position == c.position)
        .where(counts(p.steps, moment))
    )
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for decision, appeal in connection.execute(rows):
        found[decision].append(appeal)
    return found


def _days(
    connection: Connection, moment: Moment, cases: CaseQuery | None, *tables: Any
) -> dict[bytes, list[int]]:
    """Case → the days of what stands in its file, in order."""
    found: dict[bytes, list[int]] = defaultdict(list)
    for table in tables:
        case = table.c.case_id if "case_id" in table.c else table.c.stream_id
        wanted = true() if cases is None else case.in_(cases)
        rows = select(case, table.c.occurred_on).where(counts(table, moment), wanted)
        for stream, on in connection.execute(rows):
            found[stream].append(on)
    return {case: sorted(days) for case, days in found.items()}


def _ended(decision: Decision | None, withdrawn: Any) -> date | None:
    return decision.decided_on if decision else _on(withdrawn)


def _first(rows: list[Any] | None) -> Any:
    return rows[0] if rows else None


def _last(rows: list[Any] | None) -> Any:
    return rows[-1] if rows else None


def _on(row: Any) -> date | None:
    return date.fromordinal(row.occurred_on) if row is not None else None


def _last_day(days: Iterable[int], first: int, last: int) -> date | None:
    own = [on for on in days if first <= on <= last]
    return date.fromordinal(own[-1]) if own else None
