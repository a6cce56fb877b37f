"""What a report is: what it asks for, how it is answered, and how the answer is laid out.

The answer is canonical JSON (`Made.canonical`): with no personal data, and the same bytes from the
same ledger at the same two times, wherever it is made. Everything else is made of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from domain.wording import BadValue
from projections.canonical import canonical, plain
from projections.moment import Moment
from reports.layout import Bars, Document, Table, Text

FORMAT = 1
"""Of the envelope: a report of another format is not read."""

Parameters = Mapping[str, str]
Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """A kind of report."""

    name: str
    title: Text
    about: Text
    parameters: tuple[str, ...]
    """Which of `year`, `month`, `first`, `last` it takes."""
    ask: Callable[[Connection, Moment, Parameters], Content]
    """The answer from the views, as plain data. Nothing of it hangs on a clock."""
    lay_out: Callable[[Made], list[Table | Bars]]
    """The answer as tables and bars."""
    rules: Callable[[], str] = lambda: ""
    """Digest of the rule packs that it applies, hexadecimal; empty where it applies none."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What made a report, beside the ledger: stated in it, and needed to make it again."""

    program: str
    county: str
    towns: Mapping[str, str]
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Made:
    """A report that was made: its envelope as plain data."""

    envelope: Mapping[str, Any]

    @property
    def canonical(self) -> bytes:
        """The bytes that the same ledger yields for ever."""
        return canonical(dict(self.envelope))

    @property
    def content(self) -> Content:
        """The answer."""
        return dict(self.envelope["content"])

    @property
    def parameters(self) -> Mapping[str, str]:
        """What was asked."""
        return dict(self.envelope["parameters"])

    @property
    def towns(self) -> Mapping[str, str]:
        """Code → name, of the towns."""
        return dict(self.envelope["towns"])


def make(
    report: Report, connection: Connection, moment: Moment, parameters: Parameters, origin: Origin
) -> Made:
    """Asks, and puts the answer into its envelope. BadValue for parameters that are not its own."""
    if set(parameters) != set(report.parameters):
        wanted = ", ".join(report.parameters) or "—"
        raise BadValue(f"报表 {report.name} 的参数是 {wanted}", f"{report.name} takes {wanted}")
    answer = {
        "format": FORMAT,
        "report": report.name,
        "parameters": dict(parameters),
        "as_of": moment.as_of,
        "as_at": moment.as_at,
        "root": moment.root,
        "program": origin.program,
        "rules": report.rules(),
        "county": origin.county,
        "synthetic": origin.synthetic,
        "towns": dict(origin.towns),
        "content": report.ask(connection, moment, parameters),
    }
    return Made(plain(answer))


def read(raw: bytes) -> Made:
    """A report from its JSON, however it is spaced. BadValue for what is none."""
    try:
        found = json.loads(raw)
        if found["format"] != FORMAT or not isinstance(found["content"], dict):
            raise KeyError("format")
        for name in ("parameters", "towns"):
            if not all(isinstance(v, str) for v in found[name].values()):
                raise KeyError(name)
        plain(found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadValue("文件中没有报表数据", "the file holds no report of ours") from None
    return Made(found)


SYNTHETIC = Text("合成数据,非真实个案", "synthetic data, no real cases")


def document(report: Report, made: Made, checkpoint: str | None, key: str) -> Document:
    """The document of a made report; the checkpoint that covers it is printed with it."""
    said, answer = made.parameters, made.envelope
    asked = " · ".join(said[name] for name in report.parameters)
    mark = [(Text("数据", "data"), f"{SYNTHETIC.zh} / {SYNTHETIC.en}")]
    covered = [
        (Text("检查点", "checkpoint"), checkpoint or ""),
        (Text("验证密钥", "verifier key"), key),
    ]
    provenance = [
        (Text("报表", "report"), f"{report.name} {asked}".strip()),
        (Text("数据截至(业务日期)", "as of (a date in the world)"), str(answer["as_of"])),
        (Text("账本位置", "as at (a position of the log)"), str(answer["as_at"])),
        (Text("树根", "tree root"), str(answer["root"] or "")),
        (Text("规则包摘要", "digest of the rule pack"), str(answer["rules"])),
        (Text("程序", "program"), str(answer["program"])),
        *(mark if answer["synthetic"] else []),
        *(covered if checkpoint else []),
    ]
    subtitle = Text(f"{answer['county']}  {asked}", f"{answer['county']}  {asked}")
    return Document(report.title, subtitle, report.lay_out(made), provenance)
