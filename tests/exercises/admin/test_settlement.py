"""An exercise at the desk: entered from paper, settled step by step to paid, and what is refused on the way."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from awards.models import Award, OptionEntry
from exercises.models import ExerciseNotice, PinnedClose, Settlement
from tests import builders
from tests.awards.admin.people import at_the_desk, signed_in
from tests.exercises import given

PAGE = "/admin/exercises/exercisenotice/"


@pytest.fixture(autouse=True)
def today(at: Callable[[str], datetime]) -> datetime:
    return at("2007-04-02T11:00-04:00")


@pytest.fixture
def desk(award: Award) -> dict[str, Client]:
    return {name: signed_in(user) for name, user in at_the_desk().items()}


def step(name: str, notice: ExerciseNotice) -> str:
    return reverse(f"admin:exercises_exercisenotice_{name}", args=[notice.pk])


def paper(award: Award, **given: Any) -> dict[str, Any]:
    return {
        "award": award.pk,
        "options": "5000",
        "channel": "phone",
        "received_at": "2007-04-02T10:00:00",
        "capacity": "grantee",
        "representative": "",
        "evidence": "Call taken by Kim",
        "form_key": str(uuid4()),
        **given,
    }


def settled(notice: ExerciseNotice) -> Settlement:
    found = ExerciseNotice.objects.get(pk=notice.pk).settlement
    assert found is not None
    return found


def test_paper_notice_is_reviewed_then_recorded_once(award: Award, desk: dict[str, Client]) -> None:
    form = paper(award)
    review = desk["plan"].post(f"{PAGE}add/", form).content.decode()
    assert [text for text in ("Monday, April 2, 2007", "$6,233.80", "10:00:00 AM EDT") if text not in review] == []
    assert (ExerciseNotice.objects.count(), PinnedClose.objects.count(), OptionEntry.objects.count()) == (0, 0, 1)
    for _ in range(2):
        answer = desk["plan"].post(f"{PAGE}add/", {**form, "_confirm": "yes"})
    notice = ExerciseNotice.objects.get()
    assert answer.url == f"{PAGE}{notice.pk}/change/"
    assert (notice.channel, notice.received_at, notice.recorded_by.username) == (
        "phone",
        builders.instant("2007-04-02", "10:00"),
        "plan",
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"options": "5001"}, "5,001 cannot be."),
        ({"received_at": "2007-04-02T11:00:01"}, "A notice cannot have been received later than now."),
        ({"received_at": "2007-03-11T02:30:00"}, "couldn’t be interpreted in time zone America/New_York"),
        ({"evidence": " "}, "This field is required."),
        ({"capacity": "guardian"}, "Who acts for another is named, and the Grantee acts for nobody."),
        ({"channel": "web"}, "Select a valid choice."),
        ({"form_key": "no key"}, "Enter a valid UUID."),
    ],
)
def test_paper_notice_that_cannot_be_is_refused(
    award: Award, desk: dict[str, Client], change: dict[str, str], told: str
) -> None:
    for confirmed in ({}, {"_confirm": "yes"}):
        html = desk["plan"].post(f"{PAGE}add/", {**paper(award, **change), **confirmed}).content.decode()
        assert told in html
    assert (ExerciseNotice.objects.count(), OptionEntry.objects.count()) == (0, 1)


def test_settlement_is_walked_from_priced_to_paid(award: Award, desk: dict[str, Client]) -> None:
    notice, rate = given.give(award), given.rate("US", "25")
    choice = {"form_of": "mix", "stock_portion": "2000.00"}
    # 2,000.00 ÷ 6.10 = 327 whole shares (1,994.70) and 5.30 in cash; 4,233.80 + 5.30 = 4,239.10.
    review = desk["maker"].post(step("choose_settlement", notice), choice).content.decode()
    assert [text for text in ("327 whole shares at $6.10", "$5.30", "$4,239.10") if text not in review] == []
    assert Settlement.objects.count() == 0
    desk["maker"].post(step("choose_settlement", notice), {**choice, "_confirm": "yes"})

    # 25 % of 6,233.80 is 1,558.45: 256 shares (1,561.60) are withheld, the excess 3.15 comes back.
    whence = {f"rate_{rate.pk}": "shares"}
    page = desk["payroll"].get(step("provide_withholding", notice)).content.decode()
    assert "25 % of $6,233.80 is $1,558.45. Source: A circular." in page
    review = desk["payroll"].post(step("provide_withholding", notice), whence).content.decode()
    assert [text for text in ("$4,242.25", "256", "71") if text not in review] == []
    desk["payroll"].post(step("provide_withholding", notice), {**whence, "_confirm": "yes"})

    refused = desk["maker"].post(step("approve_settlement", notice)).content.decode()
    assert "Whoever chose the settlement or provided the withholding cannot also approve it." in refused
    desk["other"].post(step("approve_settlement", notice))
    desk["payroll"].post(step("record_payment", notice), {"reference": "Wire 17"})
    paid = settled(notice)
    assert (paid.state, paid.net_cash, paid.net_shares, paid.payment_reference) == ("paid", 4242.25, 71, "Wire 17")
    html = desk["auditor"].get(f"{PAGE}{notice.pk}/change/").content.decode()
    shown = ["Payment reference: <b>Wire 17</b>", "$4,242.25", "What it pays, as promised: $6,233.80", "EX-"]
    assert [text for text in shown if text not in html] == []
    assert "desk-decisions" not in html


@pytest.mark.parametrize("form_of", ["cash", "stock"])
def test_all_of_it_in_cash_or_in_stock(award: Award, desk: dict[str, Client], form_of: str) -> None:
    notice = given.give(award)
    desk["maker"].post(step("choose_settlement", notice), {"form_of": form_of, "_confirm": "yes"})
    # 6,233.80 ÷ 6.10 = 1,021 whole shares (6,228.10) and 5.70 in cash.
    shares, cash = {"cash": (0, "6233.80"), "stock": (1021, "5.70")}[form_of]
    assert (settled(notice).shares, str(settled(notice).cash)) == (shares, cash)


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"form_of": "mix"}, "Say how much of a mix is paid in Stock."),
        ({"form_of": "mix", "stock_portion": "6233.81"}, "more than the consideration"),
        ({"form_of": "cash", "stock_portion": "1.00"}, "Only a mix has a Stock portion of its own."),
        ({"form_of": "shells"}, "Select a valid choice."),
    ],
)
def test_choice_that_cannot_be_is_refused(
    award: Award, desk: dict[str, Client], choice: dict[str, str], told: str
) -> None:
    notice = given.give(award)
    html = desk["maker"].post(step("choose_settlement", notice), {**choice, "_confirm": "yes"}).content.decode()
    assert told in html
    assert Settlement.objects.count() == 0


def test_step_out_of_turn_is_refused(award: Award, desk: dict[str, Client]) -> None:
    notice = given.give(award)
    for name, who, data in (
        ("approve_settlement", "other", {}),
        ("withdraw_settlement", "maker", {"reason": "None"}),
        ("record_payment", "payroll", {"reference": "Wire"}),
        ("provide_withholding", "payroll", {}),
    ):
        html = desk[who].post(step(name, notice), {**data, "_confirm": "yes"}).content.decode()
        assert f"{notice.number} has no settlement yet." in html
        assert f"{notice.number} is priced: this is not its next step." in html
    assert Settlement.objects.count() == 0


def test_waiting_notice_cannot_be_settled(award: Award, desk: dict[str, Client], at: Callable[[str], datetime]) -> None:
    at("2007-04-02T17:00-04:00")
    notice = given.give(award, at="2007-04-02 17:00")
    html = desk["maker"].post(step("choose_settlement", notice), {"form_of": "cash", "_confirm": "yes"}).content
    assert f"{notice.number} waits for its closes." in html.decode()
    page = desk["maker"].get(f"{PAGE}{notice.pk}/change/").content.decode()
    assert "The notice waits for closes." in page


def test_withholding_without_a_rate_on_record_says_so(award: Award, desk: dict[str, Client]) -> None:
    notice = given.give(award)
    desk["maker"].post(step("choose_settlement", notice), {"form_of": "cash", "_confirm": "yes"})
    html = desk["payroll"].post(step("provide_withholding", notice), {"_confirm": "yes"}).content.decode()
    assert "No withholding rate is on record for US on 2007-04-02." in html
    assert settled(notice).state == "chosen"


def test_withdrawn_settlement_leaves_room_for_another(award: Award, desk: dict[str, Client]) -> None:
    notice = given.give(award)
    desk["maker"].post(step("choose_settlement", notice), {"form_of": "cash", "_confirm": "yes"})
    desk["other"].post(step("withdraw_settlement", notice), {"reason": "In Stock after all"})
    assert ExerciseNotice.objects.get().state == "priced"
    assert "In Stock after all" in desk["maker"].get(f"{PAGE}{notice.pk}/change/").content.decode()


def test_page_says_which_pinned_close_was_corrected_since(award: Award, desk: dict[str, Client]) -> None:
    notice = given.give(award)
    close = notice.pricing.closes.get(series="stock", trading_day="2007-03-30")
    before = desk["auditor"].get(f"{PAGE}{notice.pk}/change/").content.decode()
    given.corrected(close, "6.12")
    after = desk["auditor"].get(f"{PAGE}{notice.pk}/change/").content.decode()
    assert (before.count("Corrected since"), after.count("Corrected since")) == (0, 1)
    assert "What it pays, as promised: $6,233.80" in after
    listed = desk["auditor"].get(PAGE, {"state": "corrected"}).context["cl"].result_list
    assert [row.pk for row in listed] == [notice.pk]


def test_rate_is_recorded_once_and_refused_twice(award: Award, desk: dict[str, Client]) -> None:
    form = {
        "jurisdiction": "US",
        "tax": "FICA",
        "rate_percent": "7.65",
        "effective_from": "2007-01-01",
        "source": "IRS",
    }
    address = "/admin/exercises/withholdingrate/add/"
    assert desk["payroll"].post(address, form).status_code == 302
    assert "This tax has a rate from that day already." in desk["payroll"].post(address, form).content.decode()
    too_much = desk["payroll"].post(address, {**form, "tax": "Other", "rate_percent": "101"}).content.decode()
    assert "A rate is between 0 and 100 per cent." in too_much
