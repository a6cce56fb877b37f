"""A new standard for everybody: by each case's own method, judged as single decisions are."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from console.adjusting import Adjustment, Order, adjust_all
from console.wiring import BUREAU, OPERATOR, Relief, create, opened
from domain.case import CaseFile
from domain.entitlement import excesses
from domain.events import (
    DECIDED,
    UNBORN,
    Actor,
    BatchPrepared,
    Component,
    Enrolled,
    EntitlementAdjusted,
    Event,
    Exited,
    HomeVisited,
    HouseholdFormed,
    PaymentAuthorized,
    PaymentPart,
    PersonDied,
    PersonRegistered,
    StandardAdopted,
)
from domain.judgement import judge
from domain.refusals import BatchMismatch
from domain.standards import DIFFERENCE, FIXED, GRADE, PER_PERSON
from domain.wording import BadValue
from ledger.clock import FixedClock
from ledger.commands import Command, Draft
from ledger.ids import new_id
from ledger.planned import record_planned
from tests.console.conftest import run
from tests.ledger.whole_log import assert_whole

ON = date(2024, 4, 1)
CLOCK = 1_711_900_800_000_000  # 2024-04-01, noon or so, UTC
ORDER = Order("dibao", "2024", "2024-01", ON)


@dataclass
class County:
    """A ledger in 2024 and short ways to put cases into it."""

    relief: Relief
    folder: Path

    def report(self, stream: UUID, event: Event, on: date, since: date | None = None) -> None:
        command = Command((new_id().hex,), "", [Draft(event, stream, on, since)], OPERATOR, BUREAU)
        self.relief.ledger.report([command])

    def standard(self, component: str, old: int, new: int, grade: str = "", area: str = "") -> None:
        drafts, stream = [], new_id()
        for version, fen in (("2023", old), ("2024", new)):
            event = StandardAdopted(UNBORN, "dibao", component, version, fen, grade, area)
            since = date(int(version), 1, 1)
            drafts.append(Draft(event, stream, since, since))
        self.relief.ledger.report([Command((stream.hex,), "", drafts, OPERATOR, BUREAU)])

    def case(
        self, *components: Component, persons: int = 1, since: date = date(2023, 2, 1)
    ) -> tuple[UUID, list[UUID]]:
        """A household in 低保 since 2023; a component of the person …0 is the head's."""
        household, people = new_id(), [new_id() for _ in range(persons)]
        drafts = [Draft(PersonRegistered(UNBORN, True), person, since) for person in people]
        formed = HouseholdFormed(UNBORN, people[0], True, "330681001", "", persons)
        own = tuple(
            replace(c, person_id=people[0]) if c.method == PER_PERSON else c for c in components
        )
        enrolled = Enrolled(UNBORN, "dibao", tuple(people), own, "330681001")
        drafts += [Draft(formed, household, since), Draft(enrolled, household, since, since)]
        self.relief.ledger.report([Command((household.hex,), "", drafts, OPERATOR, BUREAU)])
        return household, people

    def pay(self, household: UUID, head: UUID, month: str, **parts: int) -> UUID:
        line = new_id()
        paid = tuple(PaymentPart(c, "regular", fen, month, month) for c, fen in parts.items())
        event = PaymentAuthorized(
            UNBORN, line, UUID(int=int(month[5:])), 1, "dibao", "county", sum(parts.values()),
            paid, head, None, "330681001",
        )  # fmt: skip
        self.report(household, event, date(2024, int(month[5:]), 10))
        return line

    def adjust(self, order: Order = ORDER, *, dry_run: bool = False) -> Adjustment:
        return adjust_all(self.relief, order, dry_run=dry_run)

    def load(self, household: UUID) -> CaseFile:
        case = self.relief.ledger.load(household)
        assert isinstance(case, CaseFile)
        return case

    def due(self, household: UUID, month: str) -> dict[str, int]:
        return dict(self.load(household).entitlement("dibao").due(month))

    def arrears(self, household: UUID) -> list[PaymentPart]:
        return [
            p
            for line in self.load(household).standing(PaymentAuthorized)
            for p in line.parts
            if p.kind == "back_payment"
        ]

    def batch(self, number: str) -> BatchPrepared | None:
        stream = self.relief.ledger.find("batch", [number]).get(number)
        return self.relief.ledger.load(stream).last(BatchPrepared) if stream else None


def difference(income: int, persons: int | None = 1, version: str = "2023") -> Component:
    fen = (100_000 - income) * (persons or 1)
    return Component("base", fen, DIFFERENCE, None, version, "", persons, income)


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    create(tmp_path / "l", "某县", clock=FixedClock(CLOCK))
    with opened(tmp_path / "l", FixedClock(CLOCK)) as relief:
        county = County(relief, tmp_path / "l")
        county.standard("base", 100_000, 110_000)
        county.standard("base", 80_000, 88_000, grade="A")
        county.standard("supplement", 20_000, 22_000)
        yield county
        _assert_judged(county)
        assert_whole(relief.recorder)


def _assert_judged(county: County) -> None:
    """Whatever was decided in bulk, the judge of single decisions would have allowed."""
    streams = {r.event.meta.stream_id for r in county.relief.entries.read(0, 10_000)
               if isinstance(r.event, (EntitlementAdjusted, PaymentAuthorized))
               and r.event.meta.basis == DECIDED}  # fmt: skip
    for stream in streams:
        case = CaseFile(stream)
        for recorded in county.relief.entries.stream(stream):
            if recorded.event.meta.basis == DECIDED:
                assert judge(recorded.event, case, county.relief.ledger.book) == []
            case.apply(recorded.event)


# -- new amounts ----------------------------------------------------------------------------------


def test_each_case_is_reckoned_by_its_own_method(county: County) -> None:
    by_income, _ = county.case(difference(30_000, 2), persons=2)
    by_grade, _ = county.case(Component("base", 80_000, GRADE, None, "2023", "A", 1))
    with_more, _ = county.case(
        difference(0), Component("supplement", 20_000, PER_PERSON, None, "2023", "", 1)
    )
    done = county.adjust()
    assert (done.adjusted, done.cannot, done.remarks) == (3, [], [])
    assert county.due(by_income, "2024-01") == {"base": 160_000}
    assert county.due(by_grade, "2024-01") == {"base": 88_000}
    assert county.due(with_more, "2024-02") == {"base": 110_000, "supplement": 22_000}
    assert county.due(by_income, "2023-12") == {"base": 140_000}


def test_the_decision_names_standard_method_and_what_it_was_reckoned_with(county: County) -> None:
    household, _ = county.case(difference(30_000))
    county.adjust(replace(ORDER, document="民〔2024〕1号", approved_by=Actor("a-1", "approver")))
    decided = county.load(household).last(EntitlementAdjusted)
    assert decided is not None
    assert decided.components == (
        Component("base", 80_000, DIFFERENCE, None, "2024", "", 1, 30_000),
    )
    assert (decided.reason, decided.meta.document) == ("standard_changed", "民〔2024〕1号")
    assert str(decided.meta.effective_from) == "2024-01-01"
    assert decided.meta.rule_version


def test_the_standard_of_the_own_area_comes_before_the_countys(county: County) -> None:
    county.standard("base", 100_000, 120_000, area="330681001")
    household, _ = county.case(difference(30_000))
    county.adjust()
    assert county.due(household, "2024-01") == {"base": 90_000}


def test_a_change_since_the_month_is_reckoned_anew_with_its_own_income(county: County) -> None:
    household, _ = county.case(difference(30_000))
    poorer = EntitlementAdjusted(UNBORN, "dibao", (difference(10_000),), "income_changed")
    county.report(household, poorer, date(2024, 2, 20), date(2024, 3, 1))
    assert county.adjust().adjusted == 1
    assert county.due(household, "2024-02") == {"base": 80_000}
    assert county.due(household, "2024-03") == {"base": 100_000}


def test_who_came_in_after_the_month_is_adjusted_from_when_he_came(county: County) -> None:
    household, _ = county.case(difference(30_000), since=date(2024, 2, 15))
    county.adjust()
    assert county.due(household, "2024-01") == {}
    assert county.due(household, "2024-02") == {"base": 80_000}


def test_who_is_on_the_new_standard_already_is_left_alone(county: County) -> None:
    household, _ = county.case(
        Component("base", 80_000, DIFFERENCE, None, "2024", "", 1, 30_000), since=date(2024, 1, 5)
    )
    done = county.adjust()
    assert (done.adjusted, done.already) == (0, 1)
    assert county.load(household).last(EntitlementAdjusted) is None


def test_a_sum_that_rests_on_no_standard_is_not_concerned(county: County) -> None:
    county.case(Component("care", 50_000, FIXED))
    done = county.adjust()
    assert (done.adjusted, done.unaffected, done.cannot) == (0, 1, [])


# -- who cannot be adjusted ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("component", "reason"),
    [
        (Component("base", 70_000), "method_unknown"),
        (Component("base", 70_000, DIFFERENCE, None, "2023", "", 1), "income_unknown"),
        (Component("base", 140_000, DIFFERENCE, None, "2023", "", 2, 30_000), "persons_changed"),
        (Component("base", 70_001, DIFFERENCE, None, "2023", "", 1, 30_000), "amount_differs"),
        (Component("base", 5, DIFFERENCE, None, "", "", 1, 110_000), "nothing_left"),
    ],
)
def test_what_cannot_be_reckoned_is_listed_and_left_as_it_is(
    county: County, component: Component, reason: str
) -> None:
    other, _ = county.case(difference(30_000))
    household, _ = county.case(component)
    done = county.adjust()
    assert [(c.case_id, c.reason) for c in done.cannot] == [(household, reason)]
    assert county.load(household).last(EntitlementAdjusted) is None
    assert county.due(other, "2024-01") == {"base": 80_000}


def test_a_death_that_was_not_decided_on_is_no_matter_of_a_standard(county: County) -> None:
    household, people = county.case(difference(30_000, 2), persons=2)
    county.report(people[1], PersonDied(UNBORN), date(2024, 1, 20))
    done = county.adjust()
    assert [(c.case_id, c.reason) for c in done.cannot] == [(household, "persons_changed")]


def test_a_household_that_left_since_is_listed(county: County) -> None:
    household, _ = county.case(difference(30_000))
    county.report(household, Exited(UNBORN, "dibao", "voluntary"), date(2024, 2, 5))
    done = county.adjust()
    assert [(c.case_id, c.reason, c.month) for c in done.cannot] == [
        (household, "left_since", "2024-02")
    ]


def test_who_investigated_a_household_does_not_approve_its_adjustment(county: County) -> None:
    household, _ = county.case(difference(30_000))
    visit = HomeVisited(UNBORN, ("a-1", "a-2"), "meets")
    county.report(household, visit, date(2023, 1, 10))
    done = county.adjust(replace(ORDER, approved_by=Actor("a-1", "approver")))
    assert [c.reason for c in done.cannot] == ["same_person"]
    assert county.adjust(replace(ORDER, approved_by=Actor("a-9", "approver"))).adjusted == 1


def test_a_reduction_waits_until_the_household_was_heard(county: County) -> None:
    stream = county.relief.ledger.find("standard", ["dibao/base//"])["dibao/base//"]
    event = StandardAdopted(UNBORN, "dibao", "base", "2026", 90_000)
    county.report(stream, event, date(2024, 3, 1), date(2026, 8, 1))
    household, _ = county.case(difference(30_000))
    order = Order("dibao", "2026", "2026-08", date(2026, 8, 3))
    done = county.adjust(order, dry_run=True)
    assert [(c.case_id, c.reason) for c in done.cannot] == [(household, "not_heard")]


# -- arrears -------------------------------------------------------------------------------------


def test_months_paid_at_the_old_amount_become_one_line_of_arrears(county: County) -> None:
    household, people = county.case(difference(30_000))
    for month in ("2024-01", "2024-02", "2024-03"):
        county.pay(household, people[0], month, base=70_000)
    done = county.adjust()
    assert (done.arrears_lines, done.arrears_fen, done.batch) == (1, 30_000, "2024-2024-01-BF")
    assert county.arrears(household) == [
        PaymentPart("base", "back_payment", 30_000, "2024-03", "2024-01")
    ]
    prepared = county.batch(done.batch)
    assert prepared is not None
    assert (prepared.line_count, prepared.total_fen) == (1, 30_000)


def test_months_not_paid_yet_are_left_to_the_next_list(county: County) -> None:
    household, people = county.case(difference(30_000))
    county.pay(household, people[0], "2024-02", base=70_000)
    county.adjust()
    assert county.arrears(household) == [
        PaymentPart("base", "back_payment", 10_000, "2024-02", "2024-02")
    ]


def test_what_was_overpaid_is_neither_paid_on_nor_set_off(county: County) -> None:
    household, people = county.case(difference(30_000))
    county.pay(household, people[0], "2024-01", base=75_000)
    county.pay(household, people[0], "2024-02", base=70_000)
    done = county.adjust()
    assert done.adjusted == 1
    assert [(r.case_id, r.reason, r.month, r.fen) for r in done.remarks] == [
        (household, "overpaid", "2024-01", 5_000)
    ]
    assert county.arrears(household) == [
        PaymentPart("base", "back_payment", 10_000, "2024-02", "2024-02")
    ]


def test_what_a_month_lacked_before_stays_a_matter_of_its_own(county: County) -> None:
    household, people = county.case(difference(30_000))
    county.pay(household, people[0], "2024-01", base=60_000)
    county.adjust()
    assert sum(p.amount_fen for p in county.arrears(household)) == 10_000


def test_earlier_arrears_over_several_months_are_counted_in(county: County) -> None:
    household, people = county.case(difference(30_000))
    county.pay(household, people[0], "2024-02", base=70_000)
    back = PaymentPart("base", "back_payment", 840_000, "2024-01")
    event = PaymentAuthorized(UNBORN, new_id(), UUID(int=9), 1, "dibao", "county", 840_000,
                              (back,), people[0])  # fmt: skip
    county.report(household, event, date(2024, 1, 20))
    county.adjust()
    case = county.load(household)
    assert case.excesses("dibao") == []
    assert sum(p.amount_fen for p in county.arrears(household)) == 840_000 + 20_000


# -- again, stopped, overtaken --------------------------------------------------------------------


def test_the_same_again_records_nothing(county: County) -> None:
    household, people = county.case(difference(30_000))
    county.pay(household, people[0], "2024-01", base=70_000)
    county.adjust()
    before = county.relief.entries.head()
    again = county.adjust()
    assert (again.adjusted, again.already, again.batch) == (0, 1, "")
    assert county.relief.entries.head() == before


def test_a_dry_run_writes_nothing_and_says_the_same(county: County) -> None:
    household, people = county.case(difference(30_000))
    county.pay(household, people[0], "2024-01", base=70_000)
    before = county.relief.entries.head()
    planned = county.adjust(dry_run=True)
    assert county.relief.entries.head() == before
    done = county.adjust()
    assert (planned.adjusted, planned.arrears_fen) == (done.adjusted, done.arrears_fen)


def test_a_run_that_was_stopped_goes_on_where_it_was(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [county.case(difference(n * 1_000)) for n in range(5)]
    for household, people in cases:
        county.pay(household, people[0], "2024-01", base=county.due(household, "2024-01")["base"])
    monkeypatch.setattr("ledger.planned.APPEND_COMMANDS", 2)
    real, calls = county.relief.recorder.append, list[int]()

    def append(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(county.relief.recorder, "append", append)
    with pytest.raises(KeyboardInterrupt):
        county.adjust()
    assert county.batch("2024-2024-01-BF") is None
    done = county.adjust()
    assert (done.adjusted, done.already) == (1, 4)
    prepared = county.batch("2024-2024-01-BF")
    assert prepared is not None
    assert (prepared.line_count, prepared.total_fen) == (5, 50_000)


def test_a_run_that_was_stopped_before_the_totals_prepares_the_batch(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    household, people = county.case(difference(30_000))
    county.pay(household, people[0], "2024-01", base=70_000)
    with monkeypatch.context() as patch:
        patch.setattr("console.bulk_batch.BulkBatch.prepare", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            county.adjust()
    assert county.batch("2024-2024-01-BF") is None
    assert county.adjust().batch == "2024-2024-01-BF"


def test_a_case_that_went_on_meanwhile_is_planned_anew(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    household, _ = county.case(difference(30_000))
    other, _ = county.case(difference(20_000))
    real, calls = record_planned, list[int]()

    def meanwhile(*args: object, **kwargs: object) -> object:
        if not calls:
            poorer = EntitlementAdjusted(UNBORN, "dibao", (difference(10_000),), "income_changed")
            county.report(household, poorer, date(2024, 3, 20), date(2024, 3, 1))
        calls.append(1)
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("console.adjusting.record_planned", meanwhile)
    done = county.adjust()
    assert (len(calls), done.left_over) == (2, 0)
    assert county.due(household, "2024-03") == {"base": 100_000}
    assert county.due(other, "2024-03") == {"base": 90_000}


def test_what_is_adjusted_later_goes_into_a_batch_of_its_own(county: County) -> None:
    household, people = county.case(difference(30_000))
    county.pay(household, people[0], "2024-01", base=70_000)
    county.adjust()
    second, people = county.case(difference(20_000))
    county.pay(second, people[0], "2024-01", base=80_000)
    assert county.adjust().batch == "2024-2024-01-BF-2"
    third, people = county.case(difference(10_000))
    county.pay(third, people[0], "2024-01", base=90_000)
    with pytest.raises(BatchMismatch):
        county.adjust(replace(ORDER, batch="2024-2024-01-BF"))


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (replace(ORDER, version="2030"), "there are: 2023, 2024"),
        (replace(ORDER, first="2023-12"), "not in 2023-12"),
        (replace(ORDER, version="2023"), "not in 2024-01"),
        (replace(ORDER, program="tekun"), "no standard 2024"),
    ],
)
def test_a_standard_that_does_not_hold_then_is_refused(
    county: County, order: Order, said: str
) -> None:
    with pytest.raises(BadValue) as refused:
        county.adjust(order)
    assert said in refused.value.en
    assert refused.value.zh


def test_the_command_lists_on_screen_and_in_a_file_what_it_could_not_adjust(
    county: County, tmp_path: Path
) -> None:
    household, _ = county.case(Component("base", 70_000))
    county.case(difference(30_000))
    arguments = ("adjust-all", "--ledger", str(county.folder), "--program", "dibao",
                 "--standard", "2024", "--from", "2024-01", "--on", "2024-04-01")  # fmt: skip
    path = tmp_path / "list.csv"
    ran = run(*arguments, "--dry-run", "--csv", str(path), "--lang", "zh")
    assert ran.code == 1, ran.err
    assert str(household) in ran.out
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert rows[1][0] == str(household)
    assert rows[1][2] == "method_unknown"
    said = json.loads(run(*arguments, "--dry-run", "--json").out)
    assert (said["adjusted"], len(said["cannot"])) == (1, 1)
    assert run(*arguments, "--dry-run", "--csv", str(path)).code == 1
    bad = run("adjust-all", "--ledger", str(county.folder), "--program", "medical",
              "--standard", "2024", "--from", "2024-01", "--lang", "en")  # fmt: skip
    assert (bad.code, "pays no month" in bad.err) == (2, True)


def test_the_sum_of_all_lines_never_goes_beyond_what_is_due(county: County) -> None:
    for n in range(6):
        household, people = county.case(difference(n * 3_000))
        county.pay(household, people[0], "2024-01", base=100_000 - n * 3_000 - (n % 3) * 500)
        county.pay(household, people[0], "2024-02", base=100_000 - n * 3_000 + (n % 2) * 700)
        before = county.load(household)
        excess = sum(e.excess_fen for e in before.excesses("dibao"))
        county.adjust()
        after = county.load(household)
        entitlement = after.entitlement("dibao")
        assert sum(e.excess_fen for e in after.excesses("dibao")) <= excess
        assert excesses(entitlement, []) == []
