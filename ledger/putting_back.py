"""Puts the entries of a backup into an empty database, by the function that every append goes through."""

from __future__ import annotations

from collections.abc import Callable
from time import time

from evidence.bundles import WHOLE, open_bundle
from evidence.errors import EvidenceError
from evidence.examine import Held, examine
from evidence.notes import parse_verifier_key
from ledger.backing_up import LOG, Backup
from ledger.database import writing
from ledger.errors import NotABackup
from ledger.recorder import ReliefApplicationRecorder

Progress = Callable[[int, int], None]


def check_log(backup: Backup) -> None:
    """Examines the log's bundle as an auditor would. Raises NotABackup."""
    try:
        key = parse_verifier_key(backup.verifier_key)
    except EvidenceError as e:
        raise NotABackup(f"备份中的验证密钥有误:{e.zh}", f"a wrong verifier key: {e.en}") from e
    verdict = examine(backup.folder / LOG, Held(int(time()), key))
    signed = verdict.signed
    whole = verdict.exit_code == 0 and signed is not None
    if not whole or signed is None or signed.checkpoint.size != backup.position:
        zh, en = verdict.sentence()
        raise NotABackup(f"备份中的账本未通过核验:{zh}", f"the backup's log: {en}")


def put_back(
    backup: Backup, recorder: ReliefApplicationRecorder, progress: Progress | None = None
) -> int:
    """Applies every entry; returns the position reached.

    A page a transaction: a crash leaves a shorter log, which goes on where it was. Raises NotABackup
    where the database holds something else.
    """
    applying = recorder.applying
    done = recorder.head().position
    if done > backup.position:
        raise NotABackup("目标数据库中已有更长的账本", "the database holds a longer log already")
    at = 0
    with open_bundle(backup.folder / LOG) as bundle:
        if bundle.scope.kind != WHOLE:
            raise NotABackup("备份中的账本不完整", "the backup's log is not whole")
        for page in bundle.entries():
            rest = page[max(0, done - at) :]
            if rest:
                with writing(recorder.engine) as conn:
                    applying.apply_after(conn, max(at, done), rest)
            at += len(page)
            if progress:
                progress(at, backup.position)
    return recorder.head().position
