from datetime import date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from awards.market.inserting import Provenance, insert_first_revisions
from awards.market.models import ClosingPrice

pytestmark = pytest.mark.django_db
DAY = date(2007, 3, 29)
AWKWARD = 'tab\t, line\nend\r, back\\slash, \\N, \\., "quote", {brace} %s, naïve 漢'


def test_texts_arrive_as_they_are(maker: User, now: datetime) -> None:
    of = Provenance("stock", f"file {AWKWARD}", maker, now)
    insert_first_revisions([(DAY, Decimal("6.100000"), AWKWARD)], of)
    row = ClosingPrice.objects.get()
    assert (row.source, row.reason, row.close, row.recorded_by, row.recorded_at, row.revision, row.approved_by) == (
        f"file {AWKWARD}", AWKWARD, Decimal("6.1"), maker, now, 1, None,
    )  # fmt: skip


def test_nothing_is_nothing(now: datetime) -> None:
    insert_first_revisions([], Provenance("stock", "x", None, now))
    assert ClosingPrice.objects.count() == 0


@pytest.mark.parametrize("close", ["0", "-1", "1000000000", "1E+9"])
def test_database_refuses_a_close_that_cannot_be(now: datetime, close: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_first_revisions([(DAY, Decimal(close), "")], Provenance("stock", "x", None, now))
    assert ClosingPrice.objects.count() == 0


def test_day_that_has_its_first_revision_is_refused_whole(now: datetime) -> None:
    of = Provenance("stock", "x", None, now)
    insert_first_revisions([(DAY, Decimal("6.1"), "")], of)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_first_revisions([(date(2007, 3, 28), Decimal("6"), ""), (DAY, Decimal("6.2"), "")], of)
    assert [f"{row}" for row in ClosingPrice.objects.all()] == ["Stock 2007-03-29: 6.1"]


def test_progress_is_told_after_each_thousand(calendar, now: datetime) -> None:
    told: list[tuple[int, int]] = []
    days = calendar.trading_days_before(DAY, 2_300)
    closes = [(day, Decimal("6.1"), "") for day in days]
    insert_first_revisions(closes, Provenance("stock", "x", None, now), lambda done, of: told.append((done, of)))
    assert told == [(1_000, 2_300), (2_000, 2_300), (2_300, 2_300)]
