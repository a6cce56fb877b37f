"""What was raised and waits for an answer on a day: papers, objections, warnings, appeals, recalls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, select, true

from projections import procedure_rows as p
from projections.moment import Moment
from projections.payments import RECOVERED, recalls, setbacks
from projections.tables import as_date, counts

Rows = Mapping[tuple[bytes, str], list[Any]]
"""(what they are about, step) → the rows of the steps."""


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """Something raised and not answered by the day."""

    kind: str
    """papers, objection, warning, appeal, or recall: money demanded back that has not all come."""
    case_id: UUID
    id: UUID
    """The application, objection, warning, appeal or payment line."""
    since: date
    due_on: date | None
    overdue: bool
    detail: str
    """Missing papers, the ground, the kind of warning or of appeal, the reason of a recall."""
    person_id: UUID | None
    amount_fen: int
    """Of a recall: what has yet to come."""
    age_days: int
    position: int


_ANSWERED_BY = {
    p.OBJECTED: p.RESOLVED,
    p.WARNED: p.WARNING_CLOSED,
    p.APPEALED: p.APPEAL_DECIDED,
}
_MATTERS = {p.OBJECTED: "objection", p.WARNED: "warning", p.APPEALED: "appeal"}


def open_steps(about: Rows, decided: Iterable[bytes], moment: Moment) -> Iterator[OpenMatter]:
    """Steps that no later one answers. `decided`: applications that are; their papers wait no more."""
    ended = {*decided, *(key for key, step in about if step == p.WITHDRAWN)}
    for (key, step), rows in about.items():
        if step == p.ASKED and key not in ended:
            missing = missing_papers(about, key)
            if missing:
                yield _matter("papers", rows[0], "; ".join(missing), moment)
        elif step in _ANSWERED_BY and (key, _ANSWERED_BY[step]) not in about:
            detail = rows[0].detail if step == p.OBJECTED else rows[0].kind
            yield _matter(_MATTERS[step], rows[0], detail, moment)


def missing_papers(about: Rows, application: bytes) -> tuple[str, ...]:
    """What was asked for and has not been handed in."""
    asked = about.get((application, p.ASKED))
    supplied = about.get((application, p.SUPPLIED), ())
    given = {paper for r in supplied for paper in r.detail.split("; ")}
    return tuple(x for x in asked[0].detail.split("; ") if x and x not in given) if asked else ()


def open_recalls(
    connection: Connection, moment: Moment, cases: Select[Any] | None
) -> Iterator[OpenMatter]:
    """Lines of which more was demanded back than has come."""
    came: dict[bytes, int] = defaultdict(int)
    for line, fen in connection.execute(
        select(setbacks.c.line_id, setbacks.c.amount_fen).where(
            counts(setbacks, moment), setbacks.c.kind == RECOVERED
        )
    ):
        came[line] += fen
    demanded: dict[bytes, list[Any]] = defaultdict(list)
    wanted = true() if cases is None else recalls.c.case_id.in_(cases)
    rows = select(recalls).where(counts(recalls, moment), wanted).order_by(recalls.c.position)
    for r in connection.execute(rows):
        demanded[r.line_id].append(r)
    for line, own in demanded.items():
        owed = sum(r.amount_fen for r in own) - came.get(line, 0)
        if owed > 0:
            yield _recall(own[0], own[-1], owed, moment)


def _recall(first: Any, last: Any, owed: int, moment: Moment) -> OpenMatter:
    due = as_date(last.due_on)
    return OpenMatter(
        "recall",
        UUID(bytes=first.case_id),
        UUID(bytes=first.line_id),
        date.fromordinal(first.occurred_on),
        due,
        due is not None and due < moment.as_of,
        last.reason,
        None,
        owed,
        moment.as_of.toordinal() - first.occurred_on,
        first.position,
    )


def _matter(kind: str, r: Any, detail: str, moment: Moment) -> OpenMatter:
    due = as_date(r.due_on)
    return OpenMatter(
        kind,
        UUID(bytes=r.case_id),
        UUID(bytes=r.about_id),
        date.fromordinal(r.occurred_on),
        due,
        due is not None and due < moment.as_of,
        detail,
        UUID(bytes=r.person_id) if r.person_id else None,
        0,
        moment.as_of.toordinal() - r.occurred_on,
        r.position,
    )
