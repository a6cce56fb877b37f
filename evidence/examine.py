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
_POSITIONS_TOLD: Final = 1_000
_TEXTS: Final = {
    "contents": "{} 条,所称范围:{};另有 {} 个 CSV 副本,未核对 | {} entries, said to be: {}; {} CSV copies, not checked here",
    "signed": "{} 签署,共 {} 条 | signed by {}, {} entries",
    "witnesses": "您认可的见证方有 {} 个签过名;另有 {} 个签名未核验 | {} witnesses that you know have signed; {} other signatures not checked",
    "future": "{} 的时间在将来;请核对本机时钟 | {} is dated in the future; see whether this computer's clock is right",
    "schemas": "{} 个模式与其编号相符 | {} schemas are those of their names",
    "altered": "{} 个模式被改动 | {} schemas were altered",
    "root": "由 {} 条重算的树根与检查点相符 | the root computed from {} entries is that of the checkpoint",
    "other root": "由 {} 条重算的树根不是检查点的({} 条) | the root computed from {} entries is not that of the checkpoint ({} entries)",
    "proofs": "每一条的证明都成立 | the proof of every entry holds",
    "order": "帧完好,序号与时间次序正确 | frames are whole, numbers and times in order",
    "damaged": "{} 条受损,首条在位置 {}:{} | {} entries damaged, the first at position {}: {}",
    "selection": "是一次查询所得:不证明没有遗漏 | what a question found: it does not show that none is missing",
    "no heads": "中间无缺,但没有末位说明,不知末尾是否齐全 | none is missing in between; without stated heads the tail is not shown",
    "missing": "有缺:{} | entries are missing: {}",
    "unknown": "因条目受损,无从说起 | not shown, entries being damaged",
    "complete": "所述范围内一条不缺 | none is missing within the scope",
}
_VERDICTS: Final = {
    "proved": "属实:与您所持密钥签署的检查点相符 | PROVED: as the checkpoint says that the key you hold has signed",
    "within": "仅内部一致:用的是包内自带的密钥,不能证明出自该账本。请用您自己持有的密钥(--key)再验 | consistent within itself ONLY: checked by the key in the bundle, which proves nothing of where it comes from; check again with the key that you hold (--key)",
    "failed": "不可信:有核验未通过 | NOT TO BE TRUSTED: a check failed",
    "unreadable": "无法核验:不是可用的证据包 | cannot be checked: no usable bundle",
}


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
        names = ("proved" if self.held_key else "within", "failed", "unreadable")
        zh, _, en = _VERDICTS[names[self.exit_code]].partition(" | ")
        return zh, en


def examine(
    path: Path,
    now_seconds: int,
    key: VerifierKey | None = None,
    witnesses: Sequence[VerifierKey] = (),
) -> Verdict:
    """Examines a file. Never raises for what is in it.

    `key` and `witnesses` are those that the examiner holds; without `key` the bundle's own is used.
    Memory does not grow with the number of entries, but by about 130 bytes a stream.
    """
    checks: list[Check] = []
    signed = None
    try:
        with open_bundle(path) as bundle:
            scope = bundle.scope
            copies = len(bundle.copies)
            checks.append(
                _check("readable", PASSED, "contents", bundle.count, (scope.zh, scope.en), copies)
            )
            ledger = key or parse_verifier_key(bundle.small("key").decode("utf-8", "replace"))
            try:
                signed = open_checkpoint(bundle.small("checkpoint"), ledger, witnesses)
            except EvidenceError as e:
                checks.append(Check("checkpoint", FAILED, e.zh, str(e)))
            else:
                checks.extend(_Examination(bundle, signed, ledger, now_seconds).checks())
    except Malformed as e:
        checks.append(Check("readable", FAILED, e.zh, str(e)))
    return Verdict(tuple(checks), key is not None, signed)


class _Examination:
    """The pass over all entries, and what it adds up to."""

    def __init__(
        self, bundle: Bundle, signed: SignedCheckpoint, ledger: VerifierKey, now: int
    ) -> None:
        self._bundle, self._scope, self._latest = bundle, bundle.scope, now + AHEAD_MAX_SECONDS
        self._signed, self._point, self._ledger = signed, signed.checkpoint, ledger
        self._hashes: set[bytes] = set()
        self._streams = {UUID(s).bytes for s in self._scope.streams}
        self._first = self._last = 0
        kind = self._scope.kind
        self._order = Order(
            self._hashes, families=kind in (WHOLE, FAMILIES), streams=kind in (WHOLE, STREAMS)
        )

    def checks(self) -> Iterator[Check]:
        """All of them, one after the other; damage in one hides no other."""
        yield _check("checkpoint", PASSED, "signed", self._point.origin, self._point.size)
        yield self._witnesses()
        yield self._schemas()
        proved = self._root() if self._scope.kind == WHOLE else self._proofs()
        damaged = [k for k in KINDS if k in self._order.damaged and k != "proof"]
        if not damaged:
            yield _check("order", PASSED, "order")
        for kind in damaged:
            yield self._damage("order", kind)
        yield proved
        if self._order.recorded_at > self._latest * 1_000_000:
            yield _check("time", FAILED, "future", ("最后的条目", "the last entry"))
        yield self._complete()

    def _witnesses(self) -> Check:
        seen = self._signed.cosignatures
        for witness in seen:
            if witness.seconds > self._latest:
                return _check("witnesses", FAILED, "future", witness.witness.name)
        others = len(self._signed.note.signatures) - 1 - len(seen)
        return _check("witnesses", PASSED if seen else OPEN, "witnesses", len(seen), others)

    def _schemas(self) -> Check:
        wrong = 0
        for name, raw in self._bundle.schemas():
            digest = sha256(raw)
            wrong += name != f"schemas/{digest.hexdigest()}.avsc"
            self._hashes.add(digest.digest())
        if wrong:
            return _check("schemas", FAILED, "altered", wrong)
        return _check("schemas", PASSED, "schemas", len(self._hashes))

    def _root(self) -> Check:
        """Every leaf, and from them the root."""
        size, root = root_of(self._leaves())
        if (size, root) != (self._point.size, self._point.root):
            return _check("root", FAILED, "other root", size, self._point.size)
        return _check("root", PASSED, "root", size)

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
        return _check("proofs", PASSED, "proofs")

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
        values = (len(positions), positions[0], KINDS[kind])
        return _check(name, FAILED, "damaged", *values, positions=positions[:_POSITIONS_TOLD])

    def _complete(self) -> Check:
        scope = self._scope
        if scope.kind == SELECTION:
            return _check("complete", OPEN, "selection")
        if scope.kind in (FAMILIES, STREAMS):
            if not self._bundle.has("heads"):
                return _check("complete", OPEN, "no heads")
            try:
                missing = self._tails()
            except EvidenceError as e:
                return Check("complete", FAILED, e.zh, str(e))
        else:
            whole = (min(1, self._point.size), self._point.size)
            first, last = whole if scope.kind == WHOLE else (scope.first, scope.last)
            missing = [] if (self._first, self._last) == (first, last) else [f"{first}–{last}"]
        if missing:
            return _check("complete", FAILED, "missing", ", ".join(missing[:10]))
        if self._order.damaged:
            return _check("complete", OPEN, "unknown")
        return _check("complete", PASSED, "complete")

    def _tails(self) -> list[str]:
        """Families and streams that do not reach the heads that the ledger signed."""
        heads = open_heads(self._bundle.small("heads"), self._point, self._ledger)
        families, streams = self._order.family_heads, self._order.stream_heads
        ids = [(s, UUID(s).bytes) for s in self._scope.streams]
        stated = [
            (f"family {f}", heads.families.get(f), families.get(f, 0)) for f in self._scope.families
        ]
        stated += [(f"stream {s}", heads.streams.get(b), streams.get(b, 0)) for s, b in ids]
        return [name for name, head, last in stated if head != last]


def _check(
    name: str,
    outcome: str,
    text: str,
    *values: int | str | tuple[str, str],
    positions: Sequence[int] = (),
) -> Check:
    """A value that is a pair stands in each language by itself."""
    told = [
        words.format(*[v[n] if isinstance(v, tuple) else v for v in values])
        for n, words in enumerate(_TEXTS[text].split(" | "))
    ]
    return Check(name, outcome, told[0], told[1], tuple(positions))
