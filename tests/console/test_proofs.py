"""Receipts and bundles leave the ledger and are checked without it; what is altered is not believed."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from console.settings import read_settings
from console.wiring import opened
from evidence.notes import SigningKey
from ledger.bundling import Bundling
from ledger.recorder import ReliefApplicationRecorder
from tests.console.conftest import Demo, Ran, run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo's ledger, for the tests of this file."""
    folder = tmp_path_factory.mktemp("proofs") / "ledger"
    shutil.copytree(demo.ledger, folder)
    return folder


def key_of(home: Path) -> str:
    return read_settings(home).verifier_key


def bundle(home: Path, out: Path, *options: str) -> Ran:
    return run("bundle", str(out), "--ledger", str(home), "--lang", "en", *options)


def verified(file: Path, key: str, *options: str) -> Ran:
    return run("verify-bundle", str(file), "--key", key, "--ledger", "/nowhere", *options)


# -- receipts ---------------------------------------------------------------------------------------


def test_a_receipt_proves_its_entry_without_the_ledger(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "receipt.txt"
    assert run("receipt", "77", "--ledger", str(home), "--out", str(file)).code == 0
    ran = run("verify-receipt", str(file), "--key", key_of(home), "--json", "--ledger", "/nowhere")
    said = json.loads(ran.out)
    assert (ran.code, said["well"], said["position"]) == (0, True, 77)
    by_id = run("receipt", said["event_id"], "--ledger", str(home)).out
    assert by_id == file.read_text("utf-8")
    assert "PROVED" in run("verify-receipt", str(file), "--ledger", str(home), "--lang", "en").out
    ran = run("verify-receipt", str(file), "--ledger", "/nowhere", "--lang", "en")
    assert (ran.code, "--key" in ran.err) == (2, True)


def test_a_receipt_of_the_newest_entry_is_had_at_once(home: Path) -> None:
    assert run("checkpoint", "--heads", "--ledger", str(home)).code == 0
    head = json.loads(run("roster", "--ledger", str(home), "--json").out)["as_at"]
    assert run("receipt", str(head), "--ledger", str(home)).code == 0


@pytest.mark.parametrize("seed", range(5))
def test_a_receipt_of_which_a_byte_was_changed_is_not_believed(
    home: Path, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    text = bytearray(run("receipt", str(100 + seed), "--ledger", str(home)).out.encode())
    spot = chance.randrange(text.index(b"\n") + 1, text.rindex("—".encode()) - 3)
    text[spot] ^= 1 + chance.randrange(7)
    file = tmp_path / "receipt.txt"
    file.write_bytes(text)
    ran = run("verify-receipt", str(file), "--key", key_of(home), "--lang", "en")
    assert ran.code == 1, text.decode("utf-8", "replace")
    assert "✗" in ran.out


@pytest.mark.parametrize("what", ["0", "99999999", "no id", "01890000-0000-7000-8000-000000000000"])
def test_a_receipt_of_what_is_not_there_is_refused(home: Path, what: str) -> None:
    ran = run("receipt", what, "--ledger", str(home), "--lang", "zh")
    assert ran.code == 2
    assert ran.err.strip()


def test_a_receipt_under_another_key_is_not_believed(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "receipt.txt"
    file.write_text(run("receipt", "5", "--ledger", str(home)).out, "utf-8")
    other = SigningKey.generate(read_settings(home).origin).verifier
    assert run("verify-receipt", str(file), "--key", str(other)).code == 1
    assert run("verify-receipt", str(file), "--key", "no key", "--lang", "en").code == 1


# -- bundles ----------------------------------------------------------------------------------------


def a_case(home: Path) -> str:
    with opened(home) as relief:
        rows = relief.recorder.read_entries(0, 20_000)
        enrolled = next(r for r in rows if r.topic == "relief.enrollment.Enrolled")
        return str(relief.codec.decode_entry(enrolled.topic, enrolled.entry).meta.stream_id)


SCOPES = {
    "whole": (),
    "earlier": ("--as-at", "900"),
    "case": ("--case", "a case"),
    "program": ("--program", "tekun"),
    "town": ("--town", "枫桥镇"),
    "family": ("--family", "exit"),
    "days": ("--from", "2000-01-01"),
}


@pytest.mark.parametrize("scope", SCOPES)
def test_every_scope_is_proved_to_be_whole_by_whoever_has_the_file_and_the_key(
    home: Path, tmp_path: Path, scope: str
) -> None:
    out = tmp_path / "bundle.zip"
    options = [a_case(home) if o == "a case" else o for o in SCOPES[scope]]
    ran = bundle(home, out, *options)
    assert ran.code == 0, ran.err
    ran = verified(out, key_of(home), "--bodies")
    assert ran.code == 0, ran.out
    assert "PROVED" in ran.out
    assert "copies agree" in ran.out
    with zipfile.ZipFile(out) as zip_:
        assert any(n.startswith("copies/") for n in zip_.namelist())
        assert "README.md" in zip_.namelist()
    assert bundle(home, out, *options).code == 1  # a file that is there is not overwritten


def test_the_trust_base_alone_checks_a_bundle(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "bundle.zip"
    assert bundle(home, out, "--family", "exit").code == 0
    shutil.copytree(ROOT / "evidence", tmp_path / "alone" / "evidence")
    command = [sys.executable, "-P", "-m", "evidence.verify", str(out), "--key", key_of(home)]
    done = subprocess.run(
        command,
        cwd=tmp_path / "alone",
        env={"PYTHONPATH": str(tmp_path / "alone")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PROVED" in done.stdout


def test_a_case_of_which_the_last_entries_are_held_back_is_seen_to_be_short(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stated heads are in the bundle: leaving out the tail shows as well as a gap does."""
    honest = Bundling.rows

    def short(self: Bundling, scope: object) -> object:
        return iter(list(honest(self, scope))[:-1])  # type: ignore[arg-type]

    monkeypatch.setattr(Bundling, "rows", short)
    out = tmp_path / "bundle.zip"
    assert bundle(home, out, "--case", a_case(home)).code == 0
    ran = verified(out, key_of(home))
    assert ran.code == 1
    assert "missing" in ran.out


def test_a_copy_that_says_something_else_than_the_entries_is_named(
    home: Path, tmp_path: Path
) -> None:
    out, altered = tmp_path / "bundle.zip", tmp_path / "altered.zip"
    assert bundle(home, out, "--case", a_case(home)).code == 0
    with zipfile.ZipFile(out) as source, zipfile.ZipFile(altered, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == "copies/enrollment.csv":
                content = content.replace(b"amount_fen", b"amount_fem", 1)
            target.writestr(info, content)
    assert verified(altered, key_of(home)).code == 0  # the entries are what they were
    ran = verified(altered, key_of(home), "--bodies")
    assert ran.code == 1
    assert "copies/enrollment.csv" in ran.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--program", "nothing"), "no program"),
        (("--town", "nowhere"), "no town"),
        (("--case", "x"), "not a household"),
        (("--case", "01890000-0000-7000-8000-000000000000"), "no such household"),
        (("--family", "x"), "no family"),
        (("--from", "2001-01-01", "--to", "2000-01-01"), "after"),
        (("--from", "2000-01-01", "--to", "2000-01-02"), "nothing was recorded"),
        (("--family", "exit", "--program", "dibao"), "one scope"),
        (("--as-at", "99999999"), "positions"),
        (("--reveal",), "role"),
        (("--reveal", "--role", "auditor"), "reason"),
    ],
)
def test_a_bundle_that_cannot_be_is_refused_before_anything_is_written(
    home: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    out = tmp_path / "bundle.zip"
    before = json.loads(run("roster", "--ledger", str(home), "--json").out)["as_at"]
    ran = bundle(home, out, *options)
    assert ran.code == 2
    assert said in ran.err
    assert not out.exists()
    assert json.loads(run("roster", "--ledger", str(home), "--json").out)["as_at"] == before


def test_names_leave_only_where_it_is_recorded_first_who_asked_and_why(
    home: Path, tmp_path: Path
) -> None:
    plain, revealed = tmp_path / "plain.zip", tmp_path / "revealed.zip"
    case = a_case(home)
    assert bundle(home, plain, "--case", case).code == 0
    with opened(home) as relief:
        before = relief.recorder.head().position
    options = ("--reveal", "--role", "auditor", "--reason", "audit")
    ran = bundle(home, revealed, "--case", case, *options)
    assert ran.code == 0, ran.err
    with opened(home) as relief:
        new = relief.recorder.read_entries(before, 1000)
        assert {r.topic for r in new} == {"relief.oversight.IdentityRevealed"}
    with zipfile.ZipFile(revealed) as zip_:
        persons = zip_.read("copies/persons.csv").decode("utf-8-sig")
    numbers = [line.split(",")[2].strip('"') for line in persons.splitlines()[1:]]
    assert len(numbers) == len(new)
    assert all(len(n) == 18 for n in numbers)
    with zipfile.ZipFile(plain) as zip_:
        assert "copies/persons.csv" not in zip_.namelist()
        everything = b"".join(zip_.read(n) for n in zip_.namelist())
    assert not any(n.encode() in everything for n in numbers)
    assert verified(revealed, key_of(home), "--bodies").code == 0


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"no zip at all" * 50])
def test_a_file_that_is_no_bundle_gets_a_verdict(
    tmp_path: Path, home: Path, content: bytes
) -> None:
    file = tmp_path / "file.zip"
    file.write_bytes(content)
    ran = verified(file, key_of(home), "--bodies")
    assert ran.code == 2
    assert "cannot be checked" in ran.out


def test_a_receipt_costs_few_reads(home: Path) -> None:
    with opened(home) as relief:
        recorder = relief.recorder
        assert isinstance(recorder, ReliefApplicationRecorder)
        proof = recorder.tree.inclusion_proof(0, recorder.head().position)
        assert len(proof) <= 14
