"""A sample can be drawn again by anyone: the rule of the docstring, followed by hand, draws the same."""

from __future__ import annotations

import hashlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.wording import BadValue
from projections.samples import MONETARY, RANDOM, STRATIFIED, Sample, Wanted, sample, share_out
from tests.projections.builders import OTHER_TOWN, TOWN, Asking, WrittenLog, regular


def fill(log: WrittenLog, amounts: list[int], month: str = "2023-01", town: str = TOWN) -> None:
    batch = log.batch(month, f"B{month}")
    for fen in amounts:
        head = log.person()
        log.line(log.household(head), batch, head, f"{month}-05", regular(month, fen), town=town)


def ask(
    asking: Asking,
    method: str = RANDOM,
    size: int = 3,
    seed: str = "audit 2024",
    by: str | None = None,
    town: str | None = None,
    as_at: int | None = None,
) -> Sample:
    wanted = Wanted(method, size, seed, "2023-01", "2023-12", None, town, by)
    with asking.caught_up() as connection:
        return sample(connection, asking.moment(as_at=as_at), wanted)


def by_hand(seed: str, label: str) -> int:
    text = f"relief-sample/1\n{seed}\n{label}".encode()
    return int(hashlib.sha256(text).hexdigest(), 16)


def test_a_random_sample_is_the_lines_of_the_lowest_draws(log: WrittenLog, asking: Asking) -> None:
    fill(log, list(range(100, 140)))
    found = ask(asking, RANDOM, 40)
    positions = [line.position for line in found.lines]
    lowest = sorted(positions, key=lambda p: by_hand("audit 2024", f"line/{p}"))[:7]
    assert [line.position for line in ask(asking, RANDOM, 7).lines] == sorted(lowest)


def test_another_seed_draws_other_lines_and_the_same_seed_the_same(
    log: WrittenLog, asking: Asking
) -> None:
    fill(log, [100] * 60)
    assert ask(asking, RANDOM, 10).lines == ask(asking, RANDOM, 10).lines
    assert ask(asking, RANDOM, 10).lines != ask(asking, RANDOM, 10, seed="other").lines


def test_what_was_recorded_later_does_not_change_a_sample_as_at_an_earlier_position(
    log: WrittenLog, asking: Asking
) -> None:
    fill(log, [100, 200, 300, 400])
    head = log.head()
    before = ask(asking, MONETARY, 2)
    fill(log, [900] * 5, "2023-02")
    log.annul(before.lines[0].position)
    assert ask(asking, MONETARY, 2, as_at=head) == before


def test_every_monetary_unit_is_found_where_the_rule_puts_it(
    log: WrittenLog, asking: Asking
) -> None:
    amounts = [5, 70, 1, 250, 33, 9, 120]
    fill(log, amounts)
    found = ask(asking, MONETARY, 6)
    interval = sum(amounts) // 6
    start = by_hand("audit 2024", "start") % interval
    assert (found.interval_fen, found.start_fen) == (interval, start)
    owners = [n for n, fen in enumerate(amounts) for _ in range(fen)]
    hits = [owners[k * interval + start] for k in range(6)]
    wanted = [(amounts[n], hits.count(n)) for n in sorted(set(hits))]
    assert [(line.amount_fen, line.hits) for line in found.lines] == wanted


def test_a_line_above_the_interval_is_always_in_a_monetary_sample(
    log: WrittenLog, asking: Asking
) -> None:
    fill(log, [10] * 50 + [5_000])
    for seed in map(str, range(20)):
        found = ask(asking, MONETARY, 5, seed)
        assert 5_000 in [line.amount_fen for line in found.lines]
        assert sum(line.hits for line in found.lines) == 5


def test_a_stratified_sample_has_every_stratum_and_most_where_most_money_is(
    log: WrittenLog, asking: Asking
) -> None:
    fill(log, [100] * 30)
    fill(log, [1_000] * 30, "2023-02", OTHER_TOWN)
    found = ask(asking, STRATIFIED, 12, by="town")
    sizes = {s.name: s.size for s in found.strata}
    assert sizes == {TOWN: 1, OTHER_TOWN: 11}
    assert sum(s.population_fen for s in found.strata) == found.population_fen == 33_000
    assert {line.town for line in found.lines} == {TOWN, OTHER_TOWN}
    alone = ask(asking, RANDOM, 11, town=OTHER_TOWN)
    assert [line for line in found.lines if line.town == OTHER_TOWN] == list(alone.lines)


def test_lines_that_authorize_nothing_are_left_out_and_counted(
    log: WrittenLog, asking: Asking
) -> None:
    fill(log, [100, 0, 300, -50])
    found = ask(asking, RANDOM, 2)
    assert (found.population, found.population_fen, found.left_out) == (2, 400, 2)


@pytest.mark.parametrize(
    ("method", "size", "seed", "by"),
    [
        ("haphazard", 1, "s", None),
        (RANDOM, 0, "s", None),
        (RANDOM, 99, "s", None),
        (RANDOM, 1, " ", None),
        (RANDOM, 1, "s", "town"),
        (STRATIFIED, 1, "s", None),
        (STRATIFIED, 1, "s", "beneficiary_id"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_way_out(
    method: str, size: int, seed: str, by: str | None, log: WrittenLog, asking: Asking
) -> None:
    fill(log, [100, 200])
    with pytest.raises(BadValue) as refused:
        ask(asking, method, size, seed, by)
    assert refused.value.zh
    assert refused.value.en


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=4),
        st.tuples(st.integers(1, 10**12), st.integers(1, 30)),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 200),
)
def test_shares_add_up_and_none_could_be_given_better(
    strata: dict[str, tuple[int, int]], size: int
) -> None:
    shares = share_out(size, strata)
    assert sum(shares.values()) == min(size, sum(n for _, n in strata.values()))
    for name, (fen, number) in strata.items():
        assert shares[name] <= number
        if size >= len(strata):
            assert shares[name] >= 1
        for other, (other_fen, _) in strata.items():
            if shares[name] < number and shares[other] > 1:
                assert Fraction(fen, shares[name] + 1) <= Fraction(other_fen, shares[other])
