"""What everything outstanding would pay, held against each Award valued by itself."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from awards import exposure
from awards.agreement.errors import MissingClose
from awards.agreement.rounding import cents
from awards.models import Award
from tests import builders

pytestmark = pytest.mark.django_db

ON = date(2007, 4, 2)
NOW = builders.instant("2007-04-02")
# Of 2006-04-01 at 5.18: per OSO 1.2467608036 (tests/awards/test_valuation.py).
PER_OPTION = Decimal("1.2467608036")


@pytest.fixture
def closes() -> None:
    builders.closes(builders.CLOSES_2007_04_02)


def _granted(options: int, **given) -> Award:
    return builders.granted_award(options=options, **{"award_date": "2006-04-01", "initial_price": "5.18", **given})


def test_exposure_rounds_each_award_and_then_adds(closes):
    for options in (1, 1, 1, 5000):
        _granted(options)

    found = exposure.exposure(on=ON, now=NOW)

    # 3 × 1.25 and 6,233.80: the sum rounded once would be 6,237.54.
    assert (found.payout, found.awards, found.options) == (Decimal("6237.55"), 4, 5003)


def test_exposure_reserves_stock_for_it(closes):
    _granted(5000)

    found = exposure.exposure(on=ON, now=NOW)

    # 6,233.80 ÷ 6.10 = 1,021.93…; the top Multiplier is 4.
    assert (found.fmv, found.shares, found.ceiling) == (Decimal("6.10"), 1022, 20_000)


def test_exposure_values_each_key_once(closes):
    for options in (10, 20, 30):
        _granted(options)
    _granted(40, initial_price="5.20")

    values = [(row.held.key, row.per_option) for row in exposure.exposure(on=ON, now=NOW).valued]

    assert [key.initial_price for key, _ in values] == [Decimal("5.18"), Decimal("5.20")]
    # 12.47 + 24.94 + 37.40.
    assert [(row.awards, row.options) for row in exposure.counted(values)] == [(3, 60), (1, 40)]
    assert exposure.counted(values)[0].amount == Decimal("74.81")


def test_exposure_asks_the_database_the_same_at_any_length(closes, django_assert_num_queries):
    for options in range(1, 5):
        _granted(options)

    with django_assert_num_queries(7):
        exposure.exposure(on=ON, now=NOW)


@pytest.mark.parametrize("award_date", ["2007-04-01", "2007-04-02", "2007-04-03"])
def test_exposure_of_an_award_without_a_period_is_nothing(closes, award_date):
    _granted(100, award_date=award_date)
    _granted(1)

    found = exposure.exposure(on=ON, now=NOW)

    assert (found.payout, found.too_young, found.options) == (Decimal("1.25"), 100, 101)


def test_exposure_of_nothing_is_nothing():
    found = exposure.exposure(on=ON, now=NOW)

    assert (found.payout, found.awards, found.fmv, found.shares) == (Decimal(0), 0, None, 0)


def test_exposure_leaves_out_what_is_not_approved(closes):
    builders.proposed_award(options=100, award_date="2006-04-01", initial_price="5.18")

    assert exposure.exposure(on=ON, now=NOW).awards == 0


def test_exposure_never_guesses_a_missing_close():
    _granted(100)

    with pytest.raises(MissingClose):
        exposure.exposure(on=ON, now=NOW)


def test_exposure_before_a_split_that_has_come_is_refused(closes):
    _granted(100)
    builders.adjusted("2007-04-02", 2, 1, decided_on="2007-03-01")

    with pytest.raises(exposure.NotCountedAlike, match="came after"):
        exposure.exposure(on=date(2007, 3, 30), now=NOW)


def test_exposure_waits_for_a_split_to_be_in_every_ledger(closes):
    _granted(100)
    builders.adjusted("2007-03-20", 2, 1, decided_on="2007-03-01")

    with pytest.raises(exposure.NotCountedAlike, match="not in every ledger"):
        exposure.exposure(on=ON, now=NOW)


def test_exposure_before_a_split_takes_effect_counts_as_the_ledgers_do(closes):
    _granted(1)
    builders.adjusted("2007-04-03", 2, 1, decided_on="2007-03-01")

    assert exposure.exposure(on=ON, now=NOW).payout == Decimal("1.25")


def _ties() -> list[tuple[Decimal, int]]:
    """Per-OSO values and numbers whose product ends on exactly half a cent, and one part in 10^20 beside it."""
    exact = [(Decimal(2 * k + 1).scaleb(-3) * 5 / n, n) for k in range(100) for n in (1, 2, 4, 5, 8, 10, 16, 25, 1000)]
    beside = [(value + Decimal(sign).scaleb(-20), n) for value, n in exact for sign in (-1, 1)]
    return [*exact, *beside]


@pytest.mark.postgresql
@pytest.mark.parametrize("how", [exposure._WHOLE, exposure._EXACT, exposure._EXACT_CUT])
def test_amounts_in_the_database_round_as_the_rules_do(monkeypatch, how):
    monkeypatch.setattr(exposure, "_cents", lambda values: how)
    _granted(1)
    for per_option, options in _ties():
        Award.objects.update(outstanding=options)
        key = exposure.held()[0].key

        assert exposure.counted([(key, per_option)]) == [(1, options, cents(per_option * options))]


def test_amounts_cut_the_end_of_a_division_as_the_rules_do():
    # 0.015 ÷ 3 × 1: fifty digits, of which the last is rounded; thirty places make the half cent whole again.
    _granted(3)
    per_option = Decimal("0.005") / 3
    key = exposure.held()[0].key

    assert exposure.counted([(key, per_option)])[0].amount == cents(per_option * 3)


# 2^32 cents, and twenty places.
MOST, FINEST = Decimal("42949672.96"), Decimal("0.00000000000000000001")


@pytest.mark.parametrize(
    ("per_option", "how"),
    [
        (Decimal(0), exposure._WHOLE),
        (MOST - FINEST, exposure._WHOLE),
        (MOST, exposure._EXACT),
        (PER_OPTION + FINEST, exposure._WHOLE),
        (PER_OPTION + FINEST / 10, exposure._EXACT),
        (Decimal("0.005") / 3, exposure._EXACT),
        (Decimal("0.0005") / 3, exposure._EXACT_CUT),
    ],
)
def test_amounts_are_reckoned_in_whole_numbers_where_those_are_exact(per_option, how):
    assert exposure._cents([PER_OPTION, per_option]) == how


@pytest.mark.postgresql
@pytest.mark.parametrize("how", [exposure._WHOLE, exposure._EXACT])
@pytest.mark.parametrize(
    ("per_option", "amount"),
    [
        # 2^32 × (2^31 - 1) cents are 2^63 - 2^32: 9,223,372,032,559,808,512.
        (MOST - FINEST, Decimal("92233720325598085.12")),
        # One part in 10^20 less decides the half cent of 10,737,418.235.
        (Decimal("0.005"), Decimal("10737418.24")),
        (Decimal("0.005") - FINEST, Decimal("10737418.23")),
    ],
)
def test_amounts_of_the_most_osos_an_award_can_have(monkeypatch, how, per_option, amount):
    monkeypatch.setattr(exposure, "_cents", lambda values: how)
    _granted(1)
    Award.objects.update(outstanding=2**31 - 1)

    assert exposure.counted([(exposure.held()[0].key, per_option)]) == [(1, 2**31 - 1, amount)]


@pytest.mark.postgresql
def test_every_award_has_its_cents(closes):
    pays = {_granted(options).pk: amount for options, amount in ((1, 125), (5000, 623_380))}
    builders.proposed_award(options=100, award_date="2006-04-01", initial_price="5.18")
    sql, given = exposure.cents_sql([(exposure.held()[0].key, PER_OPTION)])

    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        assert dict(cursor.fetchall()) == pays


@pytest.mark.postgresql
@pytest.mark.parametrize("sql", ["keys", "counted", "every"])
def test_exposure_reads_only_the_index_of_the_terms(sql):
    key = exposure.Key(ON, Decimal("5.18"), 1)
    values = [(key, PER_OPTION)]
    asked, given = {
        "keys": (exposure._KEYS, []),
        "counted": exposure._counted_sql(values),
        "every": exposure.cents_sql(values),
    }[sql]

    with connection.cursor() as cursor:
        # An empty table is read in any way that comes cheapest, by what was last counted of it.
        for other in ("seqscan", "bitmapscan", "indexscan"):
            cursor.execute(f"SET LOCAL enable_{other} = off")
        cursor.execute(f"EXPLAIN {asked}", given)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Index Only Scan using award_by_terms" in plan
    assert "Seq Scan" not in plan


class TestCommand:
    def test_command_says_what_would_be_paid(self, closes, capsys, at):
        at("2007-04-02T11:00-04:00")
        _granted(5000)

        call_command("exposure", on=ON)

        lines = dict(line.rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines())
        assert lines["Payout"] == "$6,233.80"
        assert lines["Shares for it (§8)"] == "1,022"
        assert lines["Never more than (§8)"] == "20,000"

    def test_command_refuses_a_day_without_trading(self, at):
        at("2007-04-02T11:00-04:00")

        with pytest.raises(CommandError, match="2007-04-01"):
            call_command("exposure", on=date(2007, 4, 1))
