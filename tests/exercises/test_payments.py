"""Settlements are recomputed batch by batch, those alike once. What is found: tests/exercises/test_consistency.py."""

from decimal import Decimal

import pytest
from django.db.models import F

from awards.models import Award
from exercises import payments
from exercises.actions import settlement as settling
from exercises.models import Settlement
from tests import builders
from tests.exercises.given import give, moment, rate

pytestmark = pytest.mark.django_db


@pytest.fixture
def settled(award: Award) -> list[Settlement]:
    """Three exercises of 1,000 OSOs for 1,246.76, a quarter withheld; for 600.00 of the second 98 shares are paid."""
    rate("US", "25")
    by, now = builders.person, moment("2007-04-10")
    made = [
        settling.choose_settlement(notice=give(award, 1_000), stock_portion=Decimal(stock), by=by("committee"), now=now)
        for stock in (0, 600, 0)
    ]
    for each in made:
        settling.provide_withholding(settlement=each, taken_from={}, by=by("payroll"), now=now)
    payments._wrong.cache_clear()
    return made


def numbered(settlement: Settlement, text: str) -> str:
    return f"{settlement.pricing.notice.number}: {text}"


@pytest.mark.parametrize("batch", [1, 2, 3, 4])
def test_settlement_of_every_batch_is_looked_at(settled, monkeypatch, batch):
    monkeypatch.setattr(payments, "BATCH", batch)
    assert list(payments.differences()) == []

    # 1,246.76 less 311.69 is 935.07.
    Settlement.objects.filter(stock_portion=0).update(net_cash=F("net_cash") - 1)
    Settlement.objects.filter(pk=settled[1].pk).update(shares=F("shares") - 1)

    assert list(payments.differences()) == [
        numbered(settled[0], "its net cash of 934.07 recomputes as 935.07"),
        numbered(settled[1], "its split into cash and Stock recomputes differently"),
        numbered(settled[2], "its net cash of 934.07 recomputes as 935.07"),
    ]


def test_settlements_alike_are_judged_once(settled):
    assert list(payments.differences()) == []
    assert (payments._wrong.cache_info().misses, payments._wrong.cache_info().hits) == (2, 1)


def test_settlements_are_read_by_two_queries_a_batch(settled, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert list(payments.differences()) == []
