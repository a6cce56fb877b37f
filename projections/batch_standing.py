"""Where payment batches stand: what of each was paid, returned, is open, was recalled and recovered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, func, select

from projections.batches import Batch, batch_list
from projections.explaining.of_spending import LineStory, line_stories
from projections.line_states import PENDING
from projections.moment import Moment
from projections.payments import RETURNED, lines, parts, recalls
from projections.tables import counts, each


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of a batch, and what became of it."""

    line_no: int
    line_id: UUID
    case_id: UUID
    program: str
    amount_fen: int
    kinds: tuple[str, ...]
    first_month: str
    last_month: str
    status: str
    paid_fen: int
    returned_fen: int
    pending_fen: int
    beyond_fen: int
    recalled_fen: int
    recovered_fen: int
    position: int

    @property
    def is_open(self) -> bool:
        """Somebody has to do something: pay it, send it again, or get back what was recalled."""
        owed = self.recalled_fen > self.recovered_fen
        return self.status in (PENDING, RETURNED) or owed or self.beyond_fen > 0


@dataclass(slots=True)
class BatchStanding:
    """A batch beside its lines. approved = paid + returned + pending, once it is approved as its
    lines stand; what a bank reports beyond them stands apart."""

    batch: Batch
    first_month: str = ""
    last_month: str = ""
    """The months that its lines pay for."""
    paid_fen: int = 0
    returned_fen: int = 0
    pending_fen: int = 0
    beyond_fen: int = 0
    recalled_fen: int = 0
    recovered_fen: int = 0
    open_lines: int = 0
    lines: list[BatchLine] = field(default_factory=list)
    """By number; filled where one batch is asked for."""

    @property
    def agrees(self) -> bool:
        """True where the batch's totals are those of its lines."""
        b = self.batch
        return (b.line_count, b.total_fen) == (b.lines_count, b.lines_fen)


def batch_standings(
    connection: Connection,
    moment: Moment,
    first: str,
    last: str,
    number: str | None = None,
) -> list[BatchStanding]:
    """The batches of these months, by month and number; one of them with its lines, by number.

    A line that was sent again counts where it was first authorized.
    """
    known = [b for b in batch_list(connection, moment, first, last) if number in (None, b.number)]
    if number is not None and known:
        first, last = min(b.month for b in known), max(b.month for b in known)
    found = {b.batch_id.bytes: BatchStanding(b) for b in known}
    told = _told(connection, moment)
    stories = [s for s in line_stories(connection, moment, first, last) if s.batch_id in found]
    whats = _whats(connection, moment, [b.batch_id for b in known])
    for story in stories:
        standing = found[story.batch_id]
        line = _line(story, whats[story.line_id], told.get(story.line_id, 0))
        _add(standing, line)
        if number is not None:
            standing.lines.append(line)
    for standing in found.values():
        standing.lines.sort(key=lambda line: (line.line_no, line.position))
    return list(found.values())


def _told(connection: Connection, moment: Moment) -> dict[bytes, int]:
    """Line → fen that the household was told to pay back."""
    r = recalls.c
    rows = select(r.line_id, func.sum(r.amount_fen)).where(counts(recalls, moment))
    return {line: int(fen) for line, fen in connection.execute(rows.group_by(r.line_id))}


@dataclass(slots=True)
class _What:
    line_no: int
    kinds: dict[str, None] = field(default_factory=dict)
    months: list[str] = field(default_factory=list)


def _whats(connection: Connection, moment: Moment, batches: list[UUID]) -> dict[bytes, _What]:
    """Line → its number, the kinds of its parts and the months that they pay for."""
    l, p = lines.c, parts.c  # noqa: E741
    query: Select[Any] = (
        select(l.line_id, l.line_no, p.kind, p.first_month, p.last_month)
        .join_from(lines, parts, p.position == l.position)
        .where(counts(lines, moment))
        .order_by(l.position, p.n)
    )
    found: dict[bytes, _What] = {}
    for start in range(0, len(batches), 500):
        wanted = [b.bytes for b in batches[start : start + 500]]
        for line, number, kind, first, last in each(
            connection, query.where(l.batch_id.in_(wanted))
        ):
            own = found.setdefault(line, _What(number))
            own.kinds[kind] = None
            own.months += [first or last, last]
    return defaultdict(lambda: _What(0), found)


def _line(story: LineStory, what: _What, recalled: int) -> BatchLine:
    state = story.state
    return BatchLine(
        what.line_no,
        UUID(bytes=story.line_id),
        UUID(bytes=story.case_id),
        story.program,
        story.amount_fen,
        tuple(what.kinds),
        min(what.months, default=""),
        max(what.months, default=""),
        state.status,
        state.paid_fen,
        state.returned_fen,
        state.pending_fen,
        state.beyond_fen,
        recalled,
        state.recovered_fen,
        story.positions[0],
    )


def _add(standing: BatchStanding, line: BatchLine) -> None:
    standing.paid_fen += line.paid_fen
    standing.returned_fen += line.returned_fen
    standing.pending_fen += line.pending_fen
    standing.beyond_fen += line.beyond_fen
    standing.recalled_fen += line.recalled_fen
    standing.recovered_fen += line.recovered_fen
    standing.open_lines += line.is_open
    months = [m for m in (line.first_month, standing.first_month) if m]
    standing.first_month = min(months, default="")
    standing.last_month = max(line.last_month, standing.last_month)
