"""Counts what the history holds, as the ledger must count it from the files: `expected.json`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from domain.ages import age_on
from domain.divisions import TOWNS
from simulation.cases import STATUS_PROGRAMS, Case
from simulation.county import Household, Person
from simulation.disbursement import Batch, Disbursement
from simulation.history import History
from simulation.partners import CHARITY, HELP, VENTURE, Partners
from simulation.services import CATARACT, COUNSELING, HOMES, Services
from simulation.story import Story
from simulation.words import BANKS, DEPARTMENTS, ORGANIZATIONS, data_kinds

_FUND_CODES = {"": "county", "省级": "province", "中央": "central"}


@dataclass(slots=True)
class Stay:
    """A person in a program, [start, end)."""

    start: date
    program: str
    case: Case
    end: date = date.max
    died: bool = False


def expected(history: History) -> dict[str, Any]:
    """Everything that a test can hold against a ledger that imported the files."""
    story = history.story
    year = story.year
    stays = [_stays(person, cases) for person, cases in _by_person(story)]
    year_end, half_end = date(year, 12, 31), date(year + 1, 6, 27)
    movement = _movement(stays, date(year, 1, 1), year_end)
    figures = {
        "economic_checks": story.verification.rows_between(date(year, 1, 1), year_end),
        "newly_enrolled_persons": movement["new"],
        "exited_persons": movement["exited"],
        **_sources(),
        "towns": len({w.town for w in story.offices.workers}),
        "social_workers": len(story.offices.workers),
        "linked_departments": len(ORGANIZATIONS),
        **_services(history.services),
        **_projects(history.partners),
    }
    return {
        "synthetic": True,
        "year": year,
        "as_of": half_end.isoformat(),
        "figures": figures,
        "movements": {
            str(year): movement,
            f"{year + 1}-01..{half_end}": _movement(stays, date(year + 1, 1, 1), half_end),
        },
        "roster": {
            day.isoformat(): _roster(stays, day)
            for day in (date(year - 1, 12, 31), year_end, half_end)
        },
        "payments": _payments(history.disbursement),
        "head_count_only": sum(d.head_count or 0 for d in history.services.deliveries),
        "counseling_towns": sorted(
            {TOWNS[d.town] for d in history.services.deliveries if d.service == COUNSELING}
        ),
        "deliberate_breaches": _breaches(history),
    }


def _by_person(story: Story) -> Iterable[tuple[Person, list[Case]]]:
    found: dict[Person, list[Case]] = defaultdict(list)
    for case in (*story.cases, *story.other_cases):
        for person in dict.fromkeys(p for d in case.decisions for p in d.persons):
            found[person].append(case)
    return found.items()


def _stays(person: Person, cases: list[Case]) -> list[Stay]:
    return [stay for case in cases for stay in _stays_in(person, case)]


def _stays_in(person: Person, case: Case) -> Iterator[Stay]:
    stay: Stay | None = None
    for decision in case.decisions:
        concerned = person in decision.persons
        if decision.action in ("新增", "增员") and concerned and stay is None:
            stay = Stay(decision.decided_on, case.program, case)
        elif stay and (decision.action == "停止" or (decision.action == "减员" and concerned)):
            yield _ended(stay, person, decision.decided_on)
            stay = None
    if stay:
        yield _ended(stay, person, date.max)


def _ended(stay: Stay, person: Person, decided_on: date) -> Stay:
    """The stay with its end: the decision, or the death where that came first."""
    died_on = person.died_on or date.max
    stay.died = died_on < decided_on or decided_on == date.max > died_on
    stay.end = min(decided_on, died_on)
    return stay


def _merged(stays: list[Stay]) -> list[Stay]:
    """Times with any status: a change of program, or two at once, is one."""
    result: list[Stay] = []
    for s in sorted((s for s in stays if s.program in STATUS_PROGRAMS), key=lambda s: s.start):
        if result and s.start <= result[-1].end:
            if s.end > result[-1].end:
                result[-1] = Stay(result[-1].start, s.program, s.case, s.end, s.died)
        else:
            result.append(s)
    return result


def _movement(everybody: Iterable[list[Stay]], first: date, last: date) -> dict[str, int]:
    statuses = [s for stays in everybody for s in _merged(stays)]
    exits = [s for s in statuses if first <= s.end <= last]
    before = first - timedelta(days=1)
    return {
        "opening": sum(s.start <= before < s.end for s in statuses),
        "new": sum(first <= s.start <= last for s in statuses),
        "exited": len(exits),
        "exited_by_death": sum(s.died for s in exits),
        "closing": sum(s.start <= last < s.end for s in statuses),
    }


def _roster(everybody: Iterable[list[Stay]], day: date) -> dict[str, Any]:
    """Persons and households in on the day, over all programs and by program; a person in two
    programs counts in each. `with_status`: in 低保, 特困 or 低保边缘."""
    inside = [[s for s in stays if s.start <= day < s.end] for stays in everybody]
    persons: Counter[str] = Counter()
    households: dict[str, set[Household]] = defaultdict(set)
    for stays in inside:
        persons.update({s.program for s in stays})
        for s in stays:
            households[s.program].add(s.case.household)
    return {
        "persons": sum(bool(stays) for stays in inside),
        "households": len(set().union(*households.values())),
        "with_status": sum(any(s.program in STATUS_PROGRAMS for s in stays) for stays in inside),
        "by_program": {
            program: {"persons": persons[program], "households": len(households[program])}
            for program in sorted(persons)
        },
    }


def _sources() -> dict[str, int]:
    names = (*BANKS, *DEPARTMENTS)
    kinds = {kind for at, name in enumerate(names, start=1) for kind in data_kinds(name, at)}
    return {"banks": len(BANKS), "departments": len(DEPARTMENTS), "data_kinds": len(kinds)}


def _services(services: Services) -> dict[str, int]:
    done = [d for d in services.deliveries if d.completed]
    by_name = [(d, d.person) for d in done if d.person is not None]

    def persons(service: str, ages: range) -> int:
        return len(
            {
                id(p)
                for d, p in by_name
                if d.service == service and age_on(p.born, d.delivered_on) in ages
            }
        )

    homes = {id(d.household) for d in done if d.service == HOMES and d.household}
    return {
        "people_served": len({id(p) for _, p in by_name}),
        "cataract_patients": persons(CATARACT, range(65, 200)),
        "children_supported": persons(COUNSELING, range(18)),
        "homes_improved": len(homes),
    }


def _projects(partners: Partners) -> dict[str, int]:
    by_track = {t: [p for p in partners.projects if p.track == t] for t in (HELP, VENTURE, CHARITY)}
    public = [*by_track[HELP], *by_track[VENTURE]]

    def yuan(fund: str, track: str | None = None) -> int:
        projects = by_track[track] if track else public
        return sum(p.committed_fen for p in projects if p.fund == fund) // 100

    return {
        "help_projects": len(by_track[HELP]),
        "service_projects": len(public),
        "orgs_in_venture": len({p.provider.number for p in by_track[VENTURE]}),
        "orgs_in_services": len({p.provider.number for p in by_track[HELP]}),
        "fiscal_spend": yuan("财政资金"),
        "charity_projects": len(by_track[CHARITY]),
        "charity_spend": yuan("慈善资金", CHARITY),
    }


def _payments(disbursement: Disbursement) -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    """Month → program → fund → lines and fen. What came back counts as returned."""
    totals: dict[str, dict[str, dict[str, dict[str, int]]]] = {}
    for batch in disbursement.batches:
        by_fund = totals.setdefault(batch.month, {}).setdefault(batch.program, {})
        by_fund[_FUND_CODES[batch.fund]] = _sums(batch)
    return totals


def _sums(batch: Batch) -> dict[str, int]:
    arrived = [line for line in batch.lines if line.arrived]
    authorized_fen = sum(line.total_fen for line in batch.lines)
    paid_fen = sum(line.total_fen for line in arrived)
    return {
        "lines": len(batch.lines),
        "authorized_fen": authorized_fen,
        "paid_fen": paid_fen,
        "returned_lines": len(batch.lines) - len(arrived),
        "returned_fen": authorized_fen - paid_fen,
    }


def _breaches(history: History) -> list[dict[str, Any]]:
    """What is wrong on purpose; `rules`: how often the ledger names which rule for it."""
    b = history.breaches
    after_death = history.disbursement.lines_after_death

    def one(kind: str, count: int, **rules: int) -> dict[str, Any]:
        return {"kind": kind, "count": count, "rules": rules}

    unchecked, self_approved = len(b.unchecked), len(b.self_approved)
    return [
        # The exit is dated back to the death: every line is found by both rules.
        one(
            "paid_after_death",
            len(b.paid_after_death),
            paid_after_death=after_death,
            paid_after_exit=after_death,
        ),
        one("overpaid", len(b.overpaid), over_entitlement=len(b.overpaid)),
        one("two_programs", len(b.exclusive), exclusive_programs=len(b.exclusive)),
        one("enrolled_without_check", unchecked, no_check_before_enrollment=unchecked),
        one(
            "investigator_approved",
            self_approved,
            same_person_investigated_and_approved=self_approved,
        ),
    ]
