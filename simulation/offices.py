"""Who works for the relief system: social workers, village cadres, town and county officials.

The ledger tells people in office apart by their names, so no two of them share one.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from simulation.county import TOWN_CODES
from simulation.quotas import SOCIAL_WORKERS
from simulation.words import distinct_names

_BIG = ("001", "005", "104", "109", "003", "002", "115", "103", "004")
"""The biggest nine towns have two social workers: 23 + 9 = 32."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A contracted social worker."""

    number: str
    name: str
    town: str


class Offices:
    """Names by office. Investigators, proposers and approvers are different people."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        taken: set[str] = set()
        towns = [*TOWN_CODES, *(f"330681{code}" for code in _BIG)]
        assert len(towns) == SOCIAL_WORKERS
        names = distinct_names(rng, len(towns), taken)
        self.workers = [
            Worker(f"SG{i:03d}", name, town)
            for i, (name, town) in enumerate(zip(names, towns, strict=True), start=1)
        ]
        self._workers = {
            town: [w.name for w in self.workers if w.town == town] for town in TOWN_CODES
        }
        self._cadres = {town: distinct_names(rng, 4, taken) for town in TOWN_CODES}
        self._proposers = {town: distinct_names(rng, 2, taken) for town in TOWN_CODES}
        self._approvers = distinct_names(rng, 4, taken)

    def investigators(self, town: str) -> tuple[str, str]:
        """A social worker of the town and a village cadre."""
        return self._rng.choice(self._workers[town]), self._rng.choice(self._cadres[town])

    def proposer(self, town: str) -> str:
        """An official of the town."""
        return self._rng.choice(self._proposers[town])

    def approver(self) -> str:
        """An official of the county."""
        return self._rng.choice(self._approvers)
