"""Judges one event against the stream it would join: the rules that a decision is held to.

One judge serves both: a command that decides is refused for the first reason found, a
reported fact is recorded and its reasons are shown as breaches. What must hold across
households is judged in `across.py`, under the append's lock. The checks themselves stand in
`judging/`, a module a part of the case.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.aggregate import Aggregate
from domain.events import Event, PersonDied
from domain.judging import (
    batches,
    enrollment,
    findings,
    household,
    intake,
    payments,
    persons,
    status,
)
from domain.judging.common import Check
from domain.judging.payments import over_entitlement
from domain.other_streams import FIRST, ONCE
from domain.refusals import OutOfOrder, Refusal
from domain.rulebook import RuleBook

__all__ = ["CHECKS", "judge", "over_entitlement"]


def judge(event: Event, stream: Aggregate, book: RuleBook) -> list[Refusal]:
    """Every reason why this event, not yet applied, may not be decided. Empty: it may."""
    reasons = list(_order(event, stream))
    if reasons:
        return reasons
    for check in CHECKS.get(type(event), ()):
        reasons += check(event, stream, book)
    return reasons


def _order(event: Event, stream: Aggregate) -> Iterator[Refusal]:
    first = FIRST.get(type(event))
    if isinstance(event, PersonDied):
        return
    if first is not None and stream.last(first) is None:
        yield OutOfOrder(
            f"缺少前置事件 {first.__name__},应先记录它",
            f"{type(event).__name__} needs {first.__name__} before it",
        )
    if type(event) in ONCE and stream.last(type(event)) is not None:
        yield OutOfOrder(
            f"{type(event).__name__} 已经记录过;如有错误请先撤销",
            f"{type(event).__name__} stands already; annul it first if it is wrong",
        )


CHECKS: dict[type[Event], tuple[Check, ...]] = {
    **persons.CHECKS,
    **household.CHECKS,
    **intake.CHECKS,
    **enrollment.CHECKS,
    **status.CHECKS,
    **payments.CHECKS,
    **findings.CHECKS,
    **batches.CHECKS,
}
"""What each kind of event is judged by, in this order."""
