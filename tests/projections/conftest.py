"""A written log, views over it in a file of their own, and a connection to ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from projections.store import Views
from tests.projections.builders import Asking, WrittenLog, new_views


@pytest.fixture
def log() -> WrittenLog:
    return WrittenLog()


@pytest.fixture
def views(tmp_path: Path) -> Iterator[Views]:
    opened = new_views(tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def asking(log: WrittenLog, views: Views) -> Asking:
    return Asking(log, views)
