"""A payment batch goes its way: prepared, reviewed, approved, sent, settled, each by its own hands.

What its lines come to is held against the totals under the append's lock (`ledger/batchcheck.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.aggregate import Aggregate
from domain.events import (
    BatchApproved,
    BatchPrepared,
    BatchReviewed,
    BatchSent,
    BatchSettled,
    Event,
)
from domain.judging.common import Check
from domain.money import format_yuan
from domain.refusals import BatchMismatch, EffectiveTooEarly, Refusal, SameHands
from domain.rulebook import RuleBook

STEPS = (BatchPrepared, BatchReviewed, BatchApproved, BatchSent, BatchSettled)
"""In their order."""
_HANDS = (BatchPrepared, BatchReviewed, BatchApproved)
_NAMES = {
    BatchPrepared: ("编制", "prepared"),
    BatchReviewed: ("审核", "reviewed"),
    BatchApproved: ("审批", "approved"),
}


def names_a_sum(event: BatchPrepared, batch: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    if event.line_count < 1 or event.total_fen < 0:
        yield BatchMismatch(
            "批次至少一笔,总金额不为负", "a batch has at least one line, and no total below 0"
        )


def not_before_last_step(event: Event, batch: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    last = max((e.meta.occurred_on for e in batch.standing(*STEPS)), default=None)
    if last is not None and event.meta.occurred_on < last:
        yield EffectiveTooEarly(
            f"日期早于该批次的上一步({last})", f"dated before the batch's last step ({last})"
        )


def other_hands(event: Event, batch: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    """Who prepares, who reviews and who approves are three persons."""
    for before in batch.standing(*_HANDS):
        if before.meta.actor.id == event.meta.actor.id and type(before) is not type(event):
            zh, en = _NAMES[type(before)]
            yield SameHands(
                f"该批次由同一人{zh},应由他人办理;请在命令的 actor 中注明经办人",
                f"one person {en} this batch; somebody else must do this step:"
                " name who in the command's actor",
            )


def approves_all(event: BatchApproved, batch: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    prepared = batch.last(BatchPrepared)
    if prepared and (prepared.line_count, prepared.total_fen) != (
        event.line_count,
        event.total_fen,
    ):
        total = format_yuan(prepared.total_fen)
        yield BatchMismatch(
            f"批准的笔数或金额与编制的不一致(编制 {prepared.line_count} 笔、{total} 元)",
            "count or total differ from what was prepared"
            f" ({prepared.line_count} lines, {total} CNY)",
        )


def settles_all(event: BatchSettled, batch: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    approved = batch.last(BatchApproved)
    if approved is None:
        return
    if event.paid_fen + event.returned_fen > approved.total_fen:
        yield BatchMismatch(
            "成功与退回之和超过批准金额", "paid and returned together are above what was approved"
        )
    if event.paid_count + event.returned_count > approved.line_count:
        yield BatchMismatch(
            "成功与退回笔数之和超过批准笔数", "more lines are answered than were approved"
        )


def sums_are_sums(event: Any, batch: Aggregate, book: RuleBook) -> Iterator[Refusal]:
    numbers = (event.paid_count, event.paid_fen, event.returned_count, event.returned_fen)
    if min(numbers) < 0:
        yield BatchMismatch("笔数和金额不能为负", "no count and no sum is below 0")


CHECKS: dict[type[Event], tuple[Check, ...]] = {
    BatchPrepared: (names_a_sum,),
    BatchReviewed: (not_before_last_step, other_hands),
    BatchApproved: (not_before_last_step, other_hands, approves_all),
    BatchSent: (not_before_last_step,),
    BatchSettled: (not_before_last_step, sums_are_sums, settles_all),
}
