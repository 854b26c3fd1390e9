"""Paying 6,233.80 at a Fair Market Value of 6.10: every form, every step, every refusal."""

from decimal import Decimal

import pytest

from awards.actions.decisions import OwnInterest, ReasonMissing, SamePerson
from awards.models import AuditEvent
from exercises import consistency
from exercises.actions import settlement as settling
from exercises.actions.settlement import (
    CannotBePaid,
    JurisdictionNotRecorded,
    NoRateOnRecord,
    NotPricedYet,
    ReferenceMissing,
    SettlementStands,
    WrongStep,
)
from exercises.models import Settlement, WithholdingLine
from tests import builders
from tests.exercises.given import give, moment, paper, rate

pytestmark = pytest.mark.django_db
NOW = moment("2007-04-10")
CASH, SHARES, PAID_IN = WithholdingLine.TakenFrom


@pytest.fixture
def notice(award):
    return give(award, 5_000)


@pytest.fixture
def federal(notice):
    return rate("US", "25")  # of 6,233.80: 1,558.45


def choose(notice, stock_portion="0", by="committee"):
    return settling.choose_settlement(
        notice=notice, stock_portion=Decimal(stock_portion), by=builders.person(by), now=NOW
    )


def provide(settlement, taken_from=None, by="payroll"):
    return settling.provide_withholding(
        settlement=settlement, taken_from=taken_from or {}, by=builders.person(by), now=NOW
    )


def approve(settlement, by="second"):
    return settling.approve_settlement(settlement=settlement, by=builders.person(by), now=NOW)


def pay(settlement, reference="Wire 17"):
    return settling.record_payment(settlement=settlement, reference=reference, by=builders.person("payroll"), now=NOW)


def withdraw(settlement, reason="Stock instead"):
    return settling.withdraw_settlement(settlement=settlement, reason=reason, by=builders.person("committee"), now=NOW)


@pytest.mark.parametrize(
    ("stock_portion", "shares", "cash"),
    [
        ("0", 0, "6233.80"),
        ("6.09", 0, "6233.80"),  # less than one share
        ("6.10", 1, "6227.70"),
        ("3000.00", 491, "3238.70"),  # 491 × 6.10 = 2,995.10, and 4.90 of a share
        ("6233.80", 1021, "5.70"),  # 1,021 × 6.10 = 6,228.10
    ],
)
def test_stock_is_whole_shares_and_the_fraction_cash(notice, stock_portion, shares, cash):
    settlement = choose(notice, stock_portion)

    assert (settlement.shares, settlement.cash, settlement.state) == (shares, Decimal(cash), "chosen")


@pytest.mark.parametrize("stock_portion", ["6233.81", "-0.01", "1.001", "NaN"])
def test_stock_portion_that_cannot_be_paid_is_refused(notice, stock_portion):
    with pytest.raises(CannotBePaid):
        choose(notice, stock_portion)
    assert Settlement.objects.count() == 0


def test_waiting_exercise_is_not_settled(award):
    with pytest.raises(NotPricedYet):
        choose(give(award, 5_000, "2007-04-02 17:00"))


def test_settlement_is_chosen_once(notice):
    choose(notice)

    with pytest.raises(SettlementStands):
        choose(notice, "100.00")
    assert Settlement.objects.count() == 1


def test_withholding_from_the_cash(notice, federal):
    settlement = provide(choose(notice))

    assert (settlement.cash_withheld, settlement.shares_withheld, settlement.paid_in) == (Decimal("1558.45"), 0, 0)
    assert (settlement.net_cash, settlement.net_shares, settlement.state) == (Decimal("4675.35"), 0, "provided")


@pytest.mark.parametrize(("percent", "withheld"), [("2.5", "155.85"), ("0.5", "31.17"), ("0", "0.00")])
def test_withholding_is_rounded_half_up(notice, percent, withheld):
    """2.5 % of 6,233.80 is 155.845, and 0.5 % is 31.169."""
    rate("US", percent)

    assert provide(choose(notice)).cash_withheld == Decimal(withheld)


def test_withholding_from_the_shares_is_whole_shares_and_gives_the_excess_back(notice, federal):
    settlement = provide(choose(notice, "6233.80"), {federal.pk: SHARES})

    # 1,558.45 ÷ 6.10 = 255.48: 256 shares, worth 1,561.60, 3.15 too many.
    assert (settlement.shares_withheld, settlement.cash_withheld) == (256, 0)
    assert (settlement.net_shares, settlement.net_cash) == (765, Decimal("8.85"))


def test_withholding_paid_in_leaves_the_payment_whole(notice, federal):
    settlement = provide(choose(notice, "6233.80"), {federal.pk: PAID_IN})

    assert settlement.paid_in == Decimal("1558.45")
    assert (settlement.net_shares, settlement.net_cash) == (1021, Decimal("5.70"))


def test_each_tax_is_provided_for_from_where_it_is_said(award):
    award.grantee.jurisdiction = "US-CO"
    award.grantee.save()
    federal, state = rate("US", "25"), rate("US-CO", "4.63")  # 288.62494
    settlement = provide(choose(give(award, 5_000), "3000.00"), {federal.pk: SHARES, state.pk: CASH})

    lines = settlement.withholding.order_by("rate__jurisdiction").values_list("rate", "base", "amount", "taken_from")
    assert list(lines) == [
        (federal.pk, Decimal("6233.80"), Decimal("1558.45"), "shares"),
        (state.pk, Decimal("6233.80"), Decimal("288.62"), "cash"),
    ]
    # 491 − 256 shares; 3,238.70 − 288.62 + 3.15.
    assert (settlement.net_shares, settlement.net_cash) == (235, Decimal("2953.23"))
    assert list(consistency.differences()) == []


def test_withholding_that_the_cash_cannot_bear_is_refused(notice, federal):
    chosen = choose(notice, "6233.80")

    with pytest.raises(CannotBePaid, match=r"would be withheld from 5\.70 of cash"):
        provide(chosen)
    withdraw(chosen)
    in_cash = choose(notice)
    with pytest.raises(CannotBePaid, match="256 shares would be withheld, of 0"):
        provide(in_cash, {federal.pk: SHARES})
    assert WithholdingLine.objects.count() == 0


def test_no_rate_on_record_is_refused(notice):
    with pytest.raises(NoRateOnRecord, match="No withholding rate is on record for US on 2007-04-02"):
        provide(choose(notice))


def test_every_jurisdiction_needs_its_rate(award):
    award.grantee.jurisdiction = "US-CO"
    award.grantee.save()
    rate("US", "25")
    chosen = choose(give(award, 5_000))

    with pytest.raises(NoRateOnRecord, match="US-CO"):
        provide(chosen)
    rate("US-CO", "0")
    assert provide(chosen).net_cash == Decimal("4675.35")


def test_withholding_waits_until_it_is_known_where_the_grantee_is_taxed(notice, federal):
    notice.award.grantee.jurisdiction = ""
    notice.award.grantee.save()
    chosen = choose(notice)

    with pytest.raises(JurisdictionNotRecorded, match=r"Where Ada \(ADA\) is taxed is not on record"):
        provide(chosen)
    assert WithholdingLine.objects.count() == 0


@pytest.mark.parametrize(
    ("from_on", "withheld"), [("2007-04-01", "1870.14"), ("2007-04-02", "1870.14"), ("2007-04-03", "1558.45")]
)
def test_rate_in_force_on_the_exercise_date_counts(notice, federal, from_on, withheld):
    rate("US", "30", from_on=from_on)

    assert provide(choose(notice)).cash_withheld == Decimal(withheld)


def test_other_jurisdictions_do_not_count(notice, federal):
    rate("FR", "45")
    rate("US-CO", "4.63")

    assert provide(choose(notice)).cash_withheld == Decimal("1558.45")


@pytest.mark.parametrize("person", ["committee", "payroll"])
def test_approver_neither_chose_nor_provided(notice, federal, person):
    provided = provide(choose(notice))

    with pytest.raises(SamePerson):
        approve(provided, by=person)
    assert approve(provided, by="second").state == "approved"


def test_nobody_settles_an_exercise_of_their_own(notice, federal):
    own = notice.award.grantee.user.username

    with pytest.raises(OwnInterest):
        choose(notice, by=own)
    provided = provide(choose(notice))
    with pytest.raises(OwnInterest):
        approve(provided, by=own)
    provided.refresh_from_db()
    assert provided.state == "provided"


def test_payment_has_a_reference(notice, federal):
    approved = approve(provide(choose(notice)))

    with pytest.raises(ReferenceMissing):
        pay(approved, " ")
    paid = pay(approved, " Wire 17 ")

    assert (paid.state, paid.payment_reference, paid.paid_at) == ("paid", "Wire 17", NOW)
    assert list(consistency.differences()) == []


STEPS = {"chosen": choose, "provided": provide, "approved": approve, "paid": pay}
ALLOWED = {
    "chosen": {provide, withdraw},
    "provided": {approve, withdraw},
    "approved": {pay},
    "paid": set(),
    "withdrawn": set(),
}


@pytest.mark.parametrize("step", [provide, approve, pay, withdraw])
@pytest.mark.parametrize("state", ALLOWED)
def test_steps_are_taken_in_order(notice, federal, state, step):
    settlement = withdraw(choose(notice)) if state == "withdrawn" else notice
    for reached, act in STEPS.items():
        if state != "withdrawn":
            settlement = act(settlement)
        if reached == state:
            break
    assert settlement.state == state

    if step in ALLOWED[state]:
        assert step(settlement).state != state
    else:
        with pytest.raises(WrongStep):
            step(settlement)


def test_withdrawn_settlement_makes_room_for_another(notice, federal):
    first = choose(notice)
    with pytest.raises(ReasonMissing):
        withdraw(first, " ")

    withdraw(first)
    second = choose(notice, "6233.80")

    assert (second.shares, notice.pricing.settlements.live().get()) == (1021, second)
    first.refresh_from_db()
    assert (first.state, first.withdrawal_reason) == ("withdrawn", "Stock instead")


def test_exercise_that_pays_nothing_is_settled_with_nothing(award, federal):
    worthless = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="6.10")
    notice = give(worthless, 5_000, on_paper=paper(insists=True))

    settlement = provide(choose(notice))

    assert (settlement.net_cash, settlement.net_shares, settlement.cash_withheld) == (0, 0, 0)


def test_every_step_is_in_the_audit_trail(notice, federal):
    pay(approve(provide(choose(notice))))

    events = AuditEvent.objects.filter(subject=f"exercisenotice:{notice.pk}").order_by("sequence")
    assert [(event.action, event.actor.username) for event in events] == [
        ("settlement chosen", "committee"),
        ("withholding provided", "payroll"),
        ("settlement approved", "second"),
        ("paid", "payroll"),
    ]
