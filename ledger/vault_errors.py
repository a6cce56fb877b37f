"""What can go wrong in the vault. No message quotes anything personal.

VaultError
├── WrongMasterKey, UnsafeKeyFile     the key file is not the one, or open to others
├── Erased                            the person's key was destroyed, for good
├── NoKey                             the vault never had a key for the person
├── SealBroken                        the sealed bytes were altered, or are another's
├── VaultChanged                      restored or under a new master key meanwhile: start again
├── VaultBusy                         another program reads the vault: close it, run again
└── NotThisVault                      a backup that may not take this vault's place
"""

from __future__ import annotations

from ledger.errors import LedgerError


class VaultError(LedgerError):
    """Base: the vault cannot do what is asked. Quotes nothing personal."""


class WrongMasterKey(VaultError):
    """The master key is not this vault's."""


class UnsafeKeyFile(VaultError):
    """Others than the owner can read the master key."""


class Erased(VaultError):
    """The person's key is gone: what was sealed under it cannot be read any more."""


class NoKey(VaultError, LookupError):
    """The vault has no key for this person: an older vault than the log, or a mistake."""


class SealBroken(VaultError):
    """The sealed bytes were altered, or belong to another event, person or field."""


class VaultChanged(VaultError):
    """Another process put a restored vault or a new master key in place."""


class VaultBusy(VaultError):
    """Other programs have the vault open, so its file cannot be cleaned or replaced."""


class NotThisVault(VaultError):
    """The file may not take the vault's place."""


def changed() -> VaultChanged:
    """The vault is not the one that was opened."""
    return VaultChanged(
        "保管库已被恢复或更换了主密钥;未写入任何内容,请重新运行",
        "the vault was restored or has a new master key since it was opened; "
        "nothing was written, run the command again",
    )
