"""What others may do to a ledger's topics: change their settings, write to them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from ledger.kafka.client import admin_client
from ledger.kafka.settings import KafkaSettings


@contextmanager
def altered(settings: KafkaSettings, topic: str, **config: str) -> Iterator[None]:
    """A topic's settings changed for a while."""
    named = {key.replace("_", "."): value for key, value in config.items()}
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs=named)
    admin = admin_client(settings)
    try:
        before = told(admin, topic, named)
        admin.alter_configs([resource])
        await_told(admin, topic, named)
        yield
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=before)])
        await_told(admin, topic, before)
    finally:
        admin.close()


def told(admin: KafkaAdminClient, topic: str, keys: Iterable[str]) -> dict[str, str]:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    found = admin.describe_configs([resource], config_filter="all")["topic"][topic]
    return {key: found[key]["value"] for key in keys}


def await_told(admin: KafkaAdminClient, topic: str, config: Mapping[str, str]) -> None:
    """Until the broker acts by it: a change is known to the controller first."""
    until = time.monotonic() + 10
    while told(admin, topic, config) != config:
        assert time.monotonic() < until, "the broker does not take the change"
        time.sleep(0.02)


def stranger(settings: KafkaSettings, id_: str | None = "stranger") -> KafkaProducer:
    extra = {"transactional_id": id_} if id_ else {}
    producer = KafkaProducer(**settings.client(metrics_enabled=False, **extra))
    if id_:
        producer.init_transactions()
    return producer
