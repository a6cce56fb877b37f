"""What is judged in a person's own stream. That the other registration is known is judged under
the append's lock (`across.py`)."""

from __future__ import annotations

from collections.abc import Iterator

from domain.aggregate import Aggregate
from domain.events import Event, PersonMerged
from domain.judging.common import Check
from domain.refusals import MergeWithItself, Refusal
from domain.rulebook import RuleBook


def merges_another_person(
    event: PersonMerged, person: Aggregate, book: RuleBook
) -> Iterator[Refusal]:
    if event.into_person_id == person.id:
        yield MergeWithItself(
            "不能与本人合并,应指明保留的另一登记",
            "a person is not merged with himself; name the other registration, which goes on",
        )


CHECKS: dict[type[Event], tuple[Check, ...]] = {PersonMerged: (merges_another_person,)}
