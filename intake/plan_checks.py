"""Plans for cross-checks, visits and neighbor inquiries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from domain.events import (
    UNBORN,
    CrossCheckCompleted,
    DirectoryCompared,
    HomeVisited,
    NeighborsAsked,
)
from domain.relations import relation_code
from intake.kinds import CheckRow, VisitRow
from intake.planning import Context, People, Plan, content_of, slices
from intake.rows import Numbered
from ledger.commands import Draft
from ledger.vault import Vault


def actor_reference(vault: Vault, name: str) -> str:
    """A reference for a person in office: the same name gives the same one, and never the name."""
    return "a-" + vault.digest("actor", name).hex()[:20]


def plan_checks(rows: Sequence[Numbered[CheckRow]], context: Context) -> Iterator[Plan]:
    """Cross-checks: into the household's case where it is known, else into the person's stream."""
    people = People(context, Plan())
    for part in slices(rows):
        people.know(n for r in part for n in (r.row.id_number, r.row.head_id) if n)
        people.know_households(r.row.head_id for r in part if r.row.head_id)
        for r in part:
            _check(r, people)
        yield people.taken()


def _check(r: Numbered[CheckRow], people: People) -> None:
    row, on = r.row, r.row.fed_back_on
    person = people.person(row.id_number, r.number, on, name=row.name)
    household = people.households.get(people.ids[row.head_id]) if row.head_id else None
    event = CrossCheckCompleted(
        meta=UNBORN,
        person_id=person,
        request=row.request_no,
        result=row.result,
        batch=row.batch_no or "",
        report=row.report_no or "",
        sources_requested=tuple(row.sources_requested or ()),
        sources_answered=tuple(row.sources_answered or ()),
        income_per_head_fen=row.income_per_head,
    )
    command = people.command(("check", row.request_no, row.id_number), content_of(row))
    command.drafts.append(Draft(event, household or person, on, document=row.acceptance_no))
    people.plan.add(command, r.number)


def plan_visits(rows: Sequence[Numbered[VisitRow]], context: Context) -> Iterator[Plan]:
    """Home visits, neighbor inquiries and comparisons, into the household's case."""
    people = People(context, Plan())
    for part in slices(rows):
        people.know(r.row.head_id for r in part)
        people.know_households(r.row.head_id for r in part)
        for r in part:
            row = r.row
            head = people.person(row.head_id, r.number, row.visited_on)
            household = people.household(head, r.number, row.visited_on)
            key = ("visit", row.head_id, row.visited_on.isoformat(), row.method or "home")
            command = people.command(key, content_of(row))
            command.drafts.append(_visit(row, head, household, context))
            people.plan.add(command, r.number)
        yield people.taken()


def _visit(row: VisitRow, head: UUID, household: UUID, context: Context) -> Draft:
    investigators = tuple(actor_reference(context.ledger.vault, n) for n in row.investigators or ())
    conclusion = row.conclusion or "to_review"
    personal = {"record": row.record} if row.record else None
    if row.method == "directory":
        compared = DirectoryCompared(
            meta=UNBORN, person_id=head, directory=row.organization or "", result=conclusion
        )
        return Draft(compared, household, row.visited_on)
    if row.method == "neighbors":
        asked = NeighborsAsked(
            meta=UNBORN, investigators=investigators, conclusion=conclusion, head_id=head
        )
        return Draft(asked, household, row.visited_on, personal=personal)
    visited = HomeVisited(
        meta=UNBORN,
        investigators=investigators,
        conclusion=conclusion,
        signed=bool(row.signed),
        respondent=relation_code(row.relation),
        head_id=head,
    )
    return Draft(visited, household, row.visited_on, personal=personal)
