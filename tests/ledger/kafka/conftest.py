"""A ledger whose log of record is a real Kafka, with topics of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.events import UNBORN, SourceRegistered
from ledger.clock import FixedClock
from ledger.ids import new_id
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topics import create
from ledger.vault import Vault
from tests.kafka_broker import fresh_settings
from tests.ledger.conftest import World
from tests.ledger.kafka.whole_kafka import assert_whole_on_kafka
from tests.ledger.kafka.worlds import KafkaWorld, open_kafka_world


@pytest.fixture
def kafka(bootstrap: str) -> KafkaSettings:
    """Fresh topics."""
    settings = fresh_settings(bootstrap)
    create(settings)
    return settings


@pytest.fixture
def world(tmp_path: Path, kafka: KafkaSettings) -> Iterator[KafkaWorld]:
    Vault.create(tmp_path / "vault.sqlite", tmp_path / "master.key").close()
    found = open_kafka_world(tmp_path, kafka, FixedClock())
    register_bureau(found)
    yield found
    found.close()
    assert_whole_on_kafka(kafka, found.folder)


def register_bureau(world: World) -> None:
    bureau = SourceRegistered(
        meta=UNBORN, code="bureau", name="民政局", kind="bureau", may_report=("*",)
    )
    world.ledger.decide(world.command("source", bureau, stream=new_id()))
