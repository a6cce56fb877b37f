"""docs/evidence.md shows bytes: they are those that the code makes."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.bundles import FORMAT
from evidence.checkpoints import Checkpoint, cosign, open_checkpoint, sign, with_cosignatures
from evidence.examine import Held, examine
from evidence.frame import FRAME_LENGTH, pack
from evidence.heads import Heads, sign_heads
from evidence.notes import COSIGNATURE, SigningKey
from evidence.order import KINDS
from evidence.receipts import Receipt
from evidence.tiles import TileName, pack_entries
from evidence.tree import Tree, leaf_hash, node_hash
from tests.evidence.made_bundles import NOW, SORTS_OF_CHECKS
from tests.evidence.naive_tree import TilesInMemory

DOC = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text("utf-8")
LEDGER = SigningKey("example.org/relief", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = SigningKey(
    "witness.example/w1", Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64))), COSIGNATURE
)
STREAM = UUID("0190a000-0000-7000-8000-000000000001")
SCHEMA = sha256(b'"string"\n').digest()


def entry(version: int) -> bytes:
    return pack(SCHEMA, 4, version, STREAM, version, 1_700_000_000_000_000 + version) + b"body"


ENTRIES = [entry(n) for n in (1, 2, 3)]
TILES = TilesInMemory()
TILES.add(ENTRIES)
TREE = Tree(TILES)
POINT = Checkpoint(LEDGER.name, 3, TREE.root(3))
SIGNED = open_checkpoint(sign(POINT, LEDGER), LEDGER.verifier)
NOTE = with_cosignatures(SIGNED, [cosign(SIGNED, WITNESS, 1_700_000_060)], [WITNESS.verifier])


def frame_lines() -> str:
    first, lines, at = ENTRIES[0], list[str](), 0
    for width, name in (
        (1, "format"), (32, "schema"), (2, "family"), (8, "number in the family"),
        (16, "stream"), (8, "version in the stream"), (8, "recorded at"), (4, "body"),
    ):  # fmt: skip
        lines.append(f"{at:3} {first[at : at + width].hex()} {name}")
        at += width
    return "\n".join(lines)


def tree_lines() -> str:
    leaves = [leaf_hash(e) for e in ENTRIES]
    pair = node_hash(*leaves[:2])
    return "\n".join(
        [
            *[f"leaf {n}  {leaf.hex()}" for n, leaf in enumerate(leaves)],
            f"0 and 1 {pair.hex()}",
            f"root    {node_hash(pair, leaves[2]).hex()}",
        ]
    )


EXAMPLES = {
    "frame": frame_lines(),
    "tree": tree_lines(),
    "keys": f"{LEDGER.verifier}\n{WITNESS.verifier}",
    "checkpoint": NOTE.decode(),
    "tiles": "\n".join(
        [
            f"{TileName(0, 0, 3).path()}  {len(TILES.rows[0, 0])} bytes",
            f"{TileName(-1, 0, 3).path()}  {len(pack_entries(ENTRIES))} bytes, begins with "
            f"{pack_entries(ENTRIES)[:3].hex()}",
        ]
    ),
    "receipt": Receipt(1, tuple(TREE.inclusion_proof(1, 3)), NOTE, ENTRIES[1]).text().decode(),
    "heads": sign_heads(Heads({4: 3}, {STREAM.bytes: 3}), POINT, LEDGER).decode(),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_the_document_is_what_the_code_makes(name: str) -> None:
    assert f"```\n{EXAMPLES[name].strip()}\n```" in DOC


def test_the_document_names_every_check_kind_of_damage_and_format() -> None:
    for name in {*SORTS_OF_CHECKS, FORMAT, str(FRAME_LENGTH)}:
        assert f"`{name}`" in DOC or f" {name} " in DOC, name
    for _, en in KINDS.values():
        assert en in DOC, en


def test_the_checks_that_the_document_names_are_all_there_are(tmp_path: Path) -> None:
    from tests.evidence.made_bundles import CASES, SmallLedger, written

    ledger = SmallLedger(60)
    names = set[str]()
    for contents in (ledger.whole(), ledger.case(CASES[0])):
        for now in (NOW, NOW - 200_000):
            held = Held(now, ledger.key.verifier, (), ledger.signed())
            verdict = examine(written(tmp_path, contents), held)
            names |= {c.name for c in verdict.checks}
    assert names == set(SORTS_OF_CHECKS)
    assert names == set(re.findall(r"^\| `(\w+)` \|", DOC, re.MULTILINE))
