"""A list of releases that was altered is red, and so is a version that nothing proves."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.catalog import catalog
from schemas.releases import Release, Releases, releases
from tests.releases.contract import KEPT, broken, unlisted, unproved
from tests.schemas.samples import GOLDEN

EXITED = "relief.exit.Exited.v1.avsc"


def altered(**files: str | None) -> Releases:
    """The releases with lines of the first one changed (None: taken out)."""
    first, *others = releases().releases
    lines = {**first.files, **files}
    left = {name: digest for name, digest in lines.items() if digest is not None}
    return Releases([replace(first, files=left), *others])


def test_the_contract_is_whole() -> None:
    assert broken() == []


def test_a_line_that_is_taken_out_is_red() -> None:
    (found,) = unlisted(altered(**{EXITED: None}))
    assert releases().hashes[EXITED] in found


def test_a_line_that_is_altered_with_its_file_is_red() -> None:
    found = unlisted(altered(**{EXITED: "0" * 64}))
    assert any(releases().hashes[EXITED] in f for f in found)
    assert any(EXITED in f for f in found)


def test_a_line_that_is_added_to_an_old_release_is_red() -> None:
    (found,) = unlisted(altered(**{"relief.exit.Tried.v1.avsc": "1" * 64}))
    assert "relief.exit.Tried.v1.avsc" in found


def test_a_release_that_is_taken_out_whole_or_keeps_no_ledger_is_red(tmp_path: Path) -> None:
    (found,) = unlisted(Releases([]))[:1]
    assert "release 1 is kept" in found
    more = Release(releases().next, "2027-01-01", {"relief.exit.Tried.v1.avsc": "1" * 64})
    (found,) = unlisted(Releases([*releases().releases, more]))
    assert "keeps no ledger" in found


@pytest.mark.parametrize("raw", [b"", b"other"])
def test_a_kept_ledger_that_is_damaged_is_red(tmp_path: Path, raw: bytes) -> None:
    for kept in (p for p in KEPT.iterdir() if p.name.isdigit()):
        shutil.copytree(kept, tmp_path / kept.name)
    (tmp_path / "1/entries.bin.gz").write_bytes(raw)
    assert any("release 1" in found for found in unlisted(releases(), tmp_path))


def test_a_version_without_golden_bytes_is_red(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN, tmp_path / "golden")
    (tmp_path / "golden/relief.exit.Exited.v1.txt").unlink()
    (found,) = unproved(catalog(), tmp_path / "golden")
    assert "relief.exit.Exited.v1 has no golden bytes" in found
