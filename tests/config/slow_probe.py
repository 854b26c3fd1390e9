"""A task that takes its time, for the workers that `test_stopping` stops. It says when it begins and when it ends."""

import os
import time
from pathlib import Path

from celery import shared_task


@shared_task(name="tests.slow_probe")
def slow_probe(*, folder: str, seconds: float) -> None:
    _say(folder, "begun")
    time.sleep(seconds)
    _say(folder, "done")


def _say(folder: str, what: str) -> None:
    with (Path(folder) / what).open("a") as file:
        file.write(f"{os.getppid()}\n")
