"""What the ledger states of itself: how many entries each family has, and under which name it signs."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from domain.events import FAMILY_IDS, UNBORN, Actor, Event, FamilyHead, HeadsStated, OriginBegun
from evidence.checkpoints import SignedCheckpoint
from evidence.notes import VerifierKey, base64
from ledger.commands import Command, Draft, Receipt
from ledger.ids import new_id
from ledger.service import Ledger
from ledger.tables import LOG, heads

_NAMES = {number: name for name, number in FAMILY_IDS.items()}


def state_heads(ledger: Ledger, *, on: date, actor: Actor, source: str) -> Receipt:
    """Records how far every family has come. Repeated without an entry in between, it writes nothing."""
    with ledger.recorder.reading() as conn:
        ends = {row.family_id: row.position for row in conn.execute(select(heads))}
    position = ends.pop(LOG)
    last = ledger.recorder.read_entries(position - 1, 1)
    if last and last[0].topic == HeadsStated.topic:
        return Receipt(already=1)
    families = tuple(FamilyHead(_NAMES[f], at) for f, at in sorted(ends.items()))
    event = HeadsStated(meta=UNBORN, position=position, families=families)
    return _record(ledger, ("heads", str(position)), event, on, actor, source)


def state_origin(
    ledger: Ledger,
    verifier: VerifierKey,
    before: VerifierKey,
    last: SignedCheckpoint | None,
    *,
    on: date,
    actor: Actor,
    source: str,
) -> Receipt:
    """Records that checkpoints are signed under another name from here on; safe to repeat."""
    event = OriginBegun(
        meta=UNBORN,
        origin=verifier.name,
        verifier_key=str(verifier),
        previous_key=str(before),
        previous_size=last.checkpoint.size if last else 0,
        previous_root=base64(last.checkpoint.root) if last else "",
    )
    return _record(ledger, ("origin", str(verifier)), event, on, actor, source)


def _record(
    ledger: Ledger, key: tuple[str, ...], event: Event, on: date, actor: Actor, source: str
) -> Receipt:
    stream = ledger.find("log", ["log"]).get("log") or new_id()
    return ledger.decide(Command(key, "", [Draft(event, stream, on)], actor, source))
