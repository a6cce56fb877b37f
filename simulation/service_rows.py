"""Rows of what the social forces do, some as they stand on a day: later steps come in a later file."""

from __future__ import annotations

from datetime import date

from domain.divisions import TOWNS
from simulation.discovery import Need
from simulation.partners import Project, Provider
from simulation.services import Delivery, Wish
from simulation.tables import Row


def wish_row(wish: Wish, known_on: date) -> Row:
    """A wish."""
    matched = wish.matched_on is not None and wish.matched_on <= known_on
    fulfilled = wish.fulfilled_on is not None and wish.fulfilled_on <= known_on
    return (
        wish.number,
        wish.registered_on,
        wish.person.name,
        wish.person.number,
        TOWNS[wish.person.town],
        wish.kind,
        wish.content,
        wish.channel,
        wish.provider.number if wish.provider and matched else "",
        wish.matched_on if matched else None,
        wish.fulfilled_on if fulfilled else None,
        wish.satisfaction if fulfilled else None,
    )


def need_row(need: Need, known_on: date) -> Row:
    """A need."""
    referred = need.referred_on is not None and need.referred_on <= known_on
    answered = need.answered_on is not None and need.answered_on <= known_on
    return (
        need.number,
        need.found_on,
        need.person.name,
        need.person.number,
        TOWNS[need.person.town],
        need.channel,
        need.kind,
        need.referred_to if referred else "",
        need.referred_on if referred else None,
        need.answered_on if answered else None,
        need.answer if answered else "",
    )


def provider_row(provider: Provider) -> Row:
    """A provider."""
    return provider.number, provider.name, provider.kind, provider.registered_on


def project_row(project: Project, known_on: date) -> Row:
    """A project, as far as it is known on that day."""
    paid = project.paid_on <= known_on
    accepted_on = project.accepted_on
    return (
        project.number,
        project.name,
        project.category,
        project.track,
        project.provider.number,
        project.fund,
        project.committed_fen,
        project.committed_on,
        project.paid_fen if paid else None,
        project.paid_on if paid else None,
        project.starts_on,
        project.ends_on,
        project.people_planned,
        project.visits_planned,
        accepted_on if accepted_on and accepted_on <= known_on else None,
    )


def delivery_row(delivery: Delivery) -> Row:
    """A service given."""
    person, household = delivery.person, delivery.household
    unit = "人次" if delivery.head_count else ("家庭" if household else "")
    return (
        delivery.number,
        delivery.project.number,
        delivery.delivered_on,
        delivery.service,
        unit,
        person.name if person else "",
        person.number if person else "",
        household.head.number if household else "",
        TOWNS[delivery.town],
        delivery.head_count,
        "" if delivery.completed else "否",
    )
