"""What can go wrong between the ledger and Kafka, by the caller's next move.

LedgerError
├── resend:  KafkaUnavailable     nothing was recorded; Kafka may be asked again
│            RegistryUnavailable  so may the schema registry
│            OutcomeUnknown       it may be recorded or not: the same command again tells
│            IndexLocked          another process sleeps on the index: wake or end it, then again
└── stop:    AnotherWriter        the lease is another's
             HangingTransaction   a foreign transaction holds readers back
             TopicsUnfit          a topic is missing, or its settings would lose records
             RegistryUnfit        the registry refuses a schema, or was made anew
             IndexUnlike          the index is ahead of Kafka, or another ledger's
             ForeignRecord        a record on the ledger's topic that our writer did not write
"""

from __future__ import annotations

from eventsourcing.persistence import OperationalError

from ledger.errors import LedgerError, LedgerLocked


class KafkaUnavailable(LedgerError, OperationalError):
    """Kafka does not answer. Nothing of this was recorded; send it again."""


class RegistryUnavailable(KafkaUnavailable):
    """The schema registry gives no usable answer, and only it could tell. Nothing was recorded."""


class OutcomeUnknown(LedgerError, OperationalError):
    """Whether this was recorded could not be learned. The same command again is safe, and tells."""


class IndexLocked(LedgerLocked):
    """Another process keeps the index locked longer than we wait; the message names it."""


class AnotherWriter(LedgerError, OperationalError):
    """Another writer holds the lease, or has taken it over."""


class HangingTransaction(LedgerError, OperationalError):
    """A transaction that somebody left open holds every reader back."""


class TopicsUnfit(LedgerError, OperationalError):
    """A topic is missing, or its settings would lose records."""


class RegistryUnfit(LedgerError, OperationalError):
    """The schema registry refuses a released schema, or gives it another number than before."""


class IndexUnlike(LedgerError, OperationalError):
    """The index does not belong to what Kafka holds."""


class ForeignRecord(LedgerError, OperationalError):
    """A record that is not this ledger's next entry stands on its topic."""

    def __init__(self, topic: str, offset: int, zh: str, en: str) -> None:
        place_zh, place_en = f"{topic} 偏移量 {offset}:", f"{topic}, offset {offset}: "
        super().__init__(place_zh + zh, place_en + en)
        self.topic = topic
        self.offset = offset
