"""An error or a sentence in both languages that clerks and auditors read."""

from __future__ import annotations


class BadValue(ValueError):
    """A value cannot be understood. `zh` and `en` say what is wrong and what would be right,
    without quoting what may be personal."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
