"""Checks of the time between two steps of a procedure, in calendar or working days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select

from projections.checks import visits
from projections.decisions import applications
from projections.needs import need_steps, needs
from projections.procedure_rows import APPEAL_DECIDED, APPEALED, steps
from projections.procedures import Procedure
from projections.tables import counts
from reports.checks.found import Found
from reports.checks.population import Population
from reports.checks.procedure import first_from
from reports.rules.pack import Rule

AFTER_DECISION: Final = ("refusal_told", "published")
"""Steps that are still to come once an application is decided."""


@dataclass(frozen=True, slots=True)
class Way:
    """One procedure with the day of each step that was taken."""

    program: str
    days: dict[str, date]
    positions: tuple[int, ...]
    """The entry that opened it, and those that ended it."""
    ended: bool
    """Nothing more is going to be done about it."""
    case_id: UUID | None = None
    person_ids: tuple[UUID, ...] = ()
    town: str = ""
    refused: bool = False


def deadline(population: Population, rule: Rule) -> Iterator[Found]:
    """The second step came later than the days allow, or has not come and they are over.

    Judged by the rule in force on the day of the first step. A procedure that ended without the
    second step is not judged by it; where that step is recorded of nobody at all, its absence
    says nothing, and the rule cannot be judged.
    """
    since, until = str(rule.parameters["since"]), str(rule.parameters["until"])
    own = [w for w in _ways(population, since) if _concerns(rule, w, since)]
    if own and not any(until in w.days for w in own):
        population.cannot_judge(rule, until)
        return
    for way in own:
        found = _late(population, rule, way, since, until)
        if found is not None:
            yield found


def _concerns(rule: Rule, way: Way, since: str) -> bool:
    return (
        since in way.days
        and rule.holds_on(way.days[since])
        and (not way.program or way.program in rule.words("programs"))
        and (way.refused or rule.parameters["until"] != "refusal_told")
    )


def _late(population: Population, rule: Rule, way: Way, since: str, until: str) -> Found | None:
    start, end, allowed = way.days[since], way.days.get(until), rule.number("days")
    over = way.ended and until not in AFTER_DECISION
    if end is None and (over or not rule.parameters["still_open"]):
        return None
    took = population.workdays.days(rule.calendar, start, end or population.today)
    if took <= allowed:
        return None
    facts: dict[str, str | int] = {
        "program": way.program,
        "since": since,
        "until": until,
        "since_on": start.isoformat(),
        "allowed": allowed,
        "calendar": rule.calendar,
    }
    if end is not None:
        facts |= {"until_on": end.isoformat(), "days": took}
    says = "step_late" if end else "step_overdue"
    # One key for both: what was overdue and then came late is one finding, raised once.
    return Found(
        rule,
        says,
        way.positions[:1],
        facts,
        way.case_id,
        way.person_ids,
        also=way.positions[1:],
        mark=f"{since}>{until}",
        town=way.town,
    )


def _ways(population: Population, since: str) -> list[Way]:
    if since in ("appeal_filed", "appeal_decided"):
        return population.memo("appeals", lambda: list(_appeals(population)))
    if since in ("referral", "answer"):
        return population.memo("referrals", lambda: list(_referrals(population)))
    return population.memo("ways", lambda: list(_applications(population)))


def _applications(population: Population) -> Iterator[Way]:
    accepted = _accepted(population)
    visited: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    v = visits.c
    rows = select(v.case_id, v.occurred_on, v.position).where(
        counts(visits, population.moment), v.kind == "home"
    )
    for case, on, position in population.rows(rows.order_by(v.occurred_on, v.position)):
        visited[UUID(bytes=case)].append((on, position))
    for p in population.procedures:
        yield _way(population, p, visited.get(p.case_id, []), accepted)


def _accepted(population: Population) -> dict[UUID, int]:
    """Application → position of its acceptance."""
    a = applications.c
    rows = select(a.application_id, a.position).where(
        counts(applications, population.moment), a.kind == "accepted"
    )
    return {UUID(bytes=application): position for application, position in population.rows(rows)}


def _way(
    population: Population,
    p: Procedure,
    visited: list[tuple[int, int]],
    accepted: dict[UUID, int],
) -> Way:
    decision = population.decision_at.get(p.decision_event_id) if p.decision_event_id else None
    # An investigation is the first visit once the application was there.
    visit = first_from(visited, (p.accepted_on or p.received_on).toordinal())
    if visit and p.ended_on and visit[0] > p.ended_on.toordinal():
        visit = None
    taken = {
        "application_received": p.received_on,
        "application_accepted": p.accepted_on,
        "papers_requested": p.papers_asked_on,
        "investigation": date.fromordinal(visit[0]) if visit else None,
        "cross_check": p.checked_on,
        "town_opinion": p.opinion_on,
        "notice_posted": p.notice_on,
        "decision": p.decided_on,
        "published": p.published_on,
        "refusal_told": p.delivered_on if p.state == "refused" else None,
    }
    days = {step: on for step, on in taken.items() if on is not None}
    more = [accepted.get(p.application_id), visit[1] if visit else None]
    more.append(decision.position if decision else None)
    positions = (p.position, *(n for n in more if n is not None))
    ended = p.state == "withdrawn" or decision is not None
    refused = p.state == "refused"
    return Way(p.program, days, positions, ended, p.case_id, town=p.town, refused=refused)


def _appeals(population: Population) -> Iterator[Way]:
    s = steps.c
    rows = (
        select(s.about_id, s.case_id, s.program, s.step, s.occurred_on, s.position)
        .where(counts(steps, population.moment), s.step.in_((APPEALED, APPEAL_DECIDED)))
        .order_by(s.position)
    )
    found: dict[bytes, list[tuple[bytes, str, str, int, int]]] = defaultdict(list)
    for about, *row in population.rows(rows):
        found[about].append(tuple(row))
    names = {APPEALED: "appeal_filed", APPEAL_DECIDED: "appeal_decided"}
    for own in found.values():
        days = {names[step]: date.fromordinal(on) for _, _, step, on, _ in own}
        case, program = UUID(bytes=own[0][0]), own[0][1]
        yield Way(program, days, tuple(r[4] for r in own), "appeal_decided" in days, case)


def _referrals(population: Population) -> Iterator[Way]:
    n, s = needs.c, need_steps.c
    rows = (
        select(s.need_id, s.step, s.occurred_on, s.position, n.person_id, n.household_id, n.town)
        .join_from(need_steps, needs, n.need_id == s.need_id)
        .where(counts(need_steps, population.moment), counts(needs, population.moment))
        .order_by(s.position)
    )
    found: dict[bytes, list[tuple[str, int, int, bytes, bytes | None, str]]] = defaultdict(list)
    for need, *row in population.rows(rows):
        found[need].append(tuple(row))
    names = {"referred": "referral", "answered": "answer"}
    for own in found.values():
        days = {names[r[0]]: date.fromordinal(r[1]) for r in own}
        case = UUID(bytes=own[0][4]) if own[0][4] else None
        persons = (UUID(bytes=own[0][3]),)
        positions = tuple(r[2] for r in own)
        yield Way("", days, positions, "answer" in days, case, persons, own[0][5])
