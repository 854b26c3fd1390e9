from datetime import date

import pytest

from awards.agreement.employment import EMPLOYED, Cessation, Employment
from awards.agreement.errors import InvalidEmployment

BEFORE, DAY, AFTER = date(2006, 7, 31), date(2006, 8, 1), date(2006, 8, 2)


@pytest.mark.parametrize(
    ("facts", "ended_on", "ended_by"),
    [
        (EMPLOYED, None, None),
        (Employment(disabled_on=DAY), None, None),
        (Employment(died_on=DAY), DAY, Cessation.DEATH),
        (Employment(ceased_on=DAY, cessation=Cessation.DEATH, died_on=DAY), DAY, Cessation.DEATH),
        (Employment(ceased_on=DAY, cessation=Cessation.OTHER), DAY, Cessation.OTHER),
        (Employment(ceased_on=DAY, cessation=Cessation.OTHER, died_on=AFTER), DAY, Cessation.OTHER),
        (Employment(ceased_on=DAY, cessation=Cessation.CAUSE, died_on=DAY), DAY, Cessation.CAUSE),
        (Employment(ceased_on=DAY, cessation=Cessation.OTHER, disabled_on=AFTER), DAY, Cessation.OTHER),
        (Employment(ceased_on=DAY, cessation=Cessation.DISABILITY, disabled_on=BEFORE), DAY, Cessation.DISABILITY),
        (Employment(ceased_on=DAY, cessation=Cessation.RETIREMENT, retired_on=DAY), DAY, Cessation.RETIREMENT),
    ],
)
def test_employment_ends_by_its_facts(facts: Employment, ended_on: date | None, ended_by: Cessation | None) -> None:
    assert (facts.ended_on, facts.ended_by) == (ended_on, ended_by)


@pytest.mark.parametrize(
    "facts",
    [
        {"ceased_on": DAY},
        {"cessation": Cessation.OTHER},
        {"ceased_on": DAY, "cessation": Cessation.DEATH},
        {"ceased_on": DAY, "cessation": Cessation.DEATH, "died_on": AFTER},
        {"ceased_on": AFTER, "cessation": Cessation.OTHER, "died_on": DAY},
        {"disabled_on": AFTER, "died_on": DAY},
        {"ceased_on": DAY, "cessation": Cessation.DISABILITY},
        {"ceased_on": DAY, "cessation": Cessation.DISABILITY, "disabled_on": AFTER},
        {"ceased_on": DAY, "cessation": Cessation.RETIREMENT},
        {"ceased_on": DAY, "cessation": Cessation.RETIREMENT, "retired_on": BEFORE},
        {"ceased_on": DAY, "cessation": Cessation.OTHER, "retired_on": DAY},
        {"retired_on": DAY},
    ],
)
def test_employment_refuses_facts_that_contradict_each_other(facts: dict) -> None:
    with pytest.raises(InvalidEmployment):
        Employment(**facts)


LEFT = Employment(ceased_on=DAY, cessation=Cessation.OTHER, died_on=AFTER)


@pytest.mark.parametrize(
    ("facts", "award_date", "expected"),
    [
        (EMPLOYED, DAY, EMPLOYED),
        (LEFT, BEFORE, LEFT),
        (LEFT, DAY, LEFT),
        (LEFT, AFTER, Employment(died_on=AFTER)),
        (Employment(disabled_on=DAY), AFTER, EMPLOYED),
        (
            Employment(ceased_on=AFTER, cessation=Cessation.DISABILITY, disabled_on=BEFORE),
            DAY,
            Employment(ceased_on=AFTER, cessation=Cessation.DISABILITY, disabled_on=BEFORE),
        ),
        (Employment(ceased_on=DAY, cessation=Cessation.DISABILITY, disabled_on=BEFORE), AFTER, EMPLOYED),
        (Employment(ceased_on=DAY, cessation=Cessation.RETIREMENT, retired_on=DAY), AFTER, EMPLOYED),
    ],
)
def test_since_keeps_the_facts_of_the_award_date_and_later(
    facts: Employment, award_date: date, expected: Employment
) -> None:
    assert facts.since(award_date) == expected


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        (Cessation.OTHER, {}),
        (Cessation.CAUSE, {}),
        (Cessation.RETIREMENT, {"retired_on": date(2006, 8, 1)}),
        (Cessation.DEATH, {"died_on": date(2006, 8, 1)}),
        (Cessation.DISABILITY, {"disabled_on": date(2006, 8, 1)}),
    ],
)
def test_ending_on_a_day_for_each_reason(reason: Cessation, facts: dict[str, date]) -> None:
    found = EMPLOYED.ending(date(2006, 8, 1), reason)
    assert found == Employment(ceased_on=date(2006, 8, 1), cessation=reason, **facts)


@pytest.mark.parametrize(("disabled", "kept"), [(31, True), (1, True), (2, False)])
def test_ending_keeps_a_disability_determined_by_then(disabled: int, kept: bool) -> None:
    disabled_on = date(2006, 7, 31) if disabled == 31 else date(2006, 8, disabled)
    found = Employment(disabled_on=disabled_on).ending(date(2006, 8, 1), Cessation.OTHER)
    assert found.disabled_on == (disabled_on if kept else None)


def test_ending_by_an_earlier_disability_is_of_the_earlier_day() -> None:
    found = Employment(disabled_on=date(2006, 3, 1)).ending(date(2006, 8, 1), Cessation.DISABILITY)
    assert (found.disabled_on, found.ceased_on) == (date(2006, 3, 1), date(2006, 8, 1))
