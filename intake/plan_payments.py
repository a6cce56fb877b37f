"""Plans for payment lists and for the bank's answers to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from domain.calendar import first_day, next_month, previous_month
from domain.events import (
    UNBORN,
    BatchApproved,
    BatchPrepared,
    BatchSettled,
    PaymentAuthorized,
    PaymentPaid,
    PaymentPart,
    PaymentReturned,
)
from intake.kinds import PaymentRow, ReturnRow
from intake.plan_batches import is_known, standing_steps
from intake.planning import Context, Occurrences, People, Plan, coded_reason, content_of, slices
from intake.rows import Numbered
from ledger.commands import Draft
from ledger.ids import new_id, new_ids
from ledger.indexes import IndexedLine, lines_of_batch

DEFAULT_FUND = "county"


def plan_payments(rows: Sequence[Numbered[PaymentRow]], context: Context) -> Iterator[Plan]:
    """One batch a batch number, one line a row; the line's place in the batch is its row's."""
    people = People(context, Plan())
    batches = _batches(rows, people, context)
    occurrences, numbers = Occurrences(), defaultdict[str, int](int)
    for part in slices(rows):
        people.know(_case_number(r.row) for r in part)
        people.know_households(_case_number(r.row) for r in part)
        line_ids = new_ids(len(part))
        for r, line_id in zip(part, line_ids, strict=True):
            numbers[r.row.batch_no] += 1
            line_no = numbers[r.row.batch_no]
            _line(r, line_no, line_id, batches, occurrences, people, context)
        yield people.taken()


def _case_number(row: PaymentRow) -> str:
    return row.head_id or row.id_number


def _paid_on(row: PaymentRow) -> date:
    """The day of a list that names none: the last of its month."""
    return row.paid_on or first_day(next_month(row.month)) - timedelta(days=1)


def _batches(
    rows: Sequence[Numbered[PaymentRow]], people: People, context: Context
) -> dict[str, UUID]:
    by_number: dict[str, list[PaymentRow]] = defaultdict(list)
    for r in rows:
        by_number[r.row.batch_no].append(r.row)
    known = context.ledger.find("batch", list(by_number))
    ids = {number: known.get(number) or new_id() for number in by_number}
    for number, own in by_number.items():
        total = sum(row.total or 0 for row in own)
        first = own[0]
        digest = context.ledger.vault.digest("payment-list", *(_line_of_list(row) for row in own))
        prepared = BatchPrepared(
            meta=UNBORN,
            number=number,
            month=first.month,
            line_count=len(own),
            total_fen=total,
            fund=first.fund or DEFAULT_FUND,
            list_digest=digest,
        )
        approved = BatchApproved(meta=UNBORN, line_count=len(own), total_fen=total)
        key = ("batch", number)
        if number in known and not is_known(context, key):
            continue  # its totals came before its list: from a file of batches, or decided here
        command = people.command(key, digest.hex())
        command.drafts += [Draft(e, ids[number], _paid_on(first)) for e in (prepared, approved)]
        people.plan.add(command, 0)
    return ids


def _line_of_list(row: PaymentRow) -> str:
    return f"{row.id_number}/{row.head_id}/{row.program}/{row.total}/{row.account}"


def _line(
    r: Numbered[PaymentRow],
    line_no: int,
    line_id: UUID,
    batches: dict[str, UUID],
    occurrences: Occurrences,
    people: People,
    context: Context,
) -> None:
    row, day = r.row, _paid_on(r.row)
    number = row.head_id or row.id_number
    named = row.name if number == row.id_number else None
    head = people.person(number, r.number, day, name=named, town=row.town)
    household = people.household(head, r.number, day, row.town)
    digest = context.ledger.vault.digest
    event = PaymentAuthorized(
        meta=UNBORN,
        line_id=line_id,
        batch_id=batches[row.batch_no],
        line_no=line_no,
        program=row.program,
        fund=row.fund or DEFAULT_FUND,
        amount_fen=row.total or 0,
        parts=_parts(row),
        beneficiary_id=head,
        town=row.town,
        account_digest=digest("account", row.account) if row.account else None,
    )
    key = ("payment", row.batch_no, row.month, row.program, number)
    command = people.command((*key, occurrences.number(*key)), content_of(row))
    command.drafts.append(Draft(event, household, day))
    people.plan.add(command, r.number)


def _parts(row: PaymentRow) -> tuple[PaymentPart, ...]:
    month = row.month
    found = []
    if row.base:
        found.append(PaymentPart("base", "regular", row.base, month, month))
    if row.supplement:
        found.append(PaymentPart("supplement", "regular", row.supplement, month, month))
    if row.back_pay:
        found.append(PaymentPart("base", "back_payment", row.back_pay, previous_month(month)))
    return tuple(found)


def plan_returns(rows: Sequence[Numbered[ReturnRow]], context: Context) -> Iterator[Plan]:
    """Each answer goes to its line. An answer that fits no line is kept in the batch's stream:
    what a bank reports beyond the batch stands apart, and is shown."""
    people = People(context, Plan())
    numbers = dict.fromkeys(r.row.batch_no for r in rows)
    known = context.ledger.find("batch", list(numbers))
    answers = {number: _Answers(number, known.get(number), context) for number in numbers}
    occurrences = Occurrences()
    done = 0
    for part in slices(rows):
        for r in part:
            answers[r.row.batch_no].add(r, people, occurrences)
        done += len(part)
        if done == len(rows):
            for answer in answers.values():
                answer.settle(people)
        yield people.taken()


class _Answers:
    """The answers for one batch."""

    def __init__(self, number: str, batch_id: UUID | None, context: Context) -> None:
        self.number, self.context = number, context
        self.batch_id = batch_id or new_id()
        lines: list[IndexedLine] = []
        if batch_id is not None:
            with context.ledger.recorder.reading() as conn:
                lines = lines_of_batch(conn, batch_id)
        self.by_number = {line.line_no: line for line in lines}
        self.by_account: dict[bytes, list[IndexedLine]] = defaultdict(list)
        for line in lines:
            if line.account_digest:
                self.by_account[line.account_digest].append(line)
        self.paid: dict[UUID, int] = {}
        self.returned: dict[UUID, int] = {}
        self.last_day = date.min

    def add(self, r: Numbered[ReturnRow], people: People, occurrences: Occurrences) -> None:
        """One row of the answer."""
        row = r.row
        line = self._line(row)
        line_id = line.line_id if line else new_id()
        stream = line.case_id if line else self.batch_id
        self.last_day = max(self.last_day, row.processed_on)
        event: PaymentPaid | PaymentReturned
        personal: dict[str, str] | None = None
        if row.result == "paid":
            event = PaymentPaid(meta=UNBORN, line_id=line_id, amount_fen=row.amount)
            self.paid[line_id] = row.amount
        else:
            # A remark needs a person whose key seals it; an answer for no line has none.
            code, remark = coded_reason(row.reason)
            payee = line.beneficiary_id if line and remark else None
            personal = remark if payee else None
            event = PaymentReturned(
                meta=UNBORN,
                line_id=line_id,
                amount_fen=row.amount,
                reason=code,
                outcome=row.result,
                remark_person_id=payee,
            )
            self.returned[line_id] = row.amount
        reference = str(row.line_no) if row.line_no is not None else row.account or ""
        key = ("return", self.number, reference, row.result, str(row.attempt or 1))
        command = people.command((*key, occurrences.number(*key)), content_of(row))
        command.drafts.append(Draft(event, stream, row.processed_on, personal=personal))
        people.plan.add(command, r.number)

    def _line(self, row: ReturnRow) -> IndexedLine | None:
        digest = self.context.ledger.vault.digest("account", row.account) if row.account else None
        if row.line_no is not None:
            line = self.by_number.get(row.line_no)
            fits = (
                line is None
                or None in (digest, line.account_digest)
                or (line.account_digest == digest)
            )
            return line if fits else self._only(digest, row.amount)
        return self._only(digest, row.amount)

    def _only(self, digest: bytes | None, amount: int) -> IndexedLine | None:
        """The one line of an account, of that amount where there are several."""
        lines = self.by_account.get(digest or b"", [])
        if len(lines) > 1:
            lines = [line for line in lines if line.amount_fen == amount]
        return lines[0] if len(lines) == 1 else None

    def settle(self, people: People) -> None:
        """Once every line of the batch has its answer in this file, the batch is settled."""
        answered = {*self.paid, *self.returned}
        wanted = {line.line_id for line in self.by_number.values()}
        if not wanted or not wanted <= answered:
            return
        event = BatchSettled(
            meta=UNBORN,
            paid_count=len(self.paid),
            paid_fen=sum(self.paid.values()),
            returned_count=len(self.returned),
            returned_fen=sum(self.returned.values()),
        )
        content, key = f"{event.paid_fen}/{event.returned_fen}", ("settled", self.number)
        context = people.context
        if not is_known(context, key) and BatchSettled in standing_steps(context, self.batch_id):
            return  # a file of batches said so before
        command = people.command(key, content)
        command.drafts.append(Draft(event, self.batch_id, self.last_day))
        people.plan.add(command, 0)
