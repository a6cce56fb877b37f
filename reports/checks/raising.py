"""Records what the checks found, once each, and closes what an annulment took the ground from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

from domain.events import UNBORN, Actor, FindingClosed, FindingFact, FindingRaised
from ledger.commands import Command, Draft
from ledger.ids import new_id
from ledger.service import Ledger
from projections.findings import RaisedFinding
from reports.checks.found import KEY_BYTES, Finding

ENDED = ("overridden", "closed")
"""States that nothing follows (`domain.judging.findings`)."""


@dataclass(frozen=True, slots=True)
class Raised:
    """What became of the findings of a run."""

    raised: int
    already: int
    closed: int


def raise_findings(
    ledger: Ledger,
    findings: Sequence[Finding],
    standing: Sequence[RaisedFinding],
    as_at: int,
    *,
    on: date,
    actor: Actor,
    source: str,
    progress: Callable[[int, int], None] | None = None,
) -> Raised:
    """Raises every finding that was not raised before; closes those whose ground was annulled.

    A finding's command is named by its key, so that a run that was stopped half-way, or a second
    process, raises nothing twice. Crash between the two steps: the next run closes what is left.
    """
    commands = [_raise(f, as_at, on, actor, source) for f in findings]
    receipt = ledger.report(commands, progress)
    closed = _close(ledger, findings, standing, as_at, on, actor, source)
    already = receipt.already + len(receipt.conflicts)
    return Raised(receipt.recorded, already, closed)


def _raise(f: Finding, as_at: int, on: date, actor: Actor, source: str) -> Command:
    said = {"says": f.says, **f.facts}
    event = FindingRaised(
        meta=UNBORN,
        key=bytes.fromhex(f.key),
        rule=f.rule,
        rule_version=f.rule_version,
        pack=f.pack,
        pack_digest=bytes.fromhex(f.pack_digest)[:KEY_BYTES],
        severity=f.severity,
        as_at=as_at,
        grounds=f.grounds,
        facts=tuple(FindingFact(name, str(value)) for name, value in said.items()),
        case_id=f.case_id,
        person_ids=f.person_ids,
        town=f.town,
        amount_fen=f.amount_fen,
    )
    # The key says all: facts that grow (one more month paid) make no other finding of it.
    return Command(("finding", f.key), f.key, [Draft(event, new_id(), on)], actor, source)


def losing_ground(
    found: Collection[Finding], standing: Sequence[RaisedFinding]
) -> list[RaisedFinding]:
    """Findings that stand, rest on what was annulled since, and are no longer found."""
    still = {f.key for f in found}
    return [
        f for f in standing if f.grounds_annulled and f.state not in ENDED and f.key not in still
    ]


def _close(
    ledger: Ledger,
    found: Sequence[Finding],
    standing: Sequence[RaisedFinding],
    as_at: int,
    on: date,
    actor: Actor,
    source: str,
) -> int:
    closed = 0
    for f in losing_ground(found, standing):
        event = FindingClosed(UNBORN, "ground_annulled", as_at, f.grounds_annulled)
        draft = Draft(event, f.finding_id, on)
        command = Command(("finding-closed", f.key), "ground_annulled", [draft], actor, source)
        closed += ledger.decide(command).recorded
    return closed
