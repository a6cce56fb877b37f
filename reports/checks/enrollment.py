"""Checks of who is taken in: twice, unchecked, by one person alone, too early, or against a finding."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from domain.calendar import first_day, month_of, next_month
from projections.breaches.breach import Breach
from projections.breaches.exclusive import exclusive_breaches
from projections.breaches.safeguards import safeguard_breaches
from projections.checks import cross_checks
from projections.decisions import ADJUSTED, ENROLLED, EXITED, FADING, SUSPENDED, SWITCHED, UNCOVERED
from projections.household_rows import relatives
from projections.tables import counts
from reports.checks.book import RuleAsBook
from reports.checks.found import Found
from reports.checks.population import Population
from reports.rules.pack import Rule

_DUTIES: Final = {
    "same_person_investigated_and_approved": {"investigates", "approves"},
    "same_person_proposed_and_approved": {"proposes", "approves"},
}
_ACTED: Final = (ADJUSTED, EXITED, SUSPENDED, FADING, UNCOVERED, SWITCHED)
"""Decisions that answer the finding that a household is over the limit."""


def exclusive(population: Population, rule: Rule) -> Iterator[Found]:
    """One person in two different programs of those that exclude each other, on one day."""
    programs = rule.words("programs")
    for b in _overlaps(population, rule):
        one, other = b.data["program"], b.data["other_program"]
        if one != other and one in programs and other in programs:
            yield _of_breach(rule, "exclusive_programs", b)


def one_household(population: Population, rule: Rule) -> Iterator[Found]:
    """One person covered in two households by the same program on one day."""
    for b in _overlaps(population, rule):
        if b.data["two_households"] and b.data["program"] == b.data["other_program"]:
            yield _of_breach(rule, "two_households", b)


def _overlaps(population: Population, rule: Rule) -> Iterator[Breach]:
    """Every pair of spells of one person that share a day, the first of which the rule holds on."""
    ask = partial(exclusive_breaches, book=RuleAsBook(rule, any_pair=True))
    p = population
    found = p.memo("overlaps", lambda: list(ask(p.connection, p.moment, p.span)))
    return (b for b in found if rule.holds_on(date.fromisoformat(str(b.data["since"]))))


def check_before_decision(population: Population, rule: Rule) -> Iterator[Found]:
    """Enrolled although nothing was checked in the valid days before; urgent relief excepted."""
    valid, programs = rule.number("valid_days"), rule.words("programs")
    for b in _safeguards(population, rule, valid):
        if b.rule == "no_check_before_enrollment" and b.data["program"] in programs:
            yield _of_breach(rule, "no_check", b)


def separate_duties(population: Population, rule: Rule) -> Iterator[Found]:
    """One person did what two should have done on one decision."""
    apart = set(rule.words("duties"))
    for b in _safeguards(population, rule, 366):
        if b.rule in _DUTIES and _DUTIES[b.rule] <= apart:
            yield _of_breach(rule, b.rule, b)


def _safeguards(population: Population, rule: Rule, valid_days: int) -> list[Breach]:
    """Held against the valid days; each kept where the rule holds on the day of the decision."""
    book = RuleAsBook(rule, valid_days=valid_days)
    p = population
    found = p.memo(
        ("safeguards", valid_days),
        lambda: list(safeguard_breaches(p.connection, p.moment, p.span, book)),
    )
    return [b for b in found if rule.holds_on(date.fromisoformat(str(b.data["decided_on"])))]


def relative(population: Population, rule: Rule) -> Iterator[Found]:
    """An official's near relative was enrolled, and declared as one only afterwards."""
    r = relatives.c
    rows = select(r.position, r.case_id, r.person_id, r.occurred_on).where(
        counts(relatives, population.moment)
    )
    declared: dict[bytes, Any] = {}
    for row in population.rows(rows.order_by(r.occurred_on, r.position)):
        declared.setdefault(row.case_id, row)
    for d in population.decisions:
        own = declared.get(d.case_id.bytes)
        if own is None or d.kind != ENROLLED or not rule.holds_on(d.decided_on):
            continue
        if own.occurred_on > d.decided_on.toordinal():
            facts: dict[str, str | int] = {
                "program": d.program,
                "decided_on": d.decided_on.isoformat(),
                "declared_on": date.fromordinal(own.occurred_on).isoformat(),
            }
            persons = (UUID(bytes=own.person_id),)
            yield Found(
                rule,
                "relative_declared_late",
                (d.position,),
                facts,
                d.case_id,
                persons,
                0,
                (own.position,),
            )


def starts_month_after(population: Population, rule: Rule) -> Iterator[Found]:
    """Payable from a month before the one that the rule names, counted from the decision."""
    months, programs = rule.number("months"), rule.words("programs")
    for d in population.decisions:
        if d.kind != ENROLLED or d.program not in programs or d.urgent:
            continue
        month = month_of(d.decided_on)
        for _ in range(months):
            month = next_month(month)
        if d.starts_on < first_day(month) and rule.holds_on(d.decided_on):
            own = population.lines_of.get((d.case_id.bytes, d.program), [])
            early = [x for x in own if x.last_month < month and x.position > d.position]
            facts: dict[str, str | int] = {
                "program": d.program,
                "decided_on": d.decided_on.isoformat(),
                "payable_from": month_of(d.starts_on),
                "lawful_from": month,
            }
            yield Found(
                rule,
                "payable_too_early",
                (d.position,),
                facts,
                d.case_id,
                (d.person_id,) if d.person_id else (),
                sum(x.amount_fen for x in early),
                tuple(x.position for x in early),
            )


def over_limit(population: Population, rule: Rule) -> Iterator[Found]:
    """A cross-check found a household over the limit; no decision answered it, and it is paid on."""
    days, programs = rule.number("days"), rule.words("programs")
    for (case, _), own in _exceeding(population).items():
        first = own[0]
        on = date.fromordinal(first.occurred_on)
        if not rule.holds_on(on) or _answered(population, case, first.occurred_on, days):
            continue
        for program in programs:
            paid = [
                x
                for x in population.lines_of.get((case, program), ())
                if x.on > first.occurred_on + days
            ]
            if paid:
                facts: dict[str, str | int] = {
                    "program": program,
                    "found_on": on.isoformat(),
                    "days": days,
                    "paid_fen": sum(x.amount_fen for x in paid),
                }
                yield Found(
                    rule,
                    "over_limit_paid",
                    (first.position,),
                    facts,
                    UUID(bytes=case),
                    tuple(UUID(bytes=r.person_id) for r in own),
                    sum(x.amount_fen for x in paid),
                    (*(r.position for r in own), *(x.position for x in paid)),
                    mark=program,
                )


def _exceeding(population: Population) -> dict[tuple[bytes, str], list[Any]]:
    """(case, request) → the rows of a cross-check whose answer is that it is over the limit."""
    c = cross_checks.c
    rows = select(c.position, c.stream_id, c.person_id, c.request, c.occurred_on, c.result).where(
        counts(cross_checks, population.moment)
    )
    found: dict[tuple[bytes, str], list[Any]] = defaultdict(list)
    for row in population.rows(rows.order_by(c.position)):
        if row.result == "exceeds":
            found[row.stream_id, row.request].append(row)
    return found


def _answered(population: Population, case: bytes, on: int, days: int) -> bool:
    """A decision within the days, or a later check that it meets the conditions after all."""
    acted = population.memo("acted", lambda: _acted(population)).get(case, [])
    at = bisect_left(acted, on)
    return at < len(acted) and acted[at] <= on + days


def _acted(population: Population) -> dict[bytes, list[int]]:
    found: dict[bytes, list[int]] = defaultdict(list)
    for d in population.decisions:
        if d.kind in _ACTED:
            found[d.case_id.bytes].append(d.decided_on.toordinal())
    c = cross_checks.c
    rows = select(c.stream_id, c.occurred_on).where(
        counts(cross_checks, population.moment), c.result == "meets"
    )
    for case, on in population.rows(rows):
        found[case].append(on)
    return {case: sorted(days) for case, days in found.items()}


def _of_breach(rule: Rule, says: str, b: Breach) -> Found:
    return Found(rule, says, (b.position, *b.rests_on), dict(b.data), b.case_id, b.person_ids)
