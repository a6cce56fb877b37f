"""Made-up names: people, villages, banks, departments, providers. None stands for anybody real."""

from __future__ import annotations

from random import Random
from typing import Final

_SURNAMES = (
    "陈王张李周俞赵郭徐杨何孟宣寿斯楼骆金钱吴朱黄蒋章冯沈汤傅边屠方石魏余马毛丁蔡许孙胡姚应"
    "卓戚裘酆鲍虞厉蒙欧柴詹瞿阮邵龚"
)
_GIVEN = (
    "国建伟志明华林水根土生娟芳英秀兰菊珍凤仙花桂莲素琴月琼亚惠丽敏静君佳欣怡子涵宇轩浩然梓"
    "晨思诺雨桐可馨文博雅尧松柏庆荣福贵法祥苗校灿铁炳焕仁尧钦永顺柏良玉爱春夏秋冬宝善忠孝友"
)
_RARE = "𬭎㛃𤧛龘甡芈垚喆翀昇赟旻頔頫璟𠅤"
"""Characters that break careless systems, some of them outside the basic plane."""
_DOTTED = ("阿依古丽", "买买提", "热依汗", "吐尔逊", "古丽娜尔", "木沙", "扎西", "卓玛")

_VILLAGE_FIRST = "上下前后东西南北大小新里外中溪山石枫梅竹杏桥塘湖岭潘宣郦泉云霞"
_VILLAGE_SECOND = "坞溪塘岭村湾畈坪庄岸浦桥泉墩湖坑峰坡洲堰"

BANKS: Final = tuple(
    f"{place}{kind}"
    for kind in ("农村商业银行", "村镇银行", "城市信用银行")
    for place in (
        *("越州", "浣江", "枫溪", "苎萝", "五指", "勾乘", "东溪", "西岩", "孝泉", "斗岩"),
        *("鉴湖", "剡溪", "曹娥", "若耶", "会稽", "兰渚", "沃洲", "天姥", "四明", "舜江"),
        *("覆卮", "石宕", "青甸", "云门", "平水"),
    )
)[:73]
"""73 banks that do not exist."""
_BANK_DATA = ("存款余额", "理财产品", "大额流水")
_DEPARTMENT_DATA: Final = {
    "公安局": ("户籍信息", "车辆登记", "出入境记录"),
    "人力资源和社会保障局": ("养老保险", "就业登记"),
    "自然资源和规划局": ("不动产登记", "宅基地"),
    "市场监督管理局": ("经营主体", "股权信息"),
    "税务局": ("个人所得税", "纳税申报"),
    "医疗保障局": ("医保参保", "医疗费用"),
    "教育体育局": ("学籍信息", "资助记录"),
    "住房和城乡建设局": ("公租房", "商品房备案"),
    "卫生健康局": ("出生死亡", "慢性病档案"),
    "残疾人联合会": ("残疾人证", "两项补贴"),
    "农业农村局": ("土地承包",),
    "退役军人事务局": ("优抚对象",),
    "住房公积金中心": ("公积金缴存",),
    "殡葬管理所": ("火化记录",),
}
DEPARTMENTS: Final = tuple(_DEPARTMENT_DATA)
"""14 departments that give data: with the banks' three kinds, 28 kinds in all."""

_MORE_ORGANIZATIONS = (
    *("民政局", "财政局", "审计局", "司法局", "应急管理局", "交通运输局", "水利局", "商务局"),
    *("文化广电旅游局", "信访局", "大数据局", "供销社", "乡村振兴局", "总工会", "团市委", "妇联"),
    *("红十字会", "慈善总会", "关工委", "老龄办"),
)
MASS_ORGANIZATIONS: Final = frozenset({"总工会", "团市委", "妇联", "红十字会", "残疾人联合会"})
ORGANIZATIONS: Final = (*_MORE_ORGANIZATIONS, *DEPARTMENTS)
"""34 organizations that work with the relief system."""


def data_kinds(source: str, index: int) -> tuple[str, ...]:
    """The kinds of data that a source gives; a bank gives one to three."""
    if source in _DEPARTMENT_DATA:
        return _DEPARTMENT_DATA[source]
    return _BANK_DATA[: 1 + index % 3]


def person_name(rng: Random) -> str:
    """A name of two or three characters; now and then a rare one, or one with a middle dot."""
    draw = rng.random()
    if draw < 0.003:
        return f"{rng.choice(_DOTTED)}·{rng.choice(_DOTTED)}"
    given = rng.choice(_GIVEN) if draw < 0.25 else rng.choice(_GIVEN) + rng.choice(_GIVEN)
    if draw > 0.988:
        given = given[:-1] + rng.choice(_RARE)
    return rng.choice(_SURNAMES) + given


def distinct_names(rng: Random, count: int, taken: set[str]) -> list[str]:
    """Names that nobody in `taken` has; for those in office, whom the ledger tells apart by name."""
    names: list[str] = []
    while len(names) < count:
        name = person_name(rng)
        if name not in taken:
            taken.add(name)
            names.append(name)
    return names


def villages(rng: Random, count: int, *, urban: bool) -> list[str]:
    """Distinct village or community names of a town."""
    found: dict[str, None] = {}
    while len(found) < count:
        name = rng.choice(_VILLAGE_FIRST) + rng.choice(_VILLAGE_SECOND)
        found[name + ("社区" if urban and rng.random() < 0.6 else "村")] = None
    return list(found)
