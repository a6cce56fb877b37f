"""A sum for everybody in a program on a day: a price subsidy (社会救助法 art. 32) or a one-off sum.

The same machinery as a new standard: one plan over the views, a line a case, the batch's totals
last. Such lines stand beside the entitlement and are never held against it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from console import answers
from console.bulk_batch import BulkBatch, open_batch
from console.bulk_lists import NOBODY, PAID_ALREADY, SUSPENDED, Listed
from console.language import Voice
from console.wiring import BUREAU, OPERATOR, Relief
from domain.events import UNBORN, PaymentAuthorized, PaymentPart
from domain.wording import BadValue
from ledger.batch_lines import cases_in_batch
from ledger.bulk import bulk
from ledger.commands import Command, Draft, Receipt
from ledger.ids import new_id
from ledger.planned import record_planned
from projections.moment import Moment
from projections.standings import (
    CaseStanding,
    heads_now,
    paid_since,
    program_standings,
)

Progress = Callable[[int, int], None]
PRICE_SUBSIDY, ONE_OFF = "price_subsidy", "one_off"
PER_PERSON, PER_HOUSEHOLD = "person", "household"
ROUNDS = 5


@dataclass(frozen=True)
class SubsidyOrder:
    """What was ordered: this sum for everybody who is in the program on the day."""

    program: str
    kind: str
    amount_fen: int
    per: str
    month: str
    on: date
    batch: str
    fund: str = "county"
    document: str = ""


@dataclass
class Subsidy:
    """The plan, and what became of it."""

    order: SubsidyOrder
    lines: int = 0
    persons: int = 0
    fen: int = 0
    already: int = 0
    """Cases that have their line in this batch."""
    cannot: list[Listed] = field(default_factory=list)
    batch: str = ""
    receipt: Receipt = field(default_factory=Receipt)
    left_over: int = 0


def pay_all(
    relief: Relief,
    order: SubsidyOrder,
    *,
    dry_run: bool = False,
    speak: Voice | None = None,
    progress: Progress | None = None,
) -> Subsidy:
    """Plans, and records unless it is a dry run. Raises BadValue, Refusal, LedgerError."""
    if order.kind not in (PRICE_SUBSIDY, ONE_OFF):
        raise BadValue(
            f"种类应为 {PRICE_SUBSIDY} 或 {ONE_OFF}", f"the kind is {PRICE_SUBSIDY} or {ONE_OFF}"
        )
    if order.per not in (PER_PERSON, PER_HOUSEHOLD):
        raise BadValue("按 person(人)或 household(户)", "it is per person or per household")
    if order.amount_fen <= 0:
        raise BadValue("金额必须大于 0", "the amount must be above 0")
    with bulk():
        return _paid(relief, order, dry_run, speak, progress)


def _paid(
    relief: Relief,
    order: SubsidyOrder,
    dry_run: bool,
    speak: Voice | None,
    progress: Progress | None,
) -> Subsidy:
    batch = open_batch(relief, order.batch, own_number=True)
    done = Subsidy(order)
    for n in range(ROUNDS):
        moment = Moment(order.on, relief.entries.head())
        with answers.caught_up(relief, moment, speak) as connection:
            part, commands = _planned(relief, connection, moment, order, batch)
        if n == 0:
            done = part
        else:
            done.cannot = part.cannot
        batch.must_be_open(commands)
        if dry_run or not commands:
            break
        planned = record_planned(
            relief.ledger, commands, moment.as_at, guard=batch.guard, progress=progress
        )
        done.receipt.add(planned.receipt)
        done.left_over = len(planned.overtaken)
        if not planned.overtaken:
            break
        batch.go_on()
    if not dry_run and batch.prepare(order.on, order.month, order.fund, order.document):
        done.batch = batch.number
    return done


def _planned(
    relief: Relief, connection: Connection, moment: Moment, order: SubsidyOrder, batch: BulkBatch
) -> tuple[Subsidy, list[Command]]:
    inside = program_standings(connection, moment, order.program, order.month).inside
    heads = heads_now(connection, moment, [c.case_id for c in inside])
    with relief.recorder.reading() as conn:
        own = cases_in_batch(conn, batch.id)
    had = _had_already(connection, moment, order)
    done, commands = Subsidy(order), list[Command]()
    for found in inside:
        case = UUID(bytes=found.case_id)
        if case in own:
            done.already += 1
            continue
        problem = _problem(found, order, had=found.case_id in had)
        if problem:
            done.cannot.append(Listed(case, found.standing.town, problem, month=order.month))
            continue
        fen = order.amount_fen * (found.standing.persons if order.per == PER_PERSON else 1)
        done.lines += 1
        done.persons += found.standing.persons
        done.fen += fen
        commands.append(_command(order, found, heads[found.case_id], fen, batch))
    return done, commands


def _had_already(connection: Connection, moment: Moment, order: SubsidyOrder) -> set[bytes]:
    """Cases with a standing price subsidy for the month; of one-off sums there may be several."""
    if order.kind != PRICE_SUBSIDY:
        return set()
    return {
        case
        for case, paid in paid_since(connection, moment, order.program, order.month).items()
        if any(p.kind == PRICE_SUBSIDY and p.last_month == order.month for p in paid.parts)
    }


def _problem(found: CaseStanding, order: SubsidyOrder, *, had: bool) -> str:
    if had:
        return PAID_ALREADY
    if not found.standing.persons:
        return NOBODY
    return SUSPENDED if found.standing.entitlement.is_suspended(order.month) else ""


def _command(
    order: SubsidyOrder, found: CaseStanding, head: UUID, fen: int, batch: BulkBatch
) -> Command:
    case = UUID(bytes=found.case_id)
    part = PaymentPart(order.kind, order.kind, fen, order.month, order.month)
    line = PaymentAuthorized(
        meta=UNBORN,
        line_id=new_id(),
        batch_id=batch.id,
        line_no=batch.next_no(),
        program=order.program,
        fund=order.fund,
        amount_fen=fen,
        parts=(part,),
        beneficiary_id=head,
        town=found.standing.town,
    )
    key = ("pay-all", order.kind, order.program, order.month, order.batch, case.hex)
    draft = Draft(line, case, order.on, document=order.document or None)
    return Command(key, str(fen), [draft], OPERATOR, BUREAU)
