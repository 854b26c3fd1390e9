"""`make bench`: every `bench_*.py` beside this file, each in a process with a PostgreSQL and a Valkey of its own.

    python -m tests.benchmarks [MODULE...]

Prints one table, writes it to var/bench.json, and exits with 1 when a goal is missed or a benchmark fails.
"""

import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.rows import Row

FOLDER = Path(__file__).parent
REPORT = FOLDER.parents[1] / "var" / "bench.json"
CHILD = "--into"
# What a small database server would be given: a quarter of its memory, and room to write between two checkpoints.
DATABASE = {"TEST_SHARED_BUFFERS": "1GB", "TEST_MAX_WAL_SIZE": "8GB"}


def modules(chosen: Sequence[str]) -> list[str]:
    """The benchmarks to run: all, or those named, with or without their `bench_`. An unknown name is an error."""
    every = sorted(path.stem for path in FOLDER.glob("bench_*.py"))
    wanted = [f"bench_{name.removeprefix('bench_')}" for name in chosen] or every
    unknown = sorted(set(wanted) - set(every))
    if unknown:
        raise SystemExit(f"No such benchmark: {', '.join(unknown)}. There are {', '.join(every)}.")
    return wanted


def measured(module: str) -> list[Row]:
    """The rows of one benchmark, from a process whose memory and connections are its own. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder) / "rows.json"
        run = [sys.executable, "-m", "tests.servers", "--", sys.executable, "-m", "tests.benchmarks", CHILD, str(into)]
        environment = DATABASE | os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        subprocess.run([*run, module], check=True, cwd=FOLDER.parents[1], env=environment)
        return [Row(**row) for row in json.loads(into.read_text())]


def measure_here(into: Path, module: str) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    rows = importlib.import_module(f"tests.benchmarks.{module}").rows()
    into.write_text(json.dumps([asdict(row) for row in rows]))
    return 0


def figure(value: float, unit: str) -> str:
    """Three figures are more than a timing is good for."""
    return f"{value:,.0f}{unit}" if abs(value) >= 100 else f"{value:.3g}{unit}"


def table(rows: Iterable[Row]) -> str:
    """The one table: work, held against, measured, goal, met."""
    head = ("work", "held against", "measured", "goal", "met")
    cells = [
        (
            row.work,
            row.against,
            figure(row.measured, row.unit),
            f"{'≥' if row.at_least else '≤'} {figure(row.limit, row.unit)}",
            "yes" if row.is_met else "NO",
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    lines = [head, tuple("-" * width for width in widths), *cells]
    return "\n".join(" | ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)) for line in lines)


def report(rows: Sequence[Row], failed: Sequence[str]) -> str:
    return json.dumps(
        {
            "machine": {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
            "failed": list(failed),
            "rows": [asdict(row) | {"is_met": row.is_met} for row in rows],
        },
        indent=2,
        ensure_ascii=False,
    )


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == [CHILD]:
        return measure_here(Path(arguments[1]), arguments[2])
    rows: list[Row] = []
    failed = []
    for module in modules(arguments):
        print(f"== {module}", file=sys.stderr, flush=True)
        try:
            rows += measured(module)
        except subprocess.CalledProcessError:
            failed.append(module)
    print(table(rows))
    for row in rows:
        if row.detail:
            print(f"{row.work}: {row.detail}")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(report(rows, failed) + "\n")
    print(*(f"FAILED: {module}" for module in failed), sep="\n", file=sys.stderr)
    return 1 if failed or not all(row.is_met for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
