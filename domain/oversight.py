"""Roles and reasons for opening what is sealed, and legal grounds for erasing a person.

Codes, since what stands plain in an event may name nobody. Words of one's own are possible
for a reveal, where they are sealed; an erasure destroys the key that would seal them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.wording import BadValue

ROLES: Final[dict[str, str]] = {
    "caseworker": "经办人",
    "reviewer": "审核人",
    "approver": "审批人",
    "payments": "发放人员",
    "auditor": "审计人员",
    "supervisor": "监督检查人员",
    "privacy_officer": "个人信息保护负责人",
}
REVEAL_REASONS: Final[dict[str, str]] = {
    "verification": "核对身份",
    "payment": "核对发放",
    "complaint": "信访投诉",
    "audit": "审计",
    "inspection": "监督检查",
    "court": "司法协助",
    "subject_request": "本人申请",
    "correction": "更正信息",
}
OWN_WORDS: Final = "other"
"""The reason was given in words of one's own, which are sealed."""
ERASURE_GROUNDS: Final[dict[str, str]] = {
    "purpose_achieved": "处理目的已实现",
    "retention_expired": "保存期限已届满",
    "consent_withdrawn": "撤回同意",
    "unlawful_processing": "违法处理",
    "registered_in_error": "登记错误",
    "authority_order": "法院或主管机关决定",
}
"""As in article 47 of the Personal Information Protection Law."""


OUTSIDE_LISTS: Final[dict[str, str]] = {
    "deaths": "死亡名单",
    "vehicles": "车辆登记",
    "companies": "工商登记",
    "payroll": "财政供养或工资名册",
}
"""Lists from outside that identity numbers may be looked up for."""


def outside_list(text: str | None) -> str:
    """The code of a kind of list. BadValue names those there are."""
    code = code_among(OUTSIDE_LISTS, text or "")
    if code is None:
        zh, en = listed(OUTSIDE_LISTS)
        raise BadValue(f"请写明名单类型 --list:{zh}", f"say what the list holds, --list: {en}")
    return code


def code_among(known: Mapping[str, str], text: str) -> str | None:
    """The code for a code or its Chinese words; None for anything else."""
    bare = "".join(text.split())
    if bare in known:
        return bare
    return next((code for code, zh in known.items() if zh == bare), None)


def role_code(text: str | None) -> str:
    """The code of a role. BadValue names the roles there are, and quotes nothing."""
    code = code_among(ROLES, text or "")
    if code is None:
        zh, en = listed(ROLES)
        raise BadValue(f"查看需要写明角色 --role:{zh}", f"a reveal takes a role, --role: {en}")
    return code


def reveal_reason(text: str | None) -> tuple[str, str | None]:
    """The code of a reason, and the words to be sealed where it is none of the list."""
    said = (text or "").strip()
    if not said:
        zh, en = listed(REVEAL_REASONS)
        raise BadValue(
            f"查看需要写明原因 --reason:{zh},或自行说明(加密保存)",
            f"a reveal takes a reason, --reason: {en}, or words of your own (kept sealed)",
        )
    code = code_among(REVEAL_REASONS, said)
    return (code, None) if code else (OWN_WORDS, said)


def erasure_ground(text: str | None) -> str:
    """The code of a legal ground. BadValue names the grounds there are, and quotes nothing."""
    code = code_among(ERASURE_GROUNDS, text or "")
    if code is None:
        zh, en = listed(ERASURE_GROUNDS)
        raise BadValue(
            f"删除需要写明法定依据 --reason(只能用代码,不可自由填写):{zh}",
            f"an erasure takes a legal ground, --reason (a code, no words of your own): {en}",
        )
    return code


def listed(known: Mapping[str, str]) -> tuple[str, str]:
    """The codes with their words, and the codes alone."""
    return "、".join(f"{code}({zh})" for code, zh in known.items()), ", ".join(known)
