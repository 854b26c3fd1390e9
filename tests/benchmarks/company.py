"""Rows by the million, written by the database itself: only what the benchmarks of pages and values read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper

from awards.market.calendar import trading_calendar
from awards.market.models import ClosingPrice, Series
from tests import builders

AWARDS = int(os.environ.get("BENCH_AWARDS", "1000000"))
GRANTEES = max(AWARDS // 5, 1)
FIRST, LAST = date(2005, 6, 1), date(2012, 7, 13)
ON = date(2012, 7, 2)
NOW = datetime(2012, 7, 2, 15, tzinfo=UTC)
# Quarter days of seven years; grants of 100 to 10,000 OSOs, any number, at three Initial Prices a day.
QUARTERS, PRICES = 28, 3


@contextmanager
def in_bulk() -> Iterator[CursorWrapper]:
    """A cursor that takes its time and checks no foreign keys: millions of lookups that would all be found."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET session_replication_role = replica")
        yield cursor
        cursor.execute("SET session_replication_role = DEFAULT; ANALYZE")


def staff() -> tuple[User, User]:
    return builders.proposer(), builders.approver()


def prepared() -> None:
    """The tables, and closes of both series that rise and fall."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    random, rows = Random(473), []
    sp500, stock = Decimal(1000), Decimal(5)
    for day in trading_calendar().expected_days(FIRST, LAST):
        sp500 = (sp500 * Decimal(random.randint(9890, 10112)) / 10000).quantize(Decimal("0.01"))
        stock = (stock * Decimal(random.randint(9850, 10160)) / 10000).quantize(Decimal("0.01"))
        rows += [
            ClosingPrice(series=series, trading_day=day, close=close, source="bench", recorded_at=NOW)
            for series, close in ((Series.SP500, sp500), (Series.STOCK, stock))
        ]
    ClosingPrice.objects.bulk_create(rows, batch_size=2000)


def grantees(count: int, *, first: int = 1) -> None:
    with in_bulk() as cursor:
        cursor.execute(
            """
            INSERT INTO awards_grantee (id, employee_number, name, hired_on, jurisdiction)
            SELECT n, 'E' || lpad(n::text, 7, '0'), 'Person ' || md5(n::text), DATE '2001-01-02', 'US'
            FROM generate_series(%s, %s) AS n
            """,
            [first, first + count - 1],
        )


def awards(count: int, *, first: int = 1, holders: int = GRANTEES) -> None:
    """Approved and accepted Awards without ledgers, in the order in which a company makes them."""
    agreement, (proposer, approver) = builders.agreement(), staff()
    options = "100 + (n::bigint * 7919) %% 9901"
    with in_bulk() as cursor:
        cursor.execute(
            f"""
            INSERT INTO awards_award (
                id, grantee_id, master_agreement_id, award_date, options, initial_price, initial_price_reason,
                proposed_by_id, proposed_at, approved_by_id, approved_at, rejection_reason, letter_issued_by_id,
                letter_issued_at, accepted_by_id, accepted_at, signed_name, decline_reason, outstanding, next_lapse_on,
                next_lapse_kind)
            SELECT n, 1 + (n::bigint * 31) %% %(holders)s, %(agreement)s, given.on_day, {options},
                4 + ((n - %(first)s) * {QUARTERS} / %(count)s) %% 7 * 0.37 + (n %% {PRICES}) * 0.01, 'As resolved.',
                %(proposer)s, given.at, %(approver)s, given.at, '', %(approver)s, given.at, %(proposer)s, given.at,
                'Signed', '', {options}, given.on_day + INTERVAL '10 years', ''
            FROM generate_series(%(first)s, %(first)s + %(count)s - 1) AS n,
            LATERAL (
                SELECT (DATE '2005-07-01' + ((n - %(first)s) * {QUARTERS} / %(count)s) * INTERVAL '3 months')::date
                    AS on_day) AS quarter,
            LATERAL (SELECT quarter.on_day, quarter.on_day + TIME '15:00' AT TIME ZONE 'UTC' AS at) AS given
            """,
            {
                "first": first,
                "count": count,
                "holders": holders,
                "agreement": agreement.pk,
                "proposer": proposer.pk,
                "approver": approver.pk,
            },
        )
