"""Bundles: what proves, what does not, and what hostile files get instead of a traceback."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence import verify
from evidence.bundles import Scope
from evidence.checkpoints import Checkpoint, cosign, open_checkpoint, sign, with_cosignatures
from evidence.examine import Held, examine
from evidence.heads import Heads, sign_heads
from evidence.notes import COSIGNATURE, SigningKey
from evidence.receipts import Receipt
from evidence.tiles import pack_entries
from evidence.verdicts import Verdict
from ledger.bundle_writing import Contents, write_bundle
from tests.evidence.made_bundles import (
    CASES,
    NOW,
    ORIGIN,
    SCHEMAS,
    SmallLedger,
    rewritten,
    written,
)

LEDGER = SmallLedger()
KEY = LEDGER.key.verifier
RANGE = LEDGER.contents(Scope("range", "一段", "a range", first=10, last=30), range(10, 31))
SELECTED = LEDGER.contents(Scope("selection", "所选", "selected"), [5, 9, 256, 257, 600])
SORTS = {
    "whole": LEDGER.whole(),
    "case": LEDGER.case(CASES[0]),
    "family": LEDGER.family(2),
    "range": RANGE,
    "selection": SELECTED,
}


def failed(verdict: Verdict) -> set[str]:
    for name in {c.name for c in verdict.checks}:
        said = {c.outcome for c in verdict.checks if c.name == name}
        assert len(said) == 1 or name == "readable", f"{name} both passed and failed"
    return {c.name for c in verdict.checks if c.outcome == "failed"}


def outcome(verdict: Verdict, name: str) -> str:
    return next(c.outcome for c in verdict.checks if c.name == name)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as bundle:
        return {i.filename: bundle.read(i) for i in bundle.infolist()}


@pytest.mark.parametrize("sort", SORTS)
def test_an_honest_bundle_is_proved_by_the_key_that_its_holder_has(
    tmp_path: Path, sort: str
) -> None:
    verdict = examine(written(tmp_path, SORTS[sort]), Held(NOW, KEY))
    assert failed(verdict) == set()
    assert verdict.exit_code == 0
    assert verdict.sentence()[1].startswith("PROVED")
    assert [(c.name, c.outcome) for c in verdict.checks] == [
        ("readable", "passed"),
        ("checkpoint", "passed"),
        ("witnesses", "open"),
        ("schemas", "passed"),
        ("order", "passed"),
        ("root" if sort == "whole" else "proofs", "passed"),
        ("complete", "open" if sort == "selection" else "passed"),
    ]


def test_by_its_own_key_a_bundle_only_agrees_with_itself(tmp_path: Path) -> None:
    verdict = examine(written(tmp_path, RANGE), Held(NOW))
    assert verdict.exit_code == 0
    assert "within itself ONLY" in verdict.sentence()[1]
    assert "--key" in verdict.sentence()[0]


def test_a_ledger_without_entries_has_a_bundle(tmp_path: Path) -> None:
    empty = SmallLedger(0)
    assert examine(written(tmp_path, empty.whole()), Held(NOW, empty.key.verifier)).exit_code == 0


def test_the_same_contents_are_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path, RANGE).read_bytes()
    assert written(tmp_path, RANGE).read_bytes() == first
    assert not (tmp_path / "bundle.zip.part").exists()


def test_a_large_bundle_is_read_in_many_pieces(tmp_path: Path) -> None:
    large = SmallLedger(9_000)
    assert examine(written(tmp_path, large.whole()), Held(NOW, large.key.verifier)).exit_code == 0


def test_what_writing_a_bundle_breaks_off_leaves_the_old_one(tmp_path: Path) -> None:
    path = written(tmp_path, RANGE)
    before = path.read_bytes()

    def breaking() -> object:
        yield 10, LEDGER.entries[9]
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        write_bundle(path, replace(RANGE, entries=breaking()))  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# Damage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", SORTS)
def test_any_changed_byte_of_an_entry_is_found_and_its_place_named(
    tmp_path: Path, sort: str
) -> None:
    path = written(tmp_path, SORTS[sort])
    entries, random = members(path)["entries"], Random(3)
    for _ in range(40):
        changed = bytearray(entries)
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        verdict = examine(rewritten(path, {"entries": bytes(changed)}), Held(NOW, KEY))
        assert verdict.exit_code in (1, 2)
        if verdict.exit_code == 1 and sort != "whole":
            assert any(c.positions for c in verdict.checks if c.outcome == "failed")


def forged(contents: Contents, keep: list[int]) -> Contents:
    """The same without some entries, as a forger would leave them out: with their honest proofs."""
    left = [(p, e) for n, (p, e) in enumerate(contents.entries) if n in keep]
    return replace(contents, entries=left)


@pytest.mark.parametrize("sort", ["case", "family", "range"])
def test_an_entry_left_out_is_missed_in_the_middle_and_at_the_end(
    tmp_path: Path, sort: str
) -> None:
    count = len(list(SORTS[sort].entries))
    for without in (0, count // 2, count - 1):
        keep = [n for n in range(count) if n != without]
        verdict = examine(written(tmp_path, forged(SORTS[sort], keep)), Held(NOW, KEY))
        assert verdict.exit_code == 1
        assert failed(verdict) & {"order", "complete"}


def test_a_whole_ledger_with_entries_left_out_swapped_or_added_has_another_root(
    tmp_path: Path,
) -> None:
    whole, entries = LEDGER.whole(), list(enumerate(LEDGER.entries, 1))
    swapped = [*entries[:7], entries[8], entries[7], *entries[9:]]
    for forgery in (entries[:-1], entries[1:], swapped, [*entries, entries[-1]], []):
        verdict = examine(written(tmp_path, replace(whole, entries=forgery)), Held(NOW, KEY))
        assert "root" in failed(verdict)


def test_without_heads_the_tail_stays_open(tmp_path: Path) -> None:
    verdict = examine(written(tmp_path, replace(SORTS["case"], heads=b"")), Held(NOW, KEY))
    assert outcome(verdict, "complete") == "open"
    assert verdict.exit_code == 0


def test_heads_of_another_checkpoint_key_or_form_close_nothing(tmp_path: Path) -> None:
    point = LEDGER.checkpoint
    others = [
        sign_heads(LEDGER.heads, replace(point, size=599), LEDGER.key),
        sign_heads(LEDGER.heads, point, SigningKey.generate(ORIGIN)),
        sign_heads(Heads(), point, LEDGER.key),
        LEDGER.signed(),
        b"heads\n",
    ]
    for heads in others:
        verdict = examine(written(tmp_path, replace(SORTS["case"], heads=heads)), Held(NOW, KEY))
        assert failed(verdict) == {"complete"}


def test_what_the_ledger_does_not_state_is_missing(tmp_path: Path) -> None:
    """A case of which the bundle has nothing, and the heads say nothing."""
    unknown = Scope("streams", "一户", "one case", streams=(str(CASES[0])[:-2] + "ff",))
    nothing = replace(SORTS["case"], scope=unknown, entries=[])
    verdict = examine(written(tmp_path, nothing), Held(NOW, KEY))
    assert failed(verdict) == {"complete"}


def test_signed_heads_are_never_taken_for_a_checkpoint() -> None:
    with pytest.raises(ValueError, match="not a"):
        open_checkpoint(sign_heads(LEDGER.heads, LEDGER.checkpoint, LEDGER.key), KEY)


def test_an_entry_of_another_case_is_outside_the_scope(tmp_path: Path) -> None:
    mixed = sorted({*LEDGER.case(CASES[0]).entries, *LEDGER.case(CASES[1]).entries})
    verdict = examine(written(tmp_path, replace(SORTS["case"], entries=mixed)), Held(NOW, KEY))
    assert "order" in failed(verdict)
    assert any("outside" in c.en for c in verdict.checks)


def test_what_is_not_missing_is_told_by_what_was_checked_and_not_by_the_bundle_s_words(
    tmp_path: Path,
) -> None:
    boast = replace(SORTS["case"].scope, zh="全部付款", en="all payments")
    verdict = examine(written(tmp_path, replace(SORTS["case"], scope=boast)), Held(NOW, KEY))
    told = next(c for c in verdict.checks if c.name == "complete")
    assert told.en == f"1 streams ({CASES[0]}): none is missing"


@pytest.mark.parametrize(
    "mixed",
    [
        {"kind": "streams", "families": [2]},
        {"kind": "families", "streams": [str(CASES[0])]},
        {"kind": "whole", "first": 5, "last": 9},
        {"kind": "range", "first": 9, "last": 5},
        {"kind": "range"},
        {"kind": "selection", "families": [2]},
    ],
)
def test_a_scope_names_nothing_but_what_its_kind_is_of(
    tmp_path: Path, mixed: dict[str, object]
) -> None:
    path = written(tmp_path, SELECTED)
    about = json.loads(members(path)["bundle.json"])
    about["scope"] |= mixed
    refused(rewritten(path, {"bundle.json": json.dumps(about).encode()}))
    with pytest.raises(ValueError, match="its kind"):
        write_bundle(path, replace(SELECTED, scope=Scope(zh="", en="", **mixed)))  # type: ignore[arg-type]


@pytest.mark.parametrize("sort", SORTS)
def test_an_entry_too_short_for_a_frame_is_damage_and_not_an_accident(
    tmp_path: Path, sort: str
) -> None:
    entries = list(SORTS[sort].entries)
    entries[3] = (entries[3][0], b"short")
    verdict = examine(written(tmp_path, replace(SORTS[sort], entries=entries)), Held(NOW, KEY))
    assert verdict.exit_code == 1
    [named] = [c for c in verdict.checks if "not an entry" in c.en]
    assert named.positions == (entries[3][0],)


def test_an_entry_whose_schema_is_not_enclosed_is_not_readable_evidence(tmp_path: Path) -> None:
    verdict = examine(written(tmp_path, replace(RANGE, schemas=SCHEMAS[1:])), Held(NOW, KEY))
    [order] = [c for c in verdict.checks if c.outcome == "failed"]
    assert order.positions == tuple(p for p in range(10, 31) if (p - 1) % 3 == 0)
    assert "schema" in order.en


def test_a_schema_that_is_not_the_one_of_its_name_is_altered(tmp_path: Path) -> None:
    path = written(tmp_path, RANGE)
    [name, *_] = [n for n in members(path) if n.startswith("schemas/")]
    verdict = examine(rewritten(path, {name: b"{}"}), Held(NOW, KEY))
    assert {"schemas", "order"} <= failed(verdict)


def test_entries_out_of_order_or_twice_are_named(tmp_path: Path) -> None:
    entries = list(RANGE.entries)
    for forgery in ([*entries, entries[-1]], entries[::-1], [*entries[:5], *entries[6:]]):
        verdict = examine(written(tmp_path, replace(RANGE, entries=forgery)), Held(NOW, KEY))
        assert verdict.exit_code == 1
        assert any("its position does not follow" in c.en for c in verdict.checks)


def test_times_that_fall_are_named(tmp_path: Path) -> None:
    """A ledger that signs its own disorder: the root holds, the order does not."""
    liar = SmallLedger(50)
    first, last = liar.entries[0], liar.entries[-1]
    backdated = last[:67] + (int.from_bytes(first[67:75]) - 1).to_bytes(8) + last[75:]
    liar.replace(49, backdated)
    verdict = examine(written(tmp_path, liar.whole()), Held(NOW, liar.key.verifier))
    [check] = [c for c in verdict.checks if c.outcome == "failed"]
    assert check.positions == (50,)
    assert "earlier" in check.en


def test_changed_bytes_and_hostile_ones_never_pass_and_never_crash() -> None:
    """The short form of `python -m benchmarks.hostile_evidence`."""
    from benchmarks import hostile_evidence

    changes = hostile_evidence.damaged(12, Random(5))
    assert (changes.tried, changes.found, changes.wrong) == (12, 12, [])
    parses = hostile_evidence.parsed(3_000, Random(5))
    assert parses.wrong == []
    assert 0 < parses.found < parses.tried


# Keys, checkpoints, witnesses ------------------------------------------------------------------


def test_another_ledger_s_bundle_is_not_this_one_s(tmp_path: Path) -> None:
    path = written(tmp_path, RANGE)
    namesake = SigningKey.generate(ORIGIN).verifier
    other = SigningKey.generate("example.org/other").verifier
    for key in (namesake, other):
        verdict = examine(path, Held(NOW, key))
        assert failed(verdict) == {"checkpoint"}
        assert verdict.exit_code == 1


def test_a_bundle_under_another_checkpoint_of_the_same_ledger_does_not_hold(
    tmp_path: Path,
) -> None:
    earlier = sign(Checkpoint(ORIGIN, 599, LEDGER.tree.root(599)), LEDGER.key)
    later = sign(Checkpoint(ORIGIN, 10_000, LEDGER.tree.root(600)), LEDGER.key)
    for sort, check in (("whole", "root"), ("selection", "proofs")):
        for point in (earlier, later):
            verdict = examine(
                written(tmp_path, replace(SORTS[sort], checkpoint=point)), Held(NOW, KEY)
            )
            assert check in failed(verdict)


def test_witnesses_that_the_holder_knows_are_counted(tmp_path: Path) -> None:
    witness = SigningKey.generate("witness.example", COSIGNATURE)
    signed = open_checkpoint(LEDGER.signed(), KEY)

    def seen(seconds: int) -> Verdict:
        line = cosign(signed, witness, seconds)
        data = with_cosignatures(signed, [line], [witness.verifier])
        path = written(tmp_path, replace(RANGE, checkpoint=data))
        assert outcome(examine(path, Held(NOW, KEY)), "witnesses") == "open"
        return examine(path, Held(NOW, KEY, [witness.verifier]))

    assert outcome(seen(NOW), "witnesses") == "passed"
    told = next(c.en for c in seen(NOW).checks if c.name == "witnesses")
    assert told == "1 witnesses that you know have signed; 0 other signatures not checked"
    assert failed(seen(NOW + 86_400)) == set()
    assert failed(seen(NOW + 86_401)) == {"witnesses"}
    assert failed(seen(NOW + 100_000)) == {"witnesses"}
    assert failed(seen(2**63 - 1)) == {"witnesses"}


def test_entries_of_the_future_are_refused(tmp_path: Path) -> None:
    verdict = examine(written(tmp_path, RANGE), Held(NOW - 200_000, KEY))
    assert failed(verdict) == {"time"}
    assert "clock" in next(c.en for c in verdict.checks if c.name == "time")


def held_point(size: int, ledger: SmallLedger = LEDGER) -> bytes:
    return sign(Checkpoint(ORIGIN, size, ledger.tree.root(size)), ledger.key)


@pytest.mark.parametrize("size", [0, 1, 256, 599, 600])
def test_a_whole_ledger_shows_that_it_extends_the_checkpoint_that_is_held(
    tmp_path: Path, size: int
) -> None:
    path = written(tmp_path, LEDGER.whole())
    assert outcome(examine(path, Held(NOW, KEY, (), held_point(size))), "against") == "passed"


def test_a_ledger_rewritten_under_its_own_key_is_caught_by_an_older_checkpoint(
    tmp_path: Path,
) -> None:
    """The bundle is whole, ordered and signed: only what someone else held tells."""
    rewritten_ledger = SmallLedger(600, LEDGER.key)
    last = rewritten_ledger.entries[99]
    rewritten_ledger.replace(99, last[:-1] + bytes([last[-1] ^ 1]))
    path = written(tmp_path, rewritten_ledger.whole())
    assert examine(path, Held(NOW, KEY)).exit_code == 0
    verdict = examine(path, Held(NOW, KEY, (), held_point(500)))
    assert failed(verdict) == {"against"}
    assert outcome(examine(path, Held(NOW, KEY, (), held_point(99))), "against") == "passed"


def test_what_a_bundle_cannot_show_of_the_held_checkpoint_stays_open(tmp_path: Path) -> None:
    later = SmallLedger(700, LEDGER.key)
    assert later.entries[:600] == LEDGER.entries
    whole = written(tmp_path, LEDGER.whole())
    assert outcome(examine(whole, Held(NOW, KEY, (), held_point(700, later))), "against") == "open"
    case = written(tmp_path, SORTS["case"])
    assert outcome(examine(case, Held(NOW, KEY, (), held_point(500))), "against") == "open"
    assert outcome(examine(case, Held(NOW, KEY, (), held_point(600))), "against") == "passed"


def test_a_part_shows_by_a_proof_that_it_extends_the_checkpoint_that_is_held(
    tmp_path: Path,
) -> None:
    proofs = {n: LEDGER.tree.consistency_proof(n, 600) for n in (1, 256, 500)}
    case = replace(SORTS["case"], earlier=proofs)
    path = written(tmp_path, case)
    for size in proofs:
        assert outcome(examine(path, Held(NOW, KEY, (), held_point(size))), "against") == "passed"
    assert outcome(examine(path, Held(NOW, KEY, (), held_point(499))), "against") == "open"
    other = sign(Checkpoint(ORIGIN, 500, LEDGER.tree.root(499)), LEDGER.key)
    assert failed(examine(path, Held(NOW, KEY, (), other))) == {"against"}
    forged = written(tmp_path, replace(case, earlier={500: proofs[256]}))
    assert failed(examine(forged, Held(NOW, KEY, (), held_point(500)))) == {"against"}


def test_a_held_checkpoint_that_is_none_of_this_ledger_s_fails(tmp_path: Path) -> None:
    path = written(tmp_path, LEDGER.whole())
    other = sign(LEDGER.checkpoint, SigningKey.generate(ORIGIN))
    for held in (other, b"nonsense"):
        assert failed(examine(path, Held(NOW, KEY, (), held))) == {"against"}


# Receipts --------------------------------------------------------------------------------------


def receipt(tmp_path: Path, position: int = 5, entry: int | None = None) -> Path:
    proof = tuple(LEDGER.tree.inclusion_proof(position - 1, 600))
    made = Receipt(position - 1, proof, LEDGER.signed(), LEDGER.entries[(entry or position) - 1])
    path = tmp_path / "5.tlog-proof"
    path.write_bytes(made.text())
    return path


def test_a_receipt_is_examined_as_a_bundle_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = receipt(tmp_path)
    verdict = examine(path, Held(NOW, KEY, (), held_point(600)))
    assert [c.name for c in verdict.checks if c.outcome == "passed"] == [
        "readable", "checkpoint", "proofs", "against",
    ]  # fmt: skip
    assert verify.main([str(path), "--key", str(KEY)]) == 0
    assert "a receipt for position 5" in capsys.readouterr().out


def test_a_receipt_for_another_entry_or_key_fails(tmp_path: Path) -> None:
    assert failed(examine(receipt(tmp_path, 5, 6), Held(NOW, KEY))) == {"proofs"}
    namesake = SigningKey.generate(ORIGIN).verifier
    assert failed(examine(receipt(tmp_path), Held(NOW, namesake))) == {"checkpoint"}


def test_a_receipt_is_worth_nothing_without_a_key_of_one_s_own(tmp_path: Path) -> None:
    verdict = examine(receipt(tmp_path), Held(NOW))
    assert verdict.exit_code == 2
    assert "--key" in verdict.checks[-1].zh


def test_a_receipt_cut_off_or_too_long_is_unreadable(tmp_path: Path) -> None:
    path = receipt(tmp_path)
    whole = path.read_bytes()
    for data in (whole[:22], whole[:200], whole[:-1], whole + b"x" * 2_000_000):
        path.write_bytes(data)
        assert examine(path, Held(NOW, KEY)).exit_code in (1, 2)


# Hostile files ---------------------------------------------------------------------------------


def refused(path: Path) -> str:
    verdict = examine(path, Held(NOW, KEY))
    assert verdict.exit_code == 2
    assert verdict.sentence()[1].startswith("cannot be checked")
    return next(c.en for c in verdict.checks if c.name == "readable" and c.outcome == "failed")


def test_a_bundle_cut_off_anywhere_is_no_bundle(tmp_path: Path) -> None:
    whole = written(tmp_path, RANGE).read_bytes()
    path = tmp_path / "cut.zip"
    for cut in {*range(0, len(whole), 97), len(whole) - 1}:
        path.write_bytes(whole[:cut])
        refused(path)


def test_what_is_missing_no_zip_or_a_folder_is_no_bundle(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"not a zip")
    for name in ("text", "missing", "."):
        refused(tmp_path / name)


@pytest.mark.parametrize("name", ["bundle.json", "checkpoint", "key", "entries", "README.md"])
def test_a_part_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    assert name in refused(rewritten(written(tmp_path, RANGE), {name: None}))


def test_more_or_fewer_proofs_or_entries_than_claimed_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, RANGE)
    held = members(path)
    proofs = held["proofs"].splitlines(keepends=True)
    for part, data, why in (
        ("proofs", held["proofs"] + proofs[0], "more proofs"),
        ("proofs", b"".join(proofs[:-1]), "fewer proofs"),
        ("proofs", held["proofs"][:-1], "cut off"),
        ("proofs", b" ".join([proofs[0][:-1], b"00" * 32 * 70]) + b"\n", "too long"),
        ("entries", held["entries"] + b"\x00", "more entries"),
        ("entries", held["entries"][:-1], "fewer entries"),
    ):
        assert why in refused(rewritten(path, {part: data}))


def test_missing_proofs_are_named(tmp_path: Path) -> None:
    assert "proofs" in refused(rewritten(written(tmp_path, RANGE), {"proofs": None}))


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/passwd", "copies/../evil.csv", "more", "schemas/x.avsc", "C:\\x", "copies/"],
)
def test_names_that_are_none_of_a_bundle_are_refused(tmp_path: Path, name: str) -> None:
    assert "no part of a bundle" in refused(rewritten(written(tmp_path, RANGE), {name: b""}))


def test_a_name_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, RANGE)
    with (
        zipfile.ZipFile(path, "a") as bundle,
        pytest.warns(UserWarning, match="Duplicate"),
    ):
        bundle.writestr("entries", b"")
    assert "occurs twice" in refused(path)


def test_a_name_with_a_zero_byte_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, RANGE)
    whole = path.read_bytes().replace(b"copies/payments.csv", b"copies/pa\x00ments.csv")
    path.write_bytes(whole)
    assert "wrong" in refused(path)


@pytest.mark.parametrize(
    "about",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format": 1}',
        b"[" * 100_000,
        b"9" * 10_000,
        b"\xff\xfe",
        b'{"format": "relief-bundle/1"}',
        b'{"format": "relief-bundle/1", "entries": 21, "scope": []}',
        b'{"format": "relief-bundle/1", "entries": 21, "scope": {"kind": "all", "zh": "", "en": ""}}',
    ],
)
def test_a_broken_manifest_is_refused(tmp_path: Path, about: bytes) -> None:
    refused(rewritten(written(tmp_path, RANGE), {"bundle.json": about}))


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("entries", -1), ("entries", True), ("entries", 2**63), ("entries", "21"),
        ("entries", 20), ("entries", 22), ("entries", 2**62),
        ("kind", "everything"), ("zh", 5), ("streams", ["no-uuid"]), ("streams", 5),
        ("families", ["1"]), ("families", [True]), ("first", -1), ("unknown", 1),
    ],
)  # fmt: skip
def test_a_manifest_that_claims_nonsense_is_refused(
    tmp_path: Path, part: str, value: object
) -> None:
    path = written(tmp_path, RANGE)
    about = json.loads(members(path)["bundle.json"])
    (about if part == "entries" else about["scope"])[part] = value
    refused(rewritten(path, {"bundle.json": json.dumps(about).encode()}))


def test_a_format_of_the_future_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, RANGE)
    newer = members(path)["bundle.json"].replace(b"relief-bundle/1", b"relief-bundle/2")
    assert "newer" in refused(rewritten(path, {"bundle.json": newer}))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = written(tmp_path, SORTS["case"])
    for name in ("checkpoint", "heads", "bundle.json"):
        verdict = examine(rewritten(path, {name: bytes(9_000_000)}), Held(NOW, KEY))
        assert any("too large" in c.en for c in verdict.checks if c.outcome == "failed")


def test_entries_that_unpack_without_end_stop_at_the_claimed_number(tmp_path: Path) -> None:
    path = written(tmp_path, RANGE)
    refused(rewritten(path, {"entries": bytes(50_000_000)}))
    refused(rewritten(path, {"entries": b"\xff" * 50_000_000}))
    refused(rewritten(path, {"proofs": b"1" * 50_000_000}))


def test_a_size_that_cannot_be_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, RANGE)
    whole = bytearray(path.read_bytes())
    at = whole.rindex(b"entries") - 46 + 24  # the uncompressed size in the central directory
    whole[at : at + 4] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(whole)
    assert "impossible size" in refused(path)


def test_encrypted_and_otherwise_packed_members_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, RANGE)
    whole = bytearray(path.read_bytes())
    at = whole.rindex(b"entries") - 46 + 8
    whole[at] |= 1
    path.write_bytes(whole)
    assert "encrypted" in refused(path)
    packed = tmp_path / "lzma.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as bundle:
        for name, data in members(written(tmp_path, RANGE)).items():
            bundle.writestr(name, data)
    assert "packed otherwise" in refused(packed)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    many = tmp_path / "many.zip"
    with zipfile.ZipFile(many, "w") as bundle:
        for n in range(5_001):
            bundle.writestr(f"copies/{n}.csv", b"")
    assert "too many" in refused(many)


def test_a_list_of_members_that_would_fill_the_memory_is_not_read(tmp_path: Path) -> None:
    many = tmp_path / "many.zip"
    with zipfile.ZipFile(many, "w") as bundle:
        for n in range(20_000):
            bundle.writestr(f"copies/{n:0400}.csv", b"")
    assert many.stat().st_size > 2**24
    assert "list of files is too large" in refused(many)


@given(st.data())
@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_changed_anywhere_get_a_verdict(tmp_path: Path, data: st.DataObject) -> None:
    """Never an exception, and never another content that is believed."""
    path = written(tmp_path, SORTS[data.draw(st.sampled_from(sorted(SORTS)))])
    honest = members(path)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    if examine(path, Held(NOW, KEY)).exit_code == 0:
        with zipfile.ZipFile(path) as believed:
            for name in ("entries", "checkpoint"):
                assert believed.read(name) == honest[name]


@given(
    st.sampled_from(["bundle.json", "checkpoint", "key", "entries", "proofs", "heads"]),
    st.binary(max_size=200),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_the_place_of_a_part_get_a_verdict(
    tmp_path: Path, name: str, data: bytes
) -> None:
    path = rewritten(written(tmp_path, SORTS["case"]), {name: data})
    verdict = examine(path, Held(NOW, None if name == "key" else KEY))
    assert verdict.exit_code in (1, 2)


@given(st.binary(max_size=200))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_the_place_of_consistency_proofs_prove_nothing(
    tmp_path: Path, data: bytes
) -> None:
    path = rewritten(written(tmp_path, SORTS["case"]), {"consistency": data})
    verdict = examine(path, Held(NOW, KEY, (), held_point(500)))
    assert "against" not in {c.name for c in verdict.checks if c.outcome == "passed"}


def test_the_key_of_the_bundle_is_not_looked_at_when_the_holder_has_one(tmp_path: Path) -> None:
    assert (
        examine(rewritten(written(tmp_path, RANGE), {"key": b"\xff"}), Held(NOW, KEY)).exit_code
        == 0
    )


# The command -----------------------------------------------------------------------------------


def test_the_command_says_its_verdict_in_both_languages_and_by_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, replace(RANGE, entries=list(RANGE.entries)[1:]))
    assert verify.main([str(path), "--key", str(KEY)]) == 1
    said = capsys.readouterr().out
    assert "不可信" in said
    assert "NOT TO BE TRUSTED" in said
    assert verify.main([str(path), "--key", str(KEY), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["exit_code"] == 1
    assert told["checkpoint"]["size"] == 600
    assert {"name", "outcome", "zh", "en", "positions"} == set(told["checks"][0])


def test_a_key_may_stand_in_a_file(tmp_path: Path) -> None:
    path, key = written(tmp_path, RANGE), tmp_path / "ledger.vkey"
    key.write_text(f"{KEY}\n", "utf-8")
    assert verify.main([str(path), "--key", str(key)]) == 0


@pytest.mark.parametrize("key", ["a+b", "missing-file", str(KEY)[:-1]])
def test_a_key_that_is_none_is_refused_as_a_mistake_of_use(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        verify.main([str(written(tmp_path, RANGE)), "--key", key])
    assert stopped.value.code == 2
    assert "密钥" in capsys.readouterr().err


def test_a_bundle_s_words_neither_steer_the_terminal_nor_pose_as_checks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "x\x1b[2J\r\n✓ root: fine\u202e"
    scope = Scope("selection", words, words)
    verify.main([str(written(tmp_path, replace(SELECTED, scope=scope)))])
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\n✓ root" not in said


def test_the_folder_alone_checks_a_bundle(tmp_path: Path) -> None:
    """Copied by itself and run isolated: the standard library and cryptography are all it takes."""
    import cryptography

    alone, libraries = tmp_path / "alone", tmp_path / "libraries"
    shutil.copytree(Path(verify.__file__).parent, alone / "evidence")
    libraries.mkdir()
    site = Path(cryptography.__file__).parent.parent
    for found in ("cryptography", "cffi", *[p.name for p in site.glob("_cffi_backend*")]):
        if (site / found).exists():
            (libraries / found).symlink_to(site / found)
    path = written(tmp_path, SORTS["family"])
    code = (
        f"import sys, runpy; sys.path[:0] = [{str(alone)!r}, {str(libraries)!r}]; "
        "sys.argv[0] = 'verify'; runpy.run_module('evidence.verify', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(path), "--key", str(KEY)],
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    assert done.returncode == 0
    assert "属实".encode() in done.stdout


TOOLS = ("bash", "sha256sum", "xxd", "openssl", "awk")


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="the tools of the hand check")
@pytest.mark.parametrize(("sort", "number"), [("selection", 1), ("selection", 5), ("case", 40)])
def test_the_hand_check_of_the_readme_works_as_it_is_written(
    tmp_path: Path, sort: str, number: int
) -> None:
    with zipfile.ZipFile(written(tmp_path, SORTS[sort])) as bundle:
        bundle.extractall(tmp_path / "unpacked")
    readme = (tmp_path / "unpacked" / "README.md").read_text("utf-8")
    steps = "\n".join(re.findall(r"```sh\n(.*?)```", readme, re.DOTALL))
    steps = steps.replace("N=1  ", f"N={number}  ")

    def run() -> str:
        done = subprocess.run(
            ["bash", "-c", steps], cwd=tmp_path / "unpacked", capture_output=True, check=False
        )
        return done.stdout.decode() + done.stderr.decode()

    said = run()
    assert "Signature Verified Successfully" in said
    assert "PROVED" in said
    assert "WRONG" not in said
    entries = tmp_path / "unpacked" / "entries"
    changed = bytearray(entries.read_bytes())
    lengths = [2 + len(e) for _, e in SORTS[sort].entries]
    changed[sum(lengths[: number - 1]) + 80] ^= 1
    entries.write_bytes(changed)
    assert "PROVED" not in run()
    point = tmp_path / "unpacked" / "checkpoint"
    point.write_bytes(point.read_bytes().replace(b"\n600\n", b"\n601\n"))
    assert "Signature Verified Successfully" not in run()


def test_entries_are_framed_as_tlog_tiles_bundles_are(tmp_path: Path) -> None:
    packed = members(written(tmp_path, LEDGER.whole()))["entries"]
    assert packed == pack_entries(LEDGER.entries)
    assert io.BytesIO(packed).read(2) == len(LEDGER.entries[0]).to_bytes(2)
