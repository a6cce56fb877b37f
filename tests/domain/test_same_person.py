"""One human registered twice: whom each registration stands for, and how events read then."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.events import UNBORN, Component, Enrolled, MemberJoined, PersonMerged, PersonRegistered
from domain.refusals import MergeWithItself, OutOfOrder
from domain.same_person import SamePerson
from tests.domain.story import CHILD, HEAD, Story, on

A, B, C, D = (UUID(int=n) for n in range(31, 35))
people = st.sampled_from([A, B, C, D])


def test_a_chain_ends_with_the_one_who_goes_on() -> None:
    same = SamePerson([(A, B), (B, C)])
    assert [same.of(p) for p in (A, B, C, D)] == [C, C, C, D]
    assert same.all_of(A) == [C, A, B]
    assert same.all_of(D) == [D]
    assert same.given_up() == {A: C, B: C}


def test_a_circle_is_not_closed() -> None:
    same = SamePerson([(A, B), (B, A), (A, A)])
    assert (same.of(A), same.of(B)) == (B, B)


def test_where_one_is_merged_twice_the_later_merge_counts() -> None:
    assert SamePerson([(A, B), (A, C)]).of(A) == C


@given(st.lists(st.tuples(people, people), max_size=12))
def test_whatever_is_reported_everybody_stands_for_one_who_stands_for_himself(
    merges: list[tuple[UUID, UUID]],
) -> None:
    same = SamePerson(merges)
    for person in (A, B, C, D):
        goes_on = same.of(person)
        assert same.of(goes_on) == goes_on
        assert person in same.all_of(goes_on)
    assert sorted(p for g in {same.of(p) for p in (A, B, C, D)} for p in same.all_of(g)) == [
        A,
        B,
        C,
        D,
    ]


def test_an_event_reads_as_the_one_who_goes_on_wherever_it_names_the_other() -> None:
    same = SamePerson([(A, B)])
    parts = (Component("supplement", 100, "", A), Component("base", 200))
    read = same.read(Enrolled(UNBORN, "dibao", (A, C), parts))
    assert read.covered == (B, C)
    assert [c.person_id for c in read.components] == [B, None]
    untouched = MemberJoined(UNBORN, C, "child")
    assert same.read(untouched) is untouched


def registered(stream: UUID = HEAD) -> PersonRegistered:
    event = on(PersonRegistered(UNBORN, True), "2023-01-02", stream=stream)
    assert isinstance(event, PersonRegistered)
    return event


def test_a_person_is_merged_once_and_into_another() -> None:
    merged = on(PersonMerged(UNBORN, CHILD, "wrong_number"), "2023-05-01", stream=HEAD)
    itself = on(PersonMerged(UNBORN, HEAD), "2023-05-01", stream=HEAD)
    story = Story(registered())
    story.allows(merged)
    story.refuses(itself, MergeWithItself)
    story.then(merged).refuses(merged, OutOfOrder)
    story.annul(1).allows(merged)


def test_who_is_not_registered_is_not_merged() -> None:
    Story().refuses(on(PersonMerged(UNBORN, CHILD), "2023-05-01"), OutOfOrder)
