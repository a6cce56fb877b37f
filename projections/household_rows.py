"""Read model: what becomes of a household and its members beside joining and leaving (rows).

Splits and merges seen from both files, who is away, where the household lives, who is a near
relative of an official, who keeps whose bank book.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Index

from domain.case_facts import starts_on
from domain.events import (
    CustodyAgreed,
    CustodyEnded,
    Event,
    HouseholdAbsorbed,
    HouseholdSplit,
    MemberCameBack,
    MemberWentAway,
    OfficialRelativeDeclared,
    ResidenceRecorded,
)
from projections.model import Handler, ReadModel, Row, Sink
from projections.tables import day, fact_table, flag, id_, text

SPLIT, ABSORBED = "split", "absorbed"

ties = fact_table(
    "ties",
    id_("event_id"),
    id_("case_id"),
    day("starts_on"),
    text("kind"),
    id_("other_case_id"),
    text("reason"),
)
"""Kind split (the other: the household that was formed) or absorbed (the other: the one merged)."""
absences = fact_table(
    "absences",
    id_("event_id"),
    id_("case_id"),
    day("starts_on"),
    id_("person_id"),
    flag("away"),
    text("reason"),
    day("expected_back", nullable=True),
)
residences = fact_table(
    "residences",
    id_("event_id"),
    id_("case_id"),
    day("starts_on"),
    text("registered_in"),
    text("lives_in"),
    flag("apart"),
)
relatives = fact_table(
    "relatives",
    id_("event_id"),
    id_("case_id"),
    day("occurred_on"),
    id_("person_id"),
    text("official"),
    text("relation"),
    text("organization"),
)
custodies = fact_table(
    "custodies",
    id_("event_id"),
    id_("case_id"),
    day("occurred_on"),
    id_("person_id"),
    flag("agreed"),
    text("custodian"),
    text("capacity"),
    day("until", nullable=True),
    text("reason"),
)
for table in (ties, absences, residences, relatives, custodies):
    Index(f"{table.name}_case_id", table.c.case_id)
Index("view_ties_other_case_id", ties.c.other_case_id)


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add_tie, add_residence = sink.to(ties), sink.to(residences)
    add_relative = sink.to(relatives)

    def split(position: int, event: HouseholdSplit) -> None:
        other = event.new_household_id.bytes
        add_tie((*_since(position, event), SPLIT, other, event.reason))

    def absorbed(position: int, event: HouseholdAbsorbed) -> None:
        add_tie((*_since(position, event), ABSORBED, event.from_household_id.bytes, ""))

    def lives(position: int, event: ResidenceRecorded) -> None:
        since = _since(position, event)
        add_residence((*since, event.registered_in, event.lives_in, event.apart))

    def declared(position: int, event: OfficialRelativeDeclared) -> None:
        said = (event.official, event.relation, event.organization)
        add_relative((*_on(position, event), event.person_id.bytes, *said))

    return {
        HouseholdSplit: split,
        HouseholdAbsorbed: absorbed,
        ResidenceRecorded: lives,
        OfficialRelativeDeclared: declared,
        **_of_members(sink),
    }


def _of_members(sink: Sink) -> dict[type[Event], Handler]:
    add_absence, add_custody = sink.to(absences), sink.to(custodies)

    def went(position: int, event: MemberWentAway) -> None:
        back = _ordinal(event.expected_back)
        add_absence((*_since(position, event), event.person_id.bytes, True, event.reason, back))

    def came(position: int, event: MemberCameBack) -> None:
        add_absence((*_since(position, event), event.person_id.bytes, False, "", None))

    def agreed(position: int, event: CustodyAgreed) -> None:
        said = (event.custodian, event.capacity, _ordinal(event.until), "")
        add_custody((*_on(position, event), event.person_id.bytes, True, *said))

    def ended(position: int, event: CustodyEnded) -> None:
        said = ("", "", None, event.reason)
        add_custody((*_on(position, event), event.person_id.bytes, False, *said))

    return {MemberWentAway: went, MemberCameBack: came, CustodyAgreed: agreed, CustodyEnded: ended}


def _since(position: int, event: Event) -> Row:
    meta = event.meta
    return position, meta.event_id.bytes, meta.stream_id.bytes, starts_on(event).toordinal()


def _on(position: int, event: Event) -> Row:
    meta = event.meta
    return position, meta.event_id.bytes, meta.stream_id.bytes, meta.occurred_on.toordinal()


def _ordinal(on: date | None) -> int | None:
    return on.toordinal() if on else None


MODEL = ReadModel("household", (ties, absences, residences, relatives, custodies), _handlers)
