from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError

from awards.market import overrides
from awards.market.calendar import trading_calendar
from awards.market.held_closes import ImpossibleClose, approve_held_close, propose_committee_close
from awards.market.missing import missing_report
from awards.market.models import ClosingPrice, HeldClose, TradingDayOverride
from awards.market.overrides import ClosesRecorded, effect, record_override

STORM = date(2007, 3, 29)


@pytest.fixture
def act(maker: User, now: datetime) -> Callable[..., TradingDayOverride]:
    def record(**fields: object) -> TradingDayOverride:
        despite = bool(fields.pop("despite", False))
        values = {"day": STORM, "kind": "closed", "reason": "storm"} | fields
        override = TradingDayOverride(**values)
        return record_override(override=override, by=maker, now=now, despite_closes=despite)

    return record


def test_override_names_who_and_when(act: Callable[..., TradingDayOverride], maker: User, now: datetime) -> None:
    override = act()
    override.refresh_from_db()
    assert (override.revision, override.recorded_by, override.recorded_at) == (1, maker, now)


def test_mistake_is_taken_back_by_the_next_revision(act: Callable[..., TradingDayOverride]) -> None:
    assert [act().revision, act(kind="as_calendar").revision, act(day=date(2007, 3, 30)).revision] == [1, 2, 1]


def test_revision_taken_meanwhile_is_looked_up_again(
    act: Callable[..., TradingDayOverride], monkeypatch: pytest.MonkeyPatch
) -> None:
    act()
    newest, looks = overrides._newest_revision, iter([0])
    monkeypatch.setattr(overrides, "_newest_revision", lambda override: next(looks, None) or newest(override))
    assert act(kind="open").revision == 2


def test_override_that_cannot_be_is_refused_by_the_database(act: Callable[..., TradingDayOverride]) -> None:
    with pytest.raises(IntegrityError):
        act(kind="closed", closes_at=time(13))
    assert TradingDayOverride.objects.count() == 0


def test_closed_day_is_not_missing_from_that_moment(
    act: Callable[..., TradingDayOverride], record: Callable[..., ClosingPrice], now: datetime
) -> None:
    record("2007-03-28", "6.10")
    before = missing_report(now)["stock"]
    override = act()
    assert (before, missing_report(now)["stock"]) == ((STORM,), ())
    assert effect(override, now) == ["2007-03-29 is not a Trading Day (storm). No close of it is missing or used."]


def test_closure_taken_back_makes_the_close_missing_again(
    act: Callable[..., TradingDayOverride], record: Callable[..., ClosingPrice], now: datetime
) -> None:
    record("2007-03-28", "6.10")
    record("2007-03-28", "1417.23", series="sp500")
    record("2007-03-29", "1422.53", series="sp500")
    act(despite=True)
    override = act(kind="as_calendar")
    assert missing_report(now)["stock"] == (STORM,)
    assert effect(override, now) == [
        "2007-03-29 is a Trading Day that closes at 16:00 New York time.",
        "Its close is missing: Stock.",
    ]


def test_early_close_of_a_day_to_come_misses_nothing(act: Callable[..., TradingDayOverride], now: datetime) -> None:
    override = act(day=date(2007, 4, 2), kind="early_close", closes_at=time(14, 30))
    assert effect(override, now) == ["2007-04-02 is a Trading Day that closes at 14:30 New York time."]


def test_closure_of_a_day_with_closes_is_refused_and_says_what_it_would_do(
    act: Callable[..., TradingDayOverride], record: Callable[..., ClosingPrice]
) -> None:
    record("2007-03-29", "6.00", source="vendor")
    with pytest.raises(ClosesRecorded) as refusal:
        act()
    assert str(refusal.value) == (
        "2007-03-29 has recorded closes (Stock 2007-03-29: 6, vendor), so there seems to have been trading. If there "
        "was none, they stay on record and nothing reads them any more; what was settled keeps the closes it used."
    )
    assert TradingDayOverride.objects.count() == 0


def test_closure_despite_closes_takes_the_day_out_of_the_calendar_and_keeps_them(
    act: Callable[..., TradingDayOverride], record: Callable[..., ClosingPrice]
) -> None:
    record("2007-03-29", "6.00")
    act(despite=True)
    assert (trading_calendar().is_trading_day(STORM), ClosingPrice.objects.count()) == (False, 1)


@pytest.mark.parametrize(("kind", "closes_at"), [("open", None), ("early_close", time(13)), ("as_calendar", None)])
def test_override_that_leaves_the_trading_needs_no_second_thought(
    act: Callable[..., TradingDayOverride], record: Callable[..., ClosingPrice], kind: str, closes_at: time | None
) -> None:
    record("2007-03-29", "6.00")
    assert act(kind=kind, closes_at=closes_at).revision == 1


def test_taking_back_a_special_session_with_closes_is_refused(
    act: Callable[..., TradingDayOverride], record: Callable[..., ClosingPrice]
) -> None:
    saturday = date(2007, 3, 24)
    act(day=saturday, kind="open")
    record("2007-03-24", "6.00")
    with pytest.raises(ClosesRecorded, match="2007-03-24 has recorded closes"):
        act(day=saturday, kind="as_calendar")


def test_held_close_of_a_closed_day_can_only_be_rejected(
    act: Callable[..., TradingDayOverride], maker: User, checker: User, now: datetime
) -> None:
    held = propose_committee_close(trading_day=STORM, close=Decimal("6"), reason="appraisal", by=maker, now=now)
    override = act()
    assert effect(override, now)[1:] == ["1 held for that day can only be rejected now."]
    with pytest.raises(ImpossibleClose, match=r"^2007-03-29 is not a Trading Day \(storm\)\.$"):
        approve_held_close(held=held, by=checker, now=now)
    assert HeldClose.objects.open().count() == 1
