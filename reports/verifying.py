"""Holds a report in hand against the ledger: is it what this ledger yields, and is the file untouched?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from projections.canonical import plain
from reports.catalog import report_named
from reports.layout import Lang
from reports.rendering.carried import Carried
from reports.rendering.writing import WRITERS
from reports.report import Made, document

MOST_TOLD: Final = 10
LANGS: Final[tuple[Lang, ...]] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Difference:
    """A place in the report where the file says one thing and the ledger another."""

    where: str
    said: str
    yields: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`differences` are the first of them; `same_file` None where another version made the file."""

    differences: tuple[Difference, ...]
    number: int
    same_file: bool | None


def compare(raw: bytes, ending: str, said: Made, again: Made, checkpoint: str) -> Verdict:
    """The report that a file carries against the same report made again, and the file's bytes
    against those that this version of the program makes of it."""
    found = list(_differences(plain(dict(said.envelope)), plain(dict(again.envelope)), ""))
    # Another version may say the same in other words: that is no difference of the figures.
    found = [d for d in found if d.where != "program"]
    same = None
    if not found and said.envelope["program"] == again.envelope["program"]:
        same = raw in _all_renderings(again, ending, checkpoint)
    return Verdict(tuple(found[:MOST_TOLD]), len(found), same)


def _all_renderings(made: Made, ending: str, checkpoint: str) -> Iterator[bytes]:
    report = report_named(str(made.envelope["report"]))
    key, _, note = checkpoint.partition("\n")
    on = date.fromisoformat(str(made.envelope["as_of"]))
    carried = Carried(made.canonical, note, key, on)
    paper = document(report, made, note or None, key)
    for lang in LANGS:
        yield WRITERS[ending](paper, carried, lang)


def _differences(said: Any, yields: Any, where: str) -> Iterator[Difference]:
    if isinstance(said, dict) and isinstance(yields, dict):
        for key in sorted(said.keys() | yields.keys()):
            place = f"{where}.{key}" if where else key
            yield from _differences(said.get(key), yields.get(key), place)
    elif isinstance(said, list) and isinstance(yields, list):
        if len(said) != len(yields):
            yield Difference(f"{where}.length", str(len(said)), str(len(yields)))
        for n, (one, other) in enumerate(zip(said, yields, strict=False)):
            yield from _differences(one, other, f"{where}[{n}]")
    elif said != yields:
        yield Difference(where, _short(said), _short(yields))


def _short(value: Any) -> str:
    text = "—" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
