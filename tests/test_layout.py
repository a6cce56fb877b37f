"""Holds the project to its own layout: packages, layers, libraries and tool settings agree."""

from __future__ import annotations

import ast
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PYPROJECT_TEXT = (ROOT / "pyproject.toml").read_text("utf-8")
PYPROJECT: dict[str, Any] = tomllib.loads(PYPROJECT_TEXT)
TOOLS: dict[str, Any] = PYPROJECT["tool"]

NOT_SHIPPED = {"tests", "benchmarks", "deploy"}
ALL_PACKAGES = {path.parent.name for path in ROOT.glob("[!.]*/__init__.py")}
SHIPPED = sorted(ALL_PACKAGES - NOT_SHIPPED)

# The table of CONTRIBUTING.md, as far as a package is held to a list.
OWN_PACKAGES = {
    "domain": set[str](),
    "schemas": set[str](),
    "evidence": set[str](),
    "storage": set[str](),
    "ledger": {"domain", "schemas", "evidence", "storage"},
    "intake": {"domain", "ledger"},
    "projections": {"domain", "storage"},
    "reports": {"domain", "ledger", "projections"},
    "simulation": {"domain"},
    "consumers": {"domain", "schemas", "evidence", "ledger", "projections"},
}
LIBRARIES = {
    "domain": {"eventsourcing.domain"},
    "schemas": {"fastavro"},
    "evidence": {"cryptography"},
    "storage": {"sqlalchemy", "psycopg"},
    "projections": {"sqlalchemy"},
    "simulation": {"xlsxwriter"},
}


def imports_of(package: str) -> Iterator[tuple[str, str]]:
    """Every (file and line, absolute module) imported anywhere in a package, inside functions too."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            place = f"{path.relative_to(ROOT)}:{node.lineno}"
            if isinstance(node, ast.Import):
                yield from ((place, alias.name) for alias in node.names)
            elif node.level == 0 and node.module:
                yield place, node.module


def library_imports_of(package: str) -> Iterator[tuple[str, str]]:
    """As above, without the standard library and the project's own packages."""
    for place, module in imports_of(package):
        top = module.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in ALL_PACKAGES:
            yield place, module


def stands_under(module: str, allowed: set[str]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in allowed)


def normalized(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_the_wheel_ships_exactly_the_packages_that_exist() -> None:
    assert TOOLS["hatch"]["build"]["targets"]["wheel"]["packages"] == SHIPPED


def test_types_and_layers_are_checked_in_every_package() -> None:
    assert sorted(TOOLS["mypy"]["packages"]) == sorted(ALL_PACKAGES)
    assert sorted(TOOLS["importlinter"]["root_packages"]) == SHIPPED


def test_every_package_but_the_composition_root_is_held_to_a_layer() -> None:
    assert sorted({*OWN_PACKAGES, "console"}) == SHIPPED


@pytest.mark.parametrize("package", sorted(ALL_PACKAGES))
def test_a_package_says_what_it_is_for_and_does_nothing(package: str) -> None:
    """At most it hands on names of its own modules; no code runs there."""
    tree = ast.parse((ROOT / package / "__init__.py").read_text("utf-8"))
    assert ast.get_docstring(tree)
    for node in tree.body[1:]:
        own = isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"{package}.")
        names = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        assert own or names


@pytest.mark.parametrize("package", sorted(OWN_PACKAGES))
def test_a_package_imports_only_the_packages_of_its_row(package: str) -> None:
    allowed = OWN_PACKAGES[package] | {package}
    strays = [
        f"{place} imports {module}"
        for place, module in imports_of(package)
        if (top := module.partition(".")[0]) in ALL_PACKAGES and top not in allowed
    ]
    assert strays == []


@pytest.mark.parametrize("package", sorted(LIBRARIES))
def test_a_package_imports_only_the_libraries_of_its_row(package: str) -> None:
    strays = [
        f"{place} imports {module}"
        for place, module in library_imports_of(package)
        if not stands_under(module, LIBRARIES[package])
    ]
    assert strays == []


@pytest.mark.parametrize("package", SHIPPED)
def test_every_library_that_is_imported_is_a_declared_dependency(package: str) -> None:
    extras = PYPROJECT["project"]["optional-dependencies"].values()
    declared = {
        normalized(re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0])
        for requirement in [*PYPROJECT["project"]["dependencies"], *chain.from_iterable(extras)]
    }
    distributions = packages_distributions()
    strays = [
        f"{place} imports {module}"
        for place, module in library_imports_of(package)
        if declared.isdisjoint(map(normalized, distributions.get(module.partition(".")[0], [])))
    ]
    assert strays == []


def test_the_lock_names_only_the_public_registry() -> None:
    lock = (ROOT / "uv.lock").read_text("utf-8")
    hosts = set(re.findall(r"\w+://([^/\"]+)", lock))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


def test_each_ignored_rule_says_its_reason() -> None:
    lines = PYPROJECT_TEXT.partition("\nignore = [\n")[2].partition("\n]")[0].splitlines()
    assert len(lines) == len(TOOLS["ruff"]["lint"]["ignore"])
    assert [line for line in lines if "#" not in line] == []


def test_warnings_are_errors_and_types_are_strict() -> None:
    assert TOOLS["pytest"]["ini_options"]["filterwarnings"] == ["error"]
    assert TOOLS["mypy"]["strict"] is True


def test_the_build_can_run_its_own_check() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
