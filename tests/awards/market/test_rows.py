"""Rows read without the ORM's making of SQL are the ORM's rows."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.db import models

from awards.market import rows
from awards.market.models import ClosingPrice
from awards.models import AuditEvent, Award, Grantee, MasterAgreement
from tests import builders

pytestmark = pytest.mark.django_db
JOINED = """
FROM awards_award JOIN awards_grantee ON awards_grantee.id = grantee_id
JOIN awards_masteragreement ON awards_masteragreement.id = master_agreement_id WHERE awards_award.id = %s
"""


def values(row: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_for_each_part_is_the_orms(django_assert_num_queries: Any) -> None:
    award = builders.granted_award(options=100)
    parts = [rows.Part(Award), rows.Part(Grantee), rows.Part(MasterAgreement, left_out=("document",))]

    with django_assert_num_queries(1):
        ((held, grantee, agreement),) = rows.read(parts, JOINED, [award.pk])()

    assert agreement.get_deferred_fields() == {"document"}
    for row in (held, grantee, agreement):
        assert values(row) == values(type(row).objects.get(pk=row.pk))
        assert (row._state.adding, row._state.db) == (False, "default")


def test_a_row_found_twice_is_one_instance_and_what_else_is_selected_follows() -> None:
    first, second = (builders.granted_award(options=options) for options in (100, 200))
    parts = [rows.Part(Award), rows.Part(MasterAgreement, left_out=("document",))]
    rest = """, awards_award.options + 1 FROM awards_award
    JOIN awards_masteragreement ON awards_masteragreement.id = master_agreement_id ORDER BY awards_award.id"""

    found = rows.read(parts, rest, [])()

    assert [(award.pk, beside) for award, _, beside in found] == [(first.pk, 101), (second.pk, 201)]
    assert found[0][1] is found[1][1]
    assert found[1][1].tranches == MasterAgreement.objects.get().tranches


def test_every_kind_of_column_comes_as_the_model_has_it() -> None:
    builders.granted_award(options=100)

    found = rows.read([rows.Part(AuditEvent)], "FROM awards_auditevent ORDER BY id", [])()

    assert [values(event) for (event,) in found] == [values(event) for event in AuditEvent.objects.order_by("pk")]
    assert found


class Close(NamedTuple):
    pk: int
    trading_day: date
    close: Decimal


def test_what_is_read_without_instances_is_the_same() -> None:
    builders.closes(builders.CLOSES_2007_04_02)
    rest = "FROM market_closingprice WHERE series = %s ORDER BY trading_day"

    found = rows.read_as(Close, ClosingPrice, rest, ["stock"])()

    stock = ClosingPrice.objects.filter(series="stock").order_by("trading_day")
    assert found == [Close(*row) for row in stock.values_list("pk", "trading_day", "close")]
    assert (found[-1].trading_day, found[-1].close) == (date(2007, 3, 30), Decimal("6.10"))


def test_nothing_found_is_nothing() -> None:
    assert rows.read([rows.Part(Award)], "FROM awards_award WHERE id = %s", [0])() == []


def test_an_instant_comes_in_utc_as_the_orms() -> None:
    # In the winter and in the summer of New York, to the microsecond.
    moments = [datetime(2007, 1, 2, 3, 4, 5, 6, tzinfo=UTC), datetime(2007, 7, 2, 3, 4, 5, tzinfo=UTC)]
    for number, at in enumerate(moments):
        builders.grantee(f"G{number}")
        User.objects.filter(username=f"G{number}").update(last_login=at)

    found = rows.read([rows.Part(User)], "FROM auth_user WHERE last_login IS NOT NULL ORDER BY username", [])()

    assert [user.last_login for (user,) in found] == moments
    assert {user.last_login.tzinfo for (user,) in found} == {UTC}
