"""A ledger whose log of record is a real Kafka, with topics of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topics import create
from tests.kafka_broker import fresh_settings
from tests.ledger.kafka.whole_kafka import ending_whole
from tests.ledger.kafka.worlds import KafkaWorld, new_kafka_world


@pytest.fixture
def kafka(bootstrap: str) -> KafkaSettings:
    """Fresh topics."""
    settings = fresh_settings(bootstrap)
    create(settings)
    return settings


@pytest.fixture
def world(tmp_path: Path, kafka: KafkaSettings) -> Iterator[KafkaWorld]:
    with ending_whole(new_kafka_world(tmp_path, kafka), kafka) as found:
        yield found
