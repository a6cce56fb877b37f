"""Examines a bundle: every check that it is held to, and what each one found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from evidence.bundles import FAMILIES, RANGE, SELECTION, STREAMS, WHOLE, Bundle, open_bundle
from evidence.checkpoints import SignedCheckpoint, open_checkpoint
from evidence.errors import EvidenceError, Malformed
from evidence.frame import LAYOUT
from evidence.heads import open_heads
from evidence.notes import VerifierKey, parse_verifier_key
from evidence.order import KINDS, Order
from evidence.tree import leaf_hash, root_of, verify_inclusion

PASSED, FAILED, OPEN = "passed", "failed", "open"
AHEAD_MAX_SECONDS: Final = 86_400
"""How far the ledger's clock may be ahead of the examiner's."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `passed`, `failed`, or `open` where the bundle does not show it either way."""

    name: str
    outcome: str
    zh: str
    en: str
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """All checks, in order. Exit code 0: all hold; 1: one does not; 2: no bundle that can be checked."""

    checks: tuple[Check, ...]
    held_key: bool
    signed: SignedCheckpoint | None = None

    @property
    def exit_code(self) -> int:
        """For the command line."""
        failed = [c.name for c in self.checks if c.outcome == FAILED]
        return 2 if "readable" in failed else 1 if failed else 0

    def sentence(self) -> tuple[str, str]:
        """What it comes to, in Chinese and English."""
        if self.exit_code == 2:
            return "无法核验:不是可用的证据包", "cannot be checked: no usable bundle"
        if self.exit_code == 1:
            return "不可信:有核验未通过", "NOT TO BE TRUSTED: a check failed"
        if not self.held_key:
            return (
                "仅内部一致:用的是包内自带的密钥,不能证明出自该账本。请用您自己持有的密钥(--key)再验",
                "consistent within itself ONLY: checked by the key in the bundle, which proves nothing of "
                "where it comes from; check again with the key that you hold (--key)",
            )
        return (
            "属实:与所持密钥签署的检查点相符",
            "PROVED: as the checkpoint signed by the key you hold says",
        )


def examine(
    path: Path,
    now_seconds: int,
    key: VerifierKey | None = None,
    witnesses: Sequence[VerifierKey] = (),
) -> Verdict:
    """Examines a file. Never raises for what is in it; memory does not grow with the entries' number,
    but by about 130 bytes for each stream."""
    checks: list[Check] = []
    signed = None
    try:
        with open_bundle(path) as bundle:
            checks.append(_passed("readable", *_contents(bundle)))
            ledger = key or parse_verifier_key(bundle.small("key").decode("utf-8", "replace"))
            signed = _checkpoint(bundle, ledger, witnesses, checks)
            if signed:
                checks.append(_witnesses(signed, now_seconds))
                checks.extend(_Examination(bundle, signed, ledger, now_seconds).checks())
    except Malformed as e:
        checks.append(Check("readable", FAILED, e.zh, str(e)))
    return Verdict(tuple(checks), key is not None, signed)


def _contents(bundle: Bundle) -> tuple[str, str]:
    scope, copies = bundle.scope, len(bundle.copies)
    return (
        f"{bundle.count} 条,所称范围:{scope.zh};另有 {copies} 个 CSV 副本,未核对",
        f"{bundle.count} entries, said to be: {scope.en}; {copies} CSV copies, not checked here",
    )


def _checkpoint(
    bundle: Bundle, ledger: VerifierKey, witnesses: Sequence[VerifierKey], checks: list[Check]
) -> SignedCheckpoint | None:
    try:
        signed = open_checkpoint(bundle.small("checkpoint"), ledger, witnesses)
    except EvidenceError as e:
        checks.append(Check("checkpoint", FAILED, e.zh, str(e)))
        return None
    at = signed.checkpoint
    zh, en = f"{at.origin} 签署,共 {at.size} 条", f"signed by {at.origin}, {at.size} entries"
    checks.append(_passed("checkpoint", zh, en))
    return signed


def _witnesses(signed: SignedCheckpoint, now: int) -> Check:
    seen = signed.cosignatures
    others = len(signed.note.signatures) - 1 - len(seen)
    for witness in seen:
        if witness.seconds > now + AHEAD_MAX_SECONDS:
            return _future("witnesses", f"见证方 {witness.witness.name} ", witness.witness.name)
    return Check(
        "witnesses",
        PASSED if seen else OPEN,
        f"您认可的见证方有 {len(seen)} 个签过名;另有 {others} 个签名未核验",
        f"{len(seen)} witnesses that you know have signed; {others} other signatures not checked",
    )


class _Examination:
    """The pass over all entries, and what it adds up to."""

    def __init__(
        self, bundle: Bundle, signed: SignedCheckpoint, ledger: VerifierKey, now: int
    ) -> None:
        self._bundle, self._scope, self._now = bundle, bundle.scope, now
        self._ledger, self._point = ledger, signed.checkpoint
        self._whole = self._scope.kind == WHOLE
        self._hashes: set[bytes] = set()
        self._streams = {UUID(s).bytes for s in self._scope.streams}
        self._first = self._last = 0

    def checks(self) -> Iterator[Check]:
        """All of them, one after the other; damage in one hides no other."""
        yield self._schemas()
        kind = self._scope.kind
        self._order = Order(
            self._hashes,
            families=kind in (WHOLE, FAMILIES),
            streams=kind in (WHOLE, STREAMS),
        )
        proved = self._root() if self._whole else self._proofs()
        yield from self._ordered()
        yield proved
        if self._order.recorded_at > (self._now + AHEAD_MAX_SECONDS) * 1_000_000:
            yield _future("time", "最后的条目", "the last entry")
        yield self._complete()

    def _schemas(self) -> Check:
        wrong = 0
        for name, raw in self._bundle.schemas():
            digest = sha256(raw)
            wrong += name != f"schemas/{digest.hexdigest()}.avsc"
            self._hashes.add(digest.digest())
        if wrong:
            return Check(
                "schemas", FAILED, f"{wrong} 个模式被改动", f"{wrong} schemas were altered"
            )
        n = len(self._hashes)
        return _passed(
            "schemas", f"{n} 个模式与其编号相符", f"{n} schemas are those of their names"
        )

    def _root(self) -> Check:
        """Every leaf, and from them the root."""
        point = self._point
        size, root = root_of(self._leaves())
        if (size, root) != (point.size, point.root):
            return Check(
                "root", FAILED,
                f"由 {size} 条重算的树根不是检查点的({point.size} 条)",
                f"the root computed from {size} entries is not that of the checkpoint ({point.size})",
            )  # fmt: skip
        return _passed(
            "root", f"{size} 条重算的树根相符", f"the root of {size} entries is the signed one"
        )

    def _leaves(self) -> Iterator[bytes]:
        for chunk in self._bundle.entries():
            start, self._last = self._last, self._last + len(chunk)
            self._order.take(range(start + 1, self._last + 1), chunk)
            yield from map(leaf_hash, chunk)
        self._first = 1

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
                self._placed(position, entry)
            self._order.take(positions, chunk)
        next(proofs, None)  # says whether there are more of them
        if "proof" in self._order.damaged:
            return self._damage("proofs", ["proof"])
        return _passed("proofs", "每一条的证明都成立", "the proof of every entry holds")

    def _placed(self, position: int, entry: bytes) -> None:
        scope, last = self._scope, self._last
        self._first, self._last = self._first or position, position
        if position <= last or (scope.kind == RANGE and last and position != last + 1):
            self._order.note("position", position)
        if scope.kind in (FAMILIES, STREAMS) and len(entry) >= LAYOUT.size:
            _, _, family, _, stream, _, _ = LAYOUT.unpack_from(entry)
            if family not in scope.families and stream not in self._streams:
                self._order.note("scope", position)

    def _ordered(self) -> Iterator[Check]:
        kinds = [k for k in KINDS if k != "proof" and k in self._order.damaged]
        if not kinds:
            yield _passed(
                "order", "帧完好,序号与时间次序正确", "frames are whole, numbers and times in order"
            )
        for kind in kinds:
            yield self._damage("order", [kind])

    def _damage(self, name: str, kinds: list[str]) -> Check:
        positions = sorted({p for k in kinds for p in self._order.damaged[k]})
        zh, en = KINDS[kinds[0]]
        first = positions[0]
        return Check(
            name, FAILED,
            f"{len(positions)} 条受损,首条在位置 {first}:{zh}",
            f"{len(positions)} entries damaged, the first at position {first}: {en}",
            tuple(positions[:1_000]),
        )  # fmt: skip

    def _complete(self) -> Check:
        scope, order = self._scope, self._order
        if scope.kind == SELECTION:
            return Check(
                "complete", OPEN,
                "是一次查询所得:每条属实,但不证明没有遗漏",
                "what a question found: each entry is proved, but not that none is missing",
            )  # fmt: skip
        if scope.kind == RANGE and (self._first, self._last) != (scope.first, scope.last):
            return _missing([f"{scope.first}–{scope.last}"])
        if scope.kind in (FAMILIES, STREAMS):
            return self._tails()
        if order.damaged or (self._whole and self._last != self._point.size):
            return Check(
                "complete", OPEN, "因条目受损,无从说起", "not shown, entries being damaged"
            )
        return _passed("complete", "所述范围内一条不缺", "none is missing within the scope")

    def _tails(self) -> Check:
        if not self._bundle.has("heads"):
            return Check(
                "complete",
                OPEN,
                "中间无缺,但没有末位说明,不知末尾是否齐全",
                "none is missing in between; without stated heads the tail is not shown",
            )
        try:
            heads = open_heads(self._bundle.small("heads"), self._point, self._ledger)
        except EvidenceError as e:
            return Check("complete", FAILED, e.zh, str(e))
        order, scope = self._order, self._scope
        short = [
            f"family {f}"
            for f in scope.families
            if heads.families.get(f) != order.family_heads.get(f, 0)
        ]
        short += [
            f"stream {s}"
            for s in scope.streams
            if heads.streams.get(UUID(s).bytes) != order.stream_heads.get(UUID(s).bytes, 0)
        ]
        if short:
            return _missing(short)
        return _passed(
            "complete",
            "直到账本签名说明的末位,一条不缺",
            "none is missing up to the heads that the ledger signed",
        )


def _passed(name: str, zh: str, en: str) -> Check:
    return Check(name, PASSED, zh, en)


def _missing(what: Sequence[str]) -> Check:
    named = ", ".join(what[:10])
    return Check("complete", FAILED, f"有缺:{named}", f"entries are missing: {named}")


def _future(name: str, zh: str, en: str) -> Check:
    return Check(
        name,
        FAILED,
        f"{zh}的时间在将来;请核对本机时钟",
        f"{en} is dated in the future; see whether this computer's clock is right",
    )
