from datetime import date

import pytest

from awards.agreement.calendar import require_trading_day
from awards.agreement.errors import NotATradingDay


def test_require_trading_day_returns_a_trading_day(calendar) -> None:
    assert require_trading_day(date(2007, 4, 2), calendar) == date(2007, 4, 2)


@pytest.mark.parametrize("day", ["2007-04-01", "2007-04-06", "2006-07-04"])
def test_require_trading_day_refuses_weekends_and_holidays(calendar, day: str) -> None:
    with pytest.raises(NotATradingDay, match=f"{day} is not a Trading Day."):
        require_trading_day(date.fromisoformat(day), calendar)
