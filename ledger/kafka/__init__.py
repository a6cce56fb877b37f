"""Kafka as the log of record: one writer, one transaction an append, the index made from it.

Protects: nothing acknowledged is lost, nothing half-written is seen. Offers a recorder with the
same contract as the embedded one, and the topics, records and lease that it rests on.
"""
