"""One small county, written once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulation import Manifest, write_files

SMALL = 0.02


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """A fiftieth of the county."""
    directory: Path = tmp_path_factory.mktemp("bureau")
    return write_files(directory, seed=5, scale=SMALL)
