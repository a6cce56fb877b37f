"""Checks of one-off relief: sums just below a delegated limit, and above what the standard allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import func, select

from projections.decisions import ENROLLED, Decision, components, covered
from projections.standards import Standard, standard_list
from reports.checks.found import Found
from reports.checks.population import Population
from reports.rules.pack import Rule

WITHIN_DAYS = 366
"""Grants so far apart at most count as one sum that was split."""


def below_limit(population: Population, rule: Rule) -> Iterator[Found]:
    """One household was granted sums just under the delegated limit, so many times in a year."""
    limit, times = rule.number("limit_fen"), rule.number("times")
    least = limit * (100 - rule.number("within_percent")) // 100
    near: dict[bytes, list[tuple[Decision, int]]] = defaultdict(list)
    for d, fen in _granted(population, rule):
        if least <= fen < limit:
            near[d.case_id.bytes].append((d, fen))
    for own in near.values():
        own.sort(key=lambda g: (g[0].decided_on, g[0].position))
        for n in range(len(own) - times + 1):
            first, last = own[n][0], own[n + times - 1][0]
            if (last.decided_on - first.decided_on).days > WITHIN_DAYS:
                continue
            # All grants of the year count; the first ones that reach the number name the finding.
            run = [g for g in own[n:] if (g[0].decided_on - first.decided_on).days <= WITHIN_DAYS]
            yield _split(rule, run, times)
            break


def _split(rule: Rule, run: list[tuple[Decision, int]], times: int) -> Found:
    first, fen = run[0][0], sum(fen for _, fen in run)
    facts: dict[str, str | int] = {
        "program": first.program,
        "times": len(run),
        "limit_fen": rule.number("limit_fen"),
        "amount_fen": fen,
        "since": first.decided_on.isoformat(),
    }
    positions = tuple(d.position for d, _ in run)
    about, also = positions[:times], positions[times:]
    return Found(rule, "just_below_limit", about, facts, first.case_id, (), fen, also)


def most_of_standard(population: Population, rule: Rule) -> Iterator[Found]:
    """A grant above so many times the monthly standard for each person in it."""
    tenths, program = rule.number("tenths"), str(rule.parameters["standard"])
    known = [
        s
        for s in standard_list(population.connection, population.moment, program)
        if s.component == "base" and not s.grade
    ]
    persons = population.memo("persons granted", lambda: _persons(population))
    for d, fen in _granted(population, rule):
        standard = _in_force(known, d)
        if standard is None:
            continue
        number = max(1, persons.get(d.position, 1))
        most = standard.amount_fen * tenths * number // 10
        if fen > most:
            facts: dict[str, str | int] = {
                "program": d.program,
                "decided_on": d.decided_on.isoformat(),
                "amount_fen": fen,
                "most_fen": most,
                "persons": number,
                "standard": standard.version,
            }
            yield Found(
                rule,
                "above_the_most",
                (d.position,),
                facts,
                d.case_id,
                (),
                fen - most,
                (standard.position,),
            )


def _granted(population: Population, rule: Rule) -> list[tuple[Decision, int]]:
    """The grants of these programs, and the sum of each."""
    sums = population.memo("granted sums", lambda: _sums(population))
    return [
        (d, sums[d.position])
        for d in population.decisions
        if d.kind == ENROLLED
        and d.program in rule.words("programs")
        and d.position in sums
        and rule.holds_on(d.decided_on)
    ]


def _sums(population: Population) -> dict[int, int]:
    c = components.c
    rows = select(c.position, func.sum(c.amount_fen)).where(~c.remaining).group_by(c.position)
    return {position: int(fen) for position, fen in population.rows(rows)}


def _persons(population: Population) -> dict[int, int]:
    rows = select(covered.c.position, func.count()).group_by(covered.c.position)
    return {position: int(number) for position, number in population.rows(rows)}


def _in_force(known: list[Standard], d: Decision) -> Standard | None:
    return next((s for s in known if s.holds_on(d.decided_on)), None)
