"""What cases are due a month, step by step, derived from the components that decisions set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select, true

from domain.calendar import month_of
from domain.entitlement import Ending, Entitlement
from projections.coverage import CaseQuery
from projections.decisions import (
    ADJUSTED,
    EXITED,
    EXTENDED,
    FADING,
    HANDED,
    OPENING,
    RESUMED,
    SUSPENDED,
    SWITCHED,
    components,
    decisions,
)
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


def reductions(
    connection: Connection, moment: Moment, cases: CaseQuery
) -> dict[int, tuple[int, int]]:
    """Position of an adjustment → fen a month before and after it, where it takes some away.

    Before: by what the log had said of the case until then, as the case file judges it.
    """
    found: dict[int, tuple[int, int]] = {}

    def adjusted(position: int, month: str, before: Entitlement, after: dict[str, int]) -> None:
        fen = sum(before.due(month).values()), sum(after.values())
        if fen[1] < fen[0]:
            found[position] = fen

    entitlement_rows(connection, moment, cases, adjusted)
    return found


Adjusted = Callable[[int, str, Entitlement, dict[str, int]], None]
"""Position, first month, what is due so far, and what will be."""


def entitlement_rows(
    connection: Connection,
    moment: Moment,
    cases: CaseQuery | None = None,
    adjusted: Adjusted | None = None,
) -> dict[CaseProgram, Entitlement]:
    """As `entitlements`, by the bytes of the case: for those who go through very many.

    `adjusted` is told of every adjustment before it counts.
    """
    amounts, ending = _amounts(connection, moment, cases)
    d = decisions.c
    rows = (
        select(d.position, d.case_id, d.program, d.kind, d.starts_on, d.from_program, d.until)
        .where(_entitling(moment, cases))
        .order_by(d.position)
    )
    found: dict[CaseProgram, Entitlement] = defaultdict(Entitlement)
    months: dict[int, str] = {}
    for r in connection.execute(rows):
        month = months.get(r.starts_on)
        if month is None:
            month = months[r.starts_on] = month_of(date.fromordinal(r.starts_on))
        if r.kind == SWITCHED:
            left = found[r.case_id, r.from_program]
            _leave(left, month, amounts.get((r.position, True)), ending.get((r.position, True), ()))
        until = date.fromordinal(r.until) if r.until else None
        own = found[r.case_id, r.program]
        key = (r.position, False)
        if r.kind in OPENING:
            own.open_from(month, amounts.get(key, {}), until, ending.get(key, ()))
        elif r.kind == ADJUSTED:
            if adjusted is not None:
                adjusted(r.position, month, own, amounts.get(key, {}))
            own.set_from(month, amounts.get(key, {}), ending.get(key, ()))
        elif r.kind == HANDED:
            _leave(own, month, amounts.get((r.position, True)), ending.get((r.position, True), ()))
        else:
            _bounded(own, r.kind, month, until)
    return dict(found)


def _leave(
    own: Entitlement, month: str, remaining: dict[str, int] | None, ending: Sequence[Ending]
) -> None:
    if remaining:
        own.set_from(month, remaining, ending)
    else:
        own.end_from(month)


def _bounded(own: Entitlement, kind: str, month: str, until: date | None) -> None:
    if kind == SUSPENDED:
        own.suspend_from(month)
    elif kind == RESUMED:
        own.resume_from(month)
    elif kind == EXITED:
        own.end_from(month)
    else:
        own.fix_end(month, until)


_ENTITLING = (*OPENING, ADJUSTED, HANDED, SUSPENDED, RESUMED, FADING, EXTENDED, EXITED)


def _entitling(moment: Moment, cases: CaseQuery | None) -> Any:
    return (
        counts(decisions, moment)
        & decisions.c.kind.in_(_ENTITLING)
        & (true() if cases is None else decisions.c.case_id.in_(cases))
    )


_Set = tuple[int, bool]
"""Position of a decision, and whether it is what remains of those who leave."""


def _amounts(
    connection: Connection, moment: Moment, cases: CaseQuery | None
) -> tuple[dict[_Set, dict[str, int]], dict[_Set, list[Ending]]]:
    """Component → fen a month; supplements of several persons add up. And what of it ends."""
    rows: Select[Any] = (
        select(
            components.c.position,
            components.c.remaining,
            components.c.component,
            components.c.amount_fen,
            components.c.last_month,
        )
        .join(decisions, decisions.c.position == components.c.position)
        .where(_entitling(moment, cases))
        .order_by(components.c.position, components.c.n)
    )
    found: dict[_Set, dict[str, int]] = defaultdict(dict)
    ending: dict[_Set, list[Ending]] = defaultdict(list)
    for position, remaining, component, fen, last_month in connection.execute(rows):
        key = (position, bool(remaining))
        own = found[key]
        own[component] = own.get(component, 0) + fen
        if last_month is not None:
            ending[key].append((last_month, component, fen))
    return found, ending
