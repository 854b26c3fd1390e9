"""A notice on paper at the desk: the number that is entered is the number on the paper."""

from collections.abc import Callable
from datetime import datetime

import pytest

from awards.models import Award
from exercises.models import ExerciseNotice
from tests.awards.admin.people import signed_in, superuser
from tests.exercises.admin.test_roles import paper_form


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1.000", "Enter a whole number, without a comma or a point."),
        ("5,000", "Enter a whole number, without a comma or a point."),
        ("5001", "has 5,000 OSOs that can be exercised; 5,001 cannot be."),
    ],
)
def test_number_of_a_paper_notice_is_never_guessed(
    award: Award, at: Callable[[str], datetime], typed: str, said: str
) -> None:
    at("2007-04-02T11:00-04:00")
    address, form = paper_form(award)
    html = signed_in(superuser()).post(address, form | {"options": typed}).content.decode()
    assert said in html
    assert not ExerciseNotice.objects.exists()
