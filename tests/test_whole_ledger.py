"""The whole ledger against a plain model: import, record, annul, restart, in any order.

The model keeps a list of facts and works everything out anew, naively, day by day. Each run
ends with the views saying what the model says, and with a look over the whole log.
"""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from console.commands_json import command_from_json
from console.settings import read_settings
from console.wiring import OPERATOR, Relief, create
from domain.calendar import month_of
from domain.events import Enrolled, FileImported, PaymentAuthorized
from domain.identity import check_digit
from domain.refusals import (
    AlreadyEnrolled,
    ExclusivePrograms,
    NotEnrolled,
    OverEntitlement,
    Refusal,
)
from intake.importing import ImportResult, import_file
from ledger.clock import FixedClock
from projections.figures import figures
from projections.moment import Moment
from projections.roster import roster
from projections.spending import spending
from projections.store import Views
from tests.ledger.whole_log import assert_whole

FIRSTS = [f"3306811950010{n}000" for n in range(1, 6)]
NUMBERS = [first + check_digit(first) for first in FIRSTS]
ZH = {"dibao": "低保", "tekun": "特困"}
BASE = 80_000
START = date(2023, 1, 10)

heads = st.integers(0, len(NUMBERS) - 1)
programs = st.sampled_from(["dibao", "tekun"])


@dataclass
class Fact:
    """One thing that happened to one household of one person."""

    kind: str
    head: int
    on: date
    program: str = ""
    fen: int = 0
    event_id: UUID | None = None
    annulled: bool = False
    answer: str = ""


@dataclass
class Model:
    """What a clerk with a ledger book and much patience would know."""

    facts: list[Fact] = field(default_factory=list)

    def states(self, head: int, without: Fact | None = None) -> list[tuple[date, frozenset[str]]]:
        """Day by day of change: the programs that the person is in."""
        inside: set[str] = set()
        found = []
        for f in self.facts:
            if f.head != head or f.annulled or f is without:
                continue
            if f.kind == "enroll":
                inside.add(f.program)
            elif f.kind == "exit":
                inside.discard(f.program)
            elif f.kind == "death":
                inside.clear()
            found.append((f.on, frozenset(inside)))
        return found

    def now(self, head: int) -> frozenset[str]:
        states = self.states(head)
        return states[-1][1] if states else frozenset()

    def moves(self, year: int) -> tuple[int, int]:
        """Persons new and exited in the year."""
        new = exited = 0
        for head in range(len(NUMBERS)):
            before: frozenset[str] = frozenset()
            for on, inside in self.states(head):
                if on.year == year:
                    new += bool(inside and not before)
                    exited += bool(before and not inside)
                before = inside
        return new, exited

    def ever_in_two(self, head: int, without: Fact) -> bool:
        return any(len(inside) > 1 for _, inside in self.states(head, without))

    def lines(self) -> list[Fact]:
        return [f for f in self.facts if f.kind == "pay" and not f.annulled]


class WholeLedger(RuleBasedStateMachine):
    """Drives a ledger in a folder of its own, one day a step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = FixedClock()
        self.model = Model()
        self.day = START
        self.count = 0
        self.last_file: Path | None = None

    # -- helpers ----------------------------------------------------------------------------

    @initialize()
    def open_bureau(self) -> None:
        create(self.folder / "ledger", "测试", synthetic=True, clock=self.clock)
        self.open()
        rows = [[n, "暨阳街道", "张三", "2023-01-02"] for n in NUMBERS]
        self.imports(["户主身份证号", "所属街道", "户主姓名", "登记日期"], rows, "households")
        checks = [[f"R{i}", "张三", n, n, "2023-01-05", "符合"] for i, n in enumerate(NUMBERS)]
        header = ["申请唯一号", "姓名", "身份证号", "户主身份证号", "核对反馈时间", "核对结果类型"]
        self.imports(header, checks, "checks")

    def open(self) -> None:
        self.relief = Relief(read_settings(self.folder / "ledger"), self.clock)
        self.views = Views(self.relief.views_engine)

    def imports(self, header: list[str], rows: list[list[str]], kind: str) -> ImportResult:
        self.count += 1
        self.last_file = self.folder / f"{self.count}.csv"
        with self.last_file.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
        result = self.file(kind)
        assert result.problems == []
        assert result.receipt.conflicts == []
        return result

    def file(self, kind: str | None = None) -> ImportResult:
        assert self.last_file is not None
        context = self.relief.context()
        context.today = date(2026, 1, 1)
        return import_file(self.last_file, context, kind=kind)

    def tomorrow(self) -> date:
        self.day += timedelta(days=1)
        self.clock.micros += 1_000_000
        return self.day

    def last_of(self, kind: type) -> UUID:
        """The id of the last event of a kind in the log."""
        head = self.relief.entries.head()
        for r in reversed(self.relief.entries.read(max(0, head - 5), 5)):
            if isinstance(r.event, kind):
                return r.event.meta.event_id
        raise AssertionError(kind)

    def decision(self, head: int, action: str, program: str) -> Fact:
        on = self.tomorrow()
        header = [
            "户主身份证号",
            "事项",
            "救助类别",
            "决定日期",
            "享受时间",
            "现金额",
            "保障对象身份证号",
        ]
        amount = "800" if action == "新增" else ""
        row = [NUMBERS[head], action, ZH[program], str(on), month_of(on), amount, ""]
        if action == "新增":
            row[-1] = NUMBERS[head]
        self.imports(header, [row], "decisions")
        kind = "enroll" if action == "新增" else "exit"
        fact = Fact(kind, head, on, program)
        fact.event_id = self.newest()
        self.model.facts.append(fact)
        return fact

    def newest(self) -> UUID:
        """The last event, but for the one that says that a file was imported."""
        last = self.relief.entries.read(self.relief.entries.head() - 2, 2)
        events = [r.event for r in last if not isinstance(r.event, FileImported)]
        return events[-1].meta.event_id

    def record(self, raw: dict[str, Any]) -> None:
        text = json.dumps(raw, sort_keys=True)
        self.relief.ledger.decide(command_from_json(raw, self.relief, text))

    # -- what happens -----------------------------------------------------------------------

    @rule(head=heads, program=programs)
    def an_enrollment_is_reported(self, head: int, program: str) -> None:
        self.decision(head, "新增", program)

    @rule(head=heads, program=programs)
    def an_exit_is_reported(self, head: int, program: str) -> None:
        self.decision(head, "停止", program)

    @rule(head=heads, program=programs)
    def an_enrollment_is_decided(self, head: int, program: str) -> None:
        on, now = self.tomorrow(), self.model.now(head)
        person = {"identity_number": NUMBERS[head]}
        raw = {
            "command": "enroll",
            "household": person,
            "on": str(on),
            "effective_from": str(on),
            "program": program,
            "covered": [person],
            "components": [{"code": "base", "amount_fen": BASE}],
        }
        if program in self.enrolled_by_book(head):
            self.refused(raw, AlreadyEnrolled)
        elif now - {program}:
            self.refused(raw, ExclusivePrograms)
        else:
            self.record(raw)
            self.model.facts.append(Fact("enroll", head, on, program, 0, self.newest()))

    def enrolled_by_book(self, head: int) -> set[str]:
        """The household's programs; a death ends a person's status, not the household's file."""
        inside: set[str] = set()
        for f in self.model.facts:
            if f.head == head and not f.annulled:
                if f.kind == "enroll":
                    inside.add(f.program)
                elif f.kind == "exit":
                    inside.discard(f.program)
        return inside

    @rule(head=heads, program=programs)
    def an_exit_is_decided(self, head: int, program: str) -> None:
        on = self.tomorrow()
        raw = {
            "command": "exit",
            "household": {"identity_number": NUMBERS[head]},
            "on": str(on),
            "effective_from": str(on),
            "program": program,
            "reason": "voluntary",
        }
        if program in self.enrolled_by_book(head):
            self.record(raw)
            self.model.facts.append(Fact("exit", head, on, program, 0, self.newest()))
        else:
            self.refused(raw, NotEnrolled)

    def refused(self, raw: dict[str, Any], reason: type[Refusal]) -> None:
        before = self.relief.entries.head()
        try:
            self.record(raw)
        except reason:
            assert self.relief.entries.head() == before
            return
        raise AssertionError(f"{raw['command']} was not refused for {reason.code}")

    @rule(head=heads)
    def a_death_is_reported(self, head: int) -> None:
        if any(f.kind == "death" and f.head == head for f in self.model.facts):
            return
        on = self.tomorrow()
        self.imports(["身份证号", "死亡日期"], [[NUMBERS[head], str(on)]], "deaths")
        self.model.facts.append(Fact("death", head, on, "", 0, self.newest()))

    @rule(head=heads, program=programs, fen=st.integers(1, 200_000))
    def a_payment_is_reported(self, head: int, program: str, fen: int) -> None:
        on = self.tomorrow()
        yuan = f"{fen // 100}.{fen % 100:02d}"
        header = [
            "发放月份",
            "发放批次",
            "地区",
            "救助类别",
            "姓名",
            "身份证号码",
            "保障金(元)",
            "发放合计(元)",
            "发放日期",
        ]
        batch = f"B{self.count}"
        row = [
            month_of(on),
            batch,
            "暨阳街道",
            ZH[program],
            "张三",
            NUMBERS[head],
            yuan,
            yuan,
            str(on),
        ]
        self.imports(header, [row], "payments")
        line = self.last_of(PaymentAuthorized)
        self.model.facts.append(Fact("pay", head, on, batch, fen, line))

    @precondition(lambda self: any(f.kind == "pay" and not f.answer for f in self.model.facts))
    @rule(data=st.data(), result=st.sampled_from(["成功", "失败"]))
    def a_bank_answers(self, data: st.DataObject, result: str) -> None:
        waiting = [f for f in self.model.facts if f.kind == "pay" and not f.answer]
        line = data.draw(st.sampled_from(waiting))
        on = self.tomorrow()
        yuan = f"{line.fen // 100}.{line.fen % 100:02d}"
        header = ["发放批次", "序号", "金额", "处理结果", "处理日期"]
        self.imports(header, [[line.program, "1", yuan, result, str(on)]], "returns")
        line.answer = result

    @rule(head=heads, over=st.booleans())
    def a_payment_is_decided(self, head: int, over: bool) -> None:
        """One fen above everything that is due is refused; it is never recorded."""
        case = self.relief.ledger.load(self.household(head))
        enrolled = [e for e in case.standing(Enrolled) if e.program == "dibao"]
        if not enrolled:
            return
        on = self.tomorrow()
        month = month_of(on)
        raw = {
            "command": "authorize_payment",
            "household": {"identity_number": NUMBERS[head]},
            "on": str(on),
            "batch_id": str(UUID(int=9)),
            "line_no": 1,
            "program": "dibao",
            "fund": "county",
            "amount_fen": BASE * 10 + 1,
            "parts": [
                {
                    "component": "base",
                    "kind": "regular",
                    "amount_fen": BASE * 10 + 1,
                    "first_month": month,
                    "last_month": month,
                }
            ],
            "beneficiary_id": {"identity_number": NUMBERS[head]},
        }
        self.refused(raw, OverEntitlement)

    def household(self, head: int) -> UUID:
        person = self.relief.vault.people_for([NUMBERS[head]])[NUMBERS[head]]
        return self.relief.ledger.find("household", [person.hex])[person.hex]

    @precondition(lambda self: any(not f.annulled for f in self.model.facts))
    @rule(data=st.data())
    def something_is_annulled(self, data: st.DataObject) -> None:
        standing = [f for f in self.model.facts if not f.annulled and not f.answer]
        if not standing:
            return
        fact = data.draw(st.sampled_from(standing))
        assert fact.event_id is not None
        on = self.tomorrow()
        try:
            self.relief.ledger.annul(
                fact.event_id, "mistake", on=on, actor=OPERATOR, source="bureau"
            )
        except ExclusivePrograms:
            assert self.model.ever_in_two(fact.head, fact)
        else:
            fact.annulled = True
            if fact.kind == "pay":
                fact.answer = "annulled"

    @precondition(lambda self: self.last_file is not None)
    @rule()
    def the_last_file_comes_again(self) -> None:
        if any(f.annulled for f in self.model.facts):
            return  # what was annulled may be recorded anew: another story
        before = self.relief.entries.head()
        result = self.file()
        assert result.receipt.recorded == 0
        assert self.relief.entries.head() == before

    @rule(views_too=st.booleans())
    def the_program_starts_again(self, views_too: bool) -> None:
        self.relief.close()
        if views_too:
            for file in (self.folder / "ledger").glob("views.sqlite*"):
                file.unlink()
        self.open()

    # -- what must hold ---------------------------------------------------------------------

    @invariant()
    def the_views_say_what_the_model_says(self) -> None:
        if not self.model.facts or self.count % 3:
            return
        self.compare()

    def compare(self) -> None:
        self.views.catch_up(self.relief.entries)
        moment = Moment(date(2025, 12, 31), self.relief.entries.head())
        with self.views.reading(moment.as_at) as connection:
            found = roster(connection, moment)
            money = spending(connection, moment, "2022-01", "2025-12").total
            told = figures(connection, moment, 2023).values
        inside = {(h, p) for h in range(len(NUMBERS)) for p in self.model.now(h)}
        assert {g.program: g.persons for g in found.groups} == {
            p: sum(q == p for _, q in inside) for p in {q for _, q in inside}
        }
        lines = self.model.lines()
        assert money.authorized_fen == sum(f.fen for f in lines)
        assert money.paid_fen == sum(f.fen for f in lines if f.answer == "成功")
        assert money.returned_fen == sum(f.fen for f in lines if f.answer == "失败")
        assert (told["newly_enrolled_persons"], told["exited_persons"]) == self.model.moves(2023)

    def teardown(self) -> None:
        if hasattr(self, "relief"):
            if self.model.facts:
                self.compare()
            assert_whole(self.relief.recorder)
            self.relief.close()
        shutil.rmtree(self.folder, ignore_errors=True)


TestWholeLedger = WholeLedger.TestCase
TestWholeLedger.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
