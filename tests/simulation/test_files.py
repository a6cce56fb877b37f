"""The files: marked, in order, complete, and the same bytes every time."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from domain.identity import parse_identity_number
from simulation import Manifest, write_files
from simulation.columns import CORRECTION, KINDS
from simulation.words import person_name
from tests.simulation.bureau_reader import cells_of, of_kind, rows_of
from tests.simulation.conftest import SMALL


def test_the_same_year_seed_and_scale_give_the_same_bytes(small: Manifest, tmp_path: Path) -> None:
    again = write_files(tmp_path, seed=5, scale=SMALL)
    assert len(again) == len(small)
    for name in sorted(p.name for p in small.directory.iterdir()):
        assert (tmp_path / name).read_bytes() == (small.directory / name).read_bytes(), name


def test_another_seed_gives_other_people(small: Manifest, tmp_path: Path) -> None:
    other = write_files(tmp_path, seed=6, scale=SMALL)
    assert of_kind(other, "people") != of_kind(small, "people")
    assert other.expected["figures"] == small.expected["figures"]


def test_every_file_says_in_its_first_row_that_it_is_synthetic(small: Manifest) -> None:
    for path, _ in small:
        assert "SYNTHETIC DATA" in cells_of(path)[0][0], path.name
    assert "SYNTHETIC DATA" in (small.directory / "README.txt").read_text("utf-8-sig")
    assert json.loads((small.directory / "expected.json").read_text("utf-8"))["synthetic"] is True


def test_the_manifest_lists_every_file_in_the_order_of_its_number(small: Manifest) -> None:
    listed = json.loads((small.directory / "manifest.json").read_text("utf-8"))["files"]
    names = [entry["path"] for entry in listed]
    assert names == [path.name for path, _ in small] == sorted(names)
    assert [int(name.split("-")[0]) for name in names] == list(range(1, len(names) + 1))
    others = {"manifest.json", "expected.json", "README.txt"}
    assert {p.name for p in small.directory.iterdir()} == set(names) | others
    assert {entry["kind"] for entry in listed} == set(KINDS)


def test_every_file_has_the_headers_of_its_kind_and_as_many_rows_as_the_manifest_says(
    small: Manifest,
) -> None:
    allowed = {
        kind.name: [
            {c.header for c in k.columns} for k in (kind, CORRECTION) if k.name == kind.name
        ]
        for kind in KINDS.values()
    }
    for entry in small.files:
        rows = rows_of(entry.path)
        assert set(rows[0]) in allowed[entry.kind], entry.path.name
        assert len(rows) == entry.rows, entry.path.name


def test_the_files_come_in_the_forms_that_bureaus_have(small: Manifest) -> None:
    endings = {path.suffix for path, _ in small}
    starts = {path.read_bytes()[:3] for path, _ in small if path.suffix == ".csv"}
    assert endings == {".csv", ".xlsx"}
    assert b"\xef\xbb\xbf" in starts
    assert len(starts) > 1
    texts = [cells_of(path) for path, kind in small if kind == "payments"]
    assert any(row[0] == "合计" for cells in texts for row in cells)
    assert any("制表：" in row[0] for cells in texts for row in cells)
    assert any("," in cell for cells in texts for row in cells for cell in row[1:])
    assert any(row["姓名"].count("；") for row in of_kind(small, "members"))


def test_progress_is_told_file_by_file(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    manifest = write_files(
        tmp_path, seed=1, scale=0.005, progress=lambda done, of: told.append((done, of))
    )
    assert told == [(at, len(manifest)) for at in range(1, len(manifest) + 1)]


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("people", "身份证号"),
        ("members", "身份证号"),
        ("households", "户主身份证号"),
        ("payments", "身份证号码"),
        ("checks", "身份证号"),
    ],
)
def test_identity_numbers_are_valid_in_form_and_impossible_in_fact(
    small: Manifest, kind: str, header: str
) -> None:
    for row in of_kind(small, kind):
        for number in row[header].split("；"):
            assert parse_identity_number(number).text == number
            assert number[14:17] == "000"


def test_nobody_shares_an_identity_number_and_no_household_an_account(small: Manifest) -> None:
    people: dict[str, str] = {}
    for kind in ("people", "members"):
        for row in of_kind(small, kind):
            names, numbers = row["姓名"].split("；"), row["身份证号"].split("；")
            for name, number in zip(names, numbers, strict=True):
                assert people.setdefault(number, name) == name
    accounts = [row["银行帐号"] for row in of_kind(small, "households")]
    assert len(set(accounts)) == len(accounts)
    assert all(a.startswith("620000") and len(a) == 19 and a.isdigit() for a in accounts)


def test_names_have_rare_characters_and_middle_dots_among_them() -> None:
    rng = Random(1)
    names = [person_name(rng) for _ in range(5_000)]
    assert any("·" in name for name in names)
    assert any(ord(char) > 0xFFFF for name in names for char in name)
