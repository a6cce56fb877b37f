"""What is still to be paid for months that were paid by an entitlement which has changed since.

Money paid beyond what is due is never set off against it: it is shown, and decided by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.calendar import next_month
from domain.entitlement import Entitlement, Part, excesses, paid_by_month
from domain.events import PaymentPart

BACK_PAYMENT: Final = "back_payment"
OVERPAID: Final = "overpaid"
"""A month was paid beyond what it was due before: its arrears are not proposed."""
PAID_ABOVE: Final = "paid_above_new"
"""A month was paid more than it is due now: nothing is taken back by itself."""
UNCLEAR: Final = "arrears_unclear"
"""Earlier arrears and these together would go beyond what is due."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody has to look at: `fen` too much for a component and month."""

    code: str
    component: str
    month: str
    fen: int


@dataclass
class Arrears:
    """Parts to be paid, and what stands in the way of others."""

    parts: list[PaymentPart] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def fen(self) -> int:
        """All parts together."""
        return sum(p.amount_fen for p in self.parts)


def arrears(old: Entitlement, new: Entitlement, paid_parts: Sequence[Part], first: str) -> Arrears:
    """What the new entitlement adds for months from `first` on that were paid already.

    Months not paid yet are left to the next list; what an earlier month lacked before stays as
    it was. `paid_parts`: of all lines that stand, in the order of the log.
    """
    found = Arrears()
    by_component: dict[str, list[tuple[str, int, bool]]] = {}
    paid = paid_by_month(old, paid_parts)
    dues = {m: (old.due(m), new.due(m)) for m in {m for _, m in paid} if m >= first}
    for (component, month), fen in sorted(paid.items()):
        if month < first or fen <= 0:
            continue
        was, now = (due.get(component, 0) for due in dues[month])
        if now > was and fen > was:
            found.remarks.append(Remark(OVERPAID, component, month, fen - was))
        elif now > was:
            by_component.setdefault(component, []).append((month, now - was, fen == was))
        elif now < was and fen > now:
            found.remarks.append(Remark(PAID_ABOVE, component, month, fen - now))
    for component, months in by_component.items():
        found.parts += _parts(component, months)
    if found.parts and not _plain(paid_parts):
        _hold_back(found, new, paid_parts)
    return found


def _parts(component: str, months: Iterable[tuple[str, int, bool]]) -> list[PaymentPart]:
    """One part for months that follow each other; a month that lacked before stands by itself."""
    runs: list[tuple[str, str, int, bool]] = []
    for month, fen, full in months:
        if runs and full and runs[-1][3] and next_month(runs[-1][1]) == month:
            start, _, total, _ = runs[-1]
            runs[-1] = (start, month, total + fen, True)
        else:
            runs.append((month, month, fen, full))
    return [PaymentPart(component, BACK_PAYMENT, fen, end, start) for start, end, fen, _ in runs]


def _plain(parts: Iterable[Part]) -> bool:
    return all(p.kind == "regular" and p.first_month == p.last_month for p in parts)


def _hold_back(found: Arrears, new: Entitlement, paid_parts: Sequence[Part]) -> None:
    """Held against the arithmetic that refuses a line: earlier arrears may fill the same months."""
    before = {(e.component, e.month): e.excess_fen for e in excesses(new, paid_parts)}
    own = [
        Part(p.component, p.kind, p.amount_fen, p.first_month, p.last_month) for p in found.parts
    ]
    beyond = {
        e.component: e
        for e in excesses(new, [*paid_parts, *own])
        if e.excess_fen > before.get((e.component, e.month), 0)
    }
    found.parts = [p for p in found.parts if p.component not in beyond]
    found.remarks += [Remark(UNCLEAR, e.component, e.month, e.excess_fen) for e in beyond.values()]
