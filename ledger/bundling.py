"""Chooses what goes into a bundle: the entries of a scope, their schemas, the heads, copies to read."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, true

from domain.events import EVENT_CLASSES, FAMILY_IDS, Event
from evidence.bundles import FAMILIES, RANGE, STREAMS, WHOLE, Scope
from evidence.checkpoints import SignedCheckpoint
from evidence.frame import unpack_raw
from evidence.heads import Heads, sign_heads
from evidence.notes import SigningKey
from ledger.bundle_writing import Contents, write_bundle
from ledger.codec import EventCodec
from ledger.event_copies import copy_of
from ledger.recorder import ReliefApplicationRecorder
from ledger.tables import LOG, entries, heads

CHUNK = 2_000
STREAMS_MAX = 20_000
"""Streams whose heads one signed note can state."""
_FAMILY_NAMES = {number: name for name, number in FAMILY_IDS.items()}
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Bundling:
    """One ledger's log under one checkpoint, which the bundle is proved by."""

    recorder: ReliefApplicationRecorder
    codec: EventCodec
    signed: SignedCheckpoint
    key: SigningKey

    @property
    def size(self) -> int:
        """How many entries the checkpoint covers."""
        return self.signed.checkpoint.size

    def write(
        self,
        path: Path,
        scope: Scope,
        more: Iterable[tuple[str, Iterable[bytes]]] = (),
        progress: Progress | None = None,
    ) -> int:
        """Writes the bundle; how many entries it holds. `more`: further copies, by name."""
        families = self._families(scope)
        copies = {name: self._copy(scope, name) for name in families}
        total = self._count(scope)
        prove = None if scope.kind == WHOLE else self._proof
        contents = Contents(
            scope,
            str(self.key.verifier),
            self.signed.note.data(),
            self._schemas(scope),
            _told(self.rows(scope), total, progress),
            prove,
            self._heads(scope),
            {**copies, **dict(more)},
        )
        return write_bundle(path, contents)

    def rows(self, scope: Scope) -> Iterator[tuple[int, bytes]]:
        """Position and entry of everything in the scope, by position."""
        if scope.kind == STREAMS:
            yield from self._at(self._positions(scope))
            return
        after = 0
        query = select(entries.c.position, entries.c.entry).where(self._within(scope))
        query = query.order_by(entries.c.position).limit(CHUNK)
        while True:
            with self.recorder.reading() as conn:
                found = conn.execute(query.where(entries.c.position > after)).all()
            yield from ((position, bytes(entry)) for position, entry in found)
            if len(found) < CHUNK:
                return
            after = found[-1].position

    def _positions(self, scope: Scope) -> array[int]:
        found = array("Q")
        with self.recorder.reading() as conn:
            query = select(entries.c.position).where(self._within(scope))
            found.extend(position for (position,) in conn.execute(query))
        return array("Q", sorted(found))

    def _at(self, positions: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        query = select(entries.c.position, entries.c.entry).order_by(entries.c.position)
        for start in range(0, len(positions), CHUNK):
            part = entries.c.position.in_(positions[start : start + CHUNK])
            with self.recorder.reading() as conn:
                found = conn.execute(query.where(part)).all()
            yield from ((position, bytes(entry)) for position, entry in found)

    def streams_where(self, field: str, value: str) -> list[UUID]:
        """The streams in which some event up to the checkpoint has this value, in order."""
        topics = [t for t, cls in EVENT_CLASSES.items() if field in {f.name for f in fields(cls)}]
        decode, found = self.codec.decode_entry, dict[UUID, None]()
        after = 0
        query = select(entries.c.position, entries.c.topic, entries.c.entry).where(
            entries.c.topic.in_(topics), entries.c.position <= self.size
        )
        query = query.order_by(entries.c.position).limit(CHUNK)
        while True:
            with self.recorder.reading() as conn:
                rows = conn.execute(query.where(entries.c.position > after)).all()
            for _, topic, entry in rows:
                event: Event = decode(topic, bytes(entry))
                if getattr(event, field) == value:
                    found[event.meta.stream_id] = None
            if len(rows) < CHUNK:
                return list(found)
            after = rows[-1].position

    def positions_between(self, first_micros: int, end_micros: int) -> tuple[int, int]:
        """The first and last position recorded in a span of time; last < first where there is none."""
        at = entries.c.recorded_at
        with self.recorder.reading() as conn:
            first, last = conn.execute(
                select(func.min(entries.c.position), func.max(entries.c.position)).where(
                    at >= first_micros, at < end_micros, entries.c.position <= self.size
                )
            ).one()
        return (first, last) if first is not None else (1, 0)

    def _within(self, scope: Scope) -> ColumnElement[bool]:
        covered = entries.c.position <= self.size
        if scope.kind == RANGE:
            return and_(covered, entries.c.position.between(scope.first, scope.last))
        if scope.kind == FAMILIES:
            names = [_FAMILY_NAMES[f] for f in scope.families]
            topics = [t for t in EVENT_CLASSES if t.split(".")[1] in names]
            return and_(covered, entries.c.topic.in_(topics))
        if scope.kind == STREAMS:
            return and_(covered, entries.c.stream_id.in_([UUID(s).bytes for s in scope.streams]))
        return and_(covered, true())

    def _count(self, scope: Scope) -> int:
        with self.recorder.reading() as conn:
            counted = select(func.count()).select_from(entries).where(self._within(scope))
            return int(conn.execute(counted).scalar_one())

    def _topics(self, scope: Scope) -> list[str]:
        with self.recorder.reading() as conn:
            query = select(entries.c.topic).where(self._within(scope)).distinct()
            return sorted(topic for (topic,) in conn.execute(query))

    def _families(self, scope: Scope) -> list[str]:
        return sorted({topic.split(".")[1] for topic in self._topics(scope)})

    def _schemas(self, scope: Scope) -> Iterator[bytes]:
        topics = set(self._topics(scope))
        return (v.raw for v in self.codec.schemas.versions if v.topic in topics)

    def _copy(self, scope: Scope, family: str) -> Iterable[bytes]:
        return copy_of(self.rows(scope), self.codec, family)

    def _proof(self, position: int) -> list[bytes]:
        return self.recorder.tree.inclusion_proof(position - 1, self.size)

    def _heads(self, scope: Scope) -> bytes:
        if scope.kind not in (FAMILIES, STREAMS):
            return b""
        found = Heads(
            self._family_heads(scope.families),
            self._stream_heads([UUID(s).bytes for s in scope.streams]),
        )
        return sign_heads(found, self.signed.checkpoint, self.key)

    def _family_heads(self, families: Collection[int]) -> dict[int, int]:
        """How far families were at the checkpoint: today's ends, less what came after it."""
        if not families:
            return {}
        after = select(func.substr(entries.c.entry, 1, 75)).where(entries.c.position > self.size)
        with self.recorder.reading() as conn:
            rows = conn.execute(select(heads).where(heads.c.family_id != LOG))
            ends = {row.family_id: row.position for row in rows}
            later = dict[int, int]()
            for (frame,) in conn.execute(after.order_by(entries.c.position)):
                _, family, number, *_ = unpack_raw(bytes(frame))
                later.setdefault(family, number)
        ends.update({family: number - 1 for family, number in later.items()})
        return {family: ends.get(family, 0) for family in families}

    def _stream_heads(self, streams: Sequence[bytes]) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        for start in range(0, len(streams), CHUNK):
            part = streams[start : start + CHUNK]
            query = (
                select(entries.c.stream_id, func.max(entries.c.stream_version))
                .where(entries.c.stream_id.in_(part), entries.c.position <= self.size)
                .group_by(entries.c.stream_id)
            )
            with self.recorder.reading() as conn:
                found.update({bytes(s): v for s, v in conn.execute(query)})
        return found


def scope_of_streams(zh: str, en: str, streams: Iterable[UUID]) -> Scope:
    """All entries of these streams."""
    return Scope(STREAMS, zh, en, streams=tuple(str(s) for s in streams))


def _told(
    rows: Iterator[tuple[int, bytes]], total: int, progress: Progress | None
) -> Iterator[tuple[int, bytes]]:
    for n, row in enumerate(rows, 1):
        yield row
        if progress and n % CHUNK == 0:
            progress(n, total)
