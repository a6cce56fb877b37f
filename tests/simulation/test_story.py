"""What the files tell, read back row by row: nobody is paid, covered or approved out of order
apart from the breaches that are meant."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from domain.calendar import first_day, month_of, next_month, parse_date
from domain.money import parse_fen
from simulation import Manifest
from tests.simulation.bureau_reader import decisions_of, of_kind

IN, OUT = ("新增", "增员"), ("停止", "减员")
STATUS = ("低保", "特困", "低保边缘")
Case = tuple[str, str]
"""The head's number and the program."""


def fen(text: str) -> int:
    """Fen of a cell; 0 for a blank one."""
    return parse_fen(text) if text else 0


@pytest.fixture(scope="module")
def decisions(small: Manifest) -> list[dict[str, str]]:
    return decisions_of(small)


@pytest.fixture(scope="module")
def members(small: Manifest) -> dict[str, dict[str, tuple[date, date]]]:
    """Head → member → from, to."""
    formed = {r["户主身份证号"]: parse_date(r["登记日期"]) for r in of_kind(small, "households")}
    found: dict[str, dict[str, tuple[date, date]]] = defaultdict(dict)
    for row in of_kind(small, "members"):
        head, on = row["户主身份证号"], row["变动日期"]
        for number in row["身份证号"].split("；"):
            if row["变动"] == "离开":
                found[head][number] = (found[head][number][0], parse_date(on))
            else:
                found[head][number] = (parse_date(on) if on else formed[head], date.max)
    return found


@pytest.fixture(scope="module")
def covered(
    decisions: list[dict[str, str]], members: dict[str, dict[str, tuple[date, date]]]
) -> list[tuple[str, str, date, date]]:
    """Person, program, from, to, by the decisions alone. Asserts that none is out of order."""
    inside: dict[Case, dict[str, date]] = defaultdict(dict)
    found: list[tuple[str, str, date, date]] = []
    for row in decisions:
        if row["事项"] in ("调整", "不予批准"):
            continue
        case, on = (row["户主身份证号"], row["救助类别"]), parse_date(row["决定日期"])
        own = inside[case]
        persons = [n for n in row["保障对象身份证号"].split("、") if n]
        if row["事项"] == "新增":
            assert not own, "enrolled twice"
            present = members[case[0]].items()
            persons = persons or [n for n, (since, to) in present if since <= on < to]
        if row["事项"] == "停止":
            assert own, "ended while not in"
            persons = list(own)
        for number in persons:
            if row["事项"] in IN:
                assert number not in own, "covered twice"
                since, to = members[case[0]][number]
                assert since <= on < to, "covered without being a member"
                own[number] = on
            else:
                found.append((number, case[1], own.pop(number), on))
    found += [
        (n, program, on, date.max) for (_, program), own in inside.items() for n, on in own.items()
    ]
    return found


def test_the_figures_of_new_and_exited_persons_can_be_counted_from_the_files(
    small: Manifest, covered: list[tuple[str, str, date, date]]
) -> None:
    died = {r["身份证号"]: parse_date(r["死亡日期"]) for r in of_kind(small, "deaths")}
    spells: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for number, program, since, to in covered:
        if program in STATUS:
            spells[number].append((since, min(to, died.get(number, date.max))))
    merged = []
    for number, own in spells.items():
        own.sort()
        last = own[0]
        for since, to in own[1:]:
            if since <= last[1]:
                last = (last[0], max(last[1], to))
            else:
                merged.append((number, *last))
                last = (since, to)
        merged.append((number, *last))
    figures = small.expected["figures"]
    assert sum(s.year == 2023 for _, s, _ in merged) == figures["newly_enrolled_persons"]
    exits = [(n, to) for n, _, to in merged if to.year == 2023]
    assert len(exits) == figures["exited_persons"]
    by_death = sum(died.get(number) == to for number, to in exits)
    assert by_death == small.expected["movements"]["2023"]["exited_by_death"]


def test_nobody_is_in_two_programs_at_once_but_the_one_who_is_meant(
    covered: list[tuple[str, str, date, date]],
) -> None:
    exclusive: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for number, program, since, to in covered:
        if program != "临时救助":
            exclusive[number].append((since, to))
    twice = [
        number
        for number, own in exclusive.items()
        if any(a[0] < b[1] and b[0] < a[1] for i, a in enumerate(own) for b in own[i + 1 :])
    ]
    assert len(twice) == 1


def test_every_enrollment_was_checked_but_the_one_that_is_meant(
    small: Manifest, decisions: list[dict[str, str]]
) -> None:
    checked: dict[str, list[date]] = defaultdict(list)
    for row in of_kind(small, "checks"):
        checked[row["户主身份证号"]].append(parse_date(row["核对反馈时间"]))
    for row in of_kind(small, "visits"):
        checked[row["户主身份证号"]].append(parse_date(row["调查日期"]))
    unchecked = 0
    for row in decisions:
        if row["事项"] == "新增":
            on = parse_date(row["决定日期"])
            days = checked[row["户主身份证号"]]
            unchecked += not any(on - timedelta(days=366) <= d <= on for d in days)
    assert unchecked == 1


def test_nobody_approves_what_he_investigated_or_proposed_but_the_one_who_is_meant(
    small: Manifest, decisions: list[dict[str, str]]
) -> None:
    investigators: dict[str, set[str]] = defaultdict(set)
    for row in of_kind(small, "visits"):
        names = set(row["调查人"].split("、"))
        assert len(names) == 2
        investigators[row["户主身份证号"]] |= names
    assert all(row["提出人"] != row["审批人"] for row in decisions)
    both = [r for r in decisions if r["审批人"] in investigators[r["户主身份证号"]]]
    assert len(both) == 1


def test_notices_take_seven_days_and_end_before_the_decision(
    decisions: list[dict[str, str]],
) -> None:
    noticed = [row for row in decisions if row["公示开始"]]
    assert noticed
    for row in noticed:
        begins, ends = parse_date(row["公示开始"]), parse_date(row["公示结束"])
        assert (ends - begins).days == 6
        assert ends < parse_date(row["决定日期"])
    for row in decisions:
        if row["事项"] == "新增":
            assert row["公示开始"]
            assert parse_date(row["申请日期"]) <= parse_date(row["受理日期"])


def test_every_household_is_paid_what_it_is_due_apart_from_what_is_meant(
    small: Manifest, decisions: list[dict[str, str]]
) -> None:
    due = _due(decisions)
    excess: Counter[Case] = Counter()
    paid = _paid(small)
    for case, by_month in paid.items():
        for month, amount in by_month.items():
            if amount > due[case].get(month, 0):
                excess[case] += 1
    meant = {b["kind"]: b for b in small.expected["deliberate_breaches"]}
    overpaid = meant["overpaid"]["count"]
    after_death = meant["paid_after_death"]
    assert len(excess) == overpaid + after_death["count"]
    assert sum(excess.values()) == overpaid + after_death["rules"]["paid_after_death"]


def test_hardly_anybody_still_lacks_what_he_is_due(
    small: Manifest, decisions: list[dict[str, str]]
) -> None:
    due, paid = _due(decisions), _paid(small)
    lacking = {
        (case, month)
        for case, by_month in due.items()
        for month, amount in by_month.items()
        if amount > paid[case].get(month, 0)
    }
    # Only what no later list could make up for: returned in June, or decided after its list.
    last = {case for case, month in lacking if month == "2024-06"}
    assert {case for case, _ in lacking} <= last | _raised_in(decisions, "2024-06")
    assert len(lacking) * 200 < sum(len(by_month) for by_month in due.values())


def _due(decisions: list[dict[str, str]]) -> dict[Case, dict[str, int]]:
    """Base by month, as all decisions together have it: a later one overrides from its month."""
    due: dict[Case, dict[str, int]] = defaultdict(dict)
    for row in decisions:
        if not row["享受时间"]:
            continue
        case, month = (row["户主身份证号"], row["救助类别"]), row["享受时间"]
        amount = 0 if row["事项"] == "停止" else fen(row["现金额"])
        while month <= "2024-06":
            due[case][month] = amount
            month = next_month(month)
    return due


def _paid(small: Manifest) -> dict[Case, dict[str, int]]:
    """Base by month that arrived. Back pay fills the oldest gap, as the ledger has it."""
    due = _due(decisions_of(small))
    failed = _failed(small)
    lines: Counter[str] = Counter()
    paid: dict[Case, dict[str, int]] = defaultdict(dict)
    for row in of_kind(small, "payments"):
        lines[row["发放批次"]] += 1
        total = fen(row["保障金(元)"]) + fen(row["分类施保金(元)"]) + fen(row["补发合计(元)"])
        assert fen(row["发放合计(元)"]) == total
        if (row["发放批次"], lines[row["发放批次"]], row["账号"]) in failed:
            continue
        if (row["发放批次"], 0, row["账号"]) in failed:
            continue
        own = paid[row["身份证号码"], row["救助类别"]]
        own[row["发放月份"]] = own.get(row["发放月份"], 0) + fen(row["保障金(元)"])
        _fill(
            own, due[row["身份证号码"], row["救助类别"]], fen(row["补发合计(元)"]), row["发放月份"]
        )
    return paid


def _fill(paid: dict[str, int], due: dict[str, int], left: int, until: str) -> None:
    for month in sorted(m for m in due if m < until):
        lacking = min(left, max(0, due[month] - paid.get(month, 0)))
        if lacking:
            paid[month] = paid.get(month, 0) + lacking
            left -= lacking
    assert left == 0, "back pay for nothing"


def _failed(small: Manifest) -> set[tuple[str, int, str]]:
    """Batch, line (0 where only the account is told) and account of what did not arrive."""
    found = set()
    for row in of_kind(small, "returns"):
        if "处理结果" in row and row["处理结果"] != "成功":
            assert row["失败原因"]
            found.add((row["发放批次"], int(row["序号"]), row["账号"]))
        elif "状态" in row:
            found.add((row["发放批次"], 0, row["银行卡号"]))
    return found


def _raised_in(decisions: list[dict[str, str]], month: str) -> set[Case]:
    return {
        (row["户主身份证号"], row["救助类别"])
        for row in decisions
        if month_of(parse_date(row["决定日期"])) == month and row["享受时间"] <= month
    }


def test_payment_totals_are_those_of_expected_json(small: Manifest) -> None:
    codes = {"低保": "dibao", "特困": "tekun", "": "county", "省级": "province", "中央": "central"}
    sums: Counter[tuple[str, str, str]] = Counter()
    for row in of_kind(small, "payments"):
        key = row["发放月份"], codes[row["救助类别"]], codes[row["资金来源"]]
        sums[key] += fen(row["发放合计(元)"])
    told = {
        (month, program, fund): own["authorized_fen"]
        for month, programs in small.expected["payments"].items()
        for program, funds in programs.items()
        for fund, own in funds.items()
    }
    assert sums == Counter({key: amount for key, amount in told.items() if amount})
    assert all(first_day(month).year in (2023, 2024) for month in small.expected["payments"])


def test_the_people_served_can_be_counted_from_the_files(small: Manifest) -> None:
    rows = [r for r in of_kind(small, "deliveries") if r["是否完成"] != "否"]
    figures = small.expected["figures"]
    assert len({r["身份证号"] for r in rows if r["身份证号"]}) == figures["people_served"]
    homes = {r["户主身份证号"] for r in rows if r["服务内容"] == "居住环境改善"}
    assert len(homes) == figures["homes_improved"]
    heads = sum(int(r["人数"]) for r in rows if r["服务对象类型"] == "人次")
    assert heads == small.expected["head_count_only"]
