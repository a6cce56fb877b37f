"""Papers, warnings, appeals, meetings, standards, custody, recalls: each rests on what came first."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from domain.events import (
    UNBORN,
    AppealDecided,
    AppealFiled,
    ApplicationAccepted,
    ApplicationWithdrawn,
    AppraisalHeld,
    CustodyAgreed,
    CustodyEnded,
    Event,
    FileExpected,
    ObjectionRaised,
    ObjectionResolved,
    PapersRequested,
    PapersSupplied,
    PaymentPaid,
    PaymentRecalled,
    PaymentRecovered,
    PersonCorrected,
    StandardAdopted,
    WarningClosed,
    WarningRaised,
)
from domain.refusals import (
    AmountNotPositive,
    EffectiveTooEarly,
    LineMismatch,
    NotAMember,
    NotAPeriod,
    OutOfOrder,
    Refusal,
    StandardTooEarly,
)
from tests.domain.story import (
    CHILD,
    HEAD,
    STRANGER,
    Story,
    applied,
    checked,
    enrolled,
    formed,
    in_dibao,
    line,
    on,
    regular,
)

APPLICATION, ID = UUID(int=77), UUID(int=88)
asked = on(PapersRequested(UNBORN, APPLICATION, ("income",)), "2023-01-08")
given = on(PapersSupplied(UNBORN, APPLICATION, ("income",)), "2023-01-12")
accepted = on(ApplicationAccepted(UNBORN, APPLICATION), "2023-01-13")
withdrawn = on(ApplicationWithdrawn(UNBORN, APPLICATION), "2023-01-14")
warned = on(WarningRaised(UNBORN, ID, "income_over", HEAD), "2023-05-01")
looked_into = on(WarningClosed(UNBORN, ID, "unfounded"), "2023-05-09")
objected = on(ObjectionRaised(UNBORN, ID, "dibao", "income"), "2023-05-01")
resolved = on(ObjectionResolved(UNBORN, ID, True), "2023-05-09")


@pytest.mark.parametrize(
    ("opener", "answer"),
    [(warned, looked_into), (objected, resolved), (applied(), asked), (applied(), withdrawn)],
)
def test_an_answer_rests_on_what_it_answers_and_is_given_once(opener: Event, answer: Event) -> None:
    Story(formed()).refuses(answer, OutOfOrder)
    story = Story(formed(), opener)
    early = replace(answer, meta=replace(answer.meta, occurred_on=opener.meta.occurred_on))
    story.allows(early)
    before = replace(answer.meta, occurred_on=formed().meta.occurred_on)
    story.refuses(replace(answer, meta=before), EffectiveTooEarly)
    story.allows(answer)
    story.then(answer).refuses(answer, OutOfOrder)
    assert story.annul(2).when(answer) == []


def test_papers_are_asked_for_once_and_supplied_as_often_as_it_takes() -> None:
    story = Story(formed(), applied())
    story.refuses(given, OutOfOrder)
    story.then(asked).then(given).allows(given)
    story.refuses(asked, OutOfOrder)


def test_nothing_goes_on_with_an_application_that_was_withdrawn() -> None:
    story = Story(formed(), applied(), asked, withdrawn, checked())
    story.refuses(given, OutOfOrder)
    story.refuses(accepted, OutOfOrder)
    story.refuses(enrolled(application_id=APPLICATION), OutOfOrder)
    story.allows(enrolled())


def test_an_appeal_contests_a_decision_of_this_case() -> None:
    story = in_dibao()
    decision = story.facts[-1].meta.event_id
    filed = AppealFiled(UNBORN, ID, "lawsuit", decision)
    story.refuses(on(filed, "2023-02-09"), EffectiveTooEarly)
    story.refuses(on(replace(filed, against_event_id=ID), "2023-03-01"), OutOfOrder)
    decided = on(AppealDecided(UNBORN, ID, "dismissed"), "2023-05-01")
    story.refuses(decided, OutOfOrder)
    story.then(on(filed, "2023-03-01")).allows(decided)
    story.then(decided).refuses(decided, OutOfOrder)


@pytest.mark.parametrize(
    ("attending", "in_favor", "fits"), [(9, 7, True), (9, 10, False), (0, 0, False), (9, -1, False)]
)
def test_a_meeting_counts_its_heads(attending: int, in_favor: int, *, fits: bool) -> None:
    held = on(AppraisalHeld(UNBORN, "dibao", attending, in_favor, "meets"), "2023-01-20")
    Story(formed()).allows(held) if fits else Story(formed()).refuses(held, OutOfOrder)


def standard(version: str, effective: str, fen: int = 110_600) -> Event:
    event = StandardAdopted(UNBORN, "dibao", "base", version, fen)
    return on(event, "2023-06-01", effective, stream=ID)


def test_a_standard_starts_after_its_predecessor() -> None:
    story = Story(standard("2022", "2022-07-01"))
    story.allows(standard("2023", "2023-07-01"))
    story.refuses(standard("2023", "2022-07-01"), StandardTooEarly)
    story.refuses(standard("2022", "2023-07-01"), OutOfOrder)
    story.refuses(standard("2023", "2023-07-01", 0), AmountNotPositive)


def test_a_bank_book_is_kept_for_a_member_until_it_is_not() -> None:
    def agreed(person: UUID) -> Event:
        return on(CustodyAgreed(UNBORN, person, "official-1", "village_official"), "2023-05-01")

    ended = on(CustodyEnded(UNBORN, HEAD), "2023-09-01")
    story = in_dibao()
    story.refuses(agreed(STRANGER), NotAMember)
    story.refuses(ended, OutOfOrder)
    story.then(agreed(HEAD)).allows(ended)
    story.refuses(on(CustodyEnded(UNBORN, CHILD), "2023-09-01"), OutOfOrder)
    story.then(ended).refuses(ended, OutOfOrder)


def recalled(fen: int) -> Event:
    return on(PaymentRecalled(UNBORN, UUID(int=501), fen, "death"), "2023-05-01")


def recalls(story: Story, fen: int, *reasons: type[Refusal]) -> None:
    story.refuses(recalled(fen), *reasons) if reasons else story.allows(recalled(fen))


def test_only_what_was_paid_is_recalled_and_no_more_than_that() -> None:
    story = in_dibao()
    recalls(story, 80_000, LineMismatch)
    story.then(line(1, "2023-03-10", regular("2023-03", 80_000)))
    recalls(story, 80_000, LineMismatch)
    story.then(on(PaymentPaid(UNBORN, UUID(int=501), 80_000), "2023-03-12"))
    recalls(story, 0, AmountNotPositive)
    recalls(story, 80_001, LineMismatch, LineMismatch)
    recalls(story, 80_000)
    story.then(recalled(50_000))
    recalls(story, 50_000, LineMismatch)
    story.allows(on(PaymentRecovered(UNBORN, UUID(int=501), 50_000), "2023-06-01"))


def test_a_person_is_corrected_who_is_registered() -> None:
    corrected = on(PersonCorrected(UNBORN, True, 2), "2023-05-01")
    Story().refuses(corrected, OutOfOrder)


def test_a_file_is_owed_for_a_period_and_due_after_it() -> None:
    def owed(every: str, due_days: int = 0) -> Event:
        event = FileExpected(UNBORN, "bank", "returns", every, due_days)
        return on(event, "2023-01-01", stream=ID)

    story = Story(standard("2022", "2022-07-01"))
    for every in ("month", "quarter", "year", ""):
        story.allows(owed(every))
    story.refuses(owed("week"), NotAPeriod)
    story.refuses(owed("month", -1), NotAPeriod)
