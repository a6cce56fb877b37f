"""Who is known only from a report is named in full by a later list, or by a correction."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from console.commands_json import command_from_json
from console.settings import read_settings
from console.wiring import OPERATOR, Relief, create
from domain.events import PersonCorrected
from domain.identity import check_digit
from domain.wording import BadValue
from intake.importing import import_file
from ledger.clock import FixedClock
from projections.moment import Moment
from projections.registry import Person, known_persons
from projections.store import Views
from tests.ledger.whole_log import assert_whole

FIRSTS = [f"3306811950010{n}000" for n in range(1, 4)]
ONE, TWO, THREE = (first + check_digit(first) for first in FIRSTS)
PAYMENTS = ["发放月份", "发放批次", "地区", "救助类别", "姓名", "身份证号码", "保障金(元)",
            "发放合计(元)", "发放日期"]  # fmt: skip
PAYMENT = ["2023-03", "B1", "暨阳街道", "低保", "欧阳雪", ONE, "800", "800", "2023-03-05"]
PEOPLE = ["身份证号", "姓名", "镇街", "登记日期"]


class Bureau:
    """A ledger in a folder, lists for it, and what is known of a number's person."""

    def __init__(self, folder: Path) -> None:
        create(folder / "ledger", "测试", clock=FixedClock())
        self.folder = folder
        self.relief = Relief(read_settings(folder / "ledger"), FixedClock())
        self.count = 0

    def list_(self, kind: str, header: list[str], *rows: list[str]) -> int:
        """Imports a list; returns how many entries it made."""
        self.count += 1
        path = self.folder / f"{self.count}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        context = self.relief.context()
        context.today = date(2026, 1, 1)
        result = import_file(path, context, kind=kind)
        assert result.problems == []
        return len([1 for e in self.events() if isinstance(e, PersonCorrected)])

    def events(self) -> list[Any]:
        return [r.event for r in self.relief.entries.read(0, self.relief.entries.head())]

    def record(self, **raw: Any) -> None:
        text = json.dumps(raw, sort_keys=True)
        self.relief.ledger.decide(command_from_json(raw, self.relief, text))

    def person(self, number: str) -> UUID:
        return self.relief.ledger.people_for([number])[number]

    def known(self, number: str) -> Person:
        views = Views(self.relief.views_engine)
        views.catch_up(self.relief.entries)
        at = self.relief.entries.head()
        with views.reading(at) as connection:
            person = self.person(number)
            return known_persons(connection, Moment(date(2026, 1, 1), at), [person])[person]

    def name(self, number: str) -> str:
        found = self.known(number)
        assert found.name is not None
        return self.relief.vault.unseal(found.person_id, found.event_id, "name", found.name)


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    found = Bureau(tmp_path)
    yield found
    assert_whole(found.relief.recorder)
    found.relief.close()


def test_a_list_that_names_somebody_in_full_resolves_him_once(bureau: Bureau) -> None:
    assert bureau.list_("payments", PAYMENTS, PAYMENT) == 0
    assert not bureau.known(ONE).resolved
    row = [ONE, "欧阳雪", "暨阳街道", "2023-01-02"]
    assert bureau.list_("people", PEOPLE, row) == 1
    assert bureau.known(ONE).resolved
    assert bureau.name(ONE) == "欧阳雪"
    assert bureau.list_("people", PEOPLE, row) == 1
    assert bureau.list_("households", ["户主身份证号", "所属街道", "户主姓名", "登记日期"], [ONE, "暨阳街道", "欧阳雪", "2023-01-02"]) == 1  # fmt: skip


def test_who_is_registered_in_full_is_not_corrected(bureau: Bureau) -> None:
    row = [ONE, "欧阳雪", "暨阳街道", "2023-01-02"]
    assert bureau.list_("people", PEOPLE, row) == 0
    assert bureau.list_("payments", PAYMENTS, PAYMENT) == 0
    assert bureau.known(ONE).resolved


def test_an_annulled_correction_leaves_him_unresolved_until_the_next_list(bureau: Bureau) -> None:
    row = [ONE, "欧阳雪", "暨阳街道", "2023-01-02"]
    bureau.list_("payments", PAYMENTS, PAYMENT)
    bureau.list_("people", PEOPLE, row)
    (corrected,) = [e for e in bureau.events() if isinstance(e, PersonCorrected)]
    bureau.relief.ledger.annul(
        corrected.meta.event_id, "mistake", on=date(2023, 5, 1), actor=OPERATOR, source="bureau"
    )
    assert not bureau.known(ONE).resolved
    assert bureau.list_("people", PEOPLE, row) == 2
    assert bureau.known(ONE).resolved


def test_a_corrected_number_finds_the_person_and_the_old_one_still_does(bureau: Bureau) -> None:
    bureau.list_("people", PEOPLE, [ONE, "欧阳雪", "暨阳街道", "2023-01-02"])
    person = bureau.person(ONE)
    bureau.record(
        command="correct_person", person=str(person), on="2023-05-01", resolved=True,
        identity_number=TWO, reason="wrong_number",
    )  # fmt: skip
    assert bureau.person(TWO) == bureau.person(ONE) == person
    assert bureau.name(TWO) == "欧阳雪"


def test_a_number_of_somebody_else_is_refused_with_the_way_out(bureau: Bureau) -> None:
    for number in (ONE, THREE):
        bureau.list_("people", PEOPLE, [number, "欧阳雪", "暨阳街道", "2023-01-02"])
    one, three = bureau.person(ONE), bureau.person(THREE)
    wrong = {"command": "correct_person", "person": str(one), "on": "2023-05-01", "resolved": True}
    with pytest.raises(BadValue, match="merge_person"):
        bureau.record(**wrong, identity_number=THREE)
    bureau.record(
        command="merge_person", person=str(three), on="2023-05-01", into_person_id=str(one)
    )
    bureau.record(**wrong, identity_number=THREE)
    assert bureau.person(THREE) == one
