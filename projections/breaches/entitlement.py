"""Lines that pay beyond what the case is due: too much, after its exit, or without any entitlement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from domain.entitlement import MINUS_KINDS, OUTSIDE_KINDS, Entitlement, Excess, Part, excesses
from projections.breaches.breach import Breach, Span
from projections.breaches.screen import suspicious, touched_cases
from projections.entitlements import CaseProgram, entitlement_rows
from projections.line_states import fallen_lines
from projections.moment import Moment
from projections.payments import lines, parts
from projections.tables import chunks, counts, each

OVER, AFTER_EXIT, NOT_ENTITLED = "over_entitlement", "paid_after_exit", "not_entitled"
WHILE_SUSPENDED = "paid_while_suspended"
_NOTHING_DUE = Entitlement()
_Paid = tuple[Part, int]
"""A part of a standing line, and the position of the line."""


@dataclass(frozen=True, slots=True)
class _Found:
    rule: str
    position: int
    program: str
    excess: Excess | None = None


def entitlement_breaches(connection: Connection, moment: Moment, span: Span) -> Iterator[Breach]:
    """Every component and month that goes beyond what is due and to which a line of the span adds:
    without that line, the excess would be smaller. It is laid to the last such line."""
    due = entitlement_rows(connection, moment, touched_cases(span))
    suspects = {
        key: due.get(key, _NOTHING_DUE) for key in suspicious(connection, moment, span, due)
    }
    found: list[_Found] = []
    for key, paid in _paid(connection, moment, suspects).items():
        entitlement = suspects[key]
        if entitlement.start is None:
            found += _without_any(paid, key[1], span)
        else:
            found += _beyond(paid, key[1], entitlement, span)
    yield from _breaches(connection, found)


def _paid(
    connection: Connection, moment: Moment, suspects: Collection[CaseProgram]
) -> dict[CaseProgram, list[_Paid]]:
    """(case, program) → the parts of its standing lines, in the order of the log."""
    l, p = lines.c, parts.c  # noqa: E741
    query = (
        select(
            l.case_id,
            l.program,
            l.line_id,
            l.position,
            p.component,
            p.kind,
            p.amount_fen,
            p.first_month,
            p.last_month,
        )
        .join_from(lines, parts, p.position == l.position)
        .where(counts(lines, moment))
        .order_by(l.position, p.n)
    )
    fallen = fallen_lines(connection, moment) if suspects else set()
    found: dict[CaseProgram, list[_Paid]] = defaultdict(list)
    for wanted in chunks(UUID(bytes=case) for case, _ in suspects):
        for case, program, line, position, *part in each(
            connection, query.where(l.case_id.in_(wanted))
        ):
            if (case, program) in suspects and line not in fallen:
                found[case, program].append((Part(*part), position))
    return found


def _without_any(paid: list[_Paid], program: str, span: Span) -> Iterator[_Found]:
    """A one-off or a price subsidy needs no entitlement; whatever is monthly does."""
    monthly = (at for part, at in paid if part.kind not in OUTSIDE_KINDS)
    for position in dict.fromkeys(monthly):
        if span.holds(position):
            yield _Found(NOT_ENTITLED, position, program)


def _beyond(
    paid: list[_Paid], program: str, entitlement: Entitlement, span: Span
) -> Iterator[_Found]:
    for excess in excesses(entitlement, [part for part, _ in paid]):
        # Components do not touch each other: the others need not be reckoned again.
        own = [p for p in paid if p[0].component == excess.component]
        position = _laid_to(excess, own, entitlement, span)
        if position is not None:
            yield _Found(_rule(excess.month, entitlement), position, program, excess)


def _rule(month: str, entitlement: Entitlement) -> str:
    if entitlement.has_ended(month):
        return AFTER_EXIT
    return WHILE_SUSPENDED if entitlement.is_suspended(month) else OVER


def _laid_to(excess: Excess, own: list[_Paid], entitlement: Entitlement, span: Span) -> int | None:
    """The last line of the span without which the excess would be smaller."""
    candidates = {
        at for part, at in own if span.holds(at) and _reaches(part, excess.month, entitlement)
    }
    for position in sorted(candidates, reverse=True):
        without = excesses(entitlement, [part for part, at in own if at != position])
        left = next((e.excess_fen for e in without if e.month == excess.month), 0)
        if left < excess.excess_fen:
            return position
    return None


def _reaches(part: Part, month: str, entitlement: Entitlement) -> bool:
    if part.kind in OUTSIDE_KINDS or part.kind in MINUS_KINDS:
        return False
    first = part.first_month or entitlement.start or part.last_month
    return min(first, part.last_month) <= month <= part.last_month


def _breaches(connection: Connection, found: list[_Found]) -> Iterator[Breach]:
    known = lines_at(connection, {f.position for f in found})
    for f in found:
        event_id, case_id, beneficiary, amount = known[f.position]
        data: dict[str, str | int] = {"program": f.program, "amount_fen": amount}
        if f.excess:
            data = {
                "program": f.program,
                "component": f.excess.component,
                "month": f.excess.month,
                "due_fen": f.excess.due_fen,
                "paid_fen": f.excess.paid_fen,
                "excess_fen": f.excess.excess_fen,
            }
        yield Breach(f.rule, f.position, event_id, case_id, (beneficiary,), data)


def lines_at(
    connection: Connection, positions: Iterable[int]
) -> dict[int, tuple[UUID, UUID, UUID, int]]:
    """Position → event, case, beneficiary and amount of the line that stands there."""
    wanted, found = sorted(positions), {}
    l = lines.c  # noqa: E741
    query: Any = select(l.position, l.event_id, l.case_id, l.beneficiary_id, l.amount_fen)
    for start in range(0, len(wanted), 500):
        rows = query.where(l.position.in_(wanted[start : start + 500])).order_by(l.position)
        for position, event, case, person, amount in connection.execute(rows):
            found[position] = (
                UUID(bytes=event),
                UUID(bytes=case),
                UUID(bytes=person),
                int(amount),
            )
    return found
