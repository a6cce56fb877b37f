"""The order of frames: each kind of damage is named at its position, and hides no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import order
from evidence.frame import ENTRY_MAX, FRAME_LENGTH, pack
from evidence.order import KINDS, Order
from tests.evidence.made_bundles import CASES, HASHES

A, B = CASES[:2]


def entry(
    family: int = 1,
    number: int = 1,
    stream: int = 0,
    version: int = 1,
    at: int = 100,
    schema: int = 0,
) -> bytes:
    return pack(HASHES[schema], family, number, CASES[stream], version, at) + b"body"


def found(*entries: bytes, families: bool = True, streams: bool = True) -> dict[str, list[int]]:
    checked = Order(set(HASHES[:2]), families=families, streams=streams)
    checked.take(range(1, len(entries) + 1), entries)
    assert set(checked.damaged) <= set(KINDS)
    assert checked.found == {kind: len(at) for kind, at in checked.damaged.items()}
    return checked.damaged


def test_entries_that_follow_each_other_are_whole() -> None:
    entries = [entry(), entry(2, 1, 1, 1, 100, 1), entry(1, 2, 1, 2, 101), entry(1, 3, 0, 2, 101)]
    assert found(*entries) == {}


@pytest.mark.parametrize(
    ("second", "kind"),
    [
        (entry(1, 3, 0, 2), "family"),
        (entry(1, 1, 0, 2), "family"),
        (entry(2, 2, 0, 2), "family"),
        (entry(1, 2, 0, 3), "stream"),
        (entry(1, 2, 0, 1), "stream"),
        (entry(1, 2, 1, 2), "stream"),
        (entry(1, 2, 0, 2, 99), "recorded_at"),
        (entry(1, 2, 0, 2, schema=2), "schema"),
        (b"\x02" + entry(1, 2, 0, 2)[1:], "entry"),
        (entry(1, 2, 0, 2) + bytes(ENTRY_MAX), "entry"),
        (entry()[: FRAME_LENGTH - 1], "entry"),
        (b"", "entry"),
    ],
)
def test_what_does_not_follow_is_named_by_kind_and_position(second: bytes, kind: str) -> None:
    assert found(entry(), second) == {kind: [2]}


def test_a_frame_without_a_body_and_an_entry_of_the_most_bytes_are_entries() -> None:
    shortest = entry()[:FRAME_LENGTH]
    longest = entry(1, 2, 0, 2).ljust(ENTRY_MAX, b"\x00")
    assert found(shortest, longest) == {}
    assert found(shortest, longest + b"\x00") == {"entry": [2]}


def test_all_that_is_wrong_with_one_entry_is_named() -> None:
    wrong = b"\x02" + entry(1, 9, 0, 9, 1, 2)[1:]
    assert set(found(entry(), wrong)) == {"entry", "schema", "recorded_at", "family", "stream"}


def test_after_a_gap_what_follows_is_measured_from_there() -> None:
    assert found(entry(), entry(1, 5, 0, 5), entry(1, 6, 0, 6)) == {"family": [2], "stream": [2]}


def test_after_a_clock_that_fell_the_latest_time_still_counts() -> None:
    times = [entry(1, n, 0, n, at) for n, at in enumerate((100, 90, 95, 100), 1)]
    assert found(*times) == {"recorded_at": [2, 3]}


def test_where_not_all_are_expected_numbers_need_only_rise() -> None:
    loose = [entry(1, 4, 0, 3), entry(1, 9, 0, 4), entry(2, 1, 1, 8)]
    assert found(*loose, families=False, streams=False) == {}
    assert found(*loose, families=False) == {"stream": [1, 3]}
    assert found(*loose, streams=False) == {"family": [1, 2]}
    again = [*loose, entry(1, 9, 0, 4)]
    assert found(*again, families=False, streams=False) == {"family": [4], "stream": [4]}
    assert found(entry(1, 0, 0, 0), families=False, streams=False) == {"family": [1], "stream": [1]}


def test_entries_come_in_pieces() -> None:
    checked = Order(set(HASHES))
    checked.take([1], [entry()])
    checked.take([2], [entry(1, 2, 0, 2, 99)])
    assert checked.damaged == {"recorded_at": [2]}
    assert checked.recorded_at == 100
    assert (checked.family_heads, checked.stream_heads) == ({1: 2}, {A.bytes: 2})


def test_very_many_damaged_positions_are_counted_and_the_first_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order, "POSITIONS_MAX", 3)
    checked = Order(set(HASHES))
    checked.take(range(1, 6), [b""] * 5)
    assert checked.damaged == {"entry": [1, 2, 3]}
    assert checked.found == {"entry": 5}


FRAMES = st.tuples(
    st.integers(0, 2), st.integers(0, 3), st.integers(0, 1), st.integers(0, 3), st.integers(0, 3),
    st.integers(0, 2),
)  # fmt: skip


@given(st.lists(FRAMES, max_size=12), st.booleans(), st.booleans())
def test_any_frames_are_judged_as_a_plain_reading_of_the_rules_does(
    frames: list[tuple[int, int, int, int, int, int]], families: bool, streams: bool
) -> None:
    expected: dict[str, list[int]] = {}
    for n, (family, number, stream, version, at, schema) in enumerate(frames, 1):
        earlier = frames[: n - 1]
        last_number = next((f[1] for f in reversed(earlier) if f[0] == family), 0)
        last_version = next((f[3] for f in reversed(earlier) if f[2] == stream), 0)
        wrong = {
            "schema": schema == 2,
            "recorded_at": any(f[4] > at for f in earlier),
            "family": number != last_number + 1 if families else number <= last_number,
            "stream": version != last_version + 1 if streams else version <= last_version,
        }
        for kind in (k for k, is_wrong in wrong.items() if is_wrong):
            expected.setdefault(kind, []).append(n)
    assert found(*[entry(*f) for f in frames], families=families, streams=streams) == expected
