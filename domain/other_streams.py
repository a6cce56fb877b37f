"""The streams beside the case: persons, batches, needs, projects, wishes and the register."""

from __future__ import annotations

from domain.aggregate import Aggregate
from domain.events import (
    ApplicationAccepted,
    ApplicationReceived,
    BatchApproved,
    BatchPrepared,
    BatchReviewed,
    BatchSent,
    BatchSettled,
    Event,
    HeadChanged,
    HouseholdAbsorbed,
    HouseholdFormed,
    HouseholdMerged,
    HouseholdMoved,
    HouseholdSplit,
    MemberCameBack,
    MemberJoined,
    MemberLeft,
    MemberWentAway,
    NeedAnswered,
    NeedDiscovered,
    NeedReferred,
    OfficialRelativeDeclared,
    OrganizationRegistered,
    PersonCorrected,
    PersonDied,
    PersonRegistered,
    ProjectAccepted,
    ProjectFunded,
    ProjectOpened,
    ProjectPaid,
    ProviderRegistered,
    ResidenceRecorded,
    ServiceDelivered,
    SourceRegistered,
    SubjectErased,
    WishFulfilled,
    WishMatched,
    WishRegistered,
    WorkerAssigned,
)

FIRST: dict[type[Event], type[Event]] = {
    PersonDied: PersonRegistered,
    PersonCorrected: PersonRegistered,
    MemberWentAway: HouseholdFormed,
    MemberCameBack: HouseholdFormed,
    HeadChanged: HouseholdFormed,
    HouseholdSplit: HouseholdFormed,
    HouseholdMerged: HouseholdFormed,
    HouseholdAbsorbed: HouseholdFormed,
    HouseholdMoved: HouseholdFormed,
    ResidenceRecorded: HouseholdFormed,
    OfficialRelativeDeclared: HouseholdFormed,
    MemberJoined: HouseholdFormed,
    MemberLeft: HouseholdFormed,
    ApplicationReceived: HouseholdFormed,
    ApplicationAccepted: ApplicationReceived,
    NeedReferred: NeedDiscovered,
    NeedAnswered: NeedDiscovered,
    BatchReviewed: BatchPrepared,
    BatchApproved: BatchPrepared,
    BatchSent: BatchApproved,
    BatchSettled: BatchSent,
    ProjectFunded: ProjectOpened,
    ProjectPaid: ProjectFunded,
    ProjectAccepted: ProjectOpened,
    ServiceDelivered: ProjectOpened,
    WishMatched: WishRegistered,
    WishFulfilled: WishMatched,
}
"""Event → what must stand in its stream before it."""

ONCE: frozenset[type[Event]] = frozenset(
    {
        PersonRegistered,
        PersonDied,
        HouseholdFormed,
        HouseholdMerged,
        NeedDiscovered,
        BatchPrepared,
        BatchApproved,
        BatchSent,
        BatchSettled,
        ProjectOpened,
        ProjectAccepted,
        ProviderRegistered,
        OrganizationRegistered,
        SourceRegistered,
        WorkerAssigned,
        WishRegistered,
        WishFulfilled,
        SubjectErased,
    }
)
"""Events that stand at most once in their stream."""


class Stream(Aggregate):
    """Any stream that is no case: its order is all that it guards."""
