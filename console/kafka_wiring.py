"""Puts together what a ledger on Kafka is made of."""

from __future__ import annotations

import logging

from sqlalchemy import Engine

from ledger.clock import Clock
from ledger.codec import EventCodec
from ledger.framing import SchemaFramer
from ledger.kafka.client import KafkaPythonProducer, KafkaPythonReader
from ledger.kafka.recorder import KafkaRecorder
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.values import values_of
from ledger.lookups import EventLookUps
from schemas.catalog import catalog


def kafka_recorder(
    kafka: KafkaSettings, engine: Engine, clock: Clock, codec: EventCodec, ahead_micros: int
) -> KafkaRecorder:
    """The recorder of a ledger on Kafka, over its index."""
    # What matters of the client's own messages reaches us as errors.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    return KafkaRecorder(
        engine,
        kafka,
        KafkaPythonReader(kafka),
        lambda: KafkaPythonProducer(kafka),
        values_of(kafka),
        framer=SchemaFramer(catalog()),
        clock=clock,
        ahead_micros=ahead_micros,
        look_ups=EventLookUps(codec),
    )
