"""The checks find every irregularity that was planted in a clean year, and nothing else."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from uuid import UUID

from console.answers import caught_up
from console.wiring import Relief, create, opened
from intake.importing import import_file
from reports.checks.found import Finding
from reports.checks.run import CHECKS, check
from reports.rules.loading import BUILT_IN, load_pack
from simulation import Manifest, Planted, write_files
from tests.console.conftest import run
from tests.ledger.whole_log import assert_whole

SCALE, AS_OF = 0.08, date(2024, 6, 27)
PACKS = [load_pack(BUILT_IN[name]) for name in ("zhejiang", "practice")]
KINDS = {r.id: r.kind for p in PACKS for r in p.rules}
BY_HAND = {
    "heard", "published", "paid_beyond", "unknown_reference", "payee", "custody",
    "relative",
}  # fmt: skip
"""Kinds that no file of the simulation can carry: other tests have them."""


def test_found_is_planted_rule_by_rule(tmp_path: Path) -> None:
    manifest = write_files(tmp_path / "files", seed=3, scale=SCALE, planted=1)
    listed = json.loads((tmp_path / "files" / "planted.json").read_text("utf-8"))
    assert len(listed) == len(manifest.planted) > 25
    create(tmp_path / "ledger", "bureau", synthetic=True)
    with opened(tmp_path / "ledger") as relief:
        _import(relief, manifest)
        moment = relief.moment(AS_OF, None)
        with caught_up(relief, moment) as connection:
            found = check(connection, moment, PACKS)
        right, wrong = _matched(relief, manifest.planted, found.findings)
        assert_whole(relief.recorder)
    wanted = Counter[str]()
    for p in manifest.planted:
        wanted.update(p.rules)
    sys.stdout.write(_table(wanted, right, wrong))
    assert {rule: [(f.says, f.facts) for f in own] for rule, own in wrong.items()} == {}
    assert right == wanted
    assert {KINDS[rule] for rule in wanted} >= set(CHECKS) - BY_HAND


def _table(wanted: Counter[str], right: Counter[str], wrong: dict[str, list[Finding]]) -> str:
    """Planted against found, with precision and recall, for who runs the test with -s."""
    told = [f"\n{'rule':28}{'planted':>9}{'found':>7}  precision  recall"]
    for rule in sorted({*wanted, *right, *wrong}):
        n, found = right[rule], right[rule] + len(wrong.get(rule, []))
        told.append(f"{rule:28}{wanted[rule]:>9}{found:>7}  {f'{n}/{found}':11}{n}/{wanted[rule]}")
    return "\n".join(told) + "\n"


def _import(relief: Relief, manifest: Manifest) -> None:
    context = relief.context()
    for file in manifest.files:
        assert import_file(file.path, context, kind=file.kind).problems == []


def _matched(
    relief: Relief, planted: Iterable[Planted], found: Iterable[Finding]
) -> tuple[Counter[str], dict[str, list[Finding]]]:
    """How many findings of each rule are of a planted case (each place once), and the others."""
    numbers = [h for p in planted for h in p.heads]
    people = relief.ledger.people_for(numbers)
    files = relief.ledger.find("household", [people[n].hex for n in numbers])
    places: list[tuple[str, set[UUID]]] = []
    for p in planted:
        ids = {people[h] for h in p.heads}
        ids |= {files[person.hex] for person in ids if person.hex in files}
        places += [(rule, ids) for rule, times in p.rules.items() for _ in range(times)]
    right, wrong = Counter[str](), dict[str, list[Finding]]()
    for f in found:
        about = {f.case_id, *f.person_ids}
        place = next((x for x in places if x[0] == f.rule and about & x[1]), None)
        if place is None:
            wrong.setdefault(f.rule, []).append(f)
        else:
            places.remove(place)
            right[f.rule] += 1
    return right, wrong


def test_a_county_too_small_for_what_is_to_be_planted_is_told(tmp_path: Path) -> None:
    ran = run(
        "simulate", str(tmp_path / "files"), "--scale", "0.01", "--plant", "5", "--lang", "en"
    )
    assert (ran.code, "larger --scale" in ran.err) == (2, True)


def test_the_same_seed_plants_the_same(tmp_path: Path) -> None:
    one, other = (
        write_files(tmp_path / name, seed=3, scale=SCALE, planted=1) for name in ("a", "b")
    )
    assert one.planted == other.planted
    for a, b in zip(one.files, other.files, strict=True):
        assert a.path.read_bytes() == b.path.read_bytes()
