"""Suspended, switched, fading, extended, reinstated, carried over: allowed, and refused for what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.case import CaseFile
from domain.events import (
    UNBORN,
    Actor,
    CarriedOver,
    Component,
    EntitlementAdjusted,
    Event,
    Exited,
    Extended,
    FadeOutStarted,
    HandedOver,
    PersonHeard,
    Reinstated,
    Resumed,
    Suspended,
    Switched,
)
from domain.refusals import (
    AlreadyEnrolled,
    AmountNotPositive,
    EffectiveTooEarly,
    NoCheckBeforeEnrollment,
    NotCovered,
    NotEnrolled,
    NotHeard,
    OutOfOrder,
    OverEntitlement,
    SamePersonProposed,
)
from tests.domain.story import (
    CHILD,
    HEAD,
    STRANGER,
    Story,
    applied,
    checked,
    day,
    enrolled,
    formed,
    in_dibao,
    joined,
    line,
    on,
    regular,
)

OTHER = UUID(int=90)
BOSS = Actor("boss")


def base(fen: int) -> tuple[Component, ...]:
    return (Component("base", fen),)


def suspended(when: str = "2023-05-10", effective: str = "2023-06-01", **more: Any) -> Event:
    return on(Suspended(UNBORN, "dibao", "not_cooperating", **more), when, effective)


def resumed(when: str = "2023-08-10", effective: str = "2023-09-01") -> Event:
    return on(Resumed(UNBORN, "dibao"), when, effective)


def switched(*persons: UUID, remaining: tuple[Component, ...] = (), **more: Any) -> Event:
    event = Switched(UNBORN, "tekun", "dibao", persons, base(150_000), remaining, **more)
    return on(event, "2023-06-10", "2023-07-01")


def fading(until: str = "2023-12-01") -> Event:
    event = FadeOutStarted(UNBORN, "dibao", day(until), "employed")
    return on(event, "2023-06-10", "2023-07-01")


def extended(until: str, when: str = "2023-11-10", program: str = "dibao") -> Event:
    return on(Extended(UNBORN, program, day(until)), when)


def exited(when: str = "2023-06-10", effective: str = "2023-07-01") -> Event:
    return on(Exited(UNBORN, "dibao", "income_over"), when, effective)


def reinstated(when: str = "2023-09-10", effective: str = "2023-06-10") -> Event:
    return on(Reinstated(UNBORN, "dibao", (HEAD,), base(80_000)), when, effective)


def due(case: CaseFile, *months: str, program: str = "dibao") -> list[int]:
    entitlement = case.entitlement(program)
    return [sum(entitlement.due(m).values()) for m in months]


def in_on(case: CaseFile, when: str, program: str = "dibao") -> set[UUID]:
    return case.covered(program, day(when))


# -- suspended and resumed --------------------------------------------------------------------


def test_a_suspension_stops_the_money_and_keeps_the_status() -> None:
    story = in_dibao().then(suspended())
    assert due(story.case, "2023-05", "2023-06") == [80_000, 0]
    assert in_on(story.case, "2023-07-01") == {HEAD}
    story.refuses(line(1, "2023-06-15", regular("2023-06", 80_000)), OverEntitlement)
    story.refuses(suspended("2023-06-10", "2023-07-01"), OutOfOrder)


def test_what_is_resumed_from_an_earlier_month_is_due_as_arrears() -> None:
    story = in_dibao().then(suspended()).then(resumed(effective="2023-07-01"))
    assert due(story.case, "2023-06", "2023-07", "2023-08") == [0, 80_000, 80_000]
    assert due(story.annul(6).case, "2023-07", "2023-09") == [0, 0]


def test_an_adjustment_while_suspended_does_not_lift_it() -> None:
    adjusted = EntitlementAdjusted(UNBORN, "dibao", base(90_000))
    story = in_dibao().then(suspended()).then(on(adjusted, "2023-07-01", "2023-07-01"))
    assert due(story.case, "2023-07") == [0]
    assert due(story.then(resumed()).case, "2023-08", "2023-09") == [0, 90_000]


def test_only_what_is_suspended_is_resumed() -> None:
    in_dibao().refuses(resumed(), OutOfOrder)
    Story(formed()).refuses(suspended(), NotEnrolled)


def test_who_proposes_does_not_approve() -> None:
    event = suspended(proposed_by=BOSS, approved_by=BOSS)
    in_dibao().refuses(event, SamePersonProposed)


# -- heard before a reduction -----------------------------------------------------------------


def test_from_the_law_on_the_household_is_heard_first() -> None:
    story = Story(formed("2026-01-05"), joined(), applied("2026-01-06"), checked("2026-01-20"))
    story.then(enrolled("2026-02-10", "2026-03-01"))
    less = on(EntitlementAdjusted(UNBORN, "dibao", base(70_000)), "2026-08-10", "2026-09-01")
    more = on(EntitlementAdjusted(UNBORN, "dibao", base(90_000)), "2026-08-10", "2026-09-01")
    death = on(Exited(UNBORN, "dibao", "death"), "2026-08-10", "2026-09-01")
    story.allows(more)
    story.allows(death)
    for event in (
        less,
        suspended("2026-08-10", "2026-09-01"),
        exited("2026-08-10", "2026-09-01"),
    ):
        story.refuses(event, NotHeard)
    story.then(on(PersonHeard(UNBORN, "dibao", "reduction"), "2026-08-01"))
    for event in (less, exited("2026-08-10", "2026-09-01")):
        story.allows(event)


def test_before_the_law_nobody_is_held_to_it() -> None:
    in_dibao().allows(exited())


# -- switched ---------------------------------------------------------------------------------


def test_a_switch_is_no_exit_and_leaves_no_gap() -> None:
    story = in_dibao().then(switched(HEAD))
    assert (in_on(story.case, "2023-06-10"), in_on(story.case, "2023-06-10", "tekun")) == (
        set(),
        {HEAD},
    )
    assert due(story.case, "2023-06", "2023-07") == [80_000, 0]
    assert due(story.case, "2023-06", "2023-07", program="tekun") == [0, 150_000]
    story.refuses(exited("2023-08-01", "2023-09-01"), NotEnrolled)
    assert in_on(story.annul(5).case, "2023-07-01") == {HEAD}


def test_who_stays_behind_keeps_an_entitlement() -> None:
    story = Story(formed(), joined(), checked(), enrolled(covered=(HEAD, CHILD)))
    story.refuses(switched(HEAD), OutOfOrder)
    story.then(switched(HEAD, remaining=base(50_000)))
    assert in_on(story.case, "2023-07-01") == {CHILD}
    assert due(story.case, "2023-07") == [50_000]
    story.allows(exited("2023-08-01", "2023-09-01"))


def test_nobody_switches_who_is_not_covered() -> None:
    in_dibao().refuses(switched(CHILD, remaining=base(1)), NotCovered)
    in_dibao().refuses(switched(HEAD, remaining=base(1)), OutOfOrder)
    in_dibao().refuses(switched(), NotCovered, OutOfOrder)
    same = on(Switched(UNBORN, "dibao", "dibao", (HEAD,)), "2023-06-10")
    in_dibao().refuses(same, OutOfOrder)


def test_a_switch_rests_on_a_check() -> None:
    late = on(Switched(UNBORN, "tekun", "dibao", (HEAD,), base(1)), "2025-06-10", "2025-07-01")
    in_dibao().refuses(late, NoCheckBeforeEnrollment)


# -- ends that are fixed ----------------------------------------------------------------------


def test_who_fades_out_is_paid_until_the_day_that_is_fixed() -> None:
    story = in_dibao().then(fading())
    assert due(story.case, "2023-11", "2023-12") == [80_000, 0]
    assert (in_on(story.case, "2023-11-30"), in_on(story.case, "2023-12-01")) == ({HEAD}, set())
    story.refuses(fading("2023-06-01"), EffectiveTooEarly)
    assert in_on(story.annul(5).case, "2024-06-01") == {HEAD}


def test_a_status_that_ran_out_is_neither_adjusted_nor_ended() -> None:
    story = in_dibao().then(fading())
    story.refuses(exited("2024-01-10", "2024-02-01"), NotEnrolled)
    story.allows(exited("2023-11-10", "2023-11-10"))
    story.then(checked("2024-01-02")).allows(enrolled("2024-01-10", "2024-02-01"))


def test_an_extension_moves_the_end() -> None:
    story = Story(formed(), checked(), enrolled(until=day("2023-12-01")))
    story.refuses(extended("2023-11-30"), EffectiveTooEarly)
    story.then(extended("2024-06-01"))
    assert in_on(story.case, "2024-05-31") == {HEAD}
    assert in_on(story.case, "2024-06-01") == set()
    assert due(story.case, "2024-05", "2024-06") == [80_000, 0]
    in_dibao().refuses(extended("2024-06-01"), OutOfOrder)


def test_an_end_in_the_middle_of_a_month_leaves_that_month_due() -> None:
    story = Story(formed(), checked(), enrolled(until=day("2023-12-15")))
    assert due(story.case, "2023-12", "2024-01") == [80_000, 0]


def test_a_status_ends_after_it_begins() -> None:
    story = Story(formed(), checked())
    story.refuses(enrolled(until=day("2023-02-10")), EffectiveTooEarly)


# -- reinstated -------------------------------------------------------------------------------


def test_who_is_reinstated_was_never_out() -> None:
    story = in_dibao().then(exited()).then(reinstated())
    assert in_on(story.case, "2023-08-01") == {HEAD}
    assert due(story.case, "2023-06", "2023-07", "2023-10") == [80_000, 80_000, 80_000]


def test_only_what_fell_is_reinstated() -> None:
    in_dibao().refuses(reinstated(), AlreadyEnrolled, OutOfOrder)
    Story(formed(), checked()).refuses(reinstated(), OutOfOrder)
    out = in_dibao().then(exited())
    out.refuses(reinstated(effective="2023-05-01"), EffectiveTooEarly)
    wrong = Reinstated(UNBORN, "dibao", (HEAD,), base(0))
    out.refuses(on(wrong, "2023-09-10", "2023-06-10"), AmountNotPositive)


# -- carried over -----------------------------------------------------------------------------


def handed(*persons: UUID, remaining: tuple[Component, ...] = ()) -> Event:
    event = HandedOver(UNBORN, "dibao", OTHER, persons, remaining)
    return on(event, "2023-05-10", "2023-06-01")


def carried(*persons: UUID) -> Event:
    event = CarriedOver(UNBORN, "dibao", OTHER, persons, base(60_000))
    return on(event, "2023-05-10", "2023-06-01")


def test_who_is_handed_over_is_covered_there_and_not_here() -> None:
    here = Story(formed(), joined(), checked(), enrolled(covered=(HEAD, CHILD)))
    here.refuses(handed(CHILD), OutOfOrder)
    here.then(handed(CHILD, remaining=base(50_000)))
    assert in_on(here.case, "2023-05-31") == {HEAD, CHILD}
    assert in_on(here.case, "2023-06-01") == {HEAD}
    assert due(here.case, "2023-05", "2023-06") == [80_000, 50_000]


def test_where_everybody_is_handed_over_the_case_is_out() -> None:
    story = in_dibao().then(handed(HEAD))
    assert due(story.case, "2023-06") == [0]
    story.refuses(exited("2023-07-01", "2023-08-01"), NotEnrolled)
    story.refuses(handed(STRANGER), NotCovered)


def test_who_is_carried_over_is_a_member_and_not_in_yet() -> None:
    story = Story(formed(), joined()).then(carried(CHILD))
    assert in_on(story.case, "2023-06-01") == {CHILD}
    assert due(story.case, "2023-06") == [60_000]
    story.allows(exited())
    story.refuses(carried(CHILD), AlreadyEnrolled)
