"""Which streams speak of a person beside his own: households that he was ever in, and wishes."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, select, union

from projections.moment import Moment
from projections.registry_rows import households, members
from projections.wishes import wishes


def streams_of(connection: Connection, moment: Moment, person_id: UUID) -> list[UUID]:
    """The person's stream first, then those that name him, whether annulled or not."""
    raw, upto = person_id.bytes, moment.as_at
    found = union(
        select(households.c.case_id).where(
            households.c.head_id == raw, households.c.position <= upto
        ),
        select(members.c.case_id).where(members.c.person_id == raw, members.c.position <= upto),
        select(wishes.c.wish_id).where(wishes.c.person_id == raw, wishes.c.position <= upto),
    )
    return [person_id, *sorted(UUID(bytes=bytes(i)) for (i,) in connection.execute(found))]
