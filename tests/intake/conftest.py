"""A bureau's ledger to import into, and what the log holds afterwards; ends with the whole log verified."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest

from console.settings import read_settings
from console.wiring import BUREAU, Relief, create
from domain.events import Event
from intake.importing import ImportResult, import_file
from ledger.clock import Clock, FixedClock
from tests.ledger.whole_log import assert_whole

TODAY = date(2024, 6, 27)
E = TypeVar("E", bound=Event)


class Bureau:
    """An open ledger and short ways to import and to look."""

    def __init__(self, folder: Path, *, new: bool = True, clock: Clock | None = None) -> None:
        self.folder = folder
        self.clock = clock or FixedClock()
        if new:
            create(folder / "ledger", "测试", synthetic=True, clock=self.clock)
        self.relief = Relief(read_settings(folder / "ledger"), self.clock)

    def opened_again(self) -> Bureau:
        """As after a crash: nothing of this one goes on."""
        self.relief.close()
        return Bureau(self.folder, new=False, clock=self.clock)

    def close(self) -> None:
        """The whole log is verified, then all is closed."""
        assert_whole(self.relief.recorder)
        self.relief.close()

    def imports(
        self,
        path: Path,
        kind: str | None = None,
        *,
        source: str = BUREAU,
        dry_run: bool = False,
    ) -> ImportResult:
        """One file, today."""
        context = self.relief.context(source)
        context.today = TODAY
        return import_file(path, context, kind=kind, dry_run=dry_run)

    def recorded(self, path: Path, kind: str | None = None) -> ImportResult:
        """As above, of a file that must be right."""
        result = self.imports(path, kind)
        assert result.problems == []
        assert result.conflicts == []
        return result

    def events(self, cls: type[E]) -> list[E]:
        """All events of a class in the order of the log."""
        found = self.relief.entries.read(0, 1_000_000)
        return [r.event for r in found if isinstance(r.event, cls)]

    def topics(self, after: int = 0) -> list[str]:
        """Names of the events after a position."""
        return [type(r.event).__name__ for r in self.relief.entries.read(after, 1_000_000)]

    @property
    def head(self) -> int:
        return self.relief.entries.head()


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    found = Bureau(tmp_path)
    yield found
    found.close()
