"""What can go wrong on the read side, sorted by what the caller does next.

ViewsError
├── NotCaughtUp       catch up, then ask again
├── ViewsUnavailable  locked, unreachable, no room: nothing was written, try again
├── ViewsReplaced     another program rebuilt these views in its own format: start again
├── ViewsUnfit        another program's database, or damaged: name another place
└── LogDiffers        stop: the log lost entries, or these views are another ledger's
"""

from __future__ import annotations


class ViewsError(Exception):
    """`zh` and `en` say what is wrong and what to do; no personal data."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class NotCaughtUp(ViewsError):
    """The question is about entries that the views have not read yet."""


class ViewsReplaced(ViewsError):
    """The views have another format than when they were opened."""


class LogDiffers(ViewsError):
    """The log is shorter than what was read from it, has a gap, or is another one."""


class ViewsUnavailable(ViewsError):
    """The views' database is locked, unreachable, full or closed to us; nothing was written."""


class ViewsUnfit(ViewsError):
    """The place named for the views holds something else, or cannot be read."""
