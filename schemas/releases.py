"""Which schema files are released, in which release of the contract, and whether they still stand.

`releases.toml` lists, by release, each file's SHA-256. A file in it never changes and never goes.
A file that no release lists is a draft: it may still be mended. `python -m schemas.releases`
says what is broken.

    [release.1]
    on = "2026-11-25"
    files = { "relief.exit.Exited.v1.avsc" = "9f86d0…", … }
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from schemas.catalog import FILE_NAME, Catalog, SchemaError, SchemaVersion, load
from schemas.compatibility import incompatibilities

FILE = "releases.toml"
_HEAD = """\
# Released schema files and their SHA-256, by release of the contract. Written by `make release`,
# never by hand: a file that stands here never changes again.
"""


@dataclass(frozen=True)
class Release:
    """One release of the contract: the files that came with it."""

    number: int
    on: str
    files: dict[str, str] = field(default_factory=dict)
    """File name → SHA-256, hexadecimal."""


class Releases:
    """All releases, oldest first."""

    def __init__(self, releases: list[Release]) -> None:
        self.releases = tuple(sorted(releases, key=lambda r: r.number))
        numbers = [r.number for r in self.releases]
        if numbers != list(range(1, len(numbers) + 1)):
            raise SchemaError(f"{FILE}: releases {numbers} are not 1 to {len(numbers)}")
        self.since: dict[str, int] = {}
        self.hashes: dict[str, str] = {}
        for release in self.releases:
            for name, digest in release.files.items():
                if name in self.since:
                    raise SchemaError(f"{FILE}: {name} is in two releases")
                self.since[name], self.hashes[name] = release.number, digest

    @property
    def next(self) -> int:
        """The number that the next release will have."""
        return len(self.releases) + 1

    def of(self, version: SchemaVersion) -> int | None:
        """The release that a version came with; None for a draft."""
        return self.since.get(file_name(version))


def file_name(version: SchemaVersion) -> str:
    """The name of a version's file."""
    return f"{version.topic}.v{version.version}.avsc"


def read_releases(directory: Path) -> Releases:
    """The releases of a directory of schemas; none where there is no file. Raises SchemaError."""
    path = directory / FILE
    if not path.exists():
        return Releases([])
    try:
        said = tomllib.loads(path.read_text("utf-8"))["release"]
        return Releases([Release(int(n), r["on"], dict(r["files"])) for n, r in said.items()])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError, ValueError) as e:
        if isinstance(e, SchemaError):
            raise
        raise SchemaError(f"{FILE}: not as its head says: {e}") from None


@lru_cache(maxsize=1)
def releases() -> Releases:
    """The releases that this program ships."""
    return read_releases(Path(__file__).parent)


def write_releases(directory: Path, known: Releases) -> None:
    """Writes the file anew, files in order of their names."""
    parts = [_HEAD]
    for release in known.releases:
        parts.append(f'\n[release.{release.number}]\non = "{release.on}"\n\n')
        parts.append(f"[release.{release.number}.files]\n")
        parts += [f'"{name}" = "{digest}"\n' for name, digest in sorted(release.files.items())]
    (directory / FILE).write_text("".join(parts), "utf-8")


def frozen(directory: Path, on: str) -> Releases:
    """The releases with one more: every draft of the directory. Raises SchemaError.

    Nothing is written. Refused where the contract is broken, or nothing is new.
    """
    broken = violations(directory)
    if broken:
        raise SchemaError("the contract is broken:\n" + "\n".join(broken))
    known = read_releases(directory)
    drafts = {
        file_name(v): v.file_hash.hex() for v in load(directory).versions if known.of(v) is None
    }
    if not drafts:
        raise SchemaError("every schema is released: there is nothing to release")
    return Releases([*known.releases, Release(known.next, on, drafts)])


def violations(directory: Path) -> list[str]:
    """Every way in which the directory breaks what was released; each a sentence that says what
    would be right. Empty: the contract stands."""
    try:
        known = read_releases(directory)
    except SchemaError as e:
        return [str(e)]
    found = _changed(directory, known)
    if found:
        return found  # a changed file may break all that follows: name the cause, not the effects
    try:
        catalog = load(directory)
    except SchemaError as e:
        return [str(e)]
    return [*_out_of_turn(catalog, known), *incompatibilities(catalog)]


def _changed(directory: Path, known: Releases) -> list[str]:
    found = []
    for name, digest in known.hashes.items():
        path, since = directory / name, known.since[name]
        if not FILE_NAME.match(name):
            found.append(f"{FILE}: {name} is not <topic>.v<N>.avsc")
        elif not path.exists():
            found.append(f"{name} came with release {since} and is gone: put it back")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            found.append(
                f"{name} came with release {since} and was changed: put it back,"
                " and make the change in a next version"
            )
    return found


def _out_of_turn(catalog: Catalog, known: Releases) -> list[str]:
    """Two drafts of one topic: the first could still be mended instead."""
    found = []
    for topic in catalog.latest:
        drafts = [v.version for v in catalog.versions if v.topic == topic and known.of(v) is None]
        if len(drafts) > 1:
            found.append(f"{topic}: versions {drafts} are drafts; one draft at a time")
    return found


if __name__ == "__main__":
    sys.exit("\n".join(violations(Path(__file__).parent)) or None)
