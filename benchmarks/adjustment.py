"""Raises the standard for everybody: 50,000 cases of a program, three months of arrears each."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from benchmarks.payments import plain_inserts
from console.adjusting import Adjustment, Order, adjust_all
from console.answers import caught_up
from console.wiring import BUREAU, OPERATOR, Relief, create, opened
from domain.events import (
    UNBORN,
    Component,
    Enrolled,
    HouseholdFormed,
    PaymentAuthorized,
    PaymentPart,
    StandardAdopted,
)
from domain.standards import DIFFERENCE, GRADE, PER_PERSON
from ledger.commands import Command, Draft
from ledger.ids import new_id
from projections.moment import Moment

MONTHS = ("2024-01", "2024-02", "2024-03")
TOWNS = [f"330681{n:03d}" for n in (1, 2, 3, 4, 5, 102, 103, 104, 106, 108, 109, 110)]
SLICE = 4000
OLD = {("base", ""): 100_000, ("base", "A"): 80_000, ("supplement", ""): 20_000}


def standards() -> Iterator[Command]:
    """Two versions: base by difference, base by grade, a supplement per person."""
    for n, ((component, grade), fen) in enumerate(OLD.items()):
        stream = new_id()
        for version, since, factor in (
            ("2023", date(2023, 1, 1), 100),
            ("2024", date(2024, 1, 1), 110),
        ):
            event = StandardAdopted(UNBORN, "dibao", component, version, fen * factor // 100, grade)
            yield Command(
                ("standard", str(n), version),
                "",
                [Draft(event, stream, since, since)],
                OPERATOR,
                BUREAU,
            )


def case(n: int) -> Command:
    """A household in 低保 since 2023: two of three by difference, the third by grade; every fourth
    with a supplement; paid what it was due for three months."""
    household, head, town = new_id(), new_id(), TOWNS[n % len(TOWNS)]
    if n % 3:
        income = 10_000 + n % 500 * 100
        due = [Component("base", 100_000 - income, DIFFERENCE, None, "2023", "", 1, income)]
    else:
        due = [Component("base", 80_000, GRADE, None, "2023", "A", 1)]
    if n % 4 == 0:
        due.append(Component("supplement", 20_000, PER_PERSON, head, "2023", "", 1))
    decided, since = date(2023, 1, 10), date(2023, 2, 1)
    drafts = [
        Draft(HouseholdFormed(UNBORN, head, True, town, "", 1), household, decided),
        Draft(Enrolled(UNBORN, "dibao", (head,), tuple(due), town), household, decided, since),
    ]
    for number, month in enumerate(MONTHS, 1):
        parts = tuple(PaymentPart(c.code, "regular", c.amount_fen, month, month) for c in due)
        line = PaymentAuthorized(
            UNBORN, new_id(), UUID(int=number), n + 1, "dibao", "county",
            sum(c.amount_fen for c in due), parts, head, None, town,
        )  # fmt: skip
        drafts.append(Draft(line, household, date(2024, number, 10)))
    return Command(("case", str(n)), "", drafts, OPERATOR, BUREAU)


def fill(relief: Relief, cases: int) -> None:
    """The ledger before the new standard, and its views level with it."""
    relief.ledger.report(list(standards()))
    made = (case(n) for n in range(cases))
    while part := list(islice(made, SLICE)):
        relief.ledger.report(part)
    with caught_up(relief, Moment(date(2024, 4, 1), relief.entries.head())):
        pass


def order() -> Order:
    """Decided in April, from January on."""
    return Order("dibao", "2024", "2024-01", date(2024, 4, 1))


def timed(relief: Relief, *, dry_run: bool = False) -> tuple[float, Adjustment]:
    """Seconds, and what became of it."""
    began = time.perf_counter()
    done = adjust_all(relief, order(), dry_run=dry_run)
    return time.perf_counter() - began, done


def run(cases: int = 50_000) -> None:
    """Prints the figures."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        plain = plain_inserts(folder, 2 * cases)
        print(f"bare SQLite inserts, {2 * cases:,} rows: {plain:.2f} s")
        create(folder / "ledger", "benchmark", synthetic=True)
        with opened(folder / "ledger") as relief:
            began = time.perf_counter()
            fill(relief, cases)
            print(f"set-up, {cases:,} cases paid three months: {time.perf_counter() - began:.1f} s")
            took, done = timed(relief, dry_run=True)
            print(
                f"planned only: {took:.1f} s ({done.adjusted:,} cases, {done.arrears_lines:,} lines)"
            )
            took, done = timed(relief)
            events = done.receipt.events
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(
                f"planned and decided: {took:.1f} s; {events:,} events, {cases / took:,.0f} cases/s;"
                f" {took / plain:.0f} x bare inserts; peak memory {peak} MB"
            )
            took, done = timed(relief)
            print(
                f"the same again, views caught up with it: {took:.1f} s, {done.receipt.events} events"
            )


if __name__ == "__main__":
    run()
