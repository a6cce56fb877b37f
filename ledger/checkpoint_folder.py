"""The folder of signed checkpoints, outside the database: a file each, never changed, never removed.

    checkpoints/<key id>/<size, 19 digits>.checkpoint    the note as it was signed
    checkpoints/<key id>/<size, 19 digits>.cosigned      the same with witnesses' lines; may grow

A checkpoint counts once its name is in the folder and the folder is synced. It is put there by a
link from a finished file, which fails where the name is taken: of two that sign at once for one
size the second finds the first's, and two trees of one size never get there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ledger.files import sync_folder

DIGITS = 19
_NAME = re.compile(r"(\d{19})\.(checkpoint|cosigned)", re.ASCII)
_LEFT_OVER = ".making"


class CheckpointFolder:
    """One origin's checkpoints. OSError from any call: nothing new counts, try again or stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def sizes(self) -> list[int]:
        """The sizes for which there is a checkpoint, rising."""
        return self._sizes("checkpoint")

    def cosigned_sizes(self) -> list[int]:
        """The sizes for which a witness's signature is kept, rising."""
        return self._sizes("cosigned")

    def _sizes(self, kind: str) -> list[int]:
        with suppress(FileNotFoundError):
            names = (_NAME.fullmatch(entry.name) for entry in os.scandir(self.folder))
            return sorted(int(found[1]) for found in names if found and found[2] == kind)
        return []

    def newest(self) -> int | None:
        """The largest size; None where nothing was ever signed."""
        return max(self.sizes(), default=None)

    def read(self, size: int) -> bytes:
        """The note for this size, with what witnesses added. FileNotFoundError."""
        with suppress(FileNotFoundError):
            return self._path(size, "cosigned").read_bytes()
        return self._path(size, "checkpoint").read_bytes()

    def all(self) -> Iterator[tuple[int, bytes]]:
        """Size and note of each, rising; the notes as they were signed."""
        for size in self.sizes():
            yield size, self._path(size, "checkpoint").read_bytes()

    def keep(self, size: int, note: bytes) -> bytes:
        """Keeps a checkpoint for good: written, synced, named, and the name synced.

        Returns the note that stands for this size: another's, where another was first.
        A crash before that may leave a `.making` file, which counts for nothing.
        """
        self._make_folder()
        made = self.folder / f"{os.getpid()}-{size}{_LEFT_OVER}"
        self._write(made, note)
        path = self._path(size, "checkpoint")
        try:
            os.link(made, path)
        except FileExistsError:
            note = path.read_bytes()
        finally:
            made.unlink(missing_ok=True)
        # Also where another was first: that one may have died before it synced the name.
        sync_folder(self.folder)
        return note

    def keep_cosigned(self, size: int, note: bytes) -> None:
        """Puts the note with more signatures beside the one that was signed; durable on return."""
        made = self.folder / f"{os.getpid()}-{size}.cosigned{_LEFT_OVER}"
        self._write(made, note)
        made.replace(self._path(size, "cosigned"))
        sync_folder(self.folder)

    def _path(self, size: int, kind: str) -> Path:
        return self.folder / f"{size:0{DIGITS}}.{kind}"

    def _make_folder(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            sync_folder(self.folder.parent)
            sync_folder(self.folder.parent.parent)

    def _write(self, path: Path, note: bytes) -> None:
        handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o644)
        try:
            rest = memoryview(note)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        finally:
            os.close(handle)
