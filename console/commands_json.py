"""`record`: one command as JSON becomes a command of the ledger.

    {"command": "enroll", "household": "…", "on": "2023-05-10", "effective_from": "2023-06-01",
     "program": "dibao", "covered": ["…"], "components": [{"code": "base", "amount_fen": 80000}]}

A person or household is named by its id, or by `{"identity_number": "…"}` (a household by its
head's). Fields are those of the event (docs/events.md); sealed ones are given in plain and
leave this process sealed. `"basis": "reported"` records a fact of elsewhere, unjudged.
"""

from __future__ import annotations

import hashlib
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import domain.events as ev
from console.whole_turns import TURNS, unknown_fields
from console.wiring import Relief
from domain.calendar import parse_date
from domain.case import CaseFile
from domain.events import UNBORN, Actor, Event, Personal
from domain.identity import parse_identity_number
from domain.wording import BadValue
from intake.planning import band_on
from ledger.batch_lines import batch_totals
from ledger.commands import Command, Draft
from ledger.ids import new_id
from ledger.indexes import lines_of_batch
from ledger.minting import sealed_fields
from ledger.vault import NewPerson
from ledger.vault_numbers import also_known_as

HOUSEHOLD, PERSON, BATCH, NEED, PROJECT, PROVIDER, WISH, STANDARD, EXPECTATION, NEW = (
    "household",
    "person",
    "batch",
    "need",
    "project",
    "provider",
    "wish",
    "standard",
    "expectation",
    "new",
)
COMMANDS: Final[dict[str, tuple[type[Event], str]]] = {
    "register_person": (ev.PersonRegistered, NEW),
    "report_death": (ev.PersonDied, PERSON),
    "form_household": (ev.HouseholdFormed, NEW),
    "join_member": (ev.MemberJoined, HOUSEHOLD),
    "leave_member": (ev.MemberLeft, HOUSEHOLD),
    "register_source": (ev.SourceRegistered, NEW),
    "register_organization": (ev.OrganizationRegistered, NEW),
    "assign_worker": (ev.WorkerAssigned, NEW),
    "discover_need": (ev.NeedDiscovered, NEW),
    "refer_need": (ev.NeedReferred, NEED),
    "answer_need": (ev.NeedAnswered, NEED),
    "correct_person": (ev.PersonCorrected, PERSON),
    "merge_person": (ev.PersonMerged, PERSON),
    "adopt_standard": (ev.StandardAdopted, STANDARD),
    "expect_file": (ev.FileExpected, EXPECTATION),
    "member_away": (ev.MemberWentAway, HOUSEHOLD),
    "member_back": (ev.MemberCameBack, HOUSEHOLD),
    "change_head": (ev.HeadChanged, HOUSEHOLD),
    "split_household": (ev.HouseholdSplit, HOUSEHOLD),
    "merge_household": (ev.HouseholdMerged, HOUSEHOLD),
    "absorb_household": (ev.HouseholdAbsorbed, HOUSEHOLD),
    "move_household": (ev.HouseholdMoved, HOUSEHOLD),
    "record_residence": (ev.ResidenceRecorded, HOUSEHOLD),
    "declare_official_relative": (ev.OfficialRelativeDeclared, HOUSEHOLD),
    "request_papers": (ev.PapersRequested, HOUSEHOLD),
    "supply_papers": (ev.PapersSupplied, HOUSEHOLD),
    "withdraw_application": (ev.ApplicationWithdrawn, HOUSEHOLD),
    "raise_warning": (ev.WarningRaised, HOUSEHOLD),
    "close_warning": (ev.WarningClosed, HOUSEHOLD),
    "file_appeal": (ev.AppealFiled, HOUSEHOLD),
    "decide_appeal": (ev.AppealDecided, HOUSEHOLD),
    "hold_appraisal": (ev.AppraisalHeld, HOUSEHOLD),
    "give_opinion": (ev.OpinionGiven, HOUSEHOLD),
    "assess_self_care": (ev.SelfCareAssessed, HOUSEHOLD),
    "hear_person": (ev.PersonHeard, HOUSEHOLD),
    "suspend": (ev.Suspended, HOUSEHOLD),
    "resume": (ev.Resumed, HOUSEHOLD),
    "switch_program": (ev.Switched, HOUSEHOLD),
    "start_fade_out": (ev.FadeOutStarted, HOUSEHOLD),
    "extend": (ev.Extended, HOUSEHOLD),
    "reinstate": (ev.Reinstated, HOUSEHOLD),
    "hand_over": (ev.HandedOver, HOUSEHOLD),
    "carry_over": (ev.CarriedOver, HOUSEHOLD),
    "recall_payment": (ev.PaymentRecalled, HOUSEHOLD),
    "agree_custody": (ev.CustodyAgreed, HOUSEHOLD),
    "end_custody": (ev.CustodyEnded, HOUSEHOLD),
    "receive_application": (ev.ApplicationReceived, HOUSEHOLD),
    "accept_application": (ev.ApplicationAccepted, HOUSEHOLD),
    "give_authorization": (ev.AuthorizationGiven, HOUSEHOLD),
    "complete_cross_check": (ev.CrossCheckCompleted, HOUSEHOLD),
    "compare_directory": (ev.DirectoryCompared, HOUSEHOLD),
    "visit_home": (ev.HomeVisited, HOUSEHOLD),
    "ask_neighbors": (ev.NeighborsAsked, HOUSEHOLD),
    "post_notice": (ev.NoticePosted, HOUSEHOLD),
    "raise_objection": (ev.ObjectionRaised, HOUSEHOLD),
    "resolve_objection": (ev.ObjectionResolved, HOUSEHOLD),
    "enroll": (ev.Enrolled, HOUSEHOLD),
    "refuse": (ev.EnrollmentRefused, HOUSEHOLD),
    "adjust": (ev.EntitlementAdjusted, HOUSEHOLD),
    "cover_member": (ev.MemberCovered, HOUSEHOLD),
    "publish_decision": (ev.DecisionPublished, HOUSEHOLD),
    "deliver_decision": (ev.DecisionDelivered, HOUSEHOLD),
    "exit": (ev.Exited, HOUSEHOLD),
    "uncover_member": (ev.MemberUncovered, HOUSEHOLD),
    "prepare_batch": (ev.BatchPrepared, NEW),
    "review_batch": (ev.BatchReviewed, BATCH),
    "approve_batch": (ev.BatchApproved, BATCH),
    "send_batch": (ev.BatchSent, BATCH),
    "settle_batch": (ev.BatchSettled, BATCH),
    "authorize_payment": (ev.PaymentAuthorized, HOUSEHOLD),
    "confirm_paid": (ev.PaymentPaid, HOUSEHOLD),
    "confirm_returned": (ev.PaymentReturned, HOUSEHOLD),
    "reissue_payment": (ev.PaymentReissued, HOUSEHOLD),
    "recover_payment": (ev.PaymentRecovered, HOUSEHOLD),
    "register_provider": (ev.ProviderRegistered, NEW),
    "open_project": (ev.ProjectOpened, NEW),
    "fund_project": (ev.ProjectFunded, PROJECT),
    "pay_project": (ev.ProjectPaid, PROJECT),
    "accept_project": (ev.ProjectAccepted, PROJECT),
    "deliver_service": (ev.ServiceDelivered, PROJECT),
    "register_wish": (ev.WishRegistered, NEW),
    "match_wish": (ev.WishMatched, WISH),
    "fulfill_wish": (ev.WishFulfilled, WISH),
}
"""Command → the event that it asks for, and what names the stream. `annul` stands apart."""

_COMMON = {
    "command", "on", "effective_from", "document", "actor", "source", "basis", "key", "id",
    "caused_by", "evidence",
}  # fmt: skip
_STREAMS = {HOUSEHOLD, PERSON, BATCH, NEED, PROJECT, PROVIDER, WISH}


def command_from_json(raw: Mapping[str, Any], relief: Relief, text: str) -> Command:
    """The command that the JSON asks for. Raises BadValue that names the field at fault."""
    name = raw.get("command")
    if name in TURNS:
        return _whole_turn(str(name), raw, relief, text)
    if name not in COMMANDS:
        words = ", ".join([*COMMANDS, *TURNS, "annul"])
        # What was given instead is not quoted, here as elsewhere: it may name somebody.
        raise BadValue(f"未知命令;可用:{words}", f"unknown command; one of: {words}")
    cls, named_by = COMMANDS[name]
    reader = _Reader(relief)
    stream = reader.stream(raw, named_by)
    on = parse_date(_needed(raw, "on"))
    effective = parse_date(raw["effective_from"]) if raw.get("effective_from") else None
    event, personal = _event(cls, raw, reader, stream, on)
    draft = Draft(event, stream, on, effective, personal or None, raw.get("document"))
    return _command(raw, reader, text, [draft])


def _whole_turn(name: str, raw: Mapping[str, Any], relief: Relief, text: str) -> Command:
    """A split or a merger: the events of both files as one command."""
    reader = _Reader(relief)
    on = parse_date(_needed(raw, "on"))
    effective = parse_date(raw["effective_from"]) if raw.get("effective_from") else on
    parts = TURNS[name](raw, reader, relief.ledger, effective)
    drafts = [Draft(e, s, on, effective, document=raw.get("document")) for e, s in parts]
    return _command(raw, reader, text, drafts)


def _command(raw: Mapping[str, Any], reader: _Reader, text: str, drafts: list[Draft]) -> Command:
    cause, evidence = reader.cause(raw), reader.evidence(raw)
    for draft in drafts:
        draft.caused_by, draft.evidence = cause, evidence
    actor = reader.value(Actor, raw.get("actor", {"id": "operator", "role": "clerk"}), "actor")
    basis = raw.get("basis", ev.DECIDED)
    if basis not in (ev.DECIDED, ev.REPORTED):
        raise BadValue("basis 应为 decided 或 reported", "basis is decided or reported")
    key = ("record", str(raw["key"])) if raw.get("key") else ("record", text)
    return Command(key, text, drafts, actor, str(raw.get("source", "bureau")), basis)


def _needed(raw: Mapping[str, Any], name: str) -> Any:
    if raw.get(name) in (None, ""):
        raise BadValue(f"缺少 {name}", f"{name} is missing")
    return raw[name]


def _event(
    cls: type[Event], raw: Mapping[str, Any], reader: _Reader, stream: UUID, on: date
) -> tuple[Event, dict[str, str]]:
    hints = get_type_hints(cls, include_extras=True)
    known = {f.name for f in fields(cls)} - {"meta"}
    stray = set(raw) - known - _COMMON - _STREAMS - {"identity_number"}
    if stray:
        raise unknown_fields(stray, known)
    values: dict[str, Any] = {"meta": UNBORN}
    personal: dict[str, str] = {}
    for f in fields(cls):
        if f.name == "meta":
            continue
        hint, *marks = get_args(hints[f.name])
        given = raw.get(f.name)
        if any(isinstance(m, Personal) for m in marks):
            if given is not None:
                personal[f.name] = str(given)
        elif given is not None:
            values[f.name] = reader.value(hint, given, f.name)
        elif f.default is MISSING and f.name not in _NUMBERED:
            _needed(raw, f.name) if f.name not in _MINTED else None
            values[f.name] = new_id()
    reader.complete(cls, raw, stream, on, values, personal)
    event = cls(**values)
    _sealable(event, personal)
    return event, personal


def _sealable(event: Event, personal: Mapping[str, str]) -> None:
    """What is personal is sealed under somebody's key. Raises BadValue that says whose is missing."""
    owners = sealed_fields(type(event))
    for name in personal:
        owner = owners[name]
        if owner != "stream" and getattr(event, owner) is None:
            raise BadValue(
                f"{name} 要以某人的密钥加密保存:请给出 {owner}",
                f"{name} is kept sealed under a person's key: say whose, {owner}",
            )


def named_person(raw: Mapping[str, Any], name: str, relief: Relief) -> UUID:
    """The person whom a field names, by id or identity number. Raises BadValue."""
    person: UUID = _Reader(relief).value(UUID, _needed(raw, name), name)
    return person


_MINTED = {"application_id", "objection_id", "line_id", "warning_id", "appeal_id"}
"""Ids that the ledger mints where a command names none. Later commands name them."""
_NUMBERED = {"line_no"}
"""What a batch numbers where a command does not."""


class _Reader:
    """Reads JSON values by the type of the field; looks persons and households up."""

    def __init__(self, relief: Relief) -> None:
        self.relief = relief

    def stream(self, raw: Mapping[str, Any], named_by: str) -> UUID:
        """The stream that the command is for."""
        if named_by == NEW:
            given_id: UUID = self.value(UUID, raw["id"], "id") if raw.get("id") else new_id()
            return given_id
        if named_by == STANDARD:
            return self._known("standard", raw, "program", "component", "grade", "area")
        if named_by == EXPECTATION:
            return self._known("expectation", raw, "source", "kind")
        given = _needed(raw, named_by)
        if isinstance(given, Mapping) and "identity_number" in given:
            person = self.person(given)
            if named_by == PERSON:
                return person
            found = self.relief.ledger.find("household", [person.hex]).get(person.hex)
            if found is None:
                raise BadValue("该人不是任何户的户主", "this person is the head of no household")
            return found
        if isinstance(given, Mapping) and "number" in given:
            number = str(given["number"])
            found = self.relief.ledger.find(named_by, [number]).get(number)
            if found is None:
                raise BadValue(f"没有这个编号的 {named_by}", f"no {named_by} has this number")
            return found
        found_id: UUID = self.value(UUID, given, named_by)
        return found_id

    def _known(self, kind: str, raw: Mapping[str, Any], *names: str) -> UUID:
        """One stream for what these fields name: that of its earlier versions, or a new one."""
        key = "/".join(str(raw.get(name) or "") for name in names)
        return self.relief.ledger.find(kind, [key]).get(key) or new_id()

    def household(self, given: Any) -> UUID:
        """The household meant, by its id or its head's identity number."""
        return self.stream({HOUSEHOLD: given}, HOUSEHOLD)

    def person(self, given: Mapping[str, Any]) -> UUID:
        """The person behind an identity number."""
        number = parse_identity_number(str(given["identity_number"]), self.relief.today()).text
        found = self.relief.ledger.people_for([number]).get(number)
        if found is None:
            raise BadValue("账本中没有这个人", "the ledger does not know this person")
        return found

    def register(
        self,
        raw: Mapping[str, Any],
        person: UUID,
        on: date,
        values: dict[str, Any],
        personal: dict[str, str],
    ) -> None:
        """A new person: checks the number, makes the key, fills in what the number says."""
        identity = parse_identity_number(str(_needed(raw, "identity_number")), self.relief.today())
        registered = self.relief.vault.register([NewPerson(person, identity.text)])
        if registered[identity.text] != person:
            raise BadValue("这个人已经登记", "this person is registered already")
        personal["identity_number"] = identity.text
        personal["birth_date"] = identity.birth_date.isoformat()
        values.setdefault("sex", identity.sex)
        values.setdefault("age_band", band_on(identity, on))

    def renumber(
        self, person: UUID, on: date, values: dict[str, Any], personal: dict[str, str]
    ) -> None:
        """The person's number is known by now, or is another: it finds the person from here on."""
        identity = parse_identity_number(personal["identity_number"], self.relief.today())
        known = self.relief.ledger.people_for([identity.text]).get(identity.text)
        if known is None:
            known = also_known_as(self.relief.vault, person, identity.text)
        if known != self.relief.ledger.same_person().of(person):
            raise BadValue(
                "该身份证号已登记为另一人;若为同一人,请用 merge_person 合并",
                "this number is registered as another person's; if they are one, use merge_person",
            )
        personal["identity_number"] = identity.text
        personal["birth_date"] = identity.birth_date.isoformat()
        values.setdefault("sex", identity.sex)
        values.setdefault("age_band", band_on(identity, on))

    def _named(self, given: Mapping[str, Any]) -> UUID:
        """A person by identity number, a batch by its number, a line by batch and number."""
        if "batch" not in given:
            return self.person(given)
        number = str(given["batch"])
        found = self.relief.ledger.find("batch", [number]).get(number)
        if found is None:
            raise BadValue(f"没有批次 {number}", f"there is no batch {number}")
        return self._line(number, found, given["line"]) if "line" in given else found

    def _line(self, number: str, batch: UUID, line_no: Any) -> UUID:
        with self.relief.recorder.reading() as conn:
            for line in lines_of_batch(conn, batch):
                if line.line_no == line_no:
                    return line.line_id
        raise BadValue(
            f"批次 {number} 没有第 {line_no} 笔", f"batch {number} has no line {line_no}"
        )

    def complete(
        self,
        cls: type[Event],
        raw: Mapping[str, Any],
        stream: UUID,
        on: date,
        values: dict[str, Any],
        personal: dict[str, str],
    ) -> None:
        """Fills in what the ledger knows better than who gives the command."""
        if cls in (ev.PaymentAuthorized, ev.PaymentReissued):
            self.place_in_batch(cls, stream, values)
        elif cls is ev.PersonRegistered:
            self.register(raw, stream, on, values, personal)
        elif cls is ev.PersonCorrected and "identity_number" in personal:
            self.renumber(stream, on, values, personal)

    def place_in_batch(self, cls: type[Event], household: UUID, values: dict[str, Any]) -> None:
        """Of a line: the next free number of its batch, and of one that is sent again, for whom."""
        if not values.get("line_no"):
            with self.relief.recorder.reading() as conn:
                values["line_no"] = batch_totals(conn, values["batch_id"]).last_no + 1
        if cls is ev.PaymentReissued and not values.get("beneficiary_id"):
            case = self.relief.ledger.load(household)
            line = case.lines().get(values["line_id"]) if isinstance(case, CaseFile) else None
            values["beneficiary_id"] = line.authorized.beneficiary_id if line else None

    def cause(self, raw: Mapping[str, Any]) -> UUID | None:
        """The event that this one follows from; it has to stand in the ledger."""
        if raw.get("caused_by") is None:
            return None
        event_id: UUID = self.value(UUID, raw["caused_by"], "caused_by")
        if self.relief.ledger.recorder.position_of(event_id) is None:
            raise BadValue(
                "caused_by 不是账本中的事件", "caused_by is the id of no event in the ledger"
            )
        return event_id

    def evidence(self, raw: Mapping[str, Any]) -> tuple[bytes, ...]:
        """Keyed digests of the files named; the files stay where they are."""
        given: tuple[str, ...] = self.value(tuple[str, ...], raw.get("evidence", []), "evidence")
        return tuple(self._digest_of(Path(name)) for name in given)

    def _digest_of(self, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            # Not the file's name: it may hold somebody's.
            raise BadValue(
                "evidence 中有文件无法读取", "a file named in evidence cannot be read"
            ) from None
        return self.relief.vault.digest("file", found)

    def value(self, hint: Any, given: Any, name: str) -> Any:
        """The value of a field. Raises BadValue that names it."""
        try:
            return self._value(hint, given, name)
        except (TypeError, ValueError, KeyError) as e:
            if isinstance(e, BadValue):
                raise
            raise BadValue(f"{name} 的值不对", f"the value of {name} does not fit") from None

    def _value(self, hint: Any, given: Any, name: str) -> Any:
        if get_origin(hint) in (Union, types.UnionType):
            hint = next(a for a in get_args(hint) if a is not type(None))
        if hint is UUID:
            return self._named(given) if isinstance(given, Mapping) else UUID(given)
        if hint is date:
            return parse_date(given)
        if hint is bytes:
            return bytes.fromhex(given)
        if get_origin(hint) is tuple:
            return tuple(self.value(get_args(hint)[0], item, name) for item in given)
        if is_dataclass(hint) and isinstance(hint, type):
            hints = get_type_hints(hint)
            return hint(**{k: self.value(hints[k], v, f"{name}.{k}") for k, v in given.items()})
        if not isinstance(given, hint) or (hint is int and isinstance(given, bool)):
            raise BadValue(f"{name} 应为 {hint.__name__}", f"{name} must be {hint.__name__}")
        return given
