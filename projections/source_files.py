"""Read model: the files that were imported, and those that somebody owes."""

from __future__ import annotations

from collections.abc import Mapping

from domain.calendar import month_of
from domain.case_facts import starts_on
from domain.events import Event, FileExpected, FileImported
from projections.model import Handler, ReadModel, Sink
from projections.tables import day, fact_table, id_, text, whole

files = fact_table(
    "files",
    id_("event_id"),
    day("occurred_on"),
    text("source"),
    text("kind"),
    text("digest"),
    whole("rows"),
    whole("households"),
    whole("persons"),
    whole("amount_fen"),
    whole("first_position"),
    whole("last_position"),
)
"""`digest`: keyed, in hexadecimal; the vault tells whether a file in hand is this one."""
file_months = fact_table("file_months", text("month"), several=True)
"""Without a month of its own, a file counts for the month in which it was imported."""
file_towns = fact_table("file_towns", text("town"), several=True)
expectations = fact_table(
    "expectations",
    id_("event_id"),
    day("occurred_on"),
    day("starts_on"),
    text("source"),
    text("kind"),
    text("every"),
    whole("due_days"),
)
expected_towns = fact_table("expected_towns", text("town"), several=True)


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add_file, add_month, add_town = sink.to(files), sink.to(file_months), sink.to(file_towns)
    add_expectation, add_expected_town = sink.to(expectations), sink.to(expected_towns)

    def imported(position: int, event: FileImported) -> None:
        meta = event.meta
        add_file(
            (
                position,
                meta.event_id.bytes,
                meta.occurred_on.toordinal(),
                meta.source,
                event.kind,
                event.content_digest.hex(),
                event.rows,
                event.households,
                event.persons,
                event.amount_fen,
                event.first_position,
                event.last_position,
            )
        )
        for n, month in enumerate(event.months or (month_of(meta.occurred_on),)):
            add_month((position, n, month))
        for n, town in enumerate(event.towns):
            add_town((position, n, town))

    def expected(position: int, event: FileExpected) -> None:
        meta = event.meta
        add_expectation(
            (
                position,
                meta.event_id.bytes,
                meta.occurred_on.toordinal(),
                starts_on(event).toordinal(),
                event.source,
                event.kind,
                event.every,
                event.due_days,
            )
        )
        for n, town in enumerate(event.towns):
            add_expected_town((position, n, town))

    return {FileImported: imported, FileExpected: expected}


MODEL = ReadModel(
    "source_files", (files, file_months, file_towns, expectations, expected_towns), _handlers
)
