"""Relief reduced, suspended or ended although nobody had heard the household (社会救助法 art. 48)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Connection, select

from domain.rulebook import RuleBook
from projections.breaches.breach import Breach, Span
from projections.decisions import (
    ADJUSTED,
    EXITED,
    SUSPENDED,
    Decision,
    decisions,
    decisions_where,
)
from projections.entitlements import reductions
from projections.moment import Moment
from projections.procedure_rows import HEARD, steps
from projections.tables import counts

ASKED_FOR = ("death", "voluntary")
"""Ends that the household asked for, or that nobody is left to be heard about."""


def hearing_breaches(
    connection: Connection, moment: Moment, span: Span, book: RuleBook
) -> Iterator[Breach]:
    """Decisions of the span against a household that was not heard on its program before."""
    d = decisions.c
    found = [
        decision
        for decision in decisions_where(
            connection,
            moment,
            d.position > span.after,
            d.position <= span.upto,
            d.kind.in_((ADJUSTED, SUSPENDED, EXITED)),
        )
        if book.hearing_needed(decision.decided_on) and decision.reason not in _lawful(decision)
    ]
    if not found:
        return
    cases = select(d.case_id).where(d.position > span.after, d.position <= span.upto)
    lowered = reductions(connection, moment, cases)
    heard = _heard(connection, moment)
    for decision in found:
        if decision.kind == ADJUSTED and decision.position not in lowered:
            continue
        days = heard.get((decision.case_id, decision.program), ())
        last, valid = decision.decided_on.toordinal(), book.check_valid_days(decision.decided_on)
        if not any(last - valid <= on <= last for on in days):
            yield _breach(decision)


def _lawful(decision: Decision) -> tuple[str, ...]:
    return ASKED_FOR if decision.kind == EXITED else ()


def _heard(connection: Connection, moment: Moment) -> dict[tuple[UUID, str], list[int]]:
    """(case, program) → the days on which the household was heard."""
    rows = select(steps.c.case_id, steps.c.program, steps.c.occurred_on).where(
        counts(steps, moment), steps.c.step == HEARD
    )
    found: dict[tuple[UUID, str], list[int]] = defaultdict(list)
    for case, program, on in connection.execute(rows):
        found[UUID(bytes=case), program].append(on)
    return found


def _breach(d: Decision) -> Breach:
    data: dict[str, str | int] = {
        "program": d.program,
        "decision": d.kind,
        "decided_on": d.decided_on.isoformat(),
    }
    return Breach("not_heard", d.position, d.event_id, d.case_id, (), data)
