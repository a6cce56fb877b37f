"""Read model: applications and decisions: what was decided, on what, by whom, from when.

Its rows are what coverage, entitlement and the breaches of enrollment are derived from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Index, select

from domain.case_facts import starts_on
from domain.events import (
    Actor,
    ApplicationAccepted,
    ApplicationReceived,
    CarriedOver,
    Component,
    Enrolled,
    EnrollmentRefused,
    EntitlementAdjusted,
    Event,
    Exited,
    Extended,
    FadeOutStarted,
    HandedOver,
    MemberCovered,
    MemberUncovered,
    Reinstated,
    Resumed,
    Suspended,
    Switched,
)
from domain.standards import DIFFERENCE
from projections.model import Handler, ReadModel, Sink
from projections.moment import Moment
from projections.tables import counts, day, fact_table, flag, id_, text, whole

ENROLLED, REFUSED, ADJUSTED = "enrolled", "refused", "adjusted"
COVERED, UNCOVERED, EXITED = "covered", "uncovered", "exited"
REINSTATED, SWITCHED, CARRIED, HANDED = "reinstated", "switched", "carried_over", "handed_over"
FADING, EXTENDED, SUSPENDED, RESUMED = "fading", "extended", "suspended", "resumed"
OPENING = (ENROLLED, REINSTATED, CARRIED, SWITCHED)
"""Kinds with which a case comes into a program."""

applications = fact_table(
    "applications",
    id_("event_id"),
    id_("case_id"),
    id_("application_id"),
    day("occurred_on"),
    text("kind"),
    text("program"),
    flag("urgent"),
)
"""Kind received or accepted; an acceptance names its application only."""
decisions = fact_table(
    "decisions",
    id_("event_id"),
    id_("case_id"),
    day("occurred_on"),
    day("starts_on"),
    text("kind"),
    text("program"),
    id_("person_id", nullable=True),
    id_("application_id", nullable=True),
    text("town"),
    text("reason"),
    flag("urgent"),
    text("basis"),
    text("proposed_by"),
    text("approved_by"),
    text("from_program"),
    day("until", nullable=True),
)
covered = fact_table("covered", id_("person_id"), several=True)
"""The covered persons that a decision names; of a member covered or uncovered, the decision's own."""
components = fact_table(
    "components",
    text("component"),
    whole("amount_fen"),
    text("method"),
    id_("person_id", nullable=True),
    text("standard"),
    text("grade"),
    whole("persons", nullable=True),
    whole("income_per_head_fen", nullable=True),
    text("last_month", nullable=True),
    flag("remaining"),
    several=True,
)
"""The whole monthly entitlement that a decision sets; `remaining`: of those who stay behind."""
for table, column in (
    (applications, "case_id"),
    (decisions, "case_id"),
    (decisions, "person_id"),
    (covered, "person_id"),
):
    Index(f"{table.name}_{column}", table.c[column])

_KINDS: dict[type[Event], str] = {
    Enrolled: ENROLLED,
    EnrollmentRefused: REFUSED,
    EntitlementAdjusted: ADJUSTED,
    MemberCovered: COVERED,
    MemberUncovered: UNCOVERED,
    Exited: EXITED,
    Reinstated: REINSTATED,
    Switched: SWITCHED,
    CarriedOver: CARRIED,
    HandedOver: HANDED,
    FadeOutStarted: FADING,
    Extended: EXTENDED,
    Suspended: SUSPENDED,
    Resumed: RESUMED,
}


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add_decision, add_covered = sink.to(decisions), sink.to(covered)
    add_component, add_application = sink.to(components), sink.to(applications)

    def decided(position: int, event: Any) -> None:
        meta, person = event.meta, getattr(event, "person_id", None)
        application = getattr(event, "application_id", None)
        until = getattr(event, "until", None)
        add_decision(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                meta.occurred_on.toordinal(),
                starts_on(event).toordinal(),
                _KINDS[type(event)],
                event.program,
                person.bytes if person else None,
                application.bytes if application else None,
                getattr(event, "town", ""),
                _reason(event),
                getattr(event, "urgent", False),
                meta.basis,
                _code(getattr(event, "proposed_by", None)),
                _code(getattr(event, "approved_by", None)),
                getattr(event, "from_program", ""),
                until.toordinal() if until else None,
            )
        )

    def entitled(position: int, event: Any) -> None:
        decided(position, event)
        due, rest = getattr(event, "components", ()), getattr(event, "remaining", ())
        income = getattr(event, "income_per_head_fen", None)
        for n, component in enumerate(due):
            add_component(_component(position, n, component, income, remaining=False))
        for n, component in enumerate(rest, len(due)):
            add_component(_component(position, n, component, income, remaining=True))

    def enrolled(position: int, event: Any) -> None:
        entitled(position, event)
        for n, person in enumerate(event.covered):
            add_covered((position, n, person.bytes))

    def applied(position: int, event: ApplicationReceived | ApplicationAccepted) -> None:
        meta = event.meta
        received = isinstance(event, ApplicationReceived)
        add_application(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                event.application_id.bytes,
                meta.occurred_on.toordinal(),
                "received" if received else "accepted",
                event.program if isinstance(event, ApplicationReceived) else "",
                isinstance(event, ApplicationReceived) and event.urgent,
            )
        )

    return {
        ApplicationReceived: applied,
        ApplicationAccepted: applied,
        Enrolled: enrolled,
        EntitlementAdjusted: entitled,
        EnrollmentRefused: decided,
        MemberCovered: decided,
        MemberUncovered: decided,
        Exited: decided,
        Reinstated: enrolled,
        Switched: enrolled,
        CarriedOver: enrolled,
        HandedOver: enrolled,
        FadeOutStarted: decided,
        Extended: decided,
        Suspended: decided,
        Resumed: decided,
    }


def _code(actor: Actor | None) -> str:
    return actor.id if actor else ""


def _reason(event: Any) -> str:
    if isinstance(event, EnrollmentRefused):
        return "; ".join(event.reasons)
    return str(getattr(event, "reason", ""))


def _component(
    position: int, n: int, c: Component, income: int | None, *, remaining: bool
) -> tuple[Any, ...]:
    """`income`: per head as the decision has it, where the component does not say its own."""
    person = c.person_id.bytes if c.person_id else None
    if c.income_per_head_fen is not None:
        income = c.income_per_head_fen
    return (
        position,
        n,
        c.code,
        c.amount_fen,
        c.method,
        person,
        c.standard,
        c.grade,
        c.persons,
        income if c.method == DIFFERENCE else None,
        c.last_month,
        remaining,
    )


MODEL = ReadModel("decisions", (applications, decisions, covered, components), _handlers)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision that stands at the moment. `person_id` for a member covered or uncovered."""

    position: int
    event_id: UUID
    case_id: UUID
    kind: str
    program: str
    decided_on: date
    starts_on: date
    person_id: UUID | None
    application_id: UUID | None
    town: str
    reason: str
    urgent: bool
    basis: str
    proposed_by: str
    approved_by: str
    from_program: str
    until: date | None


def decisions_where(connection: Connection, moment: Moment, *conditions: Any) -> list[Decision]:
    """The decisions that meet the conditions, in the order of the log."""
    rows = select(decisions).where(counts(decisions, moment), *conditions)
    return [_decision(r) for r in connection.execute(rows.order_by(decisions.c.position))]


def _decision(r: Any) -> Decision:
    return Decision(
        r.position,
        UUID(bytes=r.event_id),
        UUID(bytes=r.case_id),
        r.kind,
        r.program,
        date.fromordinal(r.occurred_on),
        date.fromordinal(r.starts_on),
        UUID(bytes=r.person_id) if r.person_id else None,
        UUID(bytes=r.application_id) if r.application_id else None,
        r.town,
        r.reason,
        r.urgent,
        r.basis,
        r.proposed_by,
        r.approved_by,
        r.from_program,
        date.fromordinal(r.until) if r.until else None,
    )
