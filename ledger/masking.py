"""Masks what is personal, for eyes that have no right to see it: 张**, 330681************."""

from __future__ import annotations


def mask_name(name: str) -> str:
    """The first character stays; the rest are stars (two at most, so that length says little)."""
    return name[:1] + "*" * min(2, max(1, len(name) - 1)) if name else ""


def mask_identity(number: str) -> str:
    """The division stays: 330681************."""
    return number[:6] + "*" * 12


def mask_account(account: str) -> str:
    """The last four stay."""
    return "*" * max(0, len(account) - 4) + account[-4:] if len(account) > 8 else "*" * len(account)
