"""Cases: what was decided for a household in a program, and what it is due month by month.

The dates that the figures and the payments rest on:

- A status begins on the day of the decision (新增, 增员) and ends on that of the decision (停止,
  减员) or on the day of death, whichever is earlier. Both days of a death lie in one year.
- What is payable begins in the month after the decision; a decision that reduces or ends takes
  effect in the month after it too, so the month of the decision is still paid. Everybody who is
  in before the year begins was confirmed in its last months, payable from January.
- After a death the household is due nothing, or less, from the month after the death.
- A few adjustments take effect up to two months before that of the decision: hence back pay.
- 低保 = (standard − income per head) × covered persons, plus supplements of persons; 特困 =
  1.3 × standard, plus care in the supplement's column; 低保边缘 is a status and pays nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from domain.calendar import month_of, next_month
from simulation.county import Household, Person
from simulation.days import Steps
from simulation.quotas import STANDARD_FEN, TEKUN_FEN

PAID_PROGRAMS = ("dibao", "tekun")
STATUS_PROGRAMS = ("dibao", "tekun", "dibao_edge")


@dataclass(slots=True, eq=False)
class Decision:
    """One row of a decision file. Amounts are a month's, in fen, None where nothing is paid."""

    action: str
    """新增, 调整, 停止, 不予批准, 增员 or 减员, as the files say it."""
    decided_on: date
    effective_month: str | None
    persons: tuple[Person, ...] = ()
    """Who is covered, or no longer."""
    reason: str = ""
    steps: Steps | None = None
    notice: tuple[date, date] | None = None
    proposed_by: str = ""
    approved_by: str = ""
    new_income_fen: int | None = None
    """For an adjustment: income per head from now on."""
    new_supplement: tuple[Person, int] | None = None
    """For an adjustment: what a person's supplement is from now on."""
    names_persons: bool = True
    """False: the file leaves the column blank, which means all members."""
    old_fen: int | None = None
    base_fen: int | None = None
    supplement_fen: int | None = None


@dataclass(slots=True)
class Step:
    """From a month on so much is due, as it is known from a day on."""

    known_on: date
    from_month: str
    base_fen: int
    supplement_fen: int
    covered: int


@dataclass(slots=True, eq=False)
class Case:
    """One household in one program."""

    household: Household
    program: str
    income_fen: int = 0
    """Per head and month, at the beginning."""
    covered_first: int = 1
    """How many of the household's first members are covered at the enrollment."""
    supplements: dict[Person, int] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    """By the day on which they were taken."""
    steps: list[Step] = field(default_factory=list)
    reserved: bool = False
    """A deliberate breach: no other story may befall it."""
    missed_list: str = ""
    """Month whose list was drawn up before the enrollment reached it: paid a month later."""

    @property
    def enrolled_on(self) -> date:
        """When it was enrolled, for the first time where it came back."""
        return min(d.decided_on for d in self.decisions if d.action == "新增")

    def covered_on(self, day: date) -> list[Person]:
        """Who is covered on that day: deaths end it before the decision does."""
        covered: dict[Person, None] = {}
        for decision in self.decisions:
            if decision.decided_on > day:
                break
            if decision.action in ("新增", "增员"):
                covered.update(dict.fromkeys(decision.persons))
            elif decision.action == "减员":
                for person in decision.persons:
                    covered.pop(person, None)
            elif decision.action == "停止":
                covered.clear()
        return [p for p in covered if p.died_on is None or day < p.died_on]

    @property
    def covered_now(self) -> list[Person]:
        """Who is covered after all that was decided so far."""
        return self.covered_on(date.max)

    @property
    def pays_base_only(self) -> bool:
        """True where no supplement is ever paid: back pay is then all of one kind."""
        return not any(s.supplement_fen for s in self.steps)

    def due(self, month: str, known_on: date) -> Step | None:
        """What is due for that month, as it is known on that day; None where nothing is."""
        found: Step | None = None
        for step in self.steps:
            if step.known_on <= known_on and step.from_month <= month:
                found = step
        return found if found and found.base_fen else None


def settle(case: Case) -> None:
    """Works out every amount, decision by decision."""
    if case.program not in PAID_PROGRAMS:
        return
    income, supplements = case.income_fen, dict(case.supplements)
    covered: dict[Person, None] = {}
    before: int | None = None
    case.steps.clear()
    for decision in case.decisions:
        if decision.action == "不予批准":
            continue
        _apply(decision, covered)
        if decision.new_income_fen is not None:
            income = decision.new_income_fen
        if decision.new_supplement is not None:
            supplements.update([decision.new_supplement])
        base = _base(case.program, income, len(covered))
        extra = sum(fen for person, fen in supplements.items() if person in covered)
        decision.old_fen = None if decision.action == "新增" else before
        if decision.action != "停止":
            decision.base_fen, decision.supplement_fen = base, extra or None
        month = decision.effective_month or next_month(month_of(decision.decided_on))
        case.steps.append(Step(decision.decided_on, month, base, extra, len(covered)))
        before = base


def _apply(decision: Decision, covered: dict[Person, None]) -> None:
    if decision.action in ("新增", "增员"):
        covered.update(dict.fromkeys(decision.persons))
    elif decision.action == "减员":
        for person in decision.persons:
            covered.pop(person, None)
    elif decision.action == "停止":
        covered.clear()


def _base(program: str, income_fen: int, covered: int) -> int:
    if program == "tekun":
        return TEKUN_FEN * covered
    return (STANDARD_FEN - income_fen) * covered
