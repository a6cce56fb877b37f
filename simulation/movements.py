"""Who comes and who goes in a period, to the exact numbers of the quotas.

One case meets one of these events in a period, and after leaving none at all, so that no story
contradicts another. The order (new first, exits last) lets the last household fill what is left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from domain.calendar import month_of, next_month
from simulation.cases import PAID_PROGRAMS, Case, Decision
from simulation.county import Person
from simulation.days import days_before, steps_before, workday_from, workdays
from simulation.quotas import Period
from simulation.story import Story

CUT_OFF_DAY = 5
"""A list holds every death and exit decided up to this day of its month."""
_EXIT_REASONS = (
    *("收入超标",) * 34, *("财产超标",) * 14, *("就业增收",) * 16, *("自愿退出",) * 12,
    *("有赡养(抚养)能力",) * 14, *("户籍迁出",) * 10,
)  # fmt: skip
_CHECKED_REASONS = ("收入超标", "财产超标", "就业增收")
_REMOVAL_REASONS = ("就业增收", "就业增收", "户籍迁出", "户籍迁出", "参军", "服刑")
_LEAVES_HOUSEHOLD = "户籍迁出"

_NEWCOMERS = {
    "新生儿": ("孙子女", "子女"),
    "婚姻迁入": ("儿媳", "配偶"),
    "返乡": ("子女", "兄弟姐妹"),
}
"""Reason → relation to an old head, and to a young one."""


class Movements:
    """Comings and goings of one period, first and last day included."""

    def __init__(
        self,
        story: Story,
        period: tuple[date, date],
        wanted: Period,
        *,
        already_new: int = 0,
        already_dead: int = 0,
    ) -> None:
        """`already_new` and `already_dead`: persons whom another part of the story brings in, or
        lets die, in this period."""
        self.story, self.rng, self.wanted = story, story.rng, wanted
        self.first, self.last = period
        self.days = workdays(*period)
        self.fresh: list[Case] = []
        """Enrolled in this period."""
        self.left: list[Case] = []
        self._new, self._exited, self._dead = already_new, already_dead, already_dead

    def run(self) -> None:
        """Everything, in an order in which the numbers come out."""
        self._additions()
        deaths = self.wanted.deaths - self._dead
        in_households = deaths // 8
        for case in self._alone(deaths - in_households):
            self._death_of_the_only(case)
        for case in self._pick(in_households, _has_other_members):
            self._death_of_a_member(case)
        for case in self._pick(self.wanted.removed, _has_other_members):
            self._removal(case)
        self._enrollments(self.wanted.new - self._new - self._keep_for_reentry())
        self._brief_stays()
        self._exits(self.wanted.exited - self._exited)
        self._reentries()
        self._enrollments(self.wanted.new - self._new)
        self.story.idle += self.fresh
        self.rng.shuffle(self.story.idle)

    def _pick(self, count: int, fits: Callable[[Case], bool]) -> list[Case]:
        """Takes so many idle cases that fit."""
        found: list[Case] = []
        rest: list[Case] = []
        for case in self.story.idle:
            wanted = len(found) < count and fits(case)
            (found if wanted else rest).append(case)
        assert len(found) == count, "the county is too small for its quotas"
        self.story.idle = rest
        return found

    def _alone(self, count: int) -> list[Case]:
        """Takes cases whose one covered person is the head, the old ones rather than the young."""
        year = self.first.year

        def odds(case: Case) -> float:
            return self.rng.random() * (1 + max(0, year - case.household.head.born.year - 40) / 8)

        alone = [c for c in self.story.idle if len(c.covered_now) == 1]
        chosen = sorted(alone, key=odds, reverse=True)[:count]
        taken = {id(c) for c in chosen}
        self.story.idle = [c for c in self.story.idle if id(c) not in taken]
        assert len(chosen) == count, "the county is too small for its quotas"
        return chosen

    # Deaths: the decision follows within days, in the same month or before the next list is cut.

    def _death_days(self) -> tuple[date, date, date]:
        while True:
            span = (self.last - self.first).days
            died_on = self.first + timedelta(days=self.rng.randint(1, span - 5))
            reported_on = died_on + timedelta(days=self.rng.randint(0, 4))
            decided_on = workday_from(reported_on + timedelta(days=self.rng.randint(1, 4)))
            same_month = month_of(decided_on) == month_of(died_on)
            if decided_on <= self.last and (same_month or decided_on.day <= CUT_OFF_DAY):
                return died_on, reported_on, decided_on

    def _death(self, case: Case, person: Person, action: str) -> Decision:
        person.died_on, person.reported_on, decided_on = self._death_days()
        self._exited += 1
        effective = next_month(month_of(person.died_on))
        decision = self._decision(action, case, decided_on, effective)
        decision.persons, decision.reason = (person,), "死亡"
        return decision

    def _death_of_the_only(self, case: Case) -> None:
        self._death(case, case.household.head, "停止")

    def _death_of_a_member(self, case: Case) -> None:
        self._death(case, self._other_member(case), "减员")

    # Those who leave alive.

    def _removal(self, case: Case) -> None:
        person, decided_on = self._other_member(case), self._late_day()
        decision = self._decision("减员", case, decided_on, next_month(month_of(decided_on)))
        decision.persons, decision.reason = (person,), self.rng.choice(_REMOVAL_REASONS)
        self._exited += 1
        if decision.reason == _LEAVES_HOUSEHOLD:
            membership = next(m for m in case.household.members if m.person is person)
            membership.left_on = days_before(self.rng, decided_on, 2, 12)
            membership.left_reason = decision.reason

    def _exits(self, persons: int) -> None:
        """Households leave until exactly so many persons left."""
        rest: list[Case] = []
        for case in self.story.idle:
            if persons == 0 or len(case.covered_now) > persons:
                rest.append(case)
            else:
                persons -= self._exit(case, self._late_day())
                self.left.append(case)
        self.story.idle = rest
        assert persons == 0, "the county is too small for its quotas"

    def _exit(self, case: Case, decided_on: date) -> int:
        covered = tuple(case.covered_now)
        reason = self.rng.choice(_EXIT_REASONS)
        if reason in _CHECKED_REASONS:
            over = self.rng.randint(1_200, 4_000) * 100
            self.story.verification.before_exit(case, decided_on, over)
        decision = self._decision("停止", case, decided_on, next_month(month_of(decided_on)))
        decision.persons, decision.reason = covered, reason
        if case.program == "tekun":
            # 特困: 7 days' notice before ending (特困人员认定办法 art. 26).
            to = days_before(self.rng, decided_on, 1, 3)
            decision.notice = (to - timedelta(days=6), to)
        self._exited += len(covered)
        return len(covered)

    def _brief_stays(self) -> None:
        """Some of the first months' new households leave again before the period ends."""
        early = [c for c in self.fresh if c.enrolled_on.month <= 5]
        for case in early[: self.wanted.brief]:
            self.fresh.remove(case)
            self._exit(case, self.rng.choice(workdays(date(self.first.year, 9, 1), self.last)))

    # Those who come.

    def _additions(self) -> None:
        """Members covered from now on: children born, people who married in or came home."""
        for case in self._pick(self.wanted.added, lambda c: c.program in ("dibao", "dibao_edge")):
            decided_on = self._late_day()
            joined_on = days_before(self.rng, decided_on, 5, 25)
            person, reason = self._newcomer(case, joined_on)
            self.story.verification.check(
                [person], case.household, days_before(self.rng, decided_on, 1, 4), "符合",
                case.income_fen, on_application=True,
            )  # fmt: skip
            decision = self._decision("增员", case, decided_on, next_month(month_of(decided_on)))
            decision.persons, decision.reason = (person,), reason
            self._new += 1

    def _newcomer(self, case: Case, joined_on: date) -> tuple[Person, str]:
        county, household = self.story.county, case.household
        covered = case.covered_now
        outside = [p for p in household.persons_on(joined_on) if p not in covered]
        if outside:
            return outside[0], "收入变化"
        old = joined_on.year - household.head.born.year >= 45
        reason = self.rng.choices(("新生儿", "婚姻迁入", "返乡"), (50, 30, 20))[0]
        if reason == "新生儿":
            person = county.newborn(joined_on, household)
        else:
            person = county.person((20, 40), joined_on, household.town, household.village)
        county.join(household, person, _NEWCOMERS[reason][not old], joined_on, reason)
        return person, reason

    def _enrollments(self, persons: int) -> None:
        """New households until exactly so many persons are in."""
        while persons > 0:
            program = self.rng.choices(("dibao", "tekun", "dibao_edge"), (70, 8, 22))[0]
            size = min(persons, self.story.families.size(program))
            decided_on = self.rng.choice(self.days)
            pays = program in PAID_PROGRAMS
            month = next_month(month_of(decided_on)) if pays else None
            case = self.story.enroll(program, decided_on, month, size)
            self.story.verify(case)
            self.fresh.append(case)
            self._new += size
            persons -= size

    def _keep_for_reentry(self) -> int:
        """Persons left open for households that come back: filled up afterwards."""
        return self.wanted.reentries * 4

    def _reentries(self) -> None:
        """Households that left in the first third come back in the last: new once more."""
        third = (self.last - self.first) / 3
        early = [c for c in self.left if c.decisions[-1].decided_on <= self.first + third]
        days = workdays(self.last - third, self.last)
        for case in early[: self.wanted.reentries]:
            decided_on = self.rng.choice(days)
            persons = case.decisions[-1].persons
            steps = steps_before(self.rng, decided_on)
            self.story.verification.before_decision(
                case.household, steps.checked_on, steps.visited_on, case.income_fen
            )
            decision = self._decision("新增", case, decided_on, next_month(month_of(decided_on)))
            decision.persons, decision.reason, decision.steps = persons, "收入变化", steps
            decision.notice = steps.notice_from, steps.notice_to
            self._new += len(persons)

    def _decision(
        self, action: str, case: Case, decided_on: date, effective_month: str | None
    ) -> Decision:
        pays = case.program in PAID_PROGRAMS
        return self.story.decide(action, case, decided_on, effective_month if pays else None)

    def _late_day(self) -> date:
        """A working day not in the first weeks, so that what leads to it is in the period too."""
        return self.rng.choice(workdays(self.first + timedelta(days=30), self.last))

    def _other_member(self, case: Case) -> Person:
        return self.rng.choice([p for p in case.covered_now if p is not case.household.head])


def _has_other_members(case: Case) -> bool:
    return len(case.covered_now) > 1 and any(p is not case.household.head for p in case.covered_now)
