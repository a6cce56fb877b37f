"""Households of each program: who lives in them, who is covered, and on what income."""

from __future__ import annotations

from datetime import date
from random import Random

from simulation.cases import Case
from simulation.county import County, Household, Membership, Person
from simulation.quotas import STANDARD_FEN

_SIZES = {
    "dibao": ((1, 2, 3, 4), (65, 22, 9, 4)),
    "dibao_edge": ((1, 2, 3, 4), (44, 33, 15, 8)),
    "rigid_spending": ((1, 2, 3, 4), (20, 35, 30, 15)),
    "temporary": ((1, 2, 3, 4), (40, 30, 20, 10)),
}
_HEAD_AGES = {
    "dibao": (((60, 90), (40, 59), (22, 39)), (62, 30, 8)),
    "tekun": (((60, 93), (40, 59), (7, 15)), (89, 8, 3)),
    "dibao_edge": (((60, 86), (40, 59), (24, 39)), (48, 40, 12)),
    "rigid_spending": (((60, 80), (35, 59)), (35, 65)),
    "temporary": (((60, 85), (30, 59)), (40, 60)),
}
CARE_FEN = (21_500, 53_750, 107_500)
"""Care of 特困 by how much help is needed: synthetic."""
_DISABILITIES = ("肢体", "视力", "听力", "智力", "精神")


class Families:
    """Makes households with everybody in them, and opens their cases."""

    def __init__(self, county: County) -> None:
        self.county = county
        self._certificates = 0

    def case(self, program: str, on: date, covered: int | None = None) -> Case:
        """A household that applies for the program on that day; with so many covered persons
        where the number matters. The first in the household are the covered ones."""
        rng = self.county.rng
        if covered is None:
            covered = self.size(program)
        household = self._household(program, on, covered)
        if program == "dibao" and rng.random() < 0.1:
            self._uncovered(household, on)
        case = Case(household, program, income_of(rng, program), covered)
        for membership in household.members:
            self._circumstances(membership, case, on)
        _supplements(rng, case)
        if program in ("dibao", "tekun", "dibao_edge"):
            self._certificates += 1
            household.certificate_no = f"330681{on.year}{self._certificates:06d}"
        return case

    def size(self, program: str) -> int:
        """How many persons a household of the program has; 特困 is granted a person."""
        if program == "tekun":
            return 1
        sizes, weights = _SIZES[program]
        return self.county.rng.choices(sizes, weights)[0]

    def _household(self, program: str, on: date, size: int) -> Household:
        rng, county = self.county.rng, self.county
        ages, weights = _HEAD_AGES[program]
        age = rng.choices(ages, weights)[0]
        town = county.town()
        village = county.village(town)
        household = county.household(county.person(age, on, town, village))
        for _ in range(size - 1):
            relation, member_age = _relative(rng, household.head, len(household.members), on)
            member = county.person(member_age, on, town, village)
            county.join(household, member, relation, on)
        return household

    def _uncovered(self, household: Household, on: date) -> None:
        """A grown-up child with an income of his own: a member, not a covered person."""
        age = (19, 24) if on.year - household.head.born.year < 50 else (25, 45)
        person = self.county.person(age, on, household.town, household.village)
        self.county.join(household, person, "子女", on)

    def _circumstances(self, membership: Membership, case: Case, on: date) -> None:
        rng = self.county.rng
        age = (on - membership.person.born).days // 365
        disabled = rng.random() < (0.35 if case.program in ("dibao", "tekun") else 0.2)
        kind = rng.choice(_DISABILITIES) if disabled else ""
        grade = rng.choice(("一级", "二级", "三级", "四级")) if disabled else ""
        working = 18 <= age < 60 and not disabled
        labor = "有劳动能力" if working else ("部分丧失" if 16 <= age < 70 else "无劳动能力")
        health = rng.choice(("健康", "一般", "慢性病", "重病"))
        work = (
            rng.choice(("务农", "灵活就业", "未就业")) if working else ("在校" if age < 18 else "")
        )
        income = case.income_fen * 12 if case.program != "tekun" else 0
        membership.circumstances = (kind, grade, labor, health, work, income)


def income_of(rng: Random, program: str) -> int:
    """Income per head and month in fen; mostly whole yuan."""
    ranges = {
        "dibao": (120, 980),
        "tekun": (0, 200),
        "dibao_edge": (1_080, 1_600),
        "rigid_spending": (1_300, 3_200),
        "temporary": (900, 2_600),
    }
    yuan = rng.randint(*ranges[program])
    return yuan * 100 + (rng.choice((25, 50, 33, 80)) if rng.random() < 0.15 else 0)


def _relative(rng: Random, head: Person, place: int, on: date) -> tuple[str, tuple[int, int]]:
    """Relation to the head and age (from, to) of the next member."""
    age = (on - head.born).days // 365
    if age < 18:
        return "祖父母", (62, 75)
    if place == 1 and age >= 45 and rng.random() < 0.75:
        return "配偶", (max(40, age - 6), age + 2)
    if age >= 58:
        if rng.random() < 0.6:
            return "子女", (max(20, age - 40), age - 22)
        return "孙子女", (4, min(16, age - 45))
    return "子女", (max(0, age - 42), max(1, min(17, age - 22)))


def _supplements(rng: Random, case: Case) -> None:
    if case.program == "tekun":
        if rng.random() < 0.65:
            case.supplements[case.household.head] = rng.choice(CARE_FEN)
        return
    if case.program != "dibao":
        return
    for membership in case.household.members[: case.covered_first]:
        severe = membership.circumstances[1] in ("一级", "二级")
        if severe and rng.random() < 0.8:
            case.supplements[membership.person] = STANDARD_FEN * 3 // 10
        elif membership.circumstances[3] == "重病" and rng.random() < 0.4:
            case.supplements[membership.person] = STANDARD_FEN // 5
