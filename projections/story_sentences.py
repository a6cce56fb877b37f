"""What each event of a case's story says, as a plain sentence in Chinese and English.

`{name}` is a field of the event, or `on`, `from`, `document` of what every event carries;
`[…]` falls away where a field inside it is empty. Persons are named by whoever shows the story.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from domain.money import format_yuan
from domain.programs import FUNDS, PROGRAMS
from projections.case_story import StoryRow, all_said
from projections.story_words import words_of

Lang = Literal["zh", "en"]
NameOf = Callable[[UUID], str]
TownOf = Callable[[str], str]
_TOWNS: Final = ("to_town", "registered_in", "lives_in", "town")

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    # -- the household and its members
    "registry.HouseholdFormed": (
        "立户,户主 {head_id}[,{size} 人][,由户 {split_from} 分出][,{resolved?尚未核实}]",
        "the file is opened, headed by {head_id}[, {size} persons][, split from household"
        " {split_from}][, {resolved?not verified yet}]",
    ),
    "registry.MemberJoined": (
        "{person_id} 自 {from} 起为成员[({relation})][,{reason}]",
        "{person_id} is a member from {from}[ ({relation})][, {reason}]",
    ),
    "registry.MemberLeft": (
        "{person_id} 自 {from} 起不再是成员[,{reason}]",
        "{person_id} is no member from {from}[, {reason}]",
    ),
    "registry.MemberWentAway": (
        "{person_id} 自 {from} 起不在家居住:{reason}[,预计 {expected_back} 返回];仍是成员",
        "{person_id} is away from {from}: {reason}[, expected back {expected_back}]; still a member",
    ),
    "registry.MemberCameBack": (
        "{person_id} 自 {from} 起回家居住",
        "{person_id} is home again from {from}",
    ),
    "registry.HeadChanged": (
        "自 {from} 起户主为 {head_id}[,{reason}]",
        "{head_id} heads the household from {from}[, {reason}]",
    ),
    "registry.HouseholdSplit": (
        "分户:{leaving} 自 {from} 起分出,另立户 {new_household_id};{staying} 留下[,{reason}]",
        "split: {leaving} leave from {from} and form household {new_household_id}; {staying} stay"
        "[, {reason}]",
    ),
    "registry.HouseholdMerged": (
        "自 {from} 起并入户 {into_household_id},本户关闭[,{reason}]",
        "merged into household {into_household_id} from {from}; this file is closed[, {reason}]",
    ),
    "registry.HouseholdAbsorbed": (
        "户 {from_household_id} 自 {from} 起并入本户",
        "household {from_household_id} became part of this one from {from}",
    ),
    "registry.HouseholdMoved": (
        "自 {from} 起迁入 {to_town}[ {to_village}]",
        "moved to {to_town}[ {to_village}] from {from}",
    ),
    "registry.ResidenceRecorded": (
        "户籍 {registered_in},居住 {lives_in}[,{apart?人户一致}]",
        "registered in {registered_in}, living in {lives_in}[, {apart?which is one place}]",
    ),
    "registry.OfficialRelativeDeclared": (
        "{person_id} 备案为经办人员 {official} 的近亲属({relation})[,{organization}]",
        "{person_id} is declared a near relative ({relation}) of the official {official}"
        "[, {organization}]",
    ),
    "registry.PersonDied": (
        "{stream_id} 于 {on} 死亡[,{reported_on} 上报]",
        "{stream_id} died on {on}[, reported on {reported_on}]",
    ),
    "registry.PersonMerged": (
        "{stream_id} 与 {into_person_id} 为同一人的重复登记,保留后者[,{reason}]",
        "{stream_id} and {into_person_id} are one human; the latter registration goes on"
        "[, {reason}]",
    ),
    "oversight.SubjectErased": (
        "{person_id} 的个人信息已删除({reason});决定与金额不变",
        "the personal data of {person_id} is erased ({reason}); decisions and money stay",
    ),
    # -- application and procedure
    "intake.ApplicationReceived": (
        "{applicant_id} 申请{program}[,{urgent!急难}]",
        "{applicant_id} applied for {program}[, {urgent!urgent}]",
    ),
    "intake.ApplicationAccepted": ("申请已受理", "the application is accepted"),
    "intake.AuthorizationGiven": (
        "{person_ids} 授权核对家庭经济状况",
        "{person_ids} authorized the cross-check",
    ),
    "intake.PapersRequested": (
        "一次性告知补正材料:{papers}[,{due_on} 前]",
        "papers asked for: {papers}[, by {due_on}]",
    ),
    "intake.PapersSupplied": ("补交材料:{papers}", "papers handed in: {papers}"),
    "intake.ApplicationWithdrawn": (
        "申请撤回[:{reason}]",
        "the application is withdrawn[: {reason}]",
    ),
    "intake.WarningRaised": (
        "预警:{kind}[,涉及 {person_id}][,{due_on} 前处置]",
        "warning: {kind}[, about {person_id}][, to be looked into by {due_on}]",
    ),
    "intake.WarningClosed": ("预警处置:{outcome}", "the warning was looked into: {outcome}"),
    "intake.AppealFiled": (
        "[{filed_by} ]提出{kind},不服[{against_event_id}的]决定[({program})][,由 {body} 受理]",
        "{kind} filed[ by {filed_by}] against the decision[ of {against_event_id}][ ({program})]"
        "[, before {body}]",
    ),
    "intake.AppealDecided": ("申诉结果:{outcome}", "the appeal ended: {outcome}"),
    "verification.CrossCheckCompleted": (
        "{person_id} 经济状况核对:{result}[,人均月收入 {income_per_head_fen} 元]",
        "cross-check of {person_id}: {result}[, {income_per_head_fen} CNY a head and month]",
    ),
    "verification.DirectoryCompared": (
        "{person_id} 与共享目录({directory})比对:{result}",
        "{person_id} compared with the directory {directory}: {result}",
    ),
    "verification.HomeVisited": (
        "入户调查({investigators}):{conclusion}[,{signed?未签字}]",
        "home visit by {investigators}: {conclusion}[, {signed?not signed}]",
    ),
    "verification.NeighborsAsked": (
        "邻里访问({investigators}):{conclusion}",
        "neighbors asked by {investigators}: {conclusion}",
    ),
    "verification.AppraisalHeld": (
        "民主评议({program}):{attending} 人参加,{in_favor} 人同意,{conclusion}",
        "appraisal ({program}): {attending} attended, {in_favor} in favor, {conclusion}",
    ),
    "verification.NoticePosted": (
        "公示({program}),至 {until} 前[,{place}]",
        "public notice ({program}) until before {until}[, {place}]",
    ),
    "verification.ObjectionRaised": (
        "公示期间提出异议({program}):{ground}",
        "an objection was raised ({program}): {ground}",
    ),
    "verification.ObjectionResolved": (
        "异议处理完毕:[{upheld!异议成立}][{upheld?异议不成立}]",
        "the objection was resolved: [{upheld!it was right}][{upheld?it was not right}]",
    ),
    "verification.OpinionGiven": (
        "乡镇审核意见({program}):{opinion}[,{reason}][,县级 {received_on} 收到]",
        "the town's opinion ({program}): {opinion}[, {reason}][, with the county on {received_on}]",
    ),
    "verification.SelfCareAssessed": (
        "{person_id} 生活自理能力评估:{level}[,{points_failed} 项未达标][,{reassessed!复评}]",
        "self-care of {person_id}: {level}[, {points_failed} points not met]"
        "[, {reassessed!assessed again}]",
    ),
    "verification.PersonHeard": (
        "[{person_id} ]已就拟作决定({program},{proposal})陈述意见[,{contested!有异议}]",
        "[{person_id} ]was heard on the proposal ({program}, {proposal})[, {contested!objects}]",
    ),
    # -- decisions
    "enrollment.Enrolled": (
        "批准{program}:{covered}[,{components}],自 {from} 起[,至 {until} 前][,审批 {approved_by}]",
        "{program} granted: {covered}[, {components}], from {from}[, until before {until}]"
        "[, approved by {approved_by}]",
    ),
    "enrollment.Refused": ("不予批准{program}:{reasons}", "{program} refused: {reasons}"),
    "enrollment.Adjusted": (
        "{program}自 {from} 起调整为 {components}[,{reason}]",
        "{program} is {components} from {from}[, {reason}]",
    ),
    "enrollment.MemberCovered": (
        "{person_id} 增为{program}保障对象[,{reason}]",
        "{person_id} is covered by {program} as well[, {reason}]",
    ),
    "enrollment.Suspended": (
        "{program}自 {from} 起暂停发放,身份保留:{reason}",
        "{program} is not paid from {from}, the status stays: {reason}",
    ),
    "enrollment.Resumed": (
        "{program}自 {from} 起恢复发放[,{reason}]",
        "{program} is paid again from {from}[, {reason}]",
    ),
    "enrollment.Switched": (
        "{covered} 由{from_program}转入{program}[:{components}],自 {from} 起发放;"
        "[留在{from_program}者 {remaining};]不计退出[,至 {until} 前][,{reason}]",
        "{covered} went from {from_program} to {program}[: {components}], paid from {from};"
        "[ who stays in {from_program}: {remaining};] no exit[, until before {until}][, {reason}]",
    ),
    "enrollment.FadeOutStarted": (
        "{program}进入渐退期,发至 {until} 前[:{reason}]",
        "{program} fades out, paid until before {until}[: {reason}]",
    ),
    "enrollment.Extended": (
        "{program}有效期延至 {until} 前[,{reason}]",
        "{program} is extended until before {until}[, {reason}]",
    ),
    "enrollment.Reinstated": (
        "恢复{program}:{covered}[,{components}],自 {from} 起[,至 {until} 前][,{reason}]"
        "[,纠正{decision_event_id}]",
        "{program} reinstated: {covered}[, {components}], from {from}[, until before {until}]"
        "[, {reason}][, putting {decision_event_id} right]",
    ),
    "enrollment.HandedOver": (
        "{covered} 的{program}随转至户 {to_household_id},自 {from} 起[;留下者 {remaining}]",
        "{program} of {covered} goes to household {to_household_id} from {from}"
        "[; who stays: {remaining}]",
    ),
    "enrollment.CarriedOver": (
        "{covered} 的{program}自户 {from_household_id} 转来,自 {from} 起[:{components}]"
        "[,至 {until} 前]",
        "{program} of {covered} comes from household {from_household_id} from {from}"
        "[: {components}][, until before {until}]",
    ),
    "enrollment.Published": (
        "[{decision_event_id}的]决定已公布({program})[,{place}][,至 {until} 前]",
        "the decision[ of {decision_event_id}] is published ({program})[, {place}]"
        "[, until before {until}]",
    ),
    "enrollment.Delivered": (
        "[{decision_event_id}的]决定已送达({program})[,{manner}][,{received_by} 签收]",
        "the decision[ of {decision_event_id}] was delivered ({program})[, {manner}]"
        "[, taken by {received_by}]",
    ),
    "exit.Exited": (
        "停止{program}:{reason},自 {from} 起不再发放",
        "{program} ended: {reason}, nothing is payable from {from}",
    ),
    "exit.MemberUncovered": (
        "{person_id} 不再是{program}保障对象:{reason}",
        "{person_id} is no longer covered by {program}: {reason}",
    ),
    # -- money
    "disbursement.PaymentAuthorized": (
        "批准发放{program} {amount_fen} 元({parts}),{fund}",
        "{amount_fen} CNY authorized for {program} ({parts}), {fund}",
    ),
    "disbursement.PaymentPaid": ("银行已发放 {amount_fen} 元", "the bank paid {amount_fen} CNY"),
    "disbursement.PaymentReturned": (
        "退回 {amount_fen} 元:{outcome}[,{reason}]",
        "{amount_fen} CNY returned: {outcome}[, {reason}]",
    ),
    "disbursement.PaymentReissued": ("重发 {amount_fen} 元", "{amount_fen} CNY sent again"),
    "disbursement.PaymentRecalled": (
        "责令退回 {amount_fen} 元[:{reason}][,{due_on} 前]",
        "{amount_fen} CNY demanded back[: {reason}][, by {due_on}]",
    ),
    "disbursement.PaymentRecovered": (
        "已追回 {amount_fen} 元[:{reason}]",
        "{amount_fen} CNY recovered[: {reason}]",
    ),
    "disbursement.CustodyAgreed": (
        "{person_id} 的存折由 {custodian}({capacity})代管[,至 {until} 前]",
        "the bank book of {person_id} is kept by {custodian} ({capacity})[, until before {until}]",
    ),
    "disbursement.CustodyEnded": (
        "{person_id} 存折代管终止[:{reason}]",
        "the bank book of {person_id} is kept no longer[: {reason}]",
    ),
}
"""Family and name of a topic → what it says. `{name!…}` says the words where the field is true,
`{name?…}` where it is false."""
ANNULLED: Final = (
    "撤销[{annulled_event_id}]:{reason}",
    "annulled[: {annulled_event_id}]: {reason}",
)


def story_sentence(
    row: StoryRow,
    language: Lang,
    name_of: NameOf,
    town_of: TownOf = str,
    others: Iterable[StoryRow] = (),
) -> str:
    """What the entry says; of `others`, the entries of the story that it may name. A topic without
    a sentence of its own: empty, the data says it."""
    short = row.topic.removeprefix("relief.")
    texts = ANNULLED if short.endswith(".Annulled") else SENTENCES.get(short)
    if texts is None:
        return ""
    values = _values(row, language, name_of)
    values.update(_entries(row, language, others))
    values.update({name: town_of(row.data[name]) for name in _TOWNS if row.data.get(name)})
    text = texts[0] if language == "zh" else texts[1]
    kept = re.sub(r"\[([^\]]*)\]", lambda m: _kept(m.group(1), values), text)
    said = re.sub(_FIELD, lambda m: _filled(m, values), kept)
    return f"{said}({values['document']})" if values["document"] else said


_FIELD = re.compile(r"\{(\w+)(?:([?!])([^}]*))?\}")


def _kept(part: str, values: Mapping[str, str]) -> str:
    """The part, or nothing where one of its fields is empty."""
    return part if all(_filled(m, values) for m in _FIELD.finditer(part)) else ""


def _filled(found: re.Match[str], values: Mapping[str, str]) -> str:
    name, asks, words = found.groups()
    if asks is None:
        return values.get(name, "")
    return words if values.get(name) == ("true" if asks == "!" else "false") else ""


def _values(row: StoryRow, language: Lang, name_of: NameOf) -> dict[str, str]:
    values = {name: _said(name, value, language, name_of) for name, value in all_said(row).items()}
    values["stream_id"] = name_of(row.stream_id)
    values["on"] = row.occurred_on.isoformat()
    values["from"] = (row.effective_from or row.occurred_on).isoformat()
    values["document"] = row.document or ""
    return values


def _entries(row: StoryRow, language: Lang, others: Iterable[StoryRow]) -> dict[str, str]:
    """Fields that name another entry: where that stands, and when it happened."""
    wanted = {value: name for name, value in row.data.items() if name.endswith("event_id")}
    found = dict.fromkeys(wanted.values(), "")
    for other in others:
        if other.event_id in wanted:
            zh = f"第 {other.position} 条({other.occurred_on})"
            en = f"entry {other.position} ({other.occurred_on})"
            found[wanted[other.event_id]] = zh if language == "zh" else en
    return found


def _said(name: str, value: Any, language: Lang, name_of: NameOf) -> str:
    if value in (None, "", [], ()):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        said = [_said(name, item, language, name_of) for item in value]
        return ("、" if language == "zh" else ", ").join(said)
    if isinstance(value, UUID):
        return (
            str(value) if name.endswith("household_id") or name == "split_from" else name_of(value)
        )
    if isinstance(value, dict):
        return _structured(name, value, language, name_of)
    if isinstance(value, int):
        return format_yuan(value) if name.endswith("_fen") else str(value)
    if isinstance(value, date):
        return value.isoformat()
    return _coded(name, str(value), language)


def _coded(name: str, code: str, language: Lang) -> str:
    if name in ("program", "from_program") and code in PROGRAMS:
        return PROGRAMS[code].zh if language == "zh" else PROGRAMS[code].en
    if language == "en":
        return code
    return FUNDS.get(code, code) if name == "fund" else words_of(code)


def _structured(name: str, value: Mapping[str, Any], language: Lang, name_of: NameOf) -> str:
    """An actor by his code; a component or a part of a payment with its sum and months."""
    if "id" in value:
        return str(value["id"])
    code = _coded("code", str(value.get("code") or value.get("component") or ""), language)
    kind = value.get("kind")
    if kind and kind != "regular":
        code = f"{code} {_coded('kind', str(kind), language)}"
    whose = value.get("person_id")
    of = f"({name_of(whose)})" if whose is not None else ""
    unit = " 元" if language == "zh" else " CNY"
    months = _months(value)
    return f"{months}{code}{of} {format_yuan(value['amount_fen'])}{unit}"


def _months(value: Mapping[str, Any]) -> str:
    first, last = value.get("first_month"), value.get("last_month")
    if last is None:
        return ""
    return f"{last} " if first in (None, last) else f"{first}–{last} "
