"""The write side's own look-ups, kept in the same transaction as the entries they come from.

All of it can be rebuilt from the log. Nothing personal is in it: ids, codes, keyed digests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    select,
    tuple_,
)

from domain.events import (
    Annulled,
    BatchPrepared,
    CarriedOver,
    Enrolled,
    Event,
    FileExpected,
    FileImported,
    FindingRaised,
    HeadChanged,
    HeadsStated,
    HouseholdFormed,
    MasterKeyRotated,
    MemberCovered,
    NeedDiscovered,
    OrganizationRegistered,
    OriginBegun,
    PaymentAuthorized,
    PaymentReissued,
    ProjectOpened,
    ProviderRegistered,
    Reinstated,
    SourceRegistered,
    StandardAdopted,
    Switched,
    WishRegistered,
    WorkerAssigned,
)
from ledger.columns import Big, Bytes
from ledger.database import insert_rows
from ledger.ids import uuid_of

index_metadata = MetaData()

names = Table(
    "idx_names",
    index_metadata,
    Column("kind", String(32), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("id", Bytes(), nullable=False),
    sqlite_with_rowid=False,
)
coverage = Table(
    "idx_coverage",
    index_metadata,
    Column("person_id", Bytes(), primary_key=True),
    Column("case_id", Bytes(), primary_key=True),
    sqlite_with_rowid=False,
)
lines = Table(
    "idx_lines",
    index_metadata,
    Column("batch_id", Bytes(), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("line_id", Bytes(), nullable=False),
    Column("case_id", Bytes(), nullable=False),
    Column("beneficiary_id", Bytes(), nullable=False),
    Column("amount_fen", Big, nullable=False),
    Column("account_digest", Bytes()),
    Column("event_id", Bytes(), nullable=False),
    sqlite_with_rowid=False,
)
"""Lines as a batch numbers them; a line sent again stands in both of its batches."""
annulments = Table(
    "idx_annulments",
    index_metadata,
    Column("event_id", Bytes(), primary_key=True),
    Column("by_event_id", Bytes(), nullable=False),
)
Index("idx_names_id", names.c.id)

CHUNK = 2000
"""Values a query takes at once; SQLite takes 32,766 and PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True)
class IndexedLine:
    """A payment line as a bank's answer finds it."""

    line_no: int
    line_id: UUID
    case_id: UUID
    beneficiary_id: UUID
    amount_fen: int
    account_digest: bytes | None


def standard_key(event: StandardAdopted) -> str:
    """What makes one standard: program, component, grade and area."""
    return "/".join((event.program, event.component, event.grade, event.area))


def _under(kind: str, field: str) -> Callable[[Any], tuple[str, str]]:
    return lambda event: (kind, str(getattr(event, field)))


_NAMES: Final[dict[type[Event], Callable[[Any], tuple[str, str]]]] = {
    HouseholdFormed: lambda e: ("household", e.head_id.hex),
    HeadChanged: lambda e: ("household", e.head_id.hex),
    StandardAdopted: lambda e: ("standard", standard_key(e)),
    BatchPrepared: _under("batch", "number"),
    NeedDiscovered: _under("need", "number"),
    WishRegistered: _under("wish", "number"),
    MasterKeyRotated: lambda e: ("vault", "vault"),
    HeadsStated: lambda e: ("log", "log"),
    OriginBegun: lambda e: ("log", "log"),
    FileImported: lambda e: ("files", f"{e.meta.source}/{e.kind}"),
    FileExpected: lambda e: ("expectation", f"{e.source}/{e.kind}"),
    ProviderRegistered: _under("provider", "code"),
    ProjectOpened: _under("project", "code"),
    SourceRegistered: _under("source", "code"),
    OrganizationRegistered: _under("organization", "code"),
    WorkerAssigned: _under("worker", "code"),
    FindingRaised: lambda e: ("finding", e.key.hex()),
}
"""Event → kind and key under which its stream is found again."""
OPENING_EVENTS = (Enrolled, Reinstated, CarriedOver, Switched)
"""Events that name the persons whom a case covers from then on."""
_NAMED = tuple(_NAMES)
INDEXED_EVENTS = (
    PaymentAuthorized,
    PaymentReissued,
    *OPENING_EVENTS,
    MemberCovered,
    Annulled,
    *_NAMED,
)
"""Events that mean something to these look-ups; any other passes them by."""


def index_events(conn: Connection, events: Sequence[Event]) -> None:
    """Adds what these new entries mean for the look-ups. Runs inside the append's transaction."""
    found_names: dict[tuple[str, str], bytes] = {}
    found_coverage: dict[tuple[bytes, bytes], None] = {}
    new_lines: list[tuple[Any, ...]] = []
    new_annulments = []
    moved: dict[tuple[str, str], bytes] = {}
    for event in events:
        if isinstance(event, (PaymentAuthorized, PaymentReissued)):
            new_lines += _line_rows(event)
        elif isinstance(event, OPENING_EVENTS):
            case = event.meta.stream_id.bytes
            found_coverage.update(dict.fromkeys((p.bytes, case) for p in event.covered))
        elif isinstance(event, MemberCovered):
            found_coverage[event.person_id.bytes, event.meta.stream_id.bytes] = None
        elif isinstance(event, Annulled):
            new_annulments.append(
                {
                    "event_id": event.annulled_event_id.bytes,
                    "by_event_id": event.meta.event_id.bytes,
                }
            )
        elif isinstance(event, _NAMED):
            name = _NAMES[type(event)](event)
            found_names.setdefault(name, event.meta.stream_id.bytes)
            if isinstance(event, HouseholdFormed) and event.split_from is not None:
                moved[name] = event.meta.stream_id.bytes
    _add_names(conn, found_names)
    _move_names(conn, moved)
    _add_coverage(conn, list(found_coverage))
    _add_lines(conn, new_lines)
    if new_annulments:
        conn.execute(annulments.insert(), new_annulments)


def _line_rows(event: PaymentAuthorized | PaymentReissued) -> Iterator[tuple[Any, ...]]:
    """None for a line that was sent again without a number of its own."""
    if event.line_no > 0 and event.beneficiary_id is not None:
        yield (
            event.batch_id.bytes,
            event.line_no,
            event.line_id.bytes,
            event.meta.stream_id.bytes,
            event.beneficiary_id.bytes,
            event.amount_fen,
            event.account_digest,
            event.meta.event_id.bytes,
        )


def _add_names(conn: Connection, found: dict[tuple[str, str], bytes]) -> None:
    keys = list(found)
    known: set[tuple[str, str]] = set()
    for start in range(0, len(keys), CHUNK):
        pairs = keys[start : start + CHUNK]
        rows = conn.execute(
            select(names.c.kind, names.c.key).where(tuple_(names.c.kind, names.c.key).in_(pairs))
        )
        known.update((kind, key) for kind, key in rows)
    new = [
        {"kind": kind, "key": key, "id": found[kind, key]}
        for kind, key in keys
        if (kind, key) not in known
    ]
    if new:
        conn.execute(names.insert(), new)


def _move_names(conn: Connection, moved: dict[tuple[str, str], bytes]) -> None:
    """Who heads a household that was split off is found there, whatever he headed before."""
    for (kind, key), raw in moved.items():
        own = and_(names.c.kind == kind, names.c.key == key)
        conn.execute(names.update().where(own).values(id=raw))


def _add_coverage(conn: Connection, pairs: list[tuple[bytes, bytes]]) -> None:
    known: set[tuple[bytes, bytes]] = set()
    for start in range(0, len(pairs), CHUNK):
        persons = [p for p, _ in pairs[start : start + CHUNK]]
        rows = conn.execute(select(coverage).where(coverage.c.person_id.in_(persons)))
        known.update((bytes(p), bytes(c)) for p, c in rows)
    new = [{"person_id": p, "case_id": c} for p, c in pairs if (p, c) not in known]
    if new:
        conn.execute(coverage.insert(), new)


def _add_lines(conn: Connection, new: list[tuple[Any, ...]]) -> None:
    """A number that is taken stays with its first line: the second is found by its own event."""
    taken: set[tuple[bytes, int]] = set()
    for batch in {row[0] for row in new}:
        numbers = [row[1] for row in new if row[0] == batch]
        at = lines.c.line_no.between(min(numbers), max(numbers))
        rows = conn.execute(select(lines.c.line_no).where(and_(lines.c.batch_id == batch, at)))
        taken.update((batch, number) for (number,) in rows)
    fresh = []
    for row in new:
        place = (row[0], row[1])
        if place not in taken:
            taken.add(place)
            fresh.append(row)
    insert_rows(conn, lines, fresh)


def find_names(conn: Connection, kind: str, keys: Iterable[str]) -> dict[str, UUID]:
    """Key → stream id for those that are known."""
    wanted, found = list(dict.fromkeys(keys)), {}
    for start in range(0, len(wanted), CHUNK):
        rows = conn.execute(
            select(names.c.key, names.c.id).where(
                names.c.kind == kind, names.c.key.in_(wanted[start : start + CHUNK])
            )
        )
        found.update({key: uuid_of(raw) for key, raw in rows})
    return found


def heads_of(conn: Connection, streams: Iterable[UUID]) -> set[UUID]:
    """The heads with whom the households among these streams were formed."""
    wanted = [s.bytes for s in streams]
    found: set[UUID] = set()
    for start in range(0, len(wanted), CHUNK):
        rows = conn.execute(
            select(names.c.key).where(
                names.c.kind == "household", names.c.id.in_(wanted[start : start + CHUNK])
            )
        )
        found.update(UUID(hex=key) for (key,) in rows)
    return found


def cases_covering(conn: Connection, persons: Iterable[UUID]) -> set[UUID]:
    """Every case that ever covered one of these persons."""
    wanted = [p.bytes for p in persons]
    found: set[UUID] = set()
    for start in range(0, len(wanted), CHUNK):
        rows = conn.execute(
            select(coverage.c.case_id).where(
                coverage.c.person_id.in_(wanted[start : start + CHUNK])
            )
        )
        found.update(uuid_of(raw) for (raw,) in rows)
    return found


def lines_of_batch(conn: Connection, batch_id: UUID) -> list[IndexedLine]:
    """The lines of a batch by their number."""
    rows = conn.execute(
        select(lines).where(lines.c.batch_id == batch_id.bytes).order_by(lines.c.line_no)
    )
    return [
        IndexedLine(
            r.line_no,
            uuid_of(r.line_id),
            uuid_of(r.case_id),
            uuid_of(r.beneficiary_id),
            r.amount_fen,
            bytes(r.account_digest) if r.account_digest is not None else None,
        )
        for r in rows
    ]


def any_annulled(conn: Connection) -> bool:
    """True once anything was ever annulled; saves the look-up of each where nothing was."""
    return conn.execute(select(annulments.c.event_id).limit(1)).first() is not None


def annulled_among(conn: Connection, event_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these events are annulled."""
    wanted = [e.bytes for e in event_ids]
    found: set[UUID] = set()
    for start in range(0, len(wanted), CHUNK):
        rows = conn.execute(
            select(annulments.c.event_id).where(
                annulments.c.event_id.in_(wanted[start : start + CHUNK])
            )
        )
        found.update(uuid_of(raw) for (raw,) in rows)
    return found
