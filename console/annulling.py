"""What an annulment on the command line says: a reason that is a code, and words that are sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from console.commands_json import named_person
from console.wiring import Relief
from domain.oversight import code_among, listed
from domain.reasons import ANNULMENTS
from domain.wording import BadValue


def annulment_reason(text: str) -> str:
    """The code of a reason. BadValue names those there are, and quotes nothing."""
    code = code_among(ANNULMENTS, text)
    if code is None:
        zh, en = listed(ANNULMENTS)
        raise BadValue(
            f"撤销需要 reason(代码):{zh};自己的话写在 remark,并以 remark_person_id 指明以谁的密钥加密",
            f"an annulment needs a reason, a code: {en}; words of your own go into remark, "
            "with remark_person_id for whose key seals them",
        )
    return code


def annulment_remark(raw: Mapping[str, Any], relief: Relief) -> tuple[UUID, str] | None:
    """Words of one's own, and the person whose key seals them."""
    words = raw.get("remark")
    if not words:
        return None
    return named_person(raw, "remark_person_id", relief), str(words)
