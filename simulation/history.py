"""Tells the whole history of the county once, from a year, a seed and a scale."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from simulation.adjustments import adjust
from simulation.applications import apply_otherwise
from simulation.breaches import NEW_PERSONS, Breaches, breach
from simulation.cases import settle
from simulation.county import County
from simulation.disbursement import Disbursement
from simulation.discovery import Need, meet_people, needs
from simulation.movements import Movements
from simulation.opening import open_roster
from simulation.partners import Partners
from simulation.quotas import LATE_DEATHS, quotas
from simulation.services import Services, Wish, wishes
from simulation.story import Story
from simulation.verification import recheck_half, recheck_year


@dataclass(frozen=True)
class History:
    """All that happened, before it becomes files."""

    story: Story
    breaches: Breaches
    disbursement: Disbursement
    partners: Partners
    services: Services
    wishes: list[Wish]
    needs: list[Need]


def tell(year: int, seed: int, scale: float) -> History:
    """The same arguments tell the same history."""
    wanted = quotas(scale)
    rng = Random(seed)
    story = Story(County(rng), year, wanted)
    open_roster(story)
    breaches = breach(story)
    spans = (
        ((date(year, 1, 1), date(year, 12, 31)), wanted.year),
        ((date(year + 1, 1, 1), story.last_day), wanted.half),
    )
    already = {"already_new": NEW_PERSONS, "already_dead": LATE_DEATHS}
    for span, period in spans:
        Movements(story, span, period, **already).run()
        already = {}
    for span, period in spans:
        adjust(story, *span, period)
        apply_otherwise(story, *span, period)
    meet_people(story)
    for case in story.cases:
        settle(case)
    recheck_year(story.verification, story.cases, year, wanted)
    recheck_half(story.verification, story.cases, year + 1, wanted)
    _number_checks(story)
    disbursement = Disbursement(story, breaches)
    partners = Partners(rng, year, story.last_day)
    services = Services(story, partners)
    return History(
        story,
        breaches,
        disbursement,
        partners,
        services,
        wishes(story, partners, services.served),
        needs(story),
    )


def _number_checks(story: Story) -> None:
    checks = story.verification.checks
    checks.sort(key=lambda c: c.fed_back_on)
    for number, check in enumerate(checks, start=1):
        check.number = number
