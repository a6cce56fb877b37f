"""Plans for households, members, people on no roster, and deaths."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from domain.events import (
    UNBORN,
    HouseholdFormed,
    MemberJoined,
    MemberLeft,
    PersonDied,
)
from domain.relations import relation_code
from intake.kinds import DeathRow, HouseholdRow, MemberRow, PersonRow
from intake.planning import Context, People, Plan, coded_reason, content_of, slices
from intake.rows import Numbered
from ledger.commands import Draft
from ledger.ids import new_id


def plan_people(rows: Sequence[Numbered[PersonRow]], context: Context) -> Iterator[Plan]:
    """Persons known to the bureau who are on no roster."""
    people = People(context, Plan())
    for part in slices(rows):
        people.know(r.row.id_number for r in part)
        for r in part:
            _person(r, people, context)
        yield people.taken()


def _person(r: Numbered[PersonRow], people: People, context: Context) -> None:
    row = r.row
    person = people.person(
        row.id_number,
        r.number,
        row.registered_on,
        name=row.name,
        town=row.town,
        village=row.village or "",
        resolved=True,
        row_itself=True,
    )
    context.waiting.need(person, row.registered_on)


def plan_households(rows: Sequence[Numbered[HouseholdRow]], context: Context) -> Iterator[Plan]:
    """Households: a head, a town, an address and an account (sealed)."""
    people = People(context, Plan())
    for part in slices(rows):
        people.know(r.row.head_id for r in part)
        people.know_households(r.row.head_id for r in part)
        for r in part:
            _household(r, people, context)
        yield people.taken()


def _household(r: Numbered[HouseholdRow], people: People, context: Context) -> None:
    row = r.row
    on = row.registered_on or context.today
    head = people.person(
        row.head_id,
        r.number,
        on,
        name=row.head_name,
        town=row.town,
        village=row.village or "",
        resolved=True,
    )
    personal = {"certificate": row.certificate_no, "address": row.address, "account": row.account}
    event = HouseholdFormed(
        meta=UNBORN,
        head_id=head,
        town=row.town,
        village=row.village or "",
        size=row.household_size,
        account_digest=context.ledger.vault.digest("account", row.account) if row.account else None,
    )
    command = people.command(("household", row.head_id), content_of(row))
    household = people.households.setdefault(head, new_id())
    present = {name: text for name, text in personal.items() if text}
    command.drafts.append(Draft(event, household, on, personal=present))
    people.plan.add(command, r.number)


def plan_members(rows: Sequence[Numbered[MemberRow]], context: Context) -> Plan:
    """Who belongs to which household, from when, and who left."""
    plan = Plan()
    people = People(context, plan)
    people.know(n for r in rows for n in (r.row.id_number, r.row.head_id))
    people.know_households(r.row.head_id for r in rows)
    formed = _formed_on(rows, people, context)
    for r in rows:
        row = r.row
        head = people.ids[row.head_id]
        on = row.changed_on or formed.get(people.households.get(head, head)) or context.today
        person = people.person(row.id_number, r.number, on, name=row.name, resolved=True)
        people.person(row.head_id, r.number, on)
        household = people.household(head, r.number, on)
        key = ("member", row.head_id, row.id_number, row.change or "join", str(row.changed_on))
        command = people.command(key, content_of(row))
        command.drafts.append(_membership(row, person, household, on))
        plan.add(command, r.number)
    return plan


def _membership(row: MemberRow, person: UUID, household: UUID, on: date) -> Draft:
    reason, personal = coded_reason(row.change_reason)
    if row.change == "leave":
        left = MemberLeft(meta=UNBORN, person_id=person, reason=reason)
        return Draft(left, household, on, on, personal=personal or None)
    said = {
        "disability_kind": row.disability_kind,
        "disability_grade": row.disability_grade,
        "labor_capacity": row.labor_capacity,
        "health": row.health,
        "employment": row.employment,
        "annual_income_fen": row.annual_income,
    }
    known = {name: value for name, value in said.items() if value not in (None, "")}
    joined = MemberJoined(
        meta=UNBORN, person_id=person, relation=relation_code(row.relation), reason=reason
    )
    if known:
        personal["circumstances"] = json.dumps(known, ensure_ascii=False, sort_keys=True)
    return Draft(joined, household, on, on, personal=personal or None)


def _formed_on(
    rows: Sequence[Numbered[MemberRow]], people: People, context: Context
) -> dict[UUID, date]:
    """When each household was opened, for members whose row names no date."""
    undated = {people.ids[r.row.head_id] for r in rows if r.row.changed_on is None}
    found = {}
    for head in undated:
        household = people.households.get(head)
        formed = context.ledger.load(household).last(HouseholdFormed) if household else None
        if household and formed:
            found[household] = formed.meta.occurred_on
    return found


def plan_deaths(rows: Sequence[Numbered[DeathRow]], context: Context) -> Iterator[Plan]:
    """Deaths, however late they are reported."""
    people = People(context, Plan())
    for part in slices(rows):
        people.know(r.row.id_number for r in part)
        for r in part:
            row = r.row
            person = people.person(row.id_number, r.number, row.died_on, name=row.name)
            content = content_of(row, "reported_on", "name")
            command = people.command(("death", row.id_number), content)
            event = PersonDied(meta=UNBORN, reported_on=row.reported_on)
            command.drafts.append(Draft(event, person, row.died_on))
            people.plan.add(command, r.number)
        yield people.taken()
