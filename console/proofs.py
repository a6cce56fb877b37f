"""Receipts and bundles: what leaves the ledger so that others can check it without us."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import typer

from console.language import Voice
from console.session import bar
from console.wiring import BUREAU, OPERATOR, Relief, micros_of_day
from domain.events import FAMILY_IDS, Event, HouseholdFormed
from domain.oversight import reveal_reason, role_code
from domain.programs import PROGRAMS
from domain.wording import BadValue
from evidence.bundles import FAMILIES, RANGE, WHOLE, Scope
from evidence.checkpoints import SignedCheckpoint
from evidence.errors import EvidenceError
from evidence.examine import Held, examine
from evidence.notes import VerifierKey
from evidence.receipts import Receipt
from evidence.verify import as_json as verdict_json
from evidence.verify import as_text
from ledger.bundling import STREAMS_MAX, Bundling, scope_of_streams
from ledger.codec import EventCodec, UnreadableEvent
from ledger.comparing_copies import differing_copies
from ledger.event_copies import content_of, instant
from ledger.receipting import receipt
from ledger.revealing import ALWAYS, SealedField, reveal, sealed_in
from ledger.subjects import ids_in
from projections.canonical import canonical


@dataclass(frozen=True)
class Wanted:
    """What a bundle is asked for."""

    program: str | None = None
    town: str | None = None
    case: str | None = None
    family: str | None = None
    first: date | None = None
    last: date | None = None
    as_at: str | None = None


# -- receipts ---------------------------------------------------------------------------------------


def make_receipt(relief: Relief, what: str) -> bytes:
    """The receipt of a position or event id. Raises BadValue."""
    position = _position(relief, what)
    assert relief.checkpoints is not None
    signed = relief.checkpoints.first_covering(position) or relief.checkpoint()
    assert signed is not None
    return receipt(relief.recorder, position, signed).text()


def _position(relief: Relief, what: str) -> int:
    head = relief.recorder.head().position
    if what.isascii() and what.isdigit():
        if not 1 <= int(what) <= head:
            raise BadValue(
                f"账本现有 1–{head} 条,没有第 {what} 条", f"the log has positions 1 to {head}"
            )
        return int(what)
    try:
        found = relief.recorder.position_of(UUID(what))
    except ValueError:
        raise BadValue("应为位置或事件编号", "give a position or an event's id") from None
    if found is None:
        raise BadValue("账本中没有这个事件编号", "the ledger has no event with this id")
    return found


def check_receipt(
    path: Path, key: VerifierKey, witnesses: Sequence[VerifierKey], speak: Voice, *, as_json: bool
) -> bool:
    """Says whether a receipt holds, and of what; True where it does."""
    try:
        with path.open("rb") as file:
            found = Receipt.parse(file.read(2_000_001))
        signed = found.verify(key, witnesses)
    except OSError as e:
        raise BadValue(f"读不出 {path.name}", f"{path.name} cannot be read: {e.strerror}") from e
    except EvidenceError as e:
        if as_json:
            typer.echo(canonical({"well": False, "zh": e.zh, "en": e.en}).decode())
        else:
            speak.say(f"[red]✗[/red] {e.zh}", f"[red]✗[/red] {e.en}")
        return False
    said = _receipt_says(found, signed)
    if as_json:
        typer.echo(canonical({"well": True, **said}).decode())
        return True
    speak.say("[green]✓[/green] 属实:该条目在账本中", "[green]✓[/green] PROVED: the entry stands")
    for name, value in said.items():
        speak.out.print(f"  {name}: {value}", markup=False, soft_wrap=True)
    return True


def _receipt_says(found: Receipt, signed: SignedCheckpoint) -> dict[str, object]:
    entry, codec = found.entry or b"", EventCodec()
    said: dict[str, object] = {
        "origin": signed.checkpoint.origin,
        "position": found.index + 1,
        "of": signed.checkpoint.size,
        "witnesses": [c.witness.name for c in signed.cosignatures],
    }
    version = codec.schemas.by_hash.get(entry[1:33])
    if version is None:
        return said  # proved all the same; a newer program can read what it says
    try:
        event = codec.decode_entry(version.topic, entry)
    except UnreadableEvent:
        return said
    said["recorded_at"] = instant(int.from_bytes(entry[67:75], signed=True))
    said["event"], said["event_id"] = event.topic, str(event.meta.event_id)
    said["occurred_on"], said["content"] = str(event.meta.occurred_on), content_of(event)
    return said


# -- bundles ----------------------------------------------------------------------------------------


def make_bundle(
    relief: Relief,
    speak: Voice,
    path: Path,
    wanted: Wanted,
    revealing: tuple[str | None, str | None] | None,
) -> tuple[Scope, int]:
    """Writes a bundle; its scope and how many entries it has. Raises BadValue before anything is
    written; what is revealed for it is recorded first."""
    if path.exists():
        raise FileExistsError(17, "exists", str(path))
    if revealing is not None:
        role_code(revealing[0])
        reveal_reason(revealing[1])
    size = relief.moment(None, wanted.as_at).as_at if wanted.as_at else None
    bundling = _bundling(relief, size)
    scope = _scope(relief, bundling, wanted)
    more: list[tuple[str, Iterable[bytes]]] = []
    if revealing is not None:
        with bar(speak, speak.pick("查找个人信息", "finding what is personal")):
            more = [("persons", _revealed(relief, bundling, scope, *revealing))]
    with bar(speak, speak.pick("写证据包", "writing the bundle")) as progress:
        return scope, bundling.write(path, scope, more, progress)


def _bundling(relief: Relief, size: int | None) -> Bundling:
    signed = relief.checkpoint(size=size)
    if signed is None:
        raise BadValue("账本为空", "the ledger is empty")
    return Bundling(relief.recorder, relief.codec, signed, relief.signing_key())


def _scope(relief: Relief, bundling: Bundling, wanted: Wanted) -> Scope:
    asked = [wanted.program, wanted.town, wanted.case, wanted.family, wanted.first or wanted.last]
    if sum(a is not None for a in asked) > 1:
        raise BadValue(
            "范围只能选一种:--program、--town、--case、--family 或 --from/--to",
            "one scope at a time: --program, --town, --case, --family, or --from/--to",
        )
    if wanted.case is not None:
        return _case(relief, bundling, wanted.case)
    if wanted.family is not None:
        return _family(wanted.family)
    if wanted.program is not None:
        return _program(bundling, wanted.program)
    if wanted.town is not None:
        return _town(relief, bundling, wanted.town)
    if wanted.first or wanted.last:
        return _days(bundling, wanted.first, wanted.last)
    return Scope(WHOLE, "整本账本", "the whole ledger")


def _case(relief: Relief, bundling: Bundling, text: str) -> Scope:
    try:
        case = UUID(text)
    except ValueError:
        raise BadValue("不是户编号", "not a household's id") from None
    rows = relief.recorder.read_stream(case)
    if not rows or rows[0].position > bundling.size:
        raise BadValue("账本中没有这一户", "the ledger knows no such household")
    return scope_of_streams(f"一户 {case}", f"the case {case}", [case])


def _family(text: str) -> Scope:
    name = text.removeprefix("relief.")
    if name not in FAMILY_IDS:
        words = ", ".join(FAMILY_IDS)
        raise BadValue(f"没有事件族 {name};可用:{words}", f"no family {name}; one of: {words}")
    zh, en = f"事件族 relief.{name}", f"the family relief.{name}"
    return Scope(FAMILIES, zh, en, families=(FAMILY_IDS[name],))


def _program(bundling: Bundling, code: str) -> Scope:
    if code not in PROGRAMS:
        words = ", ".join(PROGRAMS)
        raise BadValue(f"没有救助类别 {code};可用:{words}", f"no program {code}; one of: {words}")
    streams = bundling.streams_where("program", code)
    zh, en = f"曾涉及 {code} 的各户", f"every case that {code} ever concerned"
    return scope_of_streams(zh, en, _not_too_many(streams))


def _town(relief: Relief, bundling: Bundling, text: str) -> Scope:
    code = relief.divisions.code_of(text)
    if code is None:
        raise BadValue(f"没有镇乡(街道) {text}", f"no town {text} in the division table")
    streams = bundling.streams_where("town", code)
    name = relief.divisions.name_of(code)
    zh, en = f"曾在 {name} 的各户与人", f"every case and person ever of {name}"
    return scope_of_streams(zh, en, _not_too_many(streams))


def _not_too_many(streams: list[UUID]) -> list[UUID]:
    if not streams:
        raise BadValue("账本中没有这样的户", "the ledger has no such case")
    if len(streams) > STREAMS_MAX:
        raise BadValue(
            f"范围有 {len(streams)} 个流,超过 {STREAMS_MAX};请分镇街导出,或导出整本账本",
            f"{len(streams)} streams are in scope, above {STREAMS_MAX}; take a town at a time, or "
            "the whole ledger",
        )
    return streams


def _days(bundling: Bundling, first: date | None, last: date | None) -> Scope:
    start = first or date(1970, 1, 1)
    end = (last or date(2200, 1, 1)) + timedelta(days=1)
    if start >= end:
        raise BadValue("--from 晚于 --to", "--from is after --to")
    begins, ends = bundling.positions_between(micros_of_day(start), micros_of_day(end))
    if ends < begins:
        raise BadValue("这段时间没有记录", "nothing was recorded in that time")
    zh = f"{start} 至 {last or '今'} 记录的各条(第 {begins}–{ends} 条)"
    en = f"what was recorded from {start} to {last or 'now'} (positions {begins} to {ends})"
    return Scope(RANGE, zh, en, first=begins, last=ends)


def _revealed(
    relief: Relief, bundling: Bundling, scope: Scope, role: str | None, reason: str | None
) -> Iterable[bytes]:
    """Names and numbers of the persons in scope; who asked and why is recorded before this returns."""
    persons: dict[UUID, None] = {}
    for _, entry in bundling.rows(scope):
        version = relief.codec.schemas.by_hash[entry[1:33]]
        event = relief.codec.decode_entry(version.topic, entry)
        persons.update(dict.fromkeys(sorted(ids_in(event) | {event.meta.stream_id})))
    found: list[SealedField] = []
    for person in persons:
        own: list[Event] = [r.event for r in relief.entries.stream(person)]
        if own and not isinstance(own[0], HouseholdFormed):
            found += [f for f in sealed_in(own, ALWAYS) if f.person_id == person]
    opened = reveal(
        relief.ledger, found, role, reason, on=relief.today(), actor=OPERATOR, source=BUREAU
    )
    names: dict[UUID, dict[str, str]] = {}
    for r in opened:
        names.setdefault(r.person_id, {})[r.field] = r.text
    lines = ["﻿人员 person_id,姓名 name,身份证号 identity_number\r\n"]
    for person, own_fields in names.items():
        cells = [own_fields.get(f, "").replace('"', '""') for f in ALWAYS]
        lines.append(f'{person},"{cells[0]}","{cells[1]}"\r\n')
    return [line.encode() for line in lines]


def check_bundle(
    path: Path,
    key: VerifierKey | None,
    witnesses: Sequence[VerifierKey],
    *,
    bodies: bool,
    as_json: bool,
) -> int:
    """Prints the verdict on a bundle; the exit code."""
    verdict = examine(path, Held(int(time.time()), key, witnesses))
    typer.echo(verdict_json(verdict) if as_json else as_text(verdict), nl=False)
    if not bodies or verdict.exit_code == 2:
        return verdict.exit_code
    try:
        differing = differing_copies(path, EventCodec())
    except (UnreadableEvent, EvidenceError) as e:
        typer.echo(f"✗ copies: {e}")
        return 1
    for name in differing:
        typer.echo(f"✗ {name}: 副本与条目不符 / this copy is not what the entries say")
    if not differing:
        typer.echo("✓ copies: 正文均可读,副本与条目一致 / every body reads, copies agree")
    return 1 if differing else verdict.exit_code
