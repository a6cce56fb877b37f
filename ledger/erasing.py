"""Erases a person: the event first, then the key.

    1  SubjectErased is durable in the log          crash before: nothing happened
    2  the vault: key overwritten, look-up removed  crash before: the next opening goes on here
    3  the vault's write-ahead log cut to nothing   crash before: as above
    4  the vault notes how far it has come          crash before: as above, to no harm

Steps 2 to 4 need nothing but the log and may be repeated, so `carry_out` runs whenever a ledger
is opened; a vault restored from a backup, or copied back by hand, loses its erased persons there.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.events import UNBORN, Actor, SubjectErased
from domain.oversight import erasure_ground
from domain.wording import BadValue
from ledger import vault_erasing
from ledger.commands import Command, Draft, Receipt
from ledger.erased import Erasure, erased_among, erasure_at, erasures_after
from ledger.recorder import ReliefApplicationRecorder
from ledger.service import Ledger
from ledger.vault import Vault

BATCH = 1000


def erase(
    ledger: Ledger,
    person_id: UUID,
    ground: str,
    *,
    on: date,
    actor: Actor,
    source: str,
    document: str | None = None,
) -> Receipt:
    """Records the erasure and destroys the person's key; again, it only sees that it is done.

    Who was registered twice is erased under both registrations, in one append.

    Raises BadValue for a ground that is no code or a person that nobody knows, VaultBusy where
    the last trace in the vault's file has to wait.
    """
    code = erasure_ground(ground)
    receipt = Receipt(already=1)
    waiting = [
        p for p in ledger.same_person().all_of(person_id) if not is_erased(ledger.recorder, p)
    ]
    if waiting:
        if not ledger.recorder.stream_heads([person_id]) and not ledger.vault.has_key(person_id):
            raise BadValue("账本中没有这个人", "the ledger does not know this person")
        drafts = [
            Draft(SubjectErased(UNBORN, person_id=p, reason=code), p, on, document=document)
            for p in waiting
        ]
        key = ("erase", *(p.hex for p in waiting))
        receipt = ledger.decide(Command(key, code, drafts, actor, source))
    carry_out(ledger.recorder, ledger.vault)
    return receipt


def is_erased(recorder: ReliefApplicationRecorder, person_id: UUID) -> bool:
    """True once the log says so."""
    with recorder.reading() as conn:
        return bool(erased_among(conn, [person_id]))


def carry_out(
    recorder: ReliefApplicationRecorder,
    vault: Vault,
    seconds: float = vault_erasing.SCRUB_SECONDS,
) -> int:
    """Destroys the keys of whoever the log says is erased; returns how many were to be done.

    Nothing to do costs two look-ups. Raises VaultBusy.
    """
    done, after = 0, _carried_out(recorder, vault)
    while pending := _pending(recorder, after):
        vault_erasing.destroy(vault, [e.person_id for e in pending])
        vault_erasing.scrub(vault, seconds)
        after = pending[-1].position
        vault_erasing.mark(vault, after, pending[-1].event_id)
        done += len(pending)
    return done


def _carried_out(recorder: ReliefApplicationRecorder, vault: Vault) -> int:
    """How far the vault is; from the beginning where it followed a log that is not this one."""
    noted = vault.state()
    if noted.erased_position == 0:
        return 0
    with recorder.reading() as conn:
        found = erasure_at(conn, noted.erased_position)
    same = found is not None and found.event_id == noted.erased_event
    return noted.erased_position if same else 0


def _pending(recorder: ReliefApplicationRecorder, after: int) -> list[Erasure]:
    with recorder.reading() as conn:
        return erasures_after(conn, after, BATCH)
