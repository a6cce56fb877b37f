"""Every question that a ledger answers, asked at several moments: name → canonical JSON.

A question that is new is asked of the next release's ledger on; the bytes of an old one are
never to change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from domain.events import HouseholdFormed
from projections.batches import batch_list
from projections.breaches import find
from projections.canonical import canonical
from projections.case_story import case_story
from projections.check_coverage import check_coverage
from projections.counted import COUNTED
from projections.entries import Entries
from projections.explaining.of_figures import explain_figure
from projections.explaining.of_movements import MOVEMENT_KEYS, explain_movements
from projections.explaining.of_roster import ROSTER_KEYS, explain_roster
from projections.explaining.of_spending import SPENDING_KEYS, explain_spending
from projections.figures import figures
from projections.file_coverage import file_coverage
from projections.moment import Moment
from projections.movements import movements
from projections.needs import need_report
from projections.roster import roster
from projections.samples import MONETARY, RANDOM, STRATIFIED, Wanted, sample
from projections.service_report import service_report
from projections.spending import spending
from projections.standards import standard_list
from projections.tie_out import tie_out
from projections.wishes import wish_report

Question = Callable[[Connection, Moment], Any]
DAYS = (date(2023, 6, 30), date(2024, 6, 27))
YEAR = (date(2023, 1, 1), date(2024, 1, 1))
MONTHS = ("1900-01", "2199-12")
CASES = 12


def _sampled(connection: Connection, moment: Moment, method: str) -> Any:
    by = "town" if method == STRATIFIED else None
    return sample(connection, moment, Wanted(method, 10, "release", *MONTHS, by=by))


QUESTIONS: dict[str, Question] = {
    "roster": roster,
    "movements": lambda c, m: movements(c, m, *YEAR),
    "spending": lambda c, m: spending(c, m, *MONTHS, ("month", "program", "fund", "town")),
    "figures": lambda c, m: figures(c, m, 2023),
    "standards": standard_list,
    "batches": lambda c, m: batch_list(c, m, *MONTHS),
    "tie_out": lambda c, m: tie_out(c, m, *MONTHS),
    "file_coverage": lambda c, m: file_coverage(c, m, "2022-12", "2023-12"),
    "check_coverage": check_coverage,
    "services": service_report,
    "wishes": wish_report,
    "needs": need_report,
    "breaches": lambda c, m: find(c, m, 0, m.as_at),
    **{f"sample {w}": partial(_sampled, method=w) for w in (MONETARY, RANDOM, STRATIFIED)},
}  # fmt: skip
OF_THE_END: dict[str, Question] = {
    **{f"explain figures {k}": partial(explain_figure, key=k, year=2023) for k in COUNTED},
    **{f"explain roster {k}": partial(explain_roster, key=k, program=None, town=None) for k in ROSTER_KEYS},
    **{f"explain movements {k}": partial(explain_movements, key=k, first=YEAR[0], end=YEAR[1]) for k in MOVEMENT_KEYS},
    **{f"explain spending {k}": partial(explain_spending, key=k, first=MONTHS[0], last=MONTHS[1]) for k in SPENDING_KEYS},
}  # fmt: skip
"""Asked at the last position only: there are many, and each walks through what the others did."""


def answers(
    entries: Entries, connection: Connection, root: Callable[[int], str | None], asked_at: list[int]
) -> Iterator[tuple[str, str]]:
    """Every question's answer at these positions, on two days each."""
    for as_at in asked_at:
        for day in DAYS:
            moment = Moment(day, as_at, root(as_at))
            where = f"as_of {day} as_at {as_at}"
            last = (day, as_at) == (DAYS[-1], asked_at[-1])
            for name, question in {**QUESTIONS, **(OF_THE_END if last else {})}.items():
                said = {"as_of": day, "as_at": as_at, "root": moment.root}
                said["answer"] = _said(question(connection, moment))
                yield f"{name} {where}", canonical(said).decode()
        moment = Moment(DAYS[-1], as_at, root(as_at))
        for case in _cases(entries, as_at):
            yield (
                f"case {case} as_at {as_at}",
                canonical(case_story(entries, case, moment)).decode(),
            )


def _said(found: Any) -> Any:
    return found.values if hasattr(found, "values") and not callable(found.values) else found


def _cases(entries: Entries, as_at: int) -> list[UUID]:
    formed = [r.event.meta.stream_id for r in entries.read(0, as_at) if isinstance(r.event, HouseholdFormed)]  # fmt: skip
    step = max(1, len(formed) // CASES)
    return [*formed[::step], *formed[-3:]]
