"""The file of the master key: made, read, and replaced without a moment in which none fits."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from ledger.files import sync_folder
from ledger.vault_errors import UnsafeKeyFile, WrongMasterKey

KEY_BYTES = 32


def make_master_key(path: Path) -> None:
    """Writes 32 random bytes to a new file that only its owner can read. FileExistsError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def read_master_key(path: Path) -> bytes:
    """The key. Raises UnsafeKeyFile, WrongMasterKey."""
    if not path.exists():
        raise WrongMasterKey(
            f"缺少主密钥文件 {path.name};没有它无法读取人员信息",
            f"the master key file {path.name} is missing; personal data cannot be read without it",
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise UnsafeKeyFile(
            f"主密钥文件 {path.name} 可被他人读取;请执行 chmod 600",
            f"others can read the master key file {path.name}; chmod 600 it",
        )
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise WrongMasterKey("主密钥应为 32 字节", "a master key has 32 bytes")
    return key


def next_key_file(path: Path) -> Path:
    """Where a rotation keeps the new key until it takes the old one's place."""
    return path.with_name(path.name + ".new")


def fitting_master_key(path: Path, fits: Callable[[bytes], bool]) -> tuple[bytes, Path]:
    """The key that opens the vault, and the file that holds it.

    That is the new key where a rotation was stopped before it could take its place. Raises
    UnsafeKeyFile, WrongMasterKey.
    """
    problem: WrongMasterKey | None = None
    for file in (path, next_key_file(path), path):  # again: a rotation may end in between
        if file != path and not file.exists():
            continue
        try:
            key = read_master_key(file)
        except WrongMasterKey as e:
            problem = problem or e
            continue
        if fits(key):
            return key, file
    raise problem or WrongMasterKey(
        "主密钥与保管库不符;请使用建立账本时(或最近一次更换后)的主密钥",
        "the master key is not this vault's; use the one made with the ledger, or the newest",
    )
