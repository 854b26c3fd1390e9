"""A stored worksheet recomputes bit for bit, and says where it does not."""

import json
from decimal import Decimal
from typing import Any

import pytest

from awards.agreement.errors import AgreementError
from awards.agreement.terms import Terms
from awards.worksheet_record import as_record, differing, recompute
from tests import builders as given
from tests.awards.valued import market, sheet


@pytest.fixture
def record() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(json.dumps(as_record(sheet(market(given.CLOSES_2007_04_02)))))
    return stored


def test_figures_are_exact_text(record: dict[str, Any]) -> None:
    assert (record["adjusted_price"], record["consideration"], record["options"]) == ("5.6987252", "6233.80", 5000)
    assert record["closes"]["window"][-1] == ["2007-03-30", "1420.86", "6.10"]


def test_recomputes_bit_for_bit(record: dict[str, Any]) -> None:
    assert differing(record) == []
    assert recompute(record) == sheet(market(given.CLOSES_2007_04_02))


@pytest.mark.parametrize("name", ["adjusted_price", "multiplier", "per_option", "consideration", "period_end"])
def test_changed_figure_shows(record: dict[str, Any], name: str) -> None:
    record[name] = "2007-03-29" if name == "period_end" else "1.00"
    assert differing(record) == [name]


def test_changed_close_shows_in_what_follows_from_it(record: dict[str, Any]) -> None:
    record["closes"]["window"][-1][2] = "6.11"
    assert {"stock_end", "fmv", "consideration"} <= set(differing(record))


def test_window_of_nine_days_is_refused(record: dict[str, Any]) -> None:
    del record["closes"]["window"][0]
    with pytest.raises(AgreementError):
        recompute(record)


def test_terms_of_another_version_are_kept() -> None:
    terms = Terms(name="Later form", multiplier_cap=Decimal(3), adjusted_price_has_floor=False)
    found = sheet(market(given.CLOSES_2007_04_02), terms=terms)
    assert recompute(json.loads(json.dumps(as_record(found)))) == found
