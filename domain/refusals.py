"""Why a decision is refused, each reason an error of its own.

    Refusal
    ├── AmountNotPositive        an amount is 0 or below
    ├── EffectiveTooEarly        it takes effect before the event that it rests on
    ├── OutOfOrder               what must come first is missing, or it came already
    ├── AlreadyEnrolled / NotEnrolled (NotEntitled) / NotCovered / NotAMember
    ├── ExclusivePrograms        one person in two programs that exclude each other
    ├── NoCheckBeforeEnrollment
    ├── SamePersonInvestigated / SamePersonProposed   and the same person approves
    ├── SameHands                one person prepares, reviews or approves one batch
    ├── TooFewInvestigators
    ├── NotHeard                 the household was not heard before a reduction or an end
    ├── SplitIncomplete / MergeWithItself   a member left nowhere; a household with itself
    ├── StandardTooEarly         a standard starts before its predecessor
    ├── MethodUnclear            a component does not say how it was reckoned
    ├── OverEntitlement          more for a component and month than is due
    ├── LineMismatch             a bank's answer or re-issue that does not fit its line
    ├── BatchMismatch            totals or order of a batch do not fit
    ├── CannotAnnul
    ├── NoSuchCode               a code that the list of codes does not have
    ├── NotAPeriod               a file is owed every month, quarter or year, and in time
    └── SourceMayNotReport       not registered, or not for this kind of event

The same reasons are breaches when a reported fact shows them: `code` names the rule in both.
A message holds no personal data.
"""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """A decision breaks a rule. `zh` and `en` say what is wrong and what would be right."""

    code: ClassVar[str] = "refused"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class AmountNotPositive(Refusal):
    """An amount is 0 or below."""

    code = "amount_not_positive"


class EffectiveTooEarly(Refusal):
    """The effective date lies before the event that it rests on."""

    code = "effective_before_basis"


class OutOfOrder(Refusal):
    """What must come first is missing, or what may come once has come."""

    code = "out_of_order"


class AlreadyEnrolled(Refusal):
    """The household, or the person, is in this program already."""

    code = "enrolled_twice"


class NotEnrolled(Refusal):
    """The household is not in this program: nothing to adjust, end or pay."""

    code = "exit_not_in"


class NotEntitled(NotEnrolled):
    """A payment for a program in which the household never was."""

    code = "not_entitled"


class NotCovered(Refusal):
    """The person is not among the covered persons."""

    code = "uncover_not_in"


class NotAMember(Refusal):
    """The person does not belong to the household."""

    code = "not_a_member"


class ExclusivePrograms(Refusal):
    """One person would be in two programs that exclude each other."""

    code = "exclusive_programs"


class NoCheckBeforeEnrollment(Refusal):
    """Nobody checked the household before the decision."""

    code = "no_check_before_enrollment"


class SamePersonInvestigated(Refusal):
    """One person investigated and approves."""

    code = "same_person_investigated_and_approved"


class SamePersonProposed(Refusal):
    """One person proposed and approves."""

    code = "same_person_proposed_and_approved"


class SameHands(Refusal):
    """One person prepared, reviewed or approved the same batch."""

    code = "same_person_in_batch"


class TooFewInvestigators(Refusal):
    """A home visit takes at least two investigators."""

    code = "too_few_investigators"


class NotHeard(Refusal):
    """The household was not heard before relief is reduced, suspended or ended."""

    code = "not_heard"


class SplitIncomplete(Refusal):
    """A split leaves a member nowhere, or a household with nobody."""

    code = "split_incomplete"


class MergeWithItself(Refusal):
    """A household would be merged with, or split into, itself."""

    code = "merge_with_itself"


class StandardTooEarly(EffectiveTooEarly):
    """A standard would start before its predecessor does."""

    code = "standard_before_predecessor"


class MethodUnclear(Refusal):
    """A component names no known method, or not what its method needs."""

    code = "method_unclear"


class OverEntitlement(Refusal):
    """More would be paid for a component and month than is due."""

    code = "over_entitlement"


class LineMismatch(Refusal):
    """A bank's answer, a re-issue or a recovery does not fit its line."""

    code = "line_mismatch"


class BatchMismatch(Refusal):
    """The totals or the order of a batch do not fit."""

    code = "batch_mismatch"


class CannotAnnul(Refusal):
    """What is to be annulled is not there, is annulled, or is itself an annulment."""

    code = "cannot_annul"


class NoSuchCode(Refusal):
    """A code that the list of codes does not have; the message names those there are."""

    code = "no_such_code"


class NotAPeriod(Refusal):
    """A file would be owed for no period, or be due before its period's end."""

    code = "not_a_period"


class SourceMayNotReport(Refusal):
    """The source is not registered, or not for this kind of event."""

    code = "source_may_not_report"
