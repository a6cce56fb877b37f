"""Which payment lines a sum of the spending is made of, with what the bank said about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from domain.wording import BadValue
from projections.explaining.explanation import FEN, Contribution, Explanation, explained, named
from projections.line_states import LineState, reports
from projections.lines_between import lines_between
from projections.moment import Moment
from projections.payments import lines
from projections.tables import each

SPENDING_KEYS: Final = (
    "authorized",
    "paid",
    "returned",
    "pending",
    "recovered",
    "beyond",
    "unmatched",
)


@dataclass(frozen=True, slots=True)
class LineStory:
    """A line, what became of its money, and every entry that says so."""

    line_id: bytes
    case_id: bytes
    batch_id: bytes
    batch: str
    """Number of the batch; empty where no batch stands."""
    month: str
    program: str
    town: str
    fund: str
    amount_fen: int
    state: LineState
    positions: list[int]
    """The authorization, then every report about the line."""
    answers: list[tuple[int, str, int]]
    """(position, kind, fen) of every report, in the order of the log."""


def explain_spending(
    connection: Connection,
    moment: Moment,
    key: str,
    first: str,
    last: str,
    program: str | None = None,
    town: str | None = None,
    fund: str | None = None,
) -> Explanation:
    """Fen of the months `first` to `last`. Raises BadValue for a key that there is not."""
    if key not in SPENDING_KEYS:
        words = ", ".join(SPENDING_KEYS)
        raise BadValue(f"资金的数字有:{words}", f"the numbers of spending are {words}")
    scope = {"from": first, "to": last, "program": program, "town": town, "fund": fund}
    rows = []
    for line in line_stories(connection, moment, first, last, program, town, fund):
        fen: int = getattr(line.state, f"{'amount' if key == 'authorized' else key}_fen")
        if fen:
            rows.append(Contribution(named(line.line_id), fen, tuple(line.positions)))
    return explained(moment.as_of, moment.as_at, f"spending {key}", scope, FEN, rows)


def line_stories(
    connection: Connection,
    moment: Moment,
    first: str,
    last: str,
    program: str | None = None,
    town: str | None = None,
    fund: str | None = None,
) -> list[LineStory]:
    """Every line of the months that stands, in the order of the log."""
    wanted = lines_between(moment, first, last, program, town, fund)
    found: dict[bytes, LineStory] = {}
    for r in each(connection, wanted):
        found[r.line_id] = LineStory(
            r.line_id,
            r.case_id,
            r.batch_id,
            r.number,
            r.month,
            r.program,
            r.town,
            r.fund,
            r.amount_fen,
            LineState(r.amount_fen),
            [r.position],
            [],
        )
    ids = wanted.with_only_columns(lines.c.line_id).order_by(None)
    for position, line_id, kind, fen, outcome in each(connection, reports(moment, ids)):
        line = found[line_id]
        line.state.report(kind, fen, outcome)
        line.positions.append(position)
        line.answers.append((position, kind, fen))
    return list(found.values())
