"""What every named refusal of an action has in common."""

from typing import ClassVar


class Refused(Exception):
    """An action did not take place and wrote nothing. The text is for the person at the page; `code` is stable."""

    code: ClassVar[str] = "refused"
