"""Every turn of a household's life against a plain model: split, merge, move, switch, suspend, …

Each turn is decided by the ledger, as one append; the model keeps the turns and tells the story
from its beginning each time, naively. Whatever was annulled is left out of it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import domain.events as ev
from console.wiring import LedgerEntries
from domain.calendar import month_of, next_month
from domain.events import UNBORN, Component, Event
from domain.refusals import ExclusivePrograms, Refusal
from ledger.clock import FixedClock
from ledger.commands import Command, Draft
from ledger.ids import new_id
from ledger.vault import Vault
from projections.database import open_sqlite
from projections.figures import figures
from projections.moment import Moment
from projections.movements import movements
from projections.registry import members_of
from projections.roster import roster
from projections.store import Views
from projections.towns import Towns
from tests.ledger.conftest import CLERK, open_world
from tests.ledger.whole_log import assert_whole

TOWNS = ("330681001", "330681121")
START = date(2023, 1, 10)
EACH = 50_000
"""Fen a person and month."""
ACCEPTED: Counter[str] = Counter()
"""Turns that the ledger took, over all runs."""
TURNS = frozenset(
    [
        "enroll",
        "exit",
        "switch",
        "suspend",
        "resume",
        "fade",
        "reinstate",
        "split",
        "merge",
        "move",
        "die",
        "annul",
    ]
)
cases = st.integers(0, 7)
persons = st.integers(0, 4)
programs = st.sampled_from(["dibao", "tekun"])
days = st.integers(1, 12)
Key = tuple[UUID, str]


@dataclass
class Turn:
    """One thing that happened; `event_ids` name its entries, each of which may be annulled."""

    kind: str
    on: date
    case: UUID
    program: str = ""
    persons: tuple[UUID, ...] = ()
    other: UUID | None = None
    from_program: str = ""
    fen: int = 0
    remaining_fen: int = 0
    until: date | None = None
    event_id: UUID | None = None


@dataclass
class Status:
    """A case in a program, as a clerk would keep it on a card."""

    persons: list[UUID] = field(default_factory=list)
    until: date | None = None
    open: bool = True


@dataclass
class Money:
    """What the card says of the money."""

    fen: int = 0
    suspended: bool = False
    ends: str | None = None


class Story:
    """The turns told up to a day."""

    def __init__(self, turns: Sequence[Turn], upto: date) -> None:
        self.cards: dict[Key, Status] = {}
        self.money: dict[Key, Money] = {}
        self.members: dict[UUID, set[UUID]] = {}
        self.towns: dict[UUID, str] = {}
        self.new = self.exited = 0
        self._had: set[UUID] = set()
        day = START
        by_day: dict[date, list[Turn]] = {}
        for turn in turns:
            by_day.setdefault(turn.on, []).append(turn)
        while day <= upto:
            self._run_out(day, by_day.get(day, []))
            for turn in by_day.get(day, []):
                getattr(self, f"_{turn.kind}")(turn)
            self._count()
            day += timedelta(days=1)

    def _run_out(self, day: date, turns: list[Turn]) -> None:
        for card in self.cards.values():
            if card.open and card.until is not None and card.until <= day:
                card.persons, card.open = [], False

    def _count(self) -> None:
        """Once a day: who has a status now and had none yesterday, and the other way round."""
        have = {p for card in self.cards.values() for p in card.persons}
        self.new += len(have - self._had)
        self.exited += len(self._had - have)
        self._had = have

    def inside(self) -> dict[Key, set[UUID]]:
        return {key: set(card.persons) for key, card in self.cards.items() if card.persons}

    def _start(self, key: Key, who: Sequence[UUID], until: date | None = None) -> None:
        card = self.cards.get(key)
        if card is None or not card.open:
            card = self.cards[key] = Status()
            card.until = until
        elif until is not None:
            card.until = until
        card.persons += [p for p in who if p not in card.persons]

    def _leave(self, key: Key, who: Sequence[UUID], remaining: int) -> None:
        card = self.cards.get(key)
        if card is not None:
            card.persons = [p for p in card.persons if p not in who]
            card.open = card.open and bool(card.persons)
        self._pay(key, remaining or None)

    def _pay(self, key: Key, fen: int | None) -> None:
        money = self.money.setdefault(key, Money())
        if fen is None:
            self.money[key] = Money()
        else:
            money.fen = fen

    def _enroll(self, t: Turn) -> None:
        self._start((t.case, t.program), t.persons, t.until)
        self._pay((t.case, t.program), t.fen)
        self.money[t.case, t.program].ends = _last_month(t.until)

    _reinstate = _enroll

    def _exit(self, t: Turn) -> None:
        card = self.cards.get((t.case, t.program))
        if card is not None:
            card.persons, card.open = [], False
        self._pay((t.case, t.program), None)

    def _switch(self, t: Turn) -> None:
        self._leave((t.case, t.from_program), t.persons, t.remaining_fen)
        self._enroll(t)

    def _suspend(self, t: Turn) -> None:
        self.money.setdefault((t.case, t.program), Money()).suspended = True

    def _resume(self, t: Turn) -> None:
        self.money.setdefault((t.case, t.program), Money()).suspended = False

    def _fade(self, t: Turn) -> None:
        card = self.cards.get((t.case, t.program))
        if card is not None and card.open:
            card.until = t.until
        self.money.setdefault((t.case, t.program), Money()).ends = _last_month(t.until)

    def _form(self, t: Turn) -> None:
        self.members[t.case] = set(t.persons)
        self.towns[t.case] = t.program

    def _join(self, t: Turn) -> None:
        self.members[t.case].update(t.persons)

    def _split(self, t: Turn) -> None:
        self.members[t.case] -= set(t.persons)

    def _absorb(self, t: Turn) -> None:
        """Says where they came from; who joins is told one by one."""

    def _merge(self, t: Turn) -> None:
        self.members[t.case] = set()

    def _hand(self, t: Turn) -> None:
        self._leave((t.case, t.program), t.persons, t.remaining_fen)

    def _carry(self, t: Turn) -> None:
        self._enroll(t)

    def _move(self, t: Turn) -> None:
        self.towns[t.case] = t.program

    def _die(self, t: Turn) -> None:
        for card in self.cards.values():
            card.persons = [p for p in card.persons if p not in t.persons]

    def due(self, key: Key, on: date) -> int:
        money = self.money[key]
        ended = money.ends is not None and month_of(on) >= money.ends
        return 0 if money.suspended or ended else money.fen


def _last_month(until: date | None) -> str | None:
    """The first month in which nothing is due."""
    return next_month(month_of(until - timedelta(days=1))) if until else None


def due(fen: int) -> tuple[Component, ...]:
    return (Component("base", fen),) if fen else ()


class WholeCase(RuleBasedStateMachine):
    """Drives a ledger in a folder of its own; some days pass with each step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.turns: list[Turn] = []
        self.day = START
        self.count = 0
        self.dead: set[UUID] = set()

    @initialize()
    def open_bureau(self) -> None:
        Vault.create(self.folder / "vault.sqlite", self.folder / "master.key").close()
        self.world = open_world(self.folder, self.folder / "ledger.sqlite", FixedClock())
        bureau = ev.SourceRegistered(
            UNBORN, code="bureau", name="测试", kind="bureau", may_report=("*",)
        )
        self.world.ledger.decide(self.world.command("source", bureau, stream=new_id()))
        self.views = Views(open_sqlite(self.folder / "views.sqlite"))
        self.entries = LedgerEntries(self.world.recorder, self.world.ledger.codec)
        self.people = [self.world.person() for _ in range(5)]
        self.files: list[UUID] = []
        for group in ((0, 1), (2, 3), (4,)):
            self.form([self.people[n] for n in group])
        for case in self.files[:2]:
            self.pass_(1)
            who = tuple(sorted(self.story().members[case]))
            event = ev.Enrolled(UNBORN, "dibao", who, due(EACH * len(who)))
            turn = Turn("enroll", self.day, case, "dibao", who, fen=EACH * len(who))
            assert self.take([(event, case)], [turn])

    # -- helpers ----------------------------------------------------------------------------

    def form(self, who: Sequence[UUID]) -> None:
        case = new_id()
        self.files.append(case)
        check = ev.CrossCheckCompleted(UNBORN, who[0], "R", "meets")
        drafts = [
            (ev.HouseholdFormed(UNBORN, who[0], town=TOWNS[0]), case),
            *((ev.MemberJoined(UNBORN, p, "child"), case) for p in who[1:]),
            (check, case),
        ]
        turn = Turn("form", self.day, case, TOWNS[0], tuple(who))
        self.take(drafts, [turn], annullable=False)

    def take(
        self,
        drafts: Sequence[tuple[Event, UUID]],
        turns: Sequence[Turn],
        *,
        annullable: bool = True,
    ) -> bool:
        """Decides it as one command; False where the ledger refuses, and nothing is written."""
        self.count += 1
        key = f"{self.count}"
        made = [Draft(event, stream, self.day, self.day) for event, stream in drafts]
        before = self.world.recorder.head().position
        try:
            receipt = self.world.ledger.decide(Command((key,), key, made, CLERK, "bureau"))
        except Refusal:
            assert self.world.recorder.head().position == before
            return False
        ids = receipt.event_ids
        if annullable:
            turns = [replace(t, event_id=i) for t, i in zip(turns, ids, strict=True)]
        self.turns += turns
        return True

    def story(self, on: date | None = None) -> Story:
        return Story(self.turns, on or self.day)

    def pass_(self, days: int) -> None:
        self.day += timedelta(days=days)
        self.world.clock.micros += 1_000_000

    def case(self, n: int) -> UUID:
        return self.files[n % len(self.files)]

    def aim(self, n: int, program: str, *, closed: bool = False) -> Key:
        """A case and a program: most of the time one in which somebody is (or was)."""
        story = self.story()
        keys = sorted(k for k, card in story.cards.items() if bool(card.persons) != closed)
        return keys[n % len(keys)] if keys and n % 4 else (self.case(n), program)

    def living(self, who: set[UUID]) -> tuple[UUID, ...]:
        return tuple(sorted(who - self.dead))

    # -- turns ------------------------------------------------------------------------------

    @rule(n=cases, program=programs, gap=days, ends=st.booleans())
    def enroll(self, n: int, program: str, gap: int, *, ends: bool) -> None:
        self.pass_(gap)
        case = self.case(n)
        who = self.living(self.story().members[case])
        if not who:
            return
        until = self.day + timedelta(days=40) if ends else None
        fen = EACH * len(who)
        event = ev.Enrolled(UNBORN, program, who, due(fen), until=until)
        turn = Turn("enroll", self.day, case, program, who, fen=fen, until=until)
        ACCEPTED["enroll"] += self.take([(event, case)], [turn])

    @rule(n=cases, program=programs, gap=days)
    def exit(self, n: int, program: str, gap: int) -> None:
        self.pass_(gap)
        case, program = self.aim(n, program)
        turn = Turn("exit", self.day, case, program)
        event = ev.Exited(UNBORN, program, "voluntary")
        ACCEPTED["exit"] += self.take([(event, case)], [turn])

    @rule(n=cases, program=programs, gap=days, all_of_them=st.booleans())
    def switch(self, n: int, program: str, gap: int, *, all_of_them: bool) -> None:
        self.pass_(gap)
        case, left = self.aim(n, program)
        program = "tekun" if left == "dibao" else "dibao"
        inside = sorted(self.story().inside().get((case, left), set()))
        who = tuple(inside if all_of_them else inside[:1])
        if not who:
            return
        rest = EACH * (len(inside) - len(who))
        event = ev.Switched(UNBORN, program, left, who, due(EACH * len(who)), due(rest))
        turn = Turn("switch", self.day, case, program, who, None, left, EACH * len(who), rest)
        ACCEPTED["switch"] += self.take([(event, case)], [turn])

    @rule(n=cases, program=programs, gap=days)
    def suspend(self, n: int, program: str, gap: int) -> None:
        self.pass_(gap)
        case, program = self.aim(n, program)
        event = ev.Suspended(UNBORN, program, "other")
        ACCEPTED["suspend"] += self.take(
            [(event, case)], [Turn("suspend", self.day, case, program)]
        )

    @rule(n=cases, program=programs, gap=days)
    def resume(self, n: int, program: str, gap: int) -> None:
        self.pass_(gap)
        case, program = self.aim(n, program)
        event = ev.Resumed(UNBORN, program)
        ACCEPTED["resume"] += self.take([(event, case)], [Turn("resume", self.day, case, program)])

    @rule(n=cases, program=programs, gap=days, length=st.integers(5, 60))
    def fade(self, n: int, program: str, gap: int, length: int) -> None:
        self.pass_(gap)
        case, program = self.aim(n, program)
        until = self.day + timedelta(days=length)
        turn = Turn("fade", self.day, case, program, until=until)
        event = ev.FadeOutStarted(UNBORN, program, until)
        ACCEPTED["fade"] += self.take([(event, case)], [turn])

    @rule(n=cases, program=programs, gap=days)
    def reinstate(self, n: int, program: str, gap: int) -> None:
        self.pass_(gap)
        case, program = self.aim(n, program, closed=True)
        who = self.living(self.story().members[case])
        if not who:
            return
        fen = EACH * len(who)
        event = ev.Reinstated(UNBORN, program, who, due(fen))
        turn = Turn("reinstate", self.day, case, program, who, fen=fen)
        ACCEPTED["reinstate"] += self.take([(event, case)], [turn])

    @rule(n=cases, gap=days)
    def split(self, n: int, gap: int) -> None:
        """The last member leaves with what he is covered by: both files in one append."""
        self.pass_(gap)
        case, story = self.case(n), self.story()
        file = self.world.ledger.load(case)
        members = sorted(story.members[case] - self.dead, key=lambda p: p == file.head_id)  # type: ignore[attr-defined]
        if len(members) < 2 or story.members[case] & self.dead:
            return
        goes, stays, new = members[0], tuple(members[1:]), new_id()
        drafts: list[tuple[Event, UUID]] = [
            (ev.HouseholdSplit(UNBORN, new, (goes,), stays), case),
            (ev.HouseholdFormed(UNBORN, goes, town=TOWNS[0], split_from=case), new),
        ]
        turns = [
            Turn("split", self.day, case, persons=(goes,)),
            Turn("form", self.day, new, TOWNS[0], (goes,)),
        ]
        for (where, program), inside in story.inside().items():
            if where == case and goes in inside:
                self.hand_over(case, new, program, (goes,), len(inside) - 1, drafts, turns)
        if self.take(drafts, turns):
            self.files.append(new)
            self.turns[-len(turns) + 1].event_id = None  # the new file itself stays
            ACCEPTED["split"] += 1

    def hand_over(
        self,
        case: UUID,
        new: UUID,
        program: str,
        who: tuple[UUID, ...],
        stay: int,
        drafts: list[tuple[Event, UUID]],
        turns: list[Turn],
    ) -> None:
        rest, fen = EACH * stay, EACH * len(who)
        drafts += [
            (ev.HandedOver(UNBORN, program, new, who, due(rest)), case),
            (ev.CarriedOver(UNBORN, program, case, who, due(fen)), new),
        ]
        turns += [
            Turn("hand", self.day, case, program, who, new, remaining_fen=rest),
            Turn("carry", self.day, new, program, who, case, fen=fen),
        ]

    @rule(n=cases, m=cases, gap=days)
    def merge(self, n: int, m: int, gap: int) -> None:
        """Everybody goes to another household that is in none of their programs."""
        self.pass_(gap)
        case, into, story = self.case(n), self.case(m), self.story()
        members = tuple(sorted(story.members[case]))
        taken = {program for where, program in story.cards if where == into}
        own = {p: who for (where, p), who in story.inside().items() if where == case}
        if case == into or not members or not story.members[into] or taken & set(own):
            return
        drafts: list[tuple[Event, UUID]] = [
            (ev.HouseholdAbsorbed(UNBORN, case), into),
            *((ev.MemberJoined(UNBORN, p, "relative"), into) for p in members),
        ]
        turns = [
            Turn("absorb", self.day, into, other=case),
            *(Turn("join", self.day, into, persons=(p,)) for p in members),
        ]
        for program, who in own.items():
            self.hand_over(case, into, program, tuple(sorted(who)), 0, drafts, turns)
        drafts.append((ev.HouseholdMerged(UNBORN, into), case))
        turns.append(Turn("merge", self.day, case, other=into))
        ACCEPTED["merge"] += self.take(drafts, turns)

    @rule(n=cases, gap=days, town=st.sampled_from(TOWNS))
    def move(self, n: int, gap: int, town: str) -> None:
        self.pass_(gap)
        case = self.case(n)
        event = ev.HouseholdMoved(UNBORN, town)
        ACCEPTED["move"] += self.take([(event, case)], [Turn("move", self.day, case, town)])

    @rule(n=persons, gap=days)
    def die(self, n: int, gap: int) -> None:
        self.pass_(gap)
        person = self.people[n]
        if person in self.dead or len(self.dead) > 1:
            return
        turn = Turn("die", self.day, person, persons=(person,))
        if self.take([(ev.PersonDied(UNBORN), person)], [turn]):
            self.dead.add(person)
            ACCEPTED["die"] += 1

    @rule(data=st.data(), gap=days)
    def annul(self, data: st.DataObject, gap: int) -> None:
        self.pass_(gap)
        standing = [t for t in self.turns if t.event_id is not None]
        if not standing:
            return
        self.take_back(data.draw(st.sampled_from(standing)), 0)

    def take_back(self, turn: Turn, gap: int) -> None:
        """Annuls the entry of a turn, unless that puts somebody into two programs."""
        self.pass_(gap)
        assert turn.event_id is not None
        try:
            self.world.ledger.annul(
                turn.event_id, "mistake", on=self.day, actor=CLERK, source="bureau"
            )
        except ExclusivePrograms:
            return
        self.turns.remove(turn)
        self.dead -= set(turn.persons if turn.kind == "die" else ())
        ACCEPTED["annul"] += 1

    # -- what must hold ---------------------------------------------------------------------

    @invariant()
    def the_views_say_what_the_story_says(self) -> None:
        if self.turns and self.count % 12 == 0:
            self.compare()

    def compare(self) -> None:
        self.views.catch_up(self.entries)
        for on in (self.day, self.day - timedelta(days=20)):
            self.compare_on(max(on, START))

    def compare_on(self, on: date) -> None:
        told, moment = self.story(on), Moment(on, self.entries.head())
        with self.views.reading(moment.as_at) as connection:
            found = {(r.case_id, r.program): r for r in roster(connection, moment).rows}
            moved = movements(connection, moment, START, on + timedelta(days=1))
            year = figures(connection, moment, 2023).values
            members = members_of(connection, moment, self.files)
            towns = Towns(connection, moment)
            lives = {case: towns.on(case.bytes, on.toordinal()) for case in told.towns}
        assert {k: set(r.person_ids) for k, r in found.items()} == told.inside()
        assert {k: r.due_fen for k, r in found.items()} == {
            k: told.due(k, on) for k in told.inside()
        }
        assert (moved.opening, moved.new, moved.exited) == (0, told.new, told.exited)
        assert moved.closing == len({p for who in told.inside().values() for p in who})
        if on.year == 2023:
            assert year["newly_enrolled_persons"] == told.new
            assert year["exited_persons"] == told.exited
        own = {case: {m.person_id for m in who} for case, who in members.items()}
        assert {case: own.get(case, set()) for case in told.members} == told.members
        assert lives == told.towns

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.compare()
            assert_whole(self.world.recorder)
            self.world.recorder.engine.dispose()
            self.world.ledger.vault.close()
            self.views.engine.dispose()
        shutil.rmtree(self.folder, ignore_errors=True)


TestWholeCase: Any = WholeCase.TestCase
TestWholeCase.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_every_turn_is_taken_in_one_story_that_fits_the_model() -> None:
    """The machine finds its own ways; this one is sure to go through every turn."""
    ACCEPTED.clear()
    machine = WholeCase()
    machine.open_bureau()
    first = machine.files[0]
    machine.split(0, 3)
    machine.enroll(2, "tekun", 5, ends=True)
    machine.suspend(1, "dibao", 4)
    machine.compare()
    machine.resume(1, "dibao", 20)
    machine.switch(5, "dibao", 9, all_of_them=True)
    machine.compare()
    machine.fade(1, "dibao", 3, 30)
    machine.move(0, 2, TOWNS[1])
    machine.exit(3, "dibao", 5)
    for n in range(8):  # one of them is the one that ended
        machine.reinstate(n, "dibao", 1)
    machine.compare()
    machine.merge(0, 2, 4)
    machine.merge(3, 2, 4)
    machine.merge(3, 0, 4)
    machine.die(4, 3)
    machine.take_back(next(t for t in machine.turns if t.kind == "enroll" and t.case == first), 2)
    taken = set(+ACCEPTED)
    machine.teardown()
    assert taken == TURNS
