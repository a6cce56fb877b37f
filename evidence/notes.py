"""Signed notes (c2sp.org/signed-note): a text, an empty line, and a line per Ed25519 signature.

    — <key name> base64(key id, 4 bytes ‖ signature)

A key is told apart by name and id together; id = SHA-256(name ‖ "\\n" ‖ type ‖ public key)[:4].
Type 0x01 signs the text (the ledger); type 0x04 signs it with a time (a witness, `cosignature/v1`).
Signatures of unknown keys are kept and count for nothing; a wrong one of a known key is fatal.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evidence.errors import Malformed, NotProved

ED25519: Final = 1
COSIGNATURE: Final = 4
_SECRET: Final = "PRIVATE+KEY+"  # noqa: S105  (how the format begins, no password)
_MARK: Final = "— "
_NOTE_MAX, _SIGNATURES_MAX = 1_000_000, 100
_TIME_MAX: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key by which a note is believed; `str()` is its vkey text."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def key_id(self) -> bytes:
        """Four bytes."""
        return sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64(bytes([self.kind]) + self.public)}"

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Whether this key made the signature (time and signature, of a witness) of the text."""
        if self.kind == COSIGNATURE:
            seconds, signature = int.from_bytes(signature[:8]), signature[8:]
            if seconds > _TIME_MAX:
                return False
            text = cosigned_text(text, seconds)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The secret half. Nothing prints it but `secret_text`, which goes into a file of mode 0600."""

    name: str
    _private: Ed25519PrivateKey
    kind: int = ED25519

    @classmethod
    def generate(cls, name: str, kind: int = ED25519) -> SigningKey:
        """A new key. Malformed if the name has spaces or a plus, or is empty."""
        _name(name)
        return cls(name, Ed25519PrivateKey.generate(), kind)

    @classmethod
    def parse(cls, secret_text: str) -> SigningKey:
        """From `secret_text`. Malformed otherwise, without quoting it."""
        name, key_id, kind, seed = _key_parts(secret_text.strip().removeprefix(_SECRET))
        key = cls(name, Ed25519PrivateKey.from_private_bytes(seed), kind)
        if not secret_text.startswith(_SECRET) or key.verifier.key_id != key_id:
            raise Malformed(
                "签名密钥文件不完整或被改动", "the signing key is not whole or was altered"
            )
        return key

    @property
    def secret_text(self) -> str:
        """PRIVATE+KEY+name+id+base64(type ‖ seed), as Go's sumdb/note writes it."""
        seed = base64(bytes([self.kind]) + self._private.private_bytes_raw())
        return f"{_SECRET}{self.name}+{self.verifier.key_id.hex()}+{seed}"

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self._private.public_key().public_bytes_raw(), self.kind)

    def sign(self, text: bytes, seconds: int = 0) -> Signature:
        """A signature of a note's text; a witness's says the time, in seconds since 1970."""
        before = b""
        if self.kind == COSIGNATURE:
            before, text = seconds.to_bytes(8), cosigned_text(text, seconds)
        return Signature(self.name, self.verifier.key_id, before + self._private.sign(text))


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """With its newline."""
        return f"{_MARK}{self.name} {base64(self.key_id + self.signature)}\n"

    def is_by(self, key: VerifierKey) -> bool:
        """Whether it claims to be this key's."""
        return (self.name, self.key_id) == (key.name, key.key_id)


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it stands: nothing in it is believed before `signers` says who signed."""

    text: bytes
    signatures: tuple[Signature, ...]

    def data(self) -> bytes:
        """The note's bytes."""
        return self.text + b"\n" + "".join(s.line() for s in self.signatures).encode()

    def signers(self, known: Sequence[VerifierKey]) -> dict[VerifierKey, Signature]:
        """The known keys that signed, in the note's order.

        Raises NotProved where a known key's signature is wrong: then nothing in the note is believed.
        """
        found: dict[VerifierKey, Signature] = {}
        for signature in self.signatures:
            for key in (k for k in known if signature.is_by(k)):
                if not key.signed(self.text, signature.signature):
                    raise NotProved(
                        f"{key.name} 的签名不对", f"the signature of {key.name} is wrong"
                    )
                found.setdefault(key, signature)
        return found


def parse_note(data: bytes) -> Note:
    """Reads a note. Malformed otherwise; signatures are not checked yet."""
    if len(data) > _NOTE_MAX:
        raise _malformed_note("过长", "too long")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise _malformed_note("不是 UTF-8", "not UTF-8") from None
    if any(c < " " and c != "\n" for c in text):
        raise _malformed_note("含控制字符", "has control characters")
    at = text.rfind("\n\n")
    if at < 0 or not text.endswith("\n") or len(text) == at + 2:
        raise _malformed_note("缺少签名行", "no signature lines after an empty line")
    lines = text[at + 2 : -1].split("\n")
    if len(lines) > _SIGNATURES_MAX:
        raise _malformed_note("签名过多", "too many signatures")
    return Note(text[: at + 1].encode(), tuple(map(parse_signature, lines)))


def parse_signature(line: str) -> Signature:
    """Reads a signature line without its newline. Malformed otherwise."""
    name, space, blob = line.removeprefix(_MARK).partition(" ")
    if not line.startswith(_MARK) or not space:
        raise _malformed_note("签名行不对", "a signature line is wrong")
    raw = unbase64(blob)
    if len(raw) < 5:
        raise _malformed_note("签名过短", "a signature is too short")
    return Signature(_name(name), raw[:4], raw[4:])


def parse_verifier_key(vkey: str) -> VerifierKey:
    """Reads `name+id+base64(type ‖ public key)`. Malformed otherwise, or if the id is another key's."""
    name, key_id, kind, public = _key_parts(vkey.strip())
    key = VerifierKey(name, public, kind)
    if key.key_id != key_id:
        raise Malformed(
            "验证密钥的编号与内容不符", "the verifier key's id is not that of its content"
        )
    return key


def cosigned_text(text: bytes, seconds: int) -> bytes:
    """What a witness signs of a checkpoint (c2sp.org/tlog-cosignature)."""
    return b"cosignature/v1\ntime %d\n" % seconds + text


def base64(data: bytes) -> str:
    """Standard base64 with padding."""
    return b64encode(data).decode("ascii")


def unbase64(text: str) -> bytes:
    """Standard base64 in its one canonical spelling. Malformed otherwise."""
    try:
        data = b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        data = b""
    if not data or base64(data) != text:
        raise Malformed("不是规范的 base64", "not canonical base64")
    return data


def _key_parts(text: str) -> tuple[str, bytes, int, bytes]:
    name, _, rest = text.partition("+")
    key_id, _, blob = rest.partition("+")
    raw = unbase64(blob)
    well = len(key_id) == 8 and set(key_id) <= set("0123456789abcdef")
    if not well or len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE):
        raise Malformed(
            "密钥应为 名称+八位十六进制+base64,类型 Ed25519",
            "a key is name+8 hex digits+base64, of a type of Ed25519",
        )
    return _name(name), bytes.fromhex(key_id), raw[0], raw[1:]


def _name(name: str) -> str:
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise Malformed(
            "密钥名称不能为空,不能有空格或加号",
            "a key's name is not empty and has no spaces or plus",
        )
    return name


def _malformed_note(zh: str, en: str) -> Malformed:
    return Malformed(f"签名文书格式不对:{zh}", f"not a signed note: {en}")
