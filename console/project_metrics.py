"""What a monitor may know of the projector: how far the views are, how far behind, whether it moves."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from console.exposition import Metric, text_of

SILENT_SECONDS = 60.0
"""After so long without a round that succeeded it is not well; a round of an idle log takes less
than a second, a batch of a long catch-up counts as one."""


@dataclass
class Standing:
    """Where the projector is; told by its own thread, read by the monitor's."""

    checkpoint_size: Callable[[], int]
    monotonic: Callable[[], float] = time.monotonic
    position: int = 0
    lag: int = -1
    """In offsets; −1 until the first round is done."""
    rounds: int = 0
    batches: int = 0
    seconds: float = 0.0
    last_seconds: float = 0.0
    _since: float = 0.0

    def __post_init__(self) -> None:
        self._since = self.monotonic()

    def batch(self, position: int, _: int) -> None:
        """A batch of rows and its place are committed."""
        now = self.monotonic()
        self.last_seconds, self._since = now - self._since, now
        self.seconds += self.last_seconds
        self.batches += 1
        self.position = position

    def round(self, position: int, lag: int) -> None:
        """The views are where the log ended when this was begun."""
        self.position, self.lag, self._since = position, lag, self.monotonic()
        self.rounds += 1

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether it moves, and where it is."""
        silent = self.monotonic() - self._since
        well = silent < SILENT_SECONDS
        state = {"following": well, "position": self.position, "lag": self.lag}
        return well, {**state, "silent_seconds": int(silent)}

    def metrics(self) -> str:
        """Prometheus text format 0.0.4."""
        size = self.checkpoint_size()
        return text_of(
            [
                Metric(
                    "relief_projector_position",
                    "gauge",
                    "last position in the views",
                    self.position,
                ),
                Metric("relief_projector_lag", "gauge", "offsets behind, -1 unknown", self.lag),
                Metric("relief_projector_rounds_total", "counter", "looks at the end", self.rounds),
                Metric(
                    "relief_projector_commits_total", "counter", "batches committed", self.batches
                ),
                Metric(
                    "relief_projector_commit_seconds_sum",
                    "counter",
                    "seconds spent on batches, reading included",
                    self.seconds,
                ),
                Metric(
                    "relief_projector_commit_seconds_last",
                    "gauge",
                    "seconds of the last batch",
                    self.last_seconds,
                ),
                Metric(
                    "relief_projector_silent_seconds",
                    "gauge",
                    "seconds since the last round or batch",
                    self.monotonic() - self._since,
                ),
                Metric(
                    "relief_checkpoint_size",
                    "gauge",
                    "entries under the newest checkpoint kept here, 0 for none",
                    size,
                ),
            ]
        )
