"""The use cases of the write side: report what happened, decide what is asked, annul what was wrong.

    report   facts from elsewhere, in bulk, never judged     → Receipt
    decide   one command, held to the rules                  → Receipt, or Refusal
    annul    one event left out from here on                 → Receipt, or Refusal

Each command is whole or not at all, durable before the call returns, and safe to repeat.
Crash anywhere: the vault may hold a key that nothing uses; the log holds whole appends only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from eventsourcing.persistence import RecordConflictError
from sqlalchemy import Connection

from domain.aggregate import Aggregate
from domain.case import CaseFile
from domain.events import (
    DECIDED,
    REPORTED,
    UNBORN,
    Actor,
    Annulled,
    Event,
    FileImported,
    HouseholdFormed,
    SourceRegistered,
    annulled_class,
)
from domain.judgement import judge
from domain.other_streams import Stream
from domain.refusals import CannotAnnul, SourceMayNotReport
from domain.rulebook import RuleBook, TrunkRules
from domain.same_person import SamePerson
from ledger.acrosscheck import guard_across
from ledger.batchcheck import guard_batches
from ledger.closed_files import going_on
from ledger.codec import EventCodec
from ledger.commands import Command, Draft, Receipt
from ledger.errors import AlreadyRecorded
from ledger.ids import new_id, new_ids
from ledger.indexes import find_names
from ledger.known import sort_commands
from ledger.merged import same_person
from ledger.minting import mint, persons_sealing, stored
from ledger.recorder import ReliefApplicationRecorder
from ledger.stamps import CommandStamp
from ledger.unresolved import unresolved_among
from ledger.vault import Vault

APPEND_COMMANDS = 4000
"""Commands of a bulk report that go into one append."""
RETRIES = 5
"""How often a lost race for a stream is tried again before it is given up."""

Progress = Callable[[int, int], None]


class Ledger:
    """The write side of one bureau's ledger, over a recorder and a vault."""

    def __init__(
        self,
        recorder: ReliefApplicationRecorder,
        vault: Vault,
        *,
        codec: EventCodec | None = None,
        book: RuleBook | None = None,
    ) -> None:
        self.recorder = recorder
        self.vault = vault
        self.codec = codec or EventCodec()
        self.book: RuleBook = book or TrunkRules()
        self._sources: dict[str, tuple[str, ...]] = {}

    def report(self, commands: Sequence[Command], progress: Progress | None = None) -> Receipt:
        """Records facts as they were reported, whatever rule they break.

        Appends up to 4,000 commands at a time, in order; a crash in between leaves the first
        ones recorded, and the same call goes on where it was. A command known with other
        content is left out and named in `Receipt.conflicts`. Raises SourceMayNotReport before
        anything is written.
        """
        self._check_sources(commands)
        receipt = Receipt()
        for start in range(0, len(commands), APPEND_COMMANDS):
            chunk = commands[start : start + APPEND_COMMANDS]
            for command in chunk:
                command.basis = REPORTED
            receipt.add(_retried(lambda chunk=chunk: self._append(chunk)), start)  # type: ignore[misc]
            if progress:
                progress(start + len(chunk), len(commands))
        return receipt

    def decide(self, command: Command) -> Receipt:
        """Judges every event of the command in turn and records them all, or refuses.

        Raises the first Refusal found; nothing is written then. What must hold across
        households is judged under the append's lock.
        """
        command.basis = DECIDED
        return _retried(lambda: self._decide(command))

    def annul(
        self,
        event_id: UUID,
        reason: str,
        *,
        on: date,
        actor: Actor,
        source: str,
        remark: tuple[UUID, str] | None = None,
    ) -> Receipt:
        """Leaves an event out of every view from here on; earlier positions still show it.

        `reason` is a code; words of one's own go into `remark`, with the person whose key seals them.
        Annulling again with the same reason writes nothing. Raises CannotAnnul, and
        ExclusivePrograms where leaving it out would put a person into two programs.
        """
        target = self._event(event_id)
        if isinstance(target, Annulled) or target.family == "oversight":
            raise CannotAnnul(
                "撤销事件和监督事件不能被撤销;写错的撤销应重新记录原事件",
                "annulments and oversight stand; what was annulled wrongly is recorded anew",
            )
        event = annulled_class(target.family)(
            meta=UNBORN,
            annulled_event_id=event_id,
            reason=reason,
            remark_person_id=remark[0] if remark else None,
        )
        personal = {"remark": remark[1]} if remark else None
        draft = Draft(event, target.meta.stream_id, on, personal=personal)
        said = f"{reason}\x1f{remark[1]}" if remark else reason
        command = Command(("annul", event_id.hex), said, [draft], actor, source, DECIDED)
        receipt = _retried(lambda: self._annul(command, target))
        if receipt.conflicts:
            raise CannotAnnul(
                "该事件已因另一原因被撤销", "the event is annulled already, for another reason"
            )
        return receipt

    def load(self, stream_id: UUID, first: Event | None = None) -> Aggregate:
        """The stream as it stands; `first` tells what an empty one is going to be."""
        events = [
            self.codec.decode(s.topic, s.state) for s in self.recorder.select_events(stream_id)
        ]
        begins = events[0] if events else first
        kind = CaseFile if isinstance(begins, HouseholdFormed) else Stream
        stream, same = kind(stream_id), self.same_person()
        for event in events:
            stream.apply(same.read(event))
        return stream

    def same_person(self) -> SamePerson:
        """Whom each registration stands for by now."""
        with self.recorder.reading() as conn:
            return same_person(conn)

    def people_for(self, numbers: Iterable[str]) -> dict[str, UUID]:
        """Identity number → person, for those that are registered; who was registered twice is
        found under either number as the one that goes on."""
        found, same = self.vault.people_for(numbers), self.same_person()
        if not same:
            return found
        return {number: same.of(person) for number, person in found.items()}

    def unresolved_among(self, persons: Iterable[UUID]) -> set[UUID]:
        """Which of these persons are known only from a report."""
        with self.recorder.reading() as conn:
            return unresolved_among(conn, persons)

    def find(self, kind: str, keys: Sequence[str]) -> dict[str, UUID]:
        """Stream ids by their public key: source, worker, provider, project, batch, need, wish
        by number; household by its head's id (hex), also one that the head's other registration
        headed, and of one that was merged the file that goes on."""
        with self.recorder.reading() as conn:
            found = find_names(conn, kind, keys)
            same = same_person(conn) if kind == "household" else SamePerson()
            if same:
                others = {k: same.all_of(UUID(hex=k)) for k in keys if k not in found}
                by_other = find_names(conn, kind, [p.hex for own in others.values() for p in own])
                for key, own in others.items():
                    households = [by_other[p.hex] for p in own if p.hex in by_other]
                    if households:
                        found[key] = households[0]
            return going_on(conn, found) if kind == "household" else found

    def standing(self, keys: Sequence[tuple[str, ...]]) -> Receipt:
        """The span in which commands of these keys stand; those that nobody recorded are passed
        over."""
        receipt = Receipt()
        ids = [self.vault.digest("command", *key, "0") for key in keys]
        for known in self.recorder.known_commands(ids).values():
            receipt.stand(known.first_position, known.last_position)
        return receipt

    def _append(self, chunk: Sequence[Command]) -> Receipt:
        sorted_ = sort_commands(chunk, self.recorder, self.vault)
        receipt = Receipt(already=sorted_.already, conflicts=sorted_.conflicts)
        for first, last in sorted_.standing:
            receipt.stand(first, last)
        if not sorted_.new:
            return receipt
        todo = [(chunk[i], stamp) for i, stamp in sorted_.new]
        heads = self.recorder.stream_heads({d.stream_id for c, _ in todo for d in c.drafts})
        ids = iter(new_ids(sum(stamp.count for _, stamp in todo)))
        self.vault.warm(p for c, _ in todo for d in c.drafts for p in persons_sealing(d))
        events: list[Event] = []
        for command, stamp in todo:
            for draft in command.drafts:
                version = heads.get(draft.stream_id, 0) + 1
                heads[draft.stream_id] = version
                events.append(mint(draft, command, stamp, next(ids), version, self.vault, None))
        stamps = [stamp for _, stamp in todo]
        positions = self.append_events(events, stamps, looked_up_at=sorted_.head)
        receipt.recorded, receipt.events = len(todo), len(events)
        receipt.first_position, receipt.last_position = positions[0], positions[-1]
        at = 0
        for command, stamp in todo:
            if not command.opening:
                receipt.stand(positions[at], positions[at + stamp.count - 1])
            at += stamp.count
        return receipt

    def _decide(self, command: Command) -> Receipt:
        sorted_ = sort_commands([command], self.recorder, self.vault)
        if not sorted_.new:
            return Receipt(already=sorted_.already, conflicts=sorted_.conflicts)
        stamp = sorted_.new[0][1]
        streams: dict[UUID, Aggregate] = {}
        events: list[Event] = []
        same = self.same_person()
        for draft, event_id in zip(command.drafts, new_ids(stamp.count), strict=True):
            stream = streams.get(draft.stream_id) or self.load(draft.stream_id, draft.event)
            streams[draft.stream_id] = stream
            version = stream.version + 1
            if isinstance(stream, CaseFile):
                draft = _placed(draft, stream)
            event = mint(draft, command, stamp, event_id, version, self.vault, self.book.version)
            read = same.read(event)
            for refusal in judge(read, stream, self.book):
                raise refusal
            stream.trigger(read)
            events.append(event)
        return self._record(events, stamp, None)

    def _annul(self, command: Command, target: Event) -> Receipt:
        sorted_ = sort_commands([command], self.recorder, self.vault)
        if not sorted_.new:
            return Receipt(already=sorted_.already, conflicts=sorted_.conflicts)
        stamp = sorted_.new[0][1]
        version = self.recorder.stream_heads([target.meta.stream_id])[target.meta.stream_id] + 1
        draft = command.drafts[0]
        event = mint(draft, command, stamp, new_id(), version, self.vault, self.book.version)
        return self._record([event], stamp, target)

    def _record(self, events: list[Event], stamp: CommandStamp, target: Event | None) -> Receipt:
        def guard(conn: Connection) -> None:
            guard_across(conn, self.codec, events, self.book, target)
            guard_batches(conn, self.codec, events)

        positions = self.append_events(events, [stamp], guard)
        ids = [e.meta.event_id for e in events]
        return Receipt(1, len(events), 0, [], positions[0], positions[-1], ids)

    def append_events(
        self,
        events: list[Event],
        stamps: list[CommandStamp],
        guard: Callable[[Connection], None] | None = None,
        looked_up_at: int | None = None,
    ) -> Sequence[int]:
        """Appends minted events with the look-ups that follow from them; as `recorder.append`."""
        return self.recorder.append(
            [stored(e, self.codec) for e in events],
            commands=stamps,
            events=events,
            guard=guard,
            looked_up_at=looked_up_at,
        )

    def _event(self, event_id: UUID) -> Event:
        position = self.recorder.position_of(event_id)
        if position is None:
            raise CannotAnnul("账本中没有这个事件编号", "the ledger has no event with this id")
        found = self.recorder.select_notifications(start=position, limit=1)[0]
        return self.codec.decode(found.topic, found.state)

    def _check_sources(self, commands: Sequence[Command]) -> None:
        # Whoever may report rows may open what they are about, and say that their file came.
        own = (c for c in commands if not c.opening)
        pairs = {(c.source, d.event.topic) for c in own for d in c.drafts}
        pairs = {(source, topic) for source, topic in pairs if topic != FileImported.topic}
        for source, topic in sorted(pairs):
            if source not in self._sources:
                self._sources[source] = self._may_report(source)
            allowed = self._sources[source]
            if "*" not in allowed and topic not in allowed:
                raise SourceMayNotReport(
                    f"来源 {source} 未登记可报送 {topic}", f"{source} may not report {topic}"
                )

    def _may_report(self, source: str) -> tuple[str, ...]:
        stream = self.find("source", [source]).get(source)
        registered = self.load(stream).last(SourceRegistered) if stream else None
        if registered is None:
            raise SourceMayNotReport(
                f"来源 {source} 没有登记,应先登记数据来源",
                f"the source {source} is not registered; register it first",
            )
        return registered.may_report


def _placed(draft: Draft, case: CaseFile) -> Draft:
    """A decision that names no town is of the town that the household belongs to on that day."""
    if getattr(draft.event, "town", None) != "":
        return draft
    town = case.town(draft.occurred_on)
    return replace(draft, event=replace(draft.event, town=town)) if town else draft  # type: ignore[call-arg]


def _retried(attempt: Callable[[], Receipt]) -> Receipt:
    """Another writer was first: look again at what stands now. The last failure is raised."""
    for _ in range(RETRIES):
        try:
            return attempt()
        except (AlreadyRecorded, RecordConflictError):
            continue
    return attempt()
