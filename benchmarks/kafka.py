"""The writer, the index and the projector on a real Kafka, each beside a bare kafka-python client.

    python -m benchmarks kafka [append|decide|rebuild|project|memory] [ENTRIES]

Without a name all but `memory`. The broker is what RELIEF_KAFKA_BOOTSTRAP names, else one of our
own in a temporary folder. Every ratio is taken from one run, the bare client with the same
settings, records and batches. CPU is this process's own, both threads; the broker's is not in it.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from kafka import TopicPartition
from sqlalchemy import Engine

from benchmarks.catch_up import payments
from consumers.projector import Projector
from deploy.local_kafka import Broker
from domain.events import UNBORN, Actor, Event, PersonRegistered, SourceRegistered
from ledger.codec import EventCodec
from ledger.commands import Command, Draft
from ledger.database import open_sqlite
from ledger.framing import SchemaFramer
from ledger.ids import new_id
from ledger.kafka.client import (
    KafkaPythonProducer,
    KafkaPythonReader,
    closing_consumer,
    transactional_producer,
)
from ledger.kafka.recorder import KafkaRecorder
from ledger.kafka.records import Outgoing
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topics import create
from ledger.kafka.values import SingleObject
from ledger.lookups import EventLookUps
from ledger.minting import stored
from ledger.service import APPEND_COMMANDS, Ledger
from ledger.stamps import CommandStamp
from ledger.vault import NewPerson, Vault
from projections.database import open_sqlite as open_views
from schemas.catalog import catalog

ENTRIES, DECISIONS, CASES = 100_000, 300, 3_000
ROUNDS = 3
MILLION, DAY = 1_000_000, date(2023, 3, 10)
CLERK = Actor("clerk", "clerk", "bureau")


@dataclass(frozen=True)
class Taken:
    """What some work took."""

    count: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """A second."""
        return self.count / self.seconds

    def __str__(self) -> str:
        per_entry = self.cpu / self.count * 1e6
        return f"{self.rate:>9,.0f}/s  {self.seconds:6.2f} s, CPU {per_entry:6.1f} µs an entry"


class Listening(KafkaPythonProducer):
    """The ledger's producer; tells what it was given, so that a bare one can send the same."""

    def __init__(self, settings: KafkaSettings, told: list[Sequence[Outgoing]]) -> None:
        super().__init__(settings)
        self._told = told

    def commit(self, records: Sequence[Outgoing]) -> list[int]:
        """As always."""
        self._told.append(records)
        return super().commit(records)


def measured(count: int, work: Callable[[], object]) -> Taken:
    """Wall and CPU of this process."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Taken(count, time.perf_counter() - wall, time.process_time() - cpu)


def fresh(bootstrap: str) -> KafkaSettings:
    """Topics of their own."""
    settings = KafkaSettings(bootstrap, namespace=f"bench{uuid4().hex[:8]}", lease_seconds=60.0)
    create(settings)
    return settings


def recorder_on(
    settings: KafkaSettings, engine: Engine, told: list[Sequence[Outgoing]] | None = None
) -> KafkaRecorder:
    """The recorder as `console.kafka_wiring` makes it."""
    recorder = KafkaRecorder(
        engine,
        settings,
        KafkaPythonReader(settings),
        lambda: KafkaPythonProducer(settings) if told is None else Listening(settings, told),
        SingleObject(catalog()),
        framer=SchemaFramer(catalog()),
        look_ups=EventLookUps(EventCodec()),
    )
    recorder.create_tables()
    return recorder


def append_all(recorder: KafkaRecorder, events: Iterator[Event]) -> int:
    """In appends of as many commands as `Ledger.report` takes at once. Returns how many events."""
    count, codec = 0, EventCodec()
    while chunk := list(islice(events, APPEND_COMMANDS)):
        append(recorder, chunk, codec)
        count += len(chunk)
    return count


def append(recorder: KafkaRecorder, chunk: Sequence[Event], codec: EventCodec) -> None:
    """One append; encoding to Avro is in it."""
    stamps = [CommandStamp(e.meta.command_id, e.meta.content_digest, 1) for e in chunk]
    head = recorder.head().position
    states = [stored(e, codec) for e in chunk]
    recorder.append(states, commands=stamps, events=chunk, looked_up_at=head)


def bare_append(settings: KafkaSettings, groups: Sequence[Sequence[Outgoing]]) -> Taken:
    """The same records to topics of the same names elsewhere, with nothing of ours."""
    producer = transactional_producer(settings)
    producer.init_transactions()
    elsewhere = {
        topic: topic.replace(topic.split(".", 1)[0], settings.namespace)
        for topic in {r.topic for group in groups for r in group}
    }

    def send() -> None:
        for group in groups:
            producer.begin_transaction()
            for topic, key, value, headers in group:
                producer.send(elsewhere[topic], value, key, headers, partition=settings.partition)
            producer.commit_transaction()

    taken = measured(sum(len(g) for g in groups) // 2, send)
    producer.close()
    return taken


def compare_appends(bootstrap: str, entries: int, folder: Path) -> KafkaSettings:
    """A bulk append in rounds, each followed by the bare producer's. Returns the ledger's place."""
    settings, bare_settings = fresh(bootstrap), fresh(bootstrap)
    told: list[Sequence[Outgoing]] = []
    engine = open_sqlite(folder / "append.sqlite")
    recorder = recorder_on(settings, engine, told)
    recorder.open_writer()
    events = payments(CASES, -(-entries // (2 * CASES)))
    ratios = []
    for number in range(1, ROUNDS + 1):
        chunk = list(islice(events, entries // ROUNDS))
        told.clear()
        ours = measured(len(chunk), lambda chunk=chunk: append_all(recorder, iter(chunk)))  # type: ignore[misc]
        groups = [g for g in told if len(g) > 1]  # the rest are leases
        bare = bare_append(bare_settings, groups)
        ratios.append(ours.rate / bare.rate)
        print(
            f"append {number}  ledger {ours}\n          bare   {bare}\n          {ratios[-1]:.0%}"
        )
    print(f"append: {sorted(ratios)[ROUNDS // 2]:.0%} of a bare producer (median of {ROUNDS})")
    recorder.close()
    engine.dispose()
    return settings


def fill(bootstrap: str, entries: int, folder: Path) -> KafkaSettings:
    """A ledger of so many entries."""
    settings = fresh(bootstrap)
    engine = open_sqlite(folder / "filled.sqlite")
    recorder = recorder_on(settings, engine)
    append_all(recorder, islice(payments(CASES, -(-entries // (2 * CASES))), entries))
    recorder.close()
    engine.dispose()
    return settings


def decide(bootstrap: str, folder: Path) -> None:
    """Single decisions, one after the other: vault, judging, Kafka, index."""
    engine = open_sqlite(folder / "decide.sqlite")
    recorder = recorder_on(fresh(bootstrap), engine)
    vault = Vault.create(folder / "vault.sqlite", folder / "master.key")
    ledger = Ledger(recorder, vault)
    source = SourceRegistered(
        meta=UNBORN, code="bureau", name="民政局", kind="bureau", may_report=("*",)
    )
    _decide(ledger, "source", source)
    millis = []
    for n in range(DECISIONS):
        begun = time.perf_counter()
        _decide(ledger, str(n), PersonRegistered(meta=UNBORN, resolved=True))
        millis.append((time.perf_counter() - begun) * 1000)
    millis.sort()
    p50, p99 = millis[DECISIONS // 2], millis[DECISIONS * 99 // 100]
    print(
        f"single decision: p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {millis[-1]:.1f} ms ({DECISIONS})"
    )
    recorder.close()
    engine.dispose()
    vault.close()


def _decide(ledger: Ledger, key: str, event: Event) -> None:
    stream, today = new_id(), DAY
    if isinstance(event, PersonRegistered):
        ledger.vault.register([NewPerson(stream, None)])
    draft = Draft(event, stream, today, today)
    ledger.decide(Command((key,), key, [draft], CLERK, "bureau"))


def bare_read(settings: KafkaSettings, entries: int) -> Taken:
    """Polls the ledger's topic to its end, and looks at nothing."""

    def read() -> None:
        with closing_consumer(settings) as consumer:
            place = TopicPartition(settings.ledger_topic, settings.partition)
            consumer.assign([place])
            consumer.seek(place, 0)
            count = 0
            while count < entries:
                count += len(consumer.poll(500).get(place, []))

    return measured(entries, read)


def rebuild(settings: KafkaSettings, entries: int, folder: Path) -> None:
    """An index made anew from Kafka alone, as `follow` and the writer's opening do it."""
    for number in range(1, ROUNDS + 1):
        bare = bare_read(settings, entries)
        engine = open_sqlite(folder / f"rebuilt{number}.sqlite")
        recorder = recorder_on(settings, engine)
        ours = measured(entries, recorder.follow)
        assert recorder.head().position == entries
        recorder.close()
        engine.dispose()
        _beside(f"index rebuild {number}", ours, bare)


def project(settings: KafkaSettings, entries: int, folder: Path) -> None:
    """The read models from Kafka, on a machine without a ledger."""
    for number in range(1, ROUNDS + 1):
        bare = bare_read(settings, entries)
        engine = open_views(folder / f"views{number}.sqlite")
        projector = Projector(settings, engine)
        ours = measured(entries, projector.catch_up)
        assert projector.views.position() == entries
        projector.close()
        engine.dispose()
        _beside(f"projector {number}", ours, bare)


def _beside(name: str, ours: Taken, bare: Taken) -> None:
    print(
        f"{name:16} {ours}\n   bare consumer {bare}\n                 {ours.rate / bare.rate:.0%}"
    )


def memory(bootstrap: str, entries: int, folder: Path) -> None:
    """The peak of this process, which made the events and appended them."""
    before = _peak_mb()
    fill_with = measured(entries, lambda: fill(bootstrap, entries, folder))
    print(f"writer at {entries:,} entries: peak {_peak_mb()} MB ({before} MB before) {fill_with}")


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """The address of the broker to measure on."""
    named = os.environ.get("RELIEF_KAFKA_BOOTSTRAP")
    if named:
        yield named
        return
    own = Broker(folder / "broker")
    own.start()
    try:
        yield own.bootstrap
    finally:
        own.stop()


def main(what: str = "all", count: str = "") -> None:
    """Prints what was asked for."""
    with TemporaryDirectory(prefix="relief-bench-") as name:
        folder = Path(name)
        with broker(folder) as bootstrap:
            entries = int(count) if count else MILLION if what == "memory" else ENTRIES
            if what == "memory":
                memory(bootstrap, entries, folder)
            if what in ("all", "decide"):
                decide(bootstrap, folder)
            if what in ("all", "append"):
                compare_appends(bootstrap, entries, folder)
            if what in ("all", "rebuild", "project"):
                settings = fill(bootstrap, entries, folder)
                if what != "project":
                    rebuild(settings, entries, folder)
                if what != "rebuild":
                    project(settings, entries, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
