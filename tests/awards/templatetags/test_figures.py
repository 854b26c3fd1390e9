from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test.utils import override_script_prefix
from django.urls import reverse
from django.utils import translation

from awards.agreement.worksheet import Step
from awards.templatetags import figures
from awards.written import writing

FILTERS = [
    figures.money,
    figures.price,
    figures.exact,
    figures.options,
    figures.percent,
    figures.multiplier,
    figures.years,
    figures.day,
    figures.weekday_day,
    figures.instant,
    figures.minute,
    figures.weekday_of,
    figures.time_of_day,
    figures.moment,
]
NUMBERS = [figures.money, figures.price, figures.exact, figures.percent, figures.multiplier, figures.years]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("6233.80"), "$6,233.80"),
        (Decimal("6233.8"), "$6,233.80"),
        (0, "$0.00"),
        (5, "$5.00"),
        (Decimal("0.005"), "$0.01"),
        (Decimal("0.0049999"), "$0.00"),
        (Decimal("2.345"), "$2.35"),
        (Decimal("2.335"), "$2.34"),
        (Decimal("-2.345"), "−$2.35"),
        (Decimal("-0.004"), "$0.00"),
        (Decimal("-1234567.895"), "−$1,234,567.90"),
        (Decimal("1E+3"), "$1,000.00"),
        (Decimal("98765432109876543210987654321.125"), "$98,765,432,109,876,543,210,987,654,321.13"),
    ],
)
def test_money_is_rounded_half_up_to_the_cent(value, shown):
    assert figures.money(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("5.18"), "$5.18"),
        (Decimal("5.180000"), "$5.18"),
        (Decimal("6.1"), "$6.10"),
        (Decimal("7"), "$7.00"),
        (Decimal("2.1302008"), "$2.130200…"),
        (Decimal("5.6987252"), "$5.698725…"),
        (Decimal("2.1302"), "$2.1302"),
        (Decimal("0.0000009"), "$0.000000…"),
        (Decimal("-0.0000009"), "−$0.000000…"),
        (Decimal("-0.3425"), "−$0.3425"),
        (Decimal("1418.300"), "$1,418.30"),
    ],
)
def test_price_has_two_to_six_places_and_says_when_there_are_more(value, shown):
    assert figures.price(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("2.1302008"), "2.1302008"),
        (Decimal("1300.000"), "1,300"),
        (Decimal("1234567.5"), "1,234,567.5"),
        (Decimal("0.12345678901"), "0.1234567890…"),
        (Decimal("0.1234567890"), "0.123456789"),
        (Decimal("0.66666666666666"), "0.6666666666…"),
        (Decimal("-0.66666666666666"), "−0.6666666666…"),
        (Decimal("0.000000000009"), "0.0000000000…"),
        (Decimal("-0.000000000009"), "−0.0000000000…"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("1E+20"), "100,000,000,000,000,000,000"),
        (0, "0"),
        (Decimal("-0.0"), "0"),
    ],
)
def test_exact_is_never_rounded(value, shown):
    assert figures.exact(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1437.5"), "1,437.50"),
        (Decimal("1424.542"), "1,424.542"),
        (Decimal("1424.54333333333"), "1,424.5433333333…"),
        (None, "—"),
    ],
)
def test_index_level_has_two_places_and_no_unit(value, shown):
    assert figures.index_level(value) == shown


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (Decimal("10.0145"), 3, "10.015"),
        (Decimal("-10.0145"), 3, "−10.015"),
        (Decimal("1418.3"), 2, "1,418.30"),
        (Decimal("1418.3"), 0, "1,418"),
        (Decimal("1418.5"), 0, "1,419"),
        (Decimal("1418.25"), None, "1,418.25"),
        (None, 3, "—"),
    ],
)
def test_to_places(value, places, shown):
    assert figures.to_places(value, places) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (1, "1"), (999, "999"), (10_000, "10,000"), (1_234_567, "1,234,567"), (-500, "−500")]
)
def test_options_are_separated_by_thousands(value, shown):
    assert figures.options(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("10.014"), "+10.014%"),
        (Decimal("-3.2"), "−3.200%"),
        (Decimal("0"), "0.000%"),
        (Decimal("0.0005"), "+0.001%"),
        (Decimal("-0.0005"), "−0.001%"),
        (Decimal("-0.0004"), "0.000%"),
        (Decimal("1200"), "+1,200.000%"),
    ],
)
def test_percent_has_its_sign_and_three_places(value, shown):
    assert figures.percent(value) == shown


def test_multiplier_has_three_places():
    assert [figures.multiplier(Decimal(text)) for text in ("0", "1.818", "4")] == ["0.000×", "1.818×", "4.000×"]


def test_years_have_three_places():
    assert [figures.years(Decimal(text)) for text in ("2", "0.997")] == ["2.000 years", "0.997 years"]


def test_days():
    monday = date(2007, 4, 2)
    assert (figures.day(monday), figures.weekday_day(monday), figures.machine_day(monday)) == (
        "Apr 2, 2007",
        "Monday, April 2, 2007",
        "2007-04-02",
    )


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2007, 4, 2, 15, 0, tzinfo=UTC), "Apr 2, 2007, 11:00:00 AM EDT"),
        (datetime(2007, 4, 2, 11, 0, tzinfo=timezone(timedelta(hours=-4))), "Apr 2, 2007, 11:00:00 AM EDT"),
        (datetime(2007, 1, 3, 4, 59, 59, tzinfo=UTC), "Jan 2, 2007, 11:59:59 PM EST"),
        (datetime(2007, 1, 3, 5, 0, tzinfo=UTC), "Jan 3, 2007, 12:00:00 AM EST"),
        (datetime(2007, 3, 11, 6, 59, 59, tzinfo=UTC), "Mar 11, 2007, 1:59:59 AM EST"),
        (datetime(2007, 3, 11, 7, 0, tzinfo=UTC), "Mar 11, 2007, 3:00:00 AM EDT"),
    ],
)
def test_instant_is_new_york_time_with_its_zone(at, shown):
    assert figures.instant(at) == shown


def test_minute_and_its_parts():
    close = datetime(2007, 4, 2, 20, 0, tzinfo=UTC)
    assert (figures.minute(close), figures.weekday_of(close), figures.time_of_day(close)) == (
        "Mon, Apr 2, 2007, 4:00 PM EDT",
        "Mon, Apr 2, 2007",
        "4:00 PM EDT",
    )


@pytest.mark.parametrize("show", FILTERS)
def test_nothing_is_an_em_dash(show):
    assert show(None) == "—"


def test_nothing_has_no_machine_day():
    assert figures.machine_day(None) == ""


@pytest.mark.parametrize("show", NUMBERS)
@pytest.mark.parametrize("value", [1.5, "1.50", "", True])
def test_what_is_not_exact_is_refused(show, value):
    with pytest.raises(TypeError, match="a figure is a Decimal or an int"):
        show(value)


@pytest.mark.parametrize("show", NUMBERS)
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_finite_is_refused(show, value):
    with pytest.raises(ValueError, match="not a figure"):
        show(Decimal(value))


@pytest.mark.parametrize("value", [Decimal("1.5"), Decimal("1"), 1.0, "1", True])
def test_options_that_are_not_an_int_are_refused(value):
    with pytest.raises(TypeError, match="OSOs are whole"):
        figures.options(value)


@pytest.mark.parametrize("show", [figures.instant, figures.minute, figures.weekday_of, figures.time_of_day])
def test_a_naive_instant_is_refused(show):
    with pytest.raises(ValueError, match="needs a time zone"):
        show(datetime(2007, 4, 2, 11, 0))  # noqa: DTZ001


@pytest.mark.parametrize("show", [figures.instant, figures.minute, figures.time_of_day])
def test_a_day_is_no_instant(show):
    with pytest.raises(TypeError, match="an instant is a datetime"):
        show(date(2007, 4, 2))


@pytest.mark.parametrize("show", [figures.day, figures.weekday_day, figures.machine_day])
@pytest.mark.parametrize("value", [datetime(2007, 4, 2, tzinfo=UTC), "2007-04-02", ""])
def test_an_instant_is_no_day(show, value):
    with pytest.raises(TypeError, match="a day is a date"):
        show(value)


def test_holding_bar_parts_fill_the_bar():
    context = figures.holding_bar(exercised=1, vested=1, unvested=1, lapsed=0)
    assert [(part.name, part.start, part.length) for part in context["parts"]] == [
        ("exercised", "0.000%", "33.333%"),
        ("vested", "33.333%", "33.334%"),
        ("unvested", "66.667%", "33.333%"),
    ]


def test_holding_bar_says_in_words_what_it_draws():
    context = figures.holding_bar(exercised=5_000, vested=1_250, unvested=3_750, lapsed=0)
    assert context["words"] == "Exercised: 5,000; Vested, not exercised: 1,250; Not yet vested: 3,750"


def test_holding_bar_of_nothing_says_so():
    context = figures.holding_bar(exercised=0, vested=0, unvested=0, lapsed=0)
    assert (context["parts"], context["words"]) == ([], "none")


def test_holding_bar_is_drawn_without_inline_styles():
    html = Template("{% load figures %}{% holding_bar exercised=0 vested=6000 unvested=2000 lapsed=2000 %}").render(
        Context()
    )
    assert html.count('class="part part-') == 6
    assert "style=" not in html
    assert 'aria-label="Options by state. Vested, not exercised: 6,000; Not yet vested: 2,000; Lapsed: 2,000"' in html


@pytest.mark.parametrize(
    ("name", "unrounded", "value", "places", "shown", "before"),
    [
        ("S&P Start Number", "1294.83", "1294.83", None, "1,294.83", ""),
        ("S&P End Number", "1424.5", "1424.5", None, "1,424.50", ""),
        ("Aggregate Percentage S&P Performance", "10.01451", "10.015", 3, "+10.015%", "+10.01451%"),
        ("Aggregate Percentage S&P Performance", "-3.2", "-3.2", 3, "−3.200%", ""),
        ("Adjusted Price", "5.6987252", "5.6987252", None, "$5.6987252", ""),
        ("Adjusted Price", "4.9", "5.18", None, "$5.18", "$4.90"),
        ("Duration", "0.99452054794520", "0.995", 3, "0.995 years", "0.9945205479… years"),
        ("Stock End Number", "6.1", "6.1", None, "$6.10", ""),
        ("Multiplier", "4.2", "4", 3, "4.000×", "4.2×"),
        ("Multiplier", "-1.25", "0", 3, "0.000×", "−1.25×"),
        ("Gain per OSO", "-0.3425", "-0.3425", None, "−$0.3425", ""),
        ("Exercise Consideration", "6233.804", "6233.80", 2, "$6,233.80", "$6,233.804"),
    ],
)
def test_a_step_is_shown_in_its_unit(name, unrounded, value, places, shown, before):
    step = Step("§2.7", name, "", Decimal(unrounded), Decimal(value), places)
    assert (figures.step_value(step), figures.step_unrounded(step)) == (shown, before)


@pytest.mark.parametrize(
    ("state", "text", "tone"),
    [
        ("letter issued", "Waiting for you to accept", "warn"),
        ("waiting", "Waiting for the close", "wait"),
        ("paid", "Paid", "good"),
        ("some new state", "Some new state", ""),
    ],
)
def test_state_badge_says_the_state_in_words(state, text, tone):
    assert figures.words_and_tone(state) == {"text": text, "tone": tone}


def test_state_badge_is_marked_up_and_escaped():
    assert figures.state_badge("paid") == '<span class="badge" data-tone="good">Paid</span>'
    assert figures.state_badge("<b>") == '<span class="badge">&lt;b&gt;</span>'


def test_moment_breaks_between_the_day_and_the_time():
    assert figures.moment(datetime(2007, 4, 2, 20, tzinfo=UTC)) == (
        '<time datetime="2007-04-02T16:00:00-04:00">Mon,\N{NO-BREAK SPACE}Apr\N{NO-BREAK SPACE}2,'
        "\N{NO-BREAK SPACE}2007, 4:00\N{NO-BREAK SPACE}PM\N{NO-BREAK SPACE}EDT</time>"
    )
    assert figures.moment(None) == "—"


def test_day_is_written_in_the_language_of_its_reader():
    shown = []
    for language in ("en-us", "es", "en-us"):
        with translation.override(language):
            shown.append(figures.day(date(2007, 4, 2)))
    assert shown == ["Apr 2, 2007", "2 Abr 2007", "Apr 2, 2007"]


@pytest.mark.parametrize("language", ["en", "en-us", "es"])
def test_figure_is_the_same_whoever_asks_for_the_language(language):
    at = datetime(2007, 4, 2, 20, tzinfo=UTC)
    given = [
        (figures.money, Decimal("-1234.5")),
        (figures.price, Decimal("5.18")),
        (figures.options, 1234),
        (figures.day, date(2007, 4, 2)),
        (figures.moment, at),
    ]
    with translation.override(language):
        assert [write(value, writing()) for write, value in given] == [write(value) for write, value in given]
        assert {write(None, writing()) for write, _ in given} == {"—"}


@pytest.mark.parametrize("key", [1, 25, 1_234_567])
def test_address_is_the_one_that_url_gives(key):
    assert figures.address(key, "awards:award") == reverse("awards:award", args=[key])


def test_address_stands_below_the_prefix_of_the_portal():
    with override_script_prefix("/portal/"):
        assert figures.address(7, "exercises:enter") == reverse("exercises:enter", args=[7])
        assert figures.address(7, "exercises:enter").startswith("/portal/")
    assert figures.address(7, "exercises:enter") == reverse("exercises:enter", args=[7])
