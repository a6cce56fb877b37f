"""What holds for all tests."""

from __future__ import annotations

import warnings

import pytest

with warnings.catch_warnings():
    # kafka-python 3.0.12 reads its own files in a way that Python 3.11 calls deprecated.
    warnings.filterwarnings("ignore", "(read|open)_text is deprecated", DeprecationWarning)
    import kafka  # noqa: F401

from tests.kafka_broker import bootstrap_or_skip
from tests.places import (  # noqa: F401 - fixtures for all
    places,
    postgresql,
    postgresql_or_not,
    postgresql_places,
)


@pytest.fixture(scope="session")
def bootstrap() -> str:
    """A real Kafka for the whole run."""
    return bootstrap_or_skip()
