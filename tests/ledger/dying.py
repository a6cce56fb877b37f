"""Lets a process die at its n-th step on the disk, for every n, as a power cut would.

A step is a sync, an opening, a renaming, a removal or a commit of a database.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

STEPS: tuple[tuple[Any, str], ...] = (
    (os, "fsync"),
    (os, "open"),
    (Path, "replace"),
    (Path, "unlink"),
    (DefaultDialect, "do_commit"),
)
DIED, DONE, FAILED = 9, 0, 1


def deaths(folder: Path, work: Callable[[Path], None]) -> Iterator[tuple[int, str, Path]]:
    """Does the work in a copy of the folder, in a process that dies before or after its n-th step.

    Yields step, `before` or `after`, and the copy as the death left it; ends once the work gets
    through alive. `work` opens what it needs itself: nothing may be open across the fork.
    """
    for n in range(1, 200):
        for when in ("before", "after"):
            copy = folder.with_name(f"{folder.name}-{n}-{when}")
            shutil.copytree(folder, copy)
            if _status(copy, work, n, when) == DONE:
                assert n > 3, "the work has hardly a step: the counting is broken"
                return
            yield n, when, copy
    raise AssertionError("no end of steps")


def _status(copy: Path, work: Callable[[Path], None], n: int, when: str) -> int:
    child = os.fork()
    if child == 0:
        code = FAILED
        try:
            _arm(n, when)
            work(copy)
            code = DONE
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (DIED, DONE), f"step {n}, {when}: the work raised (exit code {code})"
    return code


def _arm(n: int, when: str) -> None:
    """This process dies at its n-th step from here on."""
    count = 0

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == n and when == "before":
                os._exit(DIED)
            result = real(*args, **kwargs)
            if count == n:
                os._exit(DIED)
            return result

        return step

    for holder, name in STEPS:
        setattr(holder, name, dying(getattr(holder, name)))
