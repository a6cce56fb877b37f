"""How an amount follows from its standard, and what a component must say of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import month_range
from domain.entitlement import Entitlement
from domain.events import UNBORN, Component, EntitlementAdjusted, Event, StandardAdopted
from domain.refusals import (
    EffectiveTooEarly,
    MethodUnclear,
    OutOfOrder,
    Refusal,
    StandardTooEarly,
)
from domain.standards import DIFFERENCE, FIXED, GRADE, PER_PERSON, amount_by
from tests.domain.story import CHILD, HEAD, STRANGER, Story, in_dibao, on

BY_DIFFERENCE = Component("base", 60_000, DIFFERENCE, None, "2023", "", 1, 20_000)


def adjusted(*components: Component) -> Event:
    event = EntitlementAdjusted(meta=UNBORN, program="dibao", components=components)
    return on(event, "2023-05-15", "2023-06-01")


def standard(version: str, since: str, fen: int = 90_000) -> Event:
    event = StandardAdopted(meta=UNBORN, program="dibao", component="base", version=version,
                            amount_fen=fen)  # fmt: skip
    return on(event, "2023-01-10", since)


def test_the_difference_is_the_standard_less_the_income_for_each_person() -> None:
    assert amount_by(DIFFERENCE, 90_000, 3, 20_000) == 210_000
    assert amount_by(DIFFERENCE, 90_000, 3, 90_000) == 0


def test_a_grade_is_its_amount_for_each_person_whatever_the_income() -> None:
    assert amount_by(GRADE, 45_000, 2, 20_000) == 90_000
    assert amount_by(PER_PERSON, 20_000, 1, None) == 20_000


def test_what_rests_on_no_standard_does_not_follow_from_one() -> None:
    assert amount_by(FIXED, 90_000, 1, 0) is None
    assert amount_by(DIFFERENCE, 90_000, 1, None) is None


@pytest.mark.parametrize(
    ("component", "reason"),
    [
        (replace(BY_DIFFERENCE, method="guess"), MethodUnclear),
        (replace(BY_DIFFERENCE, standard=""), MethodUnclear),
        (Component("supplement", 100, PER_PERSON, None, "2023"), MethodUnclear),
        (Component("supplement", 100, PER_PERSON, STRANGER, "2023"), MethodUnclear),
        (replace(BY_DIFFERENCE, last_month="2023-05"), EffectiveTooEarly),
    ],
)
def test_a_component_says_all_that_its_method_needs(
    component: Component, reason: type[Refusal]
) -> None:
    in_dibao().refuses(adjusted(component), reason)


def test_a_supplement_is_for_one_of_the_covered_persons() -> None:
    supplement = Component("supplement", 20_000, PER_PERSON, HEAD, "2023")
    in_dibao().allows(adjusted(BY_DIFFERENCE, supplement))
    in_dibao().refuses(adjusted(BY_DIFFERENCE, replace(supplement, person_id=CHILD)), MethodUnclear)


def test_a_supplement_may_end_before_the_rest_does() -> None:
    school = Component("supplement", 20_000, PER_PERSON, HEAD, "2023", last_month="2023-07")
    story = in_dibao().then(adjusted(BY_DIFFERENCE, school))
    due = story.case.entitlement("dibao")
    assert due.due("2023-05") == {"base": 80_000}
    assert due.due("2023-07") == {"base": 60_000, "supplement": 20_000}
    assert due.due("2023-08") == {"base": 60_000}


def test_what_is_decided_later_overrides_an_end_that_was_fixed_for_a_component() -> None:
    due = Entitlement()
    due.set_from("2023-01", {"base": 100, "care": 50}, [("2023-03", "care", 50)])
    due.set_from("2023-02", {"base": 120, "care": 60})
    assert due.due("2023-01") == {"base": 100, "care": 50}
    assert due.due("2023-06") == {"base": 120, "care": 60}


MONTHS = month_range("2023-01", "2023-12")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["base", "supplement", "care"]),
            st.integers(1, 9),
            st.none() | st.sampled_from(MONTHS),
        )
    ),
    st.sampled_from(MONTHS),
)
def test_a_month_is_due_what_has_not_ended_by_then(
    parts: list[tuple[str, int, str | None]], start: str
) -> None:
    due, sums = Entitlement(), dict[str, int]()
    for code, fen, _ in parts:
        sums[code] = sums.get(code, 0) + fen
    due.set_from(start, sums, [(last, code, fen) for code, fen, last in parts if last])
    for month in MONTHS:
        wanted: dict[str, int] = {}
        for code, fen, last in parts:
            if month >= start and (last is None or last >= month):
                wanted[code] = wanted.get(code, 0) + fen
        assert due.due(month) == wanted


def test_a_standard_follows_the_one_before_it() -> None:
    story = Story(standard("2023", "2023-01-01"))
    story.refuses(standard("2023A", "2023-01-01"), StandardTooEarly)
    story.refuses(standard("2023", "2024-01-01"), OutOfOrder)
    story.allows(standard("2024", "2024-01-01"))
