"""The forged-proof trial: honest proofs, mutated at random; none may be accepted that is not honest.

`python -m benchmarks.forged_proofs [count] [seed]`, 200,000 by default. The sizes and roots are those
of trees that were, as signed checkpoints would say; leaf, places, proof and which tree are the forger's.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from evidence.tree import Tile, Tree, append, leaf_hash, verify_consistency, verify_inclusion

LARGEST = 1_200


class _Tiles:
    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int, width: int) -> bytes:
        return self.rows.get((level, index), b"")

    def keep(self, tiles: list[Tile]) -> None:
        self.rows.update({(t.level, t.index): t.hashes for t in tiles})


@dataclass
class Outcome:
    """What the trial saw."""

    tried: int = 0
    equal_and_accepted: int = 0
    refused: int = 0
    wrongly_accepted: list[str] = field(default_factory=list)
    by_kind: Counter[str] = field(default_factory=Counter)


class _Forger:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.leaves = [leaf_hash(b"entry %d" % n) for n in range(LARGEST)]
        tiles = _Tiles()
        tiles.keep(append(tiles, 0, b"".join(self.leaves)))
        self.tree = Tree(tiles)
        self.mutations: list[Callable[[list[bytes]], list[bytes]]] = [
            self.shortened, self.lengthened, self.swapped, self.repeated, self.flipped,
            self.replaced, self.reversed, self.cut, self.moved, self.untouched,
        ]  # fmt: skip

    def inclusion(self) -> tuple[bool, bool, str]:
        """Honest?, accepted?, and what was done."""
        r = self.random
        size = r.randint(1, LARGEST)
        at = r.randrange(size)
        change = r.choice(self.mutations)
        proof = change(self.tree.inclusion_proof(at, size))
        claimed, in_size, leaf = at, size, self.leaves[at]
        match r.randrange(4):
            case 0:
                claimed = r.choice([r.randrange(LARGEST), at ^ 1, at + 1, at - 1, at ^ 256, -at])
            case 1:
                in_size = (
                    r.choice([r.randint(1, LARGEST), size + 1, max(1, size - 1)]) % LARGEST or 1
                )
            case 2:
                leaf = r.choice([r.choice(self.leaves), self.flip(leaf), leaf[:31], b""])
        honest = (
            0 <= claimed < in_size
            and leaf == self.leaves[claimed]
            and proof == self.tree.inclusion_proof(claimed, in_size)
        )
        root = self.tree.root(in_size)
        return honest, verify_inclusion(leaf, claimed, in_size, proof, root), change.__name__

    def consistency(self) -> tuple[bool, bool, str]:
        """As above, of two trees."""
        r = self.random
        new = r.randint(1, LARGEST)
        old = r.randint(0, new)
        change = r.choice(self.mutations)
        proof = change(self.tree.consistency_proof(old, new))
        a, b = (old, new) if r.randrange(3) else (r.randint(0, LARGEST), r.randint(0, LARGEST))
        old_root, new_root = self.tree.root(a), self.tree.root(b)
        match r.randrange(4):
            case 0:
                old_root = r.choice([self.flip(old_root), self.tree.root(r.randint(0, LARGEST))])
            case 1:
                new_root = r.choice([self.flip(new_root), self.tree.root(r.randint(0, LARGEST))])
        from_nothing = (
            a == 0 < b
        )  # extended by every tree: such a proof says nothing of the new root
        honest = (
            a <= b
            and old_root == self.tree.root(a)
            and (from_nothing or new_root == self.tree.root(b))
            and proof == self.tree.consistency_proof(a, b)
        )
        return honest, verify_consistency(a, b, old_root, new_root, proof), change.__name__

    def flip(self, hash_: bytes) -> bytes:
        bit = self.random.randrange(256)
        return (int.from_bytes(hash_) ^ (1 << bit)).to_bytes(32)

    def shortened(self, proof: list[bytes]) -> list[bytes]:
        at = self.random.randrange(len(proof) + 1)
        return proof[:at] + proof[at + 1 :]

    def lengthened(self, proof: list[bytes]) -> list[bytes]:
        at = self.random.randrange(len(proof) + 1)
        return [*proof[:at], self.random.choice([*proof, *self.leaves[:4]]), *proof[at:]]

    def swapped(self, proof: list[bytes]) -> list[bytes]:
        mixed = proof[:]
        if len(proof) > 1:
            i, j = self.random.sample(range(len(proof)), 2)
            mixed[i], mixed[j] = mixed[j], mixed[i]
        return mixed

    def repeated(self, proof: list[bytes]) -> list[bytes]:
        return [h for h in proof for _ in range(self.random.randint(1, 2))]

    def flipped(self, proof: list[bytes]) -> list[bytes]:
        at = self.random.randrange(len(proof) + 1)
        return [self.flip(h) if n == at else h for n, h in enumerate(proof)]

    def replaced(self, proof: list[bytes]) -> list[bytes]:
        size = self.random.randint(1, LARGEST)
        other = self.tree.inclusion_proof(self.random.randrange(size), size)
        at = self.random.randrange(len(proof) + 1)
        return proof[:at] + other[at : at + 1] + proof[at + 1 :]

    def reversed(self, proof: list[bytes]) -> list[bytes]:
        return proof[::-1]

    def cut(self, proof: list[bytes]) -> list[bytes]:
        at = self.random.randrange(len(proof) + 1)
        return [h[:31] if n == at else h for n, h in enumerate(proof)]

    def moved(self, proof: list[bytes]) -> list[bytes]:
        size = self.random.randint(1, LARGEST)
        return self.tree.inclusion_proof(self.random.randrange(size), size)

    def untouched(self, proof: list[bytes]) -> list[bytes]:
        return proof


def trial(count: int, random: Random) -> Outcome:
    """`count` claims, one half of each sort."""
    forger, outcome = _Forger(random), Outcome()
    for n in range(count):
        sort = forger.consistency if n % 2 else forger.inclusion
        honest, accepted, change = sort()
        outcome.tried += 1
        outcome.by_kind[f"{sort.__name__}: {change}"] += 1
        if honest != accepted:
            outcome.wrongly_accepted.append(f"{sort.__name__} {change} honest={honest} (no. {n})")
        elif accepted:
            outcome.equal_and_accepted += 1
        else:
            outcome.refused += 1
    return outcome


def main(count: int = 200_000, seed: int = 1) -> int:
    """Prints what was seen; 1 if a forgery was accepted or an honest proof refused."""
    start = time.perf_counter()
    seen = trial(count, Random(seed))
    print(f"{seen.tried:,} proofs in {time.perf_counter() - start:.1f} s (seed {seed})")
    print(f"  forged and refused:   {seen.refused:,}")
    print(f"  honest and accepted:  {seen.equal_and_accepted:,}")
    print(f"  wrong:                {len(seen.wrongly_accepted):,} {seen.wrongly_accepted[:5]}")
    for kind, number in sorted(seen.by_kind.items()):
        print(f"    {kind:28} {number:,}")
    return 1 if seen.wrongly_accepted else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
