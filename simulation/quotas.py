"""How much of everything: the published figures at scale 1, and a small county for tests below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

STANDARD_FEN: Final = 107_500
"""The monthly standard per head: synthetic, 1,075 yuan, the same in all months."""
TEKUN_FEN: Final = STANDARD_FEN * 13 // 10
"""The monthly standard of 特困: 1.3 times that of 低保."""

FULL_NEW, FULL_EXITED, FULL_CHECKS, FULL_SERVED = 1_525, 1_661, 12_400, 15_779
HELP_PROJECTS, HELP_PROVIDERS, VENTURE_PROJECTS, CHARITY_PROJECTS = 224, 79, 3, 5
FISCAL_FEN, CHARITY_FEN = 269_000_000, 350_000_000
SOCIAL_WORKERS = 32

LATE_DEATHS, OVERPAID = 3, 2
"""Deliberate breaches that come more than once; the others come once each."""


@dataclass(frozen=True)
class Period:
    """Persons who come and go in one period. Deaths and removals are among the exits."""

    new: int
    exited: int
    deaths: int
    removed: int
    """Persons who leave the covered ones while the household stays."""
    added: int
    """Persons covered from now on in a household that is in: among the new."""
    reentries: int
    """Households that left in the first months and come back: their persons are new again."""
    brief: int
    """Households new in the first months that leave before the period ends."""
    adjusted: int
    retroactive: int
    """Adjustments that take effect before they are decided: back pay."""
    refused: int
    temporary: int
    rigid: int


@dataclass(frozen=True)
class Quotas:
    """All quotas of one run."""

    dibao: int
    tekun: int
    edge: int
    """Households on the roster at the opening, by program."""
    year: Period
    half: Period
    """The year asked for, and the half year after it."""
    checks: int
    """Completed requests, one a person, in the year."""
    checks_half: int
    """Persons checked again in the half year after."""
    people: int
    """People known to the bureau who are on no roster."""
    served: int
    served_off_roster: int
    unfinished: int
    """Persons whose only delivery was begun and not completed: not served."""
    head_counts: int
    cataract: int
    children: int
    homes: int
    wishes: int
    needs: int


def quotas(scale: float) -> Quotas:
    """At scale 1 the published totals; below, about that share of each, and never nothing."""
    if not 0.005 <= scale <= 1:
        raise ValueError("scale is from 0.005 to 1")

    def part(full: int, least: int = 1) -> int:
        return max(least, round(full * scale))

    year = Period(
        new=part(FULL_NEW, 12),
        exited=part(FULL_EXITED, 14),
        deaths=part(760, LATE_DEATHS + 2),
        removed=part(112),
        added=part(138),
        reentries=part(4),
        brief=part(20),
        adjusted=part(720, 2),
        retroactive=part(60),
        refused=part(410),
        temporary=part(430),
        rigid=part(150),
    )
    half = Period(
        new=part(705, 6),
        exited=part(770, 6),
        deaths=part(365, 2),
        removed=part(52),
        added=part(64),
        reentries=part(2),
        brief=0,
        adjusted=part(340),
        retroactive=part(28),
        refused=part(205),
        temporary=part(220),
        rigid=part(60),
    )
    served_off_roster, unfinished = part(9_150, 56), part(110, 2)
    return Quotas(
        dibao=part(5_190, 40),
        tekun=part(1_120, 10),
        edge=part(1_190, 12),
        year=year,
        half=half,
        checks=part(FULL_CHECKS, 120),
        checks_half=part(3_900),
        people=max(part(9_400), served_off_roster + unfinished + 4),
        served=part(FULL_SERVED, 100),
        served_off_roster=served_off_roster,
        unfinished=unfinished,
        head_counts=part(160, 2),
        cataract=part(31, 2),
        children=part(108, 8),
        homes=part(70, 2),
        wishes=part(1_600, 4),
        needs=part(2_300, 4),
    )
