"""Loads a rule pack and checks it whole: every fault is named with its line, in both languages.

A pack that is refused changes nothing: the one in force stays.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from reports.rules.kinds import KINDS, Parameter
from reports.rules.pack import (
    CALENDAR,
    SEVERITIES,
    STATES,
    WORKING,
    Citation,
    Rule,
    RulePack,
    Value,
)
from reports.rules.workdays import Workdays

FOLDER: Final = Path(__file__).parent
HOLIDAYS: Final = FOLDER / "holidays.toml"
BUILT_IN: Final = {"zhejiang": FOLDER / "zhejiang.toml", "practice": FOLDER / "practice.toml"}
_RULE_KEYS: Final = frozenset(
    {
        "id",
        "kind",
        "title",
        "citation",
        "effective_from",
        "effective_to",
        "calendar",
        "severity",
        "state",
        "parameters",
        "note",
        "jurisdiction",
    }
)
_HEADER: Final = re.compile(r"^\s*\[\[rule\]\]\s*(#.*)?$")
_KEY: Final = re.compile(r"^\s*([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)?)\s*=")
_TABLE: Final = re.compile(r"^\s*\[rule\.([\w-]+)\]\s*(#.*)?$")
_ID: Final = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a pack, and where."""

    line: int
    """From 1; 0 where it is the file as a whole."""
    zh: str
    en: str


class PackRefused(ValueError):
    """A pack that cannot be used. `faults` are all that were found, by line."""

    def __init__(self, name: str, faults: list[Fault]) -> None:
        self.name = name
        self.faults = sorted(faults, key=lambda f: (f.line, f.en))
        self.zh = "\n".join(f"{name} 第 {f.line} 行:{f.zh}" for f in self.faults)
        self.en = "\n".join(f"{name}, line {f.line}: {f.en}" for f in self.faults)
        super().__init__(self.en)


@dataclass
class _Lines:
    """Where each rule and each of its keys stands; found in the text, since TOML keeps no places."""

    rules: list[int] = field(default_factory=list)
    keys: dict[tuple[int, str], int] = field(default_factory=dict)

    def at(self, n: int, *names: str) -> int:
        """The line of the first of these keys that rule n has; else of the rule."""
        for name in names:
            if (n, name) in self.keys:
                return self.keys[n, name]
        return self.rules[n] if n < len(self.rules) else 0


def load_pack(path: Path, holidays: Path | None = None) -> RulePack:
    """The pack in a file. Raises PackRefused with every fault that it has."""
    raw = _read(path)
    text, table = _parsed(path.name, raw)
    lines, faults = _lines(text), list[Fault]()
    head = table.get("pack")
    named = head if isinstance(head, dict) else {}
    for name in ("id", "title_zh", "title_en", "jurisdiction"):
        if not isinstance(named.get(name), str) or not named.get(name):
            faults.append(Fault(1, f"[pack] 缺少 {name}", f"[pack] lacks {name}"))
    for stray in sorted(set(table) - {"pack", "rule"}):
        faults.append(Fault(0, f"不认识的部分 {stray}", f"unknown section {stray}"))
    made = []
    listed = table.get("rule", [])
    for n, entry in enumerate(listed if isinstance(listed, list) else []):
        rule, found = _rule(n, entry, lines, str(named.get("jurisdiction", "")))
        faults += found
        if rule is not None:
            made.append(rule)
    faults += _overlaps(made)
    if not made and not faults:
        faults.append(Fault(0, "没有任何规则", "there is no rule in it"))
    if faults:
        raise PackRefused(path.name, faults)
    return RulePack(
        named["id"],
        named["title_zh"],
        named["title_en"],
        named["jurisdiction"],
        hashlib.sha256(raw).hexdigest(),
        tuple(made),
        load_workdays(holidays or HOLIDAYS),
    )


def load_workdays(path: Path) -> Workdays:
    """The table of holidays. Raises PackRefused."""
    _, table = _parsed(path.name, _read(path))
    faults: list[Fault] = []
    first, last = table.get("first_year"), table.get("last_year")
    if not isinstance(first, int) or not isinstance(last, int) or not 1949 <= first <= last <= 2199:
        faults.append(
            Fault(0, "应有 first_year 和 last_year", "it has to say first_year and last_year")
        )
    free: set[date] = set()
    made_up: set[date] = set()
    for holiday in table.get("holiday", []):
        span = holiday.get("span", [])
        if len(span) != 2 or not all(_is_date(d) for d in span) or span[0] > span[1]:
            name = holiday.get("name", "?")
            faults.append(
                Fault(
                    0,
                    f"{name}:span 应为 [首日, 末日]",
                    f"{name}: span is [first day, last day]",
                )
            )
            continue
        free.update(
            date.fromordinal(n) for n in range(span[0].toordinal(), span[1].toordinal() + 1)
        )
    for entry in table.get("made_up", []):
        days = entry.get("days", [])
        if not all(_is_date(d) for d in days):
            faults.append(Fault(0, "made_up 的 days 应为日期", "days of made_up are dates"))
            continue
        made_up.update(days)
    both = sorted(free & made_up)
    faults += [Fault(0, f"{d} 既放假又上班", f"{d} is both free and worked") for d in both]
    if faults:
        raise PackRefused(path.name, faults)
    assert isinstance(first, int)
    assert isinstance(last, int)
    return Workdays(frozenset(free), frozenset(made_up), first, last)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise PackRefused(
            path.name, [Fault(0, "无法读取文件", "the file cannot be read")]
        ) from None


def _parsed(name: str, raw: bytes) -> tuple[str, dict[str, Any]]:
    try:
        text = raw.decode("utf-8")
        return text, tomllib.loads(text)
    except UnicodeDecodeError:
        raise PackRefused(name, [Fault(0, "应为 UTF-8", "it has to be UTF-8")]) from None
    except tomllib.TOMLDecodeError as e:
        found = re.search(r"line (\d+)", str(e))
        line = int(found[1]) if found else 0
        raise PackRefused(name, [Fault(line, f"不是 TOML:{e}", f"not TOML: {e}")]) from None


def _lines(text: str) -> _Lines:
    found, table = _Lines(), ""
    for number, line in enumerate(text.splitlines(), 1):
        if _HEADER.match(line):
            found.rules.append(number)
            table = ""
        elif match := _TABLE.match(line):
            table = match[1] + "."
            found.keys.setdefault((len(found.rules) - 1, match[1]), number)
        elif (match := _KEY.match(line)) and found.rules:
            rule, key = len(found.rules) - 1, table + match[1]
            found.keys.setdefault((rule, key), number)
            found.keys.setdefault((rule, key.partition(".")[0]), number)
    return found


def _rule(
    n: int, entry: Mapping[str, Any], lines: _Lines, jurisdiction: str
) -> tuple[Rule | None, list[Fault]]:
    faults = list(_faults(n, entry, lines))
    kind = KINDS.get(str(entry.get("kind")))
    values: dict[str, Value] = {}
    if kind is not None:
        given = entry.get("parameters", {})
        given = given if isinstance(given, dict) else {}
        values, wrong = _parameters(n, given, kind.parameters, lines)
        faults += wrong
    if faults:
        return None, faults
    cited = entry.get("citation", {})
    return Rule(
        id=entry["id"],
        kind=entry["kind"],
        title_zh=entry["title"]["zh"],
        title_en=entry["title"]["en"],
        citation=Citation(cited.get("law", ""), str(cited.get("article", ""))),
        jurisdiction=str(entry.get("jurisdiction", jurisdiction)),
        effective_from=entry["effective_from"],
        effective_to=entry.get("effective_to"),
        calendar=entry.get("calendar", CALENDAR),
        severity=entry["severity"],
        state=entry["state"],
        parameters=values,
        note=str(entry.get("note", "")).strip(),
        line=lines.at(n),
    ), []


def _faults(n: int, entry: Mapping[str, Any], lines: _Lines) -> Iterator[Fault]:
    def fault(name: str, zh: str, en: str) -> Fault:
        return Fault(lines.at(n, name), zh, en)

    for stray in sorted(set(entry) - _RULE_KEYS):
        yield fault(stray, f"没有 {stray} 这一项", f"there is no key {stray}")
    if not isinstance(entry.get("id"), str) or not _ID.match(entry["id"]):
        yield fault(
            "id",
            "id 应为小写字母、数字和连字符",
            "an id is made of small letters, digits and hyphens",
        )
    title = entry.get("title")
    if not isinstance(title, dict) or not title.get("zh") or not title.get("en"):
        yield fault("title", "title 应有 zh 和 en", "a title has zh and en")
    cited = entry.get("citation", {})
    if not isinstance(cited, dict) or bool(cited.get("law")) is not bool(cited.get("article")):
        yield fault(
            "citation",
            "citation 应有 law 和 article(审计实务的不写)",
            "a citation has law and article (neither for an audit test of practice)",
        )
    known = (
        ("kind", frozenset(KINDS), None),
        ("severity", frozenset(SEVERITIES), None),
        ("state", frozenset(STATES), None),
        ("calendar", frozenset({CALENDAR, WORKING}), CALENDAR),
    )
    for name, codes, default in known:
        if entry.get(name, default) not in codes:
            words = ", ".join(sorted(codes))
            yield fault(name, f"{name} 应为 {words} 之一", f"{name} is one of {words}")
    start, end = entry.get("effective_from"), entry.get("effective_to")
    if not _is_date(start):
        yield fault(
            "effective_from",
            "effective_from 应为日期,如 2021-07-01",
            "effective_from is a date such as 2021-07-01",
        )
    elif end is not None and (not _is_date(end) or end <= start):
        yield fault(
            "effective_to",
            "effective_to 应为 effective_from 之后的日期(当日起失效)",
            "effective_to is a date after effective_from (the first day no longer in force)",
        )


def _parameters(
    n: int, given: Mapping[str, Any], known: tuple[Parameter, ...], lines: _Lines
) -> tuple[dict[str, Value], list[Fault]]:
    values: dict[str, Value] = {}
    faults = []
    names = {p.name: p for p in known}
    for stray in sorted(set(given) - set(names)):
        at = lines.at(n, f"parameters.{stray}", "parameters")
        words = ", ".join(names) or "—"
        faults.append(
            Fault(at, f"没有参数 {stray};有:{words}", f"no parameter {stray}; there are: {words}")
        )
    for name, p in names.items():
        at = lines.at(n, f"parameters.{name}", "parameters")
        value = given.get(name, p.default)
        if value is None:
            faults.append(Fault(at, f"缺少参数 {name}({p.zh})", f"{name} is missing ({p.en})"))
            continue
        wrong = _misfit(p, tuple(value) if isinstance(value, list) else value)
        if wrong is None:
            values[name] = tuple(value) if isinstance(value, list) else value
        else:
            faults.append(Fault(at, f"参数 {name}:{wrong[0]}", f"parameter {name}: {wrong[1]}"))
    return values, faults


def _misfit(p: Parameter, value: Any) -> tuple[str, str] | None:
    """What is wrong with a value, zh and en; None where it fits."""
    if p.type is int:
        if not isinstance(value, int) or isinstance(value, bool) or value < p.at_least:
            return f"应为不小于 {p.at_least} 的整数", f"a whole number, {p.at_least} or more"
        return None
    if p.type is tuple:
        if not isinstance(value, tuple) or not all(isinstance(v, str) for v in value):
            return "应为文字的列表", "a list of texts"
        codes = set(value)
    elif not isinstance(value, p.type) or (p.type is date and not _is_date(value)):
        return f"类型应为 {p.type.__name__}", f"its type is {p.type.__name__}"
    else:
        codes = {value} if isinstance(value, str) else set()
    if p.among and codes - p.among:
        words = ", ".join(sorted(p.among))
        strays = ", ".join(sorted(codes - p.among))
        return f"不认识 {strays};可用:{words}", f"unknown: {strays}; known are {words}"
    return None


def _overlaps(rules: list[Rule]) -> Iterator[Fault]:
    """Two versions of one rule in force on one day."""
    versions: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        versions[rule.id].append(rule)
    for own in versions.values():
        own.sort(key=lambda r: r.effective_from)
        for one, other in pairwise(own):
            if one.effective_to is None or one.effective_to > other.effective_from:
                yield Fault(
                    other.line,
                    f"{other.id} 与第 {one.line} 行的版本在时间上重叠",
                    f"{other.id} overlaps in time with the version of line {one.line}",
                )


def _is_date(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)
