"""Reads an older version of an event as the newest one: a step from each version to the next.

A step is either `BY_DEFAULTS` (what the newer version adds, it adds with its defaults) or a
function that is handed the record as it was written and the same with the newer version's
defaults, and puts right in the second what defaults cannot say. Every version but the first
needs its step: the build says which is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Final

from fastavro import schemaless_reader, schemaless_writer

from schemas.catalog import Catalog, SchemaVersion


class NoStep(LookupError):
    """A version is older than the event's class, and nothing says how it becomes the next one."""


Step = Callable[[dict[str, Any], dict[str, Any]], None]


def by_defaults(old: dict[str, Any], new: dict[str, Any]) -> None:
    """What the newer version adds, it adds with its defaults."""


BY_DEFAULTS: Final[Step] = by_defaults

UPCASTS: Final[dict[tuple[str, int], Step]] = {}
"""(topic, version) → the step from it to the next version."""


def missing_steps(catalog: Catalog, steps: Mapping[tuple[str, int], Step] = UPCASTS) -> list[str]:
    """A sentence for every version that has no step to it, and for every step to nowhere."""
    needed = {(v.topic, v.version - 1) for v in catalog.versions if v.version > 1}
    absent = [f"{t}: no step from v{n} to v{n + 1} in UPCASTS" for t, n in needed - set(steps)]
    stray = [f"{t}: a step from v{n}, and no v{n + 1}" for t, n in set(steps) - needed]
    return sorted([*absent, *stray])


def reader_of(
    chain: list[SchemaVersion], steps: Mapping[tuple[str, int], Step]
) -> Callable[[BytesIO], Any]:
    """Reads a body of the first version of the chain as a record of the last one."""
    first, last = chain[0], chain[-1]
    if first is last:
        return lambda body: schemaless_reader(body, first.parsed, None)
    absent = [v.version for v in chain[:-1] if (v.topic, v.version) not in steps]
    if absent:
        raise NoStep(f"{first.topic}: no step from v{absent[0]} to the next version")
    taken = [steps[(v.topic, v.version)] for v in chain[:-1]]
    if all(step is BY_DEFAULTS for step in taken):
        # Versions are compatible with each other, whatever lies between.
        return lambda body: schemaless_reader(body, first.parsed, last.parsed)

    def read(body: BytesIO) -> Any:
        record: Any = schemaless_reader(body, first.parsed, None)
        for old, new, step in zip(chain, chain[1:], taken, strict=False):
            record = _next(record, old, new, step)
        return record

    return read


def _next(record: dict[str, Any], old: SchemaVersion, new: SchemaVersion, step: Step) -> Any:
    bytes_ = BytesIO()
    schemaless_writer(bytes_, old.parsed, record)
    bytes_.seek(0)
    made: Any = schemaless_reader(bytes_, old.parsed, new.parsed)
    step(record, made)
    return made
