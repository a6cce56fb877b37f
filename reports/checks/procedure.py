"""Checks of the way to a decision: deadlines of each step, notices, hearings, visits, reasons."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from projections.breaches.hearing import hearing_breaches
from projections.checks import investigators as named
from projections.checks import visits
from projections.decisions import ADJUSTED, ENROLLED, EXITED, REFUSED, SUSPENDED, Decision
from projections.decisions import decisions as decision_rows
from projections.entitlements import reductions
from projections.procedure_rows import NOTICE, PUBLISHED, steps
from projections.tables import counts
from reports.checks.book import RuleAsBook
from reports.checks.found import Found
from reports.checks.population import Population
from reports.rules.pack import Rule

_KINDS: Final = {
    "reduction": ADJUSTED,
    "suspension": SUSPENDED,
    "exit": EXITED,
    "refusal": REFUSED,
}
ASKED_FOR: Final = ("death", "voluntary")
"""Ends that nobody needs to be given notice of."""
LOOK_BACK_DAYS: Final = 180
"""How long before an exit its notice may have been posted."""


def notice(population: Population, rule: Rule) -> Iterator[Found]:
    """No notice before the decision, or one shorter than the days, or cut short by the decision.

    An enrollment is judged where its application is on record, an exit unless it was asked for;
    urgent relief never. Where no such notice is recorded of anybody, the rule cannot be judged.
    """
    wanted = [d for d in population.decisions if _needs_notice(population, rule, d)]
    posted = population.memo("notices", lambda: _notices(population))
    last = {d.event_id: _notice_of(population, d, posted) for d in wanted}
    if wanted and not any(last.values()):
        population.cannot_judge(rule, "notice")
        return
    for d in wanted:
        found = _short_notice(rule, d, last[d.event_id])
        if found is not None:
            yield found


def _needs_notice(population: Population, rule: Rule, d: Decision) -> bool:
    if d.program not in rule.words("programs") or d.urgent or not rule.holds_on(d.decided_on):
        return False
    if d.kind == EXITED:
        return "exit" in rule.words("before") and d.reason not in ASKED_FOR
    return (
        d.kind == ENROLLED and "enrollment" in rule.words("before") and d.application_id is not None
    )


def _notices(population: Population) -> dict[tuple[bytes, str], list[Any]]:
    s = steps.c
    rows = select(s.case_id, s.program, s.occurred_on, s.due_on, s.position).where(
        counts(steps, population.moment), s.step == NOTICE
    )
    found: dict[tuple[bytes, str], list[Any]] = defaultdict(list)
    for r in population.rows(rows.order_by(s.occurred_on, s.position)):
        found[r.case_id, r.program].append(r)
    return found


def _notice_of(population: Population, d: Decision, posted: Any) -> Any:
    """The last notice between the application (or some months before an exit) and the decision."""
    decided = d.decided_on.toordinal()
    since = population.received_on.get(d.event_id)
    first = since.toordinal() if since else decided - LOOK_BACK_DAYS
    own = [
        r for r in posted.get((d.case_id.bytes, d.program), ()) if first <= r.occurred_on <= decided
    ]
    return own[-1] if own else None


def _short_notice(rule: Rule, d: Decision, own: Any) -> Found | None:
    needed, decided = rule.number("days"), d.decided_on.toordinal()
    facts: dict[str, str | int] = {
        "program": d.program,
        "decision": d.kind,
        "decided_on": d.decided_on.isoformat(),
        "needed": needed,
    }
    if own is None:
        return Found(rule, "notice_missing", (d.position,), facts, d.case_id)
    days = min(own.due_on, decided) - own.occurred_on
    if days >= needed:
        return None
    facts |= {"posted_on": date.fromordinal(own.occurred_on).isoformat(), "days": days}
    about = (own.position, d.position)
    return Found(rule, "notice_short", about, facts, d.case_id)


def heard(population: Population, rule: Rule) -> Iterator[Found]:
    """Reduced, suspended or ended, and nobody had heard the household before."""
    kinds = {_KINDS[word] for word in rule.words("before")}
    p = population
    ask = partial(hearing_breaches, book=RuleAsBook(rule))
    for b in ask(p.connection, p.moment, p.span):
        if b.data["decision"] in kinds and b.data["program"] in rule.words("programs"):
            yield Found(rule, "not_heard", (b.position,), dict(b.data), b.case_id, b.person_ids)


def investigators(population: Population, rule: Rule) -> Iterator[Found]:
    """A home visit by too few, or whose form is not signed."""
    v, minimum = visits.c, rule.number("minimum")
    rows = (
        select(v.position, v.case_id, v.occurred_on, v.signed, func.count(named.c.code))
        .outerjoin_from(visits, named, named.c.position == v.position)
        .where(counts(visits, population.moment), v.kind == "home")
        .group_by(v.position, v.case_id, v.occurred_on, v.signed)
        .order_by(v.position)
    )
    for position, case, on, signed, number in population.rows(rows):
        visited = date.fromordinal(on)
        if not rule.holds_on(visited):
            continue
        facts: dict[str, str | int] = {"visited_on": visited.isoformat(), "number": number}
        if number < minimum:
            facts["needed"] = minimum
            yield Found(
                rule, "too_few_investigators", (position,), facts, UUID(bytes=case), mark="number"
            )
        if rule.parameters["signed"] and not signed:
            yield Found(
                rule, "visit_not_signed", (position,), facts, UUID(bytes=case), mark="signed"
            )


def published(population: Population, rule: Rule) -> Iterator[Found]:
    """Granted, and not published within the days."""
    days, today = rule.number("days"), population.today
    s = steps.c
    rows = select(s.about_id, func.min(s.occurred_on)).where(
        counts(steps, population.moment), s.step == PUBLISHED
    )
    told = {UUID(bytes=a): on for a, on in population.rows(rows.group_by(s.about_id)) if a}
    wanted = [
        d
        for d in population.decisions
        if d.kind == ENROLLED
        and d.program in rule.words("programs")
        and rule.holds_on(d.decided_on)
        and population.workdays.days(rule.calendar, d.decided_on, today) > days
    ]
    if wanted and not told:
        population.cannot_judge(rule, "published")
        return
    for d in wanted:
        on = date.fromordinal(told[d.event_id]) if d.event_id in told else None
        took = population.workdays.days(rule.calendar, d.decided_on, on or today)
        if took > days:
            facts: dict[str, str | int] = {
                "program": d.program,
                "decided_on": d.decided_on.isoformat(),
                "needed": days,
            }
            yield Found(rule, "not_published", (d.position,), facts, d.case_id)


def reasons(population: Population, rule: Rule) -> Iterator[Found]:
    """Refused, reduced, suspended or ended without a reason on record."""
    kinds = {_KINDS[word] for word in rule.words("of")}
    lowered: dict[int, Any] = {}
    if ADJUSTED in kinds:
        p = population
        lowered = p.memo(
            "reductions",
            lambda: reductions(p.connection, p.moment, select(decision_rows.c.case_id)),
        )
    for d in population.decisions:
        if d.kind not in kinds or d.reason or not rule.holds_on(d.decided_on):
            continue
        if d.kind == ADJUSTED and d.position not in lowered:
            continue
        facts: dict[str, str | int] = {
            "program": d.program,
            "decision": d.kind,
            "decided_on": d.decided_on.isoformat(),
        }
        yield Found(rule, "no_reason", (d.position,), facts, d.case_id)


def first_from(days: list[tuple[int, int]], since: int) -> tuple[int, int] | None:
    """The first (day, position) on or after a day."""
    at = bisect_left(days, (since, 0))
    return days[at] if at < len(days) else None
