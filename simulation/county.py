"""The county: towns and villages, its people and households, each identity number given once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from domain.divisions import TOWNS
from domain.identity import check_digit
from simulation.words import BANKS, person_name, villages

_WEIGHTS: Final = {
    "001": 14, "002": 6, "003": 7, "004": 4, "005": 9, "102": 4, "103": 4, "104": 9,
    "106": 4, "108": 3, "109": 8, "110": 3, "111": 2, "112": 2, "115": 5, "116": 2,
    "117": 3, "119": 4, "120": 2, "121": 1, "122": 2, "124": 2, "201": 1,
}  # fmt: skip
"""How big the towns are, one against the other."""
TOWN_CODES: Final = tuple(TOWNS)
_TOWN_WEIGHTS: Final = tuple(_WEIGHTS[code[6:]] for code in TOWN_CODES)

_HOME = "330681"
_NEIGHBORS = ("330602", "330603", "330604", "330624", "330683")
_IMPOSSIBLE_ORDER = "000"
"""Birth orders begin at 001: no such number was ever given to anybody."""


@dataclass(slots=True, eq=False)
class Person:
    """Somebody who does not exist."""

    name: str
    number: str
    born: date
    town: str
    village: str
    registered_on: date
    died_on: date | None = None
    reported_on: date | None = None


@dataclass(slots=True, eq=False)
class Membership:
    """One person's place in a household, from a day on."""

    person: Person
    relation: str
    joined_on: date
    reason: str = ""
    left_on: date | None = None
    left_reason: str = ""
    circumstances: tuple[str, str, str, str, str, int] = ("", "", "", "", "", 0)
    """Disability kind and grade, labor capacity, health, employment, yearly income (fen)."""


@dataclass(slots=True, eq=False)
class Household:
    """A household known to the bureau, with the account that it is paid to."""

    head: Person
    town: str
    village: str
    address: str
    bank: str
    account: str
    registered_on: date
    certificate_no: str = ""
    members: list[Membership] = field(default_factory=list)

    def persons_on(self, day: date) -> list[Person]:
        """Who belongs to it and lives on that day."""
        return [
            m.person
            for m in self.members
            if m.joined_on <= day
            and (m.left_on is None or day < m.left_on)
            and (m.person.died_on is None or day < m.person.died_on)
        ]


class County:
    """Makes people and households; the same generator makes the same county."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._given: set[str] = set()
        self._accounts = 0
        self._villages = {
            code: villages(rng, 6 + weight * 2, urban=code[6] == "0")
            for code, weight in zip(TOWN_CODES, _TOWN_WEIGHTS, strict=True)
        }
        self.households: list[Household] = []
        self.people: list[Person] = []
        """Those who are known, but belong to no household here."""

    def town(self) -> str:
        """A town's code; big ones come more often."""
        return self.rng.choices(TOWN_CODES, _TOWN_WEIGHTS)[0]

    def village(self, town: str) -> str:
        """One of the town's villages."""
        return self.rng.choice(self._villages[town])

    def person(self, age: tuple[int, int], on: date, town: str, village: str) -> Person:
        """Somebody of that age (from, to, in whole years) on that day."""
        least, most = age
        days = self.rng.randint(least * 366, most * 365 + 364)
        born, number = self._identity(on - timedelta(days=days))
        return Person(person_name(self.rng), number, born, town, village, on)

    def newborn(self, on: date, household: Household) -> Person:
        """A child born in the weeks before that day."""
        born, number = self._identity(on - timedelta(days=self.rng.randint(14, 60)))
        name = person_name(self.rng)
        return Person(name, number, born, household.town, household.village, on)

    def _identity(self, born: date) -> tuple[date, str]:
        """A number for that birth date; where all its prefixes are given, for a day before.
        One birth order allows one number a date and prefix, hence the neighboring counties."""
        while True:
            text = f"{born:%Y%m%d}{_IMPOSSIBLE_ORDER}"
            start = self.rng.randrange(len(_NEIGHBORS))
            for prefix in (_HOME, *_NEIGHBORS[start:], *_NEIGHBORS[:start]):
                if prefix + text not in self._given:
                    self._given.add(prefix + text)
                    return born, prefix + text + check_digit(prefix + text)
            born -= timedelta(days=1)

    def household(self, head: Person) -> Household:
        """A household of one, with an account no bank can have: 62, then 0000."""
        rng = self.rng
        self._accounts += rng.randint(1, 997)
        household = Household(
            head=head,
            town=head.town,
            village=head.village,
            address=f"{head.village}{rng.randint(1, 420)}号",
            bank=BANKS[TOWN_CODES.index(head.town)] if rng.random() < 0.7 else rng.choice(BANKS),
            account=f"620000{self._accounts:013d}",
            registered_on=head.registered_on,
        )
        household.members.append(Membership(head, "本人", head.registered_on))
        self.households.append(household)
        return household

    def join(
        self, household: Household, person: Person, relation: str, on: date, reason: str = ""
    ) -> Membership:
        """The person belongs to the household from that day on."""
        membership = Membership(person, relation, on, reason)
        household.members.append(membership)
        return membership
