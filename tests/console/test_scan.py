"""Every command is run, with everything logged, and what they write and print is scanned."""

from __future__ import annotations

import io
import json
import logging
import re
import shutil
import sqlite3
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from console.cli import app
from ledger.service import Ledger
from ledger.vault import Vault
from projections.store import Views
from tests.console.conftest import Demo, run
from tests.console.scanning import Scan, spelled
from tests.console.test_cli import secrets, villages

VAULT = ("vault", "master", "witness", "note-signing")
"""The vault and keys; nothing of them is read by the scan, but their names are."""
NOT_RUN = {
    "write": "runs until it is stopped",
    "migrate": "needs Kafka", "tail": "needs Kafka", "project": "needs Kafka",
    "dlq": "needs Kafka", "reconcile": "needs Kafka",
    "republish": "needs Kafka", "topics": "needs Kafka",
    "demo": "is what made the ledger", "simulate": "writes the clerk's own files",
}  # fmt: skip


@pytest.fixture(scope="session")
def scan(demo: Demo) -> Scan:
    public = {v.decode() for v in villages(demo)}
    hidden = {s for s in secrets(demo) if len(s) >= 3 and s not in public}
    for number in [s for s in hidden if re.fullmatch(r"\d{17}[\dX]", s)]:
        hidden |= spelled(number)
    made = Scan(hidden)
    assert len(made) > 1500
    return made


@pytest.fixture(scope="session")
def played(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo's ledger on which every command was run; outputs and logs beside it."""
    folder = tmp_path_factory.mktemp("played")
    shutil.copytree(demo.ledger, folder / "ledger")
    logged, said = io.StringIO(), [demo.ran.out, demo.ran.err]
    handler = logging.StreamHandler(logged)
    root, levels = logging.getLogger(), {}
    for name in ("", "sqlalchemy.engine", "sqlalchemy.pool"):
        levels[name] = logging.getLogger(name).level
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(handler)
    try:
        said += _everything(folder, demo)
    finally:
        root.removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    (folder / "said.txt").write_text("\n".join(said), "utf-8")
    (folder / "logged.txt").write_text(logged.getvalue(), "utf-8")
    assert len(logged.getvalue()) > 10_000
    return folder


def _everything(folder: Path, demo: Demo) -> Iterator[str]:
    for words, stdin in [*_questions(folder), *_writing(folder, demo), *_refused(folder, demo)]:
        ran = run(*words, cwd=folder, stdin=stdin)
        yield f"$ {words[0]} … → {ran.code}\n{ran.out}\n{ran.err}"
    yield from _broken(folder, demo)


def _questions(folder: Path) -> Iterator[tuple[list[str], str | None]]:
    ledger, case = ["--ledger", "ledger"], _case(folder)
    year = ["--from", "2023-01-01", "--to", "2023-12-31"]
    for words in (
        ["roster", "--rows"], ["roster", "--json", "--rows"], ["movements", *year],
        ["movements", *year, "--json"], ["spending", "--by", "month,program,fund,town"],
        ["case", case], ["case", case, "--json"], ["household", case], ["household", case, "--json"],
        ["figures", "--year", "2023"], ["figures", "--year", "2023", "--json"], ["doctor"],
        ["batches"], ["standards"], ["circumstances"], ["expiring", "--within", "365"], ["procedures"],
        ["tie-out", "--out", "tie-out.xlsx"], ["coverage", "--from", "2023-01", "--to", "2023-12"], ["rules"], ["verify"],
        ["sample", "--size", "20", "--seed", "s", "--out", "sample.xlsx"],
        ["explain", "roster", "persons", "--out", "persons.xlsx"],
        ["explain", "spending", "paid", "--rows", "50"], ["checkpoint"], ["receipt", "7"],
        ["receipt", "9"], ["replay"], ["asyncapi"],
        ["diff", "--as-at", "100", "--as-at", "900"], ["tiles", "tiles"],
    ):  # fmt: skip
        for lang in ("zh", "en"):
            there = [] if words[0] in ("rules", "asyncapi") else ledger
            yield [*words, *there, "--lang", lang], None


def _writing(folder: Path, demo: Demo) -> Iterator[tuple[list[str], str | None]]:
    ledger = ["--ledger", "ledger", "--lang", "zh"]
    person = _person(folder)
    for ending in ("xlsx", "html", "pdf", "zip", "json"):
        month, made = ["--month", "2023-11"], f"month.{ending}"
        yield ["report", "monthly", *month, "--out", made, *ledger], None
        yield ["verify-report", made, *ledger], None
    yield (
        ["report", "bank", "--from", "2023-01", "--to", "2023-12", "--out", "b.xlsx", *ledger],
        None,
    )
    yield ["report", "social-forces", "--out", "forces.html", *ledger], None
    yield ["bundle", "bundle.zip", *ledger], None
    yield ["verify-bundle", "bundle.zip", "--bodies", "--ledger", "ledger"], None
    clerk = folder / "clerk"
    clerk.mkdir(exist_ok=True)
    (clerk / "list-deaths.csv").write_text(
        f"姓名,身份证号码\n{_named(demo)[0]},{_named(demo)[1]}\n", "utf-8"
    )
    yield (
        [
            "match",
            "clerk/list-deaths.csv",
            "--list",
            "deaths",
            "--role",
            "auditor",
            "--reason",
            "audit",
            *ledger,
        ],
        None,
    )
    yield ["vault", "backup", "vault.copy", *ledger], None
    yield ["vault", "rotate-master-key", *ledger], None
    yield ["vault", "rotate-lookup-key", *ledger], None
    yield ["backup", "whole.backup", *ledger], None
    yield ["restore", "whole.backup", "restored", "--keys", "ledger", "--lang", "zh"], None
    yield ["erase", person, "--reason", "retention_expired", "--yes", *ledger], None
    yield ["template", "payments", "--out", "template.xlsx"], None
    yield ["expect", "payments", "--from", "2023-01-01", *ledger], None
    yield ["new-origin", "--origin", "elsewhere.example/relief", "--yes", *ledger], None
    yield ["init", "another", "--name", "某局"], None
    for file in sorted(demo.files.glob("*"))[:3]:
        yield ["import", str(file), *ledger], None


def _refused(folder: Path, demo: Demo) -> Iterator[tuple[list[str], str | None]]:
    """Refusals, of what a clerk might really hand in, names and numbers in it."""
    ledger = ["--ledger", "ledger", "--lang", "zh"]
    name, number = _named(demo)
    for command in (
        {"command": "register_person", "on": "2023-01-02", "identity_number": number, "name": name, "resolved": True},
        {"command": "exit", "household": {"identity_number": number}, "on": "2023-01-01", "program": "dibao", "reason": name},
        {"command": "enroll", "household": {"identity_number": number}, "on": "2022-01-01", "program": name, "covered": [{"identity_number": number}]},
        {"command": name}, {"command": "report_death", "person": {"identity_number": number[:-1]}, "on": number},
        {"command": "annul", "event_id": name, "reason": name},
        {"command": "annul", "event_id": "01890000-0000-7000-8000-000000000000", "reason": name},
        {name: number},
    ):  # fmt: skip
        yield ["record", *ledger], json.dumps(command, ensure_ascii=False)
    yield ["record", *ledger], f"{name},{number}"
    yield ["reveal", _person(folder), "--role", "auditor", *ledger], None
    yield ["reveal", _person(folder), "--reason", "audit", *ledger], None
    yield ["reveal", _person(folder), "--role", name, "--reason", name, *ledger], None
    yield ["erase", _person(folder), "--reason", f"{name}要求", *ledger], None
    yield ["roster", "--as-at", number, *ledger], None
    # Its own copy: the answer that is written beside it is the clerk's, and is not scanned.
    clerk = folder / "clerk"
    clerk.mkdir(exist_ok=True)
    (clerk / "list.csv").write_text(
        f"姓名,身份证号码,发放合计(元),账号\n{name},{number[:-1]}0,壹佰,{number}\n{name},3.30681E+17,1,2\n",
        "utf-8",
    )
    (clerk / "half.xlsx").write_bytes(next(demo.files.glob("*.xlsx")).read_bytes()[:3000])
    for file in ("list.csv", "half.xlsx", "none.csv"):
        yield ["import", f"clerk/{file}", *ledger], None


def _broken(folder: Path, demo: Demo) -> Iterator[str]:
    """Tracebacks: something fails deep inside while names and numbers are in hand."""
    file = str(next(demo.files.glob("*人员登记*")))
    for holder, method in (
        (Ledger, "report"),
        (Vault, "seal"),
        (Vault, "register"),
        (Views, "catch_up"),
    ):
        with pytest.MonkeyPatch.context() as patched:
            shutil.rmtree(folder / "fresh", ignore_errors=True)
            run("init", str(folder / "fresh"))
            patched.setattr(holder, method, _fails)
            for words in (["import", file, "--ledger", "fresh"], ["roster", "--ledger", "ledger"]):
                try:
                    ran = run(*words, cwd=folder)
                    yield ran.out + ran.err
                except RuntimeError:
                    yield traceback.format_exc()


def _fails(*_: object, **__: object) -> None:
    raise RuntimeError("the disk is full")


def _named(demo: Demo) -> tuple[str, str]:
    found = sorted(secrets(demo))
    number = next(s for s in found if re.fullmatch(r"\d{17}[\dX]", s))
    name = next(s for s in found if re.fullmatch("[一-鿿]{3}", s))
    return name, number


def _case(folder: Path) -> str:
    return _stream(folder, "relief.registry.HouseholdFormed")


def _person(folder: Path) -> str:
    return _stream(folder, "relief.registry.PersonRegistered")


def _stream(folder: Path, topic: str) -> str:
    with sqlite3.connect(folder / "ledger/ledger.sqlite") as db:
        (raw,) = db.execute("SELECT stream_id FROM entries WHERE topic = ? LIMIT 1", [topic]).fetchone()  # fmt: skip
    db.close()
    return (
        f"{raw.hex()[:8]}-{raw.hex()[8:12]}-{raw.hex()[12:16]}-{raw.hex()[16:20]}-{raw.hex()[20:]}"
    )


@pytest.mark.slow
def test_no_command_gives_anything_personal_away(played: Path, scan: Scan) -> None:
    assert scan.leaks(played, (*VAULT, "list.csv", "half.xlsx", "list-", "half-")) == {}


@pytest.mark.slow
def test_every_command_was_run_and_most_got_through(played: Path) -> None:
    said = (played / "said.txt").read_text("utf-8")
    ran = dict.fromkeys(re.findall(r"^\$ (\S+) … → 0$", said, re.M))
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    tried = set(re.findall(r"^\$ (\S+) … → \d$", said, re.M))
    assert tried >= known - set(NOT_RUN) - {
        "match",
        "pay-all",
        "adjust-all",
        "verify-bundle",
        "verify-receipt",
    }
    assert "Traceback" in said
    assert len(ran) > 25


# -- it finds what it looks for -------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("before", [b"", b"x", b"\xff\x00\x01"])
def test_a_planted_leak_is_found_in_every_encoding(encoding: str, before: bytes) -> None:
    scan = Scan(["欧阳雪", *spelled("330681195001010006"), "浙江省诸暨市枫桥镇枫源村12号"])
    for leak in (
        "欧阳雪",
        "330681195001010006",
        "1950-01-01",
        "1950年1月1日",
        "浙江省诸暨市枫桥镇枫源村12号",
    ):
        blob = before + f"|{leak}|".encode(encoding) + b"\x00tail"
        assert scan.found(blob), (leak, encoding)
    assert not scan.found(before + "诸葛孔明 330681195001010104".encode(encoding))


def test_a_leak_in_an_archive_a_name_or_a_free_page_is_found(tmp_path: Path) -> None:
    scan = Scan(["欧阳雪"])
    assert scan.leaks(tmp_path) == {}
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", "x" * 5000 + "欧阳雪")
    (tmp_path / "关于欧阳雪.txt").write_bytes(b"")
    with sqlite3.connect(tmp_path / "b.sqlite") as db:
        db.execute("PRAGMA secure_delete=OFF")
        db.execute("CREATE TABLE t (a TEXT)")
        db.executemany("INSERT INTO t VALUES (?)", [("欧阳雪" + "y" * 900,)] * 50)
        db.commit()
        db.execute("DELETE FROM t")
    db.close()
    (tmp_path / "vault.sqlite").write_text("欧阳雪", "utf-8")
    assert set(scan.leaks(tmp_path, ("vault",))) == {"a.zip", "关于欧阳雪.txt", "b.sqlite"}
