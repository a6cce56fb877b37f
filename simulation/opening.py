"""The opening: everybody on the roster before the year begins, confirmed in its last months."""

from __future__ import annotations

from datetime import date

from simulation.days import workdays
from simulation.story import Story


def open_roster(story: Story) -> None:
    """Enrolls everybody who is in before the year begins."""
    before = story.year - 1
    days = workdays(date(before, 11, 9), date(before, 12, 28))
    wanted = story.wanted
    for program, count in (
        ("dibao", wanted.dibao),
        ("tekun", wanted.tekun),
        ("dibao_edge", wanted.edge),
    ):
        for _ in range(count):
            month = story.first_month if program != "dibao_edge" else None
            case = story.enroll(program, story.rng.choice(days), month)
            story.verify(case)
    story.idle = list(story.cases)
    story.rng.shuffle(story.idle)
