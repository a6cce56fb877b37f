"""How far an application came on each day, and what is raised and waits for an answer."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.events import (
    UNBORN,
    AppealDecided,
    AppealFiled,
    ApplicationAccepted,
    ApplicationWithdrawn,
    AppraisalHeld,
    AuthorizationGiven,
    DecisionDelivered,
    DecisionPublished,
    EnrollmentRefused,
    Event,
    NoticePosted,
    ObjectionRaised,
    ObjectionResolved,
    OpinionGiven,
    PapersRequested,
    PapersSupplied,
    PaymentRecalled,
    WarningClosed,
    WarningRaised,
)
from projections.canonical import canonical
from projections.procedure_rows import _STEPS
from projections.procedures import Procedure, Procedures, procedures
from tests.projections.builders import Asking, WrittenLog, day, regular
from tests.schemas.samples import sample


def ask(asking: Asking, on: str = "2999-12-31", as_at: int | None = None) -> Procedures:
    with asking.caught_up() as connection:
        found = procedures(connection, asking.moment(on, as_at))
    assert canonical(found)
    return found


def one(asking: Asking, on: str, as_at: int | None = None) -> Procedure:
    (row,) = ask(asking, on, as_at).rows
    return row


def the_whole_way(log: WrittenLog) -> tuple[UUID, UUID]:
    """An application of January that was objected to, granted in March, published and told."""
    head = log.person()
    case = log.household(head)
    application = log.apply(case, "2023-01-05", head)
    objection = log.new_id()
    steps: tuple[tuple[Event, str], ...] = (
        (AuthorizationGiven(UNBORN, (head,), application), "2023-01-06"),
        (
            PapersRequested(UNBORN, application, ("income", "house"), day("2023-01-20")),
            "2023-01-06",
        ),
        (PapersSupplied(UNBORN, application, ("income",)), "2023-01-10"),
        (PapersSupplied(UNBORN, application, ("house",)), "2023-01-12"),
        (ApplicationAccepted(UNBORN, application), "2023-01-12"),
    )
    for event, on in steps:
        log.add(event, case, on)
    log.check(case, head, "2023-01-15")
    log.visit(case, "2023-01-16", "a", "b")
    steps = (
        (AppraisalHeld(UNBORN, "dibao", 9, 8, "meets"), "2023-01-20"),
        (NoticePosted(UNBORN, "dibao", day("2023-01-29")), "2023-01-22"),
        (ObjectionRaised(UNBORN, objection, "dibao", "income"), "2023-01-25"),
        (ObjectionResolved(UNBORN, objection, False), "2023-01-28"),
        (OpinionGiven(UNBORN, application, "dibao", "grant"), "2023-02-01"),
    )
    for event, on in steps:
        log.add(event, case, on)
    granted = log.enroll(case, "2023-03-01", head, application=application)
    decision = log.rows[granted - 1].event.meta.event_id
    log.add(DecisionPublished(UNBORN, decision, "dibao"), case, "2023-03-03")
    log.add(DecisionDelivered(UNBORN, decision, "dibao", "in_person"), case, "2023-03-04")
    return case, decision


@pytest.mark.parametrize(
    ("on", "state"),
    [
        ("2023-01-05", "received"),
        ("2023-01-06", "waiting_for_papers"),
        ("2023-01-11", "waiting_for_papers"),
        ("2023-01-12", "investigating"),
        ("2023-01-21", "investigating"),
        ("2023-01-22", "on_notice"),
        ("2023-01-25", "objected"),
        ("2023-01-28", "on_notice"),
        ("2023-01-29", "investigating"),
        ("2023-02-01", "with_county"),
        ("2023-03-01", "granted"),
    ],
)
def test_the_state_of_an_application_is_that_of_the_day(
    log: WrittenLog, asking: Asking, on: str, state: str
) -> None:
    the_whole_way(log)
    assert one(asking, on).state == state


def test_every_step_has_its_date(log: WrittenLog, asking: Asking) -> None:
    _, decision = the_whole_way(log)
    found = one(asking, "2023-12-31")
    dates = {
        "accepted_on": "2023-01-12",
        "authorized_on": "2023-01-06",
        "papers_asked_on": "2023-01-06",
        "papers_due_on": "2023-01-20",
        "papers_supplied_on": "2023-01-12",
        "checked_on": "2023-01-15",
        "visited_on": "2023-01-16",
        "appraised_on": "2023-01-20",
        "notice_on": "2023-01-22",
        "notice_until": "2023-01-29",
        "opinion_on": "2023-02-01",
        "decided_on": "2023-03-01",
        "published_on": "2023-03-03",
        "delivered_on": "2023-03-04",
        "ended_on": "2023-03-01",
    }
    assert {name: str(getattr(found, name)) for name in dates} == dates
    assert (found.objections, found.objections_open, found.opinion) == (1, 0, "grant")
    assert (found.papers_missing, found.decision_event_id, found.age_days) == ((), decision, 55)


def test_papers_that_are_missing_wait_until_the_application_ends(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case = log.household(head)
    application = log.apply(case, "2023-01-05", head)
    asked = PapersRequested(UNBORN, application, ("income", "house"), day("2023-01-20"))
    log.add(asked, case, "2023-01-06")
    log.add(PapersSupplied(UNBORN, application, ("house",)), case, "2023-01-10")
    gone = log.add(ApplicationWithdrawn(UNBORN, application, "papers_missing"), case, "2023-02-01")
    (matter,) = ask(asking, "2023-01-21").matters
    assert (matter.kind, matter.detail, matter.overdue) == ("papers", "income", True)
    assert not ask(asking, "2023-01-20").matters[0].overdue
    assert ask(asking, "2023-02-01").matters == ()
    assert one(asking, "2023-02-01").state == "withdrawn"
    log.annul(gone)
    assert one(asking, "2023-02-01").state == "waiting_for_papers"
    assert one(asking, "2023-02-01", gone).state == "withdrawn"


def test_warnings_objections_and_appeals_are_open_until_answered(
    log: WrittenLog, asking: Asking
) -> None:
    case, decision = the_whole_way(log)
    warning, appeal = log.new_id(), log.new_id()
    raised = WarningRaised(UNBORN, warning, "income_over", None, day("2023-06-15"))
    log.add(raised, case, "2023-06-01")
    log.add(AppealFiled(UNBORN, appeal, "review", decision, "dibao", "court"), case, "2023-06-02")
    assert ask(asking, "2023-01-26").open_matters == {"objection": 1}
    found = ask(asking, "2023-06-16")
    assert [(m.kind, m.detail, m.overdue) for m in found.matters] == [
        ("warning", "income_over", True),
        ("appeal", "review", False),
    ]
    assert found.overdue == 1
    assert found.rows[0].appeals == 1
    log.add(WarningClosed(UNBORN, warning, "unfounded"), case, "2023-06-20")
    log.add(AppealDecided(UNBORN, appeal, "dismissed"), case, "2023-06-21")
    assert ask(asking, "2023-06-21").matters == ()
    assert ask(asking, "2023-06-20").open_matters == {"appeal": 1}


def test_money_demanded_back_is_open_until_all_of_it_came(log: WrittenLog, asking: Asking) -> None:
    head = log.person()
    case = log.household(head)
    log.enroll(case, "2023-02-01", head, base=100)
    line = log.line(case, log.batch("2023-03"), head, "2023-03-05", regular("2023-03", 100))
    log.paid(case, line, "2023-03-08", 100)
    recalled = PaymentRecalled(UNBORN, line, 100, "death", day("2023-07-01"))
    log.add(recalled, case, "2023-06-01")
    log.recovered(case, line, "2023-06-20", 40)
    (matter,) = ask(asking, "2023-07-02").matters
    assert (matter.kind, matter.id, matter.amount_fen) == ("recall", line, 60)
    assert matter.overdue
    assert ask(asking, "2023-06-19").matters[0].amount_fen == 100
    log.recovered(case, line, "2023-08-01", 60)
    assert ask(asking, "2023-08-01").matters == ()


def test_a_decision_that_names_no_application_belongs_to_the_one_before_it(
    log: WrittenLog, asking: Asking
) -> None:
    head = log.person()
    case = log.household(head)
    log.apply(case, "2023-01-05", head)
    log.add(EnrollmentRefused(UNBORN, "dibao", ("not_eligible",)), case, "2023-02-01")
    log.apply(case, "2023-03-05", head)
    log.apply(case, "2023-03-06", head, program="tekun")
    log.enroll(case, "2023-04-01", head)
    assert [(r.program, r.state) for r in ask(asking, "2023-12-31").rows] == [
        ("dibao", "refused"),
        ("dibao", "granted"),
        ("tekun", "received"),
    ]
    found = ask(asking, "2023-12-31")
    assert found.states == {"granted": 1, "received": 1, "refused": 1}
    with asking.caught_up() as connection:
        undecided = procedures(connection, asking.moment("2023-12-31"), open_only=True)
    assert [r.program for r in undecided.rows] == ["tekun"]
    assert undecided.states == found.states


@pytest.mark.parametrize("cls", sorted(_STEPS, key=str))
def test_every_step_has_its_row(log: WrittenLog, asking: Asking, cls: type[Event]) -> None:
    """A sample of each, complete and required-only, is taken in without being understood."""
    case = log.household(log.person())
    log.add(sample(cls, complete=True), case, "2023-01-01")
    log.add(sample(cls, complete=False), case, "2023-01-02")
    ask(asking)
