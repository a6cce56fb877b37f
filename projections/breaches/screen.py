"""Tells in one query which cases are paid plainly as they are due, so that few are reckoned out.

It clears, it never accuses: whatever is not plain goes to `domain.entitlement.excesses`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, distinct, func, select

from domain.entitlement import Entitlement
from projections.breaches.breach import Span
from projections.coverage import CaseQuery
from projections.entitlements import CaseProgram
from projections.moment import Moment
from projections.payments import lines, parts
from projections.tables import counts, each


def touched_cases(span: Span) -> CaseQuery:
    """The cases that have a line in the span."""
    return select(lines.c.case_id).where(
        lines.c.position > span.after, lines.c.position <= span.upto
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """All parts of one component that pay the same sum a month."""

    component: str
    amount_fen: int
    first: str
    last: str
    plain: bool
    """Regular, above 0, one month a part, and no month twice."""


def suspicious(
    connection: Connection,
    moment: Moment,
    span: Span,
    due: Mapping[CaseProgram, Entitlement],
) -> Iterator[CaseProgram]:
    """The programs of cases with a line in the span that are not plainly paid as they are due.

    Lines that were returned or recovered are still in the runs: they can only add suspicion.
    """
    in_span = select(lines.c.case_id, lines.c.program).where(
        lines.c.position > span.after, lines.c.position <= span.upto
    )
    wanted = {(case, program) for case, program in each(connection, in_span.distinct())}
    runs = _runs(connection, moment, span)
    for key in sorted(wanted):
        if key not in due or not _fits(runs.get(key, []), due[key]):
            yield key


def _runs(connection: Connection, moment: Moment, span: Span) -> dict[CaseProgram, list[_Run]]:
    l, p = lines.c, parts.c  # noqa: E741
    plain = and_(p.kind == "regular", p.first_month == p.last_month, p.amount_fen > 0)
    query = (
        select(
            l.case_id,
            l.program,
            p.component,
            p.amount_fen,
            func.min(p.last_month),
            func.max(p.last_month),
            func.count(),
            func.count(distinct(p.last_month)),
            func.count().filter(plain),
        )
        .join_from(lines, parts, p.position == l.position)
        .where(counts(lines, moment), l.case_id.in_(touched_cases(span)))
        .group_by(l.case_id, l.program, p.component, p.amount_fen)
    )
    found: dict[CaseProgram, list[_Run]] = defaultdict(list)
    for case, program, component, fen, first, last, number, months, regular in each(
        connection, query
    ):
        is_plain = number == months == regular
        found[case, program].append(_Run(component, fen, first, last, is_plain))
    return found


def _fits(runs: list[_Run], entitlement: Entitlement) -> bool:
    """True where all runs are plain, no two of a component meet, and each is due all its months."""
    reached: dict[str, str] = {}
    for run in sorted(runs, key=lambda r: (r.component, r.first)):
        if not run.plain or run.first <= reached.get(run.component, ""):
            return False
        reached[run.component] = run.last
        changes = {month for month in entitlement.changes() if run.first < month <= run.last}
        for month in (run.first, *changes):
            if entitlement.due(month).get(run.component, 0) < run.amount_fen:
                return False
    return True
