"""The facts of the whole population that checks share: each read once, in one pass over its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Connection, func, select

from projections.breaches.breach import Breach, Span
from projections.breaches.entitlement import entitlement_breaches
from projections.decisions import OPENING, Decision, decisions, decisions_where
from projections.line_states import fallen_lines
from projections.moment import Moment
from projections.payments import lines, parts
from projections.procedures import Procedure, procedures
from projections.registry_rows import deaths
from projections.same_person import same_person
from projections.tables import counts, each
from projections.towns import Towns
from reports.rules.pack import Rule
from reports.rules.workdays import Workdays

T = TypeVar("T")


class Line(NamedTuple):
    """A payment line that stands."""

    position: int
    line_id: bytes
    batch_id: bytes
    case_id: bytes
    beneficiary_id: bytes
    on: int
    program: str
    fund: str
    amount_fen: int
    first_month: str
    last_month: str


class Population:
    """Everything that the ledger says at a moment, read as checks ask for it."""

    def __init__(self, connection: Connection, moment: Moment, workdays: Workdays) -> None:
        self.connection, self.moment, self.workdays = connection, moment, workdays
        self.span = Span(0, moment.as_at)
        self._made: dict[Hashable, Any] = {}
        self.silent: dict[str, str] = {}
        """Version of a rule → why it could not be judged: no such step is recorded anywhere."""

    @property
    def today(self) -> date:
        """The day of the question."""
        return self.moment.as_of

    def cannot_judge(self, rule: Rule, why: str) -> None:
        """Says that a rule finds nothing because the ledger does not hold what it asks about."""
        self.silent[rule.version] = why

    def once(self, ask: Callable[[Connection, Moment, Span], Iterable[Breach]]) -> list[Breach]:
        """What a screen over the views finds in the whole log; asked once."""
        return self.memo(ask, lambda: list(ask(self.connection, self.moment, self.span)))

    def memo(self, name: Hashable, make: Callable[[], T]) -> T:
        """What several rules need, made once."""
        if name not in self._made:
            self._made[name] = make()
        found: T = self._made[name]
        return found

    def rows(self, query: Any) -> Iterable[Any]:
        """The rows of a query over the population."""
        return each(self.connection, query)

    @cached_property
    def decisions(self) -> list[Decision]:
        """All that stand, in the order of the log."""
        return decisions_where(self.connection, self.moment, decisions.c.position > 0)

    @cached_property
    def decision_at(self) -> dict[UUID, Decision]:
        """By event."""
        return {d.event_id: d for d in self.decisions}

    @cached_property
    def by_case(self) -> dict[tuple[bytes, str], list[Decision]]:
        """(case, program) → its decisions, in the order of the log."""
        found: dict[tuple[bytes, str], list[Decision]] = defaultdict(list)
        for d in self.decisions:
            found[d.case_id.bytes, d.program].append(d)
        return found

    @cached_property
    def procedures(self) -> tuple[Procedure, ...]:
        """Every application, as far as it came."""
        return procedures(self.connection, self.moment).rows

    @cached_property
    def received_on(self) -> dict[UUID, date]:
        """Event of a decision → the day of the application that it answers."""
        rows = self.procedures
        return {p.decision_event_id: p.received_on for p in rows if p.decision_event_id}

    @cached_property
    def excesses(self) -> list[Breach]:
        """What lines pay beyond what is due, month by month."""
        return list(entitlement_breaches(self.connection, self.moment, self.span))

    @cached_property
    def fallen(self) -> set[bytes]:
        """Lines whose money did not stay with the household."""
        return fallen_lines(self.connection, self.moment)

    @cached_property
    def lines(self) -> list[Line]:
        """All that stand, in the order of the log, with the months that they pay for."""
        l, p = lines.c, parts.c  # noqa: E741
        months = (
            select(
                p.position,
                func.min(func.coalesce(p.first_month, p.last_month)).label("first"),
                func.max(p.last_month).label("last"),
            )
            .group_by(p.position)
            .subquery("months")
        )
        query = (
            select(
                l.position,
                l.line_id,
                l.batch_id,
                l.case_id,
                l.beneficiary_id,
                l.occurred_on,
                l.program,
                l.fund,
                l.amount_fen,
                func.coalesce(months.c.first, l.authorized_month),
                func.coalesce(months.c.last, l.authorized_month),
            )
            .outerjoin_from(lines, months, months.c.position == l.position)
            .where(counts(lines, self.moment))
            .order_by(l.position)
        )
        return [Line(*row) for row in self.rows(query)]

    @cached_property
    def line_at(self) -> dict[int, Line]:
        """By position."""
        return {line.position: line for line in self.lines}

    @cached_property
    def lines_of(self) -> dict[tuple[bytes, str], list[Line]]:
        """(case, program) → its lines, in the order of the log."""
        found: dict[tuple[bytes, str], list[Line]] = defaultdict(list)
        for line in self.lines:
            found[line.case_id, line.program].append(line)
        return found

    @cached_property
    def died(self) -> dict[int, int]:
        """Position of a recorded death → day of the death."""
        rows = select(deaths.c.position, deaths.c.occurred_on).where(counts(deaths, self.moment))
        return dict(self.rows(rows))

    @cached_property
    def same(self) -> Any:
        """Whom each registration stands for."""
        return same_person(self.connection, self.moment)

    @cached_property
    def towns(self) -> Towns:
        """Where each household belonged on each day."""
        return Towns(self.connection, self.moment)

    def opening(self, case: bytes, program: str, on: date) -> Decision | None:
        """The decision with which the case last came into the program by that day."""
        own = self.by_case.get((case, program), ())
        before = [d for d in own if d.kind in OPENING and d.decided_on <= on]
        return before[-1] if before else None
