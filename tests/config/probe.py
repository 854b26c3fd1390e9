"""A task for the worker that `test_celery` starts."""

from pathlib import Path

from celery import shared_task


@shared_task(name="tests.probe")
def probe(*, path: str) -> None:
    Path(path).touch()
