"""`household`, `circumstances`, `expiring`, `procedures`: through a split, a switch and more, as a
clerk records them and an auditor asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.identity import check_digit
from tests.console.conftest import run

FIRSTS = [f"3306811950010{n}000" for n in range(1, 4)]
NUMBERS = [first + check_digit(first) for first in FIRSTS]
HEAD, SON, OTHER = ({"identity_number": n} for n in NUMBERS)


class Bureau:
    """A ledger of one family, and short ways to record and to ask."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        assert run("init", str(folder), "--lang", "en").code == 0
        for n, name in zip(NUMBERS, ("欧阳雪", "欧阳明", "诸葛亮"), strict=True):
            self.record(
                "register_person", "2023-01-02", identity_number=n, name=name, resolved=True
            )
        self.case = self.form(HEAD, town="330681001")
        self.record(
            "join_member",
            "2023-01-02",
            household=self.case,
            person_id=SON,
            relation="child",
            effective_from="2023-01-02",
        )

    def form(self, head: Any, **more: Any) -> str:
        self.record("form_household", "2023-01-02", head_id=head, **more)
        return str(self.said["stream"])

    def record(self, command: str, on: str, code: int = 0, **fields: Any) -> str:
        text = json.dumps({"command": command, "on": on, **fields}, ensure_ascii=False)
        ran = run("record", "--ledger", str(self.folder), "--json", "--lang", "en", stdin=text)
        assert ran.code == code, (command, ran.out, ran.err)
        if code:
            return ran.err
        event = json.loads(ran.out)["event_ids"][0]
        self.said = {"stream": self.stream_of(event)}
        return str(event)

    def stream_of(self, event: str) -> str:
        from console.wiring import opened

        with opened(self.folder) as relief:
            position = relief.entries.head()
            recorded = relief.entries.read(position - 1, 1)[0]
            assert str(recorded.event.meta.event_id) == event
            return str(recorded.event.meta.stream_id)

    def ask(self, *words: str) -> Any:
        ran = run(*words, "--ledger", str(self.folder), "--json")
        assert ran.code == 0, ran.err
        assert "欧阳" not in ran.out
        return json.loads(ran.out)

    def shown(self, *words: str, lang: str = "zh") -> str:
        ran = run(*words, "--ledger", str(self.folder), "--lang", lang)
        assert ran.code == 0, ran.err
        assert not any(number in ran.out for number in NUMBERS)
        return ran.out


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    return Bureau(tmp_path_factory.mktemp("bureau") / "ledger")


def test_the_household_on_two_days_and_as_known_before(bureau: Bureau) -> None:
    bureau.record(
        "member_away",
        "2023-03-01",
        household=bureau.case,
        person_id=SON,
        reason="enlisted",
        effective_from="2023-03-05",
        expected_back="2025-03-01",
    )
    found = bureau.ask("household", bureau.case, "--as-of", "2023-03-05")["household"]
    assert [m["relation"] for m in found["members"]] == ["head", "child"]
    assert found["members"][1]["away"]["reason"] == "enlisted"
    before = bureau.ask("household", bureau.case, "--as-of", "2023-03-04")["household"]
    assert before["members"][1]["away"] is None
    known = bureau.ask("household", bureau.case, "--as-of", "2023-03-05", "--as-at", "6")
    assert known["household"]["members"][1]["away"] is None
    shown = bureau.shown("household", bureau.case, "--as-of", "2023-03-05")
    assert "欧**" in shown or "欧阳*" in shown
    assert "参军" in shown
    assert "enlisted" in bureau.shown("circumstances", "--as-of", "2023-03-05", lang="en")


def test_an_unknown_household_is_said_so(bureau: Bureau) -> None:
    nobody = "00000000-0000-7000-8000-000000000001"
    assert bureau.ask("household", nobody)["household"] is None
    assert "no such household" in bureau.shown("household", nobody, lang="en")
    ran = run("household", "x", "--ledger", str(bureau.folder), "--lang", "en")
    assert (ran.code, "household's id" in ran.err) == (2, True)


def test_an_application_that_waits_for_papers_and_a_warning_are_listed(bureau: Bureau) -> None:
    applied: dict[str, Any] = {"household": bureau.case, "program": "dibao", "applicant_id": HEAD}
    bureau.record("receive_application", "2023-04-03", **applied)
    (row,) = bureau.ask("procedures", "--open", "--as-of", "2023-04-03")["procedures"]["rows"]
    assert row["state"] == "received"
    bureau.record(
        "request_papers",
        "2023-04-04",
        household=bureau.case,
        application_id=row["application_id"],
        papers=["income"],
        due_on="2023-04-20",
    )
    bureau.record(
        "raise_warning", "2023-04-05", household=bureau.case, kind="in_need", due_on="2023-04-10"
    )
    found = bureau.ask("procedures", "--case", bureau.case, "--as-of", "2023-04-21")["procedures"]
    assert found["open_matters"] == {"papers": 1, "warning": 1}
    assert found["overdue"] == 2
    shown = bureau.shown("procedures", "--open", "--as-of", "2023-04-21")
    assert "待补正" in shown
    assert "预警未处置" in shown


def test_a_limited_status_is_listed_before_it_ends(bureau: Bureau) -> None:
    case = bureau.form(OTHER, town="330681001")
    check: dict[str, Any] = {
        "household": case,
        "person_id": OTHER,
        "request": "R1",
        "result": "meets",
    }
    bureau.record("complete_cross_check", "2023-05-02", **check)
    bureau.record(
        "enroll",
        "2023-05-10",
        household=case,
        program="dibao",
        covered=[OTHER],
        components=[{"code": "base", "amount_fen": 80000}],
        effective_from="2023-06-01",
        until="2023-12-01",
    )
    found = bureau.ask("expiring", "--within", "31", "--as-of", "2023-11-10")["expiring"]
    assert [(r["case_id"], r["until"]) for r in found["rows"]] == [(case, "2023-12-01")]
    assert bureau.ask("expiring", "--as-of", "2023-05-10")["expiring"]["rows"] == []
    assert "2023-12-01" in bureau.shown("expiring", "--as-of", "2023-11-10")


def test_words_that_nobodys_key_would_seal_are_refused(tmp_path: Path) -> None:
    bureau = Bureau(tmp_path / "ledger")
    visit: dict[str, Any] = {"household": bureau.case, "investigators": ["W1"], "conclusion": "agrees",
             "signed": True, "basis": "reported", "record": "欧阳雪在家"}  # fmt: skip
    told = bureau.record("visit_home", "2023-02-01", code=2, **visit)
    assert "head_id" in told
    assert "欧阳" not in told
