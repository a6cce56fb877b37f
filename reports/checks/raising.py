"""Records what the checks found, once each, and closes what an annulment took the ground from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.events import UNBORN, Actor, FindingClosed, FindingFact, FindingRaised
from ledger.commands import Command, Draft
from ledger.ids import new_id
from ledger.service import Ledger
from projections.findings import RaisedFinding
from projections.moment import Moment
from reports.checks.found import KEY_BYTES, Finding
from reports.checks.run import Checked

AS_OF = "as_of"
"""Fact of a recorded finding: the day as of which it was found."""

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
    checked: Checked,
    moment: Moment,
    standing: Sequence[RaisedFinding],
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
    commands = [_raise(f, moment, on, actor, source) for f in checked.findings]
    receipt = ledger.report(commands, progress)
    closed = 0
    for f in losing_ground(checked, moment, standing):
        closed += _close(ledger, f, moment.as_at, on, actor, source)
    already = receipt.already + len(receipt.conflicts)
    return Raised(receipt.recorded, already, closed)


def _raise(f: Finding, moment: Moment, on: date, actor: Actor, source: str) -> Command:
    said = {"says": f.says, AS_OF: moment.as_of.isoformat(), **f.facts}
    event = FindingRaised(
        meta=UNBORN,
        key=bytes.fromhex(f.key),
        rule=f.rule,
        rule_version=f.rule_version,
        pack=f.pack,
        pack_digest=bytes.fromhex(f.pack_digest)[:KEY_BYTES],
        severity=f.severity,
        as_at=moment.as_at,
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
    checked: Checked, moment: Moment, standing: Sequence[RaisedFinding]
) -> list[RaisedFinding]:
    """Findings that rest on what was annulled since, and that their rule no longer finds.

    Only of rules that were applied just now, and as of no earlier day than they were found on:
    what was not asked, or not yet to be seen, is not gone.
    """
    still, applied = {f.key for f in checked.findings}, set(checked.applied)
    day = moment.as_of.isoformat()
    return [
        f
        for f in standing
        if f.grounds_annulled
        and f.state not in ENDED
        and f.key not in still
        and f.rule_version in applied
        and f.facts.get(AS_OF, day) <= day
    ]


def _close(
    ledger: Ledger, f: RaisedFinding, as_at: int, on: date, actor: Actor, source: str
) -> int:
    event = FindingClosed(UNBORN, "ground_annulled", as_at, f.grounds_annulled)
    draft = Draft(event, f.finding_id, on)
    command = Command(("finding-closed", f.key), "ground_annulled", [draft], actor, source)
    return ledger.decide(command).recorded
