from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from awards.market import recording
from awards.market.models import ClosingPrice, HeldClose
from awards.market.parsing import DatedClose
from awards.market.policy import Delivered, Policy, Verdict, policy_of, weigh
from awards.market.recording import collect_closing_prices
from awards.market.sources import Fetched
from awards.market.sources.listed import Listed

FRIDAY, THURSDAY = date(2007, 3, 30), date(2007, 3, 29)
BOTH = Policy(require=2, wait=timedelta(hours=1))
EXCHANGE_FIRST = Policy(prefer=("exchange", "vendor"), wait=timedelta(hours=1))
DISAGREEMENT, ALONE = HeldClose.Reason.DISAGREEMENT, HeldClose.Reason.ALONE


def delivered(*closes: tuple[str, str]) -> list[Delivered]:
    return [Delivered(source, FRIDAY, Decimal(close)) for source, close in closes]


def weighed(
    policy: Policy, *closes: tuple[str, str], recorded: tuple[str, str] | None = None, **changed: Any
) -> Verdict:
    rest: dict[str, Any] = {"is_overdue": lambda day: False, "held_since": date(2007, 3, 20)}
    known = {FRIDAY: delivered(recorded)[0]} if recorded else {}
    return weigh(policy, delivered(*closes), recorded=known, **rest | changed)


def overdue(day: date) -> bool:
    return True


def test_two_that_agree_are_believed() -> None:
    assert weighed(BOTH, ("exchange", "6.10"), ("vendor", "6.100")) == Verdict()


def test_two_that_differ_are_doubted() -> None:
    found = weighed(BOTH, ("exchange", "6.10"), ("vendor", "6.11"))
    assert found.doubts == {(FRIDAY, Decimal("6.10")): DISAGREEMENT, (FRIDAY, Decimal("6.11")): DISAGREEMENT}


def test_one_alone_waits_for_the_other() -> None:
    found = weighed(BOTH, ("exchange", "6.10"))
    assert (found.doubts, found.waiting) == ({}, {("exchange", FRIDAY)})
    assert found.messages() == ["2007-03-30 waits: only exchange has it, and 2 sources must agree"]


def test_one_source_that_says_it_twice_is_still_alone() -> None:
    assert weighed(BOTH, ("exchange", "6.10"), ("exchange", "6.10")).waiting == {("exchange", FRIDAY)}


def test_one_alone_that_was_waited_for_is_held() -> None:
    found = weighed(BOTH, ("exchange", "6.10"), is_overdue=overdue)
    assert (found.doubts, found.waiting) == ({(FRIDAY, Decimal("6.10")): ALONE}, set())


@pytest.mark.parametrize(("since", "held"), [(FRIDAY, 1), (date(2007, 3, 31), 0)])
def test_one_alone_of_long_ago_waits_on(since: date, held: int) -> None:
    found = weighed(BOTH, ("exchange", "6.10"), is_overdue=overdue, held_since=since)
    assert (len(found.doubts), len(found.waiting)) == (held, 1 - held)


def test_recorded_close_needs_no_second_source() -> None:
    assert weighed(BOTH, ("exchange", "6.10"), recorded=("vendor", "6.10")) == Verdict()


def test_foremost_source_is_believed_and_the_difference_told() -> None:
    found = weighed(EXCHANGE_FIRST, ("vendor", "6.11"), ("exchange", "6.10"))
    assert (found.doubts, found.waiting, found.passed_over) == ({}, set(), {("vendor", FRIDAY)})
    assert found.messages() == ["2007-03-30: 6.11 of vendor gives way to 6.1 of exchange"]


def test_second_source_waits_for_the_first_and_then_stands_in() -> None:
    early, late = (
        weighed(EXCHANGE_FIRST, ("vendor", "6.11"), is_overdue=lambda day, late=late: late) for late in (0, 1)
    )
    assert (early.waiting, early.messages()) == ({("vendor", FRIDAY)}, ["2007-03-30 waits for exchange"])
    assert late == Verdict()


@pytest.mark.parametrize(
    ("recorded", "passed_over"),
    [(("exchange", "6.10"), {("vendor", FRIDAY)}), (("vendor", "6.10"), set()), (("Committee", "6.10"), set())],
)
def test_recorded_close_goes_before_a_source_that_ranks_below_its_own(
    recorded: tuple[str, str], passed_over: set[tuple[str, date]]
) -> None:
    assert weighed(EXCHANGE_FIRST, ("vendor", "6.11"), recorded=recorded).passed_over == passed_over


def test_foremost_source_that_contradicts_itself_is_doubted() -> None:
    found = weighed(EXCHANGE_FIRST, ("exchange", "6.10"), ("exchange", "6.11"), ("vendor", "6.10"))
    assert set(found.doubts.values()) == {DISAGREEMENT}


def test_without_a_policy_one_is_enough_and_two_that_differ_are_doubted() -> None:
    assert weighed(Policy(), ("a", "6.10")) == Verdict()
    assert set(weighed(Policy(), ("a", "6.10"), ("a", "6.11")).doubts.values()) == {DISAGREEMENT}


def test_messages_are_the_newest_twenty() -> None:
    verdict = Verdict(told=[f"{number}" for number in range(25)])
    assert (verdict.messages()[0], verdict.messages()[-1], len(verdict.messages())) == ("5", "… and 5 more", 21)


class Said:
    """A source that says what it is told to."""

    def __init__(self, name: str, *rows: tuple[str, str]) -> None:
        self.name, self.rows, self.finished, self.asked = name, rows, 0, 0

    def fetch(self, series: str, **options: Any) -> Any:
        self.asked += 1
        closes = tuple(DatedClose(0, date.fromisoformat(day), Decimal(close)) for day, close in self.rows)
        yield Fetched(self.name, closes, finish=self.finish)

    def finish(self) -> None:
        self.finished += 1


def named(source: Any, hours: int = 0) -> Listed:
    return Listed(source=source, called=source.name, arrives_after=timedelta(hours=hours))


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ([], "MARKET_POLICY is a policy by series (stock, sp500)."),
        ({"bonds": {}}, "MARKET_POLICY is a policy by series (stock, sp500)."),
        ({"stock": {}}, "MARKET_POLICY['stock'] has \"require\" or \"prefer\", and \"wait_minutes\" if it likes."),
        ({"stock": {"require": 2, "prefer": []}},
         "MARKET_POLICY['stock'] has \"require\" or \"prefer\", and \"wait_minutes\" if it likes."),
        ({"stock": {"require": 2, "wait": 1}},
         "MARKET_POLICY['stock'] has \"require\" or \"prefer\", and \"wait_minutes\" if it likes."),
        ({"stock": {"require": 1}}, "MARKET_POLICY['stock']: \"require\" is a whole number from 2."),
        ({"stock": {"require": True}}, "MARKET_POLICY['stock']: \"require\" is a whole number from 2."),
        ({"stock": {"require": 3}}, "MARKET_POLICY['stock']: \"require\" is 3, and the series has 2 sources."),
        ({"stock": {"prefer": ["exchange"]}},
         "MARKET_POLICY['stock']: \"prefer\" names every source of the series once: exchange, vendor."),
        ({"stock": {"prefer": "exchange"}},
         "MARKET_POLICY['stock']: \"prefer\" names every source of the series once: exchange, vendor."),
        ({"stock": {"require": 2, "wait_minutes": 0}},
         "MARKET_POLICY['stock']: \"wait_minutes\" is a whole number from 1 to 1440."),
        ({"stock": {"require": 2, "wait_minutes": 1441}},
         "MARKET_POLICY['stock']: \"wait_minutes\" is a whole number from 1 to 1440."),
    ],
)  # fmt: skip
def test_policy_that_makes_no_sense_is_named(settings: Any, policy: Any, message: str) -> None:
    settings.MARKET_POLICY = policy
    with pytest.raises(ImproperlyConfigured) as refusal:
        policy_of("stock", [named(Said("exchange")), named(Said("vendor"))])
    assert str(refusal.value) == message


@pytest.mark.parametrize("sources", [[named(Said("a")), Said("b")], [named(Said("a")), named(Said("a"))]])
def test_policy_needs_sources_of_different_names(settings: Any, sources: list[Any]) -> None:
    settings.MARKET_POLICY = {"stock": {"require": 2}}
    with pytest.raises(ImproperlyConfigured, match='every source of the series needs a "name", each another'):
        policy_of("stock", sources)


def test_others_are_waited_for_from_the_last_arrival_time(settings: Any) -> None:
    settings.MARKET_POLICY = {"stock": {"require": 2, "wait_minutes": 30}}
    sources = [named(Said("a")), named(Said("b"), hours=2)]
    assert policy_of("stock", sources) == Policy(require=2, wait=timedelta(hours=2, minutes=30))
    assert policy_of("sp500", sources) == Policy()


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch, settings: Any) -> tuple[Said, Said]:
    settings.MARKET_POLICY = {"stock": {"require": 2}}
    exchange, vendor = Said("exchange", (f"{FRIDAY}", "6.10")), Said("vendor")
    sources = (named(exchange), named(vendor, hours=2))
    monkeypatch.setattr(recording, "sources_of", lambda series: sources if series == "stock" else ())
    return exchange, vendor


def collected(at: str) -> list[str]:
    outcomes = collect_closing_prices(datetime.fromisoformat(f"{at}-04:00"))["stock"]
    return [f"{each['source']}: {message}" for each in outcomes for message in each["messages"]]


WAITS = "MARKET_POLICY: 2007-03-30 waits: only exchange has it, and 2 sources must agree"


@pytest.mark.django_db(transaction=True)
def test_evening_on_which_the_second_source_comes_late(two: tuple[Said, Said]) -> None:
    exchange, vendor = two
    assert collected("2007-03-30T17:59") == ["vendor: not asked before 18:00", WAITS]
    assert (vendor.asked, exchange.finished) == (0, 0)
    assert collected("2007-03-30T18:00") == [WAITS]
    vendor.rows = ((f"{FRIDAY}", "6.10"),)
    assert collected("2007-03-30T18:20") == []
    assert (ClosingPrice.objects.get().source, exchange.finished) == ("exchange", 1)


@pytest.mark.django_db(transaction=True)
def test_evening_on_which_the_second_source_does_not_come(two: tuple[Said, Said]) -> None:
    exchange, vendor = two
    assert collected("2007-03-30T18:59:59") == [WAITS]
    assert collected("2007-03-30T19:00") == ["exchange: held: Stock 2007-03-30: 6.1, came from too few sources"]
    assert (HeldClose.objects.get().reason, ClosingPrice.objects.count(), exchange.finished) == ("alone", 0, 1)
    # What came alone and is then agreed on, or not, is decided by people.
    vendor.rows = ((f"{FRIDAY}", "6.10"),)
    assert (collected("2007-03-30T20:00"), HeldClose.objects.count()) == ([], 1)
    exchange.rows, vendor.rows = (), ((f"{FRIDAY}", "6.20"),)
    assert collected("2007-03-30T20:05") == ["vendor: held: Stock 2007-03-30: 6.2, sources disagree"]


@pytest.mark.django_db
def test_half_day_is_late_by_as_much(two: tuple[Said, Said]) -> None:
    two[0].rows = (("2006-11-24", "6.10"),)
    [asked, _] = [
        f"{each['source']}: {message}"
        for each in collect_closing_prices(datetime.fromisoformat("2006-11-24T14:59:59-05:00"))["stock"]
        for message in each["messages"]
    ]
    assert asked == "vendor: not asked before 15:00"


@pytest.mark.django_db
def test_morning_after_asks_every_source(two: tuple[Said, Said]) -> None:
    collected("2007-03-31T09:00")
    assert (two[0].asked, two[1].asked) == (1, 1)


@pytest.mark.django_db
def test_policy_that_makes_no_sense_fails_its_series(
    two: tuple[Said, Said], settings: Any, record: Callable[..., ClosingPrice]
) -> None:
    settings.MARKET_POLICY = {"stock": {"require": 3}}
    assert collected("2007-03-30T18:00") == [
        "MARKET_SOURCES: MARKET_POLICY['stock']: \"require\" is 3, and the series has 2 sources."
    ]
