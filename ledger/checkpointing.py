"""Signs what the log is: a checkpoint outlives the database, so that history cannot be told anew.

Order: the entries are committed; the tree is seen to extend the newest checkpoint there is; the
new one is signed, written and synced outside the database; only then is it shown to anybody.
A crash anywhere in between leaves a log that extends all that was ever shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.checkpoints import Checkpoint, SignedCheckpoint, open_checkpoint, sign
from evidence.errors import EvidenceError
from evidence.notes import SigningKey, VerifierKey
from ledger.checkpoint_folder import CheckpointFolder
from ledger.errors import CheckpointDamaged, CheckpointNotKept, NotExtended
from ledger.recorder import Head, ReliefApplicationRecorder

EVERY_SECONDS = 60
EVERY_ENTRIES = 50_000


@dataclass(frozen=True)
class Pace:
    """How often checkpoints are signed where nobody asks for one."""

    seconds: int = EVERY_SECONDS
    """By the log's own time: recorded_at of the head against that of the newest checkpoint."""
    entries: int = EVERY_ENTRIES


@dataclass(frozen=True)
class Remedy:
    """What an operator does where the log is not the one that was signed, before the last resort."""

    zh: str
    en: str


EMBEDDED = Remedy("请恢复至少含 {size} 条的副本", "Restore a copy with at least {size} entries")
ON_KAFKA = Remedy(
    "索引取自 Kafka:请从副本、镜像或备份恢复 Kafka 主题;或放回至少含 {size} 条的旧索引,"
    "再用 republish 补发 Kafka 所缺",
    "The index is what Kafka gave: put the topic back from a replica, a mirror or a backup; or "
    "put back an older index with at least {size} entries, and `republish` what Kafka lacks",
)


class Checkpoints:
    """The checkpoints of an open ledger, under one origin."""

    def __init__(
        self,
        recorder: ReliefApplicationRecorder,
        folder: CheckpointFolder,
        verifier: VerifierKey,
        witnesses: Sequence[VerifierKey] = (),
        pace: Pace | None = None,
        remedy: Remedy = EMBEDDED,
    ) -> None:
        self.recorder = recorder
        self.folder = folder
        self.verifier = verifier
        self.witnesses = tuple(witnesses)
        self.pace = pace or Pace()
        self.remedy = remedy

    def newest(self) -> SignedCheckpoint | None:
        """The newest one kept. CheckpointDamaged where its file is not what we signed."""
        size = self.folder.newest()
        return None if size is None else self.at(size)

    def at(self, size: int) -> SignedCheckpoint:
        """The one kept for a size. CheckpointDamaged; FileNotFoundError."""
        return self._opened(size, self.folder.read(size))

    def first_covering(self, position: int) -> SignedCheckpoint | None:
        """The smallest one that an entry is in; None before there is one."""
        size = next((s for s in self.folder.sizes() if s >= position), None)
        return None if size is None else self.at(size)

    def check(self, handed_in: Sequence[SignedCheckpoint] = ()) -> None:
        """Sees that the log extends the newest checkpoint kept here, and those handed in.

        Raises NotExtended: this database is an older copy, or was altered; nothing may be written
        or signed. Costs two or three reads.
        """
        kept = self.newest()
        for signed in (*handed_in, *([kept] if kept else [])):
            self._must_extend(signed.checkpoint)

    def sign(self, key: SigningKey, size: int | None = None) -> SignedCheckpoint | None:
        """Signs the head as it is now (or an earlier size, of the same tree), keeps it, and
        returns it; the one that stands where there is one for this size. None for an empty log.

        Raises NotExtended, CheckpointDamaged; CheckpointNotKept where the disk failed: nothing may
        be shown, and the next call signs what this one could not.
        """
        try:
            return self._sign(key, size)
        except OSError as e:
            raise CheckpointNotKept(
                f"检查点未能写盘({e.strerror});已记录的内容不受影响。请检查磁盘后运行 "
                "relief-ledger checkpoint",
                f"the checkpoint could not be written ({e.strerror}); what is recorded stands. "
                "Check the disk, then run relief-ledger checkpoint",
            ) from e

    def _sign(self, key: SigningKey, wanted: int | None) -> SignedCheckpoint | None:
        self.check()
        head = self.recorder.head().position
        size = head if wanted is None else wanted
        if size == 0:
            return None
        if size > head:
            raise ValueError("what is not recorded is not signed")
        made = Checkpoint(self.verifier.name, size, self.recorder.tree.root(size))
        self.folder.keep(size, sign(made, key))
        kept = self.at(size)  # read back: what was there before, or what witnesses added, stands
        if kept.checkpoint.root != made.root:
            raise self._not_extended(kept.checkpoint, size)
        return kept

    def due(self) -> bool:
        """Whether enough has happened since the newest one."""
        head, size = self.recorder.head(), self.folder.newest() or 0
        if head.position <= size:
            return False
        return size == 0 or self._enough(head, size)

    def _enough(self, head: Head, size: int) -> bool:
        if head.position - size >= self.pace.entries:
            return True
        (covered,) = self.recorder.read_entries(size - 1, 1)
        return head.recorded_at - covered.recorded_at >= self.pace.seconds * 1_000_000

    def _opened(self, size: int, note: bytes) -> SignedCheckpoint:
        try:
            signed = open_checkpoint(note, self.verifier, self.witnesses)
        except EvidenceError as e:
            raise CheckpointDamaged(
                f"检查点文件 {size} 已损坏或不是本账本的:{e.zh}",
                f"the checkpoint file {size} is damaged or another ledger's: {e.en}",
            ) from e
        if signed.checkpoint.size != size:
            raise CheckpointDamaged(
                f"检查点文件 {size} 的内容是 {signed.checkpoint.size} 条的检查点",
                f"the checkpoint file {size} holds the checkpoint of {signed.checkpoint.size}",
            )
        return signed

    def _must_extend(self, checkpoint: Checkpoint) -> None:
        head = self.recorder.head().position
        if head < checkpoint.size or self.recorder.tree.root(checkpoint.size) != checkpoint.root:
            raise self._not_extended(checkpoint, head)

    def _not_extended(self, checkpoint: Checkpoint, head: int) -> NotExtended:
        size = checkpoint.size
        good, bad = self._parted(size, head)
        if head < size and bad > head:
            zh = f"账本只有 {head} 条,而已签署的检查点有 {size} 条:这是较旧的副本(例如从备份恢复)"
            en = (
                f"the ledger has {head} entries, a checkpoint that was signed has {size}: "
                "this is an older copy (restored from a backup?)"
            )
        else:
            zh = f"账本前 {size} 条与已签署的检查点不符:第 {good + 1}–{bad} 条中有改动,或不是同一账本"
            en = (
                f"the first {size} entries are not those of the checkpoint that was signed: one of "
                f"{good + 1} to {bad} was altered, or this is another ledger"
            )
        return NotExtended(
            f"{zh}。未写入任何内容。{self.remedy.zh.format(size=size)};"
            "确已找不回时,运行 relief-ledger new-origin 另立新账并写明旧账的最后检查点",
            f"{en}. Nothing was written. {self.remedy.en.format(size=size)}; where there is "
            "none left, relief-ledger new-origin begins a new log that names the old one's last "
            "checkpoint",
        )

    def _parted(self, size: int, head: int) -> tuple[int, int]:
        """The largest size kept up to which the log is as signed, and the first at which it is not.

        Trees that part stay apart, so the first is found by halving.
        """
        sizes = [0, *(s for s in self.folder.sizes() if s < size), size]
        good, bad = 0, len(sizes) - 1
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self._as_signed(sizes[middle], head) else (good, middle)
        return sizes[good], sizes[bad]

    def _as_signed(self, size: int, head: int) -> bool:
        kept = self.at(size).checkpoint
        return size <= head and self.recorder.tree.root(size) == kept.root
