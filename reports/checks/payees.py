"""Checks of who is paid, when, and out of which fund."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from projections.household_rows import custodies
from projections.payments import batches, lines, paid, setbacks
from projections.registry_rows import heads, households, members
from projections.tables import counts, stands
from reports.checks.found import Found
from reports.checks.population import Line, Population
from reports.rules.pack import Rule

INSTITUTION = "institution"
_Grouped = dict[bytes, dict[bytes, int]]


def shared_account(population: Population, rule: Rule) -> Iterator[Found]:
    """One account, told by its keyed digest, receives the money of several households.

    Households that share a member, and accounts of institutions, are left out.
    """
    need = rule.number("households")
    together = population.memo("together", lambda: _together(population))
    for account, cases in _accounts(population, need).items():
        apart = {together.get(case, case): case for case in sorted(cases, key=lambda c: cases[c])}
        if len(apart) < need:
            continue
        own = [population.line_at[cases[case]] for case in apart.values()]
        own.sort(key=lambda line: line.position)
        last = own[-1]
        if not rule.holds_on(date.fromordinal(last.on)):
            continue
        facts: dict[str, str | int] = {
            "households": len(own),
            "since": date.fromordinal(last.on).isoformat(),
        }
        persons = tuple(dict.fromkeys(UUID(bytes=line.beneficiary_id) for line in own))
        fen = _after(population, account, last)
        yield Found(
            rule,
            "shared_account",
            tuple(line.position for line in own),
            facts,
            UUID(bytes=last.case_id),
            persons,
            fen,
        )


def _accounts(population: Population, need: int) -> _Grouped:
    """Account → case → the first line of the case that went there."""
    l = lines.c  # noqa: E741
    wanted = (
        counts(lines, population.moment),
        l.account_digest.is_not(None),
        l.payee_organization == "",
        l.payee_authority != INSTITUTION,
    )
    several = (
        select(l.account_digest)
        .where(*wanted)
        .group_by(l.account_digest)
        .having(func.count(l.case_id.distinct()) >= need)
    )
    query = (
        select(l.account_digest, l.case_id, func.min(l.position))
        .where(*wanted, l.account_digest.in_(several))
        .group_by(l.account_digest, l.case_id)
    )
    found: _Grouped = defaultdict(dict)
    for account, case, position in population.rows(query):
        found[account][case] = position
    return found


def _after(population: Population, account: bytes, last: Line) -> int:
    """What went to the account for the household that came last."""
    l = lines.c  # noqa: E741
    query = select(func.sum(l.amount_fen)).where(
        counts(lines, population.moment), l.account_digest == account, l.case_id == last.case_id
    )
    return int(population.connection.execute(query).scalar() or 0)


def _together(population: Population) -> dict[bytes, bytes]:
    """Case → the first case with which it shares a person, at any time."""
    as_at, h, m = population.moment.as_at, households.c, members.c
    of_person: dict[bytes, list[bytes]] = defaultdict(list)
    for query in (
        select(h.head_id, h.case_id).where(stands(h.position, as_at)),
        select(m.person_id, m.case_id).where(stands(m.position, as_at), m.joined),
        select(heads.c.head_id, heads.c.case_id).where(stands(heads.c.position, as_at)),
    ):
        for person, case in population.rows(query):
            of_person[population.same.of(UUID(bytes=person)).bytes].append(case)
    root: dict[bytes, bytes] = {}

    def top(case: bytes) -> bytes:
        while root.get(case, case) != case:
            case = root[case]
        return case

    for cases in of_person.values():
        for other in cases[1:]:
            root[top(other)] = top(cases[0])
    return {case: top(case) for cases in of_person.values() for case in cases}


def payee(population: Population, rule: Rule) -> Iterator[Found]:
    """Another than the beneficiary is paid, and neither an authority nor an agreement is on file."""
    l = lines.c  # noqa: E741
    query = (
        select(l.position, l.payee_id)
        .where(
            counts(lines, population.moment),
            l.payee_id.is_not(None),
            l.payee_id != l.beneficiary_id,
            l.payee_organization == "",
            l.payee_authority == "",
        )
        .order_by(l.position)
    )
    told: set[tuple[bytes, bytes]] = set()
    for position, person in population.rows(query):
        line = population.line_at[position]
        if (line.case_id, person) in told or _agreed(population, line):
            continue
        if rule.holds_on(date.fromordinal(line.on)):
            told.add((line.case_id, person))
            persons = (UUID(bytes=line.beneficiary_id), UUID(bytes=person))
            yield _of_line(rule, "payee_without_authority", line, persons)


def custody(population: Population, rule: Rule) -> Iterator[Found]:
    """Money went to who keeps the bank book, and no written agreement is on file: the first line
    of a case that did."""
    l = lines.c  # noqa: E741
    query = (
        select(l.position)
        .where(counts(lines, population.moment), l.payee_authority == "custody")
        .order_by(l.position)
    )
    told: set[bytes] = set()
    for (position,) in population.rows(query):
        line = population.line_at[position]
        if line.case_id in told or _agreed(population, line):
            continue
        if rule.holds_on(date.fromordinal(line.on)):
            told.add(line.case_id)
            yield _of_line(rule, "custody_not_agreed", line, (UUID(bytes=line.beneficiary_id),))


def _agreed(population: Population, line: Line) -> bool:
    spans = population.memo("custodies", lambda: _custodies(population)).get(line.case_id, ())
    return any(first <= line.on and (end is None or line.on < end) for first, end in spans)


def _custodies(population: Population) -> dict[bytes, list[tuple[int, int | None]]]:
    """Case → from which day to which somebody kept a bank book by agreement."""
    c = custodies.c
    query = select(c.case_id, c.occurred_on, c.agreed, c.until).where(
        counts(custodies, population.moment)
    )
    found: dict[bytes, list[tuple[int, int | None]]] = defaultdict(list)
    for case, on, agreed, until in population.rows(query.order_by(c.occurred_on, c.position)):
        if agreed:
            found[case].append((on, until))
        elif found[case]:
            found[case][-1] = (found[case][-1][0], on)
    return found


def fund_purpose(population: Population, rule: Rule) -> Iterator[Found]:
    """A fund pays for a program that is not its purpose."""
    funds, programs = rule.words("funds"), rule.words("programs")
    for line in population.lines:
        strays = line.fund in funds and line.program not in programs
        if strays and rule.holds_on(date.fromordinal(line.on)):
            persons = (UUID(bytes=line.beneficiary_id),)
            yield _of_line(rule, "fund_not_for_this", line, persons)


def paid_late(population: Population, rule: Rule) -> Iterator[Found]:
    """Approved lines that the bank paid late, or of which nothing is known after so many days.

    A batch of which no line is answered is one finding: its file is missing, not each payment.
    """
    days, today = rule.number("days"), population.today.toordinal()
    answered = population.memo("answered", lambda: _answered(population))
    open_lines: dict[bytes, list[Line]] = defaultdict(list)
    sizes: dict[bytes, int] = defaultdict(int)
    for line in population.lines:
        sizes[line.batch_id] += 1
        if not rule.holds_on(date.fromordinal(line.on)):
            continue
        on = answered.get(line.line_id)
        if on is None and today - line.on > days:
            open_lines[line.batch_id].append(line)
        elif on is not None and on - line.on > days:
            yield _late(rule, "paid_late", line, on - line.on)
    for batch, own in open_lines.items():
        if len(own) == sizes[batch] > 1:
            yield from _whole_batch(population, rule, batch, own)
        else:
            for line in own:
                yield _late(rule, "approved_unpaid", line, today - line.on)


def _answered(population: Population) -> dict[bytes, int]:
    """Line → the day of the bank's first word on it."""
    found: dict[bytes, int] = {}
    for table in (paid, setbacks):
        query = select(table.c.line_id, func.min(table.c.occurred_on)).where(
            counts(table, population.moment)
        )
        for line, on in population.rows(query.group_by(table.c.line_id)):
            found[line] = min(on, found.get(line, on))
    return found


def _whole_batch(
    population: Population, rule: Rule, batch: bytes, own: list[Line]
) -> Iterator[Found]:
    b = batches.c
    row = population.connection.execute(
        select(b.position, b.number).where(counts(batches, population.moment), b.batch_id == batch)
    ).first()
    fen = sum(line.amount_fen for line in own)
    facts: dict[str, str | int] = {
        "lines": len(own),
        "amount_fen": fen,
        "approved_on": date.fromordinal(own[0].on).isoformat(),
        "number": row.number if row else "",
    }
    about = (row.position,) if row else (own[0].position,)
    yield Found(rule, "batch_unanswered", about, facts, amount_fen=fen)


def _late(rule: Rule, says: str, line: Line, days: int) -> Found:
    facts: dict[str, str | int] = {
        "program": line.program,
        "approved_on": date.fromordinal(line.on).isoformat(),
        "amount_fen": line.amount_fen,
        "allowed": rule.number("days"),
    }
    if says == "paid_late":
        facts["days"] = days
    return _of_line(rule, says, line, (UUID(bytes=line.beneficiary_id),), facts)


def _of_line(
    rule: Rule, says: str, line: Line, persons: tuple[UUID, ...], facts: Any = None
) -> Found:
    said = facts or {
        "program": line.program,
        "on": date.fromordinal(line.on).isoformat(),
        "fund": line.fund,
        "amount_fen": line.amount_fen,
    }
    case = UUID(bytes=line.case_id)
    return Found(rule, says, (line.position,), said, case, persons, line.amount_fen)
