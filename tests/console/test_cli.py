"""The command line as people use it: every command run, every refusal said, nothing personal shown."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
from base64 import b64decode
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.main import get_command

from console.cli import app
from console.names import unnamed_topics
from domain.identity import check_digit
from intake.checking import check_file
from intake.kinds import KINDS
from ledger import event_catalog
from tests.console.conftest import SCALE, Demo, Ran, run, run_process

ROOT = Path(__file__).parents[2]
DAY = date(2026, 1, 1)
README = (ROOT / "README.md").read_text("utf-8")


def test_every_command_is_in_the_readme() -> None:
    for name in get_command(app).commands:  # type: ignore[attr-defined]
        assert f"`{name}" in README or f"relief-ledger {name}" in README, name
    for kind in KINDS:
        assert kind in README


def test_the_catalogue_of_events_is_not_stale() -> None:
    assert event_catalog.PATH.read_text("utf-8") == event_catalog.text()


def test_every_event_has_a_chinese_name() -> None:
    assert unnamed_topics() == []


# -- the demo ---------------------------------------------------------------------------------


def expected(demo: Demo) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((demo.files / "expected.json").read_text("utf-8"))
    return found


def answer(demo: Demo, *arguments: str) -> dict[str, Any]:
    ran = run(*arguments, "--ledger", demo.ledger, "--json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    assert {"as_of", "as_at", "root"} <= set(found)
    return found


def test_the_ledger_finds_the_figures_that_the_files_hold(demo: Demo) -> None:
    found = answer(demo, "figures", "--year", "2023", "--as-of", "2024-06-27")
    assert len(b64decode(found["root"])) == 32
    wanted = expected(demo)["figures"]
    assert {k: found["figures"][k] for k in wanted} == wanted


def test_the_roster_is_that_of_the_files(demo: Demo) -> None:
    for day, wanted in expected(demo)["roster"].items():
        found = answer(demo, "roster", "--as-of", day)["roster"]
        for program in ("dibao", "tekun", "dibao_edge"):
            persons = sum(g["persons"] for g in found["groups"] if g["program"] == program)
            assert persons == wanted["by_program"][program]["persons"], (day, program)


def test_spending_is_that_of_the_files(demo: Demo) -> None:
    rows = answer(demo, "spending", "--by", "month,program,fund", "--as-of", "2024-06-27")
    found = {
        (r["month"], r["program"], r["fund"]): r["sums"]["authorized_fen"]
        for r in rows["spending"]["rows"]
    }
    wanted = {
        (month, program, fund): sums["authorized_fen" if "authorized_fen" in sums else "authorized"]
        for month, programs in expected(demo)["payments"].items()
        for program, funds in programs.items()
        for fund, sums in funds.items()
    }
    assert found == wanted


def test_the_demo_says_that_it_is_synthetic_and_what_to_try_next(demo: Demo) -> None:
    assert "合成数据" in demo.ran.out
    assert "synthetic" in run("roster", "--ledger", demo.ledger, "--lang", "en").out
    assert "relief-ledger figures" in demo.ran.out


def test_an_answer_is_the_same_bytes_again(demo: Demo) -> None:
    command = ("spending", "--ledger", demo.ledger, "--json", "--as-of", "2024-06-27")
    first = run(*command).out
    for file in Path(demo.ledger).glob("views.sqlite*"):
        file.unlink()
    assert run(*command).out == first


def test_a_question_as_at_an_earlier_position_sees_what_was_known_then(demo: Demo) -> None:
    now = answer(demo, "roster", "--as-of", "2024-06-27")
    then = answer(demo, "roster", "--as-of", "2024-06-27", "--as-at", "500")
    assert then["as_at"] >= 500
    assert then["as_at"] < now["as_at"]
    assert then["roster"]["persons"] < now["roster"]["persons"]


def test_importing_the_same_files_again_records_nothing(demo: Demo) -> None:
    files = sorted(str(p) for p in demo.files.iterdir() if p.suffix in (".csv", ".xlsx"))[:20]
    ran = run("import", *files, "--ledger", demo.ledger, "--json")
    assert ran.code == 0, ran.err
    for line in ran.out.splitlines():
        assert json.loads(line)["recorded"] == 0


def test_a_dry_run_writes_nothing(demo: Demo, tmp_path: Path) -> None:
    run("init", str(tmp_path / "l"))
    before = {p.name: p.read_bytes() for p in (tmp_path / "l").iterdir() if p.suffix == ".sqlite"}
    file = next(demo.files.glob("*低保家庭*"))
    ran = run("import", str(file), "--ledger", str(tmp_path / "l"), "--dry-run", "--lang", "zh")
    assert (ran.code, "试运行" in ran.out) == (0, True)
    after = {p.name: p.read_bytes() for p in (tmp_path / "l").iterdir() if p.suffix == ".sqlite"}
    assert after == before


def test_the_doctor_finds_the_demo_well_and_an_altered_entry_ill(
    demo: Demo, tmp_path: Path
) -> None:
    assert run("doctor", "--ledger", demo.ledger).code == 0
    copy = tmp_path / "copy"
    shutil.copytree(demo.ledger, copy)
    with sqlite3.connect(copy / "ledger.sqlite") as db:
        db.execute("UPDATE entries SET recorded_at = recorded_at - 1 WHERE position = 400")
    db.close()
    ran = run("doctor", "--ledger", str(copy), "--lang", "en")
    assert ran.code == 1
    assert "entry 400" in ran.out


# -- nothing personal ---------------------------------------------------------------------------


@lru_cache(maxsize=1)
def rows_of(demo: Demo) -> list[tuple[str, Any]]:
    """Kind of file and row, of every row of the demo's files, as the importer reads them."""
    found = []
    manifest = json.loads((demo.files / "manifest.json").read_text("utf-8"))
    for entry in manifest["files"]:
        checked = check_file(demo.files / entry["path"], DAY, entry["kind"])
        found += [(entry["kind"], numbered.row) for numbered in checked.rows]
    return found


def secrets(demo: Demo) -> set[str]:
    """Every name, number, account and address in the demo's files, as the importer reads them."""
    fields = ("name", "head_name", "id_number", "head_id", "account", "account_name", "address",
              "certificate_no", "content", "record", "approved_by", "proposed_by")  # fmt: skip
    found: set[str] = set()
    for kind, row in rows_of(demo):
        if kind in ("providers", "projects", "sources", "organizations"):
            continue
        for field in fields:
            value = getattr(row, field, None)
            if value:
                found.add(str(value))
        found.update(getattr(row, "investigators", None) or ())
    return found


def villages(demo: Demo) -> set[bytes]:
    """Names of villages: they stand in addresses, and may stand in events."""
    found: set[bytes] = set()
    for pattern, kind in (("*低保家庭*", "households"), ("*人员登记*", "people")):
        for path in demo.files.glob(pattern):
            rows = check_file(path, DAY, kind).rows
            found.update(n.row.village.encode() for n in rows if n.row.village)
    return found


def test_nothing_personal_leaves_the_vault(demo: Demo) -> None:
    hidden = {s for s in secrets(demo) if len(s) >= 3}
    assert len(hidden) > 500
    births = {s[6:14] for s in hidden if re.fullmatch(r"\d{17}[\dX]", s)}
    shown = [
        demo.ran.out,
        demo.ran.err,
        *(run(*c, "--ledger", demo.ledger).out for c in (
            ("roster", "--rows", "--as-of", "2024-06-27"),
            ("roster", "--rows", "--json"),
            ("movements", "--from", "2023-01-01", "--to", "2023-12-31", "--json"),
            ("figures", "--year", "2023", "--json"),
            ("doctor",),
        )),
    ]  # fmt: skip
    blobs = {"output": "\n".join(shown).encode()}
    for file in (f for f in Path(demo.ledger).rglob("*") if f.is_file()):
        assert not any(s in file.name for s in hidden)
        if not file.name.startswith(("vault", "master")):
            blobs[file.name] = file.read_bytes()
    assert {"ledger.sqlite", "views.sqlite"} <= set(blobs)
    in_public = villages(demo)
    for name, blob in blobs.items():
        # What is personal is Chinese or digits: only such runs of a file can hold any of it.
        runs = b"\n".join({*_CHINESE.findall(blob), *_DIGITS.findall(blob)})
        for secret in hidden:
            for part in _parts(secret):
                public = part in in_public and part != secret.encode()
                assert public or part not in runs, f"{name} holds something personal"
        if name == "output":
            assert not any(b.encode() in blob for b in births)


_CHINESE = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}|\xc2\xb7|\xf0[\xa0-\xaf][\x80-\xbf]{2}){2,}")
_DIGITS = re.compile(rb"[0-9X]{8,}")


def _parts(secret: str) -> list[bytes]:
    """The longest Chinese run and the longest run of digits of something personal."""
    raw = secret.encode()
    found = [max(p.findall(raw), key=len, default=b"") for p in (_CHINESE, _DIGITS)]
    return [f for f in found if len(f) >= 8] or [raw]


def test_the_scan_finds_what_it_looks_for() -> None:
    blob = "….x欧阳雪丽\x00330681195001010006…".encode()
    runs = b"\n".join({*_CHINESE.findall(blob), *_DIGITS.findall(blob)})
    for secret in ("欧阳雪", "330681195001010006"):
        assert all(part in runs for part in _parts(secret))
    assert not any(part in runs for part in _parts("诸葛孔明"))


def test_the_vault_itself_holds_no_plain_number_either(demo: Demo) -> None:
    numbers = {s for s in secrets(demo) if re.fullmatch(r"\d{17}[\dX]", s)}
    blob = (Path(demo.ledger) / "vault.sqlite").read_bytes()
    assert numbers
    assert not any(n.encode() in blob for n in numbers)


# -- recording and refusing -----------------------------------------------------------------------

FIRST = "33068119500101000"
NUMBER = FIRST + check_digit(FIRST)


@pytest.fixture
def bureau(tmp_path: Path) -> Path:
    folder = tmp_path / "bureau"
    assert run("init", str(folder), "--name", "某县民政局").code == 0
    return folder


def record(folder: Path, **command: Any) -> Ran:
    return run(
        "record", "--ledger", str(folder), "--json", "--lang", "en", stdin=json.dumps(command)
    )


def household(folder: Path) -> None:
    person = record(folder, command="register_person", on="2023-01-02", resolved=True,
                    identity_number=NUMBER, name="欧阳雪")  # fmt: skip
    assert person.code == 0, person.err
    head = {"identity_number": NUMBER}
    formed = record(
        folder, command="form_household", on="2023-01-02", head_id=head, town="330681001"
    )
    assert formed.code == 0, formed.err


def enroll(folder: Path, **more: Any) -> Ran:
    head = {"identity_number": NUMBER}
    return record(folder, command="enroll", household=head, on="2023-02-10", program="dibao",
                  effective_from="2023-03-01", covered=[head],
                  components=[{"code": "base", "amount_fen": 80_000}], **more)  # fmt: skip


def test_a_decision_is_refused_with_its_own_code_and_recorded_once_it_holds(bureau: Path) -> None:
    household(bureau)
    refused = enroll(bureau)
    assert refused.code == 1
    assert "[no_check_before_enrollment]" in refused.err
    head = {"identity_number": NUMBER}
    check = record(bureau, command="complete_cross_check", household=head, on="2023-01-20",
                   person_id=head, request="R1", result="meets")  # fmt: skip
    assert check.code == 0, check.err
    done = enroll(bureau)
    assert done.code == 0, done.err
    event_id = json.loads(done.out)["event_ids"][0]
    assert json.loads(enroll(bureau).out)["already"] == 1
    annulled = record(bureau, command="annul", event_id=event_id, reason="mistake", on="2023-03-01")
    assert annulled.code == 0, annulled.err
    before = json.loads(done.out)["last_position"]
    ledger = ("--ledger", str(bureau), "--as-of", "2023-02-28", "--json")
    assert json.loads(run("roster", *ledger).out)["roster"]["persons"] == 0
    then = run("roster", *ledger, "--as-at", str(before))
    assert json.loads(then.out)["roster"]["persons"] == 1


def test_a_case_is_told_with_what_was_annulled(bureau: Path) -> None:
    household(bureau)
    done = enroll(bureau, urgent=True)
    assert done.code == 0, done.err
    record(bureau, command="annul", event_id=json.loads(done.out)["event_ids"][0], reason="mistake",
           on="2023-03-01")  # fmt: skip
    listed = run(
        "roster", "--ledger", str(bureau), "--as-of", "2023-02-28", "--as-at", "4", "--rows"
    )
    case_id = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", listed.out)
    assert case_id is not None
    assert "欧**" in listed.out or "欧阳*" not in listed.out
    told = run("case", case_id[0], "--ledger", str(bureau), "--lang", "zh")
    assert "批准救助" in told.out
    assert "撤销" in told.out
    assert "欧阳雪" not in told.out


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", 2),
        ("[]", 2),
        ('{"command": "fly"}', 2),
        ('{"command": "enroll"}', 2),
        ('{"command": "annul", "event_id": "x", "reason": "y"}', 2),
        ('{"command": "annul", "event_id": "01890000-0000-7000-8000-000000000000", "reason": "mistake"}', 1),
        ('{"command": "report_death", "person": {"identity_number": "123"}, "on": "2023-01-01"}', 2),
        ('{"command": "exit", "household": "01890000-0000-7000-8000-000000000000", "on": "2023-01-01", "program": "dibao", "reason": "x", "wings": 2}', 2),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_understood_is_refused(bureau: Path, text: str, code: int) -> None:
    ran = run("record", "--ledger", str(bureau), "--lang", "en", stdin=text)
    assert ran.code == code
    assert ran.err.strip()
    assert "Traceback" not in ran.err


def test_a_list_with_errors_records_nothing_and_names_all_of_them(
    bureau: Path, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            [
                "发放月份",
                "发放批次",
                "地区",
                "救助类别",
                "姓名",
                "身份证号码",
                "保障金(元)",
                "发放合计(元)",
            ]
        )
        writer.writerow(["2023-01", "B1", "暨阳街道", "低保", "欧阳雪", NUMBER, "800", "800"])
        writer.writerow(["2023.1", "B1", "某街道", "低保", "欧阳雪", "3.30681E+17", "1.234", "800"])
    ran = run("import", str(path), "--ledger", str(bureau), "--json")
    assert ran.code == 1
    said = json.loads(ran.out)
    assert said["recorded"] == 0
    assert {(p["row"], p["column"]) for p in said["problems"]} == {
        (3, "发放月份"), (3, "地区"), (3, "身份证号码"), (3, "保障金(元)")
    }  # fmt: skip
    assert "欧阳雪" not in ran.out


def test_facts_that_break_rules_are_recorded_and_listed(bureau: Path, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    header = "发放月份,发放批次,地区,救助类别,姓名,身份证号码,保障金(元),发放合计(元)\n"
    path.write_text(header + f"2023-01,B1,暨阳街道,低保,欧阳雪,{NUMBER},800,800\n", "utf-8")
    ran = run("import", str(path), "--ledger", str(bureau), "--lang", "zh")
    assert ran.code == 0
    assert "not_entitled" in ran.out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_no_ledger_is_said_so(tmp_path: Path, lang: str) -> None:
    ran = run_process("roster", "--ledger", str(tmp_path), "--lang", lang)
    assert ran.code == 1
    assert "init" in ran.err


def test_init_overwrites_nothing(bureau: Path) -> None:
    assert run("init", str(bureau)).code == 1


def test_the_demo_empties_no_folder_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", "utf-8")
    ran = run("demo", str(tmp_path), "--scale", SCALE)
    assert ran.code == 2
    assert (tmp_path / "thesis.txt").read_text("utf-8") == "mine"


def test_a_wrong_master_key_opens_nothing(bureau: Path) -> None:
    (bureau / "master.key").write_bytes(bytes(32))
    ran = run("import", str(ROOT / "README.md"), "--ledger", str(bureau), "--lang", "en")
    assert ran.code == 1
    (bureau / "master.key").chmod(0o644)
    assert "chmod 600" in run("doctor", "--ledger", str(bureau), "--lang", "en").out


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_template_that_explains_itself(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.xlsx"
    assert run("template", kind, "--out", str(path)).code == 0
    book = openpyxl.load_workbook(path)
    headers = [c.value for c in book.worksheets[0][1]]
    assert headers == [c.spec.zh for c in KINDS[kind].columns if c.spec.in_template]
    guide = book["填写说明"]
    assert guide.max_row == len(headers) + 1
    assert run("template", kind, "--out", str(path)).code == 1
    book.close()


def test_usage_errors_have_their_own_code(bureau: Path) -> None:
    assert run("figures", "--ledger", str(bureau)).code == 2
    assert run("template", "nothing").code == 2
    assert run("roster", "--ledger", str(bureau), "--as-at", "99").code == 2
    assert run("roster", "--ledger", str(bureau), "--as-of", "2023-02-30").code == 2
