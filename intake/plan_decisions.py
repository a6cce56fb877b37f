"""Plans for decisions taken elsewhere: application, notice and decision of one row are one command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from domain.calendar import first_day
from domain.case import CaseFile
from domain.events import (
    UNBORN,
    Actor,
    ApplicationAccepted,
    ApplicationReceived,
    Component,
    Enrolled,
    EnrollmentRefused,
    EntitlementAdjusted,
    Event,
    Exited,
    MemberCovered,
    MemberUncovered,
    NoticePosted,
)
from intake.kinds import DecisionRow
from intake.plan_checks import actor_reference
from intake.planning import Context, Occurrences, People, Plan, coded_reason, content_of, slices
from intake.rows import Numbered
from ledger.commands import Command, Draft
from ledger.ids import new_id


def plan_decisions(rows: Sequence[Numbered[DecisionRow]], context: Context) -> Iterator[Plan]:
    """Enrollments, adjustments, exits, refusals and changes of covered persons."""
    people = People(context, Plan())
    occurrences = Occurrences()
    for part in slices(rows):
        people.know(n for r in part for n in (r.row.head_id, *(r.row.covered_ids or ())))
        people.know_households(r.row.head_id for r in part)
        for r in part:
            _decision(r, people, occurrences, context)
        yield people.taken()


def _decision(
    r: Numbered[DecisionRow], people: People, occurrences: Occurrences, context: Context
) -> None:
    row = r.row
    first = row.applied_on or row.decided_on
    head = people.person(row.head_id, r.number, first, name=row.head_name)
    household = people.household(head, r.number, first)
    key = ("decision", row.head_id, row.action, row.program, row.decided_on.isoformat())
    command = people.command((*key, occurrences.number(*key)), content_of(row))
    _Decision(row, command, household, head, people, context, r.number).draft()
    people.plan.add(command, r.number)


class _Decision:
    """One row, drafted event by event in the order in which they happened."""

    def __init__(
        self,
        row: DecisionRow,
        command: Command,
        household: UUID,
        head: UUID,
        people: People,
        context: Context,
        number: int,
    ) -> None:
        self.row, self.command, self.household, self.head = row, command, household, head
        self.people, self.context, self.number = people, context, number
        self.effective = first_day(row.effective_month) if row.effective_month else None
        self.application_id: UUID | None = None
        self.reason, self.remark = coded_reason(row.reason)
        self.remark_of = head if self.remark else None

    def draft(self) -> None:
        """Adds the drafts of the row to its command."""
        if self.row.action in ("enroll", "refuse"):
            self._application()
        if self.row.notice_from:
            self._notice(self.row.notice_from)
        {
            "enroll": self._enroll,
            "adjust": self._adjust,
            "exit": self._exit,
            "refuse": self._refuse,
            "add_member": self._add_members,
            "remove_member": self._remove_members,
        }[self.row.action]()

    def _add(
        self, event: Event, on: date, effective: date | None = None, *, reasoned: bool = False
    ) -> None:
        document = self.row.document or None
        personal = dict(self.remark) if reasoned and self.remark else None
        self.command.drafts.append(
            Draft(event, self.household, on, effective, personal=personal, document=document)
        )

    def _actor(self, name: str | None, role: str) -> Actor | None:
        if not name:
            return None
        return Actor(actor_reference(self.context.ledger.vault, name), role)

    def _application(self) -> None:
        if self.row.applied_on is None:
            return
        self.application_id = new_id()
        received = ApplicationReceived(
            meta=UNBORN,
            application_id=self.application_id,
            program=self.row.program,
            applicant_id=self.head,
        )
        self._add(received, self.row.applied_on)
        if self.row.accepted_on:
            accepted = ApplicationAccepted(meta=UNBORN, application_id=self.application_id)
            self._add(accepted, self.row.accepted_on)

    def _notice(self, posted: date) -> None:
        last = self.row.notice_to or posted
        notice = NoticePosted(meta=UNBORN, program=self.row.program, until=last + timedelta(days=1))
        self._add(notice, posted)

    def _components(self) -> tuple[Component, ...]:
        found = []
        if self.row.amount:
            found.append(Component("base", self.row.amount))
        if self.row.supplement:
            found.append(Component("supplement", self.row.supplement))
        return tuple(found)

    def _covered(self) -> tuple[UUID, ...]:
        numbers = self.row.covered_ids or ()
        if numbers:
            on = self.row.decided_on
            return tuple(self.people.person(n, self.number, on) for n in numbers)
        stream = self.context.ledger.load(self.household)
        members = stream.members(self.row.decided_on) if isinstance(stream, CaseFile) else set()
        return tuple(sorted(members or {self.head}))

    def _enroll(self) -> None:
        enrolled = Enrolled(
            meta=UNBORN,
            program=self.row.program,
            covered=self._covered(),
            components=self._components(),
            town="",
            application_id=self.application_id,
            proposed_by=self._actor(self.row.proposed_by, "proposer"),
            approved_by=self._actor(self.row.approved_by, "approver"),
        )
        self._add(enrolled, self.row.decided_on, self.effective)

    def _adjust(self) -> None:
        adjusted = EntitlementAdjusted(
            meta=UNBORN,
            program=self.row.program,
            components=self._components(),
            reason=self.reason,
            remark_person_id=self.remark_of,
            proposed_by=self._actor(self.row.proposed_by, "proposer"),
            approved_by=self._actor(self.row.approved_by, "approver"),
        )
        self._add(adjusted, self.row.decided_on, self.effective, reasoned=True)

    def _exit(self) -> None:
        exited = Exited(
            meta=UNBORN,
            program=self.row.program,
            reason=self.reason,
            remark_person_id=self.remark_of,
            proposed_by=self._actor(self.row.proposed_by, "proposer"),
            approved_by=self._actor(self.row.approved_by, "approver"),
        )
        self._add(exited, self.row.decided_on, self.effective, reasoned=True)

    def _refuse(self) -> None:
        refused = EnrollmentRefused(
            meta=UNBORN,
            program=self.row.program,
            reasons=(self.reason,) if self.reason else (),
            remark_person_id=self.remark_of,
            application_id=self.application_id,
            approved_by=self._actor(self.row.approved_by, "approver"),
        )
        self._add(refused, self.row.decided_on, reasoned=True)

    def _add_members(self) -> None:
        self._members(MemberCovered)

    def _remove_members(self) -> None:
        self._members(MemberUncovered)

    def _members(self, kind: type[MemberCovered | MemberUncovered]) -> None:
        """One event a person; the new amount, where the row names one, in the same command."""
        approver = self._actor(self.row.approved_by, "approver")
        for person in self._covered():
            changed = kind(
                meta=UNBORN,
                program=self.row.program,
                person_id=person,
                reason=self.reason,
                approved_by=approver,
                remark_person_id=self.remark_of,
            )
            self._add(changed, self.row.decided_on, self.effective, reasoned=True)
        if self._components():
            self._adjust()
