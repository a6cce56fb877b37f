"""Read model: the steps of a case's procedure beside applications, checks and decisions (rows).

Papers, authorizations, appraisals, notices, objections, hearings, opinions, publication, delivery,
warnings and appeals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Index

from domain.events import (
    AppealDecided,
    AppealFiled,
    ApplicationWithdrawn,
    AppraisalHeld,
    AuthorizationGiven,
    DecisionDelivered,
    DecisionPublished,
    Event,
    NoticePosted,
    ObjectionRaised,
    ObjectionResolved,
    OpinionGiven,
    PapersRequested,
    PapersSupplied,
    PersonHeard,
    SelfCareAssessed,
    WarningClosed,
    WarningRaised,
)
from projections.model import Handler, ReadModel, Sink
from projections.tables import day, fact_table, id_, text

WITHDRAWN, AUTHORIZED, ASKED, SUPPLIED = (
    "withdrawn",
    "authorized",
    "papers_asked",
    "papers_supplied",
)
APPRAISED, NOTICE, OBJECTED, RESOLVED = "appraised", "notice", "objected", "objection_resolved"
HEARD, OPINION, SELF_CARE = "heard", "opinion", "self_care"
PUBLISHED, DELIVERED = "published", "delivered"
WARNED, WARNING_CLOSED, APPEALED, APPEAL_DECIDED = (
    "warned",
    "warning_closed",
    "appealed",
    "appeal_decided",
)

steps = fact_table(
    "steps",
    id_("event_id"),
    id_("case_id"),
    day("occurred_on"),
    text("step"),
    text("program"),
    id_("about_id", nullable=True),
    id_("person_id", nullable=True),
    text("detail"),
    text("kind"),
    day("due_on", nullable=True),
)
"""One row a step. `about_id`: the application, objection, warning or appeal that it belongs to; of
a publication or a delivery, the decision. `detail`: papers, a conclusion, an outcome. `due_on`: by
when, or the first day no longer posted."""
contested = fact_table("contested", id_("appeal_id"), id_("decision_event_id"), text("body"))
"""Which decision an appeal contests."""
Index("view_steps_case_id", steps.c.case_id)
Index("view_steps_about_id", steps.c.about_id)

Said = tuple[str, UUID | None, UUID | None, str, str, date | None]
"""Program, what it is about, whom, detail, kind, due on."""


def _papers(e: Any) -> Said:
    return "", e.application_id, None, "; ".join(e.papers), "", getattr(e, "due_on", None)


def _appraised(e: AppraisalHeld) -> Said:
    return e.program, None, None, e.conclusion, f"{e.in_favor}/{e.attending}", None


def _heard(e: PersonHeard) -> Said:
    return e.program, None, e.person_id, "contested" if e.contested else "", e.proposal, None


def _opinion(e: OpinionGiven) -> Said:
    return e.program, e.application_id, None, e.opinion, e.reason, e.received_on


def _published(e: DecisionPublished) -> Said:
    return e.program, e.decision_event_id, None, e.place, "", e.until


def _appealed(e: AppealFiled) -> Said:
    return e.program, e.appeal_id, e.filed_by, e.body, e.kind, None


_STEPS: Final[dict[type[Event], tuple[str, Callable[[Any], Said]]]] = {
    ApplicationWithdrawn: (WITHDRAWN, lambda e: ("", e.application_id, None, e.reason, "", None)),
    AuthorizationGiven: (
        AUTHORIZED,
        lambda e: ("", e.application_id, None, str(len(e.person_ids)), "", None),
    ),
    PapersRequested: (ASKED, _papers),
    PapersSupplied: (SUPPLIED, _papers),
    AppraisalHeld: (APPRAISED, _appraised),
    NoticePosted: (NOTICE, lambda e: (e.program, None, None, e.place, "", e.until)),
    ObjectionRaised: (
        OBJECTED,
        lambda e: (e.program, e.objection_id, None, e.ground, "", None),
    ),
    ObjectionResolved: (
        RESOLVED,
        lambda e: ("", e.objection_id, None, "upheld" if e.upheld else "rejected", "", None),
    ),
    PersonHeard: (HEARD, _heard),
    OpinionGiven: (OPINION, _opinion),
    SelfCareAssessed: (
        SELF_CARE,
        lambda e: ("", None, e.person_id, e.level, "again" if e.reassessed else "", None),
    ),
    DecisionPublished: (PUBLISHED, _published),
    DecisionDelivered: (
        DELIVERED,
        lambda e: (e.program, e.decision_event_id, None, e.manner, e.received_by, None),
    ),
    WarningRaised: (WARNED, lambda e: ("", e.warning_id, e.person_id, "", e.kind, e.due_on)),
    WarningClosed: (WARNING_CLOSED, lambda e: ("", e.warning_id, None, e.outcome, "", None)),
    AppealFiled: (APPEALED, _appealed),
    AppealDecided: (APPEAL_DECIDED, lambda e: ("", e.appeal_id, None, e.outcome, "", None)),
}


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add, add_contested = sink.to(steps), sink.to(contested)

    def step(position: int, event: Event) -> None:
        name, said = _STEPS[type(event)]
        program, about, person, detail, kind, due = said(event)
        meta = event.meta
        add(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                meta.occurred_on.toordinal(),
                name,
                program,
                about.bytes if about else None,
                person.bytes if person else None,
                detail,
                kind,
                due.toordinal() if due else None,
            )
        )

    def appealed(position: int, event: AppealFiled) -> None:
        step(position, event)
        against = event.against_event_id.bytes
        add_contested((position, event.appeal_id.bytes, against, event.body))

    return {**dict.fromkeys(_STEPS, step), AppealFiled: appealed}


MODEL = ReadModel("procedure", (steps, contested), _handlers)
