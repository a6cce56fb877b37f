"""A household on a day: members, head, town, who is away, ties to other files, what ends soon."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.events import (
    UNBORN,
    Component,
    CustodyAgreed,
    CustodyEnded,
    Enrolled,
    Extended,
    FadeOutStarted,
    HeadChanged,
    HouseholdAbsorbed,
    HouseholdFormed,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdSplit,
    MemberCameBack,
    MemberWentAway,
    OfficialRelativeDeclared,
    ResidenceRecorded,
    Suspended,
)
from projections.canonical import canonical
from projections.circumstances import Circumstances, circumstances
from projections.households import HouseholdOnDay, household_on_day
from projections.roster import expiring
from tests.projections.builders import OTHER_TOWN, TOWN, Asking, WrittenLog, day


def ask(asking: Asking, case: UUID, on: str, as_at: int | None = None) -> HouseholdOnDay:
    with asking.caught_up() as connection:
        found = household_on_day(connection, asking.moment(on, as_at), case)
    assert found is not None
    assert canonical(found)
    return found


def around(asking: Asking, on: str, as_at: int | None = None) -> Circumstances:
    with asking.caught_up() as connection:
        return circumstances(connection, asking.moment(on, as_at))


def ids(found: HouseholdOnDay) -> list[UUID]:
    return [m.person_id for m in found.members]


def test_no_file_no_answer(log: WrittenLog, asking: Asking) -> None:
    log.person()
    with asking.caught_up() as connection:
        assert household_on_day(connection, asking.moment(), log.new_id()) is None


def test_head_town_and_village_are_those_of_the_day(log: WrittenLog, asking: Asking) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    log.add(HeadChanged(UNBORN, child, "death"), case, "2023-04-20", "2023-05-01")
    moved = log.add(HouseholdMoved(UNBORN, OTHER_TOWN, "新村"), case, "2023-05-20", "2023-06-01")
    before, after = ask(asking, case, "2023-04-30"), ask(asking, case, "2023-06-01")
    assert (before.head_id, before.town, before.village) == (head, TOWN, "")
    assert (after.head_id, after.town, after.village) == (child, OTHER_TOWN, "新村")
    assert [(m.relation, m.is_head) for m in after.members] == [("head", True), ("", False)]
    log.annul(moved)
    assert ask(asking, case, "2023-06-01").town == TOWN
    assert ask(asking, case, "2023-06-01", moved).town == OTHER_TOWN


def test_who_is_away_still_belongs_and_is_said_to_be_away(log: WrittenLog, asking: Asking) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    went = MemberWentAway(UNBORN, child, "imprisoned", day("2023-09-01"))
    log.add(went, case, "2023-03-01", "2023-03-05")
    back = log.add(MemberCameBack(UNBORN, child), case, "2023-10-02", "2023-10-01")
    (found,) = around(asking, "2023-03-05").away
    assert (found.person_id, found.reason, found.since) == (child, "imprisoned", day("2023-03-05"))
    assert not found.overdue
    assert around(asking, "2023-03-04").away == ()
    (late,) = around(asking, "2023-09-30").away
    assert late.overdue
    assert around(asking, "2023-10-01").away == ()
    assert len(around(asking, "2023-10-01", back - 1).away) == 1
    assert child in ids(ask(asking, case, "2023-03-05"))
    assert ask(asking, case, "2023-03-05").members[1].away == found


def test_a_split_ties_both_files_and_moves_the_members(log: WrittenLog, asking: Asking) -> None:
    head, child, grandchild = log.person(), log.person(), log.person()
    old = log.household(head, child, grandchild)
    new = log.household(child, grandchild, on="2023-05-01")
    leaving = (child, grandchild)
    split = log.add(HouseholdSplit(UNBORN, new, leaving, (head,), "marriage"), old, "2023-05-01")
    assert set(ids(ask(asking, old, "2023-04-30"))) == {head, child, grandchild}
    assert ids(ask(asking, old, "2023-05-01")) == [head]
    assert [(t.kind, t.case_id) for t in ask(asking, old, "2023-05-01").ties] == [
        ("split_into", new)
    ]
    assert [(t.kind, t.case_id) for t in ask(asking, new, "2023-05-01").ties] == [
        ("split_from", old)
    ]
    assert ask(asking, old, "2023-04-30").ties == ()
    log.annul(split)
    assert len(ids(ask(asking, old, "2023-05-01"))) == 3
    assert ask(asking, new, "2023-05-01").ties == ()


def test_a_file_that_alone_says_where_it_comes_from_is_tied_to_it(
    log: WrittenLog, asking: Asking
) -> None:
    child, new = log.person(), log.new_id()
    old = log.household(log.person(), child)
    log.add(HouseholdFormed(UNBORN, child, split_from=old), new, "2023-05-01")
    assert [(t.kind, t.case_id) for t in ask(asking, new, "2023-05-01").ties] == [
        ("split_from", old)
    ]


def test_a_merger_closes_one_file_and_is_seen_from_the_other(
    log: WrittenLog, asking: Asking
) -> None:
    one, two = log.person(), log.person()
    gone, stays = log.household(one), log.household(two)
    log.add(HouseholdMerged(UNBORN, stays), gone, "2023-05-01")
    log.add(HouseholdAbsorbed(UNBORN, gone), stays, "2023-05-01")
    log.join(stays, one, "2023-05-01")
    closed, open_ = ask(asking, gone, "2023-05-01"), ask(asking, stays, "2023-05-01")
    assert (closed.state, ids(closed)) == ("merged", [])
    assert [(t.kind, t.case_id) for t in closed.ties] == [("merged_into", stays)]
    assert (open_.state, set(ids(open_))) == ("open", {one, two})
    assert [(t.kind, t.case_id) for t in open_.ties] == [("absorbed", gone)]
    assert ask(asking, gone, "2023-04-30").state == "open"


def test_living_apart_is_shown_until_it_agrees_again(log: WrittenLog, asking: Asking) -> None:
    case = log.household(log.person())
    log.add(ResidenceRecorded(UNBORN, TOWN, OTHER_TOWN, True), case, "2023-03-01")
    log.add(ResidenceRecorded(UNBORN, OTHER_TOWN, OTHER_TOWN, False), case, "2023-06-01")
    residence = ask(asking, case, "2023-05-31").residence
    assert residence is not None
    assert (residence.registered_in, residence.lives_in) == (TOWN, OTHER_TOWN)
    assert ask(asking, case, "2023-06-01").residence is None
    assert len(around(asking, "2023-05-31").apart) == 1


def test_relatives_and_custody_are_listed_while_they_hold(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    declared = OfficialRelativeDeclared(UNBORN, head, "official-7", "uncle", "village-3")
    log.add(declared, case, "2023-02-01")
    kept = CustodyAgreed(UNBORN, head, "official-7", "village_official", day("2024-01-01"))
    log.add(kept, case, "2023-03-01")
    found = around(asking, "2023-03-01")
    assert [(r.person_id, r.official) for r in found.relatives] == [(head, "official-7")]
    assert [(c.custodian, c.until) for c in found.custody] == [("official-7", day("2024-01-01"))]
    assert around(asking, "2024-01-01").custody == ()
    log.add(CustodyEnded(UNBORN, head), case, "2023-09-01")
    assert around(asking, "2023-09-01").custody == ()
    assert len(around(asking, "2023-08-31").custody) == 1


def test_a_dead_member_who_was_not_taken_out_is_marked(log: WrittenLog, asking: Asking) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    log.enroll(case, "2023-02-01", head, child)
    log.die(child, "2023-05-01")
    members = ask(asking, case, "2023-05-01").members
    assert [(m.programs, m.died_on) for m in members] == [
        (("dibao",), None),
        ((), day("2023-05-01")),
    ]


def limited(log: WrittenLog, case: UUID, person: UUID, until: str) -> int:
    parts = (Component("base", 100),)
    event = Enrolled(UNBORN, "dibao", (person,), parts, until=day(until))
    return log.add(event, case, "2023-02-01", "2023-02-01")


def soon(asking: Asking, on: str, days: int = 30) -> list[tuple[UUID, str, date | None]]:
    with asking.caught_up() as connection:
        found = expiring(connection, asking.moment(on), days)
    return [(r.case_id, r.state, r.until) for r in found.rows]


def test_what_ends_within_the_days_is_listed_and_what_was_extended_is_not(
    log: WrittenLog, asking: Asking
) -> None:
    one, two, three = log.person(), log.person(), log.person()
    short, fading, long = log.household(one), log.household(two), log.household(three)
    limited(log, short, one, "2023-08-01")
    log.enroll(fading, "2023-02-01", two, base=100)
    log.enroll(long, "2023-02-01", three, base=100)
    log.add(FadeOutStarted(UNBORN, "dibao", day("2023-07-20"), "employed"), fading, "2023-07-01")
    assert soon(asking, "2023-07-10") == [
        (fading, "fading", day("2023-07-20")),
        (short, "active", day("2023-08-01")),
    ]
    assert soon(asking, "2023-07-10", 5) == []
    assert soon(asking, "2023-07-20") == [(short, "active", day("2023-08-01"))]
    log.add(Extended(UNBORN, "dibao", day("2024-08-01")), short, "2023-07-15")
    assert soon(asking, "2023-07-20") == []
    log.add(Suspended(UNBORN, "dibao", "not_cooperating"), fading, "2023-07-05", "2023-07-01")
    assert soon(asking, "2023-07-10")[0] == (fading, "suspended", day("2023-07-20"))
