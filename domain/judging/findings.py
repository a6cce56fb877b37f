"""The life of a finding: raised, assigned, then confirmed, cleared or overridden, each with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from domain.aggregate import Aggregate
from domain.events import (
    Event,
    FindingAssigned,
    FindingCleared,
    FindingClosed,
    FindingConfirmed,
    FindingOverridden,
    FindingRaised,
)
from domain.judging.common import Check
from domain.refusals import NoSuchCode, OutOfOrder, Refusal, SamePersonProposed
from domain.rulebook import RuleBook

MEASURES: Final[dict[str, str]] = {
    "recover": "追回",
    "correct": "更正",
    "discipline": "问责",
    "refer": "移送",
    "none": "不需处理",
}
CLEARING: Final[dict[str, str]] = {
    "lawful": "合法",
    "explained": "已说明",
    "wrong_data": "数据有误",
    "identity_mistaken": "身份认错",
    "alive": "本人健在",
    "duplicate": "重复线索",
}
OVERRIDING: Final[dict[str, str]] = {
    "hardship": "确有困难",
    "trifling": "数额轻微",
    "settled_elsewhere": "已另行处理",
}
CLOSING: Final = ("ground_annulled", "no_longer_found")
CONCLUSIONS: Final[tuple[type[Event], ...]] = (
    FindingConfirmed,
    FindingCleared,
    FindingOverridden,
    FindingClosed,
)


def state_of(stream: Aggregate) -> str:
    """raised, assigned, confirmed, cleared, overridden or closed; empty before it is raised."""
    state = ""
    for event in stream.standing(FindingRaised, FindingAssigned, *CONCLUSIONS):
        state = STATES[type(event)]
    return state


STATES: Final[dict[type[Event], str]] = {
    FindingRaised: "raised",
    FindingAssigned: "assigned",
    FindingConfirmed: "confirmed",
    FindingCleared: "cleared",
    FindingOverridden: "overridden",
    FindingClosed: "closed",
}


def is_open(event: Event, stream: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    state = state_of(stream)
    if state in ("closed", "overridden"):
        yield OutOfOrder(f"该线索已是 {state}", f"the finding is {state} already")


def is_assigned(event: Event, stream: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    if not any(stream.standing(FindingAssigned)):
        yield OutOfOrder(
            "线索尚未分派,应先分派核查人",
            "nobody was assigned; a finding is looked into before it is concluded",
        )


def known_code(event: Any, stream: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    field, codes = _CODES[type(event)]
    if getattr(event, field) not in codes:
        words = ", ".join(codes)
        yield NoSuchCode(f"{field} 应为 {words} 之一", f"{field} is one of {words}")


def not_by_its_investigator(
    event: FindingOverridden, stream: Aggregate, book: RuleBook
) -> Iterator[Refusal]:
    """Who looked into it does not let it stand himself."""
    assigned = stream.last(FindingAssigned)
    if assigned is not None and assigned.to.id and assigned.to.id == event.approved_by.id:
        yield SamePersonProposed(
            "核查人不能自己批准不予处理", "who looks into a finding does not let it stand himself"
        )


_CODES: Final[dict[type[Event], tuple[str, tuple[str, ...]]]] = {
    FindingConfirmed: ("measure", tuple(MEASURES)),
    FindingCleared: ("reason", tuple(CLEARING)),
    FindingOverridden: ("reason", tuple(OVERRIDING)),
    FindingClosed: ("reason", CLOSING),
}
CHECKS: dict[type[Event], tuple[Check, ...]] = {
    FindingAssigned: (is_open,),
    FindingConfirmed: (is_open, is_assigned, known_code),
    FindingCleared: (is_open, is_assigned, known_code),
    FindingOverridden: (is_open, is_assigned, known_code, not_by_its_investigator),
    FindingClosed: (is_open, known_code),
}
