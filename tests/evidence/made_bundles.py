"""A small ledger in memory, and bundles of it, for the tests of what examines them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from uuid import UUID

from evidence.bundles import Scope
from evidence.checkpoints import Checkpoint, sign
from evidence.frame import pack, unpack
from evidence.heads import Heads, sign_heads
from evidence.notes import SigningKey
from evidence.tree import Tree
from ledger.bundle_writing import Contents, write_bundle
from tests.evidence.naive_tree import TilesInMemory

ORIGIN = "example.org/relief"
NOW = 1_700_000_000
SORTS_OF_CHECKS = (
    "readable", "checkpoint", "witnesses", "schemas", "order", "root", "proofs", "time", "complete", "against",
)  # fmt: skip
SCHEMAS = [b'{"type": "record", "name": "A%d"}' % n for n in range(3)]
HASHES = [sha256(s).digest() for s in SCHEMAS]
CASES = [UUID(int=0x0190 << 112 | n) for n in range(1, 8)]


@dataclass
class SmallLedger:
    """Entries of three families and seven streams, their tree, and a key of its own."""

    size: int = 600
    key: SigningKey = field(default_factory=lambda: SigningKey.generate(ORIGIN))
    entries: list[bytes] = field(default_factory=list)
    heads: Heads = field(default_factory=lambda: Heads({}, {}))

    def __post_init__(self) -> None:
        random = Random(7)
        families, streams = dict[int, int](), dict[bytes, int]()
        for n in range(self.size):
            family, stream = random.randrange(1, 4), random.choice(CASES)
            families[family] = families.get(family, 0) + 1
            streams[stream.bytes] = streams.get(stream.bytes, 0) + 1
            at = (NOW - 10_000 + n // 3) * 1_000_000
            frame = pack(HASHES[n % 3], family, families[family], stream, streams[stream.bytes], at)
            self.entries.append(frame + random.randbytes(random.randrange(90)))
        self.heads = Heads(families, streams)
        self._grow()

    def _grow(self) -> None:
        tiles = TilesInMemory()
        tiles.add(self.entries)
        self.tree = Tree(tiles)

    def replace(self, index: int, entry: bytes) -> None:
        """Puts another entry in the place of one, and grows the tree anew."""
        self.entries[index] = entry
        self._grow()

    @property
    def checkpoint(self) -> Checkpoint:
        """Over all of it."""
        return Checkpoint(ORIGIN, self.size, self.tree.root(self.size))

    def signed(self) -> bytes:
        """The signed note."""
        return sign(self.checkpoint, self.key)

    def contents(self, scope: Scope, of: Iterable[int]) -> Contents:
        """A bundle of these positions, each proved."""
        return Contents(
            scope,
            str(self.key.verifier),
            self.signed(),
            SCHEMAS,
            [(p, self.entries[p - 1]) for p in of],
            lambda p: self.tree.inclusion_proof(p - 1, self.size),
            sign_heads(self.heads, self.checkpoint, self.key),
            {"payments": [b"copy,of\r\n", b"1,2\r\n"]},
        )

    def whole(self) -> Contents:
        """All of it, without proofs: the root is rebuilt."""
        contents = self.contents(Scope("whole", "全部", "all"), range(1, self.size + 1))
        return Contents(
            contents.scope, contents.key, contents.checkpoint, SCHEMAS, contents.entries
        )

    def case(self, stream: UUID) -> Contents:
        """One household's entries."""
        scope = Scope("streams", "一户", "one case", streams=(str(stream),))
        return self.contents(scope, self.positions(lambda e: unpack(e).stream_id == stream))

    def family(self, number: int) -> Contents:
        """One family's entries."""
        scope = Scope("families", "一类", "one family", families=(number,))
        return self.contents(scope, self.positions(lambda e: unpack(e).family_id == number))

    def positions(self, wanted: Callable[[bytes], bool]) -> list[int]:
        """Where such entries stand."""
        return [p for p, e in enumerate(self.entries, 1) if wanted(e)]


def written(folder: Path, contents: Contents) -> Path:
    """The bundle's file."""
    path = folder / "bundle.zip"
    write_bundle(path, contents)
    return path


def rewritten(path: Path, changes: dict[str, bytes | None]) -> Path:
    """The bundle with members replaced, added or (None) left out."""
    with zipfile.ZipFile(path) as old:
        members = {i.filename: old.read(i) for i in old.infolist()}
    kept = {n: d for n, d in {**members, **changes}.items() if d is not None}
    forged = path.with_name("forged.zip")
    with zipfile.ZipFile(forged, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in kept.items():
            new.writestr(name, data)
    return forged
