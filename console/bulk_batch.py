"""A payment batch that is filled in bulk: lines first, totals last.

Its id follows from its number, so that a run that was stopped goes on with the same batch. The
batch is prepared once all lines stand: its totals are then those of its lines, whatever crashed
in between. Others review, approve and send it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Connection

from console.wiring import BUREAU, OPERATOR, Relief
from domain.events import UNBORN, BatchPrepared, Event, PaymentAuthorized
from domain.refusals import BatchMismatch
from ledger.batch_lines import BatchTotals, batch_totals, numbers_taken
from ledger.commands import Command, Draft
from ledger.ids import named_id
from ledger.indexes import find_names
from ledger.recorder import Guard


class BulkBatch:
    """The batch with this number: whatever lines it has, and the next numbers."""

    def __init__(self, relief: Relief, number: str, *, closed: bool = False) -> None:
        self.relief = relief
        self.number = number
        self.closed = closed
        self.id = named_id(relief.vault.digest("bulk-batch", number))
        self._next = self.totals().last_no + 1

    def totals(self) -> BatchTotals:
        """Of the lines that stand by now."""
        with self.relief.recorder.reading() as conn:
            return batch_totals(conn, self.id)

    def next_no(self) -> int:
        """The next free number."""
        number, self._next = self._next, self._next + 1
        return number

    def go_on(self) -> None:
        """After lines were left out: numbers go on behind those that stand."""
        self._next = self.totals().last_no + 1

    def must_be_open(self, commands: Iterable[Command]) -> None:
        """Raises BatchMismatch where a line would join a batch that is prepared already."""
        drafts = (d.event for c in commands for d in c.drafts)
        if self.closed and any(isinstance(e, PaymentAuthorized) for e in drafts):
            raise BatchMismatch(
                f"批次 {self.number} 已编制,不能再加入明细;请另取批次号",
                f"batch {self.number} is prepared: no line can join it; name another one",
            )

    def guard(self, events: Sequence[Event]) -> Guard:
        """Under the lock of an append: nobody else prepared or filled the batch meanwhile."""
        numbers = [e.line_no for e in events if isinstance(e, PaymentAuthorized)]

        def check(conn: Connection) -> None:
            taken = bool(numbers) and numbers_taken(conn, self.id, min(numbers), max(numbers))
            if numbers and (taken or find_names(conn, "batch", [self.number])):
                raise BatchMismatch(
                    f"批次 {self.number} 已由他人编制或填入;请再运行一次,其余的会另立批次",
                    f"somebody else filled or prepared batch {self.number} meanwhile; run again, "
                    "the rest goes into a batch of its own",
                )

        return check

    def prepare(self, on: date, month: str, fund: str, document: str) -> bool:
        """Draws the batch up over all its lines; False where it has none."""
        totals = self.totals()
        if self.closed or not totals.count:
            return False
        event = BatchPrepared(
            meta=UNBORN,
            number=self.number,
            month=month,
            line_count=totals.count,
            total_fen=totals.fen,
            fund=fund,
            budget_document=document,
        )
        content = f"{totals.count}/{totals.fen}"
        draft = Draft(event, self.id, on)
        command = Command(("bulk-batch", self.number), content, [draft], OPERATOR, BUREAU)
        self.relief.ledger.decide(command)
        return True


def open_batch(relief: Relief, number: str, *, own_number: bool) -> BulkBatch:
    """The batch to fill. Where the number is prepared already: the next one (…-2), or, if the
    caller named it, that one, closed."""
    wanted, n = number, 1
    while relief.ledger.find("batch", [wanted]):
        if own_number:
            return BulkBatch(relief, number, closed=True)
        n += 1
        wanted = f"{number}-{n}"
    return BulkBatch(relief, wanted)
