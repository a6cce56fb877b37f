"""Ledgers of every release, replayed with today's code; and one made now, damaged on purpose."""

from __future__ import annotations

import gzip
import json
import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.events import EVENT_CLASSES
from ledger.codec import EventCodec
from schemas.catalog import Catalog, catalog
from schemas.releases import releases
from tests.releases import replaying
from tests.releases.ledger_file import NotEntries, read_entries, write_entries
from tests.releases.making import digest_of

HERE = Path(__file__).parent
KEPT = sorted((p for p in HERE.iterdir() if p.name.isdigit()), key=lambda p: int(p.name))


def test_every_release_keeps_its_ledger() -> None:
    assert [int(p.name) for p in KEPT] == [r.number for r in releases().releases]


@pytest.mark.parametrize("kept", KEPT, ids=lambda p: f"release {p.name}")
def test_the_ledger_of_a_release_is_read_and_answered_as_then(kept: Path, tmp_path: Path) -> None:
    assert replaying.differences(kept, tmp_path) == []


def test_a_ledger_made_now_is_answered_the_same_at_once(kept_now: Path, tmp_path: Path) -> None:
    assert replaying.differences(kept_now, tmp_path) == []


def test_it_holds_every_event_complete_and_bare(kept_now: Path) -> None:
    sizes: dict[str, set[int]] = defaultdict(set)
    by_hash = catalog().by_hash
    for entry in read_entries(kept_now / "entries.bin.gz"):
        sizes[by_hash[entry[1:33]].topic].add(len(entry))
    assert set(sizes) == set(EVENT_CLASSES)
    # Complete and bare differ in `meta` at least, so in length too.
    assert [topic for topic, found in sizes.items() if len(found) < 2] == []


def test_the_file_of_entries_says_when_it_is_cut(kept_now: Path, tmp_path: Path) -> None:
    raw = read_entries(kept_now / "entries.bin.gz")
    again = tmp_path / "again.gz"
    write_entries(again, raw)
    assert again.read_bytes() == (kept_now / "entries.bin.gz").read_bytes()
    for damaged in (b"", b"x", gzip.compress(b"other"), again.read_bytes()[:-20],
                    gzip.compress(gzip.decompress(again.read_bytes())[:-3])):  # fmt: skip
        again.write_bytes(damaged)
        with pytest.raises(NotEntries):
            read_entries(again)


@pytest.fixture
def copy(kept_now: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept_now, tmp_path / "copy"))


def said_otherwise(copy: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = copy / "answers.json.gz"
    said = json.loads(gzip.decompress(path.read_bytes()))
    change(said)
    path.write_bytes(gzip.compress(json.dumps(said).encode()))


def with_entries(copy: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Entries changed by somebody who took care of the digest too."""
    raw = change(read_entries(copy / "entries.bin.gz"))
    write_entries(copy / "entries.bin.gz", raw)
    said_otherwise(copy, lambda said: said.update(entries=digest_of(raw)))


def test_another_answer_is_red_and_named(copy: Path, tmp_path: Path) -> None:
    changed: list[str] = []

    def change(said: dict[str, Any]) -> None:
        name = next(n for n in said["answers"] if n.startswith("spending"))
        said["answers"][name] = said["answers"][name].replace("1", "2", 1)
        said["answers"]["a question that is gone"] = "{}"
        changed.append(name)

    said_otherwise(copy, change)
    found = replaying.differences(copy, tmp_path / "re")
    assert found == [f"{changed[0]}: another answer", "a question that is gone: not asked any more"]


def test_changed_entries_are_red(copy: Path, tmp_path: Path) -> None:
    raw = read_entries(copy / "entries.bin.gz")
    write_entries(copy / "entries.bin.gz", [*raw[:-1], raw[-1][:-1] + b"\xff"])
    assert "put the file back" in replaying.differences(copy, tmp_path / "re")[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[:-1],
        lambda raw: [*raw[:100], *raw[101:]],
        lambda raw: [*raw, raw[-1]],
        lambda raw: [*raw[:50], raw[51], raw[50], *raw[52:]],
        lambda raw: [*raw[:50], raw[50][:-1], *raw[51:]],
    ],
    ids=["last missing", "one missing", "one twice", "two swapped", "one cut"],
)
def test_entries_changed_with_care_are_red_too(
    copy: Path, tmp_path: Path, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    with_entries(copy, change)
    assert replaying.differences(copy, tmp_path / "re")


def test_a_schema_that_is_gone_is_red(
    kept_now: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = Catalog([v for v in catalog().versions if v.topic != "relief.exit.Exited"])
    monkeypatch.setattr(replaying, "EventCodec", lambda: EventCodec(left))
    found = replaying.differences(kept_now, tmp_path)
    assert found
    assert all("schema file is gone" in f for f in found)
