"""Consumers read what a ledger on a real Kafka wrote."""

from tests.ledger.kafka.conftest import kafka, world

__all__ = ["kafka", "world"]
