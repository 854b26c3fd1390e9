from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError

from awards.market import overrides
from awards.market.models import TradingDayOverride
from awards.market.overrides import record_override

STORM = date(2007, 3, 29)


@pytest.fixture
def act(maker: User, now: datetime) -> Callable[..., TradingDayOverride]:
    def record(**fields: object) -> TradingDayOverride:
        values = {"day": STORM, "kind": "closed", "reason": "storm"} | fields
        return record_override(override=TradingDayOverride(**values), by=maker, now=now)

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
