"""Copies of a whole ledger: made while it is in use, in a form that shows by itself whether it is whole.

    backup.json      format, name, origin, position, root; size and SHA-256 of every other file
    log.bundle       the log as a bundle of evidence: checkpoint, schemas, every entry up to it
    vault.sqlite     the identity vault; its keys stay wrapped by the master key, which is not here
    checkpoints/     every signed checkpoint
    relief.toml      the settings; no secrets

The order is the point: the head is signed, then the log is copied up to it, then the vault. Whoever
is in the copied log has his key in the copied vault, since the vault commits before the log does.
The folder takes its name when everything is on the disk; a crash before leaves a `.part` beside it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from evidence.bundles import WHOLE, Scope
from evidence.checkpoints import SignedCheckpoint
from evidence.notes import base64
from ledger.bundle_writing import Contents, write_bundle
from ledger.errors import NotABackup
from ledger.files import sync_file, sync_folder
from ledger.recorder import ReliefApplicationRecorder
from ledger.vault import Vault
from ledger.vault_copies import backup as back_up_vault
from schemas.catalog import catalog

FORMAT: Final = "relief-backup/1"
ABOUT, LOG, VAULT, CHECKPOINTS, SETTINGS = (
    "backup.json",
    "log.bundle",
    "vault.sqlite",
    "checkpoints",
    "relief.toml",
)
PAGE: Final = 4_000
_BLOCK: Final = 1 << 20
_ABOUT_MAX: Final = 8_000_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a backup is made of."""

    name: str
    verifier_key: str
    recorder: ReliefApplicationRecorder
    vault: Vault
    settings: Path
    checkpoints: Path
    """Folder of all origins' checkpoints."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup as its `backup.json` tells of it, its files held against what that says."""

    folder: Path
    name: str
    verifier_key: str
    position: int
    root: str
    persons: int


def back_up(
    sources: Sources, signed: SignedCheckpoint, folder: Path, progress: Progress | None = None
) -> Backup:
    """Writes a new folder with everything up to the checkpoint. Durable on return.

    FileExistsError where the folder is there; DiskFull and OSError leave nothing but a `.part`.
    """
    if folder.exists():
        raise FileExistsError(folder)
    made = folder.with_name(folder.name + ".part")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(mode=0o700, parents=True)
    try:
        write_bundle(made / LOG, _log(sources, signed, progress))
        persons = back_up_vault(sources.vault, made / VAULT)
        shutil.copytree(sources.checkpoints, made / CHECKPOINTS, ignore=_unfinished)
        shutil.copyfile(sources.settings, made / SETTINGS)
        told = _tell(sources, signed, made, persons)
        _sync(made)
        if folder.exists():
            raise FileExistsError(folder)
        made.rename(folder)
        sync_folder(folder.absolute().parent)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return _backup(folder, told)


def read_backup(folder: Path) -> Backup:
    """What a folder holds. Raises NotABackup that names the file which is missing or altered."""
    try:
        raw = (folder / ABOUT).read_bytes()[:_ABOUT_MAX]
        told: dict[str, Any] = json.loads(raw)
        files = {str(name): dict(what) for name, what in told["files"].items()}
        known = told["format"] == FORMAT
        found = _backup(folder, told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
        raise NotABackup(
            f"{folder.name} 不是账本备份({ABOUT} 缺失或损坏)",
            f"{folder.name} is no backup of a ledger ({ABOUT} is missing or damaged)",
        ) from e
    if not known:
        raise NotABackup(
            f"备份格式 {told['format']} 比本程序新;请使用更新的程序",
            f"the backup's format {told['format']} is unknown; use a newer program",
        )
    here = {_name(folder, p) for p in _files(folder) if p.name != ABOUT}
    for name in sorted(here ^ files.keys()):
        word = ("多出", "is not of it") if name in here else ("缺少", "is missing")
        raise NotABackup(f"备份{word[0]}文件 {name}", f"the backup's file {name} {word[1]}")
    for name, what in sorted(files.items()):
        if _digest(folder / name) != what:
            raise NotABackup(f"备份文件 {name} 已损坏", f"the backup's file {name} is damaged")
    return found


def _log(sources: Sources, signed: SignedCheckpoint, progress: Progress | None) -> Contents:
    head = signed.checkpoint.size
    return Contents(
        scope=Scope(WHOLE, f"全部 {head} 条", f"all {head} entries"),
        key=sources.verifier_key,
        checkpoint=signed.note.data(),
        schemas=[v.raw for v in catalog().versions],
        entries=_entries(sources.recorder, head, progress),
    )


def _entries(
    recorder: ReliefApplicationRecorder, head: int, progress: Progress | None
) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < head:
        page = recorder.read_entries(at, PAGE, upto=head)
        assert page
        assert page[0].position == at + 1
        yield from ((row.position, row.entry) for row in page)
        at = page[-1].position
        if progress:
            progress(at, head)


def _unfinished(_: str, names: list[str]) -> list[str]:
    return [
        name for name in names if not name.endswith((".checkpoint", ".cosigned")) and "." in name
    ]


def _tell(sources: Sources, signed: SignedCheckpoint, made: Path, persons: int) -> dict[str, Any]:
    told = {
        "format": FORMAT,
        "name": sources.name,
        "key": sources.verifier_key,
        "position": signed.checkpoint.size,
        "root": base64(signed.checkpoint.root),
        "persons": persons,
        "files": {_name(made, path): _digest(path) for path in _files(made)},
    }
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
    (made / ABOUT).write_text(f"{text}\n", "utf-8")
    return told


def _backup(folder: Path, told: dict[str, Any]) -> Backup:
    return Backup(
        folder,
        str(told["name"]),
        str(told["key"]),
        int(told["position"]),
        str(told["root"]),
        int(told["persons"]),
    )


def _files(folder: Path) -> list[Path]:
    return sorted(Path(at) / name for at, _, names in os.walk(folder) for name in names)


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _digest(path: Path) -> dict[str, Any]:
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _sync(folder: Path) -> None:
    for path in _files(folder):
        sync_file(path)
    for at, _, _ in os.walk(folder):
        sync_folder(Path(at))
