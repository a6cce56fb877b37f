"""`record` of a split or a merger: both files in one append, so that nobody is left in neither.

    {"command": "split", "household": "…", "on": "2023-04-20", "effective_from": "2023-05-01",
     "head_id": "…", "leaving": ["…"], "staying": ["…"], "reason": "marriage",
     "handed_over": [{"program": "dibao", "covered": ["…"],
                      "components": [{"code": "base", "amount_fen": 80000}],
                      "remaining": [{"code": "base", "amount_fen": 80000}]}]}
    {"command": "merge", "household": "…", "into": "…", "on": "…", "handed_over": […]}

The new file is formed, its members join, what covers them goes along; or all of them join the file
that goes on. A crash leaves the whole turn or nothing of it. Who is covered and not handed over is
refused, with the way out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol
from uuid import UUID

from domain.case import CaseFile
from domain.events import (
    UNBORN,
    CarriedOver,
    Component,
    Event,
    HandedOver,
    HouseholdAbsorbed,
    HouseholdFormed,
    HouseholdMerged,
    HouseholdSplit,
    MemberJoined,
)
from domain.programs import PROGRAMS
from domain.refusals import OutOfOrder, SplitIncomplete
from domain.relations import relation_code
from domain.wording import BadValue
from ledger.ids import new_id
from ledger.service import Ledger

Parts = list[tuple[Event, UUID]]
"""Events of a turn and the streams that they go to, in order."""


class Reader(Protocol):
    """Reads the values of a command, as `commands_json` does."""

    def value(self, hint: Any, given: Any, name: str) -> Any:
        """The value of a field. Raises BadValue that names it."""
        ...

    def household(self, given: Any) -> UUID:
        """The household meant. Raises BadValue."""
        ...


@dataclass(frozen=True)
class HandOver:
    """What of a program goes to the other file."""

    program: str
    covered: tuple[UUID, ...]
    components: tuple[Component, ...] = ()
    remaining: tuple[Component, ...] = ()
    until: date | None = None


def split(raw: Mapping[str, Any], reader: Reader, ledger: Ledger, on: date) -> Parts:
    """The parts of a split. `on`: from when it holds. Raises BadValue, SplitIncomplete."""
    _only(raw, "id", "head_id", "leaving", "staying", "reason", "town", "village", "relations")
    old = reader.household(_needed(raw, "household"))
    case = _file(ledger, old)
    new: UUID = reader.value(UUID, raw["id"], "id") if raw.get("id") else new_id()
    leaving = reader.value(tuple[UUID, ...], _needed(raw, "leaving"), "leaving")
    staying = reader.value(tuple[UUID, ...], _needed(raw, "staying"), "staying")
    head = reader.value(UUID, _needed(raw, "head_id"), "head_id")
    if head not in leaving:
        raise SplitIncomplete(
            "新户的户主应是分出成员之一",
            "the new household's head must be one of those who leave",
        )
    handed = _handed(raw, reader)
    _all_handed(case, set(leaving), handed, on)
    town, village = str(raw.get("town") or case.town(on)), str(raw.get("village") or "")
    others = [p for p in leaving if p != head]
    return [
        (HouseholdSplit(UNBORN, new, leaving, staying, str(raw.get("reason") or "")), old),
        (
            HouseholdFormed(UNBORN, head, True, town, village, len(leaving), split_from=old),
            new,
        ),
        *_joining(raw, others, new, ""),
        *_handing(handed, old, new, town),
    ]


def merge(raw: Mapping[str, Any], reader: Reader, ledger: Ledger, on: date) -> Parts:
    """The parts of a merger. `on`: from when it holds. Raises BadValue, SplitIncomplete."""
    _only(raw, "into", "reason", "relations")
    gone = reader.household(_needed(raw, "household"))
    into = reader.household(_needed(raw, "into"))
    case, other = _file(ledger, gone), _file(ledger, into)
    members = sorted(case.members(on) - other.members(on))
    handed = _handed(raw, reader)
    _all_handed(case, set(case.members(on)), handed, on)
    return [
        (HouseholdAbsorbed(UNBORN, gone), into),
        *_joining(raw, members, into, "relative"),
        *_handing(handed, gone, into, other.town(on)),
        (HouseholdMerged(UNBORN, into, str(raw.get("reason") or "")), gone),
    ]


TURNS: Final[dict[str, Callable[[Mapping[str, Any], Reader, Ledger, date], Parts]]] = {
    "split": split,
    "merge": merge,
}
"""Command → what it is made of."""

_COMMON = {"command", "on", "effective_from", "document", "actor", "source", "basis", "key"}


def unknown_fields(stray: Iterable[str], known: Iterable[str]) -> BadValue:
    """Names the stray fields that look like a field's name; others may hold anything."""
    named = [name for name in sorted(stray) if re.fullmatch("[a-z_]{1,40}", name)]
    words, there = ", ".join(named) or "…", ", ".join(sorted(known))
    return BadValue(
        f"没有这些字段:{words};可用:{there}", f"no such fields: {words}; known: {there}"
    )


def _only(raw: Mapping[str, Any], *fields: str) -> None:
    stray = set(raw) - _COMMON - {"household", "handed_over"} - set(fields)
    if stray:
        raise unknown_fields(stray, {"household", "handed_over", *fields})


def _needed(raw: Mapping[str, Any], name: str) -> Any:
    if raw.get(name) in (None, "", []):
        raise BadValue(f"缺少 {name}", f"{name} is missing")
    return raw[name]


def _file(ledger: Ledger, case_id: UUID) -> CaseFile:
    case = ledger.load(case_id)
    if not isinstance(case, CaseFile):
        raise OutOfOrder("没有这一户,应先立户", "there is no such household; form it first")
    return case


def _handed(raw: Mapping[str, Any], reader: Reader) -> list[HandOver]:
    found = []
    for n, item in enumerate(raw.get("handed_over") or []):
        where = f"handed_over[{n}]"
        if not isinstance(item, Mapping):
            raise BadValue(f"{where} 应为对象", f"{where} is an object")
        found.append(reader.value(HandOver, item, where))
    return found


def _all_handed(case: CaseFile, leaving: set[UUID], handed: Iterable[HandOver], on: date) -> None:
    """Who leaves and is covered here is covered there: else he would be paid by neither file."""
    goes: dict[str, set[UUID]] = {}
    for item in handed:
        goes.setdefault(item.program, set()).update(item.covered)
    for program in sorted({s.program for s in case.spells()}):
        left = (case.covered(program, on) & leaving) - goes.get(program, set())
        if left:
            name = PROGRAMS[program].zh if program in PROGRAMS else program
            raise SplitIncomplete(
                f"有 {len(left)} 名离开的成员在本户享受{name},应在 handed_over 中随转,或先减员",
                f"{len(left)} of those who leave are covered by {program} here: hand them over"
                " (handed_over), or uncover them first",
            )


def _joining(
    raw: Mapping[str, Any], persons: Iterable[UUID], case: UUID, relation: str
) -> Iterable[tuple[Event, UUID]]:
    relations = raw.get("relations") or {}
    if not isinstance(relations, Mapping):
        raise BadValue("relations 应为对象", "relations is an object: person → relation")
    for person in persons:
        said = relation_code(str(relations.get(str(person)) or relation))
        yield MemberJoined(UNBORN, person, said, str(raw.get("reason") or "")), case


def _handing(
    handed: Iterable[HandOver], old: UUID, new: UUID, town: str
) -> Iterable[tuple[Event, UUID]]:
    for item in handed:
        yield HandedOver(UNBORN, item.program, new, item.covered, item.remaining), old
        yield (
            CarriedOver(UNBORN, item.program, old, item.covered, item.components, town, item.until),
            new,
        )
