"""Files that must be there whole after a crash: written, synced, and then put in place."""

from __future__ import annotations

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """What was written to the file is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """The folder's names are on the disk. Nothing to do where folders cannot be opened."""
    if os.name == "nt":
        return
    sync_file(folder)


def put_in_place(made: Path, path: Path) -> None:
    """The made file takes the path's place in one step; durable on return."""
    sync_file(made)
    made.replace(path)
    sync_folder(path.parent)


def put_new(path: Path, data: bytes) -> None:
    """A new file with these bytes, durable on return. FileExistsError; a crash half-way leaves a
    file of another name."""
    made = path.with_name(f".{path.name}.part")
    try:
        made.write_bytes(data)
        sync_file(made)
        os.link(made, path)  # refuses to replace what another process wrote meanwhile
    finally:
        made.unlink(missing_ok=True)
    sync_folder(path.parent)


def make_private(path: Path) -> None:
    """A new, empty file for its owner alone. FileExistsError."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def wipe(path: Path) -> None:
    """Overwrites a file's bytes; what a disk or a file system keeps elsewhere it cannot reach."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(bytes(size))
        file.flush()
        os.fsync(file.fileno())
