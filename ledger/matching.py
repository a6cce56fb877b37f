"""Looks up which persons of a list from outside the ledger knows: recorded first, then told.

The list's numbers meet the vault's keyed look-ups in memory; who is not found leaves no trace.
Whoever is found has an event in the stream of his own, so that it tells by itself who asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from domain.events import UNBORN, Actor, IdentityMatched, ListMatched
from domain.oversight import outside_list, reveal_reason, role_code
from ledger.commands import Command, Draft
from ledger.ids import new_id
from ledger.service import Ledger


def match(
    ledger: Ledger,
    numbers: Sequence[str],
    content: bytes,
    kind: str | None,
    role: str | None,
    reason: str | None,
    *,
    on: date,
    actor: Actor,
    source: str,
) -> dict[str, UUID]:
    """Identity number → person, for those that the ledger knows. `content` is the list's bytes.

    Raises BadValue without a kind, role or reason; nothing was looked up then. Whatever is
    raised before the record is durable, nothing was told.
    """
    as_list, as_role = outside_list(kind), role_code(role)
    code, words = reveal_reason(reason)
    found = ledger.vault.people_for(numbers)
    matching = new_id()
    event = ListMatched(
        meta=UNBORN,
        kind=as_list,
        list_digest=ledger.vault.digest("outside-list", content.hex()),
        rows=len(set(numbers)),
        hits=len(set(found.values())),
        role=as_role,
        reason=code,
    )
    command = Command(("match", matching.hex), "", [Draft(event, matching, on)], actor, source)
    for person in dict.fromkeys(found.values()):
        hit = IdentityMatched(
            meta=UNBORN,
            person_id=person,
            matching_id=matching,
            kind=as_list,
            role=as_role,
            reason=code,
        )
        personal = {"remark": words} if words else None
        command.drafts.append(Draft(hit, person, on, personal=personal))
    if ledger.decide(command).recorded != 1:
        raise AssertionError("a matching that is not recorded tells nothing")
    return found
