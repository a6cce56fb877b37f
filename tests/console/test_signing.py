"""Checkpoints as an operator meets them: signed at an import's end, refused for an older copy."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from console import new_origin
from console.settings import FILE, read_settings
from evidence.checkpoints import open_checkpoint
from evidence.notes import COSIGNATURE, SigningKey, parse_verifier_key
from evidence.tiles import unpack_entries
from evidence.tree import TILE_BYTES, leaf_hash, root_of
from tests.console.conftest import Demo, Ran, run
from tests.ledger.witness_process import running


@pytest.fixture
def home(tmp_path: Path) -> str:
    folder = tmp_path / "ledger"
    assert run("init", str(folder), "--origin", "bureau.example/relief", "--lang", "en").code == 0
    return str(folder)


def record_source(home: str, code: str) -> Ran:
    command: dict[str, object] = {"command": "register_source", "code": code, "name": code}
    command |= {"kind": "bank"}
    command |= {"may_report": ["*"], "on": "2024-01-05"}
    return run("record", "--ledger", home, "--lang", "en", stdin=json.dumps(command))


def register(home: str, code: str) -> None:
    ran = record_source(home, code)
    assert ran.code == 0, ran.out + ran.err


def checkpoint(home: str, *options: str) -> dict[str, object]:
    ran = run("checkpoint", "--ledger", home, "--json", *options)
    assert ran.code == 0, ran.err
    found: dict[str, object] = json.loads(ran.out)
    return found


def test_init_makes_a_key_for_its_owner_alone_and_shows_the_other_half(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    ran = run("init", str(folder), "--origin", "bureau.example/relief", "--lang", "zh")
    key = read_settings(folder).verifier_key
    assert key.startswith("bureau.example/relief+")
    assert key in ran.out.replace("\n", "")
    (secret,) = folder.glob("checkpoint-*.key")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert secret.read_text().startswith("PRIVATE+KEY+")


@pytest.mark.parametrize("name", ["with space", "with+plus", ""])
def test_an_origin_that_no_note_can_carry_is_refused(tmp_path: Path, name: str) -> None:
    ran = run("init", str(tmp_path / "new"), "--origin", name or " ", "--lang", "en")
    assert ran.code == 1
    assert "name" in ran.err


def test_an_import_ends_with_a_checkpoint(demo: Demo) -> None:
    settings = read_settings(Path(demo.ledger))
    key = parse_verifier_key(settings.verifier_key)
    notes = sorted((settings.checkpoint_folder / key.key_id.hex()).glob("*.checkpoint"))
    found = [open_checkpoint(n.read_bytes(), key).checkpoint for n in notes]
    answer = json.loads(run("roster", "--ledger", demo.ledger, "--json").out)
    assert found[-1].size == answer["as_at"]


def test_a_checkpoint_is_the_answers_root(home: str) -> None:
    register(home, "bank")
    made = checkpoint(home)
    answer = json.loads(run("roster", "--ledger", home, "--json").out)
    assert (made["size"], made["root"]) == (answer["as_at"], answer["root"])
    assert made["origin"] == "bureau.example/relief"
    again = checkpoint(home)
    assert again == made
    assert checkpoint(home, "--heads")["size"] == 3


def test_an_older_copy_refuses_and_says_what_to_do_and_a_new_origin_goes_on(home: str) -> None:
    register(home, "bank")
    database = Path(home) / "ledger.sqlite"
    yesterday = database.read_bytes()
    register(home, "insurer")
    old = checkpoint(home)
    database.write_bytes(yesterday)
    refused = [run(c, "--ledger", home, "--lang", "zh") for c in ("roster", "checkpoint")]
    for ran in (*refused, record_source(home, "other")):
        assert ran.code == 1
        assert "new-origin" in ran.err
    assert run("new-origin", "--ledger", home, stdin="n\n").code == 1
    ran = run("new-origin", "--ledger", home, "--yes", "--origin", "bureau.example/second")
    assert ran.code == 0, ran.err
    made = checkpoint(home)
    assert made["origin"] == "bureau.example/second"
    assert made["size"] == 3  # the two entries that were left, and the one that says so
    ran = run("roster", "--ledger", home, "--lang", "en")
    assert ran.code == 0, ran.err
    kept = sorted(p.name for p in (Path(home) / "checkpoints").iterdir())
    assert len(kept) == 2  # the old origin's checkpoints stay
    assert old["verifier_key"] in (Path(home) / FILE).read_text("utf-8")  # type: ignore[operator]
    register(home, "insurer")
    assert checkpoint(home)["size"] == 4  # said once


def test_a_new_origin_that_was_stopped_half_way_is_stated_before_anything_is_signed(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(home, "bank")
    with monkeypatch.context() as patch:

        def stopped(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(new_origin, "opened", stopped)
        with pytest.raises(KeyboardInterrupt):
            new_origin.begin(Path(home), "bureau.example/second")
    made = checkpoint(home)
    assert made["origin"] == "bureau.example/second"
    assert made["size"] == 3


def test_without_its_key_nothing_is_signed_and_the_entries_stand(home: str) -> None:
    (secret,) = Path(home).glob("checkpoint-*.key")
    text = secret.read_text()
    secret.unlink()
    ran = record_source(home, "bank")
    assert ran.code == 1
    assert "signing key" in ran.err
    secret.write_text(text)
    secret.chmod(0o644)
    assert "chmod 600" in run("checkpoint", "--ledger", home, "--lang", "en").err
    secret.chmod(0o600)
    assert checkpoint(home)["size"] == 2


def test_an_older_ledger_without_a_key_goes_on_and_gets_one_by_a_new_origin(home: str) -> None:
    path = Path(home) / FILE
    text = path.read_text("utf-8")
    start, end = text.index("[checkpoints]"), text.index("[figures]")
    path.write_text(text[:start] + text[end:], "utf-8")
    register(home, "bank")
    assert "new-origin" in run("checkpoint", "--ledger", home, "--lang", "en").err
    assert run("new-origin", "--ledger", home, "--yes").code == 0
    assert checkpoint(home)["size"] == 2


def test_tiles_are_the_tree_as_files(demo: Demo, tmp_path: Path) -> None:
    out = tmp_path / "public"
    for _ in range(2):  # the second time there is nothing to do
        ran = run("tiles", str(out), "--ledger", demo.ledger, "--entries")
        assert ran.code == 0, ran.err
    key = parse_verifier_key(read_settings(Path(demo.ledger)).verifier_key)
    found = open_checkpoint((out / "checkpoint").read_bytes(), key).checkpoint
    whole, rest = divmod(found.size, 256)
    names = [f"{n:03}" for n in range(whole)] + ([f"{whole:03}.p/{rest}"] if rest else [])
    hashes = b"".join((out / "tile" / "0" / n).read_bytes() for n in names)
    leaves = [hashes[i : i + 32] for i in range(0, len(hashes), 32)]
    assert root_of(leaves) == (found.size, found.root)
    entries = [
        e for n in names for e in unpack_entries((out / "tile" / "entries" / n).read_bytes())
    ]
    assert [leaf_hash(e) for e in entries] == leaves
    assert (out / "tile" / "0" / "000").stat().st_size == TILE_BYTES
    without = tmp_path / "hashes"
    assert run("tiles", str(without), "--ledger", demo.ledger).code == 0
    assert not (without / "tile" / "entries").exists()


def test_witnesses_of_the_settings_are_asked_and_one_that_is_down_is_named(home: str) -> None:
    register(home, "bank")
    witness = SigningKey.generate("witness.example", COSIGNATURE)
    gone = SigningKey.generate("gone.example", COSIGNATURE)
    path = Path(home) / FILE
    with running(parse_verifier_key(read_settings(Path(home)).verifier_key), witness) as address:
        tables = "".join(
            f'\n[[witnesses]]\nurl = "{url}"\nkey = "{key.verifier}"\n'
            for url, key in ((address, witness), ("http://127.0.0.1:9/", gone))
        )
        path.write_text(path.read_text("utf-8") + tables, "utf-8")
        ran = run("checkpoint", "--ledger", home, "--json", "--lang", "en")
    assert json.loads(ran.out)["witnesses"] == ["witness.example"]
    assert "gone.example" in ran.err
    assert checkpoint(home)["witnesses"] == ["witness.example"]
    shutil.rmtree(Path(home) / "checkpoints")
