"""Pricing what waits, the closes it pins, and what becomes of a correction."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command

from awards.agreement.errors import LastMomentPassed, MissingClose
from awards.market.models import ClosingPrice, Series
from awards.models import Determination
from exercises import consistency
from exercises.actions.pricing import NotVestedByThen, price_notice, price_waiting
from exercises.models import PinnedClose, Pricing
from tests import builders
from tests.exercises.given import PAID_2007_04_02, PAID_2007_04_03, corrected, give, moment

pytestmark = pytest.mark.django_db
EVENING = moment("2007-04-02 18:30")


def test_waiting_notice_is_priced_when_the_close_comes(award, next_close):
    notice = give(award, 5_000, "2007-04-02 17:00")

    reason = "No close of the S&P 500 is recorded for 2007-04-02, a Trading Day."
    assert price_waiting(now=EVENING) == {"priced": [], "waiting": {notice.number: reason}, "for_committee": {}}
    next_close()
    assert price_waiting(now=EVENING) == {"priced": [notice.number], "waiting": {}, "for_committee": {}}
    assert price_waiting(now=EVENING) == {"priced": [], "waiting": {}, "for_committee": {}}

    pricing = Pricing.objects.get()
    assert (pricing.consideration, pricing.multiplier) == (PAID_2007_04_03, Decimal("2.915"))
    assert pricing.fmv == Decimal("6.07")
    assert Decimal(pricing.worksheet["adjusted_price"]) == Decimal("5.7077384")
    assert pricing.worksheet["duration"] == "1.005"
    assert list(consistency.differences()) == []


def test_notice_is_priced_once(award):
    notice = give(award)

    assert price_notice(notice, now=EVENING) == notice.pricing
    assert Pricing.objects.count() == 1


def test_close_missing_from_the_window_blocks(db):
    gap = {"2007-03-28": builders.CLOSES_2007_04_02["2007-03-28"]}
    builders.closes({day: prices for day, prices in builders.CLOSES_2007_04_02.items() if day not in gap})
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    notice = give(award, 5_000, "2007-04-02 11:00")

    assert notice.state == "waiting"
    with pytest.raises(MissingClose, match="2007-03-28"):
        price_notice(notice, now=EVENING)
    builders.closes(gap)
    assert price_notice(notice, now=EVENING).consideration == PAID_2007_04_02


def test_pricing_pins_every_close_it_rests_on(award):
    notice = give(award)

    pinned = notice.pricing.closes.order_by("series", "trading_day").values_list("series", "trading_day", "close")
    expected = [
        (series.value, date.fromisoformat(day), Decimal(prices[number]))
        for number, series in ((0, Series.SP500), (1, Series.STOCK))
        for day, prices in builders.CLOSES_2007_04_02.items()
    ]
    assert list(pinned) == expected


def test_correction_leaves_what_was_promised_and_is_listed(award, capsys):
    notice = give(award)
    other = builders.granted_award(award_date="2005-07-01")
    waiting = give(other, 500, "2007-04-02 17:00")
    assert list(consistency.corrected_since()) == []

    second = corrected(ClosingPrice.objects.get(series="stock", trading_day=date(2007, 3, 30)), "6.20")
    corrected(second, "6.15")

    assert Pricing.objects.get(notice=notice).consideration == PAID_2007_04_02
    assert list(consistency.corrected_since()) == [notice.pricing]
    assert list(consistency.differences()) == []
    call_command("check_consistency")
    assert capsys.readouterr().out.splitlines() == [
        f"note: {notice.number} rests on a close that was corrected since; its amount stands",
        "Everything adds up.",
    ]
    assert waiting.state == "waiting"


def test_notice_after_a_correction_uses_the_latest_revision(award):
    second = corrected(ClosingPrice.objects.get(series="stock", trading_day=date(2007, 3, 30)), "6.20")

    notice = give(award)

    assert notice.pricing.fmv == Decimal("6.20")
    assert PinnedClose.objects.filter(pricing=notice.pricing, closing_price=second).count() == 1
    assert list(consistency.corrected_since()) == []


@pytest.mark.parametrize("terminated", ["2007-04-02", "2007-04-03"])
def test_cause_recorded_meanwhile_leaves_it_to_the_committee(award, next_close, terminated):
    notice = give(award, 5_000, "2007-04-02 17:00")  # for 2007-04-03
    builders.ceased(award.grantee, terminated, recorded_on="2007-04-03")
    builders.determined(award.grantee, Determination.Kind.CAUSE, terminated, decided_on="2007-04-03")
    next_close()

    with pytest.raises(LastMomentPassed):
        price_notice(notice, now=EVENING)
    found = price_waiting(now=EVENING)

    assert (found["priced"], found["waiting"], list(found["for_committee"])) == ([], {}, [notice.number])
    assert Pricing.objects.count() == 0


def test_cause_the_day_after_the_exercise_date_changes_nothing(award, next_close):
    notice = give(award, 5_000, "2007-04-02 17:00")
    builders.ceased(award.grantee, "2007-04-04", recorded_on="2007-04-04")
    builders.determined(award.grantee, Determination.Kind.CAUSE, "2007-04-04")
    next_close()

    assert price_notice(notice, now=EVENING).consideration == PAID_2007_04_03


@pytest.mark.parametrize(("left_on", "priced"), [("2007-03-30", False), ("2007-03-31", True), ("2007-04-02", True)])
def test_leaver_before_the_vest_date_had_nothing_to_exercise(award, next_close, left_on, priced):
    """5,000 vested on 2007-03-31, for whoever was employed that day (I3)."""
    notice = give(award, 5_000, "2007-04-02 17:00")
    builders.ceased(award.grantee, left_on, recorded_on="2007-04-03")
    next_close()

    if priced:
        assert price_notice(notice, now=EVENING).consideration == PAID_2007_04_03
    else:
        with pytest.raises(NotVestedByThen):
            price_notice(notice, now=EVENING)


def test_split_decided_after_receipt_leaves_the_amount(award, next_close):
    notice = give(award, 5_000, "2007-04-02 17:00")
    builders.adjusted("2007-04-03", 1, 15, decided_on="2007-04-02")
    next_close()

    assert price_notice(notice, now=EVENING).consideration == PAID_2007_04_03
    assert list(consistency.differences()) == []
