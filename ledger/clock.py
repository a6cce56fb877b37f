"""The clock, handed in: the ledger asks nobody else what time it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Tells the instant."""

    def now_micros(self) -> int:
        """UTC microseconds since 1970."""
        ...


class SystemClock:
    """This machine's clock."""

    def now_micros(self) -> int:
        """UTC microseconds since 1970."""
        return time.time_ns() // 1000


@dataclass
class FixedClock:
    """A clock that a test sets by hand."""

    micros: int = 1_700_000_000_000_000

    def now_micros(self) -> int:
        """What it was set to."""
        return self.micros
