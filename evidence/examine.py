"""Examines a bundle or a receipt: every check that it is held to, and what each one found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from evidence.bundles import FAMILIES, RANGE, SELECTION, STREAMS, WHOLE, Bundle, open_bundle
from evidence.checkpoints import Checkpoint, SignedCheckpoint, open_checkpoint
from evidence.errors import EvidenceError, Malformed, NotProved
from evidence.frame import LAYOUT
from evidence.heads import open_heads
from evidence.notes import VerifierKey, parse_note, parse_verifier_key
from evidence.order import KINDS, Order
from evidence.receipts import RECEIPT_HEAD, RECEIPT_MAX, Receipt
from evidence.tree import EMPTY_ROOT, leaf_hash, root_of, verify_consistency, verify_inclusion
from evidence.verdicts import FAILED, OPEN, PASSED, Check, Verdict, check

Shown = Callable[[Checkpoint], bool | None]
AHEAD_MAX_SECONDS: Final = 86_400
"""How far the ledger's clock may be ahead of the examiner's."""
_POSITIONS_TOLD: Final = 1_000


@dataclass(frozen=True, slots=True)
class Held:
    """What the examiner holds: a time, and from elsewhere the ledger's key, witnesses' keys, and an
    earlier (or later) checkpoint, as it was signed. Without a key the bundle's own is used."""

    now_seconds: int
    key: VerifierKey | None = None
    witnesses: Sequence[VerifierKey] = ()
    checkpoint: bytes = b""

    @property
    def latest_seconds(self) -> int:
        """What is later than this is of the future."""
        return self.now_seconds + AHEAD_MAX_SECONDS


def examine(path: Path, held: Held) -> Verdict:
    """Examines a bundle or a receipt. Never raises for what is in the file.

    Memory does not grow with the number of entries, but by about 130 bytes a stream.
    """
    checks: list[Check] = []
    signed = None
    try:
        if receipt := _receipt(path):
            checks.append(check("readable", PASSED, "receipt", receipt.index + 1))
            if held.key is None:
                raise Malformed(
                    "收据须用您持有的密钥(--key)核验",
                    "a receipt needs the key that you hold (--key)",
                )
            signed = _opened(receipt.checkpoint, held.key, held, checks)
            if signed:
                checks.append(_proved(receipt, held.key))
                checks += _against(held, held.key, signed.checkpoint, lambda _: None)
        else:
            with open_bundle(path) as bundle:
                scope, copies = bundle.scope, len(bundle.copies)
                told = (bundle.count, (scope.zh, scope.en), copies)
                checks.append(check("readable", PASSED, "contents", *told))
                key = held.key or parse_verifier_key(bundle.small("key").decode("utf-8", "replace"))
                signed = _opened(bundle.small("checkpoint"), key, held, checks)
                if signed:
                    checks.extend(_Examination(bundle, signed, key, held).checks())
    except Malformed as e:
        checks.append(Check("readable", FAILED, e.zh, str(e)))
    return Verdict(tuple(checks), held.key is not None, signed)


def _receipt(path: Path) -> Receipt | None:
    """The receipt in the file, if it is one."""
    try:
        with path.open("rb") as file:
            is_one = file.read(len(RECEIPT_HEAD)) == RECEIPT_HEAD
            data = RECEIPT_HEAD + file.read(RECEIPT_MAX) if is_one else b""
    except OSError as e:
        raise Malformed(f"读不出:{e.strerror}", f"it cannot be read: {e.strerror}") from e
    return Receipt.parse(data) if is_one else None


def _opened(
    data: bytes, key: VerifierKey, held: Held, checks: list[Check]
) -> SignedCheckpoint | None:
    try:
        signed = open_checkpoint(data, key, held.witnesses)
    except EvidenceError as e:
        checks.append(Check("checkpoint", FAILED, e.zh, str(e)))
        return None
    point, seen = signed.checkpoint, signed.cosignatures
    checks.append(check("checkpoint", PASSED, "signed", point.origin, point.size))
    ahead = [c.witness.name for c in seen if c.seconds > held.latest_seconds]
    others = len(signed.note.signatures) - 1 - len(seen)
    if ahead:
        checks.append(check("witnesses", FAILED, "future", ahead[0]))
    else:
        outcome = PASSED if seen else OPEN
        checks.append(check("witnesses", outcome, "witnesses", len(seen), others))
    return signed


def _proved(receipt: Receipt, key: VerifierKey) -> Check:
    try:
        receipt.verify(key)
    except NotProved as e:
        return Check("proofs", FAILED, e.zh, str(e), (receipt.index + 1,))
    return check("proofs", PASSED, "proofs")


def _against(held: Held, key: VerifierKey, point: Checkpoint, shown: Shown) -> Iterator[Check]:
    """Whether this tree and that of the checkpoint that is held are one, as far as it is shown."""
    if not held.checkpoint:
        return
    try:
        other = open_checkpoint(held.checkpoint, key).checkpoint
    except EvidenceError as e:
        yield Check("against", FAILED, e.zh, str(e))
        return
    same = point.root == other.root if point.size == other.size else shown(other)
    if same is None:
        yield check("against", OPEN, "beyond", other.size)
    elif same:
        yield check("against", PASSED, "one tree", other.size)
    else:
        yield check("against", FAILED, "two trees", other.size)


class _Examination:
    """The pass over all entries, and what it adds up to."""

    def __init__(
        self, bundle: Bundle, signed: SignedCheckpoint, key: VerifierKey, held: Held
    ) -> None:
        self._bundle, self._scope, self._held, self._key = bundle, bundle.scope, held, key
        self._point = signed.checkpoint
        self._roots: dict[int, bytes] = {}
        self._hashes: set[bytes] = set()
        self._streams = {UUID(s).bytes for s in self._scope.streams}
        self._first = self._last = 0
        kind = self._scope.kind
        self._order = Order(
            self._hashes, families=kind in (WHOLE, FAMILIES), streams=kind in (WHOLE, STREAMS)
        )

    def checks(self) -> Iterator[Check]:
        """All of them, one after the other; damage in one hides no other."""
        yield self._schemas()
        proved = self._root() if self._scope.kind == WHOLE else self._proofs()
        damaged = [k for k in KINDS if k in self._order.damaged and k != "proof"]
        if not damaged:
            yield check("order", PASSED, "order")
        for kind in damaged:
            yield self._damage("order", kind)
        yield proved
        if self._order.recorded_at > self._held.latest_seconds * 1_000_000:
            yield check("time", FAILED, "future", ("最后的条目", "the last entry"))
        yield self._complete()
        yield from _against(self._held, self._key, self._point, self._shown)

    def _schemas(self) -> Check:
        wrong = 0
        for name, raw in self._bundle.schemas():
            digest = sha256(raw)
            wrong += name != f"schemas/{digest.hexdigest()}.avsc"
            self._hashes.add(digest.digest())
        if wrong:
            return check("schemas", FAILED, "altered", wrong)
        return check("schemas", PASSED, "schemas", len(self._hashes))

    def _root(self) -> Check:
        """Every leaf, and from them the root, and that of the size of the checkpoint that is held."""
        sizes = dict.fromkeys(_size_of(self._held.checkpoint), b"")
        size, root = root_of(self._leaves(), sizes)
        self._roots = {**sizes, 0: EMPTY_ROOT}
        if (size, root) != (self._point.size, self._point.root):
            return check("root", FAILED, "other root", size, self._point.size)
        return check("root", PASSED, "root", size)

    def _leaves(self) -> Iterator[bytes]:
        for chunk in self._bundle.entries():
            start, self._first, self._last = self._last, 1, self._last + len(chunk)
            self._order.take(range(start + 1, self._last + 1), chunk)
            yield from map(leaf_hash, chunk)

    def _proofs(self) -> Check:
        """Each entry by its own proof."""
        point, proofs = self._point, self._bundle.proofs()
        for chunk in self._bundle.entries():
            positions = []
            for entry in chunk:
                position, proof = next(proofs)
                positions.append(position)
                leaf = leaf_hash(entry)
                if not verify_inclusion(leaf, position - 1, point.size, proof, point.root):
                    self._order.note("proof", position)
                self._place(position, entry)
            self._order.take(positions, chunk)
        next(proofs, None)  # says so if there are more of them
        if "proof" in self._order.damaged:
            return self._damage("proofs", "proof")
        return check("proofs", PASSED, "proofs")

    def _place(self, position: int, entry: bytes) -> None:
        scope, last = self._scope, self._last
        self._first, self._last = self._first or position, position
        if position <= last or (scope.kind == RANGE and last and position != last + 1):
            self._order.note("position", position)
        if scope.kind in (FAMILIES, STREAMS) and len(entry) >= LAYOUT.size:
            _, _, family, _, stream, _, _ = LAYOUT.unpack_from(entry)
            if family not in scope.families and stream not in self._streams:
                self._order.note("scope", position)

    def _damage(self, name: str, kind: str) -> Check:
        positions = self._order.damaged[kind]
        values = (self._order.found[kind], positions[0], KINDS[kind])
        return check(name, FAILED, "damaged", *values, positions=positions[:_POSITIONS_TOLD])

    def _complete(self) -> Check:
        scope = self._scope
        if scope.kind == SELECTION:
            return check("complete", OPEN, "selection")
        if scope.kind in (FAMILIES, STREAMS):
            if not self._bundle.has("heads"):
                return check("complete", OPEN, "no heads")
            try:
                missing = self._tails()
            except EvidenceError as e:
                return Check("complete", FAILED, e.zh, str(e))
        else:
            whole = (min(1, self._point.size), self._point.size)
            first, last = whole if scope.kind == WHOLE else (scope.first, scope.last)
            missing = [] if (self._first, self._last) == (first, last) else [f"{first}–{last}"]
        if missing:
            return check("complete", FAILED, "missing", ", ".join(missing[:10]))
        if self._order.damaged:
            return check("complete", OPEN, "unknown")
        return check("complete", PASSED, "complete", scope.exactly())

    def _shown(self, other: Checkpoint) -> bool | None:
        """Whether the tree extends another: by the roots on the way, or a proof; None if not shown."""
        if self._roots.get(other.size):
            return self._roots[other.size] == other.root
        point, proof = self._point, self._bundle.consistency(other.size)
        if proof is None:
            return None
        return verify_consistency(other.size, point.size, other.root, point.root, proof)

    def _tails(self) -> list[str]:
        """Families and streams that do not reach the heads that the ledger signed."""
        heads = open_heads(self._bundle.small("heads"), self._point, self._key)
        families, streams = self._order.family_heads, self._order.stream_heads
        ids = [(s, UUID(s).bytes) for s in self._scope.streams]
        stated = [
            (f"family {f}", heads.families.get(f), families.get(f, 0)) for f in self._scope.families
        ]
        stated += [(f"stream {s}", heads.streams.get(b), streams.get(b, 0)) for s, b in ids]
        return [name for name, head, last in stated if head != last]


def _size_of(checkpoint: bytes) -> list[int]:
    """What a checkpoint claims, which is not believed yet."""
    try:
        return [Checkpoint.parse(parse_note(checkpoint).text).size]
    except EvidenceError:
        return []
