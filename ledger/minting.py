"""Gives a draft its place: id, stream version, `meta`, sealed fields, and the bytes to store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args, get_type_hints
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from domain.events import REPORTED, Event, Meta, Personal
from ledger.codec import EventCodec
from ledger.commands import Command, Draft
from ledger.stamps import CommandStamp
from ledger.vault import Vault
from ledger.vault_errors import Erased


def mint(
    draft: Draft,
    command: Command,
    stamp: CommandStamp,
    event_id: UUID,
    version: int,
    vault: Vault,
    rule_version: str | None,
) -> Event:
    """The event that the draft becomes. The draft itself stays unborn: a lost race mints anew."""
    kind = type(draft.event)
    event = object.__new__(kind)
    meta = Meta(
        event_id=event_id,
        stream_id=draft.stream_id,
        stream_version=version,
        command_id=stamp.command_id,
        content_digest=stamp.content_digest,
        occurred_on=draft.occurred_on,
        actor=command.actor,
        basis=command.basis,
        source=command.source,
        effective_from=draft.effective_from,
        document=draft.document,
        rule_version=rule_version,
        caused_by=draft.caused_by,
        evidence=draft.evidence,
        file_digest=command.file_digest,
        file_row=command.file_row,
    )
    # The event is ours alone until it is stored; frozen begins there.
    fields = event.__dict__
    fields.update(draft.event.__dict__)
    fields["meta"] = meta
    if draft.personal:
        owners = sealed_fields(kind)
        for name, text in draft.personal.items():
            owner = owners[name]
            person = draft.stream_id if owner == "stream" else fields[owner]
            try:
                fields[name] = vault.seal(person, event_id, name, text)
            except Erased:
                if command.basis != REPORTED:
                    raise
                # A fact that came late: it is recorded; what was to be sealed has no key left.
    return event


def persons_sealing(draft: Draft) -> Iterator[UUID]:
    """The persons under whose keys the draft's personal fields will be sealed."""
    owners = sealed_fields(type(draft.event)) if draft.personal else {}
    for name in draft.personal or ():
        owner = owners[name]
        yield draft.stream_id if owner == "stream" else draft.event.__dict__[owner]


_SEALED: dict[type, dict[str, str]] = {}


def sealed_fields(cls: type[Event]) -> dict[str, str]:
    """Sealed field → the field that holds the person whose key seals it."""
    if cls in _SEALED:
        return _SEALED[cls]
    found = {}
    for name, hint in get_type_hints(cls, include_extras=True).items():
        for mark in get_args(hint)[1:]:
            if isinstance(mark, Personal):
                found[name] = mark.of
    _SEALED[cls] = found
    return found


def stored(event: Event, codec: EventCodec) -> StoredEvent:
    """The event as the recorder takes it."""
    meta = event.meta
    return StoredEvent(meta.stream_id, meta.stream_version, event.topic, codec.encode(event))
