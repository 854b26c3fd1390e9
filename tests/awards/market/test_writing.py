"""Rows written as one statement: what the ORM would have written, all of it or nothing."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from awards.market import writing
from awards.market.models import ClosingPrice
from awards.models import AuditEvent, Award
from tests import builders

pytestmark = pytest.mark.django_db
NOW = builders.instant("2007-04-02")


def event(sequence: int, action: str = "noted", **said: Any) -> AuditEvent:
    given = {"after": {"options": 5, "note": "½ 'of' %s"}, "at": NOW, "previous_hash": "x" * (sequence > 1), **said}
    return AuditEvent(subject="test:1", sequence=sequence, action=action, hash=str(sequence), **given)


def close(day: str) -> ClosingPrice:
    return ClosingPrice(
        series="stock", trading_day=builders.day(day), close=Decimal("6.10"), source="test", recorded_at=NOW
    )


def written() -> list[tuple[int, str]]:
    return list(AuditEvent.objects.filter(subject="test:1").order_by("sequence").values_list("sequence", "action"))


def test_rows_of_several_models_and_a_change() -> None:
    award, actor = builders.granted_award(options=100), builders.person("actor")
    first, second, third, price = event(1), event(2, actor=actor), event(3), close("2007-04-02")
    award.outstanding, award.options = 7, 99

    writing.write(first, second, price, third, changes=[writing.Change(award, ("outstanding",))])

    assert [AuditEvent.objects.get(pk=row.pk).sequence for row in (first, second, third)] == [1, 2, 3]
    assert AuditEvent.objects.get(pk=second.pk).actor == actor
    assert AuditEvent.objects.get(pk=second.pk).after == {"options": 5, "note": "½ 'of' %s"}
    assert (ClosingPrice.objects.get().pk, price._state.adding) == (price.pk, False)
    assert Award.objects.values_list("outstanding", "options").get(pk=award.pk) == (7, 100)


def test_rows_that_are_alike() -> None:
    days = [builders.day("2007-04-02"), builders.day("2007-04-03")]
    same = {
        "series": "stock",
        "revision": 1,
        "close": Decimal("6.10"),
        "source": "test",
        "recorded_at": NOW,
        "reason": "",
    }

    writing.write(writing.Alike(ClosingPrice, same, "trading_day", days), event(1))

    found = ClosingPrice.objects.order_by("trading_day").values_list("trading_day", *same)
    assert list(found) == [(day, *same.values()) for day in days]
    assert written() == [(1, "noted")]


def test_all_or_nothing() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        writing.write(event(1), event(2), close("2007-04-02"), event(2))
    assert (written(), ClosingPrice.objects.count()) == ([], 0)


@pytest.mark.postgresql
def test_what_is_too_long_is_refused_and_not_cut_off() -> None:
    for rows in ([event(1, "x" * 61)], [event(1), event(2, "x" * 61)]):
        with pytest.raises(DataError), transaction.atomic():
            writing.write(*rows)
    assert written() == []


def test_key_is_known_before_its_row() -> None:
    event_key, close_key = writing.next_keys(AuditEvent, ClosingPrice)
    named, price = event(1, after={"me": event_key}), close("2007-04-02")
    named.pk, price.pk = event_key, close_key

    writing.write(named, price)
    writing.write(event(2))

    assert AuditEvent.objects.get(sequence=1).after == {"me": AuditEvent.objects.get(sequence=1).pk}
    assert [ClosingPrice.objects.get().pk, *written()] == [close_key, (1, "noted"), (2, "noted")]


def test_one_statement_on_postgresql(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 3):
        writing.write(event(1), event(2), close("2007-04-02"))
