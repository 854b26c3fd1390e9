"""F4, F5: many clicks at once, in browsers, on one Award and on one form. Every answer is a receipt or a reason."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from awards.models import Award
from exercises import consistency
from exercises.models import ExerciseNotice
from tests import builders
from tests.faults.test_two_at_once import at_once
from tests.signing_in import sign_in

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
# On 2007-04-02 an OSO of the Award below pays 1.2467608036.
PAYS = {20: "24.94", 30: "37.40"}
RECEIPT = re.compile(r"/exercises/\d+/\?new=1")


@pytest.fixture
def browsers(at: Callable[[str], datetime]) -> list[Client]:
    """Eight, in which the holder of the Awards below is signed in."""
    at("2007-04-02T11:00-04:00")
    builders.closes(builders.CLOSES_2007_04_02)
    clients = [Client() for _ in range(8)]
    for client in clients:
        sign_in(client, builders.grantee().user)
    return clients


def of_200() -> Award:
    """100 of them have vested."""
    return builders.granted_award(options=200, award_date="2006-04-01", initial_price="5.18")


def confirm(client: Client, award: Award, key: UUID, options: int) -> HttpResponse:
    """The review's form given back."""
    form = {"form_key": key, "options": options, "exercise_date": "2007-04-02", "consideration": PAYS[options]}
    client.cookies.pop("messages", None)
    return client.post(reverse("exercises:confirm", args=[award.pk]), {**form, "understood": "on"})


def said(answer: Any) -> str:
    """Where a click led: to a receipt, or what it was refused with. Anything else is said as it is."""
    if not isinstance(answer, HttpResponse) or answer.status_code != 302:
        return repr(answer)
    if RECEIPT.fullmatch(answer["Location"]):
        return answer["Location"]
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def exercise_at_once(browsers: list[Client]) -> None:
    """Eight people's worth of clicks for 30 each where 100 are exercisable."""
    award = of_200()
    answers = at_once(*(lambda client=client: confirm(client, award, uuid4(), 30) for client in browsers))

    kinds = Counter("receipt" if RECEIPT.fullmatch(said(answer)) else said(answer) for answer in answers)
    refused = f"{award.number} has 10 OSOs that can be exercised; 30 cannot be."
    assert kinds == {"receipt": 3, refused: 5}
    award.refresh_from_db()
    assert (award.outstanding, ExerciseNotice.objects.filter(award=award).count()) == (110, 3)


def test_eight_exercises_of_one_award(browsers: list[Client]) -> None:
    for _ in range(5):
        exercise_at_once(browsers)
    assert list(consistency.differences()) == []


@pytest.mark.soak
def test_a_thousand_exercises_eight_at_a_time(browsers: list[Client]) -> None:
    for _ in range(1000 // len(browsers)):
        exercise_at_once(browsers)
    assert list(consistency.differences()) == []


def one_form(browsers: list[Client], clicks: int) -> None:
    """`clicks` on one form, another number under its key and another tab's form, all at once; then back and reload."""
    award, key, others_key = of_200(), uuid4(), uuid4()
    asks = [(key, 30)] * clicks + [(key, 20), (others_key, 20)]
    acts = [
        lambda n=n, ask=ask: confirm(browsers[n % len(browsers)], award, *ask)
        for n, ask in enumerate(asks)
    ]  # fmt: skip
    answers = [said(answer) for answer in at_once(*acts)]

    given = ExerciseNotice.objects.get(form_key=key)
    other = ExerciseNotice.objects.get(form_key=others_key)
    receipt = f"/exercises/{given.pk}/?new=1"
    used = f"This form gave {given.number} already. Start again for another exercise."
    assert answers == [receipt if number == given.options else used for _, number in asks[:-1]] + [
        f"/exercises/{other.pk}/?new=1"
    ]
    back = f"{reverse('exercises:review', args=[award.pk])}?{urlencode({'options': 30, 'form_key': key})}"
    assert browsers[0].get(back).headers["Location"] == f"/exercises/{given.pk}/"
    assert [browsers[0].get(receipt).status_code for _ in range(2)] == [200, 200]
    assert said(confirm(browsers[0], award, key, given.options)) == receipt
    assert ExerciseNotice.objects.filter(award=award).count() == 2


@pytest.mark.parametrize("clicks", range(2, 9))
def test_one_form_is_one_exercise(browsers: list[Client], clicks: int) -> None:
    one_form(browsers, clicks)
    assert list(consistency.differences()) == []


@pytest.mark.soak
def test_one_form_is_one_exercise_two_hundred_times(browsers: list[Client]) -> None:
    for number in range(200):
        one_form(browsers, 2 + number % 7)
    assert list(consistency.differences()) == []
