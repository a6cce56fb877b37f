"""Each event of a case's story is told in a plain sentence: what matters in it, and whom it links to."""

from __future__ import annotations

import re
from dataclasses import fields
from uuid import UUID

import pytest

from domain.events import (
    EVENT_CLASSES,
    UNBORN,
    AppealFiled,
    CarriedOver,
    Component,
    DecisionPublished,
    Event,
    HandedOver,
    HouseholdFormed,
    HouseholdMerged,
    HouseholdSplit,
    PaymentAuthorized,
    PersonMerged,
    SubjectErased,
    Switched,
)
from domain.other_streams import FIRST, OF_A_CASE
from projections.case_story import case_story
from projections.moment import Moment
from projections.story_sentences import SENTENCES, Lang, story_sentence
from tests.projections.builders import FOREVER, WrittenLog, arrears, day, regular
from tests.schemas.samples import sample

CASE_EVENTS = sorted(
    {
        *OF_A_CASE,
        *(cls for cls, first in FIRST.items() if first is HouseholdFormed),
        *(EVENT_CLASSES[f"relief.{name}"] for name in SENTENCES),
    },
    key=lambda c: c.topic,
)
LANGS: tuple[Lang, Lang] = ("zh", "en")


def told(log: WrittenLog, case: UUID, lang: Lang = "zh") -> list[str]:
    story = case_story(log, case, Moment(FOREVER, log.head()))
    return [story_sentence(r, lang, short, others=story.rows) for r in story.rows]


def short(person: UUID) -> str:
    return f"<{person.int % 1000}>"


@pytest.mark.parametrize("cls", CASE_EVENTS, ids=lambda c: c.topic)
def test_every_event_of_a_case_has_a_sentence_of_its_own_fields(cls: type[Event]) -> None:
    known = {f.name for f in fields(cls)} | {"on", "from", "document", "stream_id"}
    for text in SENTENCES[cls.topic.removeprefix("relief.")]:
        assert set(re.findall(r"\{(\w+)", text)) <= known
    in_both = [set(re.findall(r"\{(\w+)", t)) for t in SENTENCES[cls.topic.removeprefix("relief.")]]
    assert in_both[0] == in_both[1]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("cls", CASE_EVENTS, ids=lambda c: c.topic)
def test_a_sentence_is_whole_whether_all_is_known_or_only_what_must_be(
    log: WrittenLog, cls: type[Event], lang: Lang
) -> None:
    case = log.household(log.person())
    for complete in (True, False):
        log.add(sample(cls, complete=complete), case, "2023-05-01", "2023-06-01")
    for text in told(log, case, lang)[-2:]:
        assert text
        assert not set("[]{}") & set(text), text
        assert "None" not in text


def test_a_split_names_the_new_household_and_back(log: WrittenLog) -> None:
    head, child, new = log.person(), log.person(), log.new_id()
    old = log.household(head, child)
    event = HouseholdSplit(UNBORN, new, (child,), (head,), "marriage")
    log.add(event, old, "2023-05-01", "2023-05-02")
    log.add(HouseholdFormed(UNBORN, child, split_from=old), new, "2023-05-01")
    assert told(log, old)[-1] == (
        f"分户:{short(child)} 自 2023-05-02 起分出,另立户 {new};{short(head)} 留下,婚姻迁入"
    )
    assert told(log, new)[0] == f"立户,户主 {short(child)},由户 {old} 分出"


def test_a_merger_a_hand_over_and_a_carry_over_name_the_other_household(log: WrittenLog) -> None:
    head, other = log.person(), log.new_id()
    case = log.household(head)
    rest = (Component("base", 30_000),)
    log.add(HandedOver(UNBORN, "dibao", other, (head,), rest), case, "2023-05-01")
    log.add(CarriedOver(UNBORN, "dibao", other, (head,), rest), case, "2023-06-01")
    log.add(HouseholdMerged(UNBORN, other), case, "2023-07-01")
    handed, carried, merged = told(log, case, "en")[-3:]
    assert f"to household {other}" in handed
    assert "who stays: base 300.00 CNY" in handed
    assert f"from household {other}" in carried
    assert merged == (f"merged into household {other} from 2023-07-01; this file is closed")


def test_a_switch_says_that_it_is_no_exit_and_what_remains(log: WrittenLog) -> None:
    head, child = log.person(), log.person()
    case = log.household(head, child)
    due, rest = (Component("base", 150_000),), (Component("base", 80_000, person_id=head),)
    event = Switched(UNBORN, "tekun", "dibao", (child,), due, rest)
    log.add(event, case, "2023-06-10", "2023-07-01")
    assert told(log, case)[-1] == (
        f"{short(child)} 由低保转入特困:保障金 1,500.00 元,自 2023-07-01 起发放;"
        f"留在低保者 保障金({short(head)}) 800.00 元;不计退出"
    )


def test_a_payment_says_its_sum_its_months_and_its_fund(log: WrittenLog) -> None:
    head = log.person()
    case = log.household(head)
    parts = (regular("2023-03", 80_000), arrears("2023-01", "2023-02", 160_000))
    event = PaymentAuthorized(
        UNBORN, log.new_id(), log.new_id(), 1, "dibao", "county", 240_000, parts, head
    )
    log.add(event, case, "2023-03-05")
    assert told(log, case)[-1] == (
        "批准发放低保 2,400.00 元(2023-03 保障金 800.00 元、"
        "2023-01–2023-02 保障金 补发 1,600.00 元),县级财政"
    )


def test_deaths_merged_registrations_and_erasures_of_members_are_part_of_the_story(
    log: WrittenLog,
) -> None:
    head, twice, stranger = log.person(), log.person(), log.person()
    case = log.household(twice)
    log.add(PersonMerged(UNBORN, head, "wrong_number"), twice, "2023-02-01")
    died = log.die(head, "2023-03-01", "2023-05-01")
    log.die(stranger, "2023-03-01")
    log.annul(died)
    log.add(SubjectErased(UNBORN, head, "retention_expired"), head, "2023-12-01")
    assert told(log, case)[1:] == [
        f"{short(twice)} 与 {short(head)} 为同一人的重复登记,保留后者,证号登记有误",
        f"{short(head)} 于 2023-03-01 死亡,2023-05-01 上报",
        f"撤销第 {died} 条(2023-03-01):记录有误",
        f"{short(head)} 的个人信息已删除(保存期限已届满);决定与金额不变",
    ]


def test_an_appeal_and_a_publication_name_the_decision(log: WrittenLog) -> None:
    head = log.person()
    case = log.household(head)
    out = log.exit(case, "2023-05-01")
    decision = log.rows[out - 1].event.meta.event_id
    log.add(DecisionPublished(UNBORN, decision, "dibao"), case, "2023-05-03")
    filed = AppealFiled(UNBORN, log.new_id(), "review", decision, "dibao", "司法局", head)
    log.add(filed, case, "2023-05-09")
    assert told(log, case)[-2:] == [
        f"第 {out} 条(2023-05-01)的决定已公布(低保)",
        f"{short(head)} 提出行政复议,不服第 {out} 条(2023-05-01)的决定(低保),由 司法局 受理",
    ]


def test_towns_are_named_by_whoever_shows_the_story(log: WrittenLog) -> None:
    from domain.events import HouseholdMoved

    case = log.household(log.person())
    log.add(HouseholdMoved(UNBORN, "330681121", "新村"), case, "2023-05-01", day("2023-06-01"))
    row = case_story(log, case, Moment(FOREVER, log.head())).rows[-1]
    said = story_sentence(row, "zh", str, {"330681121": "枫桥镇"}.__getitem__)
    assert said == "自 2023-06-01 起迁入 枫桥镇 新村"
