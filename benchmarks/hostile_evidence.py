"""Damaged and hostile evidence: every change is found, and nothing but a verdict comes back.

`python -m benchmarks.hostile_evidence [changes] [parses] [seed]`, by default 2,000 single-byte changes
of entries in a whole-ledger bundle, and 200,000 mutated notes, keys, checkpoints, receipts, paths and
heads given to the parsers.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from uuid import UUID

from evidence.bundles import Scope
from evidence.checkpoints import Checkpoint, open_checkpoint, sign
from evidence.errors import EvidenceError
from evidence.examine import Held, examine
from evidence.frame import pack
from evidence.heads import Heads, open_heads, sign_heads
from evidence.notes import SigningKey, parse_note, parse_verifier_key
from evidence.receipts import Receipt
from evidence.tiles import TileName, parse_path, unpack_entries
from evidence.tree import leaf_hash, root_of
from ledger.bundle_writing import Contents, write_bundle

SCHEMA = b'"string"'
NOW = 1_700_000_000


@dataclass
class Outcome:
    """What was tried, and what came of it."""

    tried: int = 0
    found: int = 0
    wrong: list[str] = field(default_factory=list)
    by_kind: Counter[str] = field(default_factory=Counter)


def _entries(count: int, random: Random) -> list[bytes]:
    versions, made = Counter[UUID](), list[bytes]()
    for n in range(count):
        stream = UUID(int=0x0190 << 112 | random.randrange(count // 8 + 1))
        versions[stream] += 1
        frame = pack(sha256(SCHEMA).digest(), 1, n + 1, stream, versions[stream], NOW * 10**6 + n)
        made.append(frame + random.randbytes(random.randrange(40, 200)))
    return made


def damaged(count: int, random: Random) -> Outcome:
    """Single-byte changes of entry bytes in a bundle of 2,000 entries."""
    outcome, key = Outcome(), SigningKey.generate("example.org/relief")
    entries = _entries(2_000, random)
    point = Checkpoint(key.name, *root_of(map(leaf_hash, entries)))
    scope = Scope("whole", "全部", "all")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        for _ in range(count):
            at = random.randrange(len(entries))
            whole = entries[at]
            changed = bytearray(whole)
            changed[random.randrange(len(whole))] ^= random.randrange(1, 256)
            entries[at] = bytes(changed)
            numbered = enumerate(entries, 1)
            write_bundle(
                path,
                Contents(scope, str(key.verifier), sign(point, key), [SCHEMA], numbered),
            )
            entries[at] = whole
            verdict = examine(path, Held(NOW + 60, key.verifier))
            outcome.tried += 1
            outcome.found += verdict.exit_code == 1
            outcome.by_kind.update(c.name for c in verdict.checks if c.outcome == "failed")
            if verdict.exit_code != 1:
                outcome.wrong.append(f"a change of entry {at + 1} was not found")
    return outcome


def _parsers(
    random: Random,
) -> list[tuple[str, bytes, Callable[[bytes], object]]]:
    key = SigningKey.generate("example.org/relief")
    entries = _entries(9, random)
    point = Checkpoint(key.name, *root_of(map(leaf_hash, entries)))
    note = sign(point, key)
    alone = Checkpoint(key.name, *root_of([leaf_hash(entries[0])]))
    receipt = Receipt(0, (), sign(alone, key), entries[0]).text()
    heads = sign_heads(Heads({1: 9}, {entries[0][43:59]: 1}), point, key)
    bundle = b"".join(len(e).to_bytes(2) + e for e in entries)

    def text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
        return lambda data: parse(data.decode("utf-8", "replace"))

    return [
        ("note", note, parse_note),
        ("checkpoint", note, lambda d: open_checkpoint(d, key.verifier)),
        ("checkpoint's text", point.text(), Checkpoint.parse),
        ("receipt", receipt, lambda d: Receipt.parse(d).verify(key.verifier)),
        ("heads", heads, lambda d: open_heads(d, point, key.verifier)),
        ("verifier key", str(key.verifier).encode(), text(parse_verifier_key)),
        ("signing key", key.secret_text.encode(), text(SigningKey.parse)),
        ("path", TileName(0, 1_234_067, 5).path().encode(), text(parse_path)),
        ("entry bundle", bundle, unpack_entries),
    ]


def parsed(count: int, random: Random) -> Outcome:
    """Mutated bytes given to the parsers: they read, or refuse by an error of their own."""
    outcome, parsers = Outcome(), _parsers(random)
    for n in range(count):
        name, honest, parse = parsers[n % len(parsers)]
        data = _mutated(honest, random)
        outcome.tried += 1
        try:
            parse(data)
            outcome.by_kind[f"{name}: read"] += 1
        except EvidenceError:
            outcome.by_kind[f"{name}: refused"] += 1
            outcome.found += 1
        except Exception as e:  # finding such a one is what the trial is for
            outcome.wrong.append(f"{name}: {type(e).__name__} on {data[:60]!r}")
    return outcome


def _mutated(honest: bytes, random: Random) -> bytes:
    data = bytearray(honest)
    for _ in range(random.randint(0, 4)):
        at, end = sorted((random.randrange(len(data) + 1), random.randrange(len(data) + 1)))
        piece = random.choice([
            b"", b"\n", b"\n\n", b" ", b"+", b"=", b"\x00", b"\xff", "—".encode(), b"0", b"9" * 30,
            random.randbytes(random.randrange(9)), bytes(data[at:end]) * 2,
        ])  # fmt: skip
        data[at : random.choice([at, at + 1, end])] = piece
        if not data:
            break
    return bytes(data)


def main(changes: int = 2_000, parses: int = 200_000, seed: int = 1) -> int:
    """Prints what was seen; 1 where a change was not found or anything but our own error came."""
    wrong = 0
    for name, run, count in (("changed bytes", damaged, changes), ("parsers", parsed, parses)):
        start = time.perf_counter()
        seen = run(count, Random(seed))
        print(f"{name}: {seen.tried:,} in {time.perf_counter() - start:.1f} s (seed {seed})")
        print(f"  found or refused: {seen.found:,}   wrong: {len(seen.wrong)} {seen.wrong[:5]}")
        print("  " + ", ".join(f"{k} {n:,}" for k, n in sorted(seen.by_kind.items())))
        wrong += len(seen.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:4])))
