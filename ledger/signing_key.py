"""The file of the key that signs checkpoints: 0600, named by the key's id, so that a second key
never overwrites a first."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from evidence.errors import EvidenceError
from evidence.notes import SigningKey, VerifierKey, parse_verifier_key
from ledger.errors import NoSigningKey
from ledger.files import sync_folder


def key_file(folder: Path, verifier: VerifierKey) -> Path:
    """Where a ledger keeps the secret half."""
    return folder / f"checkpoint-{verifier.key_id.hex()}.key"


def make_signing_key(folder: Path, origin: str) -> VerifierKey:
    """A new key for an origin, durable on return; the public half. Malformed for a bad name."""
    key = SigningKey.generate(origin)
    path = key_file(folder, key.verifier)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(key.secret_text + "\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(folder)
    return key.verifier


def read_signing_key(folder: Path, verifier: VerifierKey) -> SigningKey:
    """The secret half of this key. NoSigningKey where it is missing, open to others, or another's."""
    path = key_file(folder, verifier)
    if not path.exists():
        raise NoSigningKey(
            f"缺少签名密钥文件 {path.name},不能签署检查点;请从备份放回。"
            "确已遗失时,运行 relief-ledger new-origin",
            f"the signing key {path.name} is missing, so no checkpoint can be signed; put it back "
            "from its copy. Where it is lost: relief-ledger new-origin",
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise NoSigningKey(
            f"签名密钥文件 {path.name} 可被他人读取;请执行 chmod 600",
            f"others can read the signing key {path.name}; chmod 600 it",
        )
    try:
        key = SigningKey.parse(path.read_text("utf-8"))
    except (EvidenceError, UnicodeDecodeError):
        key = None
    if key is None or key.verifier != verifier:
        raise NoSigningKey(
            f"{path.name} 不是 relief.toml 中验证密钥的签名密钥",
            f"{path.name} is not the signing key of the verifier key in relief.toml",
        )
    return key


def verifier_key(text: str) -> VerifierKey:
    """A verifier key as it stands in a setting. NoSigningKey."""
    try:
        return parse_verifier_key(text)
    except EvidenceError as e:
        raise NoSigningKey(
            f"relief.toml 中的验证密钥有误:{e.zh}",
            f"a verifier key in relief.toml is wrong: {e.en}",
        ) from e
