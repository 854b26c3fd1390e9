"""A line on standard error that says how far something has come; nothing where nobody watches."""

import sys
from typing import TextIO

_WIDTH = 30


class ProgressLine:
    """Call it with how many of how many are done. It is written on a terminal only."""

    def __init__(self, label: str, stream: TextIO | None = None) -> None:
        self._label, self._stream = label, stream or sys.stderr

    def __call__(self, done: int, of: int) -> None:
        if not self._stream.isatty():
            return
        filled = _WIDTH * done // of
        bar = "█" * filled + "·" * (_WIDTH - filled)
        end = "\n" if done == of else ""
        self._stream.write(f"\r{self._label} {bar} {done:,} of {of:,}{end}")
        self._stream.flush()
