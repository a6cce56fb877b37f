"""One human, registered twice: whom each registration stands for.

A merge is a fact of its own. What was recorded under the registration that was given up stays
as it is, and is read as the other's; where the merge is annulled, it is read as before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from domain.events import Event

E = TypeVar("E", bound=Event)


class SamePerson:
    """Person → the registration that goes on for him. Empty for nearly every ledger."""

    def __init__(self, merges: Iterable[tuple[UUID, UUID]] = ()) -> None:
        """`merges`: (given up, goes on), in the order of the log.

        One that would go round in a circle is left out: reports may say anything, and the
        first of them stands.
        """
        self._into: dict[UUID, UUID] = {}
        for person, into in merges:
            if person not in self._chain(into):
                self._into[person] = into
        self._others: dict[UUID, list[UUID]] = defaultdict(list)
        for person in self._into:
            self._others[self.of(person)].append(person)

    def __bool__(self) -> bool:
        return bool(self._into)

    def of(self, person: UUID) -> UUID:
        """The registration that goes on; the person's own where nothing was merged."""
        *_, goes_on = self._chain(person)
        return goes_on

    def _chain(self, person: UUID) -> list[UUID]:
        chain = [person]
        while chain[-1] in self._into:
            chain.append(self._into[chain[-1]])
        return chain

    def all_of(self, person: UUID) -> list[UUID]:
        """Every registration of this human: the one that goes on first."""
        goes_on = self.of(person)
        return [goes_on, *self._others.get(goes_on, ())]

    def given_up(self) -> dict[UUID, UUID]:
        """Every registration that was given up → the one that goes on."""
        return {person: self.of(person) for person in self._into}

    def read(self, event: E) -> E:
        """The event as it reads when one human is one person; the event itself where it names
        nobody who was merged. `meta` is left alone."""
        if not self._into:
            return event
        changed = {
            f.name: read
            for f in fields(event)
            if f.name != "meta"
            and (read := self._read(getattr(event, f.name))) is not getattr(event, f.name)
        }
        return replace(event, **changed) if changed else event

    def _read(self, value: Any) -> Any:
        if isinstance(value, UUID):
            return self.of(value) if value in self._into else value
        if isinstance(value, tuple):
            read = tuple(self._read(item) for item in value)
            return value if all(a is b for a, b in zip(read, value, strict=True)) else read
        if is_dataclass(value) and not isinstance(value, type):
            own = {f.name: self._read(getattr(value, f.name)) for f in fields(value)}
            same = all(own[name] is getattr(value, name) for name in own)
            return value if same else replace(value, **own)
        return value
