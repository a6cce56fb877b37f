"""`new-origin`: goes on under a new name and key, where the log that was signed cannot be had any more.

1  a new key stands in its file             crash: a key that nothing uses
2  relief.toml names the new origin         crash before: the old one is still refused
3  OriginBegun is recorded, and names the last checkpoint of the old one
                                            crash before: recorded before anything is signed
"""

from __future__ import annotations

from pathlib import Path

from console.settings import change_origin, read_settings
from console.wiring import Relief, opened
from evidence.checkpoints import SignedCheckpoint
from ledger.ids import new_id
from ledger.signing_key import make_signing_key


def default_origin() -> str:
    """A name that nobody else has; `.invalid` because it is no address."""
    return f"relief-ledger.invalid/{new_id().hex[-12:]}"


def last_signed(relief: Relief) -> SignedCheckpoint | None:
    """The last checkpoint kept of the origin that ends."""
    return relief.checkpoints.newest() if relief.checkpoints else None


def begin(folder: Path, origin: str | None) -> SignedCheckpoint | None:
    """Switches to a new origin and signs the head under it. Raises Malformed for a bad name."""
    before = read_settings(folder).verifier_key
    key = make_signing_key(folder, origin or default_origin())
    change_origin(folder, key, before)
    with opened(folder) as relief:
        return relief.checkpoint()
