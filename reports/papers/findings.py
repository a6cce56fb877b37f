"""线索: what the rules find in everything recorded, by rule, by town and by state, and one by one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from projections.canonical import plain
from projections.findings import finding_list
from projections.moment import Moment
from reports import words
from reports.checks.run import check
from reports.checks.sentences import sentence
from reports.layout import Bars, Cell, Column, Table, Text
from reports.report import Content, Made, Parameters, Report
from reports.rules.loading import BUILT_IN, load_pack
from reports.rules.pack import RulePack

PACKS: Final = ("zhejiang", "practice")
NOT_RAISED: Final = "not_raised"
"""Found, and not recorded in the ledger yet."""
STATES: Final = {
    NOT_RAISED: Text("未记入", "not raised"),
    "raised": Text("已提出", "raised"),
    "assigned": Text("核查中", "assigned"),
    "confirmed": Text("已核实", "confirmed"),
    "cleared": Text("已排除", "cleared"),
    "overridden": Text("不予处理", "let stand"),
    "closed": Text("已关闭", "closed"),
}
AT_STAKE = Text("涉及金额(元)", "at stake (CNY)")
SEVERITIES: Final = {
    "high": Text("高", "high"),
    "medium": Text("中", "medium"),
    "low": Text("低", "low"),
}


def _packs() -> list[RulePack]:
    return [load_pack(BUILT_IN[name]) for name in PACKS]


def _digest() -> str:
    """SHA-256 over the digests of the packs: whoever has the same packs has the same."""
    return hashlib.sha256("\n".join(p.digest for p in _packs()).encode()).hexdigest()


def _ask(connection: Connection, moment: Moment, parameters: Parameters) -> Content:
    packs = _packs()
    found = check(connection, moment, packs)
    raised = {f.key: f.state for f in finding_list(connection, moment)}
    rules = {r.version: r for p in packs for r in p.rules}
    used = sorted({f.rule_version for f in found.findings} | set(found.applied))
    return {
        "packs": [{"id": p.id, "digest": p.digest} for p in packs],
        "rules": [
            {
                "version": version,
                "title": {"zh": rules[version].title_zh, "en": rules[version].title_en},
                "severity": rules[version].severity,
            }
            for version in used
        ],
        "findings": [
            {
                **_bare(plain(f)),
                "state": raised.get(f.key, NOT_RAISED),
                "zh": sentence(f.says, f.facts, "zh"),
                "en": sentence(f.says, f.facts, "en"),
            }
            for f in found.findings
        ],
        "unjudged": plain(found.unjudged),
    }


def _bare(finding: Content) -> Content:
    """Without what its rule and its sentence say already."""
    for name in ("pack", "pack_digest", "says", "facts", "severity", "person_ids"):
        del finding[name]
    return finding


def _lay_out(made: Made) -> list[Table | Bars]:
    content = made.content
    findings, rules = content["findings"], {r["version"]: r for r in content["rules"]}
    return [
        _by_rule(findings, content["rules"]),
        *_by_town(made, findings),
        _one_by_one(made, findings, rules),
    ]


def _title(rule: Content) -> Text:
    return Text(rule["title"]["zh"], rule["title"]["en"])


def _by_rule(findings: Sequence[Content], rules: Sequence[Content]) -> Table:
    number, states = Counter[str](), Counter[tuple[str, str]]()
    money = Counter[str]()
    for f in findings:
        number[f["rule_version"]] += 1
        states[f["rule_version"], f["state"]] += 1
        money[f["rule_version"]] += f["amount_fen"]
    there = [s for s in STATES if any(key[1] == s for key in states)]
    rows: list[list[Cell]] = [
        [
            _title(r),
            r["version"],
            SEVERITIES.get(r["severity"], r["severity"]),
            number[r["version"]],
            *(states[r["version"], s] for s in there),
            money[r["version"]],
        ]
        for r in rules
    ]
    columns = [
        Column(Text("规则", "rule"), width=40),
        Column(Text("版本", "version"), width=26),
        Column(Text("程度", "severity"), width=9),
        Column(Text("线索", "findings"), "int", 10),
        *(Column(STATES[s], "int", 12) for s in there),
        Column(AT_STAKE, "fen", 18),
    ]
    total: list[Cell] = [words.TOTAL, "", "", len(findings)]
    total += [sum(n for (_, s), n in states.items() if s == state) for state in there]
    total.append(sum(money.values()))
    note = Text(
        "线索不是结论,须核查;同一笔钱可能涉及几条规则",
        "a finding is a lead, no verdict; the same money may be at stake in several",
    )
    return Table(Text("按规则", "By rule"), columns, rows, total, note)


def _by_town(made: Made, findings: Sequence[Content]) -> Iterable[Table | Bars]:
    number, money = Counter[str](), Counter[str]()
    for f in findings:
        number[f["town"]] += 1
        money[f["town"]] += f["amount_fen"]
    towns = sorted(number)
    rows: list[list[Cell]] = [[words.town(t, made.towns), number[t], money[t]] for t in towns]
    columns = [
        Column(Text("镇乡(街道)", "town"), width=16),
        Column(Text("线索", "findings"), "int", 10),
        Column(AT_STAKE, "fen", 18),
    ]
    total: list[Cell] = [words.TOTAL, len(findings), sum(money.values())]
    yield Table(Text("按镇街", "By town"), columns, rows, total)
    yield Bars(
        Text("各镇街线索", "Findings by town"),
        [words.town(t, made.towns) for t in towns],
        [(Text("线索", "findings"), [number[t] for t in towns])],
    )


def _one_by_one(made: Made, findings: Sequence[Content], rules: dict[str, Content]) -> Table:
    rows: list[list[Cell]] = [
        [
            _title(rules[f["rule_version"]]),
            Text(f["zh"], f["en"]),
            words.town(f["town"], made.towns),
            f["case_id"],
            STATES.get(f["state"], f["state"]),
            f["amount_fen"],
            ", ".join(map(str, f["positions"])),
        ]
        for f in findings
    ]
    columns = [
        Column(Text("规则", "rule"), width=28),
        Column(Text("线索", "finding"), width=60),
        Column(Text("镇乡(街道)", "town"), width=14),
        Column(Text("户编号", "case"), width=16),
        Column(Text("状态", "state"), width=10),
        Column(AT_STAKE, "fen", 16),
        Column(Text("依据(账本位置)", "rests on (positions)"), width=26),
    ]
    return Table(Text("线索清单", "Findings one by one"), columns, rows)


REPORT = Report(
    "findings",
    Text("检查线索", "Findings of the checks"),
    Text(
        "按规则、镇街、状态的线索及依据", "findings by rule, town and state, and what they rest on"
    ),
    (),
    _ask,
    _lay_out,
    _digest,
)
