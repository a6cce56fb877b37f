"""An instance of every event as it might be reported, complete or with its required fields only.

Unlike the samples behind the golden bytes, these fit together: ids are those of one small world,
codes are ones that there are. Two worlds, so that a stream has its complete and its bare events.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from datetime import date
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from console.commands_json import COMMANDS, NEW
from domain.events import EVENT_CLASSES, UNBORN, Event, Personal, PersonMerged, SubjectErased
from ledger.event_examples import DATES, LISTS, MONTHS, TEXTS, WHOLES
from ledger.ids import new_id
from ledger.minting import sealed_fields

STREAM_OF: Final[dict[str, str]] = {cls.topic: kind for cls, kind in COMMANDS.values()}
PERSONS: Final = {
    "applicant_id", "beneficiary_id", "custodian_id", "filed_by", "head_id", "into_person_id",
    "payee_id", "person_id", "person_ids", "persons", "covered", "leaving", "staying",
    "remark_person_id",
}  # fmt: skip
HOUSEHOLDS: Final = {
    "case_id", "from_household_id", "household_id", "into_household_id", "new_household_id",
    "split_from", "to_household_id",
}  # fmt: skip
EVENTS: Final = {"against_event_id", "annulled_event_id", "by", "caused_by", "decision_event_id", "grounds"}  # fmt: skip
SACRIFICED: Final = (SubjectErased, PersonMerged)
"""About a person of their own: nothing may be sealed for the person afterwards."""


@dataclass
class World:
    """The ids that one round of events is about."""

    persons: list[UUID]
    """With a key; the last one is given up."""
    event_id: UUID
    """Of some event of the ledger."""
    complete: bool
    ids: dict[str, UUID] = field(default_factory=dict)

    def id(self, name: str) -> UUID:
        """The same one whenever it is asked for."""
        return self.ids.setdefault(name, new_id())

    def stream(self, cls: type[Event]) -> UUID:
        """The stream that an event of this class belongs to."""
        if issubclass(cls, SACRIFICED):
            return self.persons[-1]
        kind = STREAM_OF.get(cls.topic, NEW)
        if kind == "person":
            return self.persons[0]
        if kind != NEW:
            return self.id(kind)
        first = {"HouseholdFormed": "household", "BatchPrepared": "batch", "NeedDiscovered": "need",
                 "ProjectOpened": "project", "ProviderRegistered": "provider",
                 "WishRegistered": "wish"}.get(cls.__name__)  # fmt: skip
        if cls.__name__ == "PersonRegistered":
            return self.persons[0]
        if cls.__name__.startswith("Finding"):
            return self.id("finding")
        return self.id(first or cls.topic)


def every_event(world: World) -> list[tuple[Event, UUID, dict[str, str]]]:
    """Event (unborn), stream, and what is to be sealed, for every class; annulments apart."""
    return [
        _instance(cls, world)
        for cls in EVENT_CLASSES.values()
        if not cls.topic.endswith(".Annulled")
    ]


def _instance(cls: type[Event], world: World) -> tuple[Event, UUID, dict[str, str]]:
    hints = get_type_hints(cls, include_extras=True)
    values: dict[str, Any] = {"meta": UNBORN}
    personal: dict[str, str] = {}
    for f in fields(cls):
        if f.name == "meta" or not (world.complete or f.default is MISSING):
            continue
        hint, *marks = get_args(hints[f.name])
        if any(isinstance(m, Personal) for m in marks):
            personal[f.name] = f"{f.name}(合成)"
        else:
            values[f.name] = value(hint, f.name, world)
    stream = world.stream(cls)
    event = cls(**values)
    if isinstance(event, SACRIFICED):
        event = replace(event, **_about(event, world))
        personal = {}
    owners = sealed_fields(cls)
    known = set(world.persons)
    personal = {n: t for n, t in personal.items() if _owner(event, owners[n], stream) in known}
    return event, stream, personal


def _about(event: Event, world: World) -> dict[str, Any]:
    return {"person_id": world.persons[-1]} if isinstance(event, SubjectErased) else {}


def _owner(event: Event, of: str, stream: UUID) -> UUID | None:
    return stream if of == "stream" else getattr(event, of)


def value(hint: Any, name: str, world: World) -> Any:
    """What a field of this name and type says."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(a for a in get_args(hint) if a is not type(None))
    if get_origin(hint) is tuple:
        return _several(get_args(hint)[0], name, world)
    if is_dataclass(hint) and isinstance(hint, type):
        inner = get_type_hints(hint, include_extras=True)
        chosen = [f for f in fields(hint) if world.complete or f.default is MISSING]
        return hint(**{f.name: value(inner[f.name], f.name, world) for f in chosen})
    return _id(name, world) if hint is UUID else _plain(hint, name)


def _plain(hint: type, name: str) -> Any:
    if hint is str:
        return MONTHS.get(name) or TEXTS.get(name, name)
    if hint is bool:
        return True
    if hint is int:
        return WHOLES.get(name, 120_000 if name.endswith("_fen") else 3)
    if hint is date:
        return DATES.get(name, date(2023, 5, 10))
    assert hint is bytes
    return name.encode().ljust(16, b".")[:16]


def _several(item: Any, name: str, world: World) -> tuple[Any, ...]:
    if name in ("covered", "persons", "leaving"):
        return tuple(world.persons[:1])
    if name == "staying":
        return tuple(world.persons[1:2])
    return tuple(LISTS[name]) if name in LISTS else (value(item, name, world),)


def _id(name: str, world: World) -> UUID:
    if name in PERSONS:
        return world.persons[1] if name in ("into_person_id", "payee_id") else world.persons[0]
    if name in EVENTS:
        return world.event_id
    if name == "household_id":
        return world.id("household")
    if name == "case_id":
        return world.id("household")
    return world.id(name.removesuffix("_id") if name in ("batch_id", "provider_id") else name)
