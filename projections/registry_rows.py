"""Read model: who is known. Persons and deaths, households and who belongs to them (rows).

Names and identity numbers stay sealed here as they are in the log; the console unseals them
by person and event, masked unless a role and a reason are given.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Index

from domain.case_facts import starts_on
from domain.events import (
    Event,
    HeadChanged,
    HouseholdFormed,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdSplit,
    MemberJoined,
    MemberLeft,
    PersonCorrected,
    PersonDied,
    PersonRegistered,
)
from projections.model import Handler, ReadModel, Sink
from projections.tables import (
    day,
    fact_table,
    flag,
    id_,
    month_of_day,
    sealed,
    text,
    whole,
)

persons = fact_table(
    "persons",
    id_("event_id"),
    id_("person_id"),
    day("occurred_on"),
    whole("sex"),
    text("age_band"),
    text("town"),
    text("village"),
    flag("resolved"),
    sealed("name"),
    sealed("identity_number"),
)
deaths = fact_table(
    "deaths",
    id_("event_id"),
    id_("person_id"),
    day("occurred_on"),
    text("month"),
    day("reported_on", nullable=True),
)
households = fact_table(
    "households",
    id_("event_id"),
    id_("case_id"),
    id_("head_id"),
    day("occurred_on"),
    text("town"),
    text("village"),
    whole("size", nullable=True),
    flag("resolved"),
    id_("split_from", nullable=True),
)
members = fact_table(
    "members",
    id_("event_id"),
    id_("case_id"),
    id_("person_id"),
    day("occurred_on"),
    day("starts_on"),
    flag("joined"),
    text("relation"),
    text("reason"),
    several=True,
)
"""Who joined and who left, one by one or, at a split, together. A merger: `closings`."""
heads = fact_table("heads", id_("event_id"), id_("case_id"), id_("head_id"), day("starts_on"))
moves = fact_table(
    "moves", id_("event_id"), id_("case_id"), text("town"), text("village"), day("starts_on")
)
closings = fact_table(
    "closings", id_("event_id"), id_("case_id"), id_("into_case_id"), day("starts_on")
)
"""Files of households that were merged into another: nobody belongs to them from then on."""
for table, column in (
    (persons, "person_id"),
    (deaths, "person_id"),
    (households, "case_id"),
    (households, "head_id"),
    (members, "case_id"),
    (members, "person_id"),
    (heads, "case_id"),
    (heads, "head_id"),
    (moves, "case_id"),
    (closings, "case_id"),
):
    Index(f"{table.name}_{column}", table.c[column])


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add_person, add_death = sink.to(persons), sink.to(deaths)
    add_household, add_member = sink.to(households), sink.to(members)

    def registered(position: int, event: PersonRegistered | PersonCorrected) -> None:
        meta = event.meta
        add_person(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                meta.occurred_on.toordinal(),
                event.sex,
                event.age_band,
                event.town,
                event.village,
                event.resolved,
                event.name,
                event.identity_number,
            )
        )

    def died(position: int, event: PersonDied) -> None:
        meta = event.meta
        add_death(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                meta.occurred_on.toordinal(),
                month_of_day(meta.occurred_on),
                event.reported_on.toordinal() if event.reported_on else None,
            )
        )

    def formed(position: int, event: HouseholdFormed) -> None:
        meta = event.meta
        add_household(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                event.head_id.bytes,
                meta.occurred_on.toordinal(),
                event.town,
                event.village,
                event.size,
                event.resolved,
                event.split_from.bytes if event.split_from else None,
            )
        )

    def moved(position: int, event: MemberJoined | MemberLeft) -> None:
        meta = event.meta
        joined = isinstance(event, MemberJoined)
        add_member(
            (
                position,
                0,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                event.person_id.bytes,
                meta.occurred_on.toordinal(),
                (meta.effective_from or meta.occurred_on).toordinal(),
                joined,
                event.relation if isinstance(event, MemberJoined) else "",
                event.reason,
            )
        )

    def split(position: int, event: HouseholdSplit) -> None:
        meta = event.meta
        ids, on = (meta.event_id.bytes, meta.stream_id.bytes), meta.occurred_on.toordinal()
        since = starts_on(event).toordinal()
        for n, person in enumerate(event.leaving):
            add_member((position, n, *ids, person.bytes, on, since, False, "", event.reason))

    return {
        PersonCorrected: registered,
        HouseholdSplit: split,
        **_changes(sink),
        PersonRegistered: registered,
        PersonDied: died,
        HouseholdFormed: formed,
        MemberJoined: moved,
        MemberLeft: moved,
    }


def _changes(sink: Sink) -> dict[type[Event], Handler]:
    add_head, add_move, add_closing = sink.to(heads), sink.to(moves), sink.to(closings)

    def key(position: int, event: Event) -> tuple[int, bytes, bytes]:
        return position, event.meta.event_id.bytes, event.meta.stream_id.bytes

    def headed(position: int, event: HeadChanged) -> None:
        add_head((*key(position, event), event.head_id.bytes, starts_on(event).toordinal()))

    def moved(position: int, event: HouseholdMoved) -> None:
        since = starts_on(event).toordinal()
        add_move((*key(position, event), event.to_town, event.to_village, since))

    def merged(position: int, event: HouseholdMerged) -> None:
        since = starts_on(event).toordinal()
        add_closing((*key(position, event), event.into_household_id.bytes, since))

    return {HeadChanged: headed, HouseholdMoved: moved, HouseholdMerged: merged}


MODEL = ReadModel(
    "registry", (persons, deaths, households, members, heads, moves, closings), _handlers
)
