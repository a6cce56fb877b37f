"""The real schema registry that tests use: what RELIEF_REGISTRY_URL names, else one of our own.

With CI=true a registry that cannot be had is a failure; elsewhere those tests are skipped, loudly.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path
from typing import NoReturn

import pytest

from deploy.local_registry import Registry, RegistryMissing
from ledger.kafka.settings import RegistrySettings


@lru_cache(maxsize=1)
def _shared() -> str:
    named = os.environ.get("RELIEF_REGISTRY_URL")
    if named:
        return named
    folder = Path(tempfile.mkdtemp(prefix="relief-registry-"))
    registry = Registry(folder)

    def end() -> None:
        registry.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    registry.start()
    return registry.url


def registry_or_skip() -> RegistrySettings:
    """Where it is; skips where none can be had, unless CI says that there must be one."""
    try:
        return RegistrySettings(_shared())
    except RegistryMissing as e:
        missing_registry(e)


def own_registry_or_skip(folder: Path) -> Registry:
    """A registry that a test may stop, and start again. As above where none can be had."""
    registry = Registry(folder)
    try:
        registry.start()
    except RegistryMissing as e:
        missing_registry(e)
    return registry


def missing_registry(error: RegistryMissing) -> NoReturn:
    """Skips, or fails with CI=true."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"no schema registry, and CI=true: {error}")
    warnings.warn(f"registry tests are skipped: {error}", pytest.PytestWarning, stacklevel=2)
    pytest.skip(f"no schema registry: {error}")
