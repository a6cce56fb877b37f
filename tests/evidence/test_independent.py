"""The evidence against a log that another implementation of the same specifications wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import independent_readers

THEIRS = Path(__file__).parent / "independent"


def test_a_log_that_others_wrote_reads_as_theirs() -> None:
    """golang.org/x/mod/sumdb and filippo.io/torchwood wrote it (`make independent`)."""
    assert independent_readers.check(THEIRS) == "300 entries, 9 receipts, 45 consistency proofs"


def test_a_log_of_ours_reads_as_it_was_written(tmp_path: Path) -> None:
    independent_readers.write(tmp_path)
    assert independent_readers.check(tmp_path).startswith("70000 entries, 13 receipts")


def test_the_check_of_such_a_log_can_fail(tmp_path: Path) -> None:
    independent_readers.write(tmp_path)
    tile = tmp_path / "tile" / "0" / "003"
    tile.write_bytes(tile.read_bytes()[::-1])
    with pytest.raises(AssertionError):
        independent_readers.check(tmp_path)
