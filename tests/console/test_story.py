"""A household's story as a clerk reads it: through a split, a switch, a death reported two months
late, the recovery that follows, and an erasure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.console.conftest import run
from tests.console.test_household_commands import HEAD, NUMBERS, OTHER, SON, Bureau

BASE = [{"code": "base", "amount_fen": 80_000}]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bureau, str]:
    bureau = Bureau(tmp_path_factory.mktemp("story") / "ledger")
    case, new = bureau.case, str(uuid4())
    check: dict[str, Any] = {
        "household": case,
        "person_id": HEAD,
        "request": "R1",
        "result": "meets",
    }
    bureau.record("complete_cross_check", "2023-01-20", **check)
    bureau.record(
        "enroll", "2023-02-10", household=case, program="dibao", covered=[HEAD, SON],
        components=[{"code": "base", "amount_fen": 160_000}], effective_from="2023-03-01",
    )  # fmt: skip
    split(bureau, case, new)
    bureau.record(
        "switch_program", "2023-05-10", household=case, program="tekun", from_program="dibao",
        covered=[HEAD], components=[{"code": "base", "amount_fen": 150_000}],
        effective_from="2023-06-01",
    )  # fmt: skip
    line = pay(bureau, case)
    bureau.record("report_death", "2023-05-28", person=HEAD, reported_on="2023-07-30")
    bureau.record(
        "recall_payment", "2023-08-01", household=case, line_id=line, amount_fen=150_000,
        reason="death", due_on="2023-09-01",
    )  # fmt: skip
    bureau.record(
        "recover_payment", "2023-08-20", household=case, line_id=line, amount_fen=150_000,
        reason="death",
    )  # fmt: skip
    return bureau, new


def split(bureau: Bureau, case: str, new: str) -> None:
    text = {
        "command": "split", "household": case, "id": new, "on": "2023-04-20",
        "effective_from": "2023-05-01", "head_id": SON, "leaving": [SON], "staying": [HEAD],
        "reason": "marriage",
        "handed_over": [
            {"program": "dibao", "covered": [SON], "components": BASE, "remaining": BASE}
        ],
    }  # fmt: skip
    ran = run("record", "--ledger", str(bureau.folder), stdin=json.dumps(text))
    assert ran.code == 0, ran.err


def pay(bureau: Bureau, case: str) -> str:
    line = str(uuid4())
    bureau.record(
        "authorize_payment", "2023-06-05", household=case, line_id=line, batch_id=str(uuid4()),
        line_no=1, program="tekun", fund="county", amount_fen=150_000, beneficiary_id=HEAD,
        parts=[{"component": "base", "kind": "regular", "amount_fen": 150_000,
                "first_month": "2023-06", "last_month": "2023-06"}],
    )  # fmt: skip
    bureau.record("confirm_paid", "2023-06-08", household=case, line_id=line, amount_fen=150_000)
    return line


def test_the_story_is_told_in_sentences(told: tuple[Bureau, str]) -> None:
    bureau, new = told
    words = "".join(bureau.shown("case", bureau.case).split())
    for sentence in (
        f"分户:欧**…{tail(bureau, SON)}自2023-05-01起分出,另立户{new}",
        "由低保转入特困:保障金1,500.00元,自2023-06-01起发放;不计退出",
        "于2023-05-28死亡,2023-07-30上报",
        "责令退回1,500.00元:死亡,2023-09-01前",
        "已追回1,500.00元:死亡",
    ):
        assert sentence in words, words
    assert f"由户{bureau.case}分出" in "".join(bureau.shown("case", new).split())
    assert "no exit" in bureau.shown("case", bureau.case, lang="en")


def tail(bureau: Bureau, person: Any) -> str:
    from console.wiring import opened

    with opened(bureau.folder) as relief:
        number = person["identity_number"]
        return relief.ledger.people_for([number])[number].hex[-4:]


def test_roster_money_and_breaches_agree_with_the_story(told: tuple[Bureau, str]) -> None:
    bureau, new = told
    rows = bureau.ask("roster", "--rows", "--as-of", "2023-12-31")["roster"]["rows"]
    assert [(r["case_id"], r["program"]) for r in rows] == [(new, "dibao")]
    money = bureau.ask("spending", "--as-of", "2023-12-31")["spending"]["total"]
    assert (money["paid_fen"], money["recovered_fen"]) == (150_000, 150_000)
    moved = bureau.ask("movements", "--from", "2023-01-01", "--to", "2023-12-31")["movements"]
    assert (moved["new"], moved["exited"], moved["died"], moved["closing"]) == (2, 1, 1, 1)
    open_ = bureau.ask("procedures", "--as-of", "2023-08-10")["procedures"]["matters"]
    assert [(m["kind"], m["amount_fen"]) for m in open_] == [("recall", 150_000)]


def test_after_an_erasure_the_story_goes_on_without_the_name(
    told: tuple[Bureau, str], tmp_path: Path
) -> None:
    bureau, _ = told
    before = bureau.ask("figures", "--year", "2023")["figures"]
    number = tmp_path / "number"
    number.write_text(NUMBERS[0], "utf-8")
    ran = run(
        "erase", "--ledger", str(bureau.folder), "--number-file", str(number),
        "--reason", "retention_expired", "--yes",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    shown = bureau.shown("case", bureau.case)
    assert "的个人信息已删除" in "".join(shown.split())
    assert "已删除" in shown
    assert "欧阳雪" not in shown
    assert bureau.ask("figures", "--year", "2023")["figures"] == before
    assert OTHER["identity_number"] not in shown
