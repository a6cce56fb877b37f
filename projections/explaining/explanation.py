"""What makes a number up: one contribution a counted thing, each with the entries it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

PERSONS, CASES, FEN, COUNT = "persons", "cases", "fen", "count"
UNITS: Final = (PERSONS, CASES, FEN, COUNT)


@dataclass(frozen=True, slots=True)
class Contribution:
    """One thing that the number counts, once: a person, a case, a payment line, a project …"""

    subject: str
    """Id of what is counted, or the public code or name that tells it apart."""
    amount: int
    """What it adds to the number, in the number's unit."""
    positions: tuple[int, ...]
    """The entries of the log that it rests on, rising."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A number, and all that it is made of: `value` is the sum of the contributions' amounts."""

    as_of: date
    as_at: int
    figure: str
    """Which number: kind and key, such as `spending paid`."""
    scope: dict[str, str]
    """What it is limited to: program, town, month, year …"""
    unit: str
    value: int
    rows: tuple[Contribution, ...]


def explained(
    as_of: date,
    as_at: int,
    figure: str,
    scope: Mapping[str, Any],
    unit: str,
    rows: Iterable[Contribution],
) -> Explanation:
    """The explanation whose value is what its rows add up to, in the order of the log."""
    ordered = tuple(sorted(rows, key=lambda r: (r.positions[:1], r.subject)))
    told = {name: str(value) for name, value in scope.items() if value is not None}
    return Explanation(as_of, as_at, figure, told, unit, sum(r.amount for r in ordered), ordered)


def one_each(found: Iterable[tuple[Any, int]]) -> list[Contribution]:
    """Each distinct subject once, with every position at which it was met."""
    positions: dict[str, set[int]] = defaultdict(set)
    for subject, position in found:
        positions[named(subject)].add(position)
    return [Contribution(s, 1, tuple(sorted(at))) for s, at in positions.items()]


def named(subject: Any) -> str:
    """Ids in their hyphenated form; codes as they are."""
    if isinstance(subject, bytes):
        return str(UUID(bytes=subject))
    return str(subject)


def in_whole_yuan(explanation: Explanation) -> int:
    """Whole yuan of an amount in fen, half a yuan rounded up: as the annual figures print it."""
    return (explanation.value + 50) // 100


def renamed(explanation: Explanation, figure: str, scope: Mapping[str, Any]) -> Explanation:
    """The same under another name."""
    told = {name: str(value) for name, value in scope.items() if value is not None}
    return replace(explanation, figure=figure, scope=told)
