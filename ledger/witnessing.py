"""Asks a witness to cosign a checkpoint (c2sp.org/tlog-witness, `POST /add-checkpoint`).

    old <size>           what the witness saw last
    <base64> …           proof that the checkpoint's tree extends that one

    <checkpoint>         the signed note, word for word

A witness signs a tree only where it extends the last one it signed: whoever holds a cosigned
checkpoint knows that somebody outside would notice a second history.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

from evidence.checkpoints import SignedCheckpoint, decimal, open_checkpoint, with_cosignatures
from evidence.errors import EvidenceError
from evidence.notes import VerifierKey, base64
from ledger.checkpointing import Checkpoints
from ledger.errors import NotExtended, WitnessFailed

ANSWER_MAX = 64 * 1024
SECONDS = 10.0


@dataclass(frozen=True)
class Witness:
    """Where it is asked, and the key by which its answer is believed."""

    url: str
    key: VerifierKey


def cosigned(
    checkpoints: Checkpoints, signed: SignedCheckpoint, witness: Witness, seconds: float = SECONDS
) -> SignedCheckpoint:
    """The checkpoint with the witness's signature, which is kept before this returns.

    Safe to repeat; a witness that has signed is not asked again. Raises WitnessFailed (try later:
    nothing is lost), NotExtended where the witness has seen a longer log, or another one: stop.
    """
    if any(c.witness == witness.key for c in signed.cosignatures):
        return signed
    answer = _asked(checkpoints, signed, witness, _seen_last(checkpoints, witness), seconds)
    note = with_cosignatures(signed, answer.splitlines(), [witness.key])
    made = open_checkpoint(note, checkpoints.verifier, checkpoints.witnesses)
    if not any(c.witness == witness.key for c in made.cosignatures):
        raise _failed(
            witness, "回复中没有其有效签名", "its answer has no valid signature of its key"
        )
    checkpoints.folder.keep_cosigned(made.checkpoint.size, note)
    return made


def _seen_last(checkpoints: Checkpoints, witness: Witness) -> int:
    """The largest size that the witness signed, as far as we kept it; it corrects us if it knows better."""
    for size in reversed(checkpoints.folder.cosigned_sizes()):
        if any(c.witness == witness.key for c in checkpoints.at(size).cosignatures):
            return size
    return 0


def _asked(
    checkpoints: Checkpoints, signed: SignedCheckpoint, witness: Witness, old: int, seconds: float
) -> str:
    size = signed.checkpoint.size
    for _ in range(3):  # a second process may have it sign in between
        proof = checkpoints.recorder.tree.consistency_proof(old, size)
        lines = [f"old {old}", *map(base64, proof), ""]
        body = "".join(f"{line}\n" for line in lines).encode() + signed.note.data()
        status, answer = _post(witness, body, seconds)
        if status == 200:
            return answer
        if status != 409:
            raise _failed(witness, *_REASONS.get(status, (f"状态 {status}", f"status {status}")))
        old = _size_in(answer, witness)
        if old > size:
            raise NotExtended(
                f"见证方 {witness.key.name} 已见过本账本 {old} 条的检查点,而本机只有 {size} 条:"
                "这是较旧的副本。请恢复较新的副本",
                f"the witness {witness.key.name} has seen a checkpoint of {old} entries of this "
                f"ledger, which has {size} here: an older copy. Restore a newer one",
            )
    raise _failed(witness, "多次冲突", "it answered with a conflict again and again")


_REASONS = {
    400: ("请求格式不被接受", "it does not take the request's form"),
    403: ("不接受本账本的签名密钥", "it does not take this ledger's signing key"),
    404: (
        "未登记本账本,请向其登记验证密钥",
        "it does not know this ledger; register its key there",
    ),
    422: (
        "本账本与其所见的历史不一致!请运行 verify 核查",
        "this ledger's history is not the one it has seen! Run verify",
    ),
}


def _size_in(answer: str, witness: Witness) -> int:
    try:
        return decimal(answer.strip())
    except EvidenceError:
        raise _failed(witness, "冲突回复有误", "its answer to a conflict is no size") from None


def _post(witness: Witness, body: bytes, seconds: float) -> tuple[int, str]:
    if urlsplit(witness.url).scheme not in ("http", "https"):
        raise _failed(witness, "地址应以 http 或 https 开头", "its address is not http or https")
    url = witness.url.rstrip("/") + "/add-checkpoint"
    request = urllib.request.Request(url, body, method="POST")  # noqa: S310  (checked above)
    try:
        with urllib.request.urlopen(request, timeout=seconds) as response:  # noqa: S310
            return response.status, response.read(ANSWER_MAX).decode("utf-8", "replace")
    except urllib.error.HTTPError as e:
        with e:
            return e.code, e.read(ANSWER_MAX).decode("utf-8", "replace")
    except (OSError, ValueError) as e:
        raise _failed(witness, f"无法连接({e})", f"it cannot be reached ({e})") from e


def _failed(witness: Witness, zh: str, en: str) -> WitnessFailed:
    return WitnessFailed(f"见证方 {witness.key.name}:{zh}", f"the witness {witness.key.name}: {en}")
