"""Months that lack something of what was due, once later lists could have made up for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import func, select

from domain.calendar import first_day, month_range, next_month, previous_month
from domain.entitlement import OUTSIDE_KINDS, Entitlement, Part, paid_by_month
from projections.entitlements import entitlement_rows
from projections.payments import batches, lines, parts
from projections.tables import counts
from reports.checks.found import Found
from reports.checks.population import Population
from reports.rules.pack import Rule

CaseProgram = tuple[bytes, str]


def too_little(population: Population, rule: Rule) -> Iterator[Found]:
    """One finding for each run of months in which a case was paid less than it was due.

    A month is judged once the program's list of a later month has been drawn up: that is where
    arrears and returned money are made up for. Months before the ledger's first list are not.
    """
    tolerance = rule.number("tolerance_fen")
    for (case, program), months in population.memo(
        shortfalls, lambda: shortfalls(population)
    ).items():
        for run in _runs(months):
            first, last = run[0][0], run[-1][0]
            short = sum(due - paid for _, due, paid in run)
            opened = population.opening(case, program, first_day(next_month(last)))
            if short <= tolerance or opened is None or not rule.holds_on(first_day(first)):
                continue
            facts: dict[str, str | int] = {
                "program": program,
                "first_month": first,
                "last_month": last,
                "due_fen": sum(due for _, due, _ in run),
                "paid_fen": sum(paid for _, _, paid in run),
                "short_fen": short,
            }
            own = population.lines_of.get((case, program), [])
            also = tuple(x.position for x in own if first <= x.last_month <= last)
            yield Found(
                rule,
                "paid_too_little",
                (opened.position,),
                facts,
                UUID(bytes=case),
                (),
                short,
                also,
                mark=first,
            )


def shortfalls(population: Population) -> dict[CaseProgram, list[tuple[str, int, int]]]:
    """(case, program) → the months that lack something: (month, due, paid)."""
    spans = _judged(population)
    due = entitlement_rows(population.connection, population.moment)
    paid = _paid(population)
    found: dict[CaseProgram, list[tuple[str, int, int]]] = {}
    for key, entitlement in due.items():
        span = spans.get(key[1])
        if span is None or entitlement.start is None:
            continue
        lacking = list(_lacking(entitlement, paid.get(key, []), span))
        if lacking:
            found[key] = lacking
    return found


def _judged(population: Population) -> dict[str, tuple[str, str]]:
    """Program → its first list's month, and the last month that a later list followed."""
    b, l = batches.c, lines.c  # noqa: E741
    query = (
        select(l.program, func.min(b.month), func.max(b.month))
        .join_from(lines, batches, b.batch_id == l.batch_id)
        .where(counts(lines, population.moment), counts(batches, population.moment))
        .group_by(l.program)
    )
    return {p: (first, previous_month(last)) for p, first, last in population.rows(query)}


def _paid(population: Population) -> Mapping[CaseProgram, list[Part]]:
    l, p = lines.c, parts.c  # noqa: E741
    query = (
        select(
            l.case_id,
            l.program,
            l.line_id,
            p.component,
            p.kind,
            p.amount_fen,
            p.first_month,
            p.last_month,
        )
        .join_from(lines, parts, p.position == l.position)
        .where(counts(lines, population.moment), p.kind.not_in(tuple(OUTSIDE_KINDS)))
        .order_by(l.position, p.n)
    )
    found: dict[CaseProgram, list[Part]] = defaultdict(list)
    for case, program, line, *part in population.rows(query):
        if line not in population.fallen:
            found[case, program].append(Part(*part))
    return found


def _lacking(
    entitlement: Entitlement, own: list[Part], span: tuple[str, str]
) -> Iterator[tuple[str, int, int]]:
    first, last = max(span[0], entitlement.start or span[0]), span[1]
    if first > last:
        return
    dues = _dues(entitlement, first, last)
    plain = all(p.kind == "regular" and p.first_month == p.last_month for p in own)
    by_month: dict[str, int] = defaultdict(int)
    if plain:
        for p in own:
            by_month[p.last_month] += p.amount_fen
    else:
        for (_, month), fen in paid_by_month(entitlement, own).items():
            by_month[month] += fen
    for month, fen in dues.items():
        if by_month.get(month, 0) < fen:
            yield month, fen, by_month.get(month, 0)


def _dues(entitlement: Entitlement, first: str, last: str) -> dict[str, int]:
    """Month → fen due, reckoned anew only where it changes."""
    changes, found, fen = set(entitlement.changes()), {}, -1
    for month in month_range(first, last):
        if fen < 0 or month in changes:
            fen = sum(entitlement.due(month).values())
        if fen:
            found[month] = fen
    return found


def _runs(months: list[tuple[str, int, int]]) -> Iterator[list[tuple[str, int, int]]]:
    run: list[tuple[str, int, int]] = []
    for month in months:
        if run and next_month(run[-1][0]) != month[0]:
            yield run
            run = []
        run.append(month)
    if run:
        yield run
