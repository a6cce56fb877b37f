"""People on no roster, and the needs that visits and data alerts find: referred, answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from simulation.cases import Case
from simulation.county import Person
from simulation.days import workday_from, workdays
from simulation.story import Story
from simulation.words import DEPARTMENTS

CHILDREN_TOWNS = tuple(
    f"330681{code}" for code in ("121", "124", "109", "115", "104", "005", "119", "103")
)
"""The eight towns where children are counseled, 岭北 and 东白湖 first."""
_AGES = ((60, 92), (18, 59), (7, 17), (1, 6))
_AGE_WEIGHTS = (60, 25, 12, 3)
_CHANNELS = ("走访", "探访关爱", "幸福清单送达", "助联体项目", "数据预警", "自主求助")
_KINDS = ("生活", "医疗", "教育", "住房", "就业", "照料", "其他")
_ANSWERS = ("已救助", "不符合条件", "转其他部门", "已解决")


@dataclass(slots=True, eq=False)
class Need:
    """A need, and where it went."""

    number: str
    person: Person
    found_on: date
    channel: str
    kind: str
    referred_to: str = ""
    referred_on: date | None = None
    answered_on: date | None = None
    answer: str = ""


def meet_people(story: Story) -> None:
    """Makes the people who are known and on no roster; a few of them die."""
    county, rng = story.county, story.rng
    opening = workdays(date(story.year - 1, 10, 10), date(story.year - 1, 12, 28))
    later = workdays(date(story.year, 1, 9), story.last_day - timedelta(days=75))
    for at in range(story.wanted.people):
        child = at < story.wanted.children
        town = CHILDREN_TOWNS[at % 8] if child else county.town()
        age = (7, 15) if child else rng.choices(_AGES, _AGE_WEIGHTS)[0]
        on = rng.choice(opening if child or rng.random() < 0.4 else later)
        county.people.append(county.person(age, on, town, county.village(town)))
    known = [p for p in county.people if p.registered_on < date(story.year, 1, 1)]
    for person in known[-max(1, story.wanted.people // 200) :]:
        person.died_on = rng.choice(workdays(story.last_day - timedelta(days=60), story.last_day))
        person.reported_on = person.died_on


def needs(story: Story) -> list[Need]:
    """Needs before applications, and needs of people on no roster."""
    found = [_before_application(story, c) for c in _applicants(story)]
    people = [p for p in story.county.people if p.died_on is None]
    for person in story.rng.sample(people, min(len(people), story.wanted.needs - len(found))):
        span = workdays(person.registered_on, story.last_day - timedelta(days=5))
        found.append(_need(story, person, story.rng.choice(span)))
    found.sort(key=lambda n: n.found_on)
    for at, need in enumerate(found, start=1):
        need.number = f"FX{need.found_on:%Y}{at:05d}"
    return found


def _applicants(story: Story) -> list[Case]:
    """Some of the households that applied after the opening."""
    applied = [
        c
        for c in (*story.cases, *story.other_cases)
        if c.decisions[0].steps and c.decisions[0].decided_on.year >= story.year
    ]
    return story.rng.sample(applied, min(len(applied) // 2, story.wanted.needs // 2))


def _before_application(story: Story, case: Case) -> Need:
    decision = case.decisions[0]
    assert decision.steps is not None
    need = _need(story, case.household.head, decision.steps.applied_on)
    need.kind, need.referred_to, need.referred_on = "生活", "民政局", need.found_on
    need.answered_on = decision.decided_on
    need.answer = "不符合条件" if decision.action == "不予批准" else "已救助"
    return need


def _need(story: Story, person: Person, found_on: date) -> Need:
    rng = story.rng
    need = Need("", person, found_on, rng.choice(_CHANNELS), rng.choice(_KINDS))
    if rng.random() < 0.85:
        need.referred_to = rng.choice(DEPARTMENTS)
        need.referred_on = workday_from(found_on + timedelta(days=rng.randint(0, 3)))
        answered_on = workday_from(need.referred_on + timedelta(days=rng.randint(3, 40)))
        if rng.random() < 0.9 and answered_on <= story.last_day:
            need.answered_on, need.answer = answered_on, rng.choice(_ANSWERS)
        if need.referred_on > story.last_day:
            need.referred_to, need.referred_on = "", None
    return need
