"""Events of `relief.intake`: needs found and referred, applications received and accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from domain.events.base import Annulled, Doc, Event, Personal, Sealed


@dataclass(frozen=True)
class NeedDiscovered(Event, topic="relief.intake.NeedDiscovered"):
    """Somebody in need was found. The stream is the need's own."""

    number: Annotated[str, Doc("Number of the need at its source", "需求编号")]
    person_id: Annotated[UUID, Doc("Whose need", "需求人")]
    channel: Annotated[str, Doc("How it was found: visit, care_visit, data_alert …", "发现渠道")]
    kind: Annotated[str, Doc("living, medical, education, housing, employment, care", "需求类别")]
    household_id: Annotated[UUID | None, Doc("Household, where known", "家庭")] = None
    town: Annotated[str, Doc("Division code of the town", "乡镇代码")] = ""
    village: Annotated[str, Doc("Village of the visit", "走访村(社区)")] = ""
    detail: Annotated[
        Sealed | None, Doc("Free text, sealed", "详情(加密)"), Personal("person_id")
    ] = None


@dataclass(frozen=True)
class NeedReferred(Event, topic="relief.intake.NeedReferred"):
    """A need went to the department in charge (转介)."""

    organization: Annotated[str, Doc("Department in charge", "转介部门")]
    due_on: Annotated[date | None, Doc("Answer due on", "答复期限")] = None


@dataclass(frozen=True)
class NeedAnswered(Event, topic="relief.intake.NeedAnswered"):
    """The department in charge answered."""

    outcome: Annotated[str, Doc("relieved, not_eligible, passed_on, solved …", "答复结果")]


@dataclass(frozen=True)
class ApplicationReceived(Event, topic="relief.intake.ApplicationReceived"):
    """A household applied for a program."""

    application_id: Annotated[UUID, Doc("The application", "申请编号")]
    program: Annotated[str, Doc("Program code", "救助类别")]
    applicant_id: Annotated[UUID, Doc("Who applied", "申请人")]
    urgent: Annotated[bool, Doc("Urgent: help first, papers after", "是否急难")] = False


@dataclass(frozen=True)
class ApplicationAccepted(Event, topic="relief.intake.ApplicationAccepted"):
    """The town accepted the application (受理); terms of days run from here."""

    application_id: Annotated[UUID, Doc("The application", "申请编号")]


@dataclass(frozen=True)
class AuthorizationGiven(Event, topic="relief.intake.AuthorizationGiven"):
    """Persons authorized the cross-check of their economic situation."""

    person_ids: Annotated[tuple[UUID, ...], Doc("Who authorized", "授权人")]
    application_id: Annotated[UUID | None, Doc("For which application", "申请编号")] = None


@dataclass(frozen=True)
class IntakeAnnulled(Annulled, topic="relief.intake.Annulled"):
    """An event of the intake family is annulled."""
