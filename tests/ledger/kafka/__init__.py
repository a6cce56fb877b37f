"""Tests of the ledger on Kafka, against a real broker."""
