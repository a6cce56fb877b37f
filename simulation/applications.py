"""Applications that end otherwise than on the roster: refused, temporary relief, rigid spending."""

from __future__ import annotations

from datetime import date, timedelta

from simulation.cases import Case
from simulation.county import Person
from simulation.days import steps_before, workdays
from simulation.quotas import Period
from simulation.story import Story
from simulation.verification import EXCEEDS

_REFUSALS = ("收入超标", "财产超标", "不符合条件", "材料不全", "不配合核查")
_REFUSAL_WEIGHTS = (40, 25, 20, 8, 7)
_HARDSHIPS = ("因病住院自负费用较大", "遭遇交通事故", "家庭主要劳动力意外受伤", "突发火灾财产受损")


def apply_otherwise(story: Story, first: date, last: date, wanted: Period) -> None:
    """The period's refusals, temporary relief and rigid-spending cases."""
    days = workdays(first + timedelta(days=20), last)
    choose = story.rng.choice
    found = [_refusal(story, choose(days)) for _ in range(wanted.refused)]
    found += [_rigid(story, choose(days), last) for _ in range(wanted.rigid)]
    relieved = {case.household for case in story.other_cases}
    inside = [c for c in story.cases if c.program == "dibao" and c.household not in relieved]
    story.rng.shuffle(inside)
    for _ in range(wanted.temporary):
        known = inside.pop() if inside and story.rng.random() < 0.3 else None
        found.append(_temporary(story, choose(days), known))
    story.other_cases += found


def _refusal(story: Story, decided_on: date) -> Case:
    rng, verification = story.rng, story.verification
    program = rng.choices(("dibao", "dibao_edge", "tekun"), (70, 25, 5))[0]
    steps = steps_before(rng, decided_on)
    case = story.families.case(program, steps.applied_on)
    case.household.certificate_no = ""
    reason = rng.choices(_REFUSALS, _REFUSAL_WEIGHTS)[0]
    over = rng.randint(1_700, 5_200) * 100
    persons = case.household.persons_on(steps.checked_on)
    verification.check(
        persons, case.household, steps.checked_on, EXCEEDS, over, on_application=True
    )
    if rng.random() < 0.6:
        verification.visit(case.household, steps.visited_on, EXCEEDS)
    decision = story.decide("不予批准", case, decided_on, None)
    decision.steps, decision.reason = steps, reason
    return case


def _rigid(story: Story, decided_on: date, last: date) -> Case:
    """Rigid spending: a status of its own, not among those counted as new and exited."""
    case = story.enroll("rigid_spending", decided_on, None)
    story.verify(case)
    later = workdays(decided_on + timedelta(days=90), last)
    if later and story.rng.random() < 0.1:
        ended = story.decide("停止", case, story.rng.choice(later), None)
        ended.persons, ended.reason = case.decisions[0].persons, "收入变化"
    return case


def _temporary(story: Story, decided_on: date, known: Case | None) -> Case:
    """Temporary relief for an incident; `known`: of a household on the roster, if it is in then."""
    if (
        known is not None
        and not known.reserved
        and known.household.head in _inside(known, decided_on)
    ):
        case = _apply_again(story, known, decided_on)
    else:
        case = story.enroll("temporary", decided_on, None)
    story.verify(case)
    case.decisions[0].reason = story.rng.choice(_HARDSHIPS)
    return case


def _inside(case: Case, decided_on: date) -> list[Person]:
    """Who was covered before the application and still is on the day of the decision."""
    before = case.covered_on(decided_on - timedelta(days=40))
    return [person for person in case.covered_on(decided_on) if person in before]


def _apply_again(story: Story, known: Case, decided_on: date) -> Case:
    case = Case(known.household, "temporary", known.income_fen)
    steps = steps_before(story.rng, decided_on)
    decision = story.decide("新增", case, decided_on, None)
    decision.persons = tuple(case.household.persons_on(decided_on))
    decision.steps, decision.notice = steps, (steps.notice_from, steps.notice_to)
    return case
