"""Plants a known number of each irregularity in a clean history, and lists what has to be found.

Each one takes a household of its own that nothing else befalls. They are facts as other offices
would report them: they stand in the same files as everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from simulation.cases import Case, Decision, settle
from simulation.county import Household, Membership
from simulation.days import steps_before, workday_from
from simulation.disbursement import FAILED, PAID, Batch, Line
from simulation.history import History
from simulation.verification import EXCEEDS, Visit


class TooSmall(ValueError):
    """There are not enough households for so many irregularities."""


@dataclass(frozen=True)
class Planted:
    """One irregularity: which rules have to find it how often, and in whose file."""

    kind: str
    rules: dict[str, int]
    heads: tuple[str, ...]
    """Identity numbers of the heads of the households concerned (or of a person without one)."""


@dataclass
class Planting:
    """Chooses victims and keeps the list."""

    history: History
    planted: list[Planted] = field(default_factory=list)

    def __post_init__(self) -> None:
        story = self.history.story
        other = {c.household for c in story.other_cases}
        seen: dict[Household, int] = {}
        for case in story.cases:
            seen[case.household] = seen.get(case.household, 0) + 1
        self._lines: dict[Case, list[tuple[Batch, Line]]] = {}
        for batch in self.history.disbursement.batches:
            for line in batch.lines:
                self._lines.setdefault(line.case, []).append((batch, line))
        alone = [
            c
            for c in story.cases
            if len(c.household.members) == 1
            and len(c.decisions) == 1
            and c.household not in other
            and seen[c.household] == 1
            and c.household.head.died_on is None
        ]
        paid_well = [
            c
            for c in alone
            if c.program == "dibao"
            and c.pays_base_only
            and all(x.arrived and not x.back_pay_fen for _, x in self._lines.get(c, ()))
        ]
        first = date(story.year, 1, 1)
        self._old = [c for c in paid_well if c.enrolled_on < first]
        self._new = [c for c in paid_well if c.enrolled_on >= first and not c.missed_list]
        self._edge = [c for c in alone if c.program == "dibao_edge" and c.enrolled_on < first]

    def old(self) -> Case:
        """A household of one in 低保 since before the year, paid every month."""
        return _taken(self._old)

    def new(self) -> Case:
        """A household of one that came into 低保 within the year."""
        return _taken(self._new)

    def edge(self) -> Case:
        """A household of one with 低保边缘 status."""
        return _taken(self._edge)

    def line(self, case: Case, month: str) -> tuple[Batch, Line]:
        """The line of a month."""
        return next((b, x) for b, x in self._lines[case] if b.month == month)

    def add(self, kind: str, *households: Household, **rules: int) -> None:
        """One more on the list; `rules`: ids with `_` for `-`."""
        found = {name.replace("_", "-"): n for name, n in rules.items()}
        self.planted.append(Planted(kind, found, tuple(h.head.number for h in households)))


def _taken(cases: list[Case]) -> Case:
    if not cases:
        raise TooSmall("the county is too small to plant so much: take a larger scale")
    return cases.pop()


def plant(history: History, number: int) -> list[Planted]:
    """Puts in so many of each irregularity. Raises TooSmall."""
    planting = Planting(history)
    for irregularity in IRREGULARITIES:
        for _ in range(number):
            irregularity(planting)
    _number_checks(history)
    return planting.planted


def _month(p: Planting, month: int) -> str:
    return f"{p.history.story.year}-{month:02d}"


def _next_year(p: Planting, month: int, day: int) -> date:
    return date(p.history.story.year + 1, month, day)


# Money.


def _after_death(p: Planting) -> None:
    case = p.old()
    head = case.household.head
    head.died_on, head.reported_on = _next_year(p, 4, 10), _next_year(p, 5, 20)
    p.add("paid_after_death", case.household, paid_after_death=2)


def _after_exit(p: Planting) -> None:
    case = p.old()
    month = f"{p.history.story.year + 1}-05"
    decision = p.history.story.decide("停止", case, _next_year(p, 4, 15), month)
    decision.persons, decision.reason = (case.household.head,), "自愿放弃"
    settle(case)
    p.add("paid_after_exit", case.household, paid_after_exit=2)


def _too_much(p: Planting) -> None:
    case = p.old()
    p.line(case, _month(p, 7))[1].base_fen += 5_000
    p.add("paid_too_much", case.household, zj_amount=1)


def _too_little(p: Planting) -> None:
    case = p.old()
    p.line(case, _month(p, 8))[1].base_fen -= 3_000
    p.add("paid_too_little", case.household, zj_amount=1)


def _twice_in_batch(p: Planting) -> None:
    case = p.old()
    batch, line = p.line(case, _month(p, 5))
    batch.lines.append(replace(line))
    p.add("twice_in_a_batch", case.household, duplicate_lines=1, zj_amount=1)


def _twice_across(p: Planting) -> None:
    case = p.old()
    batch, line = p.line(case, _month(p, 6))
    _own_batch(p, batch, replace(line))
    p.add("twice_across_batches", case.household, duplicate_lines=1, zj_amount=1)


def _own_batch(p: Planting, like: Batch, line: Line, fund: str | None = None) -> None:
    """A further list of the month with this line alone."""
    batches = p.history.disbursement.batches
    digits = like.month.replace("-", "")
    number = f"DB{digits}-{len(batches)}1"
    title = f"低保金（补充{len(batches)}）"
    own = replace(
        like, number=number, title=title, lines=[line], fund=like.fund if fund is None else fund
    )
    batches.append(own)


def _returned_paid_again(p: Planting) -> None:
    """Came back in March, made up for in April, paid after all in May."""
    case = p.old()
    batch, line = p.line(case, _month(p, 3))
    line.result, line.failure = FAILED, "账户冻结"
    p.line(case, _month(p, 4))[1].back_pay_fen = line.total_fen
    again, later = replace(line, result=PAID, failure=""), p.line(case, _month(p, 5))[0]
    answered = replace(batch, answered_on=later.answered_on)
    own = (answered, batch.lines.index(line) + 1, again)
    p.history.more_answers.setdefault(_month(p, 5), []).append(own)
    p.add("returned_paid_again", case.household, returned_paid_again=1, zj_amount=1)


def _unanswered_line(p: Planting) -> None:
    case = p.old()
    p.line(case, _month(p, 9))[1].result = ""
    p.add("approved_unpaid", case.household, paid_late=1)


def _shared_account(p: Planting) -> None:
    one, other = p.old(), p.old()
    other.household.account, other.household.bank = one.household.account, one.household.bank
    p.add("shared_account", one.household, other.household, shared_account=1)


def _wrong_fund(p: Planting) -> None:
    case = p.old()
    batch, line = p.line(case, _month(p, 10))
    batch.lines.remove(line)
    _own_batch(p, batch, line, "慈善资金")
    p.add("fund_not_for_this", case.household, zj_funds_apart=1)


# The way to a decision.


def _first(case: Case) -> Decision:
    return case.decisions[0]


def _short_notice(p: Planting) -> None:
    case = p.new()
    notice = _first(case).notice
    assert notice is not None
    _first(case).notice = notice[1] - timedelta(days=2), notice[1]
    p.add("notice_short", case.household, zj_notice_dibao=1, m57_notice=1)


def _no_notice(p: Planting) -> None:
    case = p.new()
    _first(case).notice = None
    p.add("notice_missing", case.household, zj_notice_dibao=1, m57_notice=1)


def _late_investigation(p: Planting) -> None:
    case = p.new()
    decision = _first(case)
    assert decision.steps is not None
    early = workday_from(decision.steps.visited_on - timedelta(days=12))
    decision.steps = replace(decision.steps, applied_on=early, accepted_on=early)
    p.add("investigation_late", case.household, m57_investigation=1)


def _late_decision(p: Planting) -> None:
    case = p.new()
    decision = _first(case)
    assert decision.steps is not None
    early = workday_from(decision.decided_on - timedelta(days=75))
    decision.steps = replace(decision.steps, applied_on=early, accepted_on=early)
    p.add("decision_late", case.household, m57_whole=1, m57_investigation=1)


def _one_investigator(p: Planting) -> None:
    visit = _visit(p, p.edge())
    visit.investigators = visit.investigators[:1]
    p.add("one_investigator", visit.household, m57_two_investigators=1)


def _not_signed(p: Planting) -> None:
    visit = _visit(p, p.edge())
    visit.signed = False
    p.add("visit_not_signed", visit.household, m57_two_investigators=1)


def _visit(p: Planting, case: Case) -> Visit:
    return next(v for v in p.history.story.verification.visits if v.household is case.household)


def _unchecked(p: Planting) -> None:
    case = p.new()
    _forget(p, case, date.min, _first(case).decided_on)
    p.add("no_check", case.household, m57_no_shortcut=1)


def _forget(p: Planting, case: Case, after: date, upto: date) -> None:
    """As if nothing had been checked in these days."""
    p.history.story.verification.forget(case.household, after, upto)


def _no_recheck(p: Planting) -> None:
    case = p.old()
    _forget(p, case, _first(case).decided_on, date.max)
    p.add("recheck_overdue", case.household, m57_recheck_year=1)


def _investigator_approves(p: Planting) -> None:
    case = p.new()
    _first(case).approved_by = _visit(p, case).investigators[0]
    p.add("investigator_approved", case.household, separate_duties=1)


def _proposer_approves(p: Planting) -> None:
    case = p.new()
    _first(case).approved_by = _first(case).proposed_by
    p.add("proposer_approved", case.household, separate_duties=1)


def _too_early(p: Planting) -> None:
    """Payable from the month of the decision, which no list pays."""
    case = p.new()
    _first(case).effective_month = f"{_first(case).decided_on:%Y-%m}"
    p.add("payable_too_early", case.household, zj_month_after=1, m57_month_after=1, zj_amount=1)


def _no_reason(p: Planting) -> None:
    case = p.edge()
    decision = p.history.story.decide("停止", case, _next_year(p, 3, 12), None)
    decision.persons = (case.household.head,)
    p.add("no_reason", case.household, zj_reasons=1, m57_reasons=1)


# Who is in.


def _two_programs(p: Planting) -> None:
    case = p.old()
    own = _enrolled_again(p, case.household, "dibao_edge", date(p.history.story.year, 9, 12))
    own.decisions[0].persons = (case.household.head,)
    p.add("two_programs", case.household, exclusive_programs=1)


def _two_households(p: Planting) -> None:
    """A member of another household of the same status, in a file of his own already."""
    known, county = p.edge(), p.history.story.county
    decided_on = date(p.history.story.year, 9, 20)
    on = steps_before(p.history.story.rng, decided_on).applied_on - timedelta(days=10)
    head = county.person((40, 60), on, known.household.town, known.household.village)
    household = county.household(head)
    household.certificate_no = f"{head.number[:6]}{head.number[6:10]}{len(p.planted):06d}"
    household.members.append(Membership(known.household.head, "亲属", on))
    case = _enrolled_again(p, household, "dibao_edge", decided_on)
    case.decisions[0].persons = (head, known.household.head)
    p.add("two_households", household, one_person_one_household=1)


def _enrolled_again(p: Planting, household: Household, program: str, decided_on: date) -> Case:
    story = p.history.story
    steps = steps_before(story.rng, decided_on)
    steps = replace(steps, accepted_on=max(steps.accepted_on, steps.visited_on - timedelta(days=3)))
    case = Case(household, program, reserved=True)
    decision = story.decide("新增", case, decided_on, None)
    decision.steps, decision.notice = steps, (steps.notice_from, steps.notice_to)
    story.cases.append(case)
    story.verify(case)
    for visit in story.verification.visits:
        visit.signed = visit.signed or visit.household is household
    return case


def _over_limit(p: Planting) -> None:
    case, on = p.old(), _next_year(p, 2, 6)
    _forget(p, case, on - timedelta(days=1), on + timedelta(days=70))
    p.history.story.verification.check([case.household.head], case.household, on, EXCEEDS, 300_000)
    p.add("over_the_limit", case.household, over_limit_still_paid=1)


def _split(p: Planting) -> None:
    """Three grants just below 2,000 yuan."""
    case, year = p.old(), p.history.story.year
    for month in (4, 6, 8):
        _grant(p, case.household, date(year, month, 20), 195_000)
    p.add("split_below_the_limit", case.household, just_below_limit=1)


def _too_generous(p: Planting) -> None:
    case = p.old()
    _grant(p, case.household, date(p.history.story.year, 7, 18), 800_000)
    p.add("above_six_standards", case.household, zj_temporary_six=1)


def _grant(p: Planting, household: Household, decided_on: date, fen: int) -> None:
    case = _enrolled_again(p, household, "temporary", workday_from(decided_on))
    p.history.story.cases.remove(case)
    p.history.story.other_cases.append(case)
    decision = case.decisions[0]
    decision.persons, decision.reason = (household.head,), "因病住院自负费用较大"
    decision.base_fen = fen


# What nobody answered.


def _need(p: Planting) -> None:
    need = next(n for n in _early_needs(p))
    need.referred_to, need.referred_on, need.answered_on, need.answer = "", None, None, ""
    _told(p, "need_unanswered", need.person.number)


def _referral(p: Planting) -> None:
    need = next(n for n in _early_needs(p))
    need.answered_on, need.answer = None, ""
    _told(p, "referral_unanswered", need.person.number)


def _early_needs(p: Planting) -> Iterator[Any]:
    taken = {head for x in p.planted for head in x.heads}
    year = p.history.story.year
    of_people = {
        n.person for n in p.history.needs if n.person in set(p.history.story.county.people)
    }
    for n in p.history.needs:
        if n.found_on.year == year and n.person in of_people and n.person.number not in taken:
            yield n


def _wish(p: Planting) -> None:
    taken = {head for x in p.planted for head in x.heads}
    year = p.history.story.year
    wish = next(
        w for w in p.history.wishes if w.registered_on.year == year and w.person.number not in taken
    )
    wish.fulfilled_on, wish.satisfaction = None, None
    _told(p, "wish_unanswered", wish.person.number)


def _told(p: Planting, kind: str, number: str) -> None:
    p.planted.append(Planted(kind, {"unserved": 1}, (number,)))


def _number_checks(history: History) -> None:
    checks = history.story.verification.checks
    checks.sort(key=lambda c: c.fed_back_on)
    for number, check in enumerate(checks, start=1):
        check.number = number


IRREGULARITIES: Final[tuple[Callable[[Planting], None], ...]] = (
    _after_death,
    _after_exit,
    _too_much,
    _too_little,
    _twice_in_batch,
    _twice_across,
    _returned_paid_again,
    _unanswered_line,
    _shared_account,
    _wrong_fund,
    _short_notice,
    _no_notice,
    _late_investigation,
    _late_decision,
    _one_investigator,
    _not_signed,
    _unchecked,
    _no_recheck,
    _investigator_approves,
    _proposer_approves,
    _too_early,
    _no_reason,
    _two_programs,
    _two_households,
    _over_limit,
    _split,
    _too_generous,
    _need,
    _referral,
    _wish,
)
