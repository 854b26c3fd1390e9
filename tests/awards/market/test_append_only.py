from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from awards.market.append_only import append_only
from awards.market.models import ClosingPrice, TradingDayOverride

pytestmark = pytest.mark.django_db


def test_closing_price_cannot_be_updated(record: Callable[..., ClosingPrice]) -> None:
    price = record("2007-03-29", "6.10")
    with pytest.raises(IntegrityError, match="market_closingprice is append-only: UPDATE is"), transaction.atomic():
        ClosingPrice.objects.update(close=7)
    price.refresh_from_db()
    assert str(price.close) == "6.100000"


def test_override_cannot_be_updated(override: TradingDayOverride) -> None:
    override.reason = "another"
    with pytest.raises(IntegrityError, match="market_tradingdayoverride is append-only: UPDATE is refused"):
        override.save()


@pytest.mark.postgresql
def test_closing_price_cannot_be_deleted(record: Callable[..., ClosingPrice]) -> None:
    price = record("2007-03-29", "6.10")
    with pytest.raises(IntegrityError, match="market_closingprice is append-only: DELETE is"), transaction.atomic():
        price.delete()
    assert ClosingPrice.objects.count() == 1


def test_operation_reversed_lets_rows_change(record: Callable[..., ClosingPrice], editor: Any) -> None:
    record("2007-03-29", "6.10")
    append_only("market_closingprice").reverse_code(None, editor)
    assert ClosingPrice.objects.update(close=7) == 1


def test_operation_run_twice_installs_one_trigger(record: Callable[..., ClosingPrice], editor: Any) -> None:
    append_only("market_closingprice").code(None, editor)
    record("2007-03-29", "6.10")
    with pytest.raises(IntegrityError, match="UPDATE is refused"):
        ClosingPrice.objects.update(close=7)


@pytest.mark.parametrize("table", ["", "a b", "x;drop table y", 'x"y'])
def test_table_that_is_no_name_is_refused(table: str) -> None:
    with pytest.raises(ValueError, match="is not a table name"):
        append_only(table)


@pytest.fixture
def override(maker: object, now: object) -> TradingDayOverride:
    return TradingDayOverride.objects.create(
        day="2007-03-29", kind="closed", reason="storm", recorded_by=maker, recorded_at=now
    )


@pytest.fixture
def editor() -> Iterator[Any]:
    """A schema editor's two faces that the operation uses: SQLite's own refuses to work inside a test's transaction."""
    with connection.cursor() as cursor:
        yield SimpleNamespace(connection=connection, execute=lambda sql, params: cursor.execute(sql, params))
