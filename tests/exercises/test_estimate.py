"""What would be withheld, as pages estimate it (§9.5). 5,000 OSOs pay 6,233.80 on 2007-04-02."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from awards.models import Award
from exercises.actions.settlement import choose_settlement, provide_withholding
from exercises.estimate import estimate, withheld_from
from tests import builders
from tests.exercises.given import give, moment, rate
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
ON = builders.day("2007-04-02")
PAYS = Decimal("6233.80")


def _amounts(found) -> list[tuple[str, str]]:
    return [(line.rate.jurisdiction, str(line.amount)) for line in found.lines]


def _in(award: Award, place: str) -> Award:
    award.grantee.jurisdiction = place
    award.grantee.save()
    return award


def test_each_rate_in_force_is_a_line(award):
    rate("US", "20", from_on="2006-01-01")
    rate("US", "25")
    rate("US", "30", from_on="2007-04-03")
    rate("US", "1.45", tax="Medicare")
    rate("US-CO", "4.63")
    rate("US-NY", "7.35")

    found = estimate(_in(award, "US-CO").grantee, PAYS, on=ON)

    # 25 % and 1.45 % of 6,233.80 are 1,558.45 and 90.3901; 4.63 % is 288.62494.
    assert _amounts(found) == [("US", "90.39"), ("US", "1558.45"), ("US-CO", "288.62")]
    assert (found.total, found.net) == (Decimal("1937.46"), Decimal("4296.34"))


@pytest.mark.parametrize(("percent", "withheld", "left"), [("2.5", "155.85", "6077.95"), ("0", "0.00", "6233.80")])
def test_line_is_rounded_as_the_provision_rounds_it(award, percent, withheld, left):
    rate("US", percent)

    found = estimate(award.grantee, PAYS, on=ON)

    assert (_amounts(found), str(found.net)) == ([("US", withheld)], left)


def test_estimate_is_what_is_then_provided_for(award):
    rate("US", "25")
    rate("US-CO", "4.63")
    notice = give(_in(award, "US-CO"), 5_000)
    estimated = withheld_from(notice)

    by = builders.person("payroll")
    chosen = choose_settlement(
        notice=notice, stock_portion=Decimal(0), by=builders.person("committee"), now=moment("2007-04-03")
    )
    provided = provide_withholding(settlement=chosen, taken_from={}, by=by, now=moment("2007-04-03"))

    assert (estimated.total, estimated.net) == (provided.cash_withheld, provided.net_cash)
    assert estimated.net == Decimal("4386.73")


def test_without_a_rate_for_every_jurisdiction_nothing_is_said_to_be_left(award):
    rate("US", "25")

    found = estimate(_in(award, "US-TX").grantee, PAYS, on=ON)

    assert (_amounts(found), found.without_rate, found.net) == ([("US", "1558.45")], ("US-TX",), None)


def test_without_a_jurisdiction_there_is_no_line(award):
    rate("US", "25")

    found = estimate(_in(award, "").grantee, PAYS, on=ON)

    assert (found.lines, found.jurisdictions, found.net) == ((), (), None)


def test_of_an_unknown_amount_only_the_rates_are_known(award):
    rate("US", "25")

    found = estimate(award.grantee, None, on=ON)

    assert (_amounts(found), found.total, found.net) == ([("US", "None")], None, None)


class TestPages:
    @pytest.fixture
    def holder(self, award: Award, client: Client, at) -> Client:
        at("2007-04-02T11:00-04:00")
        rate("US", "25")
        rate("US-CO", "4.63")
        return sign_in(client, _in(award, "US-CO").grantee.user)

    def _said(self, response) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))

    def _page(self, client: Client, award: Award, page: str, **asked: object) -> str:
        return self._said(client.get(reverse(f"exercises:{page}", args=[award.pk]), asked, follow=True))

    def test_enter_estimates_all_of_it(self, holder, award):
        page = self._page(holder, award, "enter")
        assert "If you exercise all 5,000 options for $6,233.80." in page
        assert "US income tax 25% $1,558.45 US-CO income tax 4.63% $288.62" in page
        assert "Withheld, estimated $1,847.07 Left after it, estimated $4,386.73" in page
        assert "An estimate by the rates on record for Apr 2, 2007, and not tax advice." in page

    def test_review_estimates_the_number_entered(self, holder, award):
        page = self._page(holder, award, "review", options=100)
        # 124.68: 25 % is 31.17, 4.63 % is 5.772684.
        assert "$31.17 US-CO income tax 4.63% $5.77 Withheld, estimated $36.94 Left after it, estimated $87.74" in page

    @pytest.mark.parametrize(("page", "options"), [("enter", 5_000), ("review", 5_000)])
    def test_an_amount_that_waits_is_estimated_by_the_newest_closes(self, holder, award, at, page, options):
        at("2007-04-02T17:00-04:00")
        said = self._page(holder, award, page, options=options)
        assert "The amount is not known yet. This is of $6,233.80, what the same options would have paid" in said
        assert "with the Exercise Date Apr 2, 2007, on the closes before it." in said
        assert "Left after it, estimated $4,386.73" in said
        assert "An estimate by the rates on record for Apr 3, 2007" in said

    def test_an_amount_that_nobody_knows_is_said_to_be_unknown(self, holder, award, at):
        at("2007-06-01T11:00-04:00")
        said = self._page(holder, award, "review", options=100)
        assert "The amount is not known yet, so only the rates can be shown." in said
        assert "US income tax 25% Not known yet" in said
        assert "Left after it" not in said

    @pytest.mark.parametrize("page", ["enter", "review"])
    def test_without_a_jurisdiction_it_says_who_can_record_it(self, holder, award, page):
        _in(award, "")
        said = self._page(holder, award, page, options=100)
        assert "No estimate is possible yet: where the payment is taxed is not on record" in said
        assert "The plan administrator can record it" in said
        assert "Left after it" not in said

    def test_without_a_rate_it_names_the_jurisdiction(self, holder, award):
        _in(award, "US-TX")
        said = self._page(holder, award, "review", options=100)
        assert "No rate is on record for US-TX, so what is left cannot be estimated." in said
        assert ("$31.17" in said, "Left after it" in said) == (True, False)

    def test_what_pays_nothing_has_no_estimate(self, holder, award):
        dear = builders.granted_award(award.grantee, options=100, award_date="2006-04-01", initial_price="6.20")
        for page in ("enter", "review"):
            said = self._page(holder, dear, page, options=50)
            assert "its last close of $6.10 is not above the Adjusted Price of $6.820868" in said
            assert "Estimated withholding" not in said

    def test_receipt_estimates_until_it_is_provided_for(self, holder, award, at):
        notice = give(award, 5_000)
        address = reverse("exercises:receipt", args=[notice.pk])
        said = self._said(holder.get(address))
        assert "Estimated withholding" in said
        assert "Left after it, estimated $4,386.73" in said

        committee, payroll, now = builders.person("committee"), builders.person("payroll"), moment("2007-04-03")
        chosen = choose_settlement(notice=notice, stock_portion=Decimal("3000.00"), by=committee, now=now)
        assert "Estimated withholding" in self._said(holder.get(address))
        provide_withholding(settlement=chosen, taken_from={}, by=payroll, now=now)

        said = self._said(holder.get(address))
        assert "Estimated withholding" not in said
        # 491 shares of 6.10; 3,233.80 + 4.90 of cash less 1,558.45 and 288.62.
        assert "25% of $6,233.80 $1,558.45 US-CO income tax 4.63% of $6,233.80 $288.62 Paid in cash $1,391.63" in said
        assert "Delivered in shares 491" in said

    def test_receipt_that_waits_shows_the_rates(self, holder, award, at):
        at("2007-04-02T17:00-04:00")
        notice = give(award, 5_000, "2007-04-02 17:00")
        said = self._said(holder.get(reverse("exercises:receipt", args=[notice.pk])))
        assert "The amount is not known yet, so only the rates can be shown. US income tax 25% Not known yet" in said

    @pytest.mark.parametrize("rates", [1, 100])
    def test_pages_ask_the_database_the_same_at_any_length(self, holder, award, at, rates, django_assert_num_queries):
        notice = give(award, 5)
        for number in range(rates - 1):
            rate("US", "0.01", tax=f"Tax {number}")
        options = {"options": 10, "form_key": "0b0c7a3e-0000-4000-8000-000000000001"}
        for page, queries in (("enter", 10), ("review", 12)):
            with django_assert_num_queries(queries):
                holder.get(reverse(f"exercises:{page}", args=[award.pk]), options)
        # Its questions among them.
        with django_assert_num_queries(7):
            holder.get(reverse("exercises:receipt", args=[notice.pk]))
