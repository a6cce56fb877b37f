"""One thing of a topic or a schema registry that is not as it must be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Deviation:
    """What is not as it must be, and what would be right."""

    topic: str
    """Or the schema, subject or registry."""
    zh: str
    en: str
    loses: bool = True
    """False for what is a matter of how much can break at once."""
