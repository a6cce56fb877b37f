"""Never two trees of one size: whatever fails, whenever, the log extends all that was ever signed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from evidence.checkpoints import Checkpoint, open_checkpoint, sign
from evidence.notes import SigningKey
from ledger.checkpoint_folder import CheckpointFolder
from ledger.checkpointing import Checkpoints, Pace
from ledger.clock import FixedClock
from ledger.database import writing
from ledger.errors import CheckpointDamaged, CheckpointNotKept, NotExtended
from ledger.recorder import ReliefApplicationRecorder
from ledger.tables import entries, heads, tiles
from tests.ledger.test_log import open_recorder, some
from tests.ledger.whole_log import assert_whole

KEY = SigningKey.generate("test.example/relief")


@dataclass
class Signed:
    """A log with its checkpoints, both in one folder."""

    folder: Path
    clock: FixedClock = field(default_factory=FixedClock)
    recorder: ReliefApplicationRecorder = field(init=False)
    checkpoints: Checkpoints = field(init=False)

    def __post_init__(self) -> None:
        self.open()

    def open(self, pace: Pace | None = None) -> None:
        self.recorder = open_recorder(self.folder / "log.sqlite", self.clock)
        kept = CheckpointFolder(self.folder / "checkpoints" / "key")
        self.checkpoints = Checkpoints(self.recorder, kept, KEY.verifier, pace=pace)

    def append(self, count: int) -> None:
        self.recorder.append(some(count, 20))

    def close(self) -> None:
        self.recorder.engine.dispose()

    def assert_one_history(self) -> None:
        """Every checkpoint kept is signed, and is the root of the log at its size."""
        for size, note in self.checkpoints.folder.all():
            found = open_checkpoint(note, KEY.verifier).checkpoint
            assert (found.size, found.root) == (size, self.recorder.tree.root(size))
        assert_whole(self.recorder)


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[Signed]:
    found = Signed(tmp_path)
    yield found
    found.close()


def test_a_checkpoint_is_the_tree_at_the_head_and_is_signed_once(signed: Signed) -> None:
    assert signed.checkpoints.sign(KEY) is None  # nothing to sign yet
    signed.append(300)
    first = signed.checkpoints.sign(KEY)
    again = signed.checkpoints.sign(KEY)
    assert first == again
    assert first is not None
    assert first.checkpoint == Checkpoint(KEY.name, 300, signed.recorder.tree.root(300))
    signed.append(7)
    signed.checkpoints.sign(KEY)
    assert signed.checkpoints.folder.sizes() == [300, 307]
    covering = signed.checkpoints.first_covering(301)
    assert covering is not None
    assert covering.checkpoint.size == 307
    assert signed.checkpoints.first_covering(308) is None
    signed.assert_one_history()


def test_a_checkpoint_is_due_by_the_logs_own_time_or_by_entries(signed: Signed) -> None:
    signed.open(Pace(seconds=60, entries=10))
    assert not signed.checkpoints.due()
    signed.append(1)
    assert signed.checkpoints.due()  # the first one is due at once
    signed.checkpoints.sign(KEY)
    signed.clock.micros += 59_000_000
    signed.append(3)
    assert not signed.checkpoints.due()
    signed.clock.micros += 2_000_000
    signed.append(1)
    assert signed.checkpoints.due()
    signed.checkpoints.sign(KEY)
    signed.append(10)
    assert signed.checkpoints.due()


def test_a_database_restored_from_yesterday_refuses_to_go_on(signed: Signed) -> None:
    signed.append(300)
    signed.close()
    shutil.copy(signed.folder / "log.sqlite", signed.folder / "yesterday.sqlite")
    signed.open()
    signed.append(5)
    signed.checkpoints.sign(KEY)
    signed.close()
    shutil.copy(signed.folder / "yesterday.sqlite", signed.folder / "log.sqlite")
    signed.open()
    with pytest.raises(NotExtended, match="older copy") as refused:
        signed.checkpoints.check()
    assert "305" in refused.value.zh
    assert "new-origin" in refused.value.en
    with pytest.raises(NotExtended, match="older copy"):
        signed.checkpoints.sign(KEY)
    assert signed.checkpoints.folder.sizes() == [305]
    signed.append(9)  # and with as many other entries it is another tree, not the same one
    with pytest.raises(NotExtended, match="altered"):
        signed.checkpoints.check()
    with pytest.raises(NotExtended):
        signed.checkpoints.sign(KEY)


def test_a_checkpoint_handed_in_from_outside_is_held_against_the_log(signed: Signed) -> None:
    signed.append(20)
    kept = signed.checkpoints.sign(KEY)
    assert kept is not None
    shutil.rmtree(signed.checkpoints.folder.folder)  # whoever restores may restore these as well
    with writing(signed.recorder.engine) as conn:
        conn.execute(delete(entries).where(entries.c.position > 20))
    signed.checkpoints.check([kept])
    other = Checkpoint(KEY.name, 20, b"\x07" * 32)
    later = Checkpoint(KEY.name, 21, b"\x07" * 32)
    for forged in (other, later):
        with pytest.raises(NotExtended):
            signed.checkpoints.check([open_checkpoint(sign(forged, KEY), KEY.verifier)])


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other size", "other key"])
def test_a_damaged_checkpoint_file_stops_signing(signed: Signed, damage: str) -> None:
    signed.append(20)
    signed.checkpoints.sign(KEY)
    path = signed.checkpoints.folder.folder / f"{20:019}.checkpoint"
    note = path.read_bytes()
    stranger = SigningKey.generate(KEY.name)
    spoiled = {
        "flip": note.replace(b"\n20\n", b"\n21\n"),
        "cut": note[:-30],
        "empty": b"",
        "other size": sign(Checkpoint(KEY.name, 19, signed.recorder.tree.root(19)), KEY),
        "other key": sign(Checkpoint(KEY.name, 20, signed.recorder.tree.root(20)), stranger),
    }[damage]
    path.write_bytes(spoiled)
    signed.append(1)
    with pytest.raises(CheckpointDamaged) as refused:
        signed.checkpoints.sign(KEY)
    assert refused.value.zh
    assert signed.checkpoints.folder.sizes() == [20]


def test_of_two_that_sign_one_size_at_once_the_first_one_stands(signed: Signed) -> None:
    signed.append(20)
    first = signed.checkpoints.sign(KEY)
    assert first is not None
    assert signed.checkpoints.folder.keep(20, b"another note") == first.note.data()
    assert signed.checkpoints.sign(KEY) == first


# -- every call that touches the disk fails once, before it did anything or after --------------------


class Injected(OSError):
    pass


class Failing:
    """Counts the calls by which checkpoints reach the disk; fails the n-th, done or not."""

    def __init__(self, at: int, *, done: bool) -> None:
        self.at, self.done, self.calls = at, done, 0

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls != self.at:
                return call(*arguments, **options)
            if self.done:
                call(*arguments, **options)
            raise Injected(5, "injected")

        return called


DISK_CALLS = ("open", "write", "fsync", "link", "replace", "unlink", "mkdir", "close")


def sign_failing(signed: Signed, monkeypatch: pytest.MonkeyPatch, at: int, done: bool) -> int:
    """Signs with the n-th call failing; returns how many calls there were."""
    failing = Failing(at, done=done)
    with monkeypatch.context() as patch:
        for name in DISK_CALLS:
            patch.setattr(os, name, failing.wrap(getattr(os, name)))
        shown = None
        with suppress(CheckpointNotKept):
            shown = signed.checkpoints.sign(KEY)
    if shown is not None:  # what was shown is kept, whatever becomes of this process
        kept = signed.checkpoints.folder.read(shown.checkpoint.size)
        assert kept == shown.note.data()
    return failing.calls


@pytest.mark.parametrize("done", [False, True], ids=["failed", "failed but done"])
def test_whichever_disk_call_fails_there_is_one_tree_of_each_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    (tmp_path / "probe").mkdir()
    probe = Signed(tmp_path / "probe")
    probe.append(3)
    calls = sign_failing(probe, monkeypatch, 0, done)
    probe.close()
    assert calls >= 8
    for at in range(1, calls + 1):
        folder = tmp_path / str(at)
        folder.mkdir()
        signed = Signed(folder)
        signed.append(300)
        sign_failing(signed, monkeypatch, at, done)
        signed.close()
        signed.open()  # as the next process finds it
        signed.checkpoints.check()
        signed.append(4)
        after = signed.checkpoints.sign(KEY)
        assert after is not None
        assert after.checkpoint.size == 304
        signed.assert_one_history()
        signed.close()


def test_entries_that_were_committed_but_not_signed_are_signed_by_the_next_one(
    signed: Signed,
) -> None:
    """The crash between the commit and the checkpoint."""
    signed.append(300)
    signed.close()
    signed.open()
    signed.checkpoints.check()
    signed.checkpoints.sign(KEY)
    signed.assert_one_history()


def test_a_commit_that_was_lost_after_it_was_signed_is_noticed(signed: Signed) -> None:
    """The other way round: a disk that lied about its sync, or a database put back."""
    signed.append(300)
    signed.append(1)
    signed.checkpoints.sign(KEY)
    with writing(signed.recorder.engine) as conn:
        conn.execute(delete(entries).where(entries.c.position == 301))
        conn.execute(update(heads).values(position=300))
        conn.execute(delete(tiles))
    signed.close()
    signed.open()
    with pytest.raises(NotExtended):
        signed.checkpoints.check()
