"""`household`, `circumstances`, `expiring`: a household on a day, and what is special about some."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from console.answers import caught_up, envelope, stamp
from console.language import Voice
from console.names import Names, program_name, reason_name
from console.session import DEFAULT_LEDGER, AsAt, AsJson, AsOf, Lang, LedgerDir, moment_of, session
from console.wiring import Relief
from domain.money import format_yuan
from domain.wording import BadValue
from projections import circumstances as circumstances_view
from projections import households as households_view
from projections import roster as roster_view

STATES = {"active": "在保", "suspended": "暂停", "fading": "渐退"}
RELATIONS = {
    "head": "户主",
    "spouse": "配偶",
    "child": "子女",
    "child_in_law": "儿媳/女婿",
    "grandchild": "孙子女",
    "parent": "父母",
    "parent_in_law": "公婆/岳父母",
    "grandparent": "祖父母",
    "sibling": "兄弟姐妹",
    "relative": "亲属",
    "other": "其他",
}
CARE = {"full": "全自理", "partial": "半护理", "none": "全护理"}
TIES = {
    "split_from": ("由 {} 分出", "split from {}"),
    "split_into": ("分出 {}", "split into {}"),
    "merged_into": ("并入 {}", "merged into {}"),
    "absorbed": ("并入了 {}", "absorbed {}"),
}


def household(
    case_id: Annotated[str, typer.Argument(metavar="CASE", help="户编号 / the household's id")],
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """一户在某日的成员、户主、住地、保障、关联户 / one household on a day."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        try:
            wanted = UUID(case_id)
        except ValueError:
            raise BadValue("不是户编号", "not a household's id") from None
        with caught_up(relief, moment, speak) as connection:
            found = households_view.household_on_day(connection, moment, wanted)
            persons = [m.person_id for m in found.members] if found else []
            names = None if as_json else Names(relief, connection, moment, persons)
        if as_json:
            typer.echo(envelope(moment, household=found))
        elif found is None or names is None:
            speak.say(
                "账本中没有这一户(或该时点尚无记录)", "no such household, or nothing yet then"
            )
        else:
            _household(relief, speak, found, names)
            stamp(relief, moment, speak)


def _household(relief: Relief, speak: Voice, found: Any, names: Names) -> None:
    town = relief.divisions.name_of(found.town) if found.town else speak.pick("(未知)", "(unknown)")
    closed = "" if found.state == "open" else speak.pick("(已并入他户)", " (merged, closed)")
    speak.say(
        f"[bold]户 {found.case_id}[/bold]{closed} · {escape(town)} {escape(found.village)}",
        f"[bold]household {found.case_id}[/bold]{closed} · {escape(town)} {escape(found.village)}",
    )
    table = _table(
        speak, ("成员", "member"), ("关系", "relation"), ("在保", "covered by"), ("情况", "note")
    )
    for m in found.members:
        relation = RELATIONS.get(m.relation, m.relation) if speak.lang == "zh" else m.relation
        programs = "、".join(program_name(p, speak) for p in m.programs)
        table.add_row(names.masked(m.person_id), relation, programs, _note(m, found, speak))
    speak.out.print(table)
    _programs(speak, found.programs)
    if found.residence is not None:
        a, b = (relief.divisions.name_of(c) for c in (found.residence.registered_in, found.residence.lives_in))  # fmt: skip
        speak.say(
            f"人户分离:户籍 {escape(a)},居住 {escape(b)}",
            f"registered in {escape(a)}, living in {escape(b)}",
        )
    for tie in found.ties:
        zh, en = TIES[tie.kind]
        text = speak.pick(zh, en).format(tie.case_id)
        speak.out.print(f"{tie.since} {text}")


def _note(member: Any, found: Any, speak: Voice) -> str:
    said = []
    if member.died_on is not None:
        said.append(speak.pick(f"{member.died_on} 死亡", f"died {member.died_on}"))
    if member.away is not None:
        said.append(_away(member.away, speak))
    if member.self_care:
        level = CARE.get(member.self_care, "") if speak.lang == "zh" else member.self_care
        said.append(speak.pick(f"自理能力:{level}", f"self-care: {level}"))
    said += [
        speak.pick(f"经办人员近亲属({r.official})", f"relative of {r.official}")
        for r in found.relatives
        if r.person_id == member.person_id
    ]
    said += [
        speak.pick(f"存折由 {c.custodian} 代管", f"book kept by {c.custodian}")
        for c in found.custody
        if c.person_id == member.person_id
    ]
    return escape("; ".join(said))


def _away(away: Any, speak: Voice) -> str:
    reason = reason_name(away.reason, speak)
    back = away.expected_back
    if back is None:
        return speak.pick(f"{away.since} 起离家({reason})", f"away since {away.since} ({reason})")
    return speak.pick(
        f"{away.since} 起离家({reason}),预计 {back} 返回",
        f"away since {away.since} ({reason}), expected back {back}",
    )


def _programs(speak: Voice, rows: Any) -> None:
    if not rows:
        return
    table = _table(
        speak,
        ("类别", "program"),
        ("人", "persons"),
        ("自", "since"),
        ("月保障金", "due a month"),
        ("状态", "state"),
        ("截止(不含)", "until"),
    )
    for r in rows:
        table.add_row(
            program_name(r.program, speak),
            str(len(r.person_ids)),
            str(r.since),
            format_yuan(r.due_fen),
            STATES[r.state] if speak.lang == "zh" else r.state,
            str(r.until or ""),
        )
    speak.out.print(table)


def expiring(
    ledger: LedgerDir = DEFAULT_LEDGER,
    within: Annotated[int, typer.Option(min=0, help="天数 / days")] = 30,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """N 天内到期的救助(有期限的认定、渐退) / whose status ends within N days."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        with caught_up(relief, moment, speak) as connection:
            found = roster_view.expiring(connection, moment, within)
        if as_json:
            typer.echo(envelope(moment, expiring=found))
            return
        table = _table(
            speak,
            ("截止(不含)", "until"),
            ("户编号", "case"),
            ("类别", "program"),
            ("镇街", "town"),
            ("人", "persons"),
            ("状态", "state"),
        )
        for r in found.rows:
            table.add_row(
                str(r.until),
                str(r.case_id),
                program_name(r.program, speak),
                relief.divisions.name_of(r.town),
                str(len(r.person_ids)),
                STATES[r.state] if speak.lang == "zh" else r.state,
            )
        speak.out.print(table)
        speak.say(
            f"{within} 天内到期 {len(found.rows)} 户", f"{len(found.rows)} end within {within} days"
        )
        stamp(relief, moment, speak)


def circumstances(
    ledger: LedgerDir = DEFAULT_LEDGER,
    as_of: AsOf = None,
    as_at: AsAt = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """离家成员、人户分离、近亲属备案、代管 / away, living apart, officials' relatives, custody."""
    with session(ledger, lang) as (relief, speak):
        moment = moment_of(relief, as_of, as_at)
        with caught_up(relief, moment, speak) as connection:
            found = circumstances_view.circumstances(connection, moment)
            persons = [r.person_id for r in found.away]
            persons += [r.person_id for r in found.relatives]
            persons += [r.person_id for r in found.custody]
            names = None if as_json else Names(relief, connection, moment, persons)
        if as_json or names is None:
            typer.echo(envelope(moment, circumstances=found))
            return
        table = _table(speak, ("户编号", "case"), ("成员", "member"), ("情况", "circumstance"))
        for away in found.away:
            table.add_row(str(away.case_id), names.masked(away.person_id), _away(away, speak))
        for home in found.apart:
            a, b = (
                relief.divisions.name_of(home.registered_in),
                relief.divisions.name_of(home.lives_in),
            )
            said = speak.pick(f"人户分离:户籍 {a},居住 {b}", f"registered in {a}, living in {b}")
            table.add_row(str(home.case_id), "", escape(said))
        for r in found.relatives:
            said = speak.pick(
                f"经办人员 {r.official} 的近亲属({r.relation})", f"{r.relation} of {r.official}"
            )
            table.add_row(str(r.case_id), names.masked(r.person_id), escape(said))
        for c in found.custody:
            said = speak.pick(
                f"{c.since} 起存折由 {c.custodian} 代管", f"book kept by {c.custodian}, {c.since}"
            )
            table.add_row(str(c.case_id), names.masked(c.person_id), escape(said))
        if table.row_count:
            speak.out.print(table)
        else:
            speak.say("没有这样的情况", "nobody is in such circumstances")
        stamp(relief, moment, speak)


def _table(speak: Voice, *titles: tuple[str, str]) -> Table:
    table = Table(box=None)
    for zh, en in titles:
        table.add_column(speak.pick(zh, en), overflow="fold")
    return table
