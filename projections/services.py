"""Read model: social forces. Providers, their projects and money, and what was delivered."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Index

from domain.events import (
    Event,
    ProjectAccepted,
    ProjectFunded,
    ProjectOpened,
    ProjectPaid,
    ProviderRegistered,
    ServiceDelivered,
)
from projections.model import Handler, ReadModel, Sink
from projections.tables import day, fact_table, flag, id_, text, whole

COMMITTED, PAID = "committed", "paid"

providers = fact_table(
    "providers",
    id_("event_id"),
    id_("provider_id"),
    day("occurred_on"),
    text("code"),
    text("name"),
    text("kind"),
)
projects = fact_table(
    "projects",
    id_("event_id"),
    id_("project_id"),
    id_("provider_id"),
    day("occurred_on"),
    text("code"),
    text("name"),
    text("category"),
    text("track"),
    day("starts_on", nullable=True),
    day("ends_on", nullable=True),
    whole("people_planned", nullable=True),
    whole("visits_planned", nullable=True),
)
project_acceptances = fact_table(
    "project_acceptances", id_("event_id"), id_("project_id"), day("occurred_on")
)
project_money = fact_table(
    "project_money",
    id_("event_id"),
    id_("project_id"),
    day("occurred_on"),
    text("kind"),
    text("fund"),
    whole("amount_fen"),
)
"""Kind committed (投入) or paid (支付)."""
deliveries = fact_table(
    "deliveries",
    id_("event_id"),
    id_("project_id"),
    id_("person_id", nullable=True),
    id_("household_id", nullable=True),
    day("occurred_on"),
    text("number"),
    text("service"),
    text("unit"),
    text("age_band"),
    text("town"),
    whole("head_count", nullable=True),
    flag("completed"),
)
Index("view_projects_project_id", projects.c.project_id)


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add_provider, add_project = sink.to(providers), sink.to(projects)
    add_acceptance, add_money = sink.to(project_acceptances), sink.to(project_money)

    def provider(position: int, event: ProviderRegistered) -> None:
        meta = event.meta
        add_provider(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                meta.occurred_on.toordinal(),
                event.code,
                event.name,
                event.kind,
            )
        )

    def opened(position: int, event: ProjectOpened) -> None:
        meta = event.meta
        add_project(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                event.provider_id.bytes,
                meta.occurred_on.toordinal(),
                event.code,
                event.name,
                event.category,
                event.track,
                event.starts_on.toordinal() if event.starts_on else None,
                event.until.toordinal() - 1 if event.until else None,
                event.people_planned,
                event.visits_planned,
            )
        )

    def accepted(position: int, event: ProjectAccepted) -> None:
        meta = event.meta
        on = meta.occurred_on.toordinal()
        add_acceptance((position, meta.event_id.bytes, meta.stream_id.bytes, on))

    def money(position: int, event: ProjectFunded | ProjectPaid) -> None:
        meta = event.meta
        add_money(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                meta.occurred_on.toordinal(),
                COMMITTED if isinstance(event, ProjectFunded) else PAID,
                event.fund,
                event.amount_fen,
            )
        )

    return {
        ProviderRegistered: provider,
        ProjectOpened: opened,
        ProjectAccepted: accepted,
        ProjectFunded: money,
        ProjectPaid: money,
        ServiceDelivered: _delivered(sink),
    }


def _delivered(sink: Sink) -> Handler:
    add = sink.to(deliveries)

    def delivered(position: int, event: ServiceDelivered) -> None:
        meta = event.meta
        add(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                event.person_id.bytes if event.person_id else None,
                event.household_id.bytes if event.household_id else None,
                meta.occurred_on.toordinal(),
                event.number,
                event.service,
                event.unit,
                event.age_band,
                event.town,
                event.head_count,
                event.completed,
            )
        )

    return delivered


MODEL = ReadModel(
    "services",
    (providers, projects, project_acceptances, project_money, deliveries),
    _handlers,
)
