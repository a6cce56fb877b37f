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
    HouseholdFormed,
    MemberJoined,
    MemberLeft,
    NeedAnswered,
    NeedDiscovered,
    NeedReferred,
    OrganizationRegistered,
    PersonDied,
    PersonRegistered,
    ProjectAccepted,
    ProjectFunded,
    ProjectOpened,
    ProjectPaid,
    ProviderRegistered,
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
