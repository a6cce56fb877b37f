"""Wraps keys under a key: nonce ‖ AES-256-GCM ciphertext, bound to what the key is for."""

from __future__ import annotations

import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.vault_errors import WrongMasterKey

NONCE = 12
VERSION_BYTES = 2


def wrap(cipher: AESGCM, secret: bytes, context: bytes) -> bytes:
    """The secret, under a fresh nonce."""
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, secret, context)


def unwrap(cipher: AESGCM, wrapped: bytes | None, context: bytes) -> bytes:
    """The secret. Raises WrongMasterKey."""
    if wrapped is None:
        raise WrongMasterKey("保管库不完整", "the vault is incomplete")
    try:
        return cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], context)
    except InvalidTag:
        raise WrongMasterKey(
            "主密钥与保管库不符;请使用建立账本时(或最近一次更换后)的主密钥",
            "the master key is not this vault's; use the one made with the ledger, or the newest",
        ) from None


def key_context(person_id: UUID, version: int) -> bytes:
    """What a person's data key is bound to."""
    return b"data-key" + person_id.bytes + version.to_bytes(VERSION_BYTES, "big")
