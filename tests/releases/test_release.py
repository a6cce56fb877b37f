"""`make release`, tried from end to end in a throw-away copy of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import schemas
from domain.events import EVENT_CLASSES
from schemas.catalog import catalog
from schemas.releases import releases

ROOT = Path(__file__).parents[2]
PACKAGES = ("console", "domain", "evidence", "intake", "ledger", "projections", "reports",
            "schemas", "simulation")  # fmt: skip
EXITED = "relief.exit.Exited"
DRAFTS = any(releases().of(v) is None for v in catalog().versions)


class Checkout:
    """A copy of the code in a repository of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        junk = shutil.ignore_patterns("__pycache__", "*.pyc")
        for name in (*PACKAGES, "tests/releases", "tests/schemas", "docs"):
            shutil.copytree(ROOT / name, folder / name, ignore=junk)
        (folder / "tests/ledger").mkdir()
        for name in ("tests/__init__.py", "tests/ledger/__init__.py", "tests/ledger/whole_log.py",
                     "pyproject.toml"):  # fmt: skip
            shutil.copy(ROOT / name, folder / name)
        (folder / ".gitignore").write_text("__pycache__/\n", "utf-8")
        self.git("init", "-q")
        self.commit()

    def git(self, *words: str) -> str:
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")  # fmt: skip
        done = subprocess.run(["git", *identity, *words], cwd=self.folder, check=True, capture_output=True, text=True)  # fmt: skip
        return done.stdout

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "as it is")

    def run(self, *words: str) -> tuple[int, str]:
        """A module of the copy; its own code comes first on the path."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([sys.executable, "-m", *words], cwd=self.folder, env=environment,
                              capture_output=True, text=True, check=False)  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def release(self) -> tuple[int, str]:
        return self.run("tests.releases")

    def draft(self) -> None:
        for module in ("ledger.schema_drafts", "tests.schemas.samples", "ledger.event_catalog"):
            code, said = self.run(module)
            assert code == 0, said

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.slow
def test_a_release_is_frozen_and_the_next_one_grows_from_it(tmp_path: Path) -> None:
    copy = Checkout(tmp_path / "copy")
    listing = copy.folder / "schemas/releases.toml"
    before = listing.read_text("utf-8") if listing.exists() else ""
    number = before.count("on = ") + 1

    # A dirty tree is refused, and nothing is written.
    stray = copy.folder / "stray.txt"
    stray.write_text("x", "utf-8")
    code, said = copy.release()
    assert code != 0
    assert "not committed" in said
    stray.unlink()

    if DRAFTS:
        code, said = copy.release()
        assert code == 0, said
        assert (copy.folder / f"tests/releases/{number}/entries.bin.gz").exists()
        assert "draft" not in re.findall(r"\.avsc\) (\w+)", (copy.folder / "docs/events.md").read_text("utf-8"))  # fmt: skip
        copy.commit()
        number += 1
    code, said = copy.release()
    assert code != 0
    assert "nothing to release" in said
    assert copy.git("status", "--porcelain") == ""

    # A released file that changes is red; the class alone can no longer say so either.
    copy.edit(f"schemas/{EXITED}.v1.avsc", "A household left", "A family left")
    code, said = copy.run("schemas.releases")
    assert code != 0
    assert f"{EXITED}.v1.avsc" in said
    copy.git("checkout", "-q", ".")

    # A next version without a default is red.
    now = EVENT_CLASSES[EXITED].schema_version
    marked = f", version={now}" if now > 1 else ""
    old = f'class Exited(Event, topic="{EXITED}"{marked}):'
    new = f'class Exited(Event, topic="{EXITED}", version={now + 1}):'
    copy.edit("domain/events/enrollment.py", old, new)
    field = '    reason: Annotated[str, Doc("Reason code", "退出理由")]\n'
    copy.edit("domain/events/enrollment.py", field,
              field + '    told_by: Annotated[str, Doc("Who told", "告知人")]\n')  # fmt: skip
    copy.draft()
    code, said = copy.run("schemas.releases")
    assert code != 0
    assert "no default" in said

    # With one it is green, once its upcast is there; older ledgers are replayed with its code.
    copy.git("checkout", "-q", ".")
    copy.git("clean", "-qfd")
    copy.edit("domain/events/enrollment.py", old, new)
    copy.edit("domain/events/enrollment.py", field,
              field + '    told_by: Annotated[str, Doc("Who told", "告知人")] = ""\n')  # fmt: skip
    copy.draft()
    copy.commit()
    code, said = copy.run("schemas.releases")
    assert code == 0, said
    code, said = copy.release()
    assert code != 0
    assert f"no step from v{now} to v{now + 1}" in said
    # However the steps that there are by then are written down.
    steps = copy.folder / "ledger/upcasts.py"
    more = f'UPCASTS[("{EXITED}", {now})] = BY_DEFAULTS\n'
    steps.write_text(steps.read_text("utf-8") + more, "utf-8")
    copy.commit()
    code, said = copy.run("pytest", "-q", "-p", "no:cacheprovider", "tests/releases/test_replay.py",
                          "-k", "as_then or keeps_its")  # fmt: skip
    assert code == 0, said
    code, said = copy.release()
    assert code == 0, said
    listed = listing.read_text("utf-8")
    assert f'[release.{number}.files]\n"{EXITED}.v{now + 1}.avsc"' in listed
    assert listed.startswith(before.rstrip()) or not before


def test_the_copy_is_of_these_schemas() -> None:
    assert Path(schemas.__file__).parent == ROOT / "schemas"
