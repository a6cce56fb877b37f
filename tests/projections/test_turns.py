"""Each turn of a household's life walked through roster, movements, money and breaches.

Whatever turns it takes: opening + new − exited = closing; a split, a merger, a move, a switch or a
hand-over is neither new nor an exit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.events import (
    UNBORN,
    CarriedOver,
    Component,
    Enrolled,
    EntitlementAdjusted,
    Event,
    Exited,
    Extended,
    FadeOutStarted,
    HandedOver,
    HeadChanged,
    HouseholdAbsorbed,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdSplit,
    NeighborsAsked,
    OfficialRelativeDeclared,
    PaymentRecalled,
    PersonHeard,
    Reinstated,
    Resumed,
    Suspended,
    Switched,
)
from projections.breaches import find
from projections.figures import figures
from projections.movements import movements
from projections.roster import RosterRow, roster
from projections.spending import spending
from tests.projections.builders import (
    OTHER_TOWN,
    TOWN,
    Asking,
    WrittenLog,
    arrears,
    day,
    regular,
)


def base(fen: int) -> tuple[Component, ...]:
    return (Component("base", fen),)


@dataclass
class County:
    """A written log with a batch a month, and the questions of this file."""

    log: WrittenLog
    asking: Asking

    def tell(self, case: UUID, event: Event, on: str, effective: str | None = None) -> int:
        return self.log.add(event, case, on, effective)

    def pay(self, case: UUID, head: UUID, month: str, fen: int, program: str = "dibao") -> UUID:
        """A regular line of the month, paid at once."""
        batch = self.log.batch(month, f"B{month}{len(self.log.rows)}")
        parts = (regular(month, fen),)
        line = self.log.line(case, batch, head, f"{month}-05", *parts, program=program)
        self.log.paid(case, line, f"{month}-08", fen)
        return line

    def on(self, when: str, as_at: int | None = None) -> dict[tuple[UUID, str], RosterRow]:
        with self.asking.caught_up() as connection:
            found = roster(connection, self.asking.moment(when, as_at))
        return {(r.case_id, r.program): r for r in found.rows}

    def year(self, as_at: int | None = None) -> tuple[int, int, int, int]:
        """Opening, new, exited and closing of 2023, the same in movements and in figures."""
        with self.asking.caught_up() as connection:
            moment = self.asking.moment("2023-12-31", as_at)
            found = movements(connection, moment, day("2023-01-01"), day("2024-01-01"))
            told = figures(connection, moment, 2023).values
        assert found.opening + found.new - found.exited == found.closing
        assert told["newly_enrolled_persons"] == found.new
        assert told["exited_persons"] == found.exited
        assert told["closing_status_persons"] == found.closing
        return found.opening, found.new, found.exited, found.closing

    def reasons(self) -> dict[str, int]:
        with self.asking.caught_up() as connection:
            moment = self.asking.moment("2023-12-31")
            return movements(
                connection, moment, day("2023-01-01"), day("2024-01-01")
            ).exits_by_reason

    def broken(self, as_at: int | None = None) -> list[str]:
        """Rules broken, beside the check that no decision of this file had."""
        with self.asking.caught_up() as connection:
            moment = self.asking.moment(as_at=as_at)
            found = find(connection, moment, 0, moment.as_at)
        return [b.rule for b in found if b.rule != "no_check_before_enrollment"]

    def money(self) -> tuple[int, int]:
        """Authorized and paid."""
        with self.asking.caught_up() as connection:
            found = spending(connection, self.asking.moment(), "2023-01", "2024-12").total
        assert found.authorized_fen == found.paid_fen + found.returned_fen + found.pending_fen
        return found.authorized_fen, found.paid_fen


def family(log: WrittenLog, asking: Asking) -> tuple[County, UUID, UUID, UUID]:
    """Two persons of one household, both in 低保 with 1,600 yuan since 2022."""
    head, child = log.person(), log.person()
    case = log.household(head, child)
    log.enroll(case, "2022-02-01", head, child, base=160_000)
    return County(log, asking), case, head, child


def test_a_split_takes_persons_and_money_along_and_is_no_movement(
    log: WrittenLog, asking: Asking
) -> None:
    county, old, head, child = family(log, asking)
    county.pay(old, head, "2023-04", 160_000)
    new = log.household(child, on="2023-05-01")
    split = HouseholdSplit(UNBORN, new, (child,), (head,), "marriage")
    county.tell(old, split, "2023-04-20", "2023-05-01")
    county.tell(old, HandedOver(UNBORN, "dibao", new, (child,), base(80_000)), "2023-04-20", "2023-05-01")  # fmt: skip
    county.tell(new, CarriedOver(UNBORN, "dibao", old, (child,), base(80_000)), "2023-04-20", "2023-05-01")  # fmt: skip
    county.pay(old, head, "2023-05", 80_000)
    county.pay(new, child, "2023-05", 80_000)
    before, after = county.on("2023-04-30"), county.on("2023-05-01")
    assert {k: (r.person_ids, r.due_fen) for k, r in before.items()} == {
        (old, "dibao"): ((head, child), 160_000)
    }
    assert {k: (r.person_ids, r.due_fen) for k, r in after.items()} == {
        (old, "dibao"): ((head,), 80_000),
        (new, "dibao"): ((child,), 80_000),
    }
    assert county.year() == (2, 0, 0, 2)
    assert county.broken() == []
    assert county.money() == (320_000, 320_000)


def test_a_hand_over_of_everybody_ends_the_old_run_without_an_exit(
    log: WrittenLog, asking: Asking
) -> None:
    county, old, head, child = family(log, asking)
    new = log.household(log.person())
    county.tell(old, HandedOver(UNBORN, "dibao", new, (head, child)), "2023-05-01", "2023-05-01")
    county.tell(new, CarriedOver(UNBORN, "dibao", old, (head, child), base(150_000)), "2023-05-01", "2023-05-01")  # fmt: skip
    county.tell(old, HouseholdMerged(UNBORN, new), "2023-05-01", "2023-05-01")
    county.tell(new, HouseholdAbsorbed(UNBORN, old), "2023-05-01", "2023-05-01")
    assert list(county.on("2023-05-01")) == [(new, "dibao")]
    assert county.year() == (2, 0, 0, 2)
    county.pay(old, head, "2023-06", 160_000)
    assert county.broken() == ["paid_after_exit"]


def test_a_move_changes_the_town_alone(log: WrittenLog, asking: Asking) -> None:
    county, case, _, _ = family(log, asking)
    county.tell(case, HouseholdMoved(UNBORN, OTHER_TOWN), "2023-05-20", "2023-06-01")
    assert county.on("2023-05-31")[case, "dibao"].town == TOWN
    assert county.on("2023-06-01")[case, "dibao"].town == OTHER_TOWN
    assert county.year() == (2, 0, 0, 2)


def test_a_new_head_changes_neither_roster_nor_money(log: WrittenLog, asking: Asking) -> None:
    county, case, head, child = family(log, asking)
    county.tell(case, HeadChanged(UNBORN, child, "death"), "2023-05-01", "2023-05-01")
    before, after = county.on("2023-04-30"), county.on("2023-05-01")
    assert before == after
    county.pay(case, child, "2023-05", 160_000)
    assert county.broken() == []
    # The new head is found dead later: his lines are found by case, though the file names another.
    log.die(child, "2023-04-15")
    assert county.broken() == ["paid_after_death"]
    assert head in county.on("2023-05-01")[case, "dibao"].person_ids


def test_a_switch_changes_the_program_and_is_no_movement_of_persons(
    log: WrittenLog, asking: Asking
) -> None:
    county, case, head, child = family(log, asking)
    event = Switched(UNBORN, "tekun", "dibao", (child,), base(150_000), base(80_000))
    county.tell(case, event, "2023-06-10", "2023-07-01")
    county.pay(case, head, "2023-07", 80_000)
    county.pay(case, child, "2023-07", 150_000, "tekun")
    found = county.on("2023-07-01")
    assert {k: (r.person_ids, r.due_fen) for k, r in found.items()} == {
        (case, "dibao"): ((head,), 80_000),
        (case, "tekun"): ((child,), 150_000),
    }
    assert county.year() == (2, 0, 0, 2)
    assert county.broken() == []
    county.pay(case, head, "2023-08", 160_000)
    assert county.broken() == ["over_entitlement"]


def test_a_suspension_pays_nothing_and_arrears_follow_what_is_resumed(
    log: WrittenLog, asking: Asking
) -> None:
    county, case, head, _ = family(log, asking)
    county.tell(case, Suspended(UNBORN, "dibao", "not_cooperating"), "2023-05-10", "2023-06-01")
    assert county.on("2023-05-31")[case, "dibao"].due_fen == 160_000
    suspended = county.on("2023-06-01")[case, "dibao"]
    assert (suspended.due_fen, suspended.state) == (0, "suspended")
    assert county.year() == (2, 0, 0, 2)
    wrong = county.pay(case, head, "2023-06", 160_000)
    assert county.broken() == ["paid_while_suspended"]
    log.recovered(case, wrong, "2023-07-01", 160_000)
    assert county.broken() == []
    county.tell(case, Resumed(UNBORN, "dibao", "not_cooperating"), "2023-08-10", "2023-06-01")
    batch = log.batch("2023-09", "B9")
    line = log.line(case, batch, head, "2023-09-05", regular("2023-09", 160_000), arrears("2023-06", "2023-08", 480_000))  # fmt: skip
    log.paid(case, line, "2023-09-08", 640_000)
    assert county.broken() == []
    log.line(case, batch, head, "2023-09-06", arrears("2023-06", "2023-08", 1))
    assert county.broken() == ["over_entitlement"]


def test_a_fade_out_is_paid_to_its_end_and_leaves_with_a_reason_of_its_own(
    log: WrittenLog, asking: Asking
) -> None:
    county, case, head, _ = family(log, asking)
    county.tell(case, FadeOutStarted(UNBORN, "dibao", day("2023-09-01"), "employed"), "2023-06-10")
    fading = county.on("2023-08-31")[case, "dibao"]
    assert (fading.state, fading.until, fading.due_fen) == ("fading", day("2023-09-01"), 160_000)
    assert county.on("2023-09-01") == {}
    for month in ("2023-06", "2023-07", "2023-08"):
        county.pay(case, head, month, 160_000)
    assert county.broken() == []
    assert county.year() == (2, 0, 2, 0)
    assert county.reasons() == {"fade_out": 2}
    county.pay(case, head, "2023-09", 160_000)
    assert county.broken() == ["paid_after_exit"]


def limited(log: WrittenLog, asking: Asking) -> tuple[County, UUID, UUID]:
    head = log.person()
    case = log.household(head)
    event = Enrolled(UNBORN, "dibao", (head,), base(80_000), until=day("2023-07-01"))
    log.add(event, case, "2023-01-10", "2023-02-01")
    return County(log, asking), case, head


def test_a_status_that_runs_out_is_an_exit_of_its_own_kind(log: WrittenLog, asking: Asking) -> None:
    county, case, head = limited(log, asking)
    assert county.year() == (0, 1, 1, 0)
    assert county.reasons() == {"expired": 1}
    county.tell(case, Extended(UNBORN, "dibao", day("2024-07-01")), "2023-06-20")
    assert county.year() == (0, 1, 0, 1)
    county.pay(case, head, "2023-12", 80_000)
    assert county.broken() == []


def test_who_comes_in_anew_on_the_day_after_the_last_is_no_breach(
    log: WrittenLog, asking: Asking
) -> None:
    county, case, head = limited(log, asking)
    log.enroll(case, "2023-07-01", head, base=80_000)
    assert county.broken() == []
    assert county.year() == (0, 1, 0, 1)


def test_what_is_reinstated_was_never_out_as_of_that_day(log: WrittenLog, asking: Asking) -> None:
    county, case, head, child = family(log, asking)
    out = county.tell(case, Exited(UNBORN, "dibao", "income_over"), "2023-05-10", "2023-06-01")
    assert county.year() == (2, 0, 2, 0)
    event = Reinstated(UNBORN, "dibao", (head, child), base(160_000), reason="upheld_appeal")
    county.tell(case, event, "2023-09-10", "2023-05-10")
    assert county.year() == (2, 0, 0, 2)
    assert county.year(out) == (2, 0, 2, 0)
    line = log.line(case, log.batch("2023-09"), head, "2023-09-15", arrears("2023-06", "2023-09", 640_000))  # fmt: skip
    log.paid(case, line, "2023-09-18", 640_000)
    assert county.broken() == []


def test_a_death_reported_two_months_late_is_seen_from_then_on_and_paid_back(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2022-02-01", head, base=80_000)
    county = County(log, asking)
    lines = [county.pay(case, head, month, 80_000) for month in ("2023-04", "2023-05", "2023-06")]
    before = log.head()
    died = log.die(head, "2023-04-11", "2023-06-15")
    assert county.on("2023-05-01", before) != {}
    assert county.on("2023-05-01") == {}
    assert county.year(before) == (1, 0, 0, 1)
    assert county.year() == (1, 0, 1, 0)
    assert county.broken(before) == []
    assert county.broken() == ["paid_after_death"] * 2
    for line in lines[1:]:
        county.tell(case, PaymentRecalled(UNBORN, line, 80_000, "death"), "2023-06-20")
        log.recovered(case, line, "2023-07-10", 80_000)
    assert county.broken() == []
    log.annul(died)
    assert county.year() == (1, 0, 0, 1)


def against(
    county: County, case: UUID, when: str, fen: int = 100_000, reason: str = "income_changed"
) -> None:
    adjusted = EntitlementAdjusted(UNBORN, "dibao", base(fen), reason)
    county.tell(case, adjusted, when, when)


def test_from_the_law_on_nobody_is_reduced_suspended_or_ended_unheard(
    log: WrittenLog, asking: Asking
) -> None:
    county, case, _, _ = family(log, asking)
    against(county, case, "2026-06-30", 150_000)
    against(county, case, "2026-08-01", 170_000)
    assert county.broken() == []
    against(county, case, "2026-08-10", 120_000)
    assert county.broken() == ["not_heard"]
    county.tell(case, Suspended(UNBORN, "dibao", "other"), "2026-08-11", "2026-09-01")
    county.tell(case, Exited(UNBORN, "dibao", "income_over"), "2026-08-12", "2026-09-01")
    assert county.broken() == ["not_heard"] * 3
    county.tell(case, PersonHeard(UNBORN, "tekun", "exit"), "2026-08-01")
    assert county.broken() == ["not_heard"] * 3
    heard = county.tell(case, PersonHeard(UNBORN, "dibao", "reduction"), "2026-08-11")
    assert county.broken() == ["not_heard"]
    log.annul(heard)
    assert county.broken() == ["not_heard"] * 3


def test_an_officials_relative_is_visited_before_the_enrollment(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case, county = log.household(head), County(log, asking)
    log.enroll(case, "2023-05-01", head)
    assert county.broken() == []
    declared = OfficialRelativeDeclared(UNBORN, head, "official-7", "uncle")
    late = county.tell(case, declared, "2023-04-01")
    assert county.broken() == ["relative_not_visited"]
    log.add(NeighborsAsked(UNBORN, ("a",), "meets"), case, "2023-04-15")
    assert county.broken() == ["relative_not_visited"]
    visit = log.visit(case, "2023-04-20", "a", "b")
    assert county.broken() == []
    log.annul(visit)
    log.annul(late)
    county.tell(case, declared, "2023-05-02")
    assert county.broken() == []


def test_a_line_after_a_death_that_was_recorded_twice_is_found_once(
    log: WrittenLog, asking: Asking
) -> None:
    county, case, head, _ = family(log, asking)
    log.die(head, "2023-04-11")
    log.die(head, "2023-04-12")
    county.pay(case, head, "2023-06", 160_000)
    assert county.broken() == ["paid_after_death"]


def test_who_died_or_asked_for_it_need_not_be_heard(log: WrittenLog, asking: Asking) -> None:
    county, case, head, child = family(log, asking)
    for reason, when in (("voluntary", "2026-08-12"), ("death", "2026-09-12")):
        county.tell(case, Exited(UNBORN, "dibao", reason), when, when)
        log.enroll(case, date(2026, 8, 20), head, child, base=100)
    assert "not_heard" not in county.broken()
