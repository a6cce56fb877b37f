"""Following the log: what this process appends at once, what others append within a second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventsourcing.persistence import ApplicationRecorder, ListenNotifySubscription

if TYPE_CHECKING:
    from ledger.recorder import ReliefApplicationRecorder

POLL_SECONDS = 0.5


class ReliefSubscription(ListenNotifySubscription[ApplicationRecorder]):
    """The library's subscription, woken by appends here and by a clock for those elsewhere."""

    def __init__(
        self,
        recorder: ReliefApplicationRecorder,
        gt: int | None = None,
        topics: Sequence[str] = (),
    ) -> None:
        self._relief = recorder
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        recorder.listen(self._has_been_notified)

    def stop(self) -> None:
        """Ends it; the iteration that waits comes back."""
        super().stop()
        self._relief.unlisten(self._has_been_notified)

    def _loop_on_pull(self) -> None:
        try:
            self._pull()
            while not self._has_been_stopped:
                self._has_been_notified.wait(POLL_SECONDS)
                self._pull()
        except BaseException as e:
            if self._thread_error is None:
                self._thread_error = e
            self.stop()
