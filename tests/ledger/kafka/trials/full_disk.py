"""A disk that is full at the moment after Kafka's commit: a real SQLITE_FULL, from a limit on pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, event

from ledger.kafka.client import KafkaPythonProducer
from ledger.kafka.records import Outgoing
from ledger.kafka.settings import KafkaSettings


class FullDisk:
    """Strikes in the transaction that follows a commit on Kafka, at the first that has to grow the
    file; from there on the disk stays full."""

    def __init__(self, settings: KafkaSettings, said: Callable[[], None]) -> None:
        self.settings = settings
        self._said = said
        self.armed = False
        self._struck = False

    def producer(self) -> KafkaPythonProducer:
        return _Arming(self)

    def under(self, engine: Engine) -> None:
        """Puts the index on it."""
        event.listen(engine, "begin", self._limit)
        event.listen(engine, "handle_error", self._look)

    def _limit(self, connection: Connection) -> None:
        pages = 1 if self.armed or self._struck else 1_073_741_823
        self.armed = False
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    def _look(self, context: Any) -> None:
        if "full" in str(context.original_exception) and not self._struck:
            self._struck = True
            self._said()


class _Arming(KafkaPythonProducer):
    """The real producer; once Kafka has committed entries, there is no more room."""

    def __init__(self, disk: FullDisk) -> None:
        super().__init__(disk.settings)
        self._disk = disk

    def commit(self, records: Sequence[Outgoing]) -> list[int]:
        offsets = super().commit(records)
        if records[0].topic != self._disk.settings.lease_topic:
            self._disk.armed = True
        return offsets
