"""Read model: who was registered twice; every question sees one human as one person.

Who somebody is does not hang on the day: a merge counts for all days, from its position on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, select

from domain.events import Event, PersonMerged
from domain.same_person import SamePerson
from projections.model import Handler, ReadModel, Sink
from projections.moment import Moment
from projections.tables import day, fact_table, id_, stands, text

merges = fact_table(
    "merges",
    id_("event_id"),
    id_("person_id"),
    id_("into_person_id"),
    day("occurred_on"),
    text("reason"),
)


def _handlers(sink: Sink) -> Mapping[type[Event], Handler]:
    add = sink.to(merges)

    def merged(position: int, event: PersonMerged) -> None:
        meta = event.meta
        add(
            (
                position,
                meta.event_id.bytes,
                meta.stream_id.bytes,
                event.into_person_id.bytes,
                meta.occurred_on.toordinal(),
                event.reason,
            )
        )

    return {PersonMerged: merged}


MODEL = ReadModel("same_person", (merges,), _handlers)


def same_person(connection: Connection, moment: Moment) -> SamePerson:
    """Whom each registration stands for, as the log knew it."""
    m = merges.c
    rows = select(m.person_id, m.into_person_id).where(stands(m.position, moment.as_at))
    return SamePerson(
        (UUID(bytes=person), UUID(bytes=into))
        for person, into in connection.execute(rows.order_by(m.position))
    )


def goes_on(same: SamePerson, person: Any) -> Any:
    """A column of person ids, read as whom they stand for; the column itself where nobody merged."""
    given_up = {old.bytes: new.bytes for old, new in same.given_up().items()}
    return case(given_up, value=person, else_=person) if given_up else person


def everyone(same: SamePerson, persons: Iterable[UUID]) -> list[UUID]:
    """Every registration of these persons."""
    return list(dict.fromkeys(own for p in persons for own in same.all_of(p)))
