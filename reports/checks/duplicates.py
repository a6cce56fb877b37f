"""Checks of money that went out twice: in a batch, across batches, or after it had come back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from domain.entitlement import ARREARS_KINDS
from projections.line_states import PAID, reports
from projections.payments import REISSUED, RETURNED, lines, parts, setbacks
from projections.same_person import goes_on
from projections.tables import counts
from reports.checks.found import Found
from reports.checks.payments import paid_twice
from reports.checks.population import Line, Population
from reports.rules.pack import Rule


def duplicate(population: Population, rule: Rule) -> Iterator[Found]:
    """Two standing lines that pay one person the same component of the same month of one program.

    Each line beyond the first is a finding. So is a line that the bank paid twice.
    """
    for own in population.memo("twins", lambda: _twins(population)):
        first = own[0]
        for line, month, fen in own[1:]:
            if not rule.holds_on(date.fromordinal(line.on)):
                continue
            says = "twice_in_batch" if line.batch_id == first[0].batch_id else "twice_across"
            facts: dict[str, str | int] = {
                "program": line.program,
                "month": month,
                "amount_fen": fen,
                "first_on": date.fromordinal(first[0].on).isoformat(),
                "two_households": int(line.case_id != first[0].case_id),
            }
            yield _found(rule, says, line, facts, fen, (first[0].position,))
    yield from paid_twice(population, rule)


_Twin = tuple[Line, str, int]
"""A line, the month that it pays again, and how much of it."""


def _twins(population: Population) -> list[list[_Twin]]:
    """The lines that pay the same person and month, line by line in the order of the log."""
    groups: dict[tuple[bytes, str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for person, program, month, position, fen in _same_month(population):
        groups[person, program, month][position] += fen
    found: dict[tuple[int, ...], list[_Twin]] = {}
    for (_, _, month), own in sorted(groups.items(), key=lambda g: g[0][2]):
        standing = [
            (population.line_at[at], month, fen)
            for at, fen in sorted(own.items())
            if population.line_at[at].line_id not in population.fallen
        ]
        if len(standing) > 1:
            # Lines that share several months are told once, by their first one.
            found.setdefault(tuple(line.position for line, _, _ in standing), standing)
    return list(found.values())


def _same_month(population: Population) -> Iterator[Any]:
    l, p, moment = lines.c, parts.c, population.moment  # noqa: E741
    person = goes_on(population.same, l.beneficiary_id).label("person")
    base = (
        select(person, l.program, p.component, p.last_month, l.position, p.amount_fen)
        .join_from(lines, parts, p.position == l.position)
        .where(counts(lines, moment), p.kind == "regular", p.amount_fen > 0)
    ).subquery("regular")
    b = base.c
    twice = (
        select(b.person, b.program, b.component, b.last_month)
        .group_by(b.person, b.program, b.component, b.last_month)
        .having(func.count() > 1)
    ).subquery("twice")
    t = twice.c
    query = select(b.person, b.program, b.last_month, b.position, b.amount_fen).join_from(
        base,
        twice,
        (t.person == b.person)
        & (t.program == b.program)
        & (t.component == b.component)
        & (t.last_month == b.last_month),
    )
    yield from population.rows(query)


def returned_paid_again(population: Population, rule: Rule) -> Iterator[Found]:
    """A line that came back was made up for by a later list, and then paid after all."""
    again = population.memo("paid after return", lambda: _paid_after_return(population))
    for position, fen in sorted(again.items()):
        line = population.line_at[position]
        made_up = _made_up(population, line)
        if made_up is None or not rule.holds_on(date.fromordinal(line.on)):
            continue
        facts: dict[str, str | int] = {
            "program": line.program,
            "month": line.last_month,
            "amount_fen": fen,
            "made_up_on": date.fromordinal(made_up.on).isoformat(),
        }
        yield _found(rule, "returned_paid_again", line, facts, fen, (made_up.position,))


def _paid_after_return(population: Population) -> dict[int, int]:
    """Position of a line → fen that went out after it had come back."""
    had_setbacks = select(setbacks.c.line_id).where(setbacks.c.kind == RETURNED)
    at = {line.line_id: line.position for line in population.lines}
    came_back: set[bytes] = set()
    found: dict[int, int] = {}
    for _, line, kind, fen, _ in population.rows(reports(population.moment, had_setbacks)):
        if kind == RETURNED:
            came_back.add(line)
            found.pop(at.get(line, 0), None)
        elif kind in (PAID, REISSUED) and line in came_back and line in at:
            found[at[line]] = fen
    return found


def _made_up(population: Population, line: Line) -> Line | None:
    """The later line of the case whose arrears cover the month of this one."""
    later = [
        x
        for x in population.lines_of[line.case_id, line.program]
        if x.position > line.position
        and x.line_id not in population.fallen
        and x.first_month <= line.last_month
    ]
    paying = population.memo("arrears", lambda: _arrears(population))
    for x in later:
        spans = paying.get(x.position, ())
        if any(first <= line.last_month <= last for first, last in spans):
            return x
    return None


def _arrears(population: Population) -> dict[int, list[tuple[str, str]]]:
    """Position of a line → the months that its arrears are for."""
    l, p = lines.c, parts.c  # noqa: E741
    query = (
        select(l.position, l.case_id, l.program, p.first_month, p.last_month)
        .join_from(lines, parts, p.position == l.position)
        .where(counts(lines, population.moment), p.kind.in_(tuple(ARREARS_KINDS)))
    )
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for position, _, _, first, last in population.rows(query):
        # Arrears that name no first month fill whatever earlier months lack.
        found[position].append((first or "0001-01", last))
    return found


def _found(
    rule: Rule,
    says: str,
    line: Line,
    facts: dict[str, str | int],
    fen: int,
    also: tuple[int, ...],
) -> Found:
    persons = (UUID(bytes=line.beneficiary_id),)
    case = UUID(bytes=line.case_id)
    return Found(rule, says, (line.position,), facts, case, persons, fen, also)
