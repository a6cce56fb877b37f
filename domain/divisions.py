"""The division table: towns by code and by the names that files use for them.

The table is a value that another county hands in; Zhuji's (GB/T 2260 county 330681, towns as of
2024-11) is the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_ZHUJI = {
    "001": "暨阳街道",
    "002": "浣东街道",
    "003": "陶朱街道",
    "004": "暨南街道",
    "005": "大唐街道",
    "102": "应店街镇",
    "103": "次坞镇",
    "104": "店口镇",
    "106": "姚江镇",
    "108": "山下湖镇",
    "109": "枫桥镇",
    "110": "赵家镇",
    "111": "马剑镇",
    "112": "五泄镇",
    "115": "牌头镇",
    "116": "同山镇",
    "117": "安华镇",
    "119": "璜山镇",
    "120": "陈宅镇",
    "121": "岭北镇",
    "122": "浬浦镇",
    "124": "东白湖镇",
    "201": "东和乡",
}
TOWNS: Final[dict[str, str]] = {f"330681{code}": name for code, name in _ZHUJI.items()}
SUFFIXES = ("街道办事处", "街道", "镇", "乡")


@dataclass(frozen=True)
class Divisions:
    """The towns of one county."""

    county: str = "诸暨市"
    towns: Mapping[str, str] = field(default_factory=lambda: dict(TOWNS))
    _by_name: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for code, name in self.towns.items():
            for form in (code, name, _short(name)):
                self._by_name.setdefault(form, code)

    def code_of(self, text: str) -> str | None:
        """The town's code for its code, its name, or its name without 街道/镇/乡 or with the
        county or province before it; None where it is no town of this county."""
        found = self._by_name.get(text)
        if found is not None:
            return found
        bare = "".join(text.split())
        for prefix in ("浙江省", "绍兴市", self.county):
            bare = bare.removeprefix(prefix)
        return self._by_name.get(bare) or self._by_name.get(_short(bare))

    def name_of(self, code: str) -> str:
        """The town's name; the code itself where the table does not know it."""
        return self.towns.get(code, code)


def _short(name: str) -> str:
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name.removesuffix(suffix)
    return name
