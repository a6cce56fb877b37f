"""A written log, views over it in a file of their own, and a connection to ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from projections.store import Views
from tests.places import Places
from tests.projections.builders import Asking, WrittenLog, new_views


@pytest.fixture
def log() -> WrittenLog:
    return WrittenLog()


@pytest.fixture
def views(places: Places) -> Iterator[Views]:
    opened = new_views(places("views"))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def asking(log: WrittenLog, views: Views) -> Asking:
    return Asking(log, views)
