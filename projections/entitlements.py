"""What cases are due a month, step by step, derived from the components that decisions set."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select, true

from domain.calendar import month_of
from domain.entitlement import Entitlement
from projections.coverage import CaseQuery
from projections.decisions import ADJUSTED, ENROLLED, EXITED, components, decisions
from projections.moment import Moment
from projections.tables import counts

CaseProgram = tuple[bytes, str]
"""The 16 bytes of a case's id, and a program's code."""


def entitlements(
    connection: Connection, moment: Moment, cases: CaseQuery | None = None
) -> dict[tuple[UUID, str], Entitlement]:
    """(case, program) → what is due, for every program that the cases were ever enrolled in.

    Steps stand in the order of the log, as in the case file. An enrollment without components
    is a status alone: nothing is due.
    """
    return {
        (UUID(bytes=case), program): entitlement
        for (case, program), entitlement in entitlement_rows(connection, moment, cases).items()
    }


def entitlement_rows(
    connection: Connection, moment: Moment, cases: CaseQuery | None = None
) -> dict[CaseProgram, Entitlement]:
    """As `entitlements`, by the bytes of the case: for those who go through very many."""
    amounts = _amounts(connection, moment, cases)
    d = decisions.c
    rows = (
        select(d.position, d.case_id, d.program, d.kind, d.starts_on)
        .where(_entitling(moment, cases))
        .order_by(d.position)
    )
    found: dict[CaseProgram, Entitlement] = defaultdict(Entitlement)
    months: dict[int, str] = {}
    for position, case, program, kind, starts_on in connection.execute(rows):
        month = months.get(starts_on)
        if month is None:
            month = months[starts_on] = month_of(date.fromordinal(starts_on))
        if kind == EXITED:
            found[case, program].end_from(month)
        else:
            found[case, program].set_from(month, amounts.get(position, {}))
    return dict(found)


def _entitling(moment: Moment, cases: CaseQuery | None) -> Any:
    return (
        counts(decisions, moment)
        & decisions.c.kind.in_((ENROLLED, ADJUSTED, EXITED))
        & (true() if cases is None else decisions.c.case_id.in_(cases))
    )


def _amounts(
    connection: Connection, moment: Moment, cases: CaseQuery | None
) -> dict[int, dict[str, int]]:
    """Position → component → fen a month; supplements of several persons add up."""
    rows: Select[Any] = (
        select(components.c.position, components.c.component, components.c.amount_fen)
        .join(decisions, decisions.c.position == components.c.position)
        .where(_entitling(moment, cases))
        .order_by(components.c.position, components.c.n)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for position, component, fen in connection.execute(rows):
        own = found[position]
        own[component] = own.get(component, 0) + fen
    return found
