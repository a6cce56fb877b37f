"""Which files a bureau hands in, in which order and style: month by month, as things happened.

Within a month the payment lists and the bank's answers come first (they rest on what was decided
before), then who is new, what was checked, and last what was decided. The social forces report
by the quarter; a row comes again once there is more to say of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from domain.calendar import first_day, next_month
from simulation import rows, service_rows
from simulation.cases import Case, Decision
from simulation.columns import CORRECTION, KINDS, FileKind
from simulation.county import Household, Membership
from simulation.disbursement import Batch
from simulation.history import History
from simulation.households import CARE_FEN
from simulation.quotas import STANDARD_FEN, TEKUN_FEN
from simulation.tables import Row, Style, Table
from simulation.words import BANKS, DEPARTMENTS, ORGANIZATIONS

_BOOK = Style()
_SIGNED = Style(signature=True, thousands=True)
_EXPORT = Style("csv", "utf-8-sig")
_OLD_EXPORT = Style("csv", "gb18030", dates="slash")
_LISTS: Final = {
    "DB1": Style("csv", "gb18030", thousands=True, totals=True, signature=True),
    "DB2": Style("csv", "utf-8-sig", dates="slash", totals=True),
    "TK1": Style(two_rows=True, thousands=True, totals=True, signature=True),
}
_SERVICE_START = -2
"""Years before the year asked for in which sources and departments joined."""
T = TypeVar("T")
_Decided = tuple[Case, Decision, int]


@dataclass(frozen=True)
class _Span:
    """A reporting period, first and last day included."""

    label: str
    first: date
    last: date

    def holds(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last


def tables(history: History) -> list[Table]:
    """All files in the order in which they are to be imported."""
    year = history.story.year
    months = history.disbursement.months
    found = list(_registers(history))
    opening = _Span(f"{year}年以前", date(year - 3, 1, 1), date(year - 1, 12, 31))
    found += _cases(history, opening, opening)
    found += _social(history, opening)
    for month in months:
        span = _Span(month, first_day(month), _last_day(month))
        found += _payments(history, month)
        quarter = _quarter(month) if span.last.month % 3 == 0 else None
        found += _cases(history, span, quarter)
        if quarter is not None:
            found += _social(history, quarter)
    return [t for t in found if t.items]


def _last_day(month: str) -> date:
    return first_day(next_month(month)) - timedelta(days=1)


def _quarter(month: str) -> _Span:
    last = _last_day(month)
    return _Span(f"{last.year}年第{last.month // 3}季度", date(last.year, last.month - 2, 1), last)


def _table(
    kind: str | FileKind,
    label: str,
    items: Iterable[T],
    render: Callable[[T], Row],
    style: Style = _BOOK,
) -> Table:
    file_kind = KINDS[kind] if isinstance(kind, str) else kind
    return Table(file_kind, f"{file_kind.zh}-{label}", style, list(items), render)


def _registers(history: History) -> Iterator[Table]:
    year = history.story.year
    joined = date(year + _SERVICE_START, 3, 1)

    def numbered(names: Iterable[str]) -> Iterator[tuple[int, str, date]]:
        for at, name in enumerate(names, start=1):
            yield at, name, joined + timedelta(days=5 * at)

    contract = date(year - 3, 1, 1), date(year + 1, 12, 31)
    label = f"{year - 1}年"
    yield _table("sources", label, numbered((*BANKS, *DEPARTMENTS)), rows.source_row)
    yield _table("organizations", label, numbered(ORGANIZATIONS), rows.organization_row)
    workers = [(w, *contract) for w in history.story.offices.workers]
    yield _table("standards", label, _standards(year), rows.standard_row)
    yield _table("workers", label, workers, rows.worker_row)
    yield _table("providers", label, history.partners.providers, service_rows.provider_row)


def _cases(history: History, span: _Span, people_of: _Span | None) -> Iterator[Table]:
    """Everything about cases in the span, and the people on no roster who became known in
    `people_of`."""
    story, big = history.story, span.last.year < history.story.year
    label = span.label
    covered = {c.household: c.covered_first for c in story.cases}
    households = [
        (h, covered.get(h, 0)) for h in story.county.households if span.holds(h.registered_on)
    ]
    yield _table("households", label, households, rows.household_row, _SIGNED if big else _BOOK)
    members = list(_members(story.county.households, span))
    yield _table("members", label, members, rows.member_row, _EXPORT if big else _BOOK)
    if people_of is not None:
        people = [p for p in story.county.people if people_of.holds(p.registered_on)]
        yield _table("people", people_of.label, people, rows.person_row)
    verification = story.verification
    checks = [(c, p) for c in verification.checks if span.holds(c.fed_back_on) for p in c.persons]
    yield _table("checks", label, checks, rows.check_row, _EXPORT)
    visits = sorted(
        (v for v in verification.visits if span.holds(v.visited_on)), key=lambda v: v.visited_on
    )
    yield _table("visits", label, visits, rows.visit_row, _OLD_EXPORT if big else _BOOK)
    yield from _deaths_and_decisions(history, span, big=big)


def _deaths_and_decisions(history: History, span: _Span, *, big: bool) -> Iterator[Table]:
    story = history.story
    known = {m.person: None for h in story.county.households for m in h.members} | dict.fromkeys(
        story.county.people
    )
    dead = sorted(
        (p for p in known if span.holds(p.reported_on)), key=lambda p: p.reported_on or date.max
    )
    yield _table("deaths", span.label, dead, rows.death_row)
    decided = sorted(
        (
            (c, d)
            for c in (*story.cases, *story.other_cases)
            for d in c.decisions
            if span.holds(d.decided_on)
        ),
        key=lambda pair: pair[1].decided_on,
    )
    first = span.first.month * 1_000
    items = [(c, d, first + at) for at, (c, d) in enumerate(decided, start=1)]
    listed = [] if big else _for_change_list(items)
    elsewhere = {number for _, _, number in listed}
    rest = [item for item in items if item[2] not in elsewhere]
    style = Style("csv", "utf-8-sig", dates="words") if big else _SIGNED
    yield _table("decisions", span.label, rest, rows.decision_row, style)
    yield _table("changes", span.label, listed, rows.change_row, _SIGNED)


def _for_change_list(items: list[_Decided]) -> list[_Decided]:
    """Every other month the adjustments and ends of 低保 come in a list of their own, where nothing
    else was decided for the household in that month: the order of the two lists says nothing."""
    decided = Counter(c.household.head.number for c, _, _ in items)
    return [
        (c, d, n)
        for c, d, n in items
        if c.program == "dibao"
        and d.action in ("调整", "停止")
        and d.effective_month
        and d.notice is None
        and d.decided_on.month % 2 == 0
        and decided[c.household.head.number] == 1
    ]


def _standards(year: int) -> Iterator[tuple[str, str, str, int, date]]:
    since = date(year - 3, 1, 1)
    yield "低保", "基本生活", "", STANDARD_FEN, since
    yield "特困", "基本生活", "", TEKUN_FEN, since
    for grade, fen in zip(("一档", "二档", "三档"), CARE_FEN, strict=True):
        yield "特困", "照料护理", grade, fen, since


def _members(
    households: Iterable[Household], span: _Span
) -> Iterator[tuple[Household, tuple[Membership, ...], bool, bool]]:
    """Joinings, those alike in one cell, then leavings. The first towns leave the date of the
    first members blank: it is the household's own."""
    for household in households:
        together: dict[Any, list[Membership]] = {}
        for m in household.members:
            if span.holds(m.joined_on):
                together.setdefault((m.relation, m.joined_on, m.circumstances), []).append(m)
        for own in together.values():
            dated = household.town != "330681121" or bool(own[0].reason)
            yield household, tuple(own), False, dated
        for m in household.members:
            if span.holds(m.left_on):
                yield household, (m,), True, True


def _payments(history: History, month: str) -> Iterator[Table]:
    batches = history.disbursement.of_month(month)
    for batch in batches:
        style = _LISTS[batch.number[:2] + batch.number[-1]]
        if batch.program == "tekun" and int(month[5:]) % 3:
            style = _OLD_EXPORT
        items = [(batch, line) for line in batch.lines]
        yield _table("payments", f"{batch.title}-{month}", items, rows.payment_row, style)
    answers = [
        (b, n, line) for b in batches for n, line in enumerate(b.lines, start=1) if line.result
    ]
    answers += history.more_answers.get(month, [])
    yield _table("returns", month, answers, rows.return_row, Style("csv", "gb18030"))
    yield _table(CORRECTION, month, _sent_back(batches), rows.correction_row)


def _sent_back(batches: list[Batch]) -> list[tuple[Batch, Any]]:
    return [(b, line) for b in batches for line in b.lines if line.sent_back_on]


def _social(history: History, span: _Span) -> Iterator[Table]:
    """Needs, projects, deliveries and wishes of a quarter, as they stand at its end."""
    needs = [
        n for n in history.needs if any(map(span.holds, (n.found_on, n.referred_on, n.answered_on)))
    ]
    known_on = span.last
    render = partial(service_rows.need_row, known_on=known_on)
    yield _table("needs", span.label, needs, render)
    projects = [
        p
        for p in history.partners.projects
        if any(map(span.holds, (p.committed_on, p.paid_on, p.accepted_on)))
    ]
    render_project = partial(service_rows.project_row, known_on=known_on)
    yield _table("projects", span.label, projects, render_project, _SIGNED)
    deliveries = [d for d in history.services.deliveries if span.holds(d.delivered_on)]
    yield _table("deliveries", span.label, deliveries, service_rows.delivery_row, _EXPORT)
    wishes = [
        w
        for w in history.wishes
        if any(map(span.holds, (w.registered_on, w.matched_on, w.fulfilled_on)))
    ]
    render_wish = partial(service_rows.wish_row, known_on=known_on)
    yield _table("wishes", span.label, wishes, render_wish)
