"""Opens ledgers on Kafka for tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from domain.events import UNBORN, SourceRegistered
from ledger.clock import FixedClock
from ledger.codec import EventCodec
from ledger.database import open_sqlite
from ledger.framing import SchemaFramer
from ledger.ids import new_id
from ledger.kafka.client import KafkaPythonProducer, KafkaPythonReader, TransactionalProducer
from ledger.kafka.recorder import KafkaRecorder
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.values import values_of
from ledger.lookups import EventLookUps
from ledger.service import Ledger
from ledger.vault import Vault
from schemas.catalog import catalog
from storage.sqlite import BUSY_SECONDS
from tests.ledger.conftest import World


@dataclass
class KafkaWorld(World):
    """As `World`, on Kafka."""

    @property
    def kafka_recorder(self) -> KafkaRecorder:
        assert isinstance(self.ledger.recorder, KafkaRecorder)
        return self.ledger.recorder

    def close(self) -> None:
        self.kafka_recorder.close()
        self.recorder.engine.dispose()
        self.ledger.vault.close()


def open_recorder(
    engine: Engine,
    settings: KafkaSettings,
    clock: FixedClock,
    new_producer: Callable[[], TransactionalProducer] | None = None,
) -> KafkaRecorder:
    recorder = KafkaRecorder(
        engine,
        settings,
        KafkaPythonReader(settings),
        new_producer or (lambda: KafkaPythonProducer(settings)),
        values_of(settings),
        framer=SchemaFramer(catalog()),
        clock=clock,
        look_ups=EventLookUps(EventCodec()),
    )
    recorder.create_tables()
    return recorder


def open_kafka_world(
    folder: Path,
    settings: KafkaSettings,
    clock: FixedClock,
    new_producer: Callable[[], TransactionalProducer] | None = None,
    index: str = "ledger.sqlite",
    busy_seconds: float = BUSY_SECONDS,
) -> KafkaWorld:
    engine = open_sqlite(folder / index, busy_seconds=busy_seconds)
    recorder = open_recorder(engine, settings, clock, new_producer)
    vault = Vault.open(folder / "vault.sqlite", folder / "master.key")
    return KafkaWorld(folder, folder / index, Ledger(recorder, vault), clock)


def new_kafka_world(
    folder: Path,
    settings: KafkaSettings,
    new_producer: Callable[[], TransactionalProducer] | None = None,
) -> KafkaWorld:
    """A ledger with a vault of its own, empty but for one source: the bureau."""
    Vault.create(folder / "vault.sqlite", folder / "master.key").close()
    world = open_kafka_world(folder, settings, FixedClock(), new_producer)
    register_bureau(world)
    return world


def register_bureau(world: World) -> None:
    bureau = SourceRegistered(
        meta=UNBORN, code="bureau", name="民政局", kind="bureau", may_report=("*",)
    )
    world.ledger.decide(world.command("source", bureau, stream=new_id()))
