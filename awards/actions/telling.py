"""Telling people: what there is to say is stored once per person, in the transaction of what it is about.

The inbox shows it at once; `awards.actions.posting` mails it with the next tick, so that nothing in a request waits for
templates or a mail server. A message is its own record of what was told: it has no audit event.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from awards.acting import who_acts
from awards.actions import audit
from awards.actions.ledger import LAPSES, Entry
from awards.agreement.exercise_date import NEW_YORK
from awards.models import Award, EmploymentFact, Message, Question

BATCH = 1_000
Kind = Message.Kind


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell of an Award. In `said`, names of days end in _on, of instants in _at, of money in _amount."""

    kind: Message.Kind
    key: str
    award: Award
    about_on: date
    said: Mapping[str, Any]


def tell(news: Iterable[News], *, now: datetime) -> int:
    """Tell each to whoever acts for its Award now; a second telling changes nothing. Returns how many were to be told.

    In the caller's transaction. One query for the appointments, one for all messages; facts are read if not at hand.
    """
    rows = list(news)
    if not rows:
        return 0
    acting = who_acts(list({row.award.pk: row.award for row in rows}.values()), _today(now))
    return _store([_message(row, user, now) for row in rows for user in acting[row.award.pk]])


def messages(news: News, users: Iterable[int], *, now: datetime) -> list[Message]:
    """The same for those users, for the caller to insert: of what has just come about nobody was told before."""
    return [_message(news, user, now) for user in dict.fromkeys(users)]


def tell_grantee(news: News, *, now: datetime) -> int:
    """Tell the Grantee alone, whoever else acts: only they answer an Award Letter."""
    user = news.award.grantee.user_id
    return _store([_message(news, user, now)]) if user is not None else 0


def tell_lapsed(award: Award, entries: Sequence[Entry], *, now: datetime) -> int:
    """Tell which OSOs the ledger's new entries say have lapsed (§4)."""
    gone = [entry for entry in entries if entry.kind in LAPSES and entry.options < 0]
    return tell([lapsed(award, entry) for entry in gone], now=now)


def lapsed(award: Award, entry: Entry) -> News:
    said = {"options": -entry.options, "lapsed_on": entry.effective_on, "had_vested": entry.kind == LAPSES[1]}
    return News(Kind.LAPSED, f"lapsed/{award.pk}/{entry.cause}", award, entry.effective_on, said)


def tell_letter_issued(award: Award, *, now: datetime) -> int:
    said = {"options": award.options}
    return tell_grantee(News(Kind.LETTER_ISSUED, f"letter/{award.pk}", award, _today(now), said), now=now)


def tell_reversed(row: Any, awards: Sequence[Award], *, now: datetime) -> int:
    """Tell that a fact or determination was reversed, once to each who acts for any Award of the Grantee."""
    said = {
        "grantee": row.grantee.name,
        "is_determination": not isinstance(row, EmploymentFact),
        "fact": row.kind,
        "occurred_on": row.occurred_on,
    }
    users = dict.fromkeys(user for acting in who_acts(awards, _today(now)).values() for user in acting)
    key = f"reversed/{audit.subject_of(row)}"
    return _store([_row(user, Kind.FACT_REVERSED, key, None, row.occurred_on, said, now) for user in users])


def tell_answered(question: Question, *, now: datetime) -> int:
    """Tell whoever asked, and nobody who may not see the Award any more: what it says is of the Award."""
    if not Award.objects.visible_to(question.asked_by, _today(now)).filter(pk=question.award_id).exists():
        return 0
    said = {
        "question": question.pk,
        "line_kind": question.kind,
        "line": question.line,
        "asked_at": question.asked_at,
        "text": question.text,
        "answer": question.answer,
    }
    news = News(Kind.ANSWERED, f"answered/{question.pk}", question.award, _today(now), said)
    return _store([_message(news, question.asked_by_id, now)])


def mark_read(messages: Any, *, now: datetime) -> int:
    """Mark as read what is unread among these."""
    marked: int = messages.filter(read_at__isnull=True, said_at__lte=now).update(read_at=now)
    return marked


def _message(news: News, user: int, now: datetime) -> Message:
    return _row(user, news.kind, news.key, news.award.pk, news.about_on, news.said, now)


def _row(
    user: int, kind: Message.Kind, key: str, award: int | None, about_on: date, said: Mapping[str, Any], now: datetime
) -> Message:
    data = {name: _exact(value) for name, value in said.items()}
    return Message(recipient_id=user, kind=kind, key=key, award_id=award, about_on=about_on, data=data, said_at=now)


def _store(messages: Sequence[Message]) -> int:
    Message.objects.bulk_create(messages, ignore_conflicts=True, batch_size=BATCH)
    return len(messages)


def _exact(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else value


def _today(now: datetime) -> date:
    return now.astimezone(NEW_YORK).date()
