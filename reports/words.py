"""The names of codes as reports write them, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from domain.programs import FUNDS, PROGRAMS
from domain.reasons import REASONS
from reports.layout import Text

SEXES = {0: Text("未知", "unknown"), 1: Text("男", "male"), 2: Text("女", "female")}
NOT_STATED = Text("未说明", "not stated")
UNKNOWN = Text("(未知)", "(unknown)")
COUNTY = Text("全县", "county")
TOTAL = Text("合计", "total")


def program(code: str) -> Text:
    """A program as people call it."""
    found = PROGRAMS.get(code)
    return Text(found.zh, found.en) if found else Text(code, code)


def reason(code: str) -> Text:
    """A reason as clerks write it; the code in English."""
    return Text(REASONS.get(code, code), code) if code else Text("未注明", "none given")


def fund(code: str) -> Text:
    """A fund."""
    return Text(FUNDS.get(code, code), code) if code else UNKNOWN


def sex(code: int) -> Text:
    """As GB/T 2261.1 codes it."""
    return SEXES.get(code, NOT_STATED)


def town(code: str, towns: Mapping[str, str]) -> Text:
    """A town by the division table that the report carries."""
    name = towns.get(code, code)
    return Text(name, name) if code else UNKNOWN
