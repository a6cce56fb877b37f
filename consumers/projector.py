"""The projector: keeps the read models level with Kafka, on a machine that has no ledger.

Its place is not a consumer group's: rows and the next position are one SQL transaction in the
views' own database, so that whatever is killed, every entry is in the views once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy import Engine

from consumers.kafka_entries import KafkaEntries
from ledger.kafka.settings import KafkaSettings
from projections.store import Progress, Views

IDLE_SECONDS = 0.2

Told = Callable[[int, int], None]
"""(position of the views, lag in offsets), after each round."""


class Projector:
    """Follows the log until it is stopped."""

    def __init__(self, settings: KafkaSettings, engine: Engine) -> None:
        self.views = Views(engine)
        self.entries = KafkaEntries(settings, engine)
        self._stopped = threading.Event()

    def catch_up(self, progress: Progress | None = None) -> int:
        """Brings the views up to the log's end as it is now. Returns the position.

        Safe to repeat and to kill. Raises ForeignRecord, LogDiffers, KafkaUnavailable: stop.
        """
        return self.views.catch_up(self.entries, progress=progress)

    def run(self, told: Told | None = None, progress: Progress | None = None) -> None:
        """Catches up again and again until `stop`. `progress`: after each batch that is committed."""
        while not self._stopped.is_set():
            position = self.catch_up(progress)
            if told is not None:
                told(position, self.entries.lag())
            self._stopped.wait(IDLE_SECONDS)

    def stop(self) -> None:
        """Ends `run` after the round that is being made. From any thread."""
        self._stopped.set()

    def close(self) -> None:
        """Closes the connection."""
        self.entries.close()
