"""Mints ids: UUIDv7, so that what is written together lies together in every index."""

from __future__ import annotations

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A UUIDv7, rising within this process."""
    return UUID(int=uuid_utils.uuid7().int)


def new_ids(count: int) -> list[UUID]:
    """That many of them."""
    return [UUID(int=uuid_utils.uuid7().int) for _ in range(count)]
