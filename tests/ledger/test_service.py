"""Reporting, deciding, annulling: once, whole, and held to the rules only where it decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from domain.case import CaseFile
from domain.events import (
    UNBORN,
    Enrolled,
    Exited,
    PaymentAuthorized,
    PaymentPart,
    PersonDied,
    PersonRegistered,
    SourceRegistered,
)
from domain.refusals import (
    AlreadyEnrolled,
    CannotAnnul,
    ExclusivePrograms,
    NotEnrolled,
    SourceMayNotReport,
)
from ledger.commands import Command, Draft
from ledger.ids import new_id
from ledger.vault import NewPerson
from tests.ledger.conftest import CLERK, DAY, World, open_world

LATER = date(2023, 12, 1)


def case(world: World, household: UUID) -> CaseFile:
    found = world.ledger.load(household)
    assert isinstance(found, CaseFile)
    return found


def later(command: Command) -> Command:
    """The same, decided in December."""
    command.drafts = [replace(d, occurred_on=LATER, effective_from=LATER) for d in command.drafts]
    return command


def last_event(world: World) -> UUID:
    head = world.recorder.head().position
    return world.recorder.event_ids(head, head)[0]


def test_the_same_command_again_writes_nothing(world: World) -> None:
    household = world.household(head := world.person())
    first = world.ledger.decide(world.enroll(household, head))
    again = world.ledger.decide(world.enroll(household, head))
    assert (first.recorded, again.recorded, again.already) == (1, 0, 1)


def test_the_same_key_with_other_content_is_a_conflict_and_writes_nothing(world: World) -> None:
    household = world.household(head := world.person())
    world.ledger.report([world.enroll(household, head)])
    other = world.enroll(household, head)
    other.content = "something else"
    before = world.recorder.head()
    assert world.ledger.report([other]).conflicts == [0]
    assert world.recorder.head() == before


def test_a_key_twice_in_one_call_is_recorded_once(world: World) -> None:
    person = new_id()
    world.ledger.vault.register([NewPerson(person, None)])
    command = world.command("p", PersonRegistered(meta=UNBORN, resolved=True), stream=person)
    receipt = world.ledger.report([command, command])
    assert (receipt.recorded, receipt.already) == (1, 1)


def test_a_report_is_recorded_whatever_rule_it_breaks(world: World) -> None:
    household = world.household(head := world.person())
    world.ledger.report([world.exit(household)])  # never was in
    world.ledger.report([world.enroll(household, head)])
    second = world.enroll(household, head)
    second.key = ("again",)
    world.ledger.report([second])
    assert len(list(case(world, household).standing(Enrolled))) == 2


def test_a_decision_that_breaks_a_rule_is_refused_and_leaves_nothing(world: World) -> None:
    household = world.household(head := world.person())
    before = world.recorder.head()
    with pytest.raises(NotEnrolled):
        world.ledger.decide(world.exit(household))
    assert world.recorder.head() == before
    world.ledger.decide(world.enroll(household, head))
    twice = world.enroll(household, head)
    twice.key = ("again",)
    with pytest.raises(AlreadyEnrolled):
        world.ledger.decide(twice)


def test_a_command_of_several_events_is_recorded_whole_or_not_at_all(world: World) -> None:
    household = world.household(head := world.person())
    before = world.recorder.head()
    both = world.enroll(household, head)
    both.drafts += world.exit(household, "tekun").drafts
    with pytest.raises(NotEnrolled):
        world.ledger.decide(both)
    assert world.recorder.head() == before


def test_one_person_is_not_decided_into_two_programs_of_two_households(world: World) -> None:
    head, other_head = world.person(), world.person()
    one, two = world.household(head), world.household(other_head)
    joined = world.household(head, "second-file")
    world.ledger.decide(world.enroll(one, head))
    with pytest.raises(ExclusivePrograms):
        world.ledger.decide(world.enroll(joined, head, program="tekun"))
    world.ledger.decide(world.enroll(two, other_head, program="tekun"))


def test_the_guard_across_households_judges_no_report(world: World) -> None:
    head = world.person()
    one, two = world.household(head), world.household(head, "second-file")
    world.ledger.decide(world.enroll(one, head))
    assert world.ledger.report([world.enroll(two, head, program="tekun")]).recorded == 1
    # and what was reported does not stop a decision about something else
    world.ledger.decide(world.exit(one))


def test_after_a_death_the_person_may_stand_in_another_file(world: World) -> None:
    head = world.person()
    one, two = world.household(head), world.household(head, "second-file")
    world.ledger.decide(world.enroll(one, head))
    death = world.command("death", PersonDied(meta=UNBORN), stream=head, on=date(2023, 3, 20))
    world.ledger.report([death])
    world.ledger.decide(later(world.enroll(two, head, program="tekun")))


def test_a_death_reported_late_is_never_refused(world: World) -> None:
    household = world.household(head := world.person())
    world.ledger.decide(world.enroll(household, head))
    world.ledger.decide(world.exit(household))
    early = date(2023, 1, 1)
    death = world.command(
        "death", PersonDied(meta=UNBORN, reported_on=LATER), stream=head, on=early
    )
    assert world.ledger.decide(death).recorded == 1


def test_annulling_an_exit_is_refused_where_the_person_is_elsewhere_by_now(world: World) -> None:
    head = world.person()
    one, two = world.household(head), world.household(head, "second-file")
    world.ledger.decide(world.enroll(one, head))
    world.ledger.decide(world.exit(one))
    exit_event = last_event(world)
    world.ledger.decide(later(world.enroll(two, head, program="tekun")))
    with pytest.raises(ExclusivePrograms):
        world.ledger.annul(exit_event, "mistake", on=LATER, actor=CLERK, source="bureau")


def test_annulling_a_death_is_refused_where_it_would_put_the_person_into_two_files(
    world: World,
) -> None:
    head = world.person()
    one, two = world.household(head), world.household(head, "second-file")
    world.ledger.decide(world.enroll(one, head))
    death = world.command("death", PersonDied(meta=UNBORN), stream=head, on=date(2023, 3, 20))
    world.ledger.report([death])
    died = last_event(world)
    world.ledger.decide(later(world.enroll(two, head, program="tekun")))
    with pytest.raises(ExclusivePrograms):
        world.ledger.annul(died, "alive", on=LATER, actor=CLERK, source="bureau")


def test_what_is_annulled_is_left_out_and_stays_in_the_log(world: World) -> None:
    household = world.household(head := world.person())
    world.ledger.decide(world.enroll(household, head))
    enrolled = last_event(world)
    receipt = world.ledger.annul(enrolled, "mistake", on=LATER, actor=CLERK, source="bureau")
    assert receipt.events == 1
    assert case(world, household).run("dibao", date(2023, 12, 31)) is None
    assert world.recorder.position_of(enrolled) == world.recorder.head().position - 1


def test_annulling_again_writes_nothing_and_for_another_reason_is_refused(world: World) -> None:
    household = world.household(head := world.person())
    world.ledger.decide(world.enroll(household, head))
    enrolled = last_event(world)
    world.ledger.annul(enrolled, "mistake", on=LATER, actor=CLERK, source="bureau")
    again = world.ledger.annul(enrolled, "mistake", on=LATER, actor=CLERK, source="bureau")
    assert (again.recorded, again.already) == (0, 1)
    with pytest.raises(CannotAnnul):
        world.ledger.annul(enrolled, "other", on=LATER, actor=CLERK, source="bureau")


def test_an_annulment_is_not_annulled_and_nothing_unknown_is(world: World) -> None:
    household = world.household(head := world.person())
    world.ledger.decide(world.enroll(household, head))
    world.ledger.annul(last_event(world), "mistake", on=LATER, actor=CLERK, source="bureau")
    with pytest.raises(CannotAnnul):
        world.ledger.annul(last_event(world), "no", on=LATER, actor=CLERK, source="bureau")
    with pytest.raises(CannotAnnul):
        world.ledger.annul(new_id(), "no", on=LATER, actor=CLERK, source="bureau")


def test_an_annulled_row_is_recorded_anew_as_its_next_revision(world: World) -> None:
    household = world.household(head := world.person())
    for _ in range(3):
        receipt = world.ledger.report([world.enroll(household, head)])
        assert (receipt.recorded, receipt.already) == (1, 0)
        assert world.ledger.report([world.enroll(household, head)]).already == 1
        world.ledger.annul(last_event(world), "mistake", on=LATER, actor=CLERK, source="bureau")


def test_a_source_that_is_not_registered_reports_nothing(world: World) -> None:
    household = world.household(head := world.person())
    command = world.enroll(household, head)
    command.source = "nobody"
    with pytest.raises(SourceMayNotReport):
        world.ledger.report([command])


def test_a_source_reports_only_its_own_kinds(world: World) -> None:
    household = world.household(head := world.person())
    bank = SourceRegistered(
        meta=UNBORN,
        code="bank-1",
        name="银行",
        kind="bank",
        may_report=("relief.registry.PersonDied",),
    )
    world.ledger.decide(world.command("bank", bank, stream=new_id()))
    death = world.command("death", PersonDied(meta=UNBORN), stream=head, source="bank-1")
    assert world.ledger.report([death]).recorded == 1
    command = world.enroll(household, head)
    command.source = "bank-1"
    with pytest.raises(SourceMayNotReport):
        world.ledger.report([command])


def test_streams_are_found_by_their_public_names_after_a_restart(world: World) -> None:
    household = world.household(head := world.person())
    again = open_world(world.folder, world.log, world.clock)
    assert again.ledger.find("household", [head.hex]) == {head.hex: household}
    assert set(again.ledger.find("source", ["bureau", "none"])) == {"bureau"}
    again.recorder.engine.dispose()


def test_what_is_personal_is_sealed_before_it_is_an_event(world: World) -> None:
    person = new_id()
    world.ledger.vault.register([NewPerson(person, None)])
    draft = Draft(
        PersonRegistered(meta=UNBORN, resolved=True), person, DAY, personal={"name": "欧阳雪"}
    )
    world.ledger.report([Command(("p",), "p", [draft], CLERK, "bureau")])
    (event,) = world.ledger.load(person).standing(PersonRegistered)
    assert event.name is not None
    assert "欧阳雪".encode() not in event.name
    opened = world.ledger.vault.unseal(person, event.meta.event_id, "name", event.name)
    assert opened == "欧阳雪"
    assert "欧阳雪" not in repr(draft)
    for file in world.folder.iterdir():
        assert "欧阳雪".encode() not in file.read_bytes()


def test_a_second_line_under_a_taken_number_does_not_displace_the_first(world: World) -> None:
    household, batch = world.household(head := world.person()), new_id()

    def line(key: str) -> Command:
        event = PaymentAuthorized(
            meta=UNBORN,
            line_id=new_id(),
            batch_id=batch,
            line_no=1,
            program="dibao",
            fund="county",
            amount_fen=100,
            parts=(PaymentPart("base", "regular", 100, "2023-03", "2023-03"),),
            beneficiary_id=head,
        )
        return world.command(key, event, stream=household)

    assert world.ledger.report([line("one"), line("two")]).recorded == 2
    from ledger.indexes import lines_of_batch

    with world.recorder.reading() as conn:
        assert len(lines_of_batch(conn, batch)) == 1


def test_an_exit_that_was_reported_twice_is_there_twice(world: World) -> None:
    household = world.household(head := world.person())
    world.ledger.report([world.enroll(household, head)])
    one, two = world.exit(household), world.exit(household)
    two.key = ("other",)
    world.ledger.report([one, two])
    assert len(list(case(world, household).standing(Exited))) == 2
