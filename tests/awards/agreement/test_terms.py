from decimal import Decimal
from fractions import Fraction

import pytest

from awards.agreement.errors import InvalidTerms
from awards.agreement.terms import FORM_2005, Terms, Tranche


def test_form_2005_is_what_the_agreement_says() -> None:
    assert FORM_2005.term_years == 4
    assert FORM_2005.tranches == (
        (Fraction(1, 2), 12),
        (Fraction(1, 8), 15),
        (Fraction(1, 8), 18),
        (Fraction(1, 8), 21),
        (None, 24),
    )
    assert (FORM_2005.outperform_cap, FORM_2005.multiplier_cap) == (Decimal(11), Decimal(4))
    assert (FORM_2005.averaging_days, FORM_2005.change_in_control_days) == (10, 60)
    assert (FORM_2005.death_or_disability_years, FORM_2005.other_cessation_days) == (1, 180)
    assert FORM_2005.adjusted_price_has_floor is True


def test_terms_of_equal_fields_are_equal_and_hash_alike() -> None:
    again = Terms(name=FORM_2005.name)
    assert again == FORM_2005
    assert hash(again) == hash(FORM_2005)


HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    "tranches",
    [
        (),
        (Tranche(HALF, 12),),
        (Tranche(None, 12), Tranche(None, 24)),
        (Tranche(None, 12), Tranche(HALF, 24)),
        (Tranche(Fraction(0), 12), Tranche(None, 24)),
        (Tranche(Fraction(-1, 8), 12), Tranche(None, 24)),
        (Tranche(HALF, 12), Tranche(HALF, 15), Tranche(HALF, 18), Tranche(None, 24)),
        (Tranche(HALF, 12), Tranche(None, 12)),
        (Tranche(HALF, 15), Tranche(None, 12)),
        (Tranche(HALF, 0), Tranche(None, 12)),
        (Tranche(HALF, 12), Tranche(None, 49)),
    ],
)
def test_terms_refuse_tranches_that_do_not_make_one_award(tranches: tuple[Tranche, ...]) -> None:
    with pytest.raises(InvalidTerms):
        Terms(name="later form", tranches=tranches)


def test_terms_allow_a_last_tranche_at_the_end_of_the_term() -> None:
    assert Terms(name="later form", tranches=(Tranche(None, 48),)).tranches == (Tranche(None, 48),)


@pytest.mark.parametrize(
    "field",
    ["term_years", "averaging_days", "death_or_disability_years", "other_cessation_days", "change_in_control_days"],
)
def test_terms_refuse_counts_below_one(field: str) -> None:
    with pytest.raises(InvalidTerms):
        Terms(name="later form", **{field: 0})


@pytest.mark.parametrize(
    ("field", "value"),
    [("outperform_cap", "0"), ("multiplier_cap", "0"), ("multiplier_cap", "-4"), ("multiplier_cap", "4.0001")],
)
def test_terms_refuse_a_multiplier_that_cannot_be(field: str, value: str) -> None:
    with pytest.raises(InvalidTerms):
        Terms(name="later form", **{field: Decimal(value)})
