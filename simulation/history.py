"""Tells the whole history of the county once, from a year, a seed and a scale."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from random import Random

from simulation.adjustments import adjust
from simulation.applications import apply_otherwise
from simulation.breaches import NEW_PERSONS, Breaches, breach
from simulation.cases import settle
from simulation.cleaning import clean_cases, clean_needs, clean_wishes
from simulation.county import County
from simulation.disbursement import Batch, Disbursement, Line
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
    more_answers: dict[str, list[tuple[Batch, int, Line]]] = field(default_factory=dict)
    """Month → what the bank says in it of lines of earlier months."""


def tell(year: int, seed: int, scale: float, *, clean: bool = False) -> History:
    """The same arguments tell the same history. Clean: without any breach, for planting."""
    wanted = quotas(scale)
    rng = Random(seed)
    story = Story(County(rng), year, wanted)
    open_roster(story)
    breaches = Breaches() if clean else breach(story)
    spans = (
        ((date(year, 1, 1), date(year, 12, 31)), wanted.year),
        ((date(year + 1, 1, 1), story.last_day), wanted.half),
    )
    already = {} if clean else {"already_new": NEW_PERSONS, "already_dead": LATE_DEATHS}
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
    if clean:
        clean_cases(story)
    _number_checks(story)
    disbursement = Disbursement(story, breaches)
    partners = Partners(rng, year, story.last_day)
    services = Services(story, partners)
    wished, needed = wishes(story, partners, services.served), needs(story)
    if clean:
        clean_needs(story, needed)
        clean_wishes(story, wished, partners.help_providers)
    return History(story, breaches, disbursement, partners, services, wished, needed)


def _number_checks(story: Story) -> None:
    checks = story.verification.checks
    checks.sort(key=lambda c: c.fed_back_on)
    for number, check in enumerate(checks, start=1):
        check.number = number
