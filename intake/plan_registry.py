"""Plans for who gives data and who works with the system: sources, departments, social workers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from domain.events import UNBORN, OrganizationRegistered, SourceRegistered, WorkerAssigned
from intake.kinds import OrganizationRow, SourceRow, WorkerRow
from intake.planning import Context, People, Plan, content_of
from intake.rows import Numbered
from ledger.commands import Draft
from ledger.ids import new_id
from ledger.vault import NewPerson


def plan_sources(rows: Sequence[Numbered[SourceRow]], context: Context) -> Plan:
    """Banks and departments whose data cross-checks draw on. They report nothing by themselves."""
    plan = Plan()
    people = People(context, plan)
    known = context.ledger.find("source", [r.row.source_no for r in rows])
    for r in rows:
        row = r.row
        event = SourceRegistered(
            meta=UNBORN,
            code=row.source_no,
            name=row.name,
            kind=row.kind,
            data_kinds=row.data_kinds or (),
        )
        command = people.command(("source", row.source_no), content_of(row))
        stream = known.setdefault(row.source_no, new_id())
        command.drafts.append(Draft(event, stream, row.joined_on))
        plan.add(command, r.number)
    return plan


def plan_organizations(rows: Sequence[Numbered[OrganizationRow]], context: Context) -> Plan:
    """Departments that work with the relief system."""
    plan = Plan()
    people = People(context, plan)
    known = context.ledger.find("organization", [r.row.org_no for r in rows])
    for r in rows:
        row = r.row
        event = OrganizationRegistered(meta=UNBORN, code=row.org_no, name=row.name, kind=row.kind)
        command = people.command(("organization", row.org_no), content_of(row))
        stream = known.setdefault(row.org_no, new_id())
        command.drafts.append(Draft(event, stream, row.joined_on))
        plan.add(command, r.number)
    return plan


def plan_workers(rows: Sequence[Numbered[WorkerRow]], context: Context) -> Plan:
    """Contracted social workers. A worker is a person with a key, but without an identity number
    in the look-up: the list has none."""
    plan = Plan()
    people = People(context, plan)
    known = context.ledger.find("worker", [r.row.worker_no for r in rows])
    for r in rows:
        row = r.row
        # The stream is the worker's own, and so is the key: one id serves both.
        worker = known.get(row.worker_no)
        if worker is None:
            worker = known[row.worker_no] = new_id()
            new = NewPerson(worker, None)
            plan.new_persons.append(new)
            if context.register:
                context.ledger.vault.register([new])
        event = WorkerAssigned(
            meta=UNBORN,
            code=row.worker_no,
            person_id=worker,
            role="social_worker",
            town=row.town,
            organization=row.organization or "",
            until=row.ends_on + timedelta(days=1) if row.ends_on else None,
        )
        command = people.command(("worker", row.worker_no), content_of(row))
        draft = Draft(event, worker, row.starts_on, row.starts_on, personal={"name": row.name})
        command.drafts.append(draft)
        plan.add(command, r.number)
    return plan
