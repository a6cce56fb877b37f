"""The social forces: providers, and projects with their money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from simulation.days import workdays
from simulation.quotas import (
    CHARITY_FEN,
    CHARITY_PROJECTS,
    FISCAL_FEN,
    HELP_PROJECTS,
    HELP_PROVIDERS,
    VENTURE_PROJECTS,
)

HELP, VENTURE, CHARITY = "助联体-暨时助", "公益创投", "慈善"
CATEGORIES: Final = (
    *("物质帮扶", "教育帮扶", "医疗帮扶", "就业帮扶"),
    *("照料关爱", "社会融入", "精神慰藉", "居住环境改善"),
)
_CATEGORY_WEIGHTS = (26, 12, 8, 10, 18, 12, 10, 4)
_WORDS = {
    "物质帮扶": "暖心物资", "教育帮扶": "童心护航", "医疗帮扶": "光明行动", "就业帮扶": "技能扶持",
    "照料关爱": "居家照护", "社会融入": "邻里同行", "精神慰藉": "心灵驿站", "居住环境改善": "焕新家园",
}  # fmt: skip
_PROVIDER_WORDS = ("同心", "暖阳", "春晖", "携手", "博学", "守望", "晨光", "友邻", "乐助", "安康")
_PROVIDER_FIELDS = ("社会工作服务中心", "公益服务中心", "志愿服务队", "养老服务社", "助残服务社")


@dataclass(frozen=True, slots=True)
class Provider:
    """An organization that gives services; it does not exist."""

    number: str
    name: str
    kind: str
    registered_on: date


@dataclass(frozen=True, slots=True)
class Project:
    """A project of one provider, paid from one fund."""

    number: str
    name: str
    category: str
    track: str
    provider: Provider
    fund: str
    committed_fen: int
    committed_on: date
    paid_fen: int
    paid_on: date
    starts_on: date
    ends_on: date
    people_planned: int
    visits_planned: int
    accepted_on: date | None


class Partners:
    """All providers and projects."""

    def __init__(self, rng: Random, year: int, last_day: date) -> None:
        self._rng, self._year, self._last_day = rng, year, last_day
        self.providers = _providers(rng, year)
        self.help_providers = self.providers[:HELP_PROVIDERS]
        self.hospital, self.charity, self.children = (
            self.providers[HELP_PROVIDERS - 1],
            self.providers[-1],
            self.providers[HELP_PROVIDERS - 2],
        )
        self.projects: list[Project] = []
        self._open_all()

    def of_category(self, category: str) -> list[Project]:
        """The projects of that kind, charity's excepted."""
        return [p for p in self.projects if p.category == category and p.track == HELP]

    def _open_all(self) -> None:
        shares = _shares(self._rng, FISCAL_FEN, HELP_PROJECTS + VENTURE_PROJECTS, 20_000)
        for at in range(HELP_PROJECTS):
            # The first of each provider and of each kind, then as it comes.
            provider = (
                self.help_providers[at]
                if at < HELP_PROVIDERS
                else self._rng.choice(self.help_providers)
            )
            category = (
                CATEGORIES[at]
                if at < len(CATEGORIES)
                else self._rng.choices(CATEGORIES, _CATEGORY_WEIGHTS)[0]
            )
            if provider is self.hospital:
                category = "医疗帮扶"
            elif provider is self.children:
                category = "教育帮扶"
            self._open(HELP, category, provider, shares[at], early=at < HELP_PROVIDERS)
        for at in range(VENTURE_PROJECTS):
            category = ("照料关爱", "社会融入", "就业帮扶")[at]
            self._open(
                VENTURE, category, self.providers[at], shares[HELP_PROJECTS + at], early=True
            )
        for fen in _shares(self._rng, CHARITY_FEN, CHARITY_PROJECTS, 1_000_000):
            self._open(CHARITY, "物质帮扶", self.charity, fen, early=False)

    def _open(
        self, track: str, category: str, provider: Provider, committed: int, *, early: bool
    ) -> None:
        rng = self._rng
        number = len(self.projects) + 1
        span = (date(self._year, 1, 9), date(self._year, 3, 24)) if early else self._span()
        committed_on = rng.choice(workdays(*span))
        starts_on = committed_on + timedelta(days=rng.randint(1, 14))
        length = rng.randint(220, 420) if early else rng.randint(60, 240)
        ends_on = min(starts_on + timedelta(days=length), self._last_day)
        accepted_on = ends_on + timedelta(days=rng.randint(5, 25))
        planned = rng.randint(30, 180)
        fund = "慈善资金" if track == CHARITY else "财政资金"
        self.projects.append(
            Project(
                number=f"XM{committed_on.year}{number:04d}",
                name=f"“{_WORDS[category]}”{category}项目第{number:03d}号",
                category=category,
                track=track,
                provider=provider,
                fund=fund,
                committed_fen=committed,
                committed_on=committed_on,
                paid_fen=committed * rng.choice((60, 70, 80)) // 100,
                paid_on=starts_on + timedelta(days=rng.randint(0, 9)),
                starts_on=starts_on,
                ends_on=ends_on,
                people_planned=planned,
                visits_planned=planned * rng.randint(1, 4),
                accepted_on=accepted_on if accepted_on <= self._last_day else None,
            )
        )

    def _span(self) -> tuple[date, date]:
        return date(self._year, 2, 1), date(self._year + 1, 4, 30)


def _providers(rng: Random, year: int) -> list[Provider]:
    """79 of the help projects (the last two for children and eyes), and a charity."""
    found = []
    for at in range(HELP_PROVIDERS - 2):
        word = _PROVIDER_WORDS[at % 10] + ("", "之家", "汇", "园")[at // 50 % 4]
        name = f"{word}{_PROVIDER_FIELDS[at // 10 % 5]}（合成{at + 1:02d}）"
        kind = "志愿队伍" if "志愿" in name else ("企业" if at % 17 == 5 else "社会组织")
        found.append((name, kind))
    found += [("博爱公益（合成）", "社会组织"), ("中心医院（合成）", "医疗机构")]
    found.append(("慈善总会（合成）", "慈善组织"))
    days = workdays(date(year - 3, 3, 1), date(year - 1, 12, 20))
    return [
        Provider(f"JG{number:03d}", name, kind, rng.choice(days))
        for number, (name, kind) in enumerate(found, start=1)
    ]


def _shares(rng: Random, total: int, count: int, least: int) -> list[int]:
    """So many sums of whole hundreds of yuan that add up to the total."""
    weights = [rng.randint(40, 160) for _ in range(count)]
    unit = 10_000
    shares = [max(least, total * w // sum(weights) // unit * unit) for w in weights]
    shares[-1] += total - sum(shares)
    assert shares[-1] > 0
    return shares
