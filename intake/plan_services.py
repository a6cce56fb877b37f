"""Plans for X, the social forces: providers, projects and their money, deliveries, wishes, needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from domain.events import (
    UNBORN,
    Event,
    NeedAnswered,
    NeedDiscovered,
    NeedReferred,
    ProjectAccepted,
    ProjectFunded,
    ProjectOpened,
    ProjectPaid,
    ProviderRegistered,
    ServiceDelivered,
    WishFulfilled,
    WishMatched,
    WishRegistered,
)
from domain.identity import parse_identity_number
from intake.kinds import DeliveryRow, NeedRow, ProjectRow, ProviderRow, WishRow
from intake.planning import Context, People, Plan, band_on, content_of
from intake.problems import Problem
from intake.rows import Numbered
from ledger.commands import Draft
from ledger.ids import new_id


class _Steps:
    """Adds one command a step, so that an updated row records only the steps that are new."""

    def __init__(self, people: People, kind: str, number: str, stream: UUID, row: int) -> None:
        self.people, self.kind, self.number = people, kind, number
        self.stream, self.row = stream, row

    def add(
        self,
        step: str,
        event: Event,
        on: date,
        content: str,
        personal: dict[str, str] | None = None,
    ) -> None:
        """One step of the stream's life."""
        command = self.people.command((self.kind, self.number, step), content)
        command.drafts.append(Draft(event, self.stream, on, personal=personal))
        self.people.plan.add(command, self.row)


def _unknown(row: int, column: str, what_zh: str, what_en: str) -> Problem:
    return Problem(
        row,
        column,
        "unknown",
        f"{what_zh}不存在;请先导入",
        f"{what_en} is not known; import it first",
    )


def plan_providers(rows: Sequence[Numbered[ProviderRow]], context: Context) -> Plan:
    """Organizations that give services."""
    plan = Plan()
    people = People(context, plan)
    known = context.ledger.find("provider", [r.row.provider_no for r in rows])
    for r in rows:
        row = r.row
        stream = known.setdefault(row.provider_no, new_id())
        event = ProviderRegistered(meta=UNBORN, code=row.provider_no, name=row.name, kind=row.kind)
        steps = _Steps(people, "provider", row.provider_no, stream, r.number)
        steps.add("registered", event, row.registered_on, content_of(row))
    return plan


def plan_projects(rows: Sequence[Numbered[ProjectRow]], context: Context) -> Plan:
    """Projects: opened, funded, paid, accepted. A second row adds a second fund."""
    plan = Plan()
    people = People(context, plan)
    known = context.ledger.find("project", [r.row.project_no for r in rows])
    providers = context.ledger.find("provider", [r.row.provider_no for r in rows])
    opened: set[str] = set()
    for r in rows:
        row = r.row
        provider = providers.get(row.provider_no)
        if provider is None:
            plan.problems.append(_unknown(r.number, "承接单位", "该机构编号", "the provider"))
            continue
        stream = known.setdefault(row.project_no, new_id())
        steps = _Steps(people, "project", row.project_no, stream, r.number)
        if row.project_no not in opened:
            opened.add(row.project_no)
            _open(steps, row, provider)
        _money(steps, row)
        if row.accepted_on:
            steps.add("accepted", ProjectAccepted(meta=UNBORN), row.accepted_on, "")
    return plan


def _open(steps: _Steps, row: ProjectRow, provider: UUID) -> None:
    first, last = row.period or (None, None)
    starts_on, ends_on = row.starts_on or first, row.ends_on or last
    event = ProjectOpened(
        meta=UNBORN,
        code=row.project_no,
        name=row.name,
        category=row.category,
        track=row.track,
        provider_id=provider,
        starts_on=starts_on,
        until=ends_on + timedelta(days=1) if ends_on else None,
        people_planned=row.people_planned,
        visits_planned=row.visits_planned,
    )
    money = ("committed", "committed_on", "paid", "paid_on", "accepted_on", "fund")
    steps.add("opened", event, starts_on or row.committed_on, content_of(row, *money))


def _money(steps: _Steps, row: ProjectRow) -> None:
    funded = ProjectFunded(meta=UNBORN, fund=row.fund, amount_fen=row.committed)
    step = f"funded-{row.fund}-{row.committed_on}"
    steps.add(step, funded, row.committed_on, str(row.committed))
    if row.paid:
        day = row.paid_on or row.committed_on
        paid = ProjectPaid(meta=UNBORN, fund=row.fund, amount_fen=row.paid)
        steps.add(f"paid-{row.fund}-{day}", paid, day, str(row.paid))


def plan_deliveries(rows: Sequence[Numbered[DeliveryRow]], context: Context) -> Plan:
    """Services given, into the project's stream."""
    plan = Plan()
    people = People(context, plan)
    projects = context.ledger.find("project", [r.row.project_no for r in rows])
    plan.problems = [
        _unknown(r.number, "项目编号", "该项目编号", "the project")
        for r in rows
        if r.row.project_no not in projects
    ]
    if plan.problems:
        return plan
    people.know(n for r in rows for n in (r.row.id_number, r.row.head_id) if n)
    people.know_households(r.row.head_id for r in rows if r.row.head_id)
    for r in rows:
        project = projects[r.row.project_no]
        steps = _Steps(people, "delivery", r.row.delivery_no, project, r.number)
        steps.add("delivered", _delivery(r, people), r.row.delivered_on, content_of(r.row))
    return plan


def _delivery(r: Numbered[DeliveryRow], people: People) -> ServiceDelivered:
    row, on = r.row, r.row.delivered_on
    person = household = None
    band = ""
    town = row.town or ""
    if row.head_id:
        head = people.person(row.head_id, r.number, on, town=town)
        household = people.household(head, r.number, on, town)
    if row.id_number:
        person = people.person(row.id_number, r.number, on, name=row.name, town=town)
        band = band_on(parse_identity_number(row.id_number), on)
    return ServiceDelivered(
        meta=UNBORN,
        number=row.delivery_no,
        service=row.service,
        unit=row.unit or "person",
        completed=row.completed is not False,
        person_id=person,
        household_id=household,
        age_band=band,
        town=town,
        head_count=row.head_count,
    )


def plan_wishes(rows: Sequence[Numbered[WishRow]], context: Context) -> Plan:
    """Wishes: registered, matched, fulfilled."""
    plan = Plan()
    people = People(context, plan)
    known = context.ledger.find("wish", [r.row.wish_no for r in rows])
    providers = context.ledger.find(
        "provider", [r.row.provider_no for r in rows if r.row.provider_no]
    )
    plan.problems = [
        _unknown(r.number, "认领单位", "该机构编号", "the provider")
        for r in rows
        if r.row.matched_on and r.row.provider_no not in providers
    ]
    if plan.problems:
        return plan
    people.know(r.row.id_number for r in rows)
    for r in rows:
        row = r.row
        provider = providers.get(row.provider_no or "")
        stream = known.setdefault(row.wish_no, new_id())
        steps = _Steps(people, "wish", row.wish_no, stream, r.number)
        _wish(steps, row, people, provider, r.number)
    return plan


def _wish(steps: _Steps, row: WishRow, people: People, provider: UUID | None, number: int) -> None:
    town = row.town or ""
    person = people.person(row.id_number, number, row.registered_on, name=row.name, town=town)
    registered = WishRegistered(
        meta=UNBORN,
        number=row.wish_no,
        person_id=person,
        kind=row.kind,
        channel=row.channel or "",
        town=town,
    )
    later = ("provider_no", "matched_on", "fulfilled_on", "satisfaction")
    personal = {"content": row.content} if row.content else None
    steps.add("registered", registered, row.registered_on, content_of(row, *later), personal)
    if row.matched_on and provider is not None:
        matched = WishMatched(meta=UNBORN, provider_id=provider)
        steps.add("matched", matched, row.matched_on, row.provider_no or "")
    if row.fulfilled_on:
        fulfilled = WishFulfilled(meta=UNBORN, satisfaction=row.satisfaction)
        steps.add("fulfilled", fulfilled, row.fulfilled_on, str(row.satisfaction))


def plan_needs(rows: Sequence[Numbered[NeedRow]], context: Context) -> Plan:
    """Needs: discovered, referred, answered."""
    plan = Plan()
    people = People(context, plan)
    people.know(r.row.id_number for r in rows)
    people.know_households(r.row.id_number for r in rows)
    known = context.ledger.find("need", [r.row.need_no for r in rows])
    for r in rows:
        row = r.row
        person = people.person(row.id_number, r.number, row.found_on, name=row.name, town=row.town)
        stream = known.setdefault(row.need_no, new_id())
        steps = _Steps(people, "need", row.need_no, stream, r.number)
        discovered = NeedDiscovered(
            meta=UNBORN,
            number=row.need_no,
            person_id=person,
            channel=row.channel,
            kind=row.kind,
            household_id=people.households.get(person),
            town=row.town,
        )
        later = ("referred_to", "referred_on", "answered_on", "answer")
        steps.add("discovered", discovered, row.found_on, content_of(row, *later))
        if row.referred_to:
            referred = NeedReferred(meta=UNBORN, organization=row.referred_to)
            steps.add("referred", referred, row.referred_on or row.found_on, row.referred_to)
        if row.answer:
            answered = NeedAnswered(meta=UNBORN, outcome=row.answer)
            day = row.answered_on or row.referred_on or row.found_on
            steps.add("answered", answered, day, row.answer)
    return plan
