"""Given / when / then for one stream: facts, a drafted event, and what the judge says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from domain.aggregate import Aggregate
from domain.case import CaseFile
from domain.events import (
    DECIDED,
    UNBORN,
    Actor,
    Annulled,
    ApplicationReceived,
    Component,
    CrossCheckCompleted,
    Enrolled,
    Event,
    HouseholdFormed,
    MemberJoined,
    Meta,
    PaymentAuthorized,
    PaymentPart,
    annulled_class,
)
from domain.judgement import judge
from domain.other_streams import Stream
from domain.refusals import Refusal
from domain.rulebook import TrunkRules

HOUSEHOLD, HEAD, CHILD, STRANGER, BATCH = (UUID(int=n) for n in range(1, 6))


def day(text: str) -> date:
    return date.fromisoformat(text)


def on(event: Event, when: str, effective: str | None = None, stream: UUID = HOUSEHOLD) -> Event:
    """The event on a day; it gets its place in the stream when it is given."""
    meta = Meta(
        event_id=UUID(int=0),
        stream_id=stream,
        stream_version=0,
        command_id=bytes(16),
        content_digest=bytes(16),
        occurred_on=day(when),
        actor=Actor("clerk"),
        basis=DECIDED,
        source="bureau",
        effective_from=day(effective) if effective else None,
    )
    return replace(event, meta=meta)


class Story:
    """Facts so far, and questions about the next event."""

    def __init__(self, *events: Event) -> None:
        stream_id = events[0].meta.stream_id if events else HOUSEHOLD
        is_case = not events or isinstance(events[0], HouseholdFormed)
        self.stream: Aggregate = CaseFile(stream_id) if is_case else Stream(stream_id)
        self.facts: list[Event] = []
        for event in events:
            self.then(event)

    def placed(self, event: Event) -> Event:
        version = self.stream.version + 1
        place = replace(event.meta, stream_version=version, event_id=UUID(int=1000 + version))
        return replace(event, meta=place)

    def then(self, event: Event) -> Story:
        """It happened."""
        event = self.placed(event)
        self.stream.apply(event)
        self.facts.append(event)
        return self

    def annul(self, index: int, when: str = "2023-12-01") -> Story:
        """The fact with this index is annulled."""
        target = self.facts[index]
        event: Annulled = annulled_class(target.family)(
            meta=UNBORN, annulled_event_id=target.meta.event_id, reason="mistake"
        )
        return self.then(on(event, when, stream=target.meta.stream_id))

    def when(self, event: Event) -> Sequence[Refusal]:
        """What the judge says of it."""
        return judge(self.placed(event), self.stream, TrunkRules())

    def allows(self, event: Event) -> None:
        assert [type(r) for r in self.when(event)] == []

    def refuses(self, event: Event, *reasons: type[Refusal]) -> None:
        found = self.when(event)
        assert [type(r) for r in found] == list(reasons)
        assert all(r.zh and r.en for r in found)

    @property
    def case(self) -> CaseFile:
        assert isinstance(self.stream, CaseFile)
        return self.stream


# -- events as they mostly are --------------------------------------------------------------


def formed(when: str = "2023-01-02") -> Event:
    return on(HouseholdFormed(meta=UNBORN, head_id=HEAD, town="330681001", size=2), when)


def joined(person: UUID = CHILD, when: str = "2023-01-02") -> Event:
    return on(MemberJoined(meta=UNBORN, person_id=person, relation="child"), when, when)


def applied(when: str = "2023-01-05", program: str = "dibao") -> Event:
    event = ApplicationReceived(
        meta=UNBORN, application_id=UUID(int=77), program=program, applicant_id=HEAD
    )
    return on(event, when)


def checked(when: str = "2023-01-20") -> Event:
    event = CrossCheckCompleted(meta=UNBORN, person_id=HEAD, request="R1", result="meets")
    return on(event, when)


def enrolled(
    when: str = "2023-02-10",
    effective: str = "2023-03-01",
    program: str = "dibao",
    base: int = 80_000,
    covered: tuple[UUID, ...] = (HEAD,),
    **more: object,
) -> Event:
    event = Enrolled(
        meta=UNBORN,
        program=program,
        covered=covered,
        components=(Component("base", base),),
        **more,  # type: ignore[arg-type]
    )
    return on(event, when, effective)


def line(
    number: int,
    when: str,
    *parts: PaymentPart,
    program: str = "dibao",
    amount: int | None = None,
) -> Event:
    total = sum(-p.amount_fen if p.kind == "offset" else p.amount_fen for p in parts)
    event = PaymentAuthorized(
        meta=UNBORN,
        line_id=UUID(int=500 + number),
        batch_id=BATCH,
        line_no=number,
        program=program,
        fund="county",
        amount_fen=total if amount is None else amount,
        parts=parts,
        beneficiary_id=HEAD,
    )
    return on(event, when)


def regular(month: str, fen: int, component: str = "base") -> PaymentPart:
    return PaymentPart(component, "regular", fen, month, month)


def in_dibao() -> Story:
    """A household of two, its head in 低保 with 800 yuan from March 2023."""
    return Story(formed(), joined(), applied(), checked(), enrolled())
