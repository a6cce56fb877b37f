"""Which enrolled cases were checked and visited, and whether that came before the decision."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from domain.rulebook import RuleBook, TrunkRules
from domain.same_person import SamePerson
from projections.checks import comparisons, cross_checks, visits
from projections.decisions import ENROLLED, Decision, covered, decisions, decisions_where
from projections.moment import Moment
from projections.registry_rows import households, members
from projections.roster import RosterRow, roster
from projections.same_person import same_person
from projections.tables import as_date, counts, stands


@dataclass
class CheckDays:
    """On which days each case was checked (day numbers, rising)."""

    cross_checks: dict[UUID, list[int]] = field(default_factory=dict)
    comparisons: dict[UUID, list[int]] = field(default_factory=dict)
    visits: dict[UUID, list[int]] = field(default_factory=dict)
    """Home visits and inquiries with neighbors."""

    def checked_before(self, case_id: UUID, decided_on: date, valid_days: int) -> bool:
        """True where any check is dated within the valid days before the decision, or on its day."""
        day = decided_on.toordinal()
        return any(
            day - valid_days <= (last_by(days.get(case_id, ()), day) or 0)
            for days in (self.cross_checks, self.comparisons, self.visits)
        )


def last_by(days: list[int] | tuple[()], day: int) -> int | None:
    """The last of the days at or before this one."""
    at = bisect_right(days, day)
    return days[at - 1] if at else None


def check_days(connection: Connection, moment: Moment) -> CheckDays:
    """All checks by case. A check of a person counts for the case in whose file it stands, and for
    every case that the person heads, ever joined, or was ever covered in."""
    same = same_person(connection, moment)
    cases = _cases_of_persons(connection, moment, same)
    found = CheckDays()
    for table, by_case in (
        (cross_checks, found.cross_checks),
        (comparisons, found.comparisons),
    ):
        c = table.c
        rows = select(c.stream_id, c.person_id, c.occurred_on).where(counts(table, moment))
        days: dict[bytes, set[int]] = defaultdict(set)
        for stream, person, on in connection.execute(rows):
            days[stream].add(on)
            for case in cases.get(_key(same, person), ()):
                days[case].add(on)
        by_case.update((UUID(bytes=case), sorted(own)) for case, own in days.items())
    visited: dict[bytes, set[int]] = defaultdict(set)
    for case, on in connection.execute(
        select(visits.c.case_id, visits.c.occurred_on).where(counts(visits, moment))
    ):
        visited[case].add(on)
    found.visits.update((UUID(bytes=case), sorted(own)) for case, own in visited.items())
    return found


def _key(same: SamePerson, person: bytes) -> bytes:
    return same.of(UUID(bytes=person)).bytes if same else person


def _cases_of_persons(
    connection: Connection, moment: Moment, same: SamePerson
) -> dict[bytes, set[bytes]]:
    found: dict[bytes, set[bytes]] = defaultdict(set)
    in_decision = select(covered.c.person_id, decisions.c.case_id).join(
        decisions, decisions.c.position == covered.c.position
    )
    for query in (
        select(households.c.head_id, households.c.case_id).where(
            stands(households.c.position, moment.as_at)
        ),
        select(members.c.person_id, members.c.case_id).where(
            stands(members.c.position, moment.as_at), members.c.joined
        ),
        select(decisions.c.person_id, decisions.c.case_id).where(
            counts(decisions, moment), decisions.c.person_id.is_not(None)
        ),
        in_decision.where(counts(decisions, moment)),
    ):
        for person, case in connection.execute(query):
            found[_key(same, person)].add(case)
    return found


@dataclass(frozen=True, slots=True)
class CheckedCase:
    """An enrolled case and its checks. `before_decision`: yes, no, or urgent (checks follow)."""

    case_id: UUID
    program: str
    town: str
    decided_on: date
    last_cross_check: date | None
    last_visit: date | None
    before_decision: str
    position: int
    """The decision."""


@dataclass(frozen=True, slots=True)
class TownChecks:
    """The enrolled cases of a town; checked and visited within the valid days up to `as_of`."""

    town: str
    cases: int
    cross_checked: int
    visited: int
    unchecked_before_decision: int


@dataclass(frozen=True, slots=True)
class CheckCoverage:
    """Every enrolled case by town and program, and the counts by town."""

    as_of: date
    as_at: int
    valid_days: int
    towns: tuple[TownChecks, ...]
    rows: tuple[CheckedCase, ...]


def check_coverage(
    connection: Connection, moment: Moment, book: RuleBook | None = None
) -> CheckCoverage:
    """The checks of every case that is in a program on the day."""
    book = book or TrunkRules()
    days = check_days(connection, moment)
    enrollments: dict[tuple[UUID, str], Decision] = {}
    for decision in decisions_where(connection, moment, decisions.c.kind == ENROLLED):
        enrollments[decision.case_id, decision.program] = decision
    rows = [
        _checked_case(row, enrollments[row.case_id, row.program], days, moment, book)
        for row in roster(connection, moment).rows
        if (row.case_id, row.program) in enrollments
    ]
    rows.sort(key=lambda r: (r.town, r.program, r.position))
    valid_days = book.check_valid_days(moment.as_of)
    return CheckCoverage(
        as_of=moment.as_of,
        as_at=moment.as_at,
        valid_days=valid_days,
        towns=tuple(_by_town(rows, moment.as_of, valid_days)),
        rows=tuple(rows),
    )


def _checked_case(
    row: RosterRow, decision: Decision, days: CheckDays, moment: Moment, book: RuleBook
) -> CheckedCase:
    today = moment.as_of.toordinal()
    valid_days = book.check_valid_days(decision.decided_on)
    checked = days.checked_before(row.case_id, decision.decided_on, valid_days)
    return CheckedCase(
        case_id=row.case_id,
        program=row.program,
        town=row.town,
        decided_on=decision.decided_on,
        last_cross_check=as_date(last_by(days.cross_checks.get(row.case_id, ()), today)),
        last_visit=as_date(last_by(days.visits.get(row.case_id, ()), today)),
        before_decision="yes" if checked else "urgent" if decision.urgent else "no",
        position=decision.position,
    )


def _by_town(rows: Iterable[CheckedCase], as_of: date, valid_days: int) -> list[TownChecks]:
    def recent(day: date | None) -> bool:
        return day is not None and (as_of - day).days <= valid_days

    towns: dict[str, list[CheckedCase]] = defaultdict(list)
    for row in rows:
        towns[row.town].append(row)
    return [
        TownChecks(
            town,
            len(own),
            sum(recent(r.last_cross_check) for r in own),
            sum(recent(r.last_visit) for r in own),
            sum(r.before_decision == "no" for r in own),
        )
        for town, own in sorted(towns.items())
    ]


@dataclass(frozen=True, slots=True)
class CrossChecks:
    """Cross-checks of a period: one per person and request, however many sources answered."""

    as_of: date
    as_at: int
    first: date
    end: date
    checks: int
    persons: int
    by_result: dict[str, int]
    """By the result that was recorded last."""


def cross_check_counts(
    connection: Connection, moment: Moment, first: date, end: date
) -> CrossChecks:
    """The cross-checks completed in [first, end)."""
    c = cross_checks.c
    rows = select(c.person_id, c.request, c.result).where(
        counts(cross_checks, moment),
        c.occurred_on >= first.toordinal(),
        c.occurred_on < end.toordinal(),
    )
    results: dict[tuple[Any, str], str] = {}
    same = same_person(connection, moment)
    for person, request, result in connection.execute(rows.order_by(c.position)):
        results[_key(same, person), request] = result
    return CrossChecks(
        as_of=moment.as_of,
        as_at=moment.as_at,
        first=first,
        end=end,
        checks=len(results),
        persons=len({person for person, _ in results}),
        by_result=dict(sorted(Counter(results.values()).items())),
    )
