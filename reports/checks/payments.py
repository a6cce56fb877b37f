"""Checks of money: to the dead, after the exit, too much, too little, twice, late, or unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from domain.calendar import next_month
from projections.breaches.after_death import after_death_breaches
from projections.breaches.bank import bank_breaches
from projections.breaches.breach import Breach
from projections.decisions import EXITED
from reports.checks.found import Found
from reports.checks.population import Population
from reports.rules.pack import Rule

_Excess = dict[int, list[Breach]]


def paid_after_death(population: Population, rule: Rule) -> Iterator[Found]:
    """A line for months after the death of its beneficiary, one finding a line.

    A death in the last days before the list was closed cannot have been known (`cutoff_days`):
    that line is no finding, unless it pays for months beyond the grace as well.
    """
    grace, cutoff = rule.number("grace_months"), rule.number("cutoff_days")
    found = population.once(after_death_breaches)
    for b in found:
        line, died = population.line_at[b.position], population.died[b.rests_on[0]]
        if not rule.holds_on(date.fromordinal(line.on)) or 0 <= line.on - died <= cutoff:
            continue
        free = str(b.data["died_in"])
        for _ in range(grace):
            free = next_month(free)
        if str(b.data["last_month"]) <= free:
            continue
        facts = {
            "program": b.data["program"],
            "died_on": date.fromordinal(died).isoformat(),
            "last_month": b.data["last_month"],
            "amount_fen": b.data["amount_fen"],
        }
        amount = int(b.data["amount_fen"])
        yield Found(
            rule,
            "paid_after_death",
            (b.position,),
            facts,
            b.case_id,
            b.person_ids,
            amount,
            b.rests_on,
        )


def paid_after_exit(population: Population, rule: Rule) -> Iterator[Found]:
    """A line for months after the exit, one finding a line; arrears of months inside are lawful."""
    for position, own in _by_line(population, "paid_after_exit").items():
        line = population.line_at[position]
        if not rule.holds_on(date.fromordinal(line.on)):
            continue
        exits = [
            d
            for d in population.by_case[line.case_id, line.program]
            if d.kind == EXITED and f"{d.starts_on:%Y-%m}" <= str(own[0].data["month"])
        ]
        also = (exits[-1].position,) if exits else ()
        left = exits[-1].starts_on.isoformat() if exits else ""
        yield _over(rule, "paid_after_exit", position, own, {"left_on": left}, also)


def amount(population: Population, rule: Rule) -> Iterator[Found]:
    """Paid beyond the entitlement in force, or without one; and months that lack something."""
    if rule.parameters["over"]:
        yield from _too_much(population, rule)
    if rule.parameters["under"]:
        from reports.checks.shortfalls import too_little

        yield from too_little(population, rule)


def _too_much(population: Population, rule: Rule) -> Iterator[Found]:
    tolerance = rule.number("tolerance_fen")
    for code in ("over_entitlement", "paid_while_suspended"):
        for position, own in _by_line(population, code).items():
            line = population.line_at[position]
            if rule.holds_on(date.fromordinal(line.on)) and _excess(own) > tolerance:
                basis = population.opening(line.case_id, line.program, date.fromordinal(line.on))
                yield _over(rule, code, position, own, {}, (basis.position,) if basis else ())
    for b in population.excesses:
        if b.rule == "not_entitled" and rule.holds_on(
            date.fromordinal(population.line_at[b.position].on)
        ):
            yield Found(
                rule,
                "not_entitled",
                (b.position,),
                dict(b.data),
                b.case_id,
                b.person_ids,
                int(b.data["amount_fen"]),
            )


def paid_beyond(population: Population, rule: Rule) -> Iterator[Found]:
    """The bank paid more than the line says."""
    yield from _bank(population, rule, "paid_more_than_authorized")


def unknown_reference(population: Population, rule: Rule) -> Iterator[Found]:
    """The bank reports what no line stands for."""
    yield from _bank(population, rule, "unknown_line")


def paid_twice(population: Population, rule: Rule) -> Iterator[Found]:
    """The bank paid a line again that had not come back."""
    yield from _bank(population, rule, "paid_twice")


def _bank(population: Population, rule: Rule, code: str) -> Iterator[Found]:
    for b in population.once(bank_breaches):
        if b.rule != code:
            continue
        said = b.data
        fen = int(said.get("amount_fen", said.get("paid_fen", 0)))
        if code == "paid_more_than_authorized":
            fen -= int(said["authorized_fen"])
        yield Found(rule, code, (b.position,), dict(said), b.case_id, b.person_ids, fen, b.rests_on)


def _by_line(population: Population, code: str) -> _Excess:
    found: _Excess = defaultdict(list)
    for b in population.excesses:
        if b.rule == code:
            found[b.position].append(b)
    return found


def _excess(own: list[Breach]) -> int:
    return sum(int(b.data["excess_fen"]) for b in own)


def _over(
    rule: Rule,
    says: str,
    position: int,
    own: list[Breach],
    more: dict[str, str | int],
    also: tuple[int, ...],
) -> Found:
    months = sorted(str(b.data["month"]) for b in own)
    facts = {
        "program": own[0].data["program"],
        "first_month": months[0],
        "last_month": months[-1],
        "due_fen": sum(int(b.data["due_fen"]) for b in own),
        "paid_fen": sum(int(b.data["paid_fen"]) for b in own),
        "excess_fen": _excess(own),
        **more,
    }
    case, persons = own[0].case_id, own[0].person_ids
    return Found(rule, says, (position,), facts, case, persons, _excess(own), also)
