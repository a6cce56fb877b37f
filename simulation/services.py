"""Services given, and wishes: exactly so many people served by name, and everybody else's beside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.ages import age_on
from simulation.county import Household, Person
from simulation.discovery import CHILDREN_TOWNS
from simulation.partners import Partners, Project, Provider
from simulation.story import Story

_SERVICES: Final = {
    "物质帮扶": "物资发放", "教育帮扶": "助学", "就业帮扶": "就业辅导",
    "照料关爱": "上门照料", "社会融入": "社会融入活动", "精神慰藉": "精神慰藉",
}  # fmt: skip
"""The service of a project's everyday deliveries, by the project's kind."""
CATARACT, COUNSELING, HOMES = "白内障手术", "儿童心理辅导", "居住环境改善"
_WISHES = {
    "物质": ("一床棉被", "一个电热水壶", "一辆助行器", "一套学习用品", "一台收音机", "一袋大米"),
    "服务": ("理发", "打扫卫生", "陪伴就医", "辅导功课", "维修电路", "陪聊"),
}


@dataclass(slots=True, eq=False)
class Delivery:
    """A service to a person, a household, or a counted group."""

    project: Project
    delivered_on: date
    service: str
    person: Person | None = None
    household: Household | None = None
    head_count: int | None = None
    town: str = ""
    completed: bool = True
    number: str = ""


@dataclass(slots=True, eq=False)
class Wish:
    """A wish and what became of it."""

    number: str
    person: Person
    registered_on: date
    kind: str
    content: str
    channel: str
    provider: Provider | None = None
    matched_on: date | None = None
    fulfilled_on: date | None = None
    satisfaction: int | None = None


class Services:
    """All deliveries."""

    def __init__(self, story: Story, partners: Partners) -> None:
        self.story, self.partners, self.rng = story, partners, story.rng
        self.deliveries: list[Delivery] = []
        self._by_category = {c: partners.of_category(c) for c in _SERVICES}
        alive = [p for p in story.county.people if p.died_on is None]
        unfinished = alive[-story.wanted.unfinished :]
        self.served = alive[: story.wanted.served_off_roster]
        assert len(self.served) + len(unfinished) <= len(alive), "too few people on no roster"
        on_roster = _living_members(story)
        self.rng.shuffle(on_roster)
        self.served += on_roster[: story.wanted.served - len(self.served)]
        assert len(self.served) == story.wanted.served, "too few people to serve"
        self._special()
        for person in self.served:
            self._everyday(person)
            if self.rng.random() < 0.22:
                self._everyday(person)
        for person in unfinished:
            self._everyday(person, completed=False)
        self._head_counts()
        self._number()

    def _everyday(self, person: Person, *, completed: bool = True) -> None:
        """One service fit for the person's age, while a project of its kind runs."""
        age = self.story.year - person.born.year
        kinds: tuple[str, ...] = ("物质帮扶", "物质帮扶", "照料关爱", "社会融入", "精神慰藉")
        if age < 18:
            kinds = ("物质帮扶", "教育帮扶", "教育帮扶")
        elif age < 60:
            kinds = ("物质帮扶", "物质帮扶", "就业帮扶", "社会融入")
        category = self.rng.choice(kinds)
        running = self._running(self._by_category[category], person)
        if not running:
            category = "物质帮扶"
            running = self._running(self._by_category[category], person)
        project = self.rng.choice(running)
        day = self._day(project, person.registered_on)
        self.deliveries.append(
            Delivery(
                project, day, _SERVICES[category], person, town=person.town, completed=completed
            )
        )

    def _running(self, projects: list[Project], person: Person) -> list[Project]:
        return [p for p in projects if p.ends_on > person.registered_on]

    def _day(self, project: Project, since: date) -> date:
        first = max(project.starts_on, since)
        return first + timedelta(days=self.rng.randint(0, (project.ends_on - first).days))

    def _special(self) -> None:
        wanted = self.story.wanted
        self._counseling([p for p in self.served if _age(p, self.story) < 17][: wanted.children])
        eyes = self._projects_of(self.partners.hospital)
        since = eyes[0].starts_on
        known = [(p, _age(p, self.story)) for p in self.served if p.registered_on < since]
        old = [p for p, age in known if age >= 67]
        younger = [p for p, age in known if 40 <= age < 63]
        assert len(old) > wanted.cataract, "too few old people to serve"
        assert younger, "too few people to serve"
        for person in old[: wanted.cataract]:
            self._give(eyes, person, CATARACT)
        # Told apart by the ledger: one too young to be counted, one not finished.
        self._give(eyes, younger[0], CATARACT)
        self._give(eyes, old[-1], CATARACT, completed=False)
        self._improve_homes()

    def _projects_of(self, provider: Provider) -> list[Project]:
        return [p for p in self.partners.projects if p.provider is provider][:1]

    def _give(
        self, projects: list[Project], person: Person, service: str, *, completed: bool = True
    ) -> None:
        project = self.rng.choice(projects)
        day = self._day(project, person.registered_on)
        self.deliveries.append(
            Delivery(project, day, service, person, town=person.town, completed=completed)
        )

    def _counseling(self, children: list[Person]) -> None:
        projects = self._projects_of(self.partners.children)
        assert len(children) == self.story.wanted.children
        assert {c.town for c in children} == set(CHILDREN_TOWNS)
        for child in children:
            for _ in range(self.rng.randint(1, 3)):
                self._give(projects, child, COUNSELING)

    def _improve_homes(self) -> None:
        wanted = self.story.wanted.homes
        projects = self.partners.of_category(HOMES)
        last = max(p.ends_on for p in projects)
        heads = {id(p) for p in self.served}
        homes = [
            c.household
            for c in self.story.cases
            if id(c.household.head) in heads and c.household.registered_on < last and not c.reserved
        ][: wanted + 2]
        for at, household in enumerate(homes):
            fit = [p for p in projects if p.ends_on > household.registered_on]
            for _ in range(1 + (at % 9 == 0)):
                project = self.rng.choice(fit)
                day = self._day(project, household.registered_on)
                done = at < wanted
                self.deliveries.append(
                    Delivery(project, day, HOMES, None, household, None, household.town, done)
                )

    def _head_counts(self) -> None:
        for _ in range(self.story.wanted.head_counts):
            project = self.rng.choice(self._by_category["社会融入"])
            day = self._day(project, project.starts_on)
            town = self.story.county.town()
            heads = self.rng.randint(8, 70)
            self.deliveries.append(
                Delivery(project, day, "社会融入活动", head_count=heads, town=town)
            )

    def _number(self) -> None:
        self.deliveries.sort(key=lambda d: d.delivered_on)
        for at, delivery in enumerate(self.deliveries, start=1):
            delivery.number = f"FW{at:06d}"


def wishes(story: Story, partners: Partners, served: list[Person]) -> list[Wish]:
    """Wishes of people who are served: registered, mostly taken on, mostly fulfilled."""
    rng, found = story.rng, []
    for person in rng.sample(served, story.wanted.wishes):
        first = max(person.registered_on, date(story.year, 1, 9))
        on = first + timedelta(days=rng.randint(0, (story.last_day - first).days))
        kind = rng.choice(tuple(_WISHES))
        channel = rng.choice(("浙里办-浙里救", "线下"))
        wish = Wish("", person, on, kind, rng.choice(_WISHES[kind]), channel)
        matched_on = on + timedelta(days=rng.randint(1, 20))
        if rng.random() < 0.93 and matched_on <= story.last_day:
            wish.provider, wish.matched_on = rng.choice(partners.help_providers), matched_on
            fulfilled_on = matched_on + timedelta(days=rng.randint(1, 30))
            if rng.random() < 0.96 and fulfilled_on <= story.last_day:
                wish.fulfilled_on = fulfilled_on
                wish.satisfaction = rng.choices((3, 4, 5, None), (4, 26, 60, 10))[0]
        found.append(wish)
    found.sort(key=lambda w: w.registered_on)
    for at, wish in enumerate(found, start=1):
        wish.number = f"XY{wish.registered_on:%Y}{at:05d}"
    return found


def _living_members(story: Story) -> list[Person]:
    """Members of households that were registered in time, and who live."""
    latest = story.last_day - timedelta(days=60)
    found: dict[Person, None] = {}
    for household in story.county.households:
        for m in household.members:
            if m.person.died_on is None and m.joined_on < latest:
                found[m.person] = None
    return list(found)


def _age(person: Person, story: Story) -> int:
    return age_on(person.born, max(person.born, date(story.year, 1, 1)))
