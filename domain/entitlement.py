"""What a case is due, a component and a month, and whether payments go beyond it.

Pure arithmetic on whole fen, shared by the aggregate that refuses and the view that reports.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.calendar import month_range

MINUS_KINDS = frozenset({"offset"})
"""Kinds of part that take away; all others add."""
ARREARS_KINDS = frozenset({"back_payment", "correction"})
"""Kinds that fill what earlier months lack, oldest first."""
OUTSIDE_KINDS = frozenset({"price_subsidy", "one_off"})
"""Kinds that are no part of the monthly entitlement and are not held against it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a payment line, as it counts against the entitlement."""

    component: str
    kind: str
    amount_fen: int
    first_month: str | None
    last_month: str


@dataclass(frozen=True, slots=True)
class Excess:
    """More was paid for a component and month than was due, by `excess_fen`."""

    component: str
    month: str
    due_fen: int
    paid_fen: int

    @property
    def excess_fen(self) -> int:
        """Fen beyond what is due, above 0."""
        return self.paid_fen - self.due_fen


@dataclass
class Entitlement:
    """What one case is due under one program, month by month."""

    steps: list[tuple[str, dict[str, int] | None]] = field(default_factory=list)
    """(from month, component → fen; None: nothing any more), in the order of the log."""

    def set_from(self, month: str, components: Mapping[str, int]) -> None:
        """From this month on these components are due, whatever was before."""
        self.steps.append((month, dict(components)))

    def end_from(self, month: str) -> None:
        """From this month on nothing is due."""
        self.steps.append((month, None))

    @property
    def start(self) -> str | None:
        """The first month in which anything is due; None while nothing ever is."""
        return min((m for m, due in self.steps if due), default=None)

    def due(self, month: str) -> Mapping[str, int]:
        """Component → fen in that month. A later decision overrides an earlier one from its
        month on, also for months that are past (arrears)."""
        current: Mapping[str, int] = {}
        for start, components in self.steps:
            if start <= month:
                current = components or {}
        return current


def excesses(entitlement: Entitlement, parts: Iterable[Part]) -> list[Excess]:
    """Every component and month paid beyond what is due, by month.

    `parts`: those of all lines that stand (not returned, not recovered), in the order of the log.
    """
    paid: dict[tuple[str, str], int] = defaultdict(int)
    for part in parts:
        for month, fen in _by_month(part, entitlement, paid):
            paid[part.component, month] += fen
    found = []
    for (component, month), fen in sorted(paid.items(), key=lambda i: i[0][::-1]):
        due = entitlement.due(month).get(component, 0)
        if fen > due:
            found.append(Excess(component, month, due, fen))
    return found


def _by_month(
    part: Part, entitlement: Entitlement, paid: Mapping[tuple[str, str], int]
) -> list[tuple[str, int]]:
    """The fen of a part, month by month: arrears fill what is lacking, oldest first; anything
    else is spread evenly, the first months taking the odd fen; what finds no room stays with
    the last month, where it shows as excess."""
    if part.kind in OUTSIDE_KINDS:
        return []
    sign = -1 if part.kind in MINUS_KINDS else 1
    first = part.first_month or entitlement.start or part.last_month
    if first >= part.last_month:
        return [(part.last_month, sign * part.amount_fen)]
    months = month_range(first, part.last_month)
    if part.kind in ARREARS_KINDS:
        return _filled(part, months, entitlement, paid)
    share, odd = divmod(part.amount_fen, len(months))
    return [(m, sign * (share + (i < odd))) for i, m in enumerate(months)]


def _filled(
    part: Part,
    months: Sequence[str],
    entitlement: Entitlement,
    paid: Mapping[tuple[str, str], int],
) -> list[tuple[str, int]]:
    left, result = part.amount_fen, []
    for month in months:
        due = entitlement.due(month).get(part.component, 0)
        fen = min(left, max(0, due - paid.get((part.component, month), 0)))
        if fen:
            result.append((month, fen))
            left -= fen
    if left:
        result.append((months[-1], left))
    return result
