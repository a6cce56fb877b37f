"""Read model: findings: what a rule found, who looks into it, and how it ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Index, select

from domain.events import (
    Event,
    FindingAssigned,
    FindingCleared,
    FindingClosed,
    FindingConfirmed,
    FindingOverridden,
    FindingRaised,
)
from domain.judging.findings import STATES
from projections.model import Handler, ReadModel, Sink
from projections.moment import Moment
from projections.tables import (
    annulments,
    as_date,
    counts,
    day,
    digest,
    fact_table,
    id_,
    text,
    whole,
)

OPEN: Final = ("raised", "assigned")
"""States in which nobody has concluded anything yet."""
findings = fact_table(
    "findings",
    id_("event_id"),
    id_("finding_id"),
    day("occurred_on"),
    digest("key"),
    text("rule"),
    text("rule_version"),
    text("pack"),
    digest("pack_digest"),
    text("severity"),
    whole("as_at"),
    id_("case_id", nullable=True),
    text("town"),
    whole("amount_fen"),
)
finding_grounds = fact_table("finding_grounds", id_("event_id"), several=True)
finding_persons = fact_table("finding_persons", id_("person_id"), several=True)
finding_facts = fact_table("finding_facts", text("name"), text("value"), several=True)
"""Of the raising that stands at the same position."""
finding_steps = fact_table(
    "finding_steps",
    id_("event_id"),
    id_("finding_id"),
    day("occurred_on"),
    text("step"),
    text("actor"),
    text("detail"),
    whole("amount_fen"),
    day("due_on", nullable=True),
)
"""assigned (detail: to whom), confirmed (the measure), cleared, overridden, closed (the reason).
`actor`: who said so; of what was let stand, who approved it."""
Index("view_findings_finding_id", findings.c.finding_id)
Index("view_finding_steps_finding_id", finding_steps.c.finding_id)
Index("view_finding_grounds_event_id", finding_grounds.c.event_id)


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add_finding, add_ground = sink.to(findings), sink.to(finding_grounds)
    add_person, add_fact = sink.to(finding_persons), sink.to(finding_facts)
    add_step = sink.to(finding_steps)

    def raised(position: int, event: FindingRaised) -> None:
        add_finding(
            (
                *_key(position, event),
                event.key,
                event.rule,
                event.rule_version,
                event.pack,
                event.pack_digest,
                event.severity,
                event.as_at,
                event.case_id.bytes if event.case_id else None,
                event.town,
                event.amount_fen,
            )
        )
        for n, ground in enumerate(event.grounds):
            add_ground((position, n, ground.bytes))
        for n, person in enumerate(event.person_ids):
            add_person((position, n, person.bytes))
        for n, fact in enumerate(event.facts):
            add_fact((position, n, fact.name, fact.value))

    def assigned(position: int, event: FindingAssigned) -> None:
        due = event.due_on.toordinal() if event.due_on else None
        add_step((*_step(position, event), event.meta.actor.id, event.to.id, 0, due))

    def confirmed(position: int, event: FindingConfirmed) -> None:
        said = (event.meta.actor.id, event.measure, event.amount_fen, None)
        add_step((*_step(position, event), *said))

    def ended(position: int, event: FindingCleared | FindingOverridden | FindingClosed) -> None:
        by = event.approved_by if isinstance(event, FindingOverridden) else event.meta.actor
        add_step((*_step(position, event), by.id, event.reason, 0, None))

    return {
        FindingRaised: raised,
        FindingAssigned: assigned,
        FindingConfirmed: confirmed,
        FindingCleared: ended,
        FindingOverridden: ended,
        FindingClosed: ended,
    }


def _key(position: int, event: Event) -> tuple[Any, ...]:
    meta = event.meta
    return (position, meta.event_id.bytes, meta.stream_id.bytes, meta.occurred_on.toordinal())


def _step(position: int, event: Event) -> tuple[Any, ...]:
    return (*_key(position, event), STATES[type(event)])


MODEL = ReadModel(
    "findings",
    (findings, finding_grounds, finding_persons, finding_facts, finding_steps),
    _handlers,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One turn in the life of a finding."""

    step: str
    on: date
    by: str
    detail: str
    amount_fen: int
    due_on: date | None
    position: int


@dataclass(frozen=True, slots=True)
class RaisedFinding:
    """A finding and where it stands. `key` is hexadecimal; facts are as the event has them."""

    finding_id: UUID
    key: str
    rule: str
    rule_version: str
    pack: str
    severity: str
    state: str
    raised_on: date
    as_at: int
    case_id: UUID | None
    person_ids: tuple[UUID, ...]
    town: str
    amount_fen: int
    grounds: tuple[UUID, ...]
    grounds_annulled: tuple[UUID, ...]
    """The annulments of events that it rests on."""
    facts: dict[str, str]
    steps: tuple[Step, ...]
    position: int

    @property
    def assigned_to(self) -> str:
        """Who looks into it; empty while nobody does."""
        return next((s.detail for s in reversed(self.steps) if s.step == "assigned"), "")

    @property
    def due_on(self) -> date | None:
        """By when it is to be looked into."""
        return next((s.due_on for s in reversed(self.steps) if s.step == "assigned"), None)


def finding_list(
    connection: Connection, moment: Moment, finding_id: UUID | None = None
) -> list[RaisedFinding]:
    """Every finding raised by the day (or the one asked for), in the order of the log."""
    wanted = [] if finding_id is None else [findings.c.finding_id == finding_id.bytes]
    raised = select(findings).where(counts(findings, moment), *wanted)
    rows = connection.execute(raised.order_by(findings.c.position)).all()
    steps, parts = _steps(connection, moment), _Parts(connection, moment)
    return [_raised(r, steps[r.finding_id], parts) for r in rows]


def _steps(connection: Connection, moment: Moment) -> dict[bytes, list[Step]]:
    found: dict[bytes, list[Step]] = defaultdict(list)
    rows = select(finding_steps).where(counts(finding_steps, moment))
    for r in connection.execute(rows.order_by(finding_steps.c.position)):
        on, due = date.fromordinal(r.occurred_on), as_date(r.due_on)
        step = Step(r.step, on, r.actor, r.detail, r.amount_fen, due, r.position)
        found[r.finding_id].append(step)
    return found


class _Parts:
    """Grounds, persons, facts and annulled grounds of all findings, by position."""

    def __init__(self, connection: Connection, moment: Moment) -> None:
        self.grounds, self.persons = (
            _ids(connection, finding_grounds),
            _ids(connection, finding_persons),
        )
        self.facts: dict[int, dict[str, str]] = defaultdict(dict)
        f = finding_facts.c
        for position, name, value in connection.execute(
            select(f.position, f.name, f.value).order_by(f.position, f.n)
        ):
            self.facts[position][name] = value
        g, a = finding_grounds.c, annulments.c
        self.annulled: dict[int, list[UUID]] = defaultdict(list)
        rows = (
            select(g.position, a.event_id)
            .join_from(finding_grounds, annulments, a.annulled_event_id == g.event_id)
            .where(a.position <= moment.as_at, a.annulled_position > 0)
            .order_by(g.position, a.position)
        )
        for position, event in connection.execute(rows):
            self.annulled[position].append(UUID(bytes=event))


def _ids(connection: Connection, table: Any) -> dict[int, list[UUID]]:
    found: dict[int, list[UUID]] = defaultdict(list)
    column = table.c[2]
    for position, raw in connection.execute(
        select(table.c.position, column).order_by(table.c.position, table.c.n)
    ):
        found[position].append(UUID(bytes=raw))
    return found


def _raised(r: Any, steps: list[Step], parts: _Parts) -> RaisedFinding:
    return RaisedFinding(
        finding_id=UUID(bytes=r.finding_id),
        key=r.key.hex(),
        rule=r.rule,
        rule_version=r.rule_version,
        pack=r.pack,
        severity=r.severity,
        state=steps[-1].step if steps else "raised",
        raised_on=date.fromordinal(r.occurred_on),
        as_at=r.as_at,
        case_id=UUID(bytes=r.case_id) if r.case_id else None,
        person_ids=tuple(parts.persons[r.position]),
        town=r.town,
        amount_fen=r.amount_fen,
        grounds=tuple(parts.grounds[r.position]),
        grounds_annulled=tuple(parts.annulled[r.position]),
        facts=parts.facts[r.position],
        steps=tuple(steps),
        position=r.position,
    )
