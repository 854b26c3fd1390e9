from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection

from awards.market import recording
from awards.market.calendar import NewYorkCalendar
from awards.market.history import History
from awards.market.models import ClosingPrice, HeldClose
from awards.market.parsing import DatedClose
from awards.market.recording import Recorded, collect_closing_prices, record_closes
from awards.market.sources import Fetched, SourceError

pytestmark = pytest.mark.django_db
Dated = Callable[..., list[DatedClose]]
Record = Callable[..., Recorded]


@pytest.fixture
def take(now: datetime) -> Record:
    """Records closes of the Stock: `take(dated(...))`."""

    def act(closes: list[DatedClose], **options: Any) -> Recorded:
        return record_closes(
            **{"series": "stock", "source": "a", "recorded_by": None, "now": now} | options, closes=closes
        )

    return act


def recorded_closes() -> list[tuple[str, int, str]]:
    rows = ClosingPrice.objects.order_by("series", "trading_day", "revision")
    return [(f"{row.trading_day}", row.revision, f"{row.close.normalize():f}") for row in rows]


def held_closes() -> list[tuple[str, str, str, str | None]]:
    rows = HeldClose.objects.order_by("trading_day", "pk").select_related("compared_with")
    return [
        (f"{row.trading_day}", f"{row.close.normalize():f}", row.reason, row.compared_with and f"{row.compared_with}")
        for row in rows
    ]


def test_closes_are_recorded_with_their_source(take: Record, dated: Dated, maker: User, now: datetime) -> None:
    result = take(dated(("2007-03-29", "6.10"), ("2007-03-28", "6.05")), source="file x.csv", recorded_by=maker)
    assert (result, recorded_closes()) == (
        Recorded(2, 0, (), 0, 0),
        [("2007-03-28", 1, "6.05"), ("2007-03-29", 1, "6.1")],
    )
    row = ClosingPrice.objects.first()
    assert (row.source, row.recorded_by, row.approved_by, row.recorded_at) == ("file x.csv", maker, None, now)


def test_same_closes_again_change_nothing(take: Record, dated: Dated) -> None:
    take(dated(("2007-03-28", "6.05"), ("2007-03-29", "6.50")))
    result = take(dated(("2007-03-28", "6.050000"), ("2007-03-29", "6.5")), source="b")
    assert (result, len(recorded_closes()), held_closes()) == (Recorded(0, 2, (), 0, 0), 2, [])


def test_older_closes_after_newer_fill_the_gap(take: Record, dated: Dated) -> None:
    take(dated(("2007-03-29", "6.10")))
    assert take(dated(("2007-03-27", "6.00"), ("2007-03-28", "6.05"), ("2007-03-29", "6.10"))) == Recorded(
        2, 1, (), 0, 0
    )


def test_nothing_delivered_is_nothing_recorded(take: Record) -> None:
    assert take([]) == Recorded(0, 0, (), 0, 0)


def test_different_close_is_held_and_the_recorded_one_stays(take: Record, dated: Dated, now: datetime) -> None:
    take(dated(("2007-03-29", "6.10")))
    result = take(dated(("2007-03-29", "6.11"), ("2007-03-30", "6.20")), source="b")
    assert (result.inserted, result.counted()) == (1, "1 recorded, 0 unchanged, 1 held")
    assert recorded_closes() == [("2007-03-29", 1, "6.1"), ("2007-03-30", 1, "6.2")]
    assert held_closes() == [("2007-03-29", "6.11", "conflict", "Stock 2007-03-29: 6.1")]
    assert (result.held[0].source, result.held[0].received_at) == ("b", now)


def test_conflict_delivered_again_is_held_once(take: Record, dated: Dated) -> None:
    take(dated(("2007-03-29", "6.10")))
    take(dated(("2007-03-29", "6.11")))
    assert (take(dated(("2007-03-29", "6.110"))), len(held_closes())) == (Recorded(0, 0, (), 1, 0), 1)


def test_series_do_not_conflict_with_each_other(take: Record, dated: Dated) -> None:
    take(dated(("2007-03-29", "6.10")))
    assert take(dated(("2007-03-29", "1422.53")), series="sp500").inserted == 1


@pytest.mark.parametrize(
    ("series", "close", "held"),
    [("stock", "14.00", []), ("stock", "14.000001", ["jump"]), ("stock", "6.00", []), ("stock", "5.999999", ["jump"]),
     ("sp500", "11.50", []), ("sp500", "11.500001", ["jump"])],
)  # fmt: skip
def test_jump_beyond_the_threshold_of_its_series_is_held(
    take: Record, dated: Dated, series: str, close: str, held: list[str]
) -> None:
    take(dated(("2007-03-29", "10.00")), series=series)
    take(dated(("2007-03-30", close)), series=series)
    assert [each[2] for each in held_closes()] == held


def test_jump_names_the_close_it_jumps_from(take: Record, dated: Dated) -> None:
    result = take(dated(("2007-03-28", "10.00"), ("2007-03-29", "100.00")))
    assert held_closes() == [("2007-03-29", "100", "jump", "Stock 2007-03-28: 10")]
    assert result.messages() == ["held: Stock 2007-03-29: 100, jumps from the close before"]


def test_jump_confirmed_by_the_next_close_is_recorded_and_told(take: Record, dated: Dated) -> None:
    result = take(dated(("2007-03-28", "1.55"), ("2007-03-29", "23.10"), ("2007-03-30", "23.50")))
    assert (result.inserted, held_closes()) == (3, [])
    assert result.messages() == ["recorded: jump of 1390.3 % on 2007-03-29 confirmed by the next close"]
    assert ClosingPrice.objects.get(trading_day="2007-03-29").reason == "Jump of 1390.3 % confirmed by the next close"


def test_jump_that_is_held_stays_held_when_later_closes_agree(take: Record, dated: Dated) -> None:
    take(dated(("2007-03-28", "1.55"), ("2007-03-29", "23.10")))
    result = take(dated(("2007-03-28", "1.55"), ("2007-03-29", "23.10"), ("2007-03-30", "23.50")))
    assert (result.unchanged, result.still_held, len(result.held)) == (1, 1, 1)
    assert [each[:3] for each in held_closes()] == [("2007-03-29", "23.1", "jump"), ("2007-03-30", "23.5", "jump")]


def test_held_jump_does_not_hold_the_close_that_jumps_back(take: Record, dated: Dated) -> None:
    take(dated(("2007-03-28", "6.05"), ("2007-03-29", "60.50")))
    assert take(dated(("2007-03-30", "6.10"))).inserted == 1


def test_disputed_close_is_held_and_so_is_a_third_opinion(take: Record, dated: Dated) -> None:
    doubts = {(date(2007, 3, 29), Decimal("6.10")): HeldClose.Reason.DISAGREEMENT}
    take(dated(("2007-03-28", "6.05"), ("2007-03-29", "6.10")), doubts=doubts)
    take(dated(("2007-03-29", "6.20")), source="b")
    assert recorded_closes() == [("2007-03-28", 1, "6.05")]
    assert [each[1:3] for each in held_closes()] == [("6.1", "disagreement"), ("6.2", "disagreement")]


def test_day_twice_is_refused(take: Record, dated: Dated) -> None:
    with pytest.raises(ValueError, match="a day is there twice"):
        take(dated(("2007-03-29", "6.10"), ("2007-03-29", "6.10")))


def test_thirteen_thousand_closes_take_few_statements(
    take: Record, django_assert_max_num_queries: Callable[..., Any], calendar: NewYorkCalendar
) -> None:
    days = calendar.expected_days(date(1990, 1, 1), date(2007, 3, 29))
    closes = [DatedClose(row, day, Decimal(100 + row % 7)) for row, day in enumerate(days)]
    with django_assert_max_num_queries(12 + len(days) // 90):
        assert take(closes).inserted == len(days)
    with django_assert_max_num_queries(8):
        assert take(closes).unchanged == len(days)


def test_stale_look_is_taken_again(take: Record, dated: Dated, monkeypatch: pytest.MonkeyPatch) -> None:
    take(dated(("2007-03-29", "6.10")))
    looks = iter([History()])
    look = recording.history_of
    monkeypatch.setattr(recording, "history_of", lambda *days: next(looks, None) or look(*days))
    assert take(dated(("2007-03-29", "6.11"))).counted() == "0 recorded, 0 unchanged, 1 held"


def test_look_that_stays_stale_is_an_error(take: Record, dated: Dated, monkeypatch: pytest.MonkeyPatch) -> None:
    take(dated(("2007-03-29", "6.10")))
    monkeypatch.setattr(recording, "history_of", lambda *days: History())
    with pytest.raises(IntegrityError):
        take(dated(("2007-03-28", "6.00"), ("2007-03-29", "6.11")))
    assert recorded_closes() == [("2007-03-29", 1, "6.1")]


@pytest.mark.django_db(transaction=True)
def test_closes_delivered_to_four_workers_at_once_are_recorded_once(take: Record, calendar: NewYorkCalendar) -> None:
    days = calendar.trading_days_before(date(2007, 3, 30), 300)
    deliveries = [
        [DatedClose(row, day, Decimal(100 + worker // 2)) for row, day in enumerate(days)] for worker in range(4)
    ]

    def work(closes: list[DatedClose]) -> Recorded:
        try:
            return take(closes)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, deliveries))
    assert sum(each.inserted for each in results) == ClosingPrice.objects.count() == 300
    assert sum(len(each.held) for each in results) == HeldClose.objects.count() == 300
    assert sum(each.unchanged + each.still_held for each in results) == 600


class FakeSource:
    """Says what it is told to, or fails."""

    def __init__(self, name: str, *rows: tuple[str, str], error: Exception | None = None) -> None:
        self.name, self.rows, self.error, self.finished, self.asked = name, rows, error, 0, []

    def fetch(self, series: str, *, since: date, now: datetime, calendar: NewYorkCalendar) -> Any:
        self.asked.append((series, since))
        if self.error:
            raise self.error
        closes = tuple(DatedClose(0, date.fromisoformat(day), Decimal(close)) for day, close in self.rows)
        yield Fetched(self.name, closes, finish=self.finish)

    def finish(self) -> None:
        self.finished += 1


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[FakeSource, ...]]:
    configured: dict[str, tuple[FakeSource, ...]] = {}
    monkeypatch.setattr(recording, "sources_of", lambda series: configured.get(series, ()))
    return configured


def test_collecting_records_each_series_and_tells(sources: dict[str, Any], now: datetime) -> None:
    sources |= {
        "stock": (FakeSource("a", ("2007-03-30", "6.10")),),
        "sp500": (FakeSource("b", ("2007-03-30", "1420.86")),),
    }
    counts = {"failed": False, "inserted": 1, "unchanged": 0, "held": 0, "still_held": 0, "decided_before": 0}
    assert collect_closing_prices(now) == {
        "stock": [{"source": "a", **counts, "messages": []}],
        "sp500": [{"source": "b", **counts, "messages": []}],
    }


def test_collecting_asks_for_the_last_days_again(sources: dict[str, Any], now: datetime) -> None:
    source = FakeSource("a", ("2007-03-30", "6.10"))
    sources["stock"] = (source,)
    collect_closing_prices(now)
    collect_closing_prices(now)
    assert source.asked == [("stock", date(1990, 1, 1)), ("stock", date(2007, 3, 30) - timedelta(days=10))]


def test_collecting_twice_changes_nothing(sources: dict[str, Any], now: datetime) -> None:
    sources["stock"] = (FakeSource("a", ("2007-03-29", "6.00"), ("2007-03-30", "60.00")),)
    collect_closing_prices(now)
    [again] = collect_closing_prices(now)["stock"]
    assert (again["inserted"], again["unchanged"], again["held"], again["still_held"]) == (0, 1, 0, 1)


@pytest.mark.parametrize("error", [SourceError("x.example answered 503"), OSError("disk"), DatabaseError("locked")])
def test_source_that_fails_stops_no_other(
    sources: dict[str, Any], now: datetime, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    sources["stock"] = (FakeSource("bad", error=error), FakeSource("good", ("2007-03-30", "6.10")))
    failed, good = collect_closing_prices(now)["stock"]
    assert failed == {"source": "bad", "failed": True, "messages": [str(error)]}
    assert (good["source"], good["inserted"]) == ("good", 1)
    assert [record.getMessage() for record in caplog.records] == [f"stock: bad: {error}"]


def test_sources_that_disagree_have_both_closes_held(sources: dict[str, Any], now: datetime) -> None:
    sources["stock"] = (
        FakeSource("a", ("2007-03-29", "6.00"), ("2007-03-30", "6.10")),
        FakeSource("b", ("2007-03-29", "6.000"), ("2007-03-30", "6.11")),
    )
    collect_closing_prices(now)
    assert recorded_closes() == [("2007-03-29", 1, "6")]
    assert held_closes() == [
        ("2007-03-30", "6.1", "disagreement", None),
        ("2007-03-30", "6.11", "disagreement", None),
    ]


def test_two_bad_days_in_a_row_do_not_confirm_each_other_at_night(sources: dict[str, Any], now: datetime) -> None:
    source = FakeSource("a", ("2007-03-27", "6.00"), ("2007-03-28", "60.0"), ("2007-03-29", "61.0"))
    sources["stock"] = (source,)
    assert [collect_closing_prices(now)["stock"][0]["inserted"], len(held_closes())] == [3, 0]
    source.rows = (*source.rows, ("2007-03-30", "600"))
    collect_closing_prices(now)
    assert [each[:3] for each in held_closes()] == [("2007-03-30", "600", "jump")]


@pytest.mark.django_db(transaction=True)
def test_delivery_is_finished_once_it_is_committed(sources: dict[str, Any], now: datetime) -> None:
    source = FakeSource("a", ("2007-03-30", "6.10"))
    sources["stock"] = (source,)
    collect_closing_prices(now)
    assert source.finished == 1


@pytest.mark.django_db(transaction=True)
def test_delivery_that_cannot_be_recorded_is_not_finished(
    sources: dict[str, Any], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = FakeSource("a", ("2007-03-30", "6.10"))
    sources["stock"] = (source,)
    monkeypatch.setattr(recording, "history_of", lambda *days: (_ for _ in ()).throw(DatabaseError("gone")))
    assert (collect_closing_prices(now)["stock"][0]["messages"], source.finished) == (["gone"], 0)


def test_configuration_that_is_wrong_is_told_for_its_series(settings: Any, now: datetime) -> None:
    settings.MARKET_SOURCES = {"stock": [{"kind": "csv_file"}], "sp500": []}
    assert collect_closing_prices(now) == {
        "stock": [
            {"source": "MARKET_SOURCES", "failed": True, "messages": ["MARKET_SOURCES['stock'][0] has no \"path\"."]}
        ],
        "sp500": [],
    }
