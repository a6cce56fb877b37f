"""Which language a person reads, and the words of the command line in both."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.markup import escape

Lang = Literal["zh", "en"]


def language(asked: str | None) -> Lang:
    """What was asked for, else by the locale; Chinese where the locale says nothing of use."""
    if asked in ("zh", "en"):
        return asked  # type: ignore[return-value]
    for name in ("RELIEF_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value.lower().startswith("zh"):
            return "zh"
        if value.lower().startswith("en"):
            return "en"
    return "zh"


@dataclass(frozen=True)
class Voice:
    """Says things in one language, on the right stream."""

    lang: Lang
    out: Console
    err: Console

    def pick(self, zh: str, en: str) -> str:
        """The one of the two that is to be read."""
        return zh if self.lang == "zh" else en

    def say(self, zh: str, en: str) -> None:
        """A line to standard output; markup is meant."""
        self.out.print(self.pick(zh, en))

    def raw(self, text: str) -> None:
        """Text to standard output as it is, such as JSON."""
        self.out.file.write(text + "\n")

    def warn(self, zh: str, en: str) -> None:
        """A line to standard error, as plain text."""
        self.err.print(f"[red]{escape(self.pick(zh, en))}[/red]")


def voice(asked: str | None) -> Voice:
    """The voice for a language; width is the terminal's, 120 in a pipe."""
    piped = not sys.stdout.isatty()
    out = Console(width=120 if piped else None, highlight=False)
    return Voice(language(asked), out, Console(stderr=True, width=120 if piped else None))
