"""Bulk work: hundreds of thousands of small objects that live to the end and hold no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def bulk() -> Iterator[None]:
    """Rests the cycle collector, which would walk all of them again and again (a third of the
    time of an import). What is no longer referred to is freed at once all the same."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
