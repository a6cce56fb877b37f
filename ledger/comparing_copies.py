"""Holds the CSV copies of a bundle against the entries in it: a copy that says something else is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from evidence.bundles import RANGE, WHOLE, Bundle, open_bundle
from ledger.codec import EventCodec
from ledger.event_copies import copy_of

REVEALED = "copies/persons.csv"
"""What was revealed for the bundle: no entry says it in plain, so there is nothing to compare."""


def differing_copies(path: Path, codec: EventCodec) -> list[str]:
    """The copies that are not what the entries say; decodes every body on the way.

    Raises UnreadableEvent for a body that no schema here reads, Malformed for a bundle that is none.
    """
    with open_bundle(path) as bundle:
        compared = [n for n in bundle.copies if n != REVEALED]
        differing = [n for n in compared if not _same(bundle, n, codec)]
        if not compared:
            for _ in copy_of(_rows(bundle), codec, ""):
                pass
    return differing


def _same(bundle: Bundle, name: str, codec: EventCodec) -> bool:
    family = name.removeprefix("copies/").removesuffix(".csv")
    said, made = bundle.copy(name), copy_of(_rows(bundle), codec, family)
    return all(a == b for a, b in _side_by_side(said, made))


def _side_by_side(one: Iterable[bytes], other: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Two texts in pieces of equal length, whatever their parts; the longer one's rest against none."""
    parts, others = iter(one), iter(other)
    left, right = b"", b""
    while True:
        left, right = left or next(parts, b""), right or next(others, b"")
        if not left or not right:
            if left or right:
                yield left, right
            return
        length = min(len(left), len(right))
        yield left[:length], right[:length]
        left, right = left[length:], right[length:]


def _rows(bundle: Bundle) -> Iterator[tuple[int, bytes]]:
    scope = bundle.scope
    if scope.kind == WHOLE or (scope.kind == RANGE and not bundle.has("proofs")):
        positions: Iterator[int] = iter(range(max(scope.first, 1), 2**63))
    else:
        positions = (position for position, _ in bundle.proofs())
    for chunk in bundle.entries():
        for entry in chunk:
            yield next(positions), entry
