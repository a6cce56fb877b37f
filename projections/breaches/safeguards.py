"""Decisions without the safeguards: nobody checked before, or one person did two people's work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Connection, select

from domain.rulebook import RuleBook
from projections.breaches.breach import Breach, Span
from projections.check_coverage import check_days
from projections.checks import investigators, visits
from projections.decisions import ENROLLED, Decision, decisions, decisions_where
from projections.household_rows import relatives
from projections.moment import Moment
from projections.tables import counts


def safeguard_breaches(
    connection: Connection, moment: Moment, span: Span, book: RuleBook
) -> Iterator[Breach]:
    """Decisions of the span."""
    d = decisions.c
    found = decisions_where(connection, moment, d.position > span.after, d.position <= span.upto)
    yield from _unchecked(connection, moment, found, book)
    yield from _one_person(connection, moment, span, found)
    yield from _relatives(connection, moment, span, found, book)


def _unchecked(
    connection: Connection, moment: Moment, found: list[Decision], book: RuleBook
) -> Iterator[Breach]:
    """No cross-check, comparison, visit or inquiry in the valid days; urgent relief excepted."""
    enrolled = [d for d in found if d.kind == ENROLLED and not d.urgent]
    if not enrolled:
        return
    days = check_days(connection, moment)
    for d in enrolled:
        valid_days = book.check_valid_days(d.decided_on)
        if not days.checked_before(d.case_id, d.decided_on, valid_days):
            yield _breach("no_check_before_enrollment", d, valid_days=valid_days)


def _relatives(
    connection: Connection,
    moment: Moment,
    span: Span,
    found: list[Decision],
    book: RuleBook,
) -> Iterator[Breach]:
    """A near relative of an official was enrolled without a visit to the home (民发〔2021〕57号
    art. 20); declared by the day of the decision, whichever of the two came into the log first."""
    r, d = relatives.c, decisions.c
    rows = select(r.case_id, r.occurred_on, r.position).where(counts(relatives, moment))
    declared: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    for case, on, position in connection.execute(rows.order_by(r.position)):
        declared[UUID(bytes=case)].append((on, position))
    if not declared:
        return
    late = [case for case, own in declared.items() if span.holds(*(at for _, at in own))]
    before = decisions_where(
        connection, moment, d.position <= span.after, d.case_id.in_([c.bytes for c in late])
    )
    for decision in (*before, *found):
        own = [at for on, at in declared.get(decision.case_id, ()) if on <= _day(decision)]
        if decision.kind != ENROLLED or not own:
            continue
        valid = book.check_valid_days(decision.decided_on)
        if not _visited_home(connection, moment, decision, valid):
            yield _breach("relative_not_visited", decision, valid_days=valid, rests_on=(own[0],))


def _day(decision: Decision) -> int:
    return decision.decided_on.toordinal()


def _visited_home(connection: Connection, moment: Moment, d: Decision, valid_days: int) -> bool:
    v = visits.c
    visit = select(v.position).where(
        counts(visits, moment),
        v.case_id == d.case_id.bytes,
        v.kind == "home",
        v.occurred_on.between(_day(d) - valid_days, _day(d)),
    )
    return connection.execute(visit.limit(1)).first() is not None


def _one_person(
    connection: Connection, moment: Moment, span: Span, found: list[Decision]
) -> Iterator[Breach]:
    approved = [d for d in found if d.approved_by]
    visited = _investigators(connection, moment, span) if approved else {}
    for d in approved:
        own = visited.get((d.case_id, d.approved_by), [])
        before = [position for on, position in own if on <= d.decided_on.toordinal()]
        if before:
            yield _breach("same_person_investigated_and_approved", d, rests_on=(before[-1],))
        if d.proposed_by == d.approved_by:
            yield _breach("same_person_proposed_and_approved", d)


def _investigators(
    connection: Connection, moment: Moment, span: Span
) -> dict[tuple[UUID, str], list[tuple[int, int]]]:
    """(case, investigator) → (day, position) of each visit, in the order of the log."""
    d, v = decisions.c, visits.c
    touched = select(d.case_id).where(d.position > span.after, d.position <= span.upto)
    rows = (
        select(v.case_id, investigators.c.code, v.occurred_on, v.position)
        .join_from(visits, investigators, investigators.c.position == v.position)
        .where(counts(visits, moment), v.case_id.in_(touched))
        .order_by(v.position, investigators.c.n)
    )
    found: dict[tuple[UUID, str], list[tuple[int, int]]] = defaultdict(list)
    for case, code, on, position in connection.execute(rows):
        found[UUID(bytes=case), code].append((on, position))
    return found


def _breach(
    rule: str, d: Decision, *, valid_days: int = 0, rests_on: tuple[int, ...] = ()
) -> Breach:
    data: dict[str, str | int] = {
        "program": d.program,
        "decision": d.kind,
        "decided_on": d.decided_on.isoformat(),
    }
    if valid_days:
        data["valid_days"] = valid_days
    persons = (d.person_id,) if d.person_id else ()
    return Breach(rule, d.position, d.event_id, d.case_id, persons, data, rests_on)
