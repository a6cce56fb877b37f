"""How fast the read models catch up with a log of payments, decoding included."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from domain.calendar import first_day, next_month
from domain.events import (
    REPORTED,
    Actor,
    BatchPrepared,
    Component,
    Enrolled,
    Event,
    HouseholdFormed,
    MemberJoined,
    Meta,
    PaymentAuthorized,
    PaymentPaid,
    PaymentPart,
    PersonRegistered,
)
from ledger.codec import PREFIX_LENGTH, EventCodec
from projections import breaches
from projections.database import open_sqlite
from projections.entries import Recorded
from projections.moment import Moment
from projections.movements import movements
from projections.roster import roster
from projections.spending import spending
from projections.store import BATCH, Views

CASES, MONTHS, FIRST_MONTH = 9_000, 12, "2023-01"
TOWNS = [f"330681{n:03d}" for n in (1, 2, 3, 4, 5, 102, 103, 104, 106, 108, 109, 110)]
_BUREAU = Actor("bureau", "clerk", "civil_affairs")


class StoredEntries:
    """A log in memory, in the form in which it is stored: every read decodes anew."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._codec = EventCodec()
        encoded = ((e.topic, self._codec.encode(e)) for e in events)
        self._rows = [(t, s[:PREFIX_LENGTH], s[PREFIX_LENGTH:]) for t, s in encoded]

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """As the port says."""
        decode = self._codec.decode_body
        rows = self._rows[after : after + limit]
        return [Recorded(n, n, decode(*row)) for n, row in enumerate(rows, after + 1)]

    def head(self) -> int:
        """As the port says."""
        return len(self._rows)

    def stream(self, stream_id: UUID) -> Sequence[Recorded]:
        """Nothing is annulled here, so nobody asks."""
        return []

    def position_at(self, instant_micros: int) -> int:
        """Recorded at its position."""
        return min(instant_micros, len(self._rows))


class _Log:
    """Events of a county's year: households enrolled, then paid month by month."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._ids = count(1)
        self._versions: dict[UUID, int] = {}

    def new_id(self) -> UUID:
        """Ids that rise as version 7 does."""
        return UUID(int=(0x0190 << 112) | (next(self._ids) << 48) | 0x7000_8000_0000)

    def meta(self, stream: UUID, on: date, effective: date | None = None) -> Meta:
        """The next place in the stream."""
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        event_id = self.new_id()
        return Meta(
            event_id,
            stream,
            version,
            event_id.bytes,  # a command of its own
            bytes(16),
            on,
            _BUREAU,
            REPORTED,
            "bureau",
            effective,
        )

    def enroll(self, town: str, on: date) -> tuple[UUID, UUID]:
        """A household of two, in 低保 from the next month on."""
        case, head, other = self.new_id(), self.new_id(), self.new_id()
        for person in (head, other):
            self.events.append(PersonRegistered(self.meta(person, on), True, 1, "18-59", town))
        self.events.append(HouseholdFormed(self.meta(case, on), head, True, town, "", 2))
        self.events.append(MemberJoined(self.meta(case, on, on), other, "spouse"))
        due = (Component("base", 80_000), Component("supplement", 20_000))
        payable = first_day(FIRST_MONTH)
        self.events.append(
            Enrolled(self.meta(case, on, payable), "dibao", (head, other), due, town)
        )
        return case, head

    def pay(self, cases: list[tuple[UUID, UUID]], month: str) -> None:
        """One batch: authorized line by line, then paid line by line."""
        batch, on = self.new_id(), first_day(month) + timedelta(days=9)
        total = 100_000 * len(cases)
        self.events.append(
            BatchPrepared(self.meta(batch, on), month, month, len(cases), total, "county")
        )
        lines = []
        for number, (case, head) in enumerate(cases, 1):
            line = self.new_id()
            lines.append((case, line))
            parts = (
                PaymentPart("base", "regular", 80_000, month, month),
                PaymentPart("supplement", "regular", 20_000, month, month),
            )
            self.events.append(
                PaymentAuthorized(
                    self.meta(case, on),
                    line,
                    batch,
                    number,
                    "dibao",
                    "county",
                    100_000,
                    parts,
                    head,
                    None,
                    TOWNS[number % len(TOWNS)],
                    bytes(16),
                )
            )
        for case, line in lines:
            self.events.append(PaymentPaid(self.meta(case, on), line, 100_000))


def payments(cases: int = CASES, months: int = MONTHS) -> Iterator[Event]:
    """As `payments_log`, a month at a time: for logs that do not fit into memory."""
    log, on = _Log(), date(2022, 12, 5)
    known = [log.enroll(TOWNS[n % len(TOWNS)], on) for n in range(cases)]
    month = FIRST_MONTH
    for _ in range(months):
        log.pay(known, month)
        yield from log.events
        log.events.clear()
        month = next_month(month)


def payments_log(cases: int = CASES, months: int = MONTHS) -> list[Event]:
    """The events of the benchmark: mostly PaymentAuthorized and PaymentPaid."""
    return list(payments(cases, months))


def main() -> None:
    """Prints events a second, and how long the heaviest questions take."""
    entries = StoredEntries(payments_log())
    head = entries.head()
    moment = Moment(date(2023, 12, 31), head)
    decoding = _seconds(lambda: _decode(entries, head))
    with TemporaryDirectory() as folder:
        views = Views(open_sqlite(Path(folder) / "views.db"))
        taken = _seconds(lambda: views.catch_up(entries))
        print(f"catch-up: {head:,} events in {taken:.2f} s = {head / taken:,.0f} events/s")
        print(f"  of which decoding {decoding:.2f} s ({decoding / head * 1e6:.1f} µs an event)")
        with views.reading(head) as c:
            for name, ask in (
                ("roster", lambda: roster(c, moment)),
                ("movements", lambda: movements(c, moment, date(2023, 1, 1), date(2024, 1, 1))),
                ("spending", lambda: spending(c, moment, "2023-01", "2023-12")),
                ("breaches", lambda: breaches.find(c, moment, 0, head)),
            ):
                print(f"{name}: {_seconds(ask):.2f} s")
        views.engine.dispose()


def _decode(entries: StoredEntries, head: int) -> None:
    for after in range(0, head, BATCH):
        entries.read(after, BATCH)


def _seconds(work: object) -> float:
    assert callable(work)
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
