"""A rule pack is data: what is in it, in which version it holds, and every fault with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules.kinds import KINDS
from reports.rules.loading import BUILT_IN, HOLIDAYS, PackRefused, load_pack, load_workdays
from reports.rules.pack import SECONDARY

DAYS = load_workdays(HOLIDAYS)
HEAD = """[pack]
id = "own"
title_zh = "本单位"
title_en = "our own"
jurisdiction = "CN-33"
"""
NOTICE = """
[[rule]]
id = "notice"
kind = "notice"
title = { zh = "公示", en = "notice" }
citation = { law = "条例", article = "11" }
effective_from = 2020-01-01
effective_to = 2024-01-01
severity = "high"
state = "verified"
parameters = { days = 7 }
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    return path


def faults(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    with pytest.raises(PackRefused) as refused:
        load_pack(written(tmp_path, text))
    assert "own.toml" in refused.value.zh
    return [(f.line, f.en) for f in refused.value.faults]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_pack_says_of_every_rule_where_it_stands(name: str) -> None:
    pack = load_pack(BUILT_IN[name])
    assert pack.id == name
    assert len({r.version for r in pack.rules}) == len(pack.rules)
    for r in pack.rules:
        assert r.state == SECONDARY or r.citation.law or name == "practice"
        assert not (r.state == SECONDARY and r.applied)


def test_the_packs_have_a_rule_of_every_kind() -> None:
    used = {r.kind for path in BUILT_IN.values() for r in load_pack(path).rules}
    assert used == set(KINDS)


def test_a_decision_of_2023_is_not_judged_by_the_law_of_2026() -> None:
    pack = load_pack(BUILT_IN["zhejiang"])
    assert "heard-before-reduction" not in pack.in_force(date(2026, 6, 30))
    assert "heard-before-reduction" in pack.in_force(date(2026, 7, 1))
    assert "m57-reasons" in pack.in_force(date(2026, 6, 30))
    assert "m57-reasons" not in pack.in_force(date(2026, 7, 1))
    assert "m57-notice" not in pack.in_force(date(2021, 6, 30))


def test_a_rule_may_have_versions_that_follow_each_other(tmp_path: Path) -> None:
    later = NOTICE.replace("2020-01-01", "2024-01-01").replace("effective_to = 2024-01-01\n", "")
    pack = load_pack(written(tmp_path, HEAD + NOTICE + later.replace("days = 7", "days = 5")))
    assert pack.in_force(date(2023, 12, 31))["notice"].number("days") == 7
    assert pack.in_force(date(2024, 1, 1))["notice"].number("days") == 5
    assert pack.in_force(date(2019, 12, 31)) == {}
    assert [r.number("days") for r in pack.of_kind("notice")] == [7, 5]


def test_versions_that_overlap_are_refused(tmp_path: Path) -> None:
    later = NOTICE.replace("2020-01-01", "2023-06-01").replace("effective_to = 2024-01-01\n", "")
    ((line, text),) = faults(tmp_path, HEAD + NOTICE + later)
    assert (line, "line 7" in text) == (18, True)


@pytest.mark.parametrize(
    ("good", "bad", "line", "says"),
    [
        ('kind = "notice"', 'kind = "nonsense"', 9, "kind is one of"),
        ("days = 7", "days = 0", 16, "1 or more"),
        ("days = 7", "days = true", 16, "whole number"),
        ("days = 7", "dayz = 7", 16, "no parameter dayz"),
        ("days = 7", 'days = 7, programs = ["dibo"]', 16, "unknown: dibo"),
        ('severity = "high"', 'severity = "dire"', 14, "severity is one of"),
        ('state = "verified"', "", 7, "state is one of"),
        ("2020-01-01", '"2020"', 12, "effective_from is a date"),
        ("effective_to = 2024-01-01", "effective_to = 2020-01-01", 13, "after effective_from"),
        ('id = "notice"', 'id = "Notice 1"', 8, "small letters"),
        ('article = "11"', 'article = ""', 11, "law and article"),
        ('en = "notice"', 'en = ""', 10, "zh and en"),
        ("severity", "severe = 1\nseverity", 14, "no key severe"),
        ("days = 7 }", "days = 7", 16, "not TOML"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_line(
    good: str, bad: str, line: int, says: str, tmp_path: Path
) -> None:
    text = HEAD + NOTICE
    assert good in text
    found = faults(tmp_path, text.replace(good, bad))
    assert [(n, True) for n, t in found if says in t] == [(line, True)], found


def test_all_faults_of_a_pack_are_named_at_once(tmp_path: Path) -> None:
    bad = NOTICE.replace("days = 7", "days = -1").replace("high", "dire")
    found = faults(tmp_path, HEAD.replace('id = "own"\n', "") + bad)
    assert len(found) == 3


@pytest.mark.parametrize("text", ["", "nonsense", "[pack]\n", HEAD, HEAD + "[strange]\nx = 1\n"])
def test_what_is_no_pack_is_refused(text: str, tmp_path: Path) -> None:
    assert faults(tmp_path, text)


def test_bytes_that_are_no_text_and_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "own.toml", tmp_path / "missing.toml"):
        with pytest.raises(PackRefused):
            load_pack(path)


# -- days -------------------------------------------------------------------------------------


def test_the_spring_festival_is_free_and_the_saturday_made_up_for_it_is_worked() -> None:
    assert not DAYS.works(date(2023, 1, 23))
    assert DAYS.works(date(2023, 1, 28)), "a Saturday"
    assert not DAYS.works(date(2023, 2, 4)), "any other Saturday"
    # Friday 2023-01-20, then nine days of which the last two are worked.
    assert DAYS.between(date(2023, 1, 20), date(2023, 1, 29)) == 2


def test_the_first_day_does_not_count_and_the_last_one_does() -> None:
    assert DAYS.between(date(2023, 5, 8), date(2023, 5, 8)) == 0
    assert DAYS.between(date(2023, 5, 8), date(2023, 5, 9)) == 1
    assert DAYS.days("calendar", date(2023, 5, 8), date(2023, 5, 15)) == 7
    assert DAYS.days("working", date(2023, 5, 8), date(2023, 5, 15)) == 5


@given(st.dates(date(2021, 1, 1), date(2026, 12, 31)), st.integers(0, 400))
def test_counting_is_the_same_as_looking_at_each_day(start: date, number: int) -> None:
    end = min(date.fromordinal(start.toordinal() + number), date(2026, 12, 31))
    each = range(start.toordinal() + 1, end.toordinal() + 1)
    assert DAYS.between(start, end) == sum(DAYS.works(date.fromordinal(n)) for n in each)


def test_outside_the_table_weekends_alone_are_free() -> None:
    assert not DAYS.knows(date(2019, 5, 1))
    assert DAYS.between(date(2019, 4, 29), date(2019, 5, 6)) == 5


@pytest.mark.parametrize(
    "text",
    [
        "first_year = 2024\n",
        'first_year = 2024\nlast_year = 2024\n[[holiday]]\nname = "x"\nspan = [2024-01-02]\n',
        "first_year = 2024\nlast_year = 2024\n[[holiday]]\nspan = [2024-01-01, 2024-01-01]\n"
        "[[made_up]]\ndays = [2024-01-01]\n",
        "first_year = 2024\nlast_year = 2024\n[[made_up]]\ndays = [1]\n",
    ],
)
def test_a_broken_table_of_holidays_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(PackRefused):
        load_workdays(written(tmp_path, text))


def test_a_bureau_may_bring_its_own_holidays(tmp_path: Path) -> None:
    own = tmp_path / "own-holidays.toml"
    own.write_text(
        "first_year = 2023\nlast_year = 2023\n[[holiday]]\nspan = [2023-05-09, 2023-05-09]\n",
        "utf-8",
    )
    pack = load_pack(BUILT_IN["practice"], own)
    assert pack.workdays.between(date(2023, 5, 8), date(2023, 5, 9)) == 0
