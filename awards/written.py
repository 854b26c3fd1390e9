"""How a language writes figures, days, times: English as the Agreement does, others with Django's marks and order."""

from functools import lru_cache
from typing import NamedTuple

from django.utils.formats import get_format
from django.utils.translation import get_language

# What the Company's own people work in, and what is written for nobody in particular.
DESK = "en"


class Writing(NamedTuple):
    """`marks` replaces the English comma and point, None where they stay; the others are patterns of Django's."""

    language: str
    marks: dict[int, str] | None
    dollars: str
    day: str
    weekday_day: str
    weekday_short: str
    second: str
    minute: str

    def marked(self, digits: str) -> str:
        """English digits with the marks of this language."""
        return digits if self.marks is None else digits.translate(self.marks)


ENGLISH = Writing(DESK, None, "${}", "M j, Y", "l, F j, Y", "D, M j, Y", "g:i:s A T", "g:i A T")


def writing() -> Writing:
    """That of the active language."""
    return _writing(get_language())


@lru_cache(maxsize=8)
def _writing(language: str | None) -> Writing:
    if language is None or language.startswith("en"):
        return ENGLISH
    thousands, point = (get_format(mark, language) for mark in ("THOUSAND_SEPARATOR", "DECIMAL_SEPARATOR"))
    return Writing(
        language=language,
        marks=str.maketrans({",": thousands, ".": point}),
        dollars="{}\N{NO-BREAK SPACE}US$",
        day="j M Y",
        weekday_day=f"l {get_format('DATE_FORMAT', language)}",
        weekday_short="D j M Y",
        second="G:i:s T",
        minute="G:i T",
    )
