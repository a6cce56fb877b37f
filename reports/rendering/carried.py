"""What a file carries beside what is to be seen: the report's JSON and the checkpoint that covers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

JSON_NAME = "report.json"
CHECKPOINT_NAME = "checkpoint.txt"


@dataclass(frozen=True, slots=True)
class Carried:
    """`canonical` is the report; `checkpoint` a signed note, empty where none covers it yet."""

    canonical: bytes
    checkpoint: str
    key: str
    """The verifier key that the checkpoint is checked by."""
    on: date
    """A fixed day for metadata: the report's `as_of`."""
