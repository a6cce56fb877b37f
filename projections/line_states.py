"""What became of a payment line's money: every fen of it is paid, returned or pending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, literal, select, union_all

from projections.moment import Moment
from projections.payments import RECOVERED, REISSUED, RETURNED, lines, paid, setbacks
from projections.tables import counts

PAID, PENDING = "paid", "pending"


@dataclass(slots=True)
class LineState:
    """One line as reports about it come in, in the order of the log.

    amount = paid + returned + pending always; what was reported beyond that stands apart.
    """

    amount_fen: int
    paid_fen: int = 0
    returned_fen: int = 0
    recovered_fen: int = 0
    beyond_fen: int = 0
    """Paid beyond the amount."""
    unmatched_fen: int = 0
    """Returned or sent again, though the line never had it."""

    @property
    def pending_fen(self) -> int:
        """Authorized, and neither paid nor returned as far as is known."""
        return self.amount_fen - self.paid_fen - self.returned_fen

    @property
    def status(self) -> str:
        """pending while any fen is; else returned where any fen is; else paid."""
        if self.pending_fen:
            return PENDING
        return RETURNED if self.returned_fen else PAID

    def report(self, kind: str, fen: int, outcome: str = "") -> None:
        """Takes in one report about the line, of the kind paid, returned, reissued or recovered."""
        fen = max(0, fen)
        if kind == PAID:
            self._was_paid(fen)
        elif kind == RETURNED:
            self._came_back(fen, failed=outcome == "failed")
        elif kind == REISSUED:
            sent = _at_most(fen, self.returned_fen)
            self.returned_fen -= sent
            self.unmatched_fen += fen - sent
        elif kind == RECOVERED:
            self.recovered_fen += fen

    def _was_paid(self, fen: int) -> None:
        """What is pending, then what had been returned: paid again, though nobody recorded that
        it was sent again. The rest is beyond the line."""
        pending = _at_most(fen, self.pending_fen)
        again = _at_most(fen - pending, self.returned_fen)
        self.paid_fen += pending + again
        self.returned_fen -= again
        self.beyond_fen += fen - pending - again

    def _came_back(self, fen: int, *, failed: bool) -> None:
        """Failed: what is pending first. Refunded or sent back: what was paid, and first of all
        what was paid beyond the line."""
        waiting = _at_most(fen, self.pending_fen) if failed else 0
        fen -= waiting
        beyond = _at_most(fen, self.beyond_fen)
        self.beyond_fen -= beyond
        fen -= beyond
        paid = _at_most(fen, self.paid_fen)
        self.paid_fen -= paid
        self.returned_fen += waiting + paid
        fen -= paid
        waiting = _at_most(fen, self.pending_fen)
        self.returned_fen += waiting
        self.unmatched_fen += fen - waiting


def _at_most(fen: int, available: int) -> int:
    return max(0, min(fen, available))


def reports(moment: Moment, line_ids: Select[tuple[bytes]]) -> Select[Any]:
    """What was reported about these lines, in the order of the log: (position, line, kind, fen,
    outcome)."""
    p, s = paid.c, setbacks.c
    both = union_all(
        select(
            p.position,
            p.line_id,
            literal(PAID).label("kind"),
            p.amount_fen,
            literal("").label("outcome"),
        ).where(counts(paid, moment), p.line_id.in_(line_ids)),
        select(s.position, s.line_id, s.kind, s.amount_fen, s.outcome).where(
            counts(setbacks, moment), s.line_id.in_(line_ids)
        ),
    ).subquery("reports")
    c = both.c
    return select(c.position, c.line_id, c.kind, c.amount_fen, c.outcome).order_by(c.position)


def fallen_lines(connection: Connection, moment: Moment) -> set[bytes]:
    """Lines that no longer count against the entitlement: returned and not sent again, or
    recovered whole. As in the case file, the last report of a line says where it stands."""
    had_setbacks = select(setbacks.c.line_id)
    status: dict[bytes, str] = {}
    recovered: dict[bytes, int] = {}
    for _, line, kind, fen, _ in connection.execute(reports(moment, had_setbacks)):
        if kind == RECOVERED:
            recovered[line] = recovered.get(line, 0) + fen
        else:
            status[line] = kind
    fallen = {line for line, kind in status.items() if kind == RETURNED}
    if recovered:
        amounts = select(lines.c.line_id, lines.c.amount_fen).where(
            counts(lines, moment), lines.c.line_id.in_(had_setbacks)
        )
        for line, amount in connection.execute(amounts):
            if line in recovered and recovered[line] >= amount:
                fallen.add(line)
    return fallen
