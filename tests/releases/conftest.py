"""A ledger as a release would keep it, made once for all tests here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.releases.making import make


@pytest.fixture(scope="session")
def kept_now(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make release` would keep if it were run now."""
    folder = tmp_path_factory.mktemp("release")
    make(folder / "kept", folder / "workshop")
    return folder / "kept"
