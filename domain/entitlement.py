"""What a case is due, a component and a month, and whether payments go beyond it.

Pure arithmetic on whole fen, shared by the aggregate that refuses and the view that reports.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from domain.calendar import month_of, month_range, next_month

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


SET, SUSPENDED, RESUMED, FIXED_END = "set", "suspended", "resumed", "fixed_end"
"""What a step says. Of FIXED_END the value is a month: nothing is due from there on."""

Step = tuple[str, str, Mapping[str, int] | str | None]
"""(from month, what it says, components or the month of a fixed end; None: nothing)."""

Ending = tuple[str, str, int]
"""(last month, component, fen): a share of a component that is due up to that month only."""


@dataclass
class Entitlement:
    """What one case is due under one program, month by month."""

    steps: list[Step] = field(default_factory=list)
    """In the order of the log."""

    def set_from(
        self, month: str, components: Mapping[str, int], ending: Sequence[Ending] = ()
    ) -> None:
        """From this month on these components are due, whatever was before.

        `ending`: what of their sums is due up to a last month only.
        """
        left = dict(components)
        for last, code, fen in ending:
            if last < month:
                _take(left, code, fen)
        self.steps.append((month, SET, dict(left)))
        for end in sorted({last for last, _, _ in ending if last >= month}):
            for last, code, fen in ending:
                if last == end:
                    _take(left, code, fen)
            self.steps.append((next_month(end), SET, dict(left)))

    def open_from(
        self,
        month: str,
        components: Mapping[str, int],
        until: date | None,
        ending: Sequence[Ending] = (),
    ) -> None:
        """A run begins: as `set_from`; where its end is fixed, nothing is due after that day."""
        self.set_from(month, components, ending)
        if until is not None or any(kind == FIXED_END for _, kind, _ in self.steps):
            self.fix_end(month, until)

    def fix_end(self, month: str, until: date | None) -> None:
        """As of this month it is known that nothing is due after the day before `until`."""
        ends = next_month(month_of(until - timedelta(days=1))) if until else None
        self.steps.append((month, FIXED_END, ends))

    def end_from(self, month: str) -> None:
        """From this month on nothing is due."""
        self.steps.append((month, SET, None))

    def suspend_from(self, month: str) -> None:
        """From this month on nothing is payable, whatever is due."""
        self.steps.append((month, SUSPENDED, None))

    def resume_from(self, month: str) -> None:
        """From this month on it is payable again."""
        self.steps.append((month, RESUMED, None))

    @property
    def start(self) -> str | None:
        """The first month in which anything is due; None while nothing ever is."""
        return min((m for m, kind, due in self.steps if kind == SET and due), default=None)

    def due(self, month: str) -> Mapping[str, int]:
        """Component → fen in that month. A later decision overrides an earlier one from its
        month on, also for months that are past (arrears)."""
        due, suspended, ended = self._state(month)
        return {} if suspended or ended or due is None else due

    def is_suspended(self, month: str) -> bool:
        """True where something would be due in that month but for a suspension."""
        due, suspended, ended = self._state(month)
        return bool(due) and suspended and not ended

    def has_ended(self, month: str) -> bool:
        """True where the decision in force in that month is an end, or a fixed end has passed."""
        due, _, ended = self._state(month)
        return ended or (due is None and self._begun(month))

    def changes(self) -> set[str]:
        """Every month in which what is due may differ from the month before."""
        fixed = {value for _, kind, value in self.steps if kind == FIXED_END}
        return {month for month, _, _ in self.steps} | {m for m in fixed if isinstance(m, str)}

    def _begun(self, month: str) -> bool:
        return any(start <= month for start, kind, _ in self.steps if kind == SET)

    def _state(self, month: str) -> tuple[Mapping[str, int] | None, bool, bool]:
        due: Mapping[str, int] | None = None
        suspended, ends = False, None
        for start, kind, value in self.steps:
            if start > month:
                continue
            if kind == SET:
                due = value if isinstance(value, Mapping) else None
                if due is None:
                    suspended, ends = False, None
            elif kind == FIXED_END:
                ends = value if isinstance(value, str) else None
            else:
                suspended = kind == SUSPENDED
        return due, suspended, ends is not None and month >= ends


def _take(components: dict[str, int], code: str, fen: int) -> None:
    components[code] -= fen
    if not components[code]:
        del components[code]


def excesses(entitlement: Entitlement, parts: Iterable[Part]) -> list[Excess]:
    """Every component and month paid beyond what is due, by month.

    `parts`: those of all lines that stand (not returned, not recovered), in the order of the log.
    """
    found = []
    paid = paid_by_month(entitlement, parts)
    for (component, month), fen in sorted(paid.items(), key=lambda i: i[0][::-1]):
        due = entitlement.due(month).get(component, 0)
        if fen > due:
            found.append(Excess(component, month, due, fen))
    return found


def paid_by_month(entitlement: Entitlement, parts: Iterable[Part]) -> dict[tuple[str, str], int]:
    """(component, month) → fen that these parts pay for it, in the order of the log."""
    paid: dict[tuple[str, str], int] = defaultdict(int)
    for part in parts:
        for month, fen in _by_month(part, entitlement, paid):
            paid[part.component, month] += fen
    return paid


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
