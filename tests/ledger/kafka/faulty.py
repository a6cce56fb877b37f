"""A producer that fails as it is told: before anything is sent, or after everything is committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.kafka.client import KafkaPythonProducer
from ledger.kafka.errors import OutcomeUnknown
from ledger.kafka.records import Outgoing
from ledger.kafka.settings import KafkaSettings

BEFORE = "failed"
AFTER = "failed but persisted"


@dataclass
class Faults:
    """Which of the next commits fail, and how; shared by the producers of one writer."""

    settings: KafkaSettings
    plan: list[str | None] = field(default_factory=list)

    def producer(self) -> FaultyProducer:
        return FaultyProducer(self)


class FaultyProducer:
    """The real producer behind a plan of failures; the lease's records are let through."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._real = KafkaPythonProducer(faults.settings)

    def start(self) -> None:
        self._real.start()

    def commit(self, records: Sequence[Outgoing]) -> list[int]:
        lease = records[0].topic == self._faults.settings.lease_topic
        fault = None if lease or not self._faults.plan else self._faults.plan.pop(0)
        if fault == BEFORE:
            raise OutcomeUnknown("测试:提交之前", "test: before the commit")
        offsets = self._real.commit(records)
        if fault == AFTER:
            raise OutcomeUnknown("测试:提交之后", "test: the commit's answer is lost")
        return offsets

    def end(self) -> None:
        self._real.end()
