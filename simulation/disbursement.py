"""Monthly payment lists and the bank's answers to them.

A list of a month pays what is due for it by the decisions known when it was cut off, and as back
pay whatever earlier months lack: arrears of a decision that took effect earlier, an enrollment
that came too late for the list before, a line that the bank returned. Back pay is made up for
the base only: the lines that a bank returns here have no supplement.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from domain.calendar import first_day, month_range, next_month, previous_month
from simulation.breaches import Breaches
from simulation.cases import PAID_PROGRAMS, Case, Step
from simulation.days import workday_from
from simulation.movements import CUT_OFF_DAY
from simulation.story import Story

PAID, FAILED, SENT_BACK = "成功", "失败", "已退回"
_FAILURES = ("账号不存在", "户名不符", "账户已销户", "账户冻结")
_STREETS = ("001", "002", "003", "004", "005")
_RETURNED_SHARE = 0.005
_LATE_DECISION_DAY = 26
"""An enrollment decided from this day on may miss the list of the next month."""


@dataclass(slots=True, eq=False)
class Line:
    """A row of a payment list, and the bank's answer."""

    case: Case
    covered: int
    base_fen: int
    supplement_fen: int
    back_pay_fen: int
    result: str = PAID
    """Empty: the bank never answers."""
    failure: str = ""
    sent_back_on: date | None = None
    """Paid at first; the money came back on this day."""

    @property
    def total_fen(self) -> int:
        """What the line pays."""
        return self.base_fen + self.supplement_fen + self.back_pay_fen

    @property
    def arrived(self) -> bool:
        """True where the household has the money."""
        return self.result == PAID and self.sent_back_on is None


@dataclass(slots=True, eq=False)
class Batch:
    """One payment list: one month, program and fund."""

    number: str
    month: str
    program: str
    fund: str
    """As the files say it; empty for the county's own."""
    title: str
    paid_on: date
    answered_on: date
    lines: list[Line]


class Disbursement:
    """All batches from January of the year to June of the next."""

    def __init__(self, story: Story, breaches: Breaches) -> None:
        self.story, self.rng, self.breaches = story, story.rng, breaches
        self.months = month_range(story.first_month, f"{story.year + 1}-06")
        self.batches: list[Batch] = []
        self._paid: dict[Case, dict[str, int]] = defaultdict(dict)
        """Base paid and not returned, by the month it is for."""
        self._behind: set[Case] = set()
        """Cases of which earlier months may lack something."""
        self._after_death = {c: _month_after_death(c) for c in breaches.paid_after_death}
        self.lines_after_death = 0
        self._cases = sorted(
            (c for c in story.cases if c.program in PAID_PROGRAMS),
            key=lambda c: (c.household.town, c.household.village),
        )
        self._foresee_arrears()
        for month in self.months:
            self._month(month)

    def of_month(self, month: str) -> list[Batch]:
        """The batches of a month, in the order of their numbers."""
        return [b for b in self.batches if b.month == month]

    def _foresee_arrears(self) -> None:
        for case in self._cases:
            if any(d.action == "调整" for d in case.decisions):
                self._behind.add(case)
            decision = case.decisions[0]
            late = decision.decided_on.day >= _LATE_DECISION_DAY
            fresh = decision.decided_on >= first_day(self.story.first_month)
            if late and fresh and not case.reserved and case.pays_base_only:
                month = decision.effective_month or ""
                if self._due_at_last(case, next_month(month)) and self.rng.random() < 0.5:
                    case.missed_list = month
                    self._behind.add(case)

    def _due_at_last(self, case: Case, month: str) -> Step | None:
        """What is due for the month when everything is known, and was known at its list."""
        at_list, at_last = case.due(month, _cut_off(month)), case.due(month, date.max)
        return at_last if at_list and at_last else None

    def _month(self, month: str) -> None:
        paid_on = workday_from(first_day(month) + timedelta(days=9))
        answered_on = workday_from(paid_on + timedelta(days=2))
        digits = month.replace("-", "")
        groups = (
            ("dibao", "省级", True, "低保金（街道）", f"DB{digits}-1"),
            ("dibao", "中央", False, "低保金（镇乡）", f"DB{digits}-2"),
            ("tekun", "", None, "特困供养金", f"TK{digits}-1"),
        )
        for program, fund, streets, title, number in groups:
            lines = [
                line
                for case in self._cases
                if case.program == program
                and streets in (None, case.household.town[6:] in _STREETS)
                and (line := self._line(case, month)) is not None
            ]
            self.batches.append(
                Batch(number, month, program, fund, title, paid_on, answered_on, lines)
            )
        self._answers(month, answered_on)

    def _line(self, case: Case, month: str) -> Line | None:
        step = case.due(month, _cut_off(month))
        if step is None or case.missed_list == month:
            return None
        base, back_pay = step.base_fen, 0
        if case in self._behind:
            back_pay = self._arrears(case, month)
        if self.breaches.overpaid.get(case, ("", 0))[0] == month:
            base += self.breaches.overpaid[case][1]
        if month >= self._after_death.get(case, "9999-99"):
            self.lines_after_death += 1
        self._paid[case][month] = base
        return Line(case, step.covered, base, step.supplement_fen, back_pay)

    def _arrears(self, case: Case, month: str) -> int:
        """What earlier months lack, as far as it is known; from now on it counts as paid."""
        paid, total = self._paid[case], 0
        for earlier in month_range(self.story.first_month, previous_month(month)):
            step = case.due(earlier, _cut_off(month))
            lacking = (step.base_fen if step else 0) - paid.get(earlier, 0)
            if lacking > 0:
                paid[earlier] = paid.get(earlier, 0) + lacking
                total += lacking
        return total

    def _answers(self, month: str, answered_on: date) -> None:
        """Some lines are returned; with the next list they are paid again as back pay."""
        for batch in self.of_month(month):
            fit = [line for line in batch.lines if self._may_be_returned(line, month)]
            count = min(len(fit), max(1, round(len(batch.lines) * _RETURNED_SHARE)))
            for at, line in enumerate(self.rng.sample(fit, count)):
                # The money of some comes back only days after the bank had called it paid.
                if at % 5 == 4:
                    line.sent_back_on = workday_from(answered_on + timedelta(days=5))
                    line.failure = "账户已销户"
                else:
                    line.result, line.failure = FAILED, self.rng.choice(_FAILURES)
                self._undo(line, month)

    def _may_be_returned(self, line: Line, month: str) -> bool:
        """Only what the next list can make up for: the household is due something then."""
        if line.supplement_fen or line.back_pay_fen or line.case.reserved:
            return False
        if month == self.months[-1]:
            return True
        return (
            line.case.pays_base_only and self._due_at_last(line.case, next_month(month)) is not None
        )

    def _undo(self, line: Line, month: str) -> None:
        del self._paid[line.case][month]
        self._behind.add(line.case)


@cache
def _cut_off(month: str) -> date:
    return first_day(month) + timedelta(days=CUT_OFF_DAY - 1)


def _month_after_death(case: Case) -> str:
    died_on = case.household.head.died_on
    assert died_on is not None
    return next_month(f"{died_on:%Y-%m}")
