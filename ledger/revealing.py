"""Opens sealed fields for a role and a reason: recorded durably first, and only then opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from domain.events import EVENT_CLASSES, UNBORN, Actor, Event, IdentityRevealed
from domain.oversight import reveal_reason, role_code
from domain.wording import BadValue
from ledger.commands import Command, Draft
from ledger.ids import new_id
from ledger.minting import sealed_fields
from ledger.service import Ledger
from ledger.vault_errors import Erased

ALWAYS: Final = ("name", "identity_number")
"""What a reveal opens where no field is named."""


@dataclass(frozen=True, slots=True)
class SealedField:
    """A field of an event that is sealed under a person's key."""

    person_id: UUID
    field: str
    event_id: UUID
    occurred_on: date
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Revealed:
    """What a field says. `repr` hides it."""

    person_id: UUID
    field: str
    occurred_on: date
    text: str

    def __repr__(self) -> str:
        return f"Revealed({self.person_id}, {self.field})"


def known_fields() -> list[str]:
    """Every field that is sealed in some event; the reasons given for reveals are not opened."""
    classes = (cls for cls in EVENT_CLASSES.values() if cls is not IdentityRevealed)
    return sorted({name for cls in classes for name in sealed_fields(cls)})


def wanted_fields(asked: Sequence[str]) -> tuple[str, ...]:
    """The fields to be opened. BadValue for one that no event has; it is not quoted."""
    names = tuple(dict.fromkeys(n.strip() for a in asked for n in a.split(","))) or ALWAYS
    known = known_fields()
    if set(names) - set(known):
        words = ", ".join(known)
        raise BadValue(f"--field 只能是:{words}", f"--field is one of: {words}")
    return names


def sealed_in(events: Iterable[Event], fields: Sequence[str]) -> Iterator[SealedField]:
    """The sealed fields of these names in these events, each with the person whose key it needs."""
    for event in events:
        if isinstance(event, IdentityRevealed):
            continue
        meta = event.meta
        for field, owner in sealed_fields(type(event)).items():
            sealed = getattr(event, field) if field in fields else None
            person = meta.stream_id if owner == "stream" else getattr(event, owner)
            if sealed is not None and person is not None:
                yield SealedField(person, field, meta.event_id, meta.occurred_on, sealed)


def reveal(
    ledger: Ledger,
    found: Sequence[SealedField],
    role: str | None,
    reason: str | None,
    *,
    on: date,
    actor: Actor,
    source: str,
) -> list[Revealed]:
    """Records who asked for what of whom, in each person's stream and in one command, then opens it.

    A text that stands several times is given once, with its newest date. Raises BadValue without
    a role or a reason or anything to open, Erased where everybody concerned is erased. Whatever
    is raised before the record is durable, nothing was opened.
    """
    as_role = role_code(role)
    code, words = reveal_reason(reason)
    readable = {p: ledger.vault.has_key(p) for p in dict.fromkeys(f.person_id for f in found)}
    if not readable:
        raise BadValue("没有可查看的加密字段", "there is no such sealed field to open")
    if not any(readable.values()):
        raise Erased("已删除:该人员信息无法再查看", "erased: nothing of this person can be read")
    open_now = [f for f in found if readable[f.person_id]]
    command = Command(("reveal", new_id().hex), "", [], actor, source)
    for person in dict.fromkeys(f.person_id for f in open_now):
        fields = tuple(dict.fromkeys(f.field for f in open_now if f.person_id == person))
        event = IdentityRevealed(
            meta=UNBORN, person_id=person, fields=fields, role=as_role, reason=code
        )
        personal = {"remark": words} if words else None
        command.drafts.append(Draft(event, person, on, personal=personal))
    if ledger.decide(command).recorded != 1:
        raise AssertionError("a reveal that is not recorded opens nothing")
    return _opened(ledger, open_now)


def _opened(ledger: Ledger, found: Sequence[SealedField]) -> list[Revealed]:
    newest: dict[tuple[UUID, str, str], date] = {}
    for f in found:
        text = ledger.vault.unseal(f.person_id, f.event_id, f.field, f.sealed)
        key = (f.person_id, f.field, text)
        newest[key] = max(newest.get(key, f.occurred_on), f.occurred_on)
    return [Revealed(person, field, on, text) for (person, field, text), on in newest.items()]
