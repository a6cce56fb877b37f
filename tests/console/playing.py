"""Every command of the program is run, on a copy of the demo, with everything logged.

What it writes, prints and logs is kept for the scan (`test_scan`, `test_scan_kafka`). Two
connections stay open meanwhile, so that what SQLite writes ahead of its files is still there.
"""

from __future__ import annotations

import io
import json
import logging
import re
import shutil
import sqlite3
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.main import get_command

from console.cli import app
from ledger.service import Ledger
from ledger.vault import Vault
from projections.store import Views
from tests.console.conftest import Demo, Ran, run
from tests.console.test_cli import secrets

CLERK = "clerk"
"""What clerks bring and get back, names and all: the folder's files are not scanned."""
NEWCOMERS = {"330681201905170003": "王芳", "330681196203140009": "欧阳雪琴"}
"""Registered while the commands are run; numbers of nobody (birth order 000)."""
ADDRESS, ACCOUNT = "枫源村王芳家旁", "6200000000000990017"
WORDS = "王芳本人来窗口说明情况"
"""A clerk's own words, sealed wherever they are given."""
REPORTED = ("xlsx", "html", "pdf", "zip", "json")
PRIVATE = ("reveal",)
"""Commands whose output is a person's data, for whom it was recorded before."""


@dataclass
class Played:
    """What was run, and what came of it."""

    folder: Path
    ran: list[tuple[str, Ran]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    logged: set[str] = field(default_factory=set)
    """Lines."""

    def run(self, *words: str, stdin: str | None = None) -> Ran:
        ran = run(*words, cwd=self.folder, stdin=stdin)
        command = command_of(words)
        self.ran.append((command, ran))
        out = "" if command in PRIVATE else ran.out
        self.said.append(f"$ {command} → {ran.code}\n{out}\n{ran.err}")
        return ran

    def all(self, commands: Iterable[list[str]], *more: str) -> None:
        for words in commands:
            self.run(*words, *more)

    @property
    def well(self) -> set[str]:
        """The commands that got through at least once: done, or done with findings."""
        return {c for c, ran in self.ran if ran.code == 0 or (ran.code == 1 and "as_at" in ran.out)}


def every_command() -> set[str]:
    """`roster`, `vault backup`, …: all that the program has."""
    return set(_leaves(get_command(app), ""))


def _leaves(command: object, path: str) -> Iterator[str]:
    under = getattr(command, "commands", None)
    if not under:
        yield path.strip()
        return
    for name, each in under.items():
        yield from _leaves(each, f"{path} {name}")


def command_of(words: Iterable[str]) -> str:
    """The command that an invocation is of."""
    found = list(words)[:2]
    return " ".join(found) if " ".join(found) in _COMMANDS else found[0]


_COMMANDS = every_command()


@contextmanager
def logged(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[io.StringIO]:
    """Everything that anything logs; and temporary files go where the scan finds what is left."""
    (folder / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
    text, levels = io.StringIO(), {}
    handler = logging.StreamHandler(text)
    root = logging.getLogger()
    for name in ("", "sqlalchemy.engine", "sqlalchemy.pool"):
        levels[name] = logging.getLogger(name).level
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(handler)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def held_open(ledger: Path) -> Iterator[None]:
    """A reader of each database, from now on: what is written after this stays in the -wal."""
    with ExitStack() as stack:
        for name in ("ledger.sqlite", "views.sqlite"):
            db = stack.enter_context(closing(sqlite3.connect(ledger / name)))
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield


def play(played: Played, demo: Demo) -> None:
    """All that needs no Kafka."""
    folder = played.folder
    (folder / CLERK).mkdir()
    questions(played)
    records(played)
    writing(played, demo)
    findings(played)
    refused(played, demo)
    played.said += broken(folder, demo)


def questions(played: Played) -> None:
    """What only reads; what prints for people, in both languages."""
    case = stream(played.folder, "relief.registry.HouseholdFormed")
    year = ["--from", "2023-01-01", "--to", "2023-12-31"]
    ledger = ("--ledger", "ledger", "--lang")
    for lang in ("zh", "en"):
        played.all([
            ["roster", "--rows"], ["movements", *year], ["case", case], ["household", case],
            ["spending", "--by", "month,program,fund,town"], ["figures", "--year", "2023"],
            ["doctor"], ["batches"], ["standards"], ["circumstances"], ["procedures"],
            ["expiring", "--within", "365"], ["verify"],
            ["coverage", "--from", "2023-01", "--to", "2023-12"],
            ["explain", "spending", "paid", "--rows", "50"],
        ], *ledger, lang)  # fmt: skip
        played.run("rules", "--lang", lang)
    played.all([
        ["roster", "--json", "--rows"], ["movements", *year, "--json"], ["case", case, "--json"],
        ["household", case, "--json"], ["figures", "--year", "2023", "--json"],
        ["tie-out", "--out", "tie-out.xlsx"],
        ["sample", "--size", "20", "--seed", "s", "--out", "sample.xlsx"],
        ["explain", "roster", "persons", "--out", "persons.xlsx", "--receipts", "why"],
        ["explain", "movements", "new", *year], ["explain", "figures", "banks", "--year", "2023"],
        ["checkpoint"], ["receipt", "9", "--out", "receipt.txt"], ["verify-receipt", "receipt.txt"],
        ["check", "--all"], ["check", "--json"],
        *(["report", "monthly", "--month", "2023-11", "--out", f"month.{e}"] for e in REPORTED),
        *(["verify-report", f"month.{e}"] for e in REPORTED),
        ["report", "bank", "--from", "2023-01", "--to", "2023-12", "--out", "bank.xlsx"],
        ["report", "social-forces", "--out", "forces.html"],
        ["report", "findings", "--out", "findings.json"],
        ["replay"], ["diff", "--as-at", "100", "--as-at", "900"], ["tiles", "tiles"],
    ], *ledger, "zh")  # fmt: skip
    played.run("asyncapi")


def commands() -> Iterator[dict[str, object]]:
    """Commands that are recorded, with names, numbers, accounts and words in all that is sealed."""
    (child, name), (parent, other) = NEWCOMERS.items()
    one, case = {"identity_number": parent}, {"household": {"identity_number": parent}}
    for said in (
        {"command": "register_person", "identity_number": child, "name": name, "resolved": True},
        {"command": "register_person", "identity_number": parent, "name": other, "resolved": True},
        {"command": "form_household", "head_id": one, "town": "330681001", "resolved": True,
         "address": ADDRESS, "account": ACCOUNT},
        {"command": "join_member", **case, "relation": "child", "circumstances": WORDS,
         "person_id": {"identity_number": child}, "remark": WORDS},
        {"command": "discover_need", "number": "X1", "person_id": one, "channel": "visit",
         "kind": "living", "detail": WORDS, "basis": "reported"},
        {"command": "receive_application", **case, "program": "dibao", "applicant_id": one},
        {"command": "visit_home", **case, "investigators": ["W1"], "conclusion": "agrees",
         "head_id": one, "signed": True, "record": WORDS, "basis": "reported"},
        {"command": "raise_warning", **case, "kind": "income", "person_id": one, "details": WORDS,
         "basis": "reported"},
        {"command": "correct_person", "person": one, "name": other, "resolved": True},
        {"command": "adopt_standard", "program": "dibao", "component": "base", "area": "county",
         "version": "2024年低保标准", "amount_fen": 120_000, "effective_from": "2023-07-01"},
    ):  # fmt: skip
        yield {"on": "2023-06-20", **said}


def records(played: Played) -> None:
    """Commands recorded, with everything in them that is sealed; then looked at by who may."""
    ledger = ("--ledger", "ledger", "--lang", "zh")
    for command in commands():
        ran = played.run("record", *ledger, stdin=json.dumps(command, ensure_ascii=False))
        assert ran.code == 0, ran.err
    child, parent = NEWCOMERS
    (played.folder / CLERK / "number.txt").write_text(child, "utf-8")
    by = ("--role", "auditor", *ledger)
    played.run("reveal", "-", "--reason", WORDS, *by, stdin=parent)
    played.run("reveal", "--number-file", f"{CLERK}/number.txt", "--reason", "audit", "--json", *by)
    case = stream(played.folder, "relief.registry.HouseholdFormed")
    played.run("reveal", case, "--reason", "audit", *by)


def writing(played: Played, demo: Demo) -> None:
    """What writes files and events."""
    ledger = ("--ledger", "ledger", "--lang", "zh")
    person, (name, number) = stream(played.folder, "relief.registry.PersonRegistered"), named(demo)
    (played.folder / CLERK / "deaths.csv").write_text(
        f"姓名,身份证号码\n{name},{number}\n", "utf-8"
    )
    files = [str(f) for f in sorted(demo.files.glob("*"))[:3]]
    played.all([
        ["bundle", "bundle.zip"], ["verify-bundle", "bundle.zip", "--bodies"],
        ["match", f"{CLERK}/deaths.csv", "--list", "deaths", "--role", "auditor",
         "--reason", "audit", "--out", "hits.xlsx"],
        ["adjust-all", "--program", "dibao", "--standard", "2024年低保标准", "--from", "2023-07",
         "--on", "2023-12-20", "--csv", "adjusted.csv"],
        ["pay-all", "--program", "dibao", "--amount", "21", "--month", "2023-12", "--batch", "JG",
         "--on", "2023-12-20", "--csv", "paid.csv"],
        ["vault", "backup", "vault.copy"],
        ["erase", person, "--reason", "retention_expired", "--yes"],
        ["vault", "restore", "vault.copy"], ["vault", "rotate-master-key"],
        ["vault", "rotate-lookup-key"],
        ["backup", "whole.backup"], ["expect", "payments", "--from", "2023-01-01"],
        ["new-origin", "--origin", "elsewhere.example/relief", "--yes"],
        *(["import", file] for file in files),
    ], *ledger)  # fmt: skip
    played.run("restore", "whole.backup", "restored", "--keys", "ledger", "--lang", "zh")
    played.run("erase", "-", "--reason", "retention_expired", "--yes", *ledger, stdin=number)
    played.all([
        ["template", "payments", "--out", "template.xlsx"],
        ["init", "another", "--name", "某局"], ["simulate", f"{CLERK}/files", "--scale", "0.005"],
    ])  # fmt: skip


def findings(played: Played) -> None:
    """Findings raised, and every turn of their life, with words of the clerk's own."""
    ledger = ("--ledger", "ledger", "--lang", "zh")
    played.run("check", "--record", *ledger)
    listed = json.loads(run("findings", "list", "--json", *ledger, cwd=played.folder).out)
    named_ones = [f for f in listed["findings"] if f["person_ids"]]
    one, two, three = (f["finding_id"] for f in named_ones[:3])
    by = ("--by", "W7")
    for finding in (one, two, three):
        played.run("findings", "assign", finding, *by, "--to", "W8", "--due", "2099-01-01", *ledger)
    said = ("--remark", WORDS, *ledger)
    played.run("findings", "confirm", one, *by, "--measure", "recover", *said)
    played.run("findings", "clear", two, *by, "--reason", "lawful", *said)
    allowed = ("--approved-by", "W9", "--reason", "trifling")
    played.run("findings", "override", three, "--by", "W8", *allowed, *said)
    played.run("findings", "list", *ledger)
    played.run("findings", "show", one, *ledger)


def refused(played: Played, demo: Demo) -> None:
    """Refusals, of what a clerk might really hand in, names and numbers in it."""
    ledger = ("--ledger", "ledger", "--lang", "zh")
    name, number = named(demo)
    parent = list(NEWCOMERS)[1]
    for command in (
        {"command": "register_person", "on": "2023-01-02", "identity_number": number, "name": name, "resolved": True},
        {"command": "exit", "household": {"identity_number": number}, "on": "2023-01-01", "program": "dibao", "reason": name},
        {"command": "enroll", "household": {"identity_number": number}, "on": "2022-01-01", "program": name, "covered": [{"identity_number": number}]},
        {"command": "visit_home", "household": {"identity_number": parent}, "on": "2023-06-21", "investigators": ["W1"], "conclusion": "agrees", "signed": True, "record": name},
        {"command": name}, {"command": "report_death", "person": {"identity_number": number[:-1]}, "on": number},
        {"command": "annul", "event_id": name, "reason": name},
        {"command": "annul", "event_id": "01890000-0000-7000-8000-000000000000", "reason": name},
        {name: number},
    ):  # fmt: skip
        played.run("record", *ledger, stdin=json.dumps(command, ensure_ascii=False))
    played.run("record", *ledger, stdin=f"{name},{number}")
    person = stream(played.folder, "relief.registry.PersonRegistered")
    clerk = played.folder / CLERK
    (clerk / "list.csv").write_text(
        f"姓名,身份证号码,发放合计(元),账号\n{name},{number[:-1]}0,壹佰,{number}\n{name},3.30681E+17,1,2\n",
        "utf-8",
    )
    (clerk / "half.xlsx").write_bytes(next(demo.files.glob("*.xlsx")).read_bytes()[:3000])
    played.all([
        ["reveal", person, "--role", "auditor"], ["reveal", person, "--reason", "audit"],
        ["reveal", person, "--role", name, "--reason", name],
        ["erase", person, "--reason", f"{name}要求"], ["roster", "--as-at", number],
        *(["import", f"{CLERK}/{file}"] for file in ("list.csv", "half.xlsx", "none.csv")),
    ], *ledger)  # fmt: skip


def broken(folder: Path, demo: Demo) -> Iterator[str]:
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


def named(demo: Demo) -> tuple[str, str]:
    found = sorted(secrets(demo))
    number = next(s for s in found if re.fullmatch(r"\d{17}[\dX]", s))
    name = next(s for s in found if re.fullmatch("[一-鿿]{3}", s))
    return name, number


def stream(folder: Path, topic: str) -> str:
    with sqlite3.connect(folder / "ledger/ledger.sqlite") as db:
        (raw,) = db.execute("SELECT stream_id FROM entries WHERE topic = ? LIMIT 1", [topic]).fetchone()  # fmt: skip
    db.close()
    return (
        f"{raw.hex()[:8]}-{raw.hex()[8:12]}-{raw.hex()[12:16]}-{raw.hex()[16:20]}-{raw.hex()[20:]}"
    )
