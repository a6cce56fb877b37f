"""The documents say what the program does: every command is run, all output shown is compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.console.documents import Shell, Step, agrees, run_document, steps_of

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(p for p in (ROOT / "docs").rglob("*.md") if "```console" in p.read_text("utf-8"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.stem)
def test_every_command_prints_what_the_document_shows(path: Path, tmp_path: Path) -> None:
    compared = 0
    for step, ran in run_document(path, tmp_path):
        where = f"{path.name}:{step.line}: {step.command}"
        assert ran.code == (1 if step.refused else 0), f"{where}\n" + "\n".join(ran.lines)
        if step.shown:
            compared += 1
            shown, printed = "\n".join(step.shown), "\n".join(ran.lines)
            assert agrees(step.shown, ran.lines), f"{where}\n{shown}\n---- printed:\n{printed}"
    assert compared


def test_every_example_of_the_readme_runs(tmp_path: Path) -> None:
    ran = list(run_document(ROOT / "README.md", tmp_path))
    assert len(ran) >= 10
    for step, found in ran:
        allowed = (0, 1) if "--dry-run" in step.command else (0,)
        assert found.code in allowed, (step.command, found.lines)


TEXT = """\
<!-- clock 2024-01-05T10:00:00+08:00 -->
```console
$ relief-ledger init walk
made
$ relief-ledger record << 'END'
{"a": 1}
END
done
…
```
<!-- refused -->
```console
$ relief-ledger roster
```
```console
$ relief-ledger doctor
```
"""


def test_a_document_is_read_command_by_command() -> None:
    first, second, third, last = steps_of(TEXT)
    assert (first.command, first.shown, str(first.at)) == (
        "relief-ledger init walk",
        ["made"],
        "2024-01-05 10:00:00+08:00",
    )
    assert (second.stdin, second.shown) == (['{"a": 1}'], ["done", "…"])
    assert [s.refused for s in (first, second, third, last)] == [False, False, True, False]
    assert last.at == first.at


def test_only_what_differs_from_run_to_run_may_differ() -> None:
    one = "event 018d0000-0000-7000-8000-000000000001 …ab12cd 3"
    other = "event 018dffff-0000-7000-8000-000000000002 …ffffff 3"
    assert agrees([one], [other])
    assert not agrees([one], [other.replace(" 3", " 4")])
    assert not agrees([one], [other, ""])
    assert agrees(["a", "…", "z"], ["a", "b", "c", "z"])
    assert not agrees(["a", "…", "z"], ["a", "b", "c"])


def test_what_is_no_command_of_ours_is_refused(tmp_path: Path) -> None:
    step = Step("rm -rf x", 1, None, refused=False)
    with pytest.raises(AssertionError, match="rm"):
        Shell(tmp_path).run(step)


def test_identity_numbers_of_the_documents_are_nobodys() -> None:
    for path in (ROOT / "README.md", *DOCUMENTS):
        for number in re.findall(r"\b\d{17}[\dX]\b", path.read_text("utf-8")):
            assert number[14:17] == "000", f"{path.name}: {number[:6]}…"
