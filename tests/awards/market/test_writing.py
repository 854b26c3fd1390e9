"""Rows written as one statement: what the ORM would have written, all of it or nothing."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import DataError, IntegrityError, connection, transaction

from awards.market import rows, writing
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


def test_a_few_rows_and_many_are_written_alike() -> None:
    few, many = [event(number) for number in range(1, 5)], [event(number) for number in range(5, 12)]

    writing.write(*few)
    writing.write(*many)

    assert written() == [(number, "noted") for number in range(1, 12)]
    assert [AuditEvent.objects.get(sequence=row.sequence).pk for row in many] == [row.pk for row in many]


class TestSending:
    """What is asked in one go, and written last with the COMMIT."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def test_it_is_committed_and_has_its_keys(self) -> None:
        with writing.sending() as sent:
            (key,) = writing.next_keys(AuditEvent)()
            first = event(1, after={"me": key})
            first.pk = key
            sent.write_last(first, close("2007-04-02"))

        assert (written(), ClosingPrice.objects.count(), first._state.adding) == ([(1, "noted")], 1, False)
        assert AuditEvent.objects.get(sequence=1).after == {"me": first.pk}

    def test_nobody_waits_for_what_is_written_last_before_the_commit(self) -> None:
        with writing.sending() as sent:
            first = event(1)
            sent.write_last(first)
            assert first._state.adding is (connection.vendor == "postgresql")
        assert first._state.adding is False

    def test_what_the_database_refuses_is_raised_at_the_end_and_nothing_is_written(self) -> None:
        with pytest.raises(IntegrityError), writing.sending() as sent:
            sent.write_last(event(1), close("2007-04-02"), event(2), event(2))

        assert (written(), ClosingPrice.objects.count()) == ([], 0)
        writing.write(event(1))
        assert written() == [(1, "noted")]

    def test_a_row_that_names_nothing_is_refused_by_the_commit(self) -> None:
        with pytest.raises(IntegrityError), writing.sending() as sent:
            sent.write_last(event(1, actor_id=123_456))
        assert written() == []

    def test_a_refusal_takes_back_what_was_written(self) -> None:
        def refused() -> None:
            writing.write(event(1))
            writing.next_keys(AuditEvent)  # and is never answered
            raise LookupError

        with pytest.raises(LookupError), writing.sending():
            refused()
        assert written() == []
        writing.write(event(2))
        assert written() == [(2, "noted")]

    @pytest.mark.postgresql
    def test_what_fails_before_the_end_is_raised_where_it_is_waited_for(self) -> None:
        def asked() -> Any:
            first, following = rows.ask("SELECT 1 / %s", [0]), rows.ask("SELECT 1", [])
            return first(), following()

        with pytest.raises(DataError, match="division by zero"), writing.sending():
            asked()
        assert rows.ask("SELECT 1", [])() == [(1,)]

    def test_once_it_waits_anything_may_be_used(self) -> None:
        award = builders.granted_award(options=100)
        with writing.sending() as sent:
            sent.wait()
            award.outstanding = 7
            award.save(update_fields=["outstanding"])
            sent.write_last(event(1))
        assert (Award.objects.get().outstanding, written()) == (7, [(1, "noted")])

    def test_inside_another_transaction_it_is_answered_there(self) -> None:
        with transaction.atomic():
            with pytest.raises(IntegrityError), writing.sending() as sent:
                sent.write_last(event(1), event(1))
            with writing.sending() as sent:
                sent.write_last(event(1))
            assert written() == [(1, "noted")]


@pytest.mark.postgresql
def test_what_is_too_long_is_refused_and_not_cut_off() -> None:
    for too_long in ([event(1, "x" * 61)], [event(number, "x" * 61) for number in range(1, 8)]):
        with pytest.raises(DataError), transaction.atomic():
            writing.write(*too_long)
    assert written() == []


def test_key_is_known_before_its_row() -> None:
    event_key, close_key = writing.next_keys(AuditEvent, ClosingPrice)()
    named, price = event(1, after={"me": event_key}), close("2007-04-02")
    named.pk, price.pk = event_key, close_key

    writing.write(named, price)
    writing.write(event(2))

    assert AuditEvent.objects.get(sequence=1).after == {"me": AuditEvent.objects.get(sequence=1).pk}
    assert [ClosingPrice.objects.get().pk, *written()] == [close_key, (1, "noted"), (2, "noted")]


def test_one_statement_on_postgresql(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 3):
        writing.write(event(1), event(2), close("2007-04-02"))


def test_a_row_is_added_by_one_statement_and_only_once(django_assert_num_queries: Any) -> None:
    row, other = (Session(session_key="a" * 32, session_data=data, expire_date=NOW) for data in ("first", "second"))
    with django_assert_num_queries(2):
        assert [writing.add(row), writing.add(other)] == [True, False]
    assert list(Session.objects.values_list("session_data", "expire_date")) == [("first", NOW)]
