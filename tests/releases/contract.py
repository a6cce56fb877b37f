"""Whether the contract is whole: what `make check` asks beyond `python -m schemas.releases`.

`schemas/releases.toml` cannot vouch for itself: a line that is taken out takes its schema's
protection along. So the list is held against the ledgers kept of the releases, whose entries
name the very bytes of the schemas that they were written with; and every version must have its
golden bytes and its upcast.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import schemas
from ledger.upcasts import missing_steps
from schemas.catalog import Catalog, SchemaError, load
from schemas.releases import FILE, Releases, read_releases
from tests.releases.ledger_file import NotEntries, read_entries
from tests.schemas.samples import GOLDEN

KEPT = Path(__file__).parent
HASH = slice(1, 33)
"""Where an entry's frame names its schema."""


def unlisted(known: Releases, kept: Path = KEPT) -> list[str]:
    """Every way in which the list of releases differs from what their ledgers were written with."""
    found, numbers = [], {r.number for r in known.releases}
    there = {int(p.name) for p in kept.iterdir() if p.name.isdigit()}
    found += [f"{FILE}: release {n} is kept in tests/releases, and not listed" for n in sorted(there - numbers)]  # fmt: skip
    found += [f"release {n} keeps no ledger in tests/releases" for n in sorted(numbers - there)]
    for release in known.releases:
        if release.number in there:
            found += _unlike(known, release.number, kept / str(release.number))
    return found


def _unlike(known: Releases, number: int, folder: Path) -> Iterator[str]:
    try:
        used = {e[HASH].hex() for e in read_entries(folder / "entries.bin.gz")}
    except NotEntries as e:
        yield f"release {number}: {e}"
        return
    listed = {digest: name for name, digest in known.hashes.items() if known.since[name] <= number}
    for digest in sorted(used - set(listed)):
        yield f"{FILE}: release {number} was made with the schema {digest}, and does not list it"
    for digest, name in sorted(listed.items(), key=lambda pair: pair[1]):
        if known.since[name] == number and digest not in used:
            yield f"{FILE}: {name} is listed under release {number}, whose ledger has nothing of it"


def unproved(catalog: Catalog, golden: Path = GOLDEN) -> list[str]:
    """Versions without golden bytes, or without the upcast that reads them today."""
    missing = [
        f"{v.topic}.v{v.version} has no golden bytes: make schemas"
        for v in catalog.versions
        if not (golden / f"{v.topic}.v{v.version}.txt").exists()
    ]
    return [*missing, *missing_steps(catalog)]


def broken() -> list[str]:
    """Sentences; none means that the contract is whole."""
    folder = Path(schemas.__file__).parent
    try:
        return [*unlisted(read_releases(folder)), *unproved(load(folder))]
    except SchemaError as e:
        return [str(e)]


if __name__ == "__main__":
    sys.exit("\n".join(broken()) or None)
