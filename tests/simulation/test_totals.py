"""The totals are the published ones, whatever the seed; a smaller county says what it holds."""

from __future__ import annotations

from typing import Any

import pytest

from simulation.counting import expected
from simulation.history import tell

PUBLISHED = {
    "economic_checks": 12_400,
    "newly_enrolled_persons": 1_525,
    "exited_persons": 1_661,
    "banks": 73,
    "departments": 14,
    "data_kinds": 28,
    "towns": 23,
    "social_workers": 32,
    "linked_departments": 34,
    "people_served": 15_779,
    "help_projects": 224,
    "cataract_patients": 31,
    "children_supported": 108,
    "homes_improved": 70,
    "orgs_in_venture": 3,
    "orgs_in_services": 79,
    "service_projects": 227,
    "fiscal_spend": 2_690_000,
    "charity_projects": 5,
    "charity_spend": 3_500_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 2024])
def test_the_whole_county_has_exactly_the_published_totals(seed: int) -> None:
    found = expected(tell(2023, seed, 1.0))
    assert found["figures"] == PUBLISHED
    assert len(found["counseling_towns"]) == 8
    assert {"岭北镇", "东白湖镇"} <= set(found["counseling_towns"])
    opening = found["roster"]["2022-12-31"]["by_program"]
    assert sum(p["households"] for p in opening.values()) == 7_500
    assert 10_500 <= found["roster"]["2022-12-31"]["with_status"] <= 11_700
    _check_movements(found)


@pytest.mark.parametrize("scale", [0.005, 0.01, 0.05])
def test_opening_plus_new_minus_exited_is_closing_in_a_small_county(scale: float) -> None:
    for seed in range(3):
        _check_movements(expected(tell(2023, seed, scale)))


def test_another_year_is_told_with_the_same_totals() -> None:
    one, other = expected(tell(2023, 1, 0.02)), expected(tell(2021, 1, 0.02))
    assert one["figures"] == other["figures"]
    assert "2020-12-31" in other["roster"]


@pytest.mark.parametrize("scale", [0, 0.001, 1.5])
def test_a_scale_that_cannot_be_told_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        tell(2023, 1, scale)


def _check_movements(found: dict[str, Any]) -> None:
    year, half = found["movements"].values()
    for moved in (year, half):
        assert moved["opening"] + moved["new"] - moved["exited"] == moved["closing"]
        assert 0 < moved["exited_by_death"] < moved["exited"]
    assert year["closing"] == half["opening"]
    rosters = [roster["with_status"] for roster in found["roster"].values()]
    assert rosters == [year["opening"], year["closing"], half["closing"]]
