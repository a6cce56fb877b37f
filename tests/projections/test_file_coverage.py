"""Which files were owed and came: by month and town, with what they hold, and what is missing."""

from __future__ import annotations

from dataclasses import replace

from domain.events import UNBORN, FileExpected, FileImported
from projections.file_coverage import FileCoverage, file_coverage
from tests.projections.builders import OTHER_TOWN, TOWN, Asking, WrittenLog


def owe(
    log: WrittenLog,
    since: str,
    every: str = "month",
    due_days: int = 10,
    towns: tuple[str, ...] = (),
    kind: str = "payments",
) -> int:
    event = FileExpected(UNBORN, "bureau", kind, every, due_days, towns)
    return log.add(event, log.new_id(), since, since)


def came(
    log: WrittenLog,
    on: str,
    months: tuple[str, ...],
    towns: tuple[str, ...] = (),
    kind: str = "payments",
    fen: int = 100,
) -> int:
    event = FileImported(UNBORN, kind, bytes(16), bytes(16), 2, months, towns, 1, 2, fen, 1, 2)
    return log.add(event, log.new_id(), on)


def ask(
    asking: Asking, first: str = "2023-01", last: str = "2023-06", as_of: str = "2024-01-01"
) -> FileCoverage:
    with asking.caught_up() as connection:
        return file_coverage(connection, asking.moment(as_of), first, last)


def states(found: FileCoverage) -> list[tuple[str, str, str]]:
    return [(o.period, o.town, o.state) for o in found.owed]


def test_a_month_without_a_file_is_missing(log: WrittenLog, asking: Asking) -> None:
    owe(log, "2023-01-01")
    one = came(log, "2023-01-12", ("2023-01",))
    came(log, "2023-03-12", ("2023-03",))
    found = ask(asking, last="2023-03")
    assert states(found) == [
        ("2023-01", "", "received"),
        ("2023-02", "", "missing"),
        ("2023-03", "", "received"),
    ]
    assert (found.received, found.missing, found.not_due) == (2, 1, 0)
    assert found.owed[0].positions == (one,)
    assert [f.amount_fen for f in found.files] == [100, 100]


def test_each_town_owes_its_own(log: WrittenLog, asking: Asking) -> None:
    owe(log, "2023-01-01", towns=(TOWN, OTHER_TOWN))
    came(log, "2023-01-12", ("2023-01",), (TOWN,))
    found = ask(asking, last="2023-01")
    assert states(found) == [
        ("2023-01", TOWN, "received"),
        ("2023-01", OTHER_TOWN, "missing"),
    ]


def test_what_is_not_due_yet_is_not_missing(log: WrittenLog, asking: Asking) -> None:
    owe(log, "2023-01-01", due_days=10)
    (owed,) = ask(asking, last="2023-01", as_of="2023-02-10").owed
    assert (owed.state, str(owed.due_on)) == ("not_due", "2023-02-11")
    (owed,) = ask(asking, last="2023-01", as_of="2023-02-11").owed
    assert owed.state == "missing"


def test_a_quarter_is_served_by_a_file_about_any_of_its_months(
    log: WrittenLog, asking: Asking
) -> None:
    owe(log, "2023-01-01", "quarter")
    came(log, "2023-04-02", ("2023-02", "2023-03"))
    assert states(ask(asking)) == [
        ("2023-Q1", "", "received"),
        ("2023-Q2", "", "missing"),
    ]


def test_the_statement_in_force_when_the_period_begins_decides(
    log: WrittenLog, asking: Asking
) -> None:
    owe(log, "2023-02-01")
    owe(log, "2023-03-01", "")
    owe(log, "2023-05-01", "month", towns=(TOWN,))
    assert [(p, t) for p, t, _ in states(ask(asking))] == [
        ("2023-02", ""),
        ("2023-05", TOWN),
        ("2023-06", TOWN),
    ]


def test_a_statement_or_a_file_that_is_annulled_no_longer_counts(
    log: WrittenLog, asking: Asking
) -> None:
    statement = owe(log, "2023-01-01")
    file = came(log, "2023-01-12", ("2023-01",))
    log.annul(file)
    assert states(ask(asking, last="2023-01")) == [("2023-01", "", "missing")]
    log.annul(statement)
    assert ask(asking).owed == ()


def test_a_file_of_another_kind_serves_nobody_and_is_shown(log: WrittenLog, asking: Asking) -> None:
    owe(log, "2023-01-01")
    came(log, "2023-01-12", ("2023-01",), kind="returns")
    found = ask(asking, last="2023-01")
    assert states(found) == [("2023-01", "", "missing")]
    assert [(f.kind, f.expected) for f in found.files] == [("returns", False)]


def test_a_file_without_a_month_counts_for_the_month_in_which_it_came(
    log: WrittenLog, asking: Asking
) -> None:
    owe(log, "2023-01-01")
    came(log, "2023-01-12", ())
    found = ask(asking, last="2023-01")
    assert states(found) == [("2023-01", "", "received")]
    assert found.files == (replace(found.files[0], months=("2023-01",)),)
