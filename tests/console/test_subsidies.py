"""A sum for everybody in a program on a day: once each, beside the entitlement, in a batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from console.subsidies import SubsidyOrder, pay_all
from domain.events import UNBORN, PersonDied, Suspended
from domain.refusals import BatchMismatch
from domain.wording import BadValue
from ledger.clock import FixedClock
from tests.console.conftest import run
from tests.console.test_adjusting import CLOCK, ON, County, county, difference

__all__ = ["county"]

ORDER = SubsidyOrder("dibao", "price_subsidy", 2_100, "person", "2024-03", ON, "JG-2024-03")


def test_everybody_who_is_in_gets_a_line_for_his_persons(county: County) -> None:
    one, _ = county.case(difference(30_000))
    three, _ = county.case(difference(30_000, 3), persons=3)
    done = pay_all(county.relief, ORDER)
    assert (done.lines, done.persons, done.fen, done.batch) == (2, 4, 8_400, "JG-2024-03")
    sums = [
        line.authorized.amount_fen for c in (one, three) for line in county.load(c).lines().values()
    ]
    assert sums == [2_100, 6_300]
    prepared = county.batch("JG-2024-03")
    assert prepared is not None
    assert (prepared.line_count, prepared.total_fen) == (2, 8_400)


def test_it_is_no_part_of_the_entitlement(county: County) -> None:
    household, people = county.case(difference(30_000))
    county.pay(household, people[0], "2024-03", base=70_000)
    pay_all(county.relief, ORDER)
    assert county.load(household).excesses("dibao") == []
    assert county.due(household, "2024-03") == {"base": 70_000}


def test_the_same_again_pays_nobody_twice(county: County) -> None:
    county.case(difference(30_000))
    pay_all(county.relief, ORDER)
    before = county.relief.entries.head()
    again = pay_all(county.relief, ORDER)
    assert (again.lines, again.already, again.batch) == (0, 1, "")
    other = pay_all(county.relief, replace(ORDER, batch="JG-2"))
    assert [c.reason for c in other.cannot] == ["paid_already"]
    assert county.relief.entries.head() == before


def test_who_came_in_after_the_batch_was_prepared_needs_another(county: County) -> None:
    county.case(difference(30_000))
    pay_all(county.relief, ORDER)
    county.case(difference(20_000))
    with pytest.raises(BatchMismatch):
        pay_all(county.relief, ORDER)
    assert pay_all(county.relief, replace(ORDER, batch="JG-2")).lines == 1


def test_one_off_sums_may_come_several_times_a_month(county: County) -> None:
    county.case(difference(30_000, 2), persons=2)
    order = replace(ORDER, kind="one_off", per="household", batch="A")
    assert pay_all(county.relief, order).fen == 2_100
    assert pay_all(county.relief, replace(order, batch="B")).lines == 1


def test_the_suspended_and_the_dead_are_listed(county: County) -> None:
    resting, _ = county.case(difference(30_000))
    county.report(resting, Suspended(UNBORN, "dibao", "not_cooperating"), date(2024, 2, 1))
    empty, people = county.case(difference(30_000))
    county.report(people[0], PersonDied(UNBORN), date(2024, 2, 1))
    done = pay_all(county.relief, ORDER)
    assert [(c.case_id, c.reason) for c in done.cannot] == [
        (resting, "suspended"),
        (empty, "nobody_left"),
    ]
    assert county.batch("JG-2024-03") is None


def test_a_dry_run_writes_nothing(county: County) -> None:
    county.case(difference(30_000))
    before = county.relief.entries.head()
    assert pay_all(county.relief, ORDER, dry_run=True).lines == 1
    assert county.relief.entries.head() == before


@pytest.mark.parametrize(
    "order",
    [replace(ORDER, kind="regular"), replace(ORDER, per="cow"), replace(ORDER, amount_fen=0)],
)
def test_what_is_no_such_sum_is_refused(county: County, order: SubsidyOrder) -> None:
    with pytest.raises(BadValue):
        pay_all(county.relief, order)


def test_the_command_tells_what_it_did_and_spending_shows_the_kind(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.wiring.SystemClock", lambda: FixedClock(CLOCK))
    county.case(difference(30_000, 2), persons=2)
    ledger = ("--ledger", str(county.folder))
    ran = run("pay-all", *ledger, "--program", "dibao", "--amount", "21.00", "--month", "2024-03",
              "--batch", "JG", "--on", "2024-04-01", "--csv", str(tmp_path / "l.csv"), "--lang", "en")  # fmt: skip
    assert ran.code == 0, ran.err
    assert "batch JG is prepared" in ran.out
    assert "42.00" in ran.out
    told = run("spending", *ledger, "--by", "kind", "--as-of", "2024-04-01", "--lang", "en")
    assert "price subsidy" in told.out
    shown = run("batches", "JG", *ledger, "--as-of", "2024-04-01", "--lang", "zh")
    assert "价格补贴" in shown.out
    assert run("batches", "none", *ledger).code == 1
