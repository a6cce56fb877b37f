"""A log in memory, written event by event, and views over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import count
from uuid import UUID

from sqlalchemy import Connection

from domain.events import (
    REPORTED,
    UNBORN,
    Actor,
    ApplicationReceived,
    BatchPrepared,
    Component,
    CrossCheckCompleted,
    Enrolled,
    EntitlementAdjusted,
    Event,
    Exited,
    HomeVisited,
    HouseholdFormed,
    MemberCovered,
    MemberJoined,
    MemberLeft,
    MemberUncovered,
    Meta,
    PaymentAuthorized,
    PaymentPaid,
    PaymentPart,
    PaymentRecovered,
    PaymentReissued,
    PaymentReturned,
    PersonDied,
    PersonRegistered,
    annulled_class,
)
from projections.database import open_database
from projections.entries import Recorded
from projections.moment import Moment
from projections.store import Views
from tests.places import Place

TOWN, OTHER_TOWN = "330681001", "330681121"
FOREVER = date(2999, 12, 31)


def day(text: str) -> date:
    return date.fromisoformat(text)


class WrittenLog:
    """Fits `projections.entries.Entries`; every writer returns what later events need to name."""

    def __init__(self) -> None:
        self.rows: list[Recorded] = []
        self._ids = count(1)
        self._versions: dict[UUID, int] = {}

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        return self.rows[after : after + limit]

    def head(self) -> int:
        return len(self.rows)

    def stream(self, stream_id: UUID) -> Sequence[Recorded]:
        return [r for r in self.rows if r.event.meta.stream_id == stream_id]

    def position_at(self, instant_micros: int) -> int:
        return max((r.position for r in self.rows if r.recorded_at <= instant_micros), default=0)

    def new_id(self) -> UUID:
        return UUID(int=(0x01900000 << 96) | next(self._ids))

    def add(
        self, event: Event, stream: UUID, on: str | date, effective: str | date | None = None
    ) -> int:
        """Places the event in its stream; returns its position."""
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        meta = Meta(
            event_id=self.new_id(),
            stream_id=stream,
            stream_version=version,
            command_id=bytes(16),
            content_digest=bytes(16),
            occurred_on=day(on) if isinstance(on, str) else on,
            actor=Actor("bureau", "clerk"),
            basis=REPORTED,
            source="bureau",
            effective_from=day(effective) if isinstance(effective, str) else effective,
        )
        position = len(self.rows) + 1
        self.rows.append(Recorded(position, 1_000_000 * position, replace(event, meta=meta)))
        return position

    def annul(self, position: int, on: str = "2024-01-01") -> int:
        """Annuls the event at that position."""
        target = self.rows[position - 1].event
        event = annulled_class(target.family)(
            meta=UNBORN, annulled_event_id=target.meta.event_id, reason="mistake"
        )
        return self.add(event, target.meta.stream_id, on)

    def person(self, town: str = TOWN, on: str = "2020-01-01", band: str = "18-59") -> UUID:
        stream = self.new_id()
        registered = PersonRegistered(UNBORN, True, 1, band, town, "", b"name", b"number")
        self.add(registered, stream, on)
        return stream

    def household(self, *members: UUID, town: str = TOWN, on: str = "2020-01-01") -> UUID:
        """The first member is the head."""
        stream = self.new_id()
        self.add(HouseholdFormed(UNBORN, members[0], True, town, "", len(members)), stream, on)
        for member in members[1:]:
            self.join(stream, member, on)
        return stream

    def join(self, case: UUID, person: UUID, on: str) -> int:
        return self.add(MemberJoined(UNBORN, person, "child"), case, on, on)

    def leave(self, case: UUID, person: UUID, on: str) -> int:
        return self.add(MemberLeft(UNBORN, person, "moved_away"), case, on, on)

    def die(self, person: UUID, on: str | date, reported: str | None = None) -> int:
        return self.add(PersonDied(UNBORN, day(reported) if reported else None), person, on)

    def enroll(
        self,
        case: UUID,
        on: str | date,
        *covered: UUID,
        program: str = "dibao",
        base: int = 0,
        effective: str | None = None,
        town: str = "",
        application: UUID | None = None,
        proposed_by: str = "",
        approved_by: str = "",
        urgent: bool = False,
    ) -> int:
        event = Enrolled(
            UNBORN,
            program,
            covered,
            (Component("base", base),) if base else (),
            town,
            application,
            _actor(proposed_by),
            _actor(approved_by),
            urgent,
        )
        return self.add(event, case, on, effective)

    def adjust(
        self,
        case: UUID,
        on: str,
        base: int,
        program: str = "dibao",
        effective: str | None = None,
        approved_by: str = "",
    ) -> int:
        parts = (Component("base", base),)
        event = EntitlementAdjusted(
            UNBORN, program, parts, "income_changed", None, _actor(approved_by)
        )
        return self.add(event, case, on, effective)

    def exit(
        self,
        case: UUID,
        on: str | date,
        program: str = "dibao",
        effective: str | None = None,
        reason: str = "income_over",
    ) -> int:
        return self.add(Exited(UNBORN, program, reason), case, on, effective)

    def cover(self, case: UUID, on: str | date, person: UUID, program: str = "dibao") -> int:
        return self.add(MemberCovered(UNBORN, program, person, "newborn"), case, on)

    def uncover(self, case: UUID, on: str | date, person: UUID, program: str = "dibao") -> int:
        return self.add(MemberUncovered(UNBORN, program, person, "employed"), case, on)

    def apply(self, case: UUID, on: str, head: UUID, program: str = "dibao") -> UUID:
        application = self.new_id()
        self.add(ApplicationReceived(UNBORN, application, program, head), case, on)
        return application

    def check(self, stream: UUID, person: UUID, on: str, request: str = "R1") -> int:
        return self.add(CrossCheckCompleted(UNBORN, person, request, "meets"), stream, on)

    def visit(self, case: UUID, on: str, *investigators: str) -> int:
        return self.add(HomeVisited(UNBORN, investigators, "meets"), case, on)

    def batch(self, month: str, number: str = "B1", total: int = 0) -> UUID:
        stream = self.new_id()
        self.add(BatchPrepared(UNBORN, number, month, 1, total, "county"), stream, f"{month}-05")
        return stream

    def line(
        self,
        case: UUID,
        batch: UUID,
        head: UUID,
        on: str,
        *parts: PaymentPart,
        program: str = "dibao",
        fund: str = "county",
        town: str = TOWN,
    ) -> UUID:
        line = self.new_id()
        total = sum(-p.amount_fen if p.kind == "offset" else p.amount_fen for p in parts)
        event = PaymentAuthorized(
            UNBORN, line, batch, 1, program, fund, total, parts, head, None, town
        )
        self.add(event, case, on)
        return line

    def paid(self, case: UUID, line: UUID, on: str, fen: int) -> int:
        return self.add(PaymentPaid(UNBORN, line, fen), case, on)

    def returned(self, case: UUID, line: UUID, on: str, fen: int, outcome: str = "failed") -> int:
        return self.add(PaymentReturned(UNBORN, line, fen, "account_closed", outcome), case, on)

    def reissued(self, case: UUID, line: UUID, on: str, fen: int) -> int:
        return self.add(PaymentReissued(UNBORN, line, self.new_id(), fen), case, on)

    def recovered(self, case: UUID, line: UUID, on: str, fen: int) -> int:
        return self.add(PaymentRecovered(UNBORN, line, fen, "income_over"), case, on)


def regular(month: str, fen: int, component: str = "base") -> PaymentPart:
    return PaymentPart(component, "regular", fen, month, month)


def arrears(first: str, last: str, fen: int) -> PaymentPart:
    return PaymentPart("base", "back_payment", fen, last, first)


def _actor(code: str) -> Actor | None:
    return Actor(code) if code else None


def new_views(place: Place) -> Views:
    return Views(open_database(place))


class Asking:
    """Views that are caught up with a log before each question."""

    def __init__(self, log: WrittenLog, views: Views) -> None:
        self.log = log
        self.views = views

    def moment(self, as_of: str | date = FOREVER, as_at: int | None = None) -> Moment:
        on = day(as_of) if isinstance(as_of, str) else as_of
        return Moment(on, self.log.head() if as_at is None else as_at)

    @contextmanager
    def caught_up(self) -> Iterator[Connection]:
        self.views.catch_up(self.log)
        with self.views.reading(self.log.head()) as connection:
            yield connection
