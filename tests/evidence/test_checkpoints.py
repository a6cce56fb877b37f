"""Checkpoints, witnesses' cosignatures, receipts and the names of tiles."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.checkpoints import Checkpoint, cosign, open_checkpoint, sign, with_cosignatures
from evidence.errors import EvidenceError, Malformed, NotProved
from evidence.notes import COSIGNATURE, Note, SigningKey, VerifierKey
from evidence.receipts import Receipt
from evidence.tiles import ENTRIES, TileName, pack_entries, parse_path, unpack_entries
from evidence.tree import EMPTY_ROOT, Tree, leaf_hash
from tests.evidence.naive_tree import TilesInMemory

ORIGIN = "example.org/relief"
LEDGER = SigningKey.generate(ORIGIN)
WITNESSES = [SigningKey.generate(f"witness.example/{n}", COSIGNATURE) for n in (1, 2)]
KNOWN = [w.verifier for w in WITNESSES]
POINT = Checkpoint(ORIGIN, 20_852_163, leaf_hash(b"any"))


def test_a_checkpoint_reads_back_as_it_was_signed() -> None:
    opened = open_checkpoint(sign(POINT, LEDGER), LEDGER.verifier)
    assert opened.checkpoint == POINT
    assert opened.note.data() == sign(POINT, LEDGER)
    assert opened.cosignatures == ()


def test_extension_lines_are_read_and_kept() -> None:
    extended = replace(POINT, extensions=("anything", "扩展"))
    assert open_checkpoint(sign(extended, LEDGER), LEDGER.verifier).checkpoint == extended


def test_cosignatures_of_known_witnesses_are_kept_with_their_time() -> None:
    signed = open_checkpoint(sign(POINT, LEDGER), LEDGER.verifier)
    lines = [cosign(signed, w, 1_700_000_000 + n) for n, w in enumerate(WITNESSES)]
    data = with_cosignatures(signed, lines, KNOWN)
    opened = open_checkpoint(data, LEDGER.verifier, KNOWN)
    assert [c.seconds for c in opened.cosignatures] == [1_700_000_000, 1_700_000_001]
    assert [c.witness for c in opened.cosignatures] == KNOWN
    assert open_checkpoint(data, LEDGER.verifier).cosignatures == ()
    assert with_cosignatures(opened, lines, KNOWN) == data, "a repeated answer adds nothing"


def test_a_witness_s_answer_cannot_spoil_a_checkpoint() -> None:
    signed = open_checkpoint(sign(POINT, LEDGER), LEDGER.verifier)
    other = open_checkpoint(sign(replace(POINT, size=5), LEDGER), LEDGER.verifier)
    stranger = SigningKey.generate("stranger.example", COSIGNATURE)
    lines = [cosign(other, WITNESSES[0], 5), cosign(signed, stranger, 5), "— broken\n", "", "\x00"]
    assert with_cosignatures(signed, lines, KNOWN) == sign(POINT, LEDGER)


def test_another_ledger_s_checkpoint_is_not_this_one_s() -> None:
    other = SigningKey.generate("example.org/other")
    with pytest.raises(NotProved, match=r"of example\.org/other, not of example\.org/relief"):
        open_checkpoint(sign(replace(POINT, origin=other.name), other), LEDGER.verifier)


def test_a_checkpoint_that_only_others_signed_is_not_believed() -> None:
    namesake = SigningKey.generate(ORIGIN)
    witnessed = Note(POINT.text(), (WITNESSES[0].sign(POINT.text(), 5),)).data()
    for data in (sign(POINT, namesake), witnessed):
        with pytest.raises(NotProved, match="has not signed it"):
            open_checkpoint(data, LEDGER.verifier, KNOWN)


def test_a_wrong_cosignature_of_a_known_witness_spoils_the_checkpoint() -> None:
    elsewhere = WITNESSES[0].sign(b"another text\n", 5)
    data = Note(POINT.text(), (LEDGER.sign(POINT.text()), elsewhere)).data()
    assert open_checkpoint(data, LEDGER.verifier)
    with pytest.raises(NotProved):
        open_checkpoint(data, LEDGER.verifier, KNOWN)


def test_a_witness_s_key_is_no_ledger_s_key() -> None:
    witness = SigningKey.generate(ORIGIN, COSIGNATURE)
    data = Note(POINT.text(), (witness.sign(POINT.text(), 5),)).data()
    with pytest.raises(NotProved):
        open_checkpoint(data, witness.verifier)
    with pytest.raises(ValueError, match="key of its origin"):
        sign(POINT, witness)


@pytest.mark.parametrize(
    "broken",
    [
        {"extensions": ("",)},
        {"extensions": ("a\nb",)},
        {"size": -1},
        {"size": 2**63},
        {"root": b"short"},
        {"size": 0},
    ],
)
def test_what_would_not_read_back_is_not_signed(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (Malformed or ValueError: both are one)
        sign(replace(POINT, **broken), LEDGER)  # type: ignore[arg-type]


def test_a_checkpoint_that_is_not_utf_8_is_malformed() -> None:
    with pytest.raises(Malformed, match="UTF-8"):
        Checkpoint.parse(POINT.text().replace(b"example", b"ex\xffmple"))


def test_the_largest_tree_has_a_checkpoint() -> None:
    largest = replace(POINT, size=2**63 - 1)
    assert open_checkpoint(sign(largest, LEDGER), LEDGER.verifier).checkpoint == largest


def test_a_checkpoint_is_signed_by_the_key_of_its_origin_alone() -> None:
    with pytest.raises(ValueError, match="key of its origin"):
        sign(POINT, SigningKey.generate("example.org/other"))


def test_the_empty_tree_has_a_checkpoint() -> None:
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert open_checkpoint(sign(empty, LEDGER), LEDGER.verifier).checkpoint == empty


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n",
        "origin\n5\n",
        "origin\n5\n{root}",
        "origin\n05\n{root}\n",
        "origin\n+5\n{root}\n",
        "origin\n-5\n{root}\n",
        "origin\n5 \n{root}\n",
        "origin\n٥\n{root}\n",
        "origin\n9223372036854775808\n{root}\n",
        "origin\n99999999999999999999999999\n{root}\n",
        "origin\n0\n{root}\n",
        "origin\n5\nAAAA\n",
        "origin\n5\n{root}\n\nmore\n",
        "origin\n5\n{root}\nmore",
        "\n5\n{root}\n",
    ],
)
def test_what_is_no_checkpoint_is_malformed(text: str) -> None:
    root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    with pytest.raises(Malformed):
        Checkpoint.parse(text.format(root=root).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_a_checkpoint_or_malformed(data: bytes) -> None:
    with contextlib.suppress(EvidenceError):
        assert Checkpoint.parse(data).text() == data


# Receipts --------------------------------------------------------------------------------------


def receipt(index: int = 2, size: int = 5) -> tuple[Receipt, list[bytes]]:
    entries = [b"entry %d" % n for n in range(size)]
    tiles = TilesInMemory()
    tiles.add(entries)
    tree = Tree(tiles)
    signed = sign(Checkpoint(ORIGIN, size, tree.root(size)), LEDGER)
    return Receipt(index, tuple(tree.inclusion_proof(index, size)), signed, entries[index]), entries


def test_a_receipt_proves_its_entry_and_no_other() -> None:
    made, entries = receipt()
    read = Receipt.parse(made.text())
    assert read == made
    assert read.verify(LEDGER.verifier).checkpoint.size == 5
    for other in (entries[1], b""):
        with pytest.raises(NotProved, match="entry 3 is another"):
            read.verify(LEDGER.verifier, entry=other)


def test_a_receipt_may_leave_the_entry_to_its_holder() -> None:
    made, entries = receipt()
    bare = Receipt.parse(replace(made, entry=None).text())
    assert bare.verify(LEDGER.verifier, entry=entries[2])
    with pytest.raises(Malformed, match="none was handed in"):
        bare.verify(LEDGER.verifier)


HEAD = b"c2sp.org/tlog-proof@v1\n"
HASH_LINE = b"gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "begin"),
        (HEAD, "begin"),
        (HEAD + b"\nnote", "begin"),
        (HEAD + b"index 5\n" + HASH_LINE, "begin"),
        (b"c2sp.org/tlog-proof@v2\nindex 5\n\nnote", "begin"),
        (HEAD + b"extra AAAA\n\nnote", "begin"),
        (HEAD + b"extra AAAA\nextra AAAA\nindex 5\n\nnote", "begin"),
        (HEAD + b"index 5\nextra AAAA\n\nnote", "base64"),
        (HEAD + b"extra AAA\nindex 5\n\nnote", "base64"),
        (HEAD + b"index 05\n\nnote", "number"),
        (HEAD + b"index -1\n\nnote", "number"),
        (HEAD + b"index 9223372036854775808\n\nnote", "large"),
        (HEAD + b"index 5\n" + HASH_LINE * 64 + b"\nnote", "too many"),
        (HEAD + b"index 5\nAAAA\n\nnote", "hash"),
        (HEAD + "index ٥\n\nnote".encode(), "ASCII"),
        (HEAD + b"index 5\n\n" + b"x" * 2_000_000, "too long"),
    ],
)
def test_what_is_no_receipt_is_malformed(data: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        Receipt.parse(data)


def test_a_receipt_has_room_for_the_proof_of_the_largest_tree() -> None:
    assert len(Receipt.parse(HEAD + b"index 5\n" + HASH_LINE * 63 + b"\nnote").proof) == 63


def test_the_only_entry_of_a_ledger_has_a_receipt_without_a_path() -> None:
    made, _ = receipt(0, 1)
    assert made.proof == ()
    assert Receipt.parse(made.text()).verify(LEDGER.verifier)


def test_a_receipt_of_another_key_or_place_does_not_hold() -> None:
    made, _ = receipt()
    with pytest.raises(NotProved):
        made.verify(SigningKey.generate(ORIGIN).verifier)
    for index in (0, 1, 3, 4, 5, 2**62):
        with pytest.raises(NotProved):
            replace(made, index=index).verify(LEDGER.verifier)


@given(st.data())
def test_a_receipt_with_any_byte_changed_does_not_hold(data: st.DataObject) -> None:
    made, _ = receipt()
    whole = bytearray(made.text())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(EvidenceError):
        Receipt.parse(bytes(whole)).verify(LEDGER.verifier)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_receipt_or_malformed(data: bytes, headed: bool) -> None:
    head = b"c2sp.org/tlog-proof@v1\nextra AAAA\nindex 5\n" if headed else b""
    with contextlib.suppress(EvidenceError):
        assert Receipt.parse(head + data).text() == head + data


# Tiles -----------------------------------------------------------------------------------------


def test_a_name_reads_as_the_tile_it_is_of() -> None:
    assert parse_path("tile/entries/x001/234.p/5") == TileName(ENTRIES, 1_234, 5)
    assert parse_path("tile/3/000") == TileName(3, 0, 256)


@pytest.mark.parametrize("digits", [20, 5_000])
def test_a_number_of_very_many_digits_is_malformed(digits: int) -> None:
    text = POINT.text().replace(b"20852163", b"9" * digits)
    with pytest.raises(Malformed, match="number"):
        Checkpoint.parse(text)


def test_tiles_have_the_names_of_the_specification() -> None:
    assert TileName(0, 1_234_067).path() == "tile/0/x001/x234/067"
    assert TileName(2, 0, 1).path() == "tile/2/000.p/1"
    assert TileName(ENTRIES, 273, 112).path() == "tile/entries/273.p/112"
    assert TileName(63, 5).path() == "tile/63/005"


@given(st.integers(-1, 63), st.integers(0, 2**63), st.integers(1, 256))
def test_a_path_reads_back(level: int, number: int, width: int) -> None:
    name = TileName(level, number, width)
    assert parse_path(name.path()) == name


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0/", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000",
        "tile/0/x000/001", "tile/0/x001", "tile/0/001/002", "tile/0/000.p/0", "tile/0/000.p/256",
        "tile/0/000.p/01", "tile/0/../000", "/tile/0/000", "tile/0/000/", "tile/data/000",
        "tile/0/٠٠٠", "tile/0/" + "x001/" * 7 + "001", "tile/0/" + "x001/" * 50 + "001",
    ],
)  # fmt: skip
def test_no_other_path_is_a_tile(path: str) -> None:
    with pytest.raises(Malformed):
        parse_path(path)


@given(st.text(max_size=40))
def test_any_text_is_a_path_or_malformed(text: str) -> None:
    for path in (text, f"tile/0/{text}"):
        with contextlib.suppress(Malformed):
            assert parse_path(path).path() == path


@given(st.lists(st.binary(max_size=300), max_size=20), st.data())
def test_entry_bundles_read_back_and_show_when_they_are_cut(
    entries: list[bytes], data: st.DataObject
) -> None:
    packed = pack_entries(entries)
    assert unpack_entries(packed) == entries
    for cut in data.draw(st.lists(st.integers(0, len(packed)), max_size=5)):
        with contextlib.suppress(Malformed):
            assert unpack_entries(packed[:cut]) == entries[: len(unpack_entries(packed[:cut]))]


def test_a_cut_bundle_of_one_entry_is_malformed_wherever_it_is_cut() -> None:
    packed = pack_entries([bytes(300)])
    assert packed[:2] == b"\x01\x2c"
    for cut in range(1, len(packed)):
        with pytest.raises(Malformed):
            unpack_entries(packed[:cut])


def test_verifier_keys_can_be_sets_of_trust() -> None:
    assert isinstance(LEDGER.verifier, VerifierKey)
    assert len({LEDGER.verifier, LEDGER.verifier, *KNOWN}) == 3
