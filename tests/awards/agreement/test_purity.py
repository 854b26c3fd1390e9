"""awards.agreement is pure: the standard library's arithmetic and dates, no Django, no clock, no files, no floats."""

import ast
from pathlib import Path

import pytest

import awards.agreement

ROOT = Path(awards.agreement.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
ALLOWED = {
    "bisect",
    "collections.abc",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "math",
    "typing",
    "zoneinfo",
}
CLOCK_READS = {"today", "now", "utcnow", "fromtimestamp", "utcfromtimestamp", "time", "monotonic", "localtime"}
FORBIDDEN_CALLS = CLOCK_READS | {"open", "print", "input", "exec", "eval", "float", "__import__"}


def imported(tree: ast.AST) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {
        f"{'.' * node.level}{node.module or ''}" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }


def called(tree: ast.AST) -> set[str]:
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {function.id for function in functions if isinstance(function, ast.Name)}
    return names | {function.attr for function in functions if isinstance(function, ast.Attribute)}


def impurities(source: str) -> set[str]:
    tree = ast.parse(source)
    foreign = {name for name in imported(tree) if name not in ALLOWED and not name.startswith("awards.agreement")}
    floats = {
        str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, float)
    }
    return foreign | floats | (called(tree) & FORBIDDEN_CALLS)


def test_there_are_modules_to_look_at() -> None:
    assert ROOT / "vesting.py" in MODULES


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_module_is_pure(module: Path) -> None:
    assert impurities(module.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from django.utils import timezone", "django.utils"),
        ("import awards.market.models", "awards.market.models"),
        ("from config.clock import now", "config.clock"),
        ("from . import terms", "."),
        ("import time", "time"),
        ("date.today()", "today"),
        ("datetime.datetime.now(UTC)", "now"),
        ("open('closes.csv')", "open"),
        ("print(1)", "print"),
        ("float('1')", "float"),
        ("rate = 0.25", "0.25"),
    ],
)
def test_an_impurity_is_found(source: str, found: str) -> None:
    assert impurities(source) == {found}
