"""Plans for change lists: each row is the new amount, the end, the fade-out or the switch of one case.

What a row leaves to be known (the program, who is covered) is read from the case as it stood on the
day before the decision, so that the same row means the same when it comes again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from domain.calendar import first_day
from domain.case import CaseFile
from domain.events import (
    UNBORN,
    Actor,
    Component,
    EntitlementAdjusted,
    Event,
    Exited,
    FadeOutStarted,
    Switched,
)
from domain.programs import EXCLUSIVE
from intake.change_kinds import ChangeRow
from intake.plan_checks import actor_reference
from intake.planning import Context, Occurrences, People, Plan, coded_reason, content_of
from intake.problems import Problem
from intake.rows import Numbered
from ledger.commands import Command, Draft


def plan_changes(rows: Sequence[Numbered[ChangeRow]], context: Context) -> Plan:
    """One command a row. A row whose program cannot be known for certain is a problem."""
    plan = Plan()
    people = People(context, plan)
    people.know(r.row.head_id for r in rows)
    people.know_households(r.row.head_id for r in rows)
    occurrences = Occurrences()
    for r in rows:
        row, on = r.row, r.row.decided_on
        known = people.households.get(people.ids[row.head_id])
        change = _Change(r, context, _case(context, known))
        if change.problems:
            plan.problems += change.problems
            continue
        head = people.person(row.head_id, r.number, on, name=row.head_name)
        household = people.household(head, r.number, on)
        key = ("change", row.head_id, row.action, row.program or "", on.isoformat())
        command = people.command((*key, occurrences.number(*key)), content_of(row))
        change.draft(command, household, head)
        plan.add(command, r.number)
    return plan


def _case(context: Context, household: UUID | None) -> CaseFile | None:
    stream = context.ledger.load(household) if household else None
    return stream if isinstance(stream, CaseFile) else None


class _Change:
    """One row, judged against its case and drafted."""

    def __init__(self, r: Numbered[ChangeRow], context: Context, case: CaseFile | None) -> None:
        self.row, self.number, self.context, self.case = r.row, r.number, context, case
        self.before = r.row.decided_on - timedelta(days=1)
        self.proposed_by = self._actor(r.row.proposed_by, "proposer")
        self.approved_by = self._actor(r.row.approved_by, "approver")
        programs = self._programs()
        self.program = programs[0] if len(programs) == 1 else ""
        self.problems = list(self._wrong(programs))

    def _programs(self) -> list[str]:
        """The program that the row names, else those that the household was in the day before."""
        if self.row.program:
            return [self.row.program]
        found: list[str] = []
        for on in (self.before, self.row.decided_on) if self.case else ():
            found = found or [
                p for p in sorted(EXCLUSIVE) if self.case and self.case.covered(p, on)
            ]
        return found

    def _wrong(self, programs: list[str]) -> Iterator[Problem]:
        if len(programs) != 1:
            yield Problem(
                self.number,
                "救助类别",
                "unknown_program",
                "账本中该户决定前一日不在(或不止在一个)救助类别内;请填救助类别",
                "the ledger has the household in no program, or in several, on the day before; "
                "say which one",
            )
            return
        extra = self._supplement_due()
        if self.row.action in ("adjust", "switch") and extra and self.row.supplement is None:
            yield Problem(
                self.number,
                "分类施保金(元)",
                "supplement_missing",
                "该户有分类施保金;请填调整后的数额(没有则填 0)",
                "the household has a supplement; say what it is after the change (0 for none)",
            )

    def _supplement_due(self) -> int:
        """What is due beside the base in the month before the change."""
        if self.case is None or not self.row.effective_month:
            return 0
        month = self.before.isoformat()[:7]
        due = self.case.entitlement(self.program).due(month)
        return sum(fen for component, fen in due.items() if component != "base")

    def draft(self, command: Command, household: UUID, head: UUID) -> None:
        """Adds the row's events to its command."""
        row = self.row
        reason, remark = coded_reason(row.reason)
        remark_of = head if remark else None

        def add(event: Event, month: str | None, personal: dict[str, str] | None = None) -> None:
            effective = first_day(month) if month else None
            command.drafts.append(
                Draft(event, household, row.decided_on, effective, personal, row.document)
            )

        if row.action == "exit":
            exited = Exited(
                meta=UNBORN,
                program=self.program,
                reason=reason,
                proposed_by=self.proposed_by,
                approved_by=self.approved_by,
                remark_person_id=remark_of,
            )
            add(exited, row.stop_month, remark or None)
        elif row.action == "fade_out":
            add(self._fading(reason), row.effective_month)
        elif row.action == "switch":
            add(self._switched(reason, head), row.effective_month)
        if row.action == "adjust" or (row.action == "fade_out" and self._new_amount):
            adjusted = EntitlementAdjusted(
                meta=UNBORN,
                program=self.program,
                components=self._components(),
                reason=reason,
                proposed_by=self.proposed_by,
                approved_by=self.approved_by,
                remark_person_id=remark_of,
            )
            add(adjusted, row.effective_month, remark or None)

    @property
    def _new_amount(self) -> bool:
        return bool(self.row.amount) and self.row.amount != self.row.old_amount

    def _fading(self, reason: str) -> FadeOutStarted:
        return FadeOutStarted(
            meta=UNBORN,
            program=self.program,
            until=first_day(self.row.first_month_after or ""),
            reason=reason,
            proposed_by=self.proposed_by,
            approved_by=self.approved_by,
        )

    def _switched(self, reason: str, head: UUID) -> Switched:
        covered = self.case.covered(self.program, self.before) if self.case else set()
        return Switched(
            meta=UNBORN,
            program=self.row.targets[0],
            from_program=self.program,
            covered=tuple(sorted(covered or {head})),
            components=self._components(),
            reason=reason,
            proposed_by=self.proposed_by,
            approved_by=self.approved_by,
        )

    def _components(self) -> tuple[Component, ...]:
        base = Component("base", self.row.amount) if self.row.amount else None
        extra = Component("supplement", self.row.supplement) if self.row.supplement else None
        return tuple(c for c in (base, extra) if c)

    def _actor(self, name: str | None, role: str) -> Actor | None:
        if not name:
            return None
        return Actor(actor_reference(self.context.ledger.vault, name), role)
