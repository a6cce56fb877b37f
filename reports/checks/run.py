"""Runs every applied rule of the packs over the whole population, once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from projections.event_ids import event_ids
from projections.moment import Moment
from reports.checks import (
    deadlines,
    duplicates,
    enrollment,
    payees,
    payments,
    procedure,
    temporary,
    upkeep,
)
from reports.checks.found import Finding, Found, key_of
from reports.checks.population import Population
from reports.rules.pack import Rule, RulePack

Check = Callable[[Population, Rule], Iterator[Found]]
CHECKS: Final[dict[str, Check]] = {
    "deadline": deadlines.deadline,
    "notice": procedure.notice,
    "heard": procedure.heard,
    "investigators": procedure.investigators,
    "published": procedure.published,
    "reasons": procedure.reasons,
    "check_before_decision": enrollment.check_before_decision,
    "separate_duties": enrollment.separate_duties,
    "starts_month_after": enrollment.starts_month_after,
    "exclusive": enrollment.exclusive,
    "one_household": enrollment.one_household,
    "relative": enrollment.relative,
    "over_limit": enrollment.over_limit,
    "recheck": upkeep.recheck,
    "unanswered": upkeep.unanswered,
    "paid_after_death": payments.paid_after_death,
    "paid_after_exit": payments.paid_after_exit,
    "amount": payments.amount,
    "paid_beyond": payments.paid_beyond,
    "unknown_reference": payments.unknown_reference,
    "duplicate": duplicates.duplicate,
    "returned_paid_again": duplicates.returned_paid_again,
    "paid_late": payees.paid_late,
    "shared_account": payees.shared_account,
    "payee": payees.payee,
    "custody": payees.custody,
    "fund_purpose": payees.fund_purpose,
    "below_limit": temporary.below_limit,
    "most_of_standard": temporary.most_of_standard,
}
"""Kind of rule → its check. A kind without one is told as not checked, never passed over."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A rule that was not applied, and why: `no_check`, or the step of which nothing is recorded."""

    rule: str
    rule_version: str
    pack: str
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    """All that was found, by rule, case and grounds; and what could not be judged."""

    findings: tuple[Finding, ...]
    unjudged: tuple[Unjudged, ...]
    applied: tuple[str, ...]
    """Versions of the rules that were applied."""


def check(
    connection: Connection,
    moment: Moment,
    packs: Sequence[RulePack],
    only: Collection[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Checked:
    """Every finding of the packs' applied rules (or of those named) at the moment.

    An audit test of practice steps back where a rule of law of the same kind found the same.
    """
    population = Population(connection, moment, packs[0].workdays)
    todo = [(p, r) for p in packs for r in p.rules if r.applied and (not only or r.id in only)]
    found: list[tuple[RulePack, Found]] = []
    unjudged = []
    for n, (pack, rule) in enumerate(todo, 1):
        apply = CHECKS.get(rule.kind)
        if apply is not None:
            found += [(pack, f) for f in apply(population, rule)]
        why = "no_check" if apply is None else population.silent.get(rule.version)
        if why is not None:
            unjudged.append(Unjudged(rule.id, rule.version, pack.id, why))
        if progress:
            progress(n, len(todo))
    findings = _findings(population, _stepped_back(found))
    left_out = {u.rule_version for u in unjudged}
    applied = tuple(r.version for _, r in todo if r.version not in left_out)
    return Checked(findings, tuple(unjudged), applied)


def _stepped_back(found: list[tuple[RulePack, Found]]) -> list[tuple[RulePack, Found]]:
    of_law = {_same(f) for _, f in found if f.rule.citation.law}
    return [(p, f) for p, f in found if f.rule.citation.law or _same(f) not in of_law]


def _same(f: Found) -> tuple[str, str, tuple[int, ...], str]:
    return f.rule.kind, f.says, f.about, f.mark


def _findings(population: Population, found: list[tuple[RulePack, Found]]) -> tuple[Finding, ...]:
    ids = event_ids(population.connection, (at for _, f in found for at in f.positions))
    made = [_finding(population, pack, f, ids) for pack, f in found]
    # Two paths to one finding (a merge of persons, say) are one finding.
    unique = {m.key: m for m in reversed(made)}
    return tuple(
        sorted(unique.values(), key=lambda m: (m.rule, m.rule_version, m.positions, m.key))
    )


def _finding(population: Population, pack: RulePack, f: Found, ids: dict[int, UUID]) -> Finding:
    key = key_of(f, tuple(ids[at] for at in f.about))
    town = f.town
    if not town and f.case_id:
        town = population.towns.on(f.case_id.bytes, population.today.toordinal())
    return Finding(
        key=key.hex(),
        rule=f.rule.id,
        rule_version=f.rule.version,
        pack=pack.id,
        pack_digest=pack.digest,
        severity=f.rule.severity,
        says=f.says,
        case_id=f.case_id,
        person_ids=f.person_ids,
        town=town,
        amount_fen=f.amount_fen,
        grounds=tuple(ids[at] for at in f.positions),
        positions=f.positions,
        facts=dict(f.facts),
    )
