"""Annulment of each kind of event: the views are as if it had never been, and earlier ones see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import domain.events as ev
from domain.events import EVENT_CLASSES, UNBORN, Actor, Annulled, Component, Event
from tests.projections.builders import OTHER_TOWN, TOWN, Asking, WrittenLog, day, new_views, regular
from tests.projections.everything import everything

ON = "2023-09-01"
DIBAO = (Component("base", 80_000),)
ANNULLABLE = sorted(
    (
        cls
        for cls in EVENT_CLASSES.values()
        if not issubclass(cls, Annulled) and cls.family != "oversight"
    ),
    key=lambda c: c.topic,
)


@dataclass
class Said:
    """An event that may follow the history, and in which stream."""

    event: Event
    stream: UUID
    on: str = ON
    effective: str | None = None


class History:
    """A year of a small county in which every kind of event has something to rest on."""

    def __init__(self, log: WrittenLog) -> None:
        self.log = log
        self.head, self.child, self.gone = log.person(), log.person(), log.person()
        self.other, self.third, self.twice = log.person(), log.person(), log.person()
        self.household = log.household(self.head, self.child, self.gone)
        self.suspended = log.household(self.other)
        self.limited = log.household(self.third)
        self.ended = log.household(self.twice)
        self.project, self.provider, self.wish = log.new_id(), log.new_id(), log.new_id()
        self.funded, self.matched = log.new_id(), log.new_id()
        self.need, self.referred = log.new_id(), log.new_id()
        self.prepared, self.sent = log.new_id(), log.new_id()
        self.objection, self.warning, self.appeal = log.new_id(), log.new_id(), log.new_id()
        self.decisions()
        self.procedure()
        self.money()
        self.others()

    def decisions(self) -> None:
        log, head = self.log, self.head
        log.check(self.household, head, "2023-01-10")
        log.enroll(self.household, "2023-02-01", head, self.child, base=160_000)
        log.enroll(self.suspended, "2023-02-01", self.other, base=80_000)
        log.add(ev.Suspended(UNBORN, "dibao", "not_cooperating"), self.suspended, "2023-06-01")
        granted = log.apply(self.limited, "2023-01-05", self.third)
        limited = ev.Enrolled(
            UNBORN, "dibao", (self.third,), DIBAO, "", granted, until=day("2024-03-01")
        )
        self.granted = log.add(limited, self.limited, "2023-02-01")
        log.enroll(self.ended, "2023-02-01", self.twice, base=80_000)
        self.exit = log.exit(self.ended, "2023-05-01")
        log.add(ev.MemberWentAway(UNBORN, self.gone, "enlisted"), self.household, "2023-03-01")
        kept = ev.CustodyAgreed(UNBORN, head, "keeper", "neighbor")
        log.add(kept, self.household, "2023-03-01")

    def procedure(self) -> None:
        log, case = self.log, self.household
        self.application = log.apply(case, "2023-08-01", self.head, program="tekun")
        log.add(ev.PapersRequested(UNBORN, self.application, ("income",)), case, "2023-08-02")
        self.applied = log.apply(self.ended, "2023-08-01", self.twice)
        log.add(ev.ObjectionRaised(UNBORN, self.objection, "tekun", "income"), case, "2023-08-20")
        log.add(ev.WarningRaised(UNBORN, self.warning, "income_over"), case, "2023-08-20")
        appealed = ev.AppealFiled(UNBORN, self.appeal, "review", self.event_id(self.exit), "dibao")
        log.add(appealed, self.ended, "2023-06-01")

    def money(self) -> None:
        log, case = self.log, self.household
        prepared = ev.BatchPrepared(UNBORN, "B1", "2023-03", 2, 240_000, "county")
        log.add(prepared, self.prepared, "2023-03-05")
        log.add(
            ev.BatchPrepared(UNBORN, "B2", "2023-04", 1, 80_000, "county"), self.sent, "2023-04-05"
        )
        log.add(ev.BatchApproved(UNBORN, 1, 80_000), self.sent, "2023-04-06")
        log.add(ev.BatchSent(UNBORN), self.sent, "2023-04-07")
        lines = [
            log.line(case, self.prepared, self.head, "2023-03-05", regular(month, 160_000))
            for month in ("2023-03", "2023-04", "2023-05", "2023-06")
        ]
        self.pending, self.paid, self.returned, self.to_return = lines
        log.paid(case, self.paid, "2023-03-08", 160_000)
        log.returned(case, self.returned, "2023-03-08", 160_000)

    def others(self) -> None:
        log = self.log
        for stream, number in ((self.need, "N1"), (self.referred, "N2")):
            need = ev.NeedDiscovered(UNBORN, number, self.head, "visit", "living")
            log.add(need, stream, "2023-03-01")
        log.add(ev.NeedReferred(UNBORN, "edu", day("2023-04-01")), self.referred, "2023-03-02")
        log.add(ev.ProviderRegistered(UNBORN, "P1", "机构", "charity"), self.provider, "2023-01-01")
        for stream, code in ((self.project, "J1"), (self.funded, "J2")):
            opened = ev.ProjectOpened(UNBORN, code, "项目", "aged", "charity", self.provider)
            log.add(opened, stream, "2023-01-02")
        log.add(ev.ProjectFunded(UNBORN, "charity", 100_000), self.funded, "2023-01-03")
        for stream, number in ((self.wish, "W1"), (self.matched, "W2")):
            wish = ev.WishRegistered(UNBORN, number, self.head, "material")
            log.add(wish, stream, "2023-03-01")
        log.add(ev.WishMatched(UNBORN, self.provider), self.matched, "2023-03-02")

    def event_id(self, position: int) -> UUID:
        return self.log.rows[position - 1].event.meta.event_id


def _next(cls: type[Event], h: History) -> Said:
    """An event of the class that may follow the history."""
    found = _PLAUSIBLE[cls](h)
    assert type(found.event) is cls
    return found


def _boss() -> Actor:
    return Actor("boss")


H = History
_PLAUSIBLE: dict[type[Event], Callable[[H], Said]] = {
    # registry
    ev.PersonRegistered: lambda h: Said(
        ev.PersonRegistered(UNBORN, True, 1, "18-59", TOWN), h.log.new_id()
    ),
    ev.PersonCorrected: lambda h: Said(ev.PersonCorrected(UNBORN, True, 2), h.child),
    ev.PersonDied: lambda h: Said(ev.PersonDied(UNBORN, day("2023-11-01")), h.child),
    ev.PersonMerged: lambda h: Said(ev.PersonMerged(UNBORN, h.other), h.child),
    ev.HouseholdFormed: lambda h: Said(ev.HouseholdFormed(UNBORN, h.gone), h.log.new_id()),
    ev.MemberJoined: lambda h: Said(ev.MemberJoined(UNBORN, h.third, "child"), h.household),
    ev.MemberLeft: lambda h: Said(ev.MemberLeft(UNBORN, h.gone, "moved_away"), h.household),
    ev.MemberWentAway: lambda h: Said(
        ev.MemberWentAway(UNBORN, h.child, "imprisoned"), h.household
    ),
    ev.MemberCameBack: lambda h: Said(ev.MemberCameBack(UNBORN, h.gone), h.household),
    ev.HeadChanged: lambda h: Said(ev.HeadChanged(UNBORN, h.child), h.household),
    ev.HouseholdSplit: lambda h: Said(
        ev.HouseholdSplit(UNBORN, h.log.new_id(), (h.child,), (h.head, h.gone)), h.household
    ),
    ev.HouseholdMerged: lambda h: Said(ev.HouseholdMerged(UNBORN, h.limited), h.household),
    ev.HouseholdAbsorbed: lambda h: Said(ev.HouseholdAbsorbed(UNBORN, h.limited), h.household),
    ev.HouseholdMoved: lambda h: Said(ev.HouseholdMoved(UNBORN, OTHER_TOWN), h.household),
    ev.ResidenceRecorded: lambda h: Said(
        ev.ResidenceRecorded(UNBORN, TOWN, OTHER_TOWN, True), h.household
    ),
    ev.OfficialRelativeDeclared: lambda h: Said(
        ev.OfficialRelativeDeclared(UNBORN, h.child, "official", "nephew"), h.household
    ),
    ev.StandardAdopted: lambda h: Said(
        ev.StandardAdopted(UNBORN, "dibao", "base", "2023", 110_600), h.log.new_id()
    ),
    ev.SourceRegistered: lambda h: Said(
        ev.SourceRegistered(UNBORN, "bank", "银行", "bank", ("deposits",)), h.log.new_id()
    ),
    ev.FileExpected: lambda h: Said(
        ev.FileExpected(UNBORN, "bank", "returns", "month", 10), h.log.new_id(), "2023-01-01"
    ),
    ev.OrganizationRegistered: lambda h: Said(
        ev.OrganizationRegistered(UNBORN, "edu", "教育局", "department"), h.log.new_id()
    ),
    ev.WorkerAssigned: lambda h: Said(
        ev.WorkerAssigned(UNBORN, "S1", h.third, "social_worker", TOWN), h.log.new_id()
    ),
    # intake
    ev.NeedDiscovered: lambda h: Said(
        ev.NeedDiscovered(UNBORN, "N9", h.child, "visit", "medical"), h.log.new_id()
    ),
    ev.NeedReferred: lambda h: Said(ev.NeedReferred(UNBORN, "health"), h.need),
    ev.NeedAnswered: lambda h: Said(ev.NeedAnswered(UNBORN, "solved"), h.referred),
    ev.ApplicationReceived: lambda h: Said(
        ev.ApplicationReceived(UNBORN, h.log.new_id(), "dibao", h.third), h.limited
    ),
    ev.ApplicationAccepted: lambda h: Said(ev.ApplicationAccepted(UNBORN, h.applied), h.ended),
    ev.ApplicationWithdrawn: lambda h: Said(
        ev.ApplicationWithdrawn(UNBORN, h.application), h.household
    ),
    ev.AuthorizationGiven: lambda h: Said(
        ev.AuthorizationGiven(UNBORN, (h.head,), h.application), h.household
    ),
    ev.PapersRequested: lambda h: Said(ev.PapersRequested(UNBORN, h.applied, ("house",)), h.ended),
    ev.PapersSupplied: lambda h: Said(
        ev.PapersSupplied(UNBORN, h.application, ("income",)), h.household
    ),
    ev.WarningRaised: lambda h: Said(ev.WarningRaised(UNBORN, h.log.new_id(), "died"), h.limited),
    ev.WarningClosed: lambda h: Said(ev.WarningClosed(UNBORN, h.warning, "unfounded"), h.household),
    ev.AppealFiled: lambda h: Said(
        ev.AppealFiled(UNBORN, h.log.new_id(), "lawsuit", h.event_id(h.exit)), h.ended
    ),
    ev.AppealDecided: lambda h: Said(ev.AppealDecided(UNBORN, h.appeal, "upheld"), h.ended),
    ev.FileImported: lambda h: Said(
        ev.FileImported(UNBORN, "returns", bytes(16), bytes(16), 3, ("2023-03",)), h.log.new_id()
    ),
    # verification
    ev.CrossCheckCompleted: lambda h: Said(
        ev.CrossCheckCompleted(UNBORN, h.third, "R9", "exceeds"), h.limited
    ),
    ev.DirectoryCompared: lambda h: Said(
        ev.DirectoryCompared(UNBORN, h.twice, "disability", "meets"), h.ended
    ),
    ev.HomeVisited: lambda h: Said(ev.HomeVisited(UNBORN, ("a", "b"), "meets"), h.household),
    ev.NeighborsAsked: lambda h: Said(ev.NeighborsAsked(UNBORN, ("a",), "meets"), h.household),
    ev.NoticePosted: lambda h: Said(
        ev.NoticePosted(UNBORN, "tekun", day("2023-09-08")), h.household
    ),
    ev.ObjectionRaised: lambda h: Said(
        ev.ObjectionRaised(UNBORN, h.log.new_id(), "tekun", "house"), h.household
    ),
    ev.ObjectionResolved: lambda h: Said(
        ev.ObjectionResolved(UNBORN, h.objection, True), h.household
    ),
    ev.AppraisalHeld: lambda h: Said(ev.AppraisalHeld(UNBORN, "tekun", 9, 8, "meets"), h.household),
    ev.OpinionGiven: lambda h: Said(
        ev.OpinionGiven(UNBORN, h.application, "tekun", "grant"), h.household
    ),
    ev.SelfCareAssessed: lambda h: Said(
        ev.SelfCareAssessed(UNBORN, h.head, "none", 5), h.household
    ),
    ev.PersonHeard: lambda h: Said(ev.PersonHeard(UNBORN, "dibao", "exit"), h.household),
    # enrollment and exit
    ev.Enrolled: lambda h: Said(
        ev.Enrolled(UNBORN, "tekun", (h.twice,), DIBAO, application_id=h.applied), h.ended
    ),
    ev.EnrollmentRefused: lambda h: Said(
        ev.EnrollmentRefused(UNBORN, "dibao", ("income_over",), h.applied), h.ended
    ),
    ev.EntitlementAdjusted: lambda h: Said(
        ev.EntitlementAdjusted(UNBORN, "dibao", (Component("base", 90_000),)), h.household
    ),
    ev.MemberCovered: lambda h: Said(ev.MemberCovered(UNBORN, "dibao", h.gone), h.household),
    ev.Suspended: lambda h: Said(ev.Suspended(UNBORN, "dibao", "other"), h.household),
    ev.Resumed: lambda h: Said(ev.Resumed(UNBORN, "dibao"), h.suspended),
    ev.Switched: lambda h: Said(
        ev.Switched(UNBORN, "tekun", "dibao", (h.child,), DIBAO, DIBAO), h.household
    ),
    ev.FadeOutStarted: lambda h: Said(
        ev.FadeOutStarted(UNBORN, "dibao", day("2024-01-01"), "employed"), h.household
    ),
    ev.Extended: lambda h: Said(ev.Extended(UNBORN, "dibao", day("2025-03-01")), h.limited),
    ev.Reinstated: lambda h: Said(
        ev.Reinstated(UNBORN, "dibao", (h.twice,), DIBAO), h.ended, ON, "2023-05-01"
    ),
    ev.HandedOver: lambda h: Said(
        ev.HandedOver(UNBORN, "dibao", h.limited, (h.child,), DIBAO), h.household
    ),
    ev.CarriedOver: lambda h: Said(
        ev.CarriedOver(UNBORN, "dibao", h.household, (h.gone,), DIBAO), h.ended
    ),
    ev.DecisionPublished: lambda h: Said(
        ev.DecisionPublished(UNBORN, h.event_id(h.granted), "dibao"), h.limited
    ),
    ev.DecisionDelivered: lambda h: Said(
        ev.DecisionDelivered(UNBORN, h.event_id(h.granted), "dibao"), h.limited
    ),
    ev.Exited: lambda h: Said(ev.Exited(UNBORN, "dibao", "income_over"), h.household),
    ev.MemberUncovered: lambda h: Said(
        ev.MemberUncovered(UNBORN, "dibao", h.child, "employed"), h.household
    ),
    # disbursement
    ev.BatchPrepared: lambda h: Said(
        ev.BatchPrepared(UNBORN, "B9", "2023-09", 1, 100, "city"), h.log.new_id()
    ),
    ev.BatchReviewed: lambda h: Said(ev.BatchReviewed(UNBORN), h.prepared),
    ev.BatchApproved: lambda h: Said(ev.BatchApproved(UNBORN, 2, 240_000), h.prepared),
    ev.BatchSent: lambda h: Said(ev.BatchSent(UNBORN), h.prepared),
    ev.BatchSettled: lambda h: Said(ev.BatchSettled(UNBORN, 1, 80_000, 0, 0), h.sent),
    ev.PaymentAuthorized: lambda h: Said(
        ev.PaymentAuthorized(
            UNBORN,
            h.log.new_id(),
            h.sent,
            2,
            "dibao",
            "county",
            80_000,
            (regular("2023-09", 80_000),),
            h.other,
            None,
            TOWN,
        ),
        h.suspended,
    ),
    ev.PaymentPaid: lambda h: Said(ev.PaymentPaid(UNBORN, h.pending, 160_000), h.household),
    ev.PaymentReturned: lambda h: Said(
        ev.PaymentReturned(UNBORN, h.to_return, 160_000, "account_closed"), h.household
    ),
    ev.PaymentReissued: lambda h: Said(
        ev.PaymentReissued(UNBORN, h.returned, h.sent, 160_000), h.household
    ),
    ev.PaymentRecalled: lambda h: Said(
        ev.PaymentRecalled(UNBORN, h.paid, 50_000, "death"), h.household
    ),
    ev.PaymentRecovered: lambda h: Said(
        ev.PaymentRecovered(UNBORN, h.paid, 50_000, "death"), h.household
    ),
    ev.CustodyAgreed: lambda h: Said(
        ev.CustodyAgreed(UNBORN, h.third, "keeper", "neighbor"), h.limited
    ),
    ev.CustodyEnded: lambda h: Said(ev.CustodyEnded(UNBORN, h.head), h.household),
    # service
    ev.ProviderRegistered: lambda h: Said(
        ev.ProviderRegistered(UNBORN, "P9", "机构", "charity"), h.log.new_id()
    ),
    ev.ProjectOpened: lambda h: Said(
        ev.ProjectOpened(UNBORN, "J9", "项目", "aged", "venture", h.provider), h.log.new_id()
    ),
    ev.ProjectFunded: lambda h: Said(ev.ProjectFunded(UNBORN, "charity", 5_000_000), h.project),
    ev.ProjectPaid: lambda h: Said(ev.ProjectPaid(UNBORN, "charity", 100_000), h.funded),
    ev.ProjectAccepted: lambda h: Said(ev.ProjectAccepted(UNBORN), h.funded),
    ev.ServiceDelivered: lambda h: Said(
        ev.ServiceDelivered(UNBORN, "D9", "comfort", "person", True, h.child), h.project
    ),
    ev.WishRegistered: lambda h: Said(
        ev.WishRegistered(UNBORN, "W9", h.child, "service"), h.log.new_id()
    ),
    ev.WishMatched: lambda h: Said(ev.WishMatched(UNBORN, h.provider), h.wish),
    ev.WishFulfilled: lambda h: Said(ev.WishFulfilled(UNBORN, 5), h.matched),
}


def test_every_event_that_can_be_annulled_is_annulled_here() -> None:
    assert set(_PLAUSIBLE) == set(ANNULLABLE)


class Told:
    """One history, after which each kind of event was recorded and annulled in turn."""

    def __init__(self, log: WrittenLog, folder: Path) -> None:
        self.history = History(log)
        self.before = log.head()
        self.recorded: dict[type[Event], int] = {}
        for cls in ANNULLABLE:
            said = _next(cls, self.history)
            self.recorded[cls] = log.add(said.event, said.stream, said.on, said.effective)
            log.annul(self.recorded[cls])
        self.asking = Asking(log, new_views(folder / "views.sqlite"))
        self.never = self.at(self.before)

    def at(self, position: int) -> dict[str, Any]:
        with self.asking.caught_up() as connection:
            moment = self.asking.moment("2024-06-30", position)
            return everything(connection, moment, self.before)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """On SQLite alone: each question is asked on both databases where it is tested itself."""
    found = Told(WrittenLog(), tmp_path_factory.mktemp("annulling"))
    yield found
    found.asking.views.engine.dispose()


@pytest.mark.parametrize("cls", ANNULLABLE, ids=lambda c: c.topic)
def test_what_is_annulled_is_as_if_it_had_never_been_and_was_there_before(
    told: Told, cls: type[Event]
) -> None:
    recorded = told.recorded[cls]
    with_it, without = told.at(recorded), told.at(recorded + 1)
    assert {q: a for q, a in without.items() if a != told.never[q]} == {}
    assert {q for q, a in with_it.items() if a != told.never[q]}
