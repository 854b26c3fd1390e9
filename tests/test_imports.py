"""The repository's own rules, read from its syntax trees: which way imports go, who reads the clock, what money is."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Each may import itself and what stands before it.
LAYERS = ["awards.agreement", "awards.market", "awards", "exercises", "config"]
FOLDERS = ["awards", "exercises", "config"]

PURE = {
    "bisect", "collections", "contextlib", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools",
    "itertools", "math", "operator", "typing", "zoneinfo",
}  # fmt: skip
CLOCKS = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "django.utils.timezone.now", "django.db.models.functions.Now", "time.time", "time.time_ns",
}  # fmt: skip
CLOCKS_WITHOUT_ARGUMENT = {"django.utils.timezone.localdate", "django.utils.timezone.localtime"}

Problems = Iterator[tuple[int, str]]


def layer_of(name: str) -> str | None:
    """The innermost layer that a dotted name lies in; None for what is not ours."""
    return next((layer for layer in LAYERS if f"{name}.".startswith(f"{layer}.")), None)


def imported(tree: ast.Module, module: str) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of each import, at whatever depth."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{origin(node, module)}.{alias.name}") for alias in node.names)


def origin(node: ast.ImportFrom, module: str) -> str:
    package = ".".join(module.split(".")[: -node.level]) if node.level else ""
    return ".".join(filter(None, [package, node.module]))


def wrong_way(tree: ast.Module, module: str) -> Problems:
    here = layer_of(module)
    for line, name in imported(tree, module):
        there = layer_of(name)
        if here is None or there is None or LAYERS.index(there) <= LAYERS.index(here):
            continue
        if f"{name}.".startswith("config.clock.") and here != "awards.agreement":
            continue
        yield line, f"{here} imports {name}"


def settings_imported(tree: ast.Module, module: str) -> Problems:
    for line, name in imported(tree, module):
        if f"{name}.".startswith("config.settings."):
            yield line, "config.settings is for Django to read: use django.conf.settings"


def impure(tree: ast.Module, module: str) -> Problems:
    if layer_of(module) != "awards.agreement":
        return
    for line, name in imported(tree, module):
        if name.partition(".")[0] not in PURE and layer_of(name) != "awards.agreement":
            yield line, f"{name} is not for the agreement"
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"open", "print", "input"}
        ):
            yield node.lineno, f"{node.func.id}() is not for the agreement"
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node.lineno, f"{node.value} is a float"


def names_in(tree: ast.Module, module: str) -> dict[str, str]:
    """What each imported name stands for in this file."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{origin(node, module)}.{alias.name}" for alias in node.names}
    return names


def dotted(node: ast.AST, names: dict[str, str]) -> str | None:
    """The full name that an expression such as `timezone.now` stands for."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value, names)
        return f"{owner}.{node.attr}" if owner else None
    return None


def clock_read(tree: ast.Module, module: str) -> Problems:
    if module == "config.clock":
        return
    names = names_in(tree, module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and (name := dotted(node, names)) in CLOCKS:
            yield node.lineno, f"{name} outside config.clock"
        is_bare_call = isinstance(node, ast.Call) and not (node.args or node.keywords)
        if is_bare_call and (name := dotted(node.func, names)) in CLOCKS_WITHOUT_ARGUMENT:
            yield node.lineno, f"{name}() outside config.clock"
        if isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            yield node.value.lineno, f"{node.arg} outside config.clock"


def swallowed(tree: ast.Module, module: str) -> Problems:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node.lineno, "bare except"


def inexact(tree: ast.Module, module: str) -> Problems:
    if module.partition(".")[0] == "config":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "float":
                yield node.lineno, "float()"
            if node.func.id == "Decimal" and any(holds_float(argument) for argument in node.args):
                yield node.lineno, "Decimal of a float"


def holds_float(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Constant) and isinstance(part.value, float) for part in ast.walk(node))


def delayed(tree: ast.Module, module: str) -> Problems:
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in {"eta", "countdown"}:
            yield node.value.lineno, f"{node.arg}: the broker keeps no dates; the database decides what is due"


CHECKS: list[Callable[[ast.Module, str], Problems]] = [
    wrong_way, settings_imported, impure, clock_read, swallowed, inexact, delayed,
]  # fmt: skip


def problems(source: str, module: str) -> list[str]:
    tree = ast.parse(source)
    found = sorted(problem for check in CHECKS for problem in check(tree, module))
    return [f"line {line}: {text}" for line, text in found]


def modules() -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            # A package's own name lets its relative imports resolve as any other file's in it.
            yield ".".join(parts), path


@pytest.mark.parametrize(("module", "path"), [pytest.param(*found, id=found[0]) for found in modules()])
def test_module_keeps_the_rules(module: str, path: Path) -> None:
    assert problems(path.read_text(), module) == []


def test_every_layer_was_read() -> None:
    assert {layer_of(module) for module, _ in modules()} == set(LAYERS)


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("awards.agreement.months", "import django", ["line 1: django is not for the agreement"]),
        (
            "awards.agreement.months",
            "from config.clock import today",
            [
                "line 1: awards.agreement imports config.clock.today",
                "line 1: config.clock.today is not for the agreement",
            ],
        ),
        (
            "awards.agreement.months",
            "def f():\n    from awards.market import models",
            [
                "line 2: awards.agreement imports awards.market.models",
                "line 2: awards.market.models is not for the agreement",
            ],
        ),
        ("awards.agreement.months", "open('x')", ["line 1: open() is not for the agreement"]),
        ("awards.agreement.months", "YEAR = 365.25", ["line 1: 365.25 is a float"]),
        (
            "awards.market.recording",
            "from awards.models import Award",
            ["line 1: awards.market imports awards.models.Award"],
        ),
        ("awards.market.recording", "from awards import queries", ["line 1: awards.market imports awards.queries"]),
        (
            "awards.market.recording",
            "from ..models import Award",
            ["line 1: awards.market imports awards.models.Award"],
        ),
        ("awards.views", "import exercises.models", ["line 1: awards imports exercises.models"]),
        ("exercises.views", "from config import celery_app", ["line 1: exercises imports config.celery_app"]),
        (
            "config.urls",
            "from config import settings",
            ["line 1: config.settings is for Django to read: use django.conf.settings"],
        ),
        (
            "awards.views",
            "import datetime as d\nd.datetime.now(d.UTC)",
            ["line 2: datetime.datetime.now outside config.clock"],
        ),
        (
            "awards.views",
            "from datetime import date as d\nd.today()",
            ["line 2: datetime.date.today outside config.clock"],
        ),
        (
            "awards.models.award",
            "from django.utils import timezone\nf(default=timezone.now)",
            ["line 2: django.utils.timezone.now outside config.clock"],
        ),
        (
            "awards.tasks",
            "from django.utils.timezone import localdate\nlocaldate()",
            ["line 2: django.utils.timezone.localdate() outside config.clock"],
        ),
        ("config.supervisor", "import time\ntime.time()", ["line 2: time.time outside config.clock"]),
        ("awards.models.award", "f(auto_now_add=True)", ["line 1: auto_now_add outside config.clock"]),
        ("config.urls", "try:\n    f()\nexcept:\n    pass", ["line 3: bare except"]),
        ("awards.queries", "float('1.5')", ["line 1: float()"]),
        ("exercises.queries", "Decimal(-0.1)", ["line 1: Decimal of a float"]),
        (
            "exercises.tasks",
            "f.apply_async(countdown=5)",
            ["line 1: countdown: the broker keeps no dates; the database decides what is due"],
        ),
    ],
)
def test_rule_broken_is_found(module: str, source: str, expected: list[str]) -> None:
    assert problems(source, module) == expected


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "awards.agreement.vesting",
            "from dataclasses import dataclass\nfrom awards.agreement.months import add_months",
        ),
        ("awards.market.recording", "from awards.agreement import rounding\nfrom config import clock\nclock.now()"),
        ("awards.views", "from config.clock import today\ntoday()"),
        ("awards.views", "from awards.market.models import ClosingPrice\nfrom django.conf import settings"),
        ("exercises.actions.notice", "from awards.actions import lock\nfrom awards.agreement.terms import Terms"),
        ("awards.views", "from django.utils import timezone\ntimezone.localtime(received_at)"),
        ("config.urls", "from exercises import urls"),
        ("config.clock", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
        ("awards.queries", "Decimal('0.1')"),
    ],
)
def test_rule_kept_is_let_through(module: str, source: str) -> None:
    assert problems(source, module) == []
