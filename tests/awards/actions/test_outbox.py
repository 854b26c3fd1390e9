"""Mail goes out once, outside any transaction, and what fails is tried again."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection

from awards.actions import outbox
from awards.models import OutboxMessage
from tests import builders as given

NOW = given.instant("2006-01-03")
LATER = NOW + timedelta(minutes=15)


def queue(key: str = "k", to: str = "ada@example.com") -> None:
    outbox.queue(key=key, to=to, subject="Subject", body="Body", now=NOW)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Any:
    def fail(self: EmailMessage) -> int:
        raise ConnectionRefusedError("no mail server")

    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", fail)
        yield patched


@pytest.mark.django_db
def test_sent_once() -> None:
    queue()
    assert [outbox.drain(now=NOW), outbox.drain(now=LATER)] == [1, 0]
    assert [(message.to, message.subject, message.body) for message in mail.outbox] == [
        (["ada@example.com"], "Subject", "Body")
    ]
    row = OutboxMessage.objects.get()
    assert (row.sent_at, row.attempts, row.claimed_at) == (NOW, 1, NOW)


@pytest.mark.django_db
def test_same_key_is_queued_once() -> None:
    queue()
    queue(to="eve@example.com")
    assert OutboxMessage.objects.get().to == "ada@example.com"


@pytest.mark.django_db
def test_failure_is_kept_and_tried_again(broken: Any) -> None:
    queue()
    assert outbox.drain(now=NOW) == 0
    row = OutboxMessage.objects.get()
    assert (row.sent_at, row.attempts, row.last_error) == (None, 1, "no mail server")
    broken.undo()
    assert outbox.drain(now=LATER) == 1
    assert OutboxMessage.objects.get().last_error == ""


@pytest.mark.django_db
@pytest.mark.parametrize(("attempts", "sent"), [(479, 1), (480, 0)])
def test_gives_up_after_five_days(attempts: int, sent: int) -> None:
    queue()
    OutboxMessage.objects.update(attempts=attempts)
    assert outbox.drain(now=NOW) == sent


@pytest.mark.django_db
def test_others_wait_while_the_mail_server_is_away(broken: Any) -> None:
    for key in ("a", "b", "c"):
        queue(key)
    assert outbox.drain(now=NOW) == 0
    assert list(OutboxMessage.objects.order_by("key").values_list("attempts", flat=True)) == [1, 0, 0]


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "sent"), [(14, 0), (15, 1), (16, 1)])
def test_message_of_a_sender_that_died_is_taken_up_again(minutes: int, sent: int) -> None:
    queue()
    OutboxMessage.objects.update(claimed_at=NOW - timedelta(minutes=minutes))
    assert outbox.drain(now=NOW) == sent


@pytest.mark.django_db
def test_second_drain_leaves_what_the_first_is_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    queue()
    seen = []

    def send(self: EmailMessage) -> int:
        seen.append(outbox.drain(now=NOW))
        return 1

    monkeypatch.setattr(EmailMessage, "send", send)
    assert outbox.drain(now=NOW) == 1
    assert seen == [0]


@pytest.mark.django_db(transaction=True)
def test_sent_outside_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    queue()
    inside = []
    monkeypatch.setattr(EmailMessage, "send", lambda self: inside.append(connection.in_atomic_block))
    outbox.drain(now=NOW)
    assert inside == [False]


@pytest.mark.django_db
def test_oldest_first_and_no_more_than_asked() -> None:
    for key in ("a", "b", "c"):
        queue(key, to=f"{key}@example.com")
    assert [outbox.drain(now=NOW, most=2), [message.to for message in mail.outbox]] == [
        2,
        [["a@example.com"], ["b@example.com"]],
    ]
