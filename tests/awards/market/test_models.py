"""Every constraint refused by the database itself, one condition broken at a time, and the row that breaks none."""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from awards.market.models import ClosingPrice, HeldClose, TradingDayOverride

Values = dict[str, Any]
pytestmark = pytest.mark.django_db


@pytest.fixture
def people(maker: object, checker: object) -> Values:
    return {"maker": maker, "checker": checker, None: None}


@pytest.fixture
def price(now: object) -> Values:
    return {
        "series": "stock", "trading_day": date(2007, 3, 29), "close": Decimal("6.10"), "source": "test",
        "recorded_at": now,
    }  # fmt: skip


@pytest.fixture
def held(now: object) -> Values:
    return {
        "series": "stock", "trading_day": date(2007, 3, 29), "close": Decimal("6.20"), "source": "test",
        "reason": "disagreement", "received_at": now,
    }  # fmt: skip


@pytest.fixture
def proposal(maker: object, now: object) -> Values:
    return {
        "proposed_outcome": "rejected", "decision_reason": "a typing error", "proposed_by": maker, "proposed_at": now,
        "proposed_on_revision": 0,
    }  # fmt: skip


@pytest.fixture
def approval(checker: object, now: object) -> Values:
    return {"outcome": "rejected", "approved_by": checker, "approved_at": now}


@pytest.fixture
def override(maker: object, now: object) -> Values:
    return {
        "day": date(2007, 3, 29), "kind": "closed", "reason": "storm", "recorded_by": maker, "recorded_at": now,
    }  # fmt: skip


def refuse(row: Any, constraint: str) -> None:
    """The database refuses the row, and the form would have said so in words."""
    message = next(each for each in row._meta.constraints if each.name == constraint).violation_error_message
    with pytest.raises(ValidationError) as refusal:
        row.validate_constraints()
    assert message in refusal.value.messages
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("broken", "constraint"),
    [
        ({"close": Decimal("0")}, "market_closing_price_in_range"),
        ({"close": Decimal("-0.000001")}, "market_closing_price_in_range"),
        ({"close": Decimal("1000000000")}, "market_closing_price_in_range"),
        ({"revision": 0}, "market_closing_price_revision_from_one"),
        ({"series": "nasdaq"}, "market_closing_price_series_known"),
    ],
)
def test_closing_price_that_breaks_a_constraint_is_refused(price: Values, broken: Values, constraint: str) -> None:
    refuse(ClosingPrice(**price | broken), constraint)


@pytest.mark.parametrize("close", ["0.000001", "999999999.999999"])
def test_closing_price_at_the_edge_is_kept_to_the_last_digit(price: Values, close: str) -> None:
    ClosingPrice.objects.create(**price | {"close": Decimal(close)})
    assert str(ClosingPrice.objects.get().close) == close


def test_closing_price_revision_recorded_twice_is_refused(price: Values) -> None:
    ClosingPrice.objects.create(**price)
    refuse(ClosingPrice(**price), "market_closing_price_revision_once")


@pytest.mark.parametrize(
    ("revision", "recorded_by", "approved_by"),
    [(2, None, None), (2, "maker", None), (2, None, "checker"), (2, "maker", "maker"), (1, "maker", "maker"),
     (1, None, "checker")],
)  # fmt: skip
def test_correction_without_two_people_is_refused(
    price: Values, people: Values, revision: int, recorded_by: str, approved_by: str
) -> None:
    row = ClosingPrice(**price, revision=revision, recorded_by=people[recorded_by], approved_by=people[approved_by])
    refuse(row, "market_closing_price_correction_by_two")


@pytest.mark.parametrize(
    ("revision", "recorded_by", "approved_by"),
    [(1, None, None), (1, "maker", None), (1, "maker", "checker"), (2, "maker", "checker")],
)
def test_correction_by_two_people_is_recorded(
    price: Values, people: Values, revision: int, recorded_by: str, approved_by: str
) -> None:
    ClosingPrice.objects.create(
        **price, revision=revision, recorded_by=people[recorded_by], approved_by=people[approved_by]
    )
    assert ClosingPrice.objects.get().revision == revision


@pytest.mark.parametrize(
    ("broken", "constraint"),
    [
        ({"close": Decimal("0")}, "market_held_close_in_range"),
        ({"close": Decimal("1000000000")}, "market_held_close_in_range"),
        ({"series": "nasdaq"}, "market_held_close_series_known"),
        ({"reason": "whim"}, "market_held_close_reason_known"),
        ({"reason": "conflict"}, "market_held_close_compared"),
        ({"reason": "jump"}, "market_held_close_compared"),
    ],
)
def test_held_close_that_breaks_a_constraint_is_refused(held: Values, broken: Values, constraint: str) -> None:
    refuse(HeldClose(**held | broken), constraint)


@pytest.mark.parametrize(
    "missing", ["proposed_outcome", "decision_reason", "proposed_by", "proposed_at", "proposed_on_revision"]
)
def test_proposal_that_is_not_whole_is_refused(held: Values, proposal: Values, missing: str) -> None:
    empty = "" if missing in {"proposed_outcome", "decision_reason"} else None
    refuse(HeldClose(**held, **proposal | {missing: empty}), "market_held_close_proposal_whole")


@pytest.mark.parametrize("missing", ["outcome", "approved_by", "approved_at"])
def test_approval_that_is_not_whole_is_refused(held: Values, proposal: Values, approval: Values, missing: str) -> None:
    empty = "" if missing == "outcome" else None
    refuse(HeldClose(**held, **proposal, **approval | {missing: empty}), "market_held_close_approval_whole")


def test_approval_of_what_was_not_proposed_is_refused(held: Values, proposal: Values, approval: Values) -> None:
    row = HeldClose(**held, **proposal | {"proposed_outcome": "accepted"}, **approval)
    refuse(row, "market_held_close_approved_as_proposed")


def test_decision_by_one_person_is_refused(held: Values, proposal: Values, approval: Values, maker: object) -> None:
    refuse(HeldClose(**held, **proposal, **approval | {"approved_by": maker}), "market_held_close_decided_by_two")


def test_accepted_close_without_its_record_is_refused(held: Values, proposal: Values, approval: Values) -> None:
    accepted = proposal | approval | {"proposed_outcome": "accepted", "outcome": "accepted"}
    refuse(HeldClose(**held, **accepted), "market_held_close_accepted_is_recorded")


def test_rejected_close_with_a_record_is_refused(
    held: Values, proposal: Values, approval: Values, record: Callable[..., ClosingPrice]
) -> None:
    row = HeldClose(**held, **proposal, **approval, recorded_as=record("2007-03-29", "6.20"))
    refuse(row, "market_held_close_accepted_is_recorded")


def test_open_close_held_twice_is_refused(held: Values) -> None:
    HeldClose.objects.create(**held)
    refuse(HeldClose(**held), "market_held_close_open_once")


def test_close_is_held_again_after_a_decision(held: Values, proposal: Values, approval: Values) -> None:
    HeldClose.objects.create(**held, **proposal, **approval)
    HeldClose.objects.create(**held)
    assert [HeldClose.objects.decided().count(), HeldClose.objects.open().count()] == [1, 1]


def test_held_closes_are_found_by_what_they_wait_for(held: Values, proposal: Values) -> None:
    new = HeldClose.objects.create(**held)
    proposed = HeldClose.objects.create(**held | {"close": Decimal("6.30")}, **proposal)
    assert [list(HeldClose.objects.to_propose()), list(HeldClose.objects.to_approve())] == [[new], [proposed]]
    assert [new.is_proposed(), proposed.is_proposed(), proposed.is_open()] == [False, True, True]


@pytest.mark.parametrize(
    ("broken", "constraint"),
    [
        ({"revision": 0}, "market_override_revision_from_one"),
        ({"kind": "early_close"}, "market_override_closing_time_fits"),
        ({"kind": "closed", "closes_at": time(13)}, "market_override_closing_time_fits"),
        ({"kind": "as_calendar", "closes_at": time(13)}, "market_override_closing_time_fits"),
        ({"kind": "perhaps"}, "market_override_closing_time_fits"),
        ({"kind": "early_close", "closes_at": time(9, 30)}, "market_override_closing_time_plausible"),
        ({"kind": "early_close", "closes_at": time(18, 0, 1)}, "market_override_closing_time_plausible"),
        ({"reason": ""}, "market_override_reason_given"),
    ],
)
def test_override_that_breaks_a_constraint_is_refused(override: Values, broken: Values, constraint: str) -> None:
    refuse(TradingDayOverride(**override | broken), constraint)


@pytest.mark.parametrize(
    "kind", [{"kind": "open"}, {"kind": "open", "closes_at": time(18)}, {"kind": "early_close", "closes_at": time(12)}]
)
def test_override_with_a_fitting_time_is_recorded(override: Values, kind: Values) -> None:
    assert TradingDayOverride.objects.create(**override | kind).pk


def test_override_revision_recorded_twice_is_refused(override: Values) -> None:
    TradingDayOverride.objects.create(**override)
    refuse(TradingDayOverride(**override), "market_override_revision_once")


def test_rows_name_themselves(price: Values, held: Values, override: Values) -> None:
    assert [str(ClosingPrice(**price)), str(HeldClose(**held)), str(TradingDayOverride(**override))] == [
        "Stock 2007-03-29: 6.1",
        "Stock 2007-03-29: 6.2, sources disagree",
        "2007-03-29: No trading",
    ]
