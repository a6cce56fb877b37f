"""Applies a new standard to a whole program: one plan over the views, then decided case by case.

The whole plan is made and looked over before anything is written. Each case is one command
(its new entitlement and its arrears together), so that a run that stops half-way leaves whole
cases only, and the next run does the rest. What cannot be adjusted is listed with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from console import answers
from console.bulk_batch import BulkBatch, open_batch
from console.bulk_lists import CONFLICT, LEFT, SAME_PERSON, Listed
from console.language import Voice
from console.wiring import BUREAU, OPERATOR, Relief
from domain.adjustment import (
    ADJUSTED,
    ALREADY,
    CANNOT,
    UNAFFECTED,
    Outcome,
    Tariff,
    entitlement_after,
    readjust,
)
from domain.arrears import Arrears, arrears
from domain.calendar import first_day, month_of
from domain.case_facts import summed
from domain.events import UNBORN, Actor, EntitlementAdjusted, Event, PaymentAuthorized
from domain.judgement import judge
from domain.wording import BadValue
from ledger.bulk import bulk
from ledger.commands import Command, Draft, Receipt
from ledger.ids import new_id
from ledger.planned import record_planned
from projections.moment import Moment
from projections.standards import Standard, standard_list
from projections.standings import (
    CaseStanding,
    PaidCase,
    investigated_by,
    paid_since,
    program_standings,
)

Progress = Callable[[int, int], None]
REASON = "standard_changed"
ROUNDS = 5
"""How often what others overtook is planned anew before it is left for another run."""


@dataclass(frozen=True)
class Order:
    """What was ordered: this version of the standards, for everybody, from this month on."""

    program: str
    version: str
    first: str
    on: date
    fund: str = "county"
    document: str = ""
    batch: str = ""
    proposed_by: Actor | None = None
    approved_by: Actor | None = None


@dataclass
class Adjustment:
    """The plan, and what became of it."""

    order: Order
    adjusted: int = 0
    already: int = 0
    unaffected: int = 0
    before_fen: int = 0
    after_fen: int = 0
    arrears_lines: int = 0
    arrears_fen: int = 0
    cannot: list[Listed] = field(default_factory=list)
    """Not adjusted."""
    remarks: list[Listed] = field(default_factory=list)
    """Adjusted, but something about their payments has to be looked at."""
    batch: str = ""
    receipt: Receipt = field(default_factory=Receipt)
    left_over: int = 0
    """Cases that went on while this ran, again and again: run once more."""


@dataclass
class _Plan:
    commands: list[Command] = field(default_factory=list)
    cases: list[Listed] = field(default_factory=list)


def adjust_all(
    relief: Relief,
    order: Order,
    *,
    dry_run: bool = False,
    speak: Voice | None = None,
    progress: Progress | None = None,
) -> Adjustment:
    """Plans, and records unless it is a dry run. Raises BadValue, Refusal, LedgerError."""
    with bulk():
        return _adjust_all(relief, order, dry_run, speak, progress)


def _adjust_all(
    relief: Relief, order: Order, dry_run: bool, speak: Voice | None, progress: Progress | None
) -> Adjustment:
    number = order.batch or f"{order.version}-{order.first}-BF"
    batch = open_batch(relief, number, own_number=bool(order.batch))
    done = Adjustment(order)
    for n in range(ROUNDS):
        moment = Moment(order.on, relief.entries.head())
        with answers.caught_up(relief, moment, speak) as connection:
            part, plan = _planned(relief, connection, moment, order, batch)
        if n == 0:
            done = part
        else:  # What was overtaken is judged as it stands now.
            done.cannot, done.remarks = part.cannot, part.remarks
        batch.must_be_open(plan.commands)
        if dry_run or not plan.commands:
            break
        planned = record_planned(
            relief.ledger, plan.commands, moment.as_at, guard=batch.guard, progress=progress
        )
        done.receipt.add(planned.receipt)
        done.cannot += [replace(plan.cases[i], reason=CONFLICT) for i in planned.receipt.conflicts]
        done.left_over = len(planned.overtaken)
        if not planned.overtaken:
            break
        batch.go_on()
    if not dry_run and batch.prepare(order.on, month_of(order.on), order.fund, order.document):
        done.batch = batch.number
    return done


def _planned(
    relief: Relief, connection: Connection, moment: Moment, order: Order, batch: BulkBatch
) -> tuple[Adjustment, _Plan]:
    tariff = _tariff(standard_list(connection, moment, order.program), order)
    standings = program_standings(connection, moment, order.program, order.first)
    paid = paid_since(connection, moment, order.program, order.first)
    approver = order.approved_by
    own_cases = investigated_by(connection, moment, approver.id) if approver else set()
    done, plan = Adjustment(order), _Plan()
    for case, ended in standings.left:
        done.cannot.append(Listed(UUID(bytes=case), "", LEFT, month=month_of(ended)))
    for found in standings.inside:
        outcome = readjust(found.standing, tariff, order.first)
        listed = Listed(UUID(bytes=found.case_id), found.standing.town, outcome.problem)
        if outcome.state == ADJUSTED:
            problem = SAME_PERSON if found.case_id in own_cases else ""
            problem = problem or _judged(relief, order, found, outcome)
            if problem:
                outcome = Outcome(CANNOT, problem)
        if outcome.state == CANNOT:
            done.cannot.append(replace(listed, reason=outcome.problem, component=outcome.component))
        elif outcome.state == ALREADY:
            done.already += 1
        elif outcome.state == UNAFFECTED:
            done.unaffected += 1
        else:
            _take(relief, done, plan, order, found, outcome, paid.get(found.case_id), batch)
    return done, plan


def _tariff(standards: Sequence[Standard], order: Order) -> Tariff:
    """The standards of the version. BadValue where they cannot be applied from that month on."""
    own = [s for s in standards if s.version == order.version]
    if not own:
        known = ", ".join(dict.fromkeys(s.version for s in standards)) or "—"
        raise BadValue(
            f"{order.program} 没有标准版本 {order.version};现有:{known}",
            f"{order.program} has no standard {order.version}; there are: {known}",
        )
    day = first_day(order.first)
    for s in own:
        if day < s.starts_on or (s.until is not None and s.until <= day):
            until = f" – {s.until}" if s.until else ""
            raise BadValue(
                f"标准 {s.version}({s.component})的施行期为 {s.starts_on}{until},"
                f"不包括 {order.first}",
                f"standard {s.version} ({s.component}) holds {s.starts_on}{until}:"
                f" not in {order.first}",
            )
    keys = {(s.component, s.grade, s.area): s for s in own}
    later = frozenset(
        s.version
        for s in standards
        if (s.component, s.grade, s.area) in keys
        and s.starts_on > keys[s.component, s.grade, s.area].starts_on
    )
    return Tariff(
        order.program,
        order.version,
        {key: s.amount_fen for key, s in keys.items()},
        {(s.version, s.component, s.grade, s.area): s.amount_fen for s in standards},
        later,
    )


def _judged(relief: Relief, order: Order, found: CaseStanding, outcome: Outcome) -> str:
    """A reduction needs what the facts in bulk do not hold (the hearing): it is judged singly."""
    due = found.standing.entitlement
    if not any(_lower(due.due(month_of(day)), summed(new)) for day, new in outcome.steps):
        return ""
    stream = relief.ledger.load(UUID(bytes=found.case_id))
    for day, event in _events(order, outcome):
        meta = replace(UNBORN, occurred_on=order.on, effective_from=day)
        for refusal in judge(replace(event, meta=meta), stream, relief.ledger.book):
            return refusal.code
    return ""


def _lower(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    return sum(after.values()) < sum(before.values())


def _events(order: Order, outcome: Outcome) -> Iterator[tuple[date, Event]]:
    for day, components in outcome.steps:
        yield (
            day,
            EntitlementAdjusted(
                meta=UNBORN,
                program=order.program,
                components=components,
                reason=REASON,
                proposed_by=order.proposed_by,
                approved_by=order.approved_by,
            ),
        )


def _take(
    relief: Relief,
    done: Adjustment,
    plan: _Plan,
    order: Order,
    found: CaseStanding,
    outcome: Outcome,
    paid: PaidCase | None,
    batch: BulkBatch,
) -> None:
    """One command a case: the new entitlement, and the arrears that follow from it."""
    case = UUID(bytes=found.case_id)
    drafts = [
        Draft(event, case, order.on, day, document=order.document or None)
        for day, event in _events(order, outcome)
    ]
    owed = Arrears()
    if paid is not None:
        due = found.standing.entitlement
        owed = arrears(due, entitlement_after(due, outcome), paid.parts, order.first)
        if owed.parts:
            drafts.append(Draft(_line(order, owed, paid, batch), case, order.on))
    # Keyed by the decision it rests on: once that is annulled, the case is adjusted anew.
    key = ("adjust-all", order.program, order.version, case.hex, str(found.decided_at))
    content = repr(([(day, new) for day, new in outcome.steps], owed.parts))
    plan.commands.append(Command(key, content, drafts, OPERATOR, BUREAU))
    listed = Listed(case, found.standing.town, "")
    plan.cases.append(listed)
    done.adjusted += 1
    done.before_fen += outcome.before_fen
    done.after_fen += outcome.after_fen
    done.arrears_lines += bool(owed.parts)
    done.arrears_fen += owed.fen
    done.remarks += [
        replace(listed, reason=r.code, component=r.component, month=r.month, fen=r.fen)
        for r in owed.remarks
    ]


def _line(order: Order, owed: Arrears, paid: PaidCase, batch: BulkBatch) -> PaymentAuthorized:
    return PaymentAuthorized(
        meta=UNBORN,
        line_id=new_id(),
        batch_id=batch.id,
        line_no=batch.next_no(),
        program=order.program,
        fund=order.fund,
        amount_fen=owed.fen,
        parts=tuple(owed.parts),
        beneficiary_id=UUID(bytes=paid.beneficiary_id),
        town=paid.town,
    )
