"""The composition root: the one place that knows the concrete classes and puts them together."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Engine

from console.beginning import ready_signing_key, ready_vault
from console.database_settings import checked
from console.settings import FILE, Settings, read_settings, write_settings
from domain.calendar import CHINA
from domain.divisions import Divisions
from domain.events import UNBORN, Actor, SourceRegistered
from domain.wording import BadValue
from evidence.checkpoints import SignedCheckpoint
from evidence.notes import SigningKey, VerifierKey
from intake.planning import Context
from ledger.checkpoint_folder import CheckpointFolder
from ledger.checkpointing import EMBEDDED, ON_KAFKA, Checkpoints, Pace
from ledger.clock import Clock, SystemClock
from ledger.codec import EventCodec
from ledger.commands import Command, Draft
from ledger.database import open_database
from ledger.erasing import carry_out
from ledger.errors import LedgerError, NotExtended, NotOurs
from ledger.framing import SchemaFramer
from ledger.ids import new_id
from ledger.kafka.settings import KafkaSettings
from ledger.lookups import EventLookUps
from ledger.recorder import EntryRow, ReliefApplicationRecorder
from ledger.rotation import tell
from ledger.service import Ledger
from ledger.signing_key import read_signing_key, verifier_key
from ledger.stating import state_origin
from ledger.treestore import Progress
from ledger.vault import Vault
from ledger.vault_errors import VaultBusy
from ledger.witnessing import Witness
from projections.database import open_database as open_views
from projections.entries import Recorded
from projections.moment import Moment
from schemas.catalog import catalog

if TYPE_CHECKING:
    from ledger.kafka.recorder import KafkaRecorder

BUREAU = "bureau"
"""The source that every ledger has: the bureau itself, which may report everything."""
OPERATOR = Actor("operator", "clerk", BUREAU)
DAY_MICROS = 86_400 * 1_000_000


class LedgerEntries:
    """The log as the read side sees it (`projections.entries.Entries`)."""

    def __init__(self, recorder: ReliefApplicationRecorder, codec: EventCodec) -> None:
        self._recorder = recorder
        self._codec = codec

    def read(self, after: int, limit: int) -> Sequence[Recorded]:
        """Entries after a position, decoded."""
        return [self._recorded(row) for row in self._recorder.read_entries(after, limit)]

    def head(self) -> int:
        """The last position."""
        return self._recorder.head().position

    def stream(self, stream_id: UUID) -> Sequence[Recorded]:
        """A stream's entries, decoded."""
        return [self._recorded(row) for row in self._recorder.read_stream(stream_id)]

    def position_at(self, instant_micros: int) -> int:
        """The last position at or before an instant. ValueError at or past the head."""
        return self._recorder.position_at(instant_micros)

    def _recorded(self, row: EntryRow) -> Recorded:
        event = self._codec.decode_entry(row.topic, row.entry)
        return Recorded(row.position, row.recorded_at, event)


class Relief:
    """An open ledger with everything around it."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.codec = EventCodec()
        self.divisions = Divisions(county=settings.county)
        self.takeover = False
        """Whether to write although another writer has the lease."""
        self.one_import = threading.Lock()
        """Imports of one process go one after the other."""
        self.on_kafka: KafkaRecorder | None = None
        """The recorder where it is on Kafka, once it is opened."""
        self.progress: Progress | None = None
        """Told how far a long opening is (an older ledger gets its tree)."""
        self.catching_up: Progress | None = None
        """Told how far an index is that is made again from Kafka, in offsets."""

    @cached_property
    def log(self) -> ReliefApplicationRecorder:
        """The log as it stands (on Kafka, its index, brought up to it), not yet held against its
        checkpoints: for who looks it over."""
        kafka, ahead = self.settings.kafka, self.settings.ahead_days * DAY_MICROS
        if kafka is not None:
            from console.kafka_wiring import kafka_recorder  # its client is slow to load

            engine = open_database(self.settings.log_place)
            self.on_kafka = kafka_recorder(kafka, engine, self.clock, self.codec, ahead)
            self.on_kafka.create_tables(self.progress)
            self.on_kafka.follow(self.catching_up)
            return self.on_kafka
        recorder = ReliefApplicationRecorder(
            open_database(self.settings.log_place),
            framer=SchemaFramer(catalog()),
            clock=self.clock,
            ahead_micros=ahead,
            look_ups=EventLookUps(self.codec),
        )
        recorder.create_tables(self.progress)
        return recorder

    @cached_property
    def recorder(self) -> ReliefApplicationRecorder:
        """The log. Raises NotExtended where it is not the one that was signed."""
        if self.checkpoints is not None:
            try:
                self.checkpoints.check()
            except NotExtended as e:
                # An index that Kafka could not be asked about is no older copy of the log.
                raise self._not_brought_up() or e from e
        return self.log

    def _not_brought_up(self) -> LedgerError | None:
        if self.on_kafka is None or self.checkpoints is None:
            return None
        behind = self.log.head().position < (self.checkpoints.folder.newest() or 0)
        return self.on_kafka.unanswered if behind else None

    @cached_property
    def checkpoints(self) -> Checkpoints | None:
        """What was signed of the log; None for an older ledger that has no key for it yet."""
        if not self.settings.origin:
            return None
        return self._checkpoints_of(verifier_key(self.settings.verifier_key))

    def newest_checkpoint_size(self) -> int:
        """Entries under the newest checkpoint kept here; 0 for none. Opens no log."""
        if not self.settings.origin:
            return 0
        verifier = verifier_key(self.settings.verifier_key)
        return self._checkpoints_in(verifier).newest() or 0

    def checkpoint(
        self, *, only_if_due: bool = False, size: int | None = None
    ) -> SignedCheckpoint | None:
        """Signs the head (or an earlier size), and keeps it; None where there is nothing to sign,
        or no key yet.

        Raises NotExtended, NoSigningKey, CheckpointNotKept.
        """
        if self.checkpoints is None or (only_if_due and not self.checkpoints.due()):
            return None
        self._tell_origin()
        return self.checkpoints.sign(self.signing_key(), size)

    def signing_key(self) -> SigningKey:
        """The key that signs for the ledger. Raises NoSigningKey."""
        return read_signing_key(self.settings.folder, verifier_key(self.settings.verifier_key))

    @cached_property
    def vault(self) -> Vault:
        """The identity vault. Erasures that a crash or a restored backup left undone are done."""
        vault = Vault.open(self.settings.vault, self.settings.master_key)
        with suppress(VaultBusy):  # tried again at the next opening; `doctor` says so
            carry_out(self.recorder, vault, seconds=0)
        return vault

    @cached_property
    def ledger(self) -> Ledger:
        """The write side. A rotation of the master key that was stopped is ended."""
        recorder = self.recorder
        if self.on_kafka is not None:
            self.on_kafka.takeover = self.takeover
            self.on_kafka.open_writer()
        ledger = Ledger(recorder, self.vault, codec=self.codec)
        with suppress(VaultBusy):
            tell(ledger, on=self.today(), actor=OPERATOR, source=BUREAU, seconds=0)
        return ledger

    @cached_property
    def entries(self) -> LedgerEntries:
        """The log for readers."""
        return LedgerEntries(self.recorder, self.codec)

    @cached_property
    def views_engine(self) -> Engine:
        """The read models' database."""
        return open_views(self.settings.views_place)

    def today(self) -> date:
        """The civil date in China."""
        seconds = self.clock.now_micros() / 1_000_000
        return datetime.fromtimestamp(seconds, CHINA).date()

    def context(self, source: str = BUREAU, actor: Actor = OPERATOR) -> Context:
        """What an import needs."""
        return Context(self.ledger, source, actor, self.today(), self.divisions)

    def moment(self, as_of: date | None, as_at: str | None) -> Moment:
        """The two times of a question; today and the head where none is given.

        Raises BadValue for a position or instant that the log has not reached.
        """
        position = self._position(as_at)
        return Moment(as_of or self.today(), position, self.recorder.root(position))

    def _position(self, as_at: str | None) -> int:
        head = self.entries.head()
        if as_at is None:
            return head
        if as_at.isdigit():
            position = int(as_at)
            if not 1 <= position <= head:
                raise BadValue(
                    f"账本现有 1–{head} 条,没有这一条", f"the log has positions 1 to {head}"
                )
            return self.recorder.append_end(position)
        try:
            instant = datetime.fromisoformat(as_at)
        except ValueError:
            raise BadValue(
                "--as-at 应为位置编号或时刻,如 120 或 2024-06-27T12:00:00+08:00",
                "--as-at takes a position or an instant: 120 or 2024-06-27T12:00:00+08:00",
            ) from None
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=CHINA)
        try:
            return self.entries.position_at(micros(instant))
        except ValueError:
            raise BadValue(
                "该时刻不早于账本最后一条记录,其含义尚未确定;请改用位置编号",
                "the instant is at or past the last entry, so its meaning is not settled yet; "
                "give a position",
            ) from None

    def _tell_origin(self) -> None:
        """Where this origin goes on from another, the log says so before anything is signed."""
        settings = self.settings
        if settings.continues and self.checkpoints is not None:
            before = verifier_key(settings.continues)
            kept = self._checkpoints_of(before).newest()
            state_origin(
                self.ledger,
                self.checkpoints.verifier,
                before,
                kept,
                on=self.today(),
                actor=OPERATOR,
                source=BUREAU,
            )

    def _checkpoints_of(self, verifier: VerifierKey) -> Checkpoints:
        settings = self.settings
        return Checkpoints(
            self.log,
            self._checkpoints_in(verifier),
            verifier,
            [w.key for w in self.witnesses],
            Pace(settings.every_seconds, settings.every_entries),
            EMBEDDED if settings.kafka is None else ON_KAFKA,
        )

    def _checkpoints_in(self, verifier: VerifierKey) -> CheckpointFolder:
        return CheckpointFolder(self.settings.checkpoint_folder / verifier.key_id.hex())

    @cached_property
    def witnesses(self) -> list[Witness]:
        """Who is asked to cosign checkpoints."""
        return [Witness(w.url, verifier_key(w.key)) for w in self.settings.witnesses]

    def sign_what_was_added(self) -> None:
        """At the end of whatever was done here: a checkpoint, where one is due."""
        if "log" in self.__dict__ and self.log.appended:
            self.checkpoint(only_if_due=True)

    def close(self) -> None:
        """Closes whatever was opened."""
        opened = self.__dict__
        if "vault" in opened:
            self.vault.close()
        if "log" in opened:
            if self.on_kafka is not None:
                self.on_kafka.close()
            self.log.engine.dispose()
        if "views_engine" in opened:
            self.views_engine.dispose()


def micros(instant: datetime) -> int:
    """UTC microseconds of an aware instant, without a float on the way."""
    delta = instant.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def micros_of_day(day: date) -> int:
    """UTC microseconds of the beginning of a civil date in China."""
    return micros(datetime(day.year, day.month, day.day, tzinfo=CHINA))


def create(
    folder: Path,
    name: str,
    *,
    synthetic: bool = False,
    clock: Clock | None = None,
    kafka: KafkaSettings | None = None,
    origin: str | None = None,
    log_url: str | None = None,
    views_url: str | None = None,
) -> None:
    """Makes a new ledger in a folder: vault, key, log (or topics), settings, and the bureau as its
    first source.

    The settings come last: a folder without them is no ledger, so a crash half-way shows, and
    the same call goes on where it was (`beginning`). FileExistsError where there is a ledger;
    NotOurs for an address that cannot be used, and where a ledger is already.
    """
    if (folder / FILE).exists():
        raise FileExistsError(folder / FILE)
    draft = Settings(
        folder,
        name,
        kafka=kafka,
        log_address=checked(log_url, "log") if log_url else None,
        views_address=checked(views_url, "views") if views_url else None,
    )
    was_there = folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if kafka is not None:
        from ledger.kafka.topics import create as create_topics

        create_topics(kafka)
    relief = Relief(draft, clock)
    try:
        ready_vault(draft, relief.log)
        key = ready_signing_key(folder, origin)
        event = SourceRegistered(
            meta=UNBORN, code=BUREAU, name=name, kind="bureau", may_report=("*",)
        )
        command = Command(
            ("source", BUREAU), name, [Draft(event, new_id(), relief.today())], OPERATOR, BUREAU
        )
        relief.ledger.decide(command)
    except NotOurs:
        if not was_there:
            with suppress(OSError):  # something of it was made already: left for the next try
                folder.rmdir()
        raise
    finally:
        relief.close()
    write_settings(
        folder,
        name,
        key=key,
        synthetic=synthetic,
        kafka=kafka,
        log_url=log_url,
        views_url=views_url,
    )


@contextmanager
def opened(folder: Path, clock: Clock | None = None) -> Iterator[Relief]:
    """An open ledger, closed at the end. Raises NotOurs, VaultError."""
    relief = Relief(read_settings(folder), clock)
    try:
        yield relief
        relief.sign_what_was_added()
    finally:
        relief.close()
