"""From what happened to the rows of the files, column by column as `columns.py` has them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from domain.divisions import TOWNS
from domain.programs import PROGRAMS
from simulation.cases import Case, Decision
from simulation.county import Household, Membership, Person
from simulation.disbursement import PAID, SENT_BACK, Batch, Line
from simulation.offices import Worker
from simulation.tables import Row
from simulation.verification import Check, Visit
from simulation.words import BANKS, MASS_ORGANIZATIONS, data_kinds

ZH: Final = {code: program.zh for code, program in PROGRAMS.items()}


def source_row(item: tuple[int, str, date]) -> Row:
    """A bank or department that gives data."""
    at, name, joined_on = item
    kind = "银行" if name in BANKS else "部门"
    return f"SJ{at:03d}", name, kind, "、".join(data_kinds(name, at)), joined_on


def organization_row(item: tuple[int, str, date]) -> Row:
    """An organization of the relief system."""
    at, name, joined_on = item
    return f"BM{at:03d}", name, "群团" if name in MASS_ORGANIZATIONS else "部门", joined_on


def worker_row(item: tuple[Worker, date, date]) -> Row:
    """A social worker."""
    worker, starts_on, ends_on = item
    town = TOWNS[worker.town]
    return worker.number, worker.name, town, "春晖社会工作服务中心（合成）", starts_on, ends_on


def household_row(item: tuple[Household, int]) -> Row:
    """A household with the number of covered persons at first (0: left blank)."""
    household, covered = item
    size = sum(m.joined_on <= household.registered_on for m in household.members)
    return (
        household.head.name,
        household.head.number,
        size,
        covered or None,
        household.address,
        TOWNS[household.town],
        household.village,
        household.certificate_no,
        household.bank,
        household.head.name,
        household.account,
        household.registered_on,
    )


def person_row(person: Person) -> Row:
    """Somebody on no roster."""
    town = TOWNS[person.town]
    return person.name, person.number, town, person.village, person.registered_on


def member_row(item: tuple[Household, tuple[Membership, ...], bool, bool]) -> Row:
    """Members who joined or left together (in one cell); the date blank where it is the
    household's own."""
    household, memberships, left, dated = item
    first = memberships[0]
    names = "；".join(m.person.name for m in memberships)
    numbers = "；".join(m.person.number for m in memberships)
    if left:
        about: Row = ("离开", first.left_on, first.left_reason, "", "", "", "", "", None)
    else:
        *words, income = first.circumstances
        joined_on = first.joined_on if dated else None
        change = "加入" if first.reason else ""
        about = (change, joined_on, first.reason, *words, income or None)
    return names, numbers, household.head.number, first.relation, *about


def death_row(person: Person) -> Row:
    """A death."""
    return person.name, person.number, person.died_on, person.reported_on


def check_row(item: tuple[Check, Person]) -> Row:
    """One person of a completed request."""
    check, person = item
    day, number = check.fed_back_on, check.number
    answered = check.sources[:-1] if number % 21 == 0 else check.sources
    return (
        f"PC{day:%Y%m%d}",
        f"HD{day:%Y}{number:06d}",
        f"SL{day:%Y}{number:06d}" if check.on_application else "",
        person.name,
        person.number,
        check.household.head.number if check.household else "",
        day,
        check.result,
        f"BG{day:%Y}{number:06d}",
        "、".join(check.sources),
        "、".join(answered),
        check.income_fen or None,
    )


def visit_row(visit: Visit) -> Row:
    """A visit."""
    household = visit.household
    return (
        visit.visited_on,
        "、".join(visit.investigators),
        f"{TOWNS[household.town]}社会事务办",
        household.head.name,
        household.head.number,
        "本人",
        visit.method if visit.method != "入户调查" else "",
        "家庭人口、收入和财产情况与申报一致" if visit.conclusion == "符合" else "与申报情况不一致",
        "是" if visit.signed else "否",
        visit.conclusion,
    )


def decision_row(item: tuple[Case, Decision, int]) -> Row:
    """A decision, with the number of its document."""
    case, decision, number = item
    head, steps = case.household.head, decision.steps
    notice_from, notice_to = decision.notice or (None, None)
    named = decision.names_persons and decision.action in ("新增", "增员", "减员")
    new, old = decision.base_fen, decision.old_fen
    return (
        head.name,
        head.number,
        decision.action,
        ZH[case.program],
        steps.applied_on if steps else None,
        steps.accepted_on if steps else None,
        notice_from,
        notice_to,
        decision.decided_on,
        decision.effective_month or "",
        old,
        new,
        decision.supplement_fen,
        new - old if new is not None and old is not None else None,
        "、".join(p.number for p in decision.persons) if named else "",
        decision.reason,
        decision.proposed_by,
        decision.approved_by,
        _document(decision, number),
    )


def change_row(item: tuple[Case, Decision, int]) -> Row:
    """An adjustment or an end in a change list."""
    case, decision, number = item
    head, ends = case.household.head, decision.action == "停止"
    new, old = decision.base_fen, decision.old_fen or 0
    return (
        head.name,
        head.number,
        ZH[case.program],
        "" if ends else decision.effective_month,
        old,
        None if ends else new,
        None if ends else decision.supplement_fen or 0,
        -old if ends else (new or 0) - old,
        decision.reason,
        decision.effective_month if ends else "",
        "√" if ends else "",
        decision.decided_on,
        decision.proposed_by,
        decision.approved_by,
        _document(decision, number),
    )


def _document(decision: Decision, number: int) -> str:
    return f"民救字〔{decision.decided_on.year}〕{number}号（合成）"


def standard_row(item: tuple[str, str, str, int, date]) -> Row:
    """What a person is due a month."""
    program, component, grade, fen, since = item
    version = f"{since.year}年{program}标准"
    published = since - timedelta(days=20)
    document = f"民发〔{published.year}〕1号（合成）"
    return program, component, grade, version, fen, published, since, document


def payment_row(item: tuple[Batch, Line]) -> Row:
    """A line of a payment list."""
    batch, line = item
    household = line.case.household
    return (
        batch.month,
        batch.number,
        TOWNS[household.town],
        ZH[batch.program],
        household.head.name,
        household.head.number,
        line.covered,
        line.base_fen,
        line.supplement_fen or None,
        line.back_pay_fen or None,
        line.total_fen,
        household.head.name,
        household.bank,
        household.account,
        batch.fund,
        batch.paid_on,
    )


def return_row(item: tuple[Batch, int, Line]) -> Row:
    """The bank's answer for one line."""
    batch, line_no, line = item
    household = line.case.household
    failure = line.failure if line.result != PAID else ""
    return (
        batch.number,
        line_no,
        household.head.name,
        household.account,
        line.total_fen,
        line.result,
        failure,
        batch.answered_on,
    )


def correction_row(item: tuple[Batch, Line]) -> Row:
    """Money that came back after the bank had called it paid."""
    batch, line = item
    household = line.case.household
    return (
        household.head.name,
        household.account,
        batch.number,
        TOWNS[household.town],
        line.total_fen,
        SENT_BACK,
        line.failure,
        1,
        line.sent_back_on,
    )
