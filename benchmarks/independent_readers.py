"""Holds the evidence against independent implementations, both ways: `make independent` (needs Go).

`independent/main.go` reads what `evidence/` writes (checkpoint, cosignature, tiles, entry bundles,
receipts, consistency proofs) and writes a log of its own, which `check` reads with `evidence/`.
A log that it once wrote is kept in `tests/evidence/independent`, and the tests check it each time.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from evidence.checkpoints import Checkpoint, cosign, open_checkpoint, sign, with_cosignatures
from evidence.errors import NotProved
from evidence.notes import COSIGNATURE, SigningKey, base64, parse_verifier_key, unbase64
from evidence.receipts import Receipt
from evidence.tiles import ENTRIES, TileName, pack_entries, unpack_entries
from evidence.tree import TILE_WIDTH, Tree, append, leaf_hash, verify_consistency

PROGRAM = Path(__file__).parent / "independent"
SIZES = (1, 2, 3, 7, 8, 255, 256, 257, 300, 65_535, 65_536, 65_537, 70_000)


class FolderTiles:
    """Tiles in files, as a web server would serve them, for a tree of one size."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder, self._size = folder, size

    def read(self, level: int, index: int, width: int) -> bytes:
        """As the port says."""
        there = min(TILE_WIDTH, (self._size >> 8 * level) - TILE_WIDTH * index)
        return (self._folder / TileName(level, index, there).path()).read_bytes()


def write(folder: Path) -> None:
    """A log of ours, in the layout of `main.go`."""
    size = SIZES[-1]
    entries = [b"entry %d" % n for n in range(size)]
    leaves = b"".join(map(leaf_hash, entries))
    for tile in append(FolderTiles(folder, 0), 0, leaves):
        width = len(tile.hashes) // 32
        _put(folder / TileName(tile.level, tile.index, width).path(), tile.hashes)
        if tile.level == 0:
            start = tile.index * TILE_WIDTH
            bundle = pack_entries(entries[start : start + width])
            _put(folder / TileName(ENTRIES, tile.index, width).path(), bundle)
    tree = Tree(FolderTiles(folder, size))
    ledger = SigningKey.generate("example.org/relief")
    witness = SigningKey.generate("witness.example/w1", COSIGNATURE)
    signed = open_checkpoint(
        sign(Checkpoint(ledger.name, size, tree.root(size)), ledger), ledger.verifier
    )
    line = cosign(signed, witness, 1_700_000_000)
    note = with_cosignatures(signed, [line], [witness.verifier])
    _put(folder / "ledger.vkey", f"{ledger.verifier}\n".encode())
    _put(folder / "witness.vkey", f"{witness.verifier}\n".encode())
    _put(folder / "checkpoint", note)
    for at in SIZES:
        proof = tuple(tree.inclusion_proof(at - 1, size))
        receipt = Receipt(at - 1, proof, note, entries[at - 1])
        _put(folder / "receipts" / f"{at}.tlog-proof", receipt.text())
    _put(folder / "consistency", "".join(_consistency(tree)).encode())


def _consistency(tree: Tree) -> list[str]:
    return [
        " ".join([
            str(old), str(new), base64(tree.root(old)), base64(tree.root(new)),
            *map(base64, tree.consistency_proof(old, new)),
        ]) + "\n"
        for new in SIZES
        for old in SIZES
        if old <= new
    ]  # fmt: skip


def check(folder: Path) -> str:
    """Reads such a folder with `evidence/`, and says what was held. AssertionError where it is wrong."""
    ledger = parse_verifier_key((folder / "ledger.vkey").read_text("utf-8"))
    witness = parse_verifier_key((folder / "witness.vkey").read_text("utf-8"))
    note = (folder / "checkpoint").read_bytes()
    signed = open_checkpoint(note, ledger, [witness])
    assert [c.witness for c in signed.cosignatures] == [witness]
    assert signed.note.data() == note
    size, root = signed.checkpoint.size, signed.checkpoint.root
    tree = Tree(FolderTiles(folder, size))
    assert tree.root(size) == root

    entries: list[bytes] = []
    while len(entries) < size:
        number, width = len(entries) // TILE_WIDTH, min(TILE_WIDTH, size - len(entries))
        entries += unpack_entries((folder / TileName(ENTRIES, number, width).path()).read_bytes())
    for tile in append(FolderTiles(folder, 0), 0, b"".join(map(leaf_hash, entries))):
        kept = folder / TileName(tile.level, tile.index, len(tile.hashes) // 32).path()
        assert kept.read_bytes() == tile.hashes

    receipts = sorted((folder / "receipts").glob("*.tlog-proof"))
    for path in receipts:
        receipt = Receipt.parse(path.read_bytes())
        assert receipt.text() == path.read_bytes()
        assert receipt.verify(ledger, [witness]).checkpoint.size == size
        assert list(receipt.proof) == tree.inclusion_proof(receipt.index, size)
        assert receipt.entry == entries[receipt.index]
        try:
            receipt.verify(ledger, entry=b"other")
        except NotProved:
            continue
        raise AssertionError(f"{path} proves another entry")

    lines = (folder / "consistency").read_text("ascii").splitlines()
    for line in lines:
        old, new, *hashes = line.split(" ")
        old_root, new_root, *proof = map(unbase64, hashes)
        assert verify_consistency(int(old), int(new), old_root, new_root, proof)
        assert (tree.root(int(old)), tree.root(int(new))) == (old_root, new_root)
        assert proof == tree.consistency_proof(int(old), int(new))
    if (folder / "ledger.skey").exists():
        assert SigningKey.parse((folder / "ledger.skey").read_text("utf-8")).verifier == ledger
    return f"{size} entries, {len(receipts)} receipts, {len(lines)} consistency proofs"


def main(keep: str | None = None) -> None:
    """Both ways; `keep` names a folder that keeps what the other implementation wrote."""
    with TemporaryDirectory() as temporary:
        ours, theirs = Path(temporary) / "ours", Path(temporary) / "theirs"
        write(ours)
        print("what evidence/ wrote, read by golang.org/x/mod/sumdb and filippo.io/torchwood:")
        _go("read", ours)
        theirs.mkdir()
        _go("write", theirs)
        print(f"what they wrote, read by evidence/: {check(theirs)}")
        if keep:
            (theirs / "ledger.skey").unlink()
            shutil.rmtree(keep, ignore_errors=True)
            shutil.copytree(theirs, keep)


def _go(command: str, folder: Path) -> None:
    subprocess.run(["go", "run", ".", command, str(folder)], cwd=PROGRAM, check=True)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


if __name__ == "__main__":
    main(*sys.argv[1:2])
