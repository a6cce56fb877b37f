"""Cases that a bulk decision could not take or has something to say about: on screen and as CSV."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from rich.markup import escape
from rich.table import Table

from console.language import Voice
from domain import adjustment, arrears
from domain.divisions import Divisions
from domain.money import format_yuan

LEFT, SAME_PERSON, CONFLICT = "left_since", "same_person", "recorded_otherwise"
PAID_ALREADY, NOBODY, SUSPENDED = "paid_already", "nobody_left", "suspended"
SHOWN = 20
"""Cases on the screen; the file has all of them."""


@dataclass(frozen=True)
class Listed:
    """A case that somebody has to look at, and why. `fen`: the sum in question, where there is one."""

    case_id: UUID
    town: str
    reason: str
    component: str = ""
    month: str = ""
    fen: int = 0


REASONS: Final[Mapping[str, tuple[str, str]]] = {
    adjustment.METHOD_UNKNOWN: (
        "原决定未注明计算方式;请先单独调整并注明差额、分档或按人",
        "its decision names no method; adjust it singly and name one (difference, grade, per_person)",
    ),
    adjustment.INCOME_UNKNOWN: (
        "按差额计算但未记录人均收入;请先单独调整并注明收入",
        "by difference, and no income per head is recorded; adjust it singly and name the income",
    ),
    adjustment.PERSONS_CHANGED: (
        "保障人数与原决定计算人数不同(死亡、减员或增员后未调整);请先办理该户变更",
        "covered persons differ from those it was reckoned for; decide on that change first",
    ),
    adjustment.AMOUNT_DIFFERS: (
        "现金额与所注明的标准和方式算不出;请核实后单独调整",
        "its amount does not follow from the standard and method it names; look at it, adjust singly",
    ),
    adjustment.NOTHING_LEFT: (
        "按新标准应发为零;应听取陈述后决定退出",
        "nothing is due under the new standard; hear the household and decide on the exit",
    ),
    adjustment.NOT_DUE: (
        "所涉月份中有未享受的月份;请单独办理",
        "nothing is due in some of the months; decide singly",
    ),
    LEFT: (
        "该月之后已退出,不在批量调整之列;如应补发请单独决定",
        "it left since that month; if it is owed arrears, decide singly",
    ),
    SAME_PERSON: (
        "审批人曾调查该户,应由他人审批",
        "the approver investigated this household; somebody else must approve",
    ),
    CONFLICT: (
        "该户的同一调整已以不同内容记录过",
        "the same adjustment stands recorded with other content",
    ),
    PAID_ALREADY: (
        "该月的价格补贴已在另一批次列入",
        "the price subsidy of that month is in another batch already",
    ),
    NOBODY: (
        "当日已无保障对象(死亡或减员后未办理退出)",
        "nobody is covered on the day (a death or a departure that was not decided on)",
    ),
    SUSPENDED: (
        "该月处于暂停发放;恢复后再补",
        "payment is suspended in that month; pay it once it is resumed",
    ),
    "not_heard": (
        "金额降低,应先听取当事人陈述(社会救助法第四十八条)",
        "it is a reduction: hear the household first (Social Relief Law art. 48)",
    ),
    arrears.OVERPAID: (
        "该月此前已多发,差额不补;多发部分请另行决定(追回或抵扣)",
        "that month was overpaid before: no arrears proposed; decide on the excess (recall or offset)",
    ),
    arrears.PAID_ABOVE: (
        "该月已发金额高于新标准;不自动抵扣,请另行决定",
        "that month was paid above the new amount: nothing is offset; decide on it",
    ),
    arrears.UNCLEAR: (
        "与此前补发合计将超过应发;请核实后单独补发",
        "with earlier back-payments it would go beyond what is due; look at it, pay singly",
    ),
}


def sentence(reason: str, speak: Voice) -> str:
    """Why, in a sentence; a refusal's code where it is a rule that has none here."""
    return speak.pick(*REASONS.get(reason, (reason, reason)))


def show(
    listed: Sequence[Listed], title: tuple[str, str], divisions: Divisions, speak: Voice
) -> None:
    """How many for each reason, and the first of them."""
    if not listed:
        return
    speak.say(f"[bold]{escape(title[0])}[/bold]", f"[bold]{escape(title[1])}[/bold]")
    for reason, number in Counter(item.reason for item in listed).most_common():
        said = escape(sentence(reason, speak))
        speak.say(f"  {number:,} × {said}", f"  {number:,} × {said}")
    table = Table(box=None)
    for zh, en in (("户编号", "case"), ("镇街", "town"), ("原因", "reason"), ("构成", "component"),
                   ("月份", "month"), ("金额", "amount")):  # fmt: skip
        table.add_column(speak.pick(zh, en), no_wrap=True)
    for item in listed[:SHOWN]:
        table.add_row(
            str(item.case_id),
            divisions.name_of(item.town) if item.town else "",
            item.reason,
            item.component,
            item.month,
            format_yuan(item.fen) if item.fen else "",
        )
    speak.out.print(table)
    if len(listed) > SHOWN:
        speak.say(f"  ……另有 {len(listed) - SHOWN:,} 户,见 --csv 文件",
                  f"  … and {len(listed) - SHOWN:,} more; see the --csv file")  # fmt: skip


def write_csv(path: Path, listed: Sequence[Listed], divisions: Divisions, speak: Voice) -> None:
    """All of them, one a row. FileExistsError where the file exists: nothing is overwritten."""
    header = [
        speak.pick("户编号", "case"),
        speak.pick("镇乡(街道)", "town"),
        speak.pick("原因代码", "reason"),
        speak.pick("说明", "what to do"),
        speak.pick("构成", "component"),
        speak.pick("月份", "month"),
        speak.pick("金额(元)", "CNY"),
    ]
    # With a BOM, so that Excel reads Chinese.
    with path.open("x", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for item in listed:
            town = divisions.name_of(item.town) if item.town else ""
            fen = format_yuan(item.fen).replace(",", "") if item.fen else ""
            said = sentence(item.reason, speak)
            writer.writerow(
                [item.case_id, town, item.reason, said, item.component, item.month, fen]
            )
