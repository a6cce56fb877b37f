"""Checks of what should go on happening: yearly re-checks, and answers to what was raised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.calendar import first_day, month_of, next_month
from projections.check_coverage import check_days
from projections.decisions import OPENING
from projections.needs import need_steps, needs
from projections.procedure_rows import WARNED, WARNING_CLOSED, steps
from projections.tables import counts
from projections.wishes import wish_steps, wishes
from reports.checks.found import Found
from reports.checks.population import Line, Population
from reports.rules.pack import Rule


def recheck(population: Population, rule: Rule) -> Iterator[Found]:
    """Paid on although nothing was checked for longer than the months.

    The enrollment counts as a check. Each gap between two checks in which a line was paid after
    the re-check was due is one finding, about the first such line; so it is found once, and a
    later gap is another. With `still_paid` off, a case is also found that is not paid.
    """
    months, programs = rule.number("months"), rule.words("programs")
    checked = population.memo("check days", lambda: _checked(population))
    for (case, program), own in population.lines_of.items():
        if program not in programs:
            continue
        opened = [
            d.decided_on.toordinal()
            for d in population.by_case.get((case, program), ())
            if d.kind in OPENING
        ]
        days = sorted({*checked.get(case, ()), *opened})
        for last, paid in _gaps(days, own, months):
            first = paid[0]
            if not rule.holds_on(date.fromordinal(first.on)):
                continue
            fen = sum(line.amount_fen for line in paid)
            facts: dict[str, str | int] = {
                "program": program,
                "checked_on": date.fromordinal(last).isoformat(),
                "months": months,
                "paid_on": date.fromordinal(first.on).isoformat(),
                "paid_fen": fen,
            }
            basis = population.opening(case, program, date.fromordinal(first.on))
            also = (*(line.position for line in paid[1:]), *((basis.position,) if basis else ()))
            yield Found(
                rule,
                "recheck_overdue",
                (first.position,),
                facts,
                UUID(bytes=case),
                (),
                fen,
                also,
            )


def _checked(population: Population) -> dict[bytes, list[int]]:
    """Case → the days on which anything about it was checked."""
    days = check_days(population.connection, population.moment)
    found: dict[bytes, list[int]] = defaultdict(list)
    for by_case in (days.cross_checks, days.comparisons, days.visits):
        for case, own in by_case.items():
            found[case.bytes] += own
    return found


def _gaps(days: list[int], own: list[Line], months: int) -> Iterator[tuple[int, list[Line]]]:
    """(day of a check, lines paid after the next was due and before it came)."""
    for n, day in enumerate(days):
        end = days[n + 1] if n + 1 < len(days) else date.max.toordinal()
        due = _months_later(day, months)
        if due < end:
            paid = [line for line in own if due < line.on < end]
            if paid:
                yield day, paid


@lru_cache(maxsize=8192)
def _months_later(day: int, months: int) -> int:
    """The last day of the month that is so many months on: a re-check is due within it."""
    month = month_of(date.fromordinal(day))
    for _ in range(months + 1):
        month = next_month(month)
    return first_day(month).toordinal() - 1


def unanswered(population: Population, rule: Rule) -> Iterator[Found]:
    """A warning, a need, a referral or a wish of which nothing came within the days."""
    days, today = rule.number("days"), population.today.toordinal()
    asked = {"warning": _warnings, "need": _needs, "referral": _referrals, "wish": _wishes}
    for what in rule.words("what"):
        for row in asked[what](population):
            position, on, case, persons, town, kind = row
            if today - on <= days or not rule.holds_on(date.fromordinal(on)):
                continue
            facts: dict[str, str | int] = {
                "what": what,
                "kind": kind,
                "since": date.fromordinal(on).isoformat(),
                "days": days,
            }
            yield Found(rule, "unanswered", (position,), facts, case, persons, mark=what, town=town)


_Open = tuple[int, int, UUID | None, tuple[UUID, ...], str, str]
"""Position, day, case, persons, town, kind."""


def _warnings(population: Population) -> Iterator[_Open]:
    s = steps.c
    rows = (
        select(s.position, s.occurred_on, s.case_id, s.person_id, s.about_id, s.step, s.kind)
        .where(counts(steps, population.moment), s.step.in_((WARNED, WARNING_CLOSED)))
        .order_by(s.position)
    )
    found = list(population.rows(rows))
    closed = {r.about_id for r in found if r.step == WARNING_CLOSED}
    for r in found:
        if r.step == WARNED and r.about_id not in closed:
            persons = (UUID(bytes=r.person_id),) if r.person_id else ()
            yield r.position, r.occurred_on, UUID(bytes=r.case_id), persons, "", r.kind


def _needs(population: Population) -> Iterator[_Open]:
    """Found, and neither referred nor answered."""
    taken = _need_steps(population)
    for r in _need_rows(population):
        if not taken.get(r.need_id):
            yield _need(r, r.position, r.occurred_on)


def _referrals(population: Population) -> Iterator[_Open]:
    """Referred, and not answered."""
    taken = _need_steps(population)
    for r in _need_rows(population):
        own = taken.get(r.need_id, {})
        if "referred" in own and "answered" not in own:
            step = own["referred"]
            yield _need(r, step.position, step.occurred_on)


def _need(r: Any, position: int, on: int) -> _Open:
    case = UUID(bytes=r.household_id) if r.household_id else None
    return position, on, case, (UUID(bytes=r.person_id),), r.town, r.kind


def _need_rows(population: Population) -> list[Any]:
    rows = select(needs).where(counts(needs, population.moment)).order_by(needs.c.position)
    return list(population.rows(rows))


def _need_steps(population: Population) -> dict[bytes, dict[str, Any]]:
    rows = select(need_steps).where(counts(need_steps, population.moment))
    found: dict[bytes, dict[str, Any]] = defaultdict(dict)
    for r in population.rows(rows.order_by(need_steps.c.position)):
        found[r.need_id][r.step] = r
    return found


def _wishes(population: Population) -> Iterator[_Open]:
    """Registered, and not fulfilled."""
    w, s = wishes.c, wish_steps.c
    done = select(s.wish_id).where(counts(wish_steps, population.moment), s.step == "fulfilled")
    rows = select(wishes).where(counts(wishes, population.moment), w.wish_id.not_in(done))
    for r in population.rows(rows.order_by(w.position)):
        yield r.position, r.occurred_on, None, (UUID(bytes=r.person_id),), r.town, r.kind
