"""Relations to the head of a household (GB/T 4761 in substance): words to codes.

What is none of these words becomes `other`: a free text could hold a name.
"""

from __future__ import annotations

from typing import Final

RELATIONS: Final[dict[str, tuple[str, ...]]] = {
    "head": ("本人", "户主", "本人(户主)", "户主本人"),
    "spouse": ("配偶", "夫", "妻", "丈夫", "妻子", "夫妻"),
    "child": (
        "子",
        "女",
        "子女",
        "儿子",
        "女儿",
        "长子",
        "次子",
        "三子",
        "长女",
        "次女",
        "三女",
        "独生子",
        "独生女",
        "养子",
        "养女",
        "继子",
        "继女",
    ),
    "child_in_law": ("儿媳", "女婿", "媳妇"),
    "grandchild": ("孙子", "孙女", "外孙", "外孙女", "外孙子", "孙子女"),
    "parent": ("父", "母", "父亲", "母亲", "父母", "养父", "养母", "继父", "继母"),
    "parent_in_law": ("岳父", "岳母", "公公", "婆婆", "公婆", "岳父母"),
    "grandparent": ("祖父", "祖母", "外祖父", "外祖母", "爷爷", "奶奶", "外公", "外婆"),
    "sibling": ("兄", "弟", "姐", "妹", "兄弟", "姐妹", "哥哥", "弟弟", "姐姐", "妹妹", "兄弟姐妹"),
    "relative": ("亲属", "其他亲属", "侄子", "侄女", "外甥", "外甥女", "叔", "伯"),
    "neighbor": ("邻居", "邻里"),
    "village_official": ("村干部", "社区干部", "网格员", "村委会"),
}
_BY_WORD = {word: code for code, words in RELATIONS.items() for word in words}


def relation_code(text: str | None) -> str:
    """The code for a relation as written; empty for nothing, `other` for any other word."""
    if not text:
        return ""
    bare = "".join(text.split()).replace("\uff08", "(").replace("\uff09", ")")
    return _BY_WORD.get(bare) or (bare if bare in RELATIONS else "other")
