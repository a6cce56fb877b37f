"""Read model: cross-checks, comparisons, visits and inquiries, and who investigated."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Index

from domain.events import (
    CrossCheckCompleted,
    DirectoryCompared,
    Event,
    HomeVisited,
    NeighborsAsked,
)
from projections.model import Handler, ReadModel, Sink
from projections.tables import day, fact_table, flag, id_, text, whole

cross_checks = fact_table(
    "cross_checks",
    id_("event_id"),
    id_("stream_id"),
    id_("person_id"),
    day("occurred_on"),
    text("request"),
    text("result"),
    whole("income_per_head_fen", nullable=True),
)
"""The stream is the case's, or the person's own where no household is known."""
comparisons = fact_table(
    "comparisons",
    id_("event_id"),
    id_("stream_id"),
    id_("person_id"),
    day("occurred_on"),
    text("directory"),
    text("result"),
)
visits = fact_table(
    "visits",
    id_("event_id"),
    id_("case_id"),
    day("occurred_on"),
    text("kind"),
    text("conclusion"),
    flag("signed"),
)
"""Kind home (入户调查) or neighbors (邻里访问)."""
investigators = fact_table("investigators", text("code"), several=True)
for table, column in (
    (cross_checks, "stream_id"),
    (cross_checks, "person_id"),
    (comparisons, "stream_id"),
    (comparisons, "person_id"),
    (visits, "case_id"),
):
    Index(f"{table.name}_{column}", table.c[column])


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add_check, add_comparison = sink.to(cross_checks), sink.to(comparisons)
    add_visit, add_investigator = sink.to(visits), sink.to(investigators)

    def checked(position: int, event: CrossCheckCompleted) -> None:
        meta = event.meta
        add_check(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                event.person_id.bytes,
                meta.occurred_on.toordinal(),
                event.request,
                event.result,
                event.income_per_head_fen,
            )
        )

    def compared(position: int, event: DirectoryCompared) -> None:
        meta = event.meta
        add_comparison(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                event.person_id.bytes,
                meta.occurred_on.toordinal(),
                event.directory,
                event.result,
            )
        )

    def visited(position: int, event: HomeVisited | NeighborsAsked) -> None:
        meta = event.meta
        home = isinstance(event, HomeVisited)
        add_visit(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                meta.occurred_on.toordinal(),
                "home" if home else "neighbors",
                event.conclusion,
                isinstance(event, HomeVisited) and event.signed,
            )
        )
        for n, code in enumerate(event.investigators):
            add_investigator((position, n, code))

    return {
        CrossCheckCompleted: checked,
        DirectoryCompared: compared,
        HomeVisited: visited,
        NeighborsAsked: visited,
    }


MODEL = ReadModel("checks", (cross_checks, comparisons, visits, investigators), _handlers)
