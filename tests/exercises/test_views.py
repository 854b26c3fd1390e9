"""Exercising on the web: enter, review, confirm, receipt."""

import io
import re
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse

from awards.models import AuditEvent, Award
from exercises.documents import receipt
from exercises.models import ExerciseNotice
from tests import builders
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db

BEFORE_THE_CLOSE = "2007-04-02T11:00-04:00"
AFTER_THE_CLOSE = "2007-04-02T17:00-04:00"
DIGITS_ALONE = "Enter a whole number, without a comma or a point."
FROM_1_TO_5_000 = "A- has 5,000 options that can be exercised; enter a number from 1 to 5,000."


@pytest.fixture
def award() -> Award:
    """10,000 OSOs of 2006-04-01 at 5.18, and two Awards of somebody else."""
    builders.closes(builders.CLOSES_2007_04_02)
    other = builders.grantee("other", name="Zebediah")
    builders.granted_award(other, options=777, award_date="2006-01-01", initial_price="2.87")
    builders.granted_award(other, options=888, award_date="2006-03-01", initial_price="4.44")
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@pytest.fixture
def holder(award: Award, client: Client) -> Client:
    return sign_in(client, award.grantee.user)


def _text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def _review(client: Client, award: Award, options: object = 5_000):
    return client.get(reverse("exercises:review", args=[award.pk]), {"options": options, "form_key": uuid4()})


def _confirm(client: Client, award: Award, review, **changes: object):
    form = review.context["form"].initial
    return client.post(
        reverse("exercises:confirm", args=[award.pk]), {**form, "understood": "on", **changes}, follow=True
    )


def test_enter_offers_what_is_exercisable(holder, award, at):
    at(BEFORE_THE_CLOSE)

    page = _text(holder.get(reverse("exercises:enter", args=[award.pk])))

    assert "From 1 to 5,000." in page
    assert "$1.2467" in page
    assert "Confirmed by Mon, Apr 2, 2007, 4:00 PM EDT, the Exercise Date is Monday, April 2, 2007." in page
    assert "After that it is Tuesday, April 3, 2007" in page


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2007-03-30T11:00-04:00", "Nothing has vested yet. 5,000 options vest on Mar 31, 2007, if employed"),
        ("2010-04-02T11:00-04:00", "10,000 vested options that were not exercised lapsed on Apr 1, 2010 (§4.2(a))."),
    ],
)
def test_enter_says_why_nothing_can_be_exercised(holder, award, at, now, said):
    at(now)
    sign_in(holder, award.grantee.user)
    page = _text(holder.get(reverse("exercises:enter", args=[award.pk])))
    assert f"Nothing can be exercised now {said}" in page


def test_enter_says_which_close_is_missing(holder, award, at):
    at("2007-04-03T16:00:01-04:00")

    page = _text(holder.get(reverse("exercises:enter", args=[award.pk])))

    missing = "No close of the S&amp;P 500 is recorded for 2007-04-02, a Trading Day."
    assert f"Each pays now, before taxes — {missing}" in page
    assert "that of an exercise a day before" not in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (0, FROM_1_TO_5_000),
        (-5, FROM_1_TO_5_000),
        (5_001, FROM_1_TO_5_000),
        ("9" * 30, FROM_1_TO_5_000),
        ("1.5", DIGITS_ALONE),
        ("5,000", DIGITS_ALONE),
        ("1.000", DIGITS_ALONE),
        ("1.000,00", DIGITS_ALONE),
        ("１２", DIGITS_ALONE),
        ("", "This field is required."),
    ],
)
def test_review_refuses_a_number(holder, award, at, options, message):
    at(BEFORE_THE_CLOSE)

    response = _review(holder, award, options)

    assert response.status_code == 422
    assert response.context["form"].errors["options"] == [message.replace("A-", award.number)]
    # What was typed is still there, to be put right.
    assert response.context["form"]["options"].value() == str(options)


def test_last_option_is_asked_for_as_one(holder, award, at):
    # Of one OSO the one vests first (I2).
    last = builders.granted_award(award.grantee, options=1, award_date="2006-04-01", initial_price="5.18")
    at(BEFORE_THE_CLOSE)

    assert f"{last.number} has 1 option that can be exercised; enter 1." in _text(_review(holder, last, 2))


def test_confirm_takes_no_number_with_a_point(holder, award, at):
    at(BEFORE_THE_CLOSE)

    page = _text(_confirm(holder, award, _review(holder, award, 1_000), options="1.000"))

    assert "The form was not complete. Enter the number again." in page
    assert not ExerciseNotice.objects.exists()


def test_review_shows_what_it_pays(holder, award, at):
    at(BEFORE_THE_CLOSE)

    page = _text(_review(holder, award))

    assert "$6,233.80" in page
    assert "It cannot be taken back" in page
    assert "Apr 2, 2007" in page


def test_confirm_gives_a_numbered_receipt(holder, award, at):
    at(BEFORE_THE_CLOSE)

    response = _confirm(holder, award, _review(holder, award))

    notice = ExerciseNotice.objects.get()
    page = _text(response)
    assert response.redirect_chain == [(f"/exercises/{notice.pk}/?new=1", 302)]
    assert notice.number in page
    assert "$6,233.80" in page
    assert "Apr 2, 2007, 11:00:00 AM EDT" in page


def test_confirm_without_the_tick_shows_the_review_again(holder, award, at):
    at(BEFORE_THE_CLOSE)

    response = _confirm(holder, award, _review(holder, award), understood="")

    assert response.status_code == 422
    assert "Tick the box" in _text(response)
    assert not ExerciseNotice.objects.exists()


def test_the_same_form_twice_gives_one_exercise_and_the_same_receipt(holder, award, at):
    at(BEFORE_THE_CLOSE)
    review = _review(holder, award, 2_000)

    first, second = (_confirm(holder, award, review) for _ in range(2))

    assert ExerciseNotice.objects.get().options == 2_000
    assert first.redirect_chain == second.redirect_chain


def test_coming_back_to_the_review_shows_the_receipt(holder, award, at):
    at(BEFORE_THE_CLOSE)
    review = _review(holder, award, 5_000)
    receipt = _confirm(holder, award, review)

    again = holder.get(review.request["PATH_INFO"] + "?" + review.request["QUERY_STRING"], follow=True)

    assert again.redirect_chain == [(f"/exercises/{ExerciseNotice.objects.get().pk}/", 302)]
    assert "already. Start again for another exercise." in _text(again)
    assert receipt.context["notice"] == again.context["notice"]


def test_a_review_without_a_key_gets_one_in_its_address(holder, award, at):
    at(BEFORE_THE_CLOSE)

    response = holder.get(reverse("exercises:review", args=[award.pk]), {"options": 7})

    address, _, query = response.headers["Location"].partition("?")
    assert address == reverse("exercises:review", args=[award.pk])
    assert re.fullmatch(r"options=7&form_key=[0-9a-f-]{36}", query)


def test_another_number_under_the_same_form_is_refused(holder, award, at):
    at(BEFORE_THE_CLOSE)
    review = _review(holder, award, 2_000)
    _confirm(holder, award, review)

    page = _text(_confirm(holder, award, review, options=1_000))

    assert "This form gave EX-" in page
    assert ExerciseNotice.objects.get().options == 2_000


def test_a_close_that_passes_between_review_and_confirm_is_noticed(holder, award, at):
    at("2007-04-02T15:59:59-04:00")
    review = _review(holder, award)
    at("2007-04-02T16:00:01-04:00")

    response = _confirm(holder, award, review)

    assert response.status_code == 409
    page = _text(response)
    assert "the Exercise Date has moved from Monday, April 2, 2007 to Tuesday, April 3, 2007." in page
    assert "Nothing was exercised: look again." in page
    assert response.context["form"].initial["exercise_date"] == "2007-04-03"
    assert not ExerciseNotice.objects.exists()


def test_an_amount_made_up_by_hand_is_refused(holder, award, at):
    at(BEFORE_THE_CLOSE)

    response = _confirm(holder, award, _review(holder, award), consideration="9999.99")

    assert response.status_code == 409
    assert "Since you reviewed it, what it pays has changed. Nothing was exercised: look again." in _text(response)
    assert response.context["form"].initial["consideration"] == "6233.80"
    assert not ExerciseNotice.objects.exists()


def test_after_the_close_the_exercise_waits_and_the_form_says_so(holder, award, at):
    at(AFTER_THE_CLOSE)
    review = _review(holder, award)
    assert "what it pays is not known yet and may be nothing" in _text(review)

    page = _text(_confirm(holder, award, review))

    notice = ExerciseNotice.objects.get()
    assert (notice.exercise_date, notice.state) == (date(2007, 4, 3), "waiting")
    assert "Priced after the close of Monday, April 2, 2007" in page


def test_exercising_nothing_worth_anything_is_refused_on_the_review(holder, award, at):
    # An Award at 6.20 on the same closes: adjusted by 10.014 % it is above the FMV of 6.10.
    dear = builders.granted_award(award.grantee, options=100, award_date="2006-04-01", initial_price="6.20")
    at(BEFORE_THE_CLOSE)

    response = _review(holder, dear, 50)

    page = _text(response)
    assert "It would pay nothing and still cancel the options, so it is not taken." in page
    # 6.20 moved by 10.014 %.
    assert "its last close of $6.10 is not above the Adjusted Price of $6.820868 (§2.6)." in page
    assert "Confirm the exercise" not in page
    assert not ExerciseNotice.objects.exists()


@pytest.mark.parametrize("page", ["enter", "review", "confirm"])
def test_another_persons_award_does_not_exist(holder, award, at, page):
    at(BEFORE_THE_CLOSE)
    form = {"options": 1, "form_key": uuid4(), "exercise_date": "2007-04-02", "consideration": "1", "understood": "on"}

    for other in Award.objects.exclude(pk=award.pk):
        url = reverse(f"exercises:{page}", args=[other.pk])
        response = holder.post(url, form) if page == "confirm" else holder.get(url, {"options": 1})
        assert response.status_code == 404
    assert not ExerciseNotice.objects.exists()


def test_receipts_of_others_do_not_exist(holder, award, client, at):
    at(BEFORE_THE_CLOSE)
    _confirm(holder, award, _review(holder, award))
    notice = ExerciseNotice.objects.get()

    client.force_login(builders.person("other"))

    assert client.get(reverse("exercises:receipt", args=[notice.pk])).status_code == 404
    assert notice.number not in _text(client.get(reverse("exercises:list")))


def test_confirm_is_no_link(holder, award, at):
    at(BEFORE_THE_CLOSE)

    answer = holder.get(reverse("exercises:confirm", args=[award.pk]), {"options": 100, "understood": "on"})

    assert answer.url == reverse("exercises:enter", args=[award.pk])
    assert not ExerciseNotice.objects.exists()


def test_confirm_needs_the_forms_token(award, at):
    at(BEFORE_THE_CLOSE)
    client = Client(enforce_csrf_checks=True)
    client.force_login(award.grantee.user)

    assert client.post(reverse("exercises:confirm", args=[award.pk]), {}).status_code == 403
    assert not ExerciseNotice.objects.exists()


@pytest.mark.parametrize("exercises", [1, 3])
def test_list_asks_the_database_the_same_at_any_length(holder, award, at, exercises, django_assert_num_queries):
    at(BEFORE_THE_CLOSE)
    for _ in range(exercises):
        _confirm(holder, award, _review(holder, award, 100))
    assert sum(row.record.pricing.consideration for row in holder.get("/exercises/").context["table"].rows) == (
        Decimal("124.68") * exercises
    )

    with django_assert_num_queries(4):
        holder.get("/exercises/")


def test_confirm_asks_for_the_password_and_then_goes_on(client, award, at):
    at(BEFORE_THE_CLOSE)
    client.force_login(award.grantee.user)
    asked = _confirm(client, award, _review(client, award))
    assert "Confirm that it is you" in _text(asked)
    assert not ExerciseNotice.objects.exists()

    target = reverse("exercises:confirm", args=[award.pk])
    refused = client.post(asked.redirect_chain[-1][0], {"password": "a guess", "next": target})
    assert (refused.status_code, ExerciseNotice.objects.count()) == (200, 0)
    answered = client.post(asked.redirect_chain[-1][0], {"password": "secret", "next": target}, follow=True)

    notice = ExerciseNotice.objects.get()
    assert notice.number in _text(answered)
    assert "$6,233.80" in _text(answered)


@pytest.mark.parametrize(("seconds_ago", "notices"), [(301, 0), (290, 1)])
def test_confirm_takes_a_password_of_within_five_minutes(client, award, at, seconds_ago, notices):
    at(BEFORE_THE_CLOSE)
    sign_in(client, award.grantee.user, seconds_ago=seconds_ago)
    _confirm(client, award, _review(client, award))
    assert ExerciseNotice.objects.count() == notices


def test_review_is_there_again_when_the_session_had_ended(client, award, at):
    at(BEFORE_THE_CLOSE)
    sign_in(client, award.grantee.user)
    review = _review(client, award, 1_234)
    client.logout()

    answer = _confirm(client, award, review)
    where = answer.redirect_chain[-1][0]
    signed_in = client.post(where, {"login": "ada@example.com", "password": "secret"}, follow=True)

    assert not ExerciseNotice.objects.exists()
    form = signed_in.context["form"].initial
    assert (form["options"], form["form_key"]) == (1_234, review.context["form"].initial["form_key"])


def test_review_asked_for_without_a_session_is_there_after_signing_in(client, award, at):
    at(BEFORE_THE_CLOSE)
    asked = {"options": 1_234, "form_key": str(uuid4())}

    where = client.get(reverse("exercises:review", args=[award.pk]), asked).headers["Location"]
    signed_in = client.post(where, {"login": "ada@example.com", "password": "secret"}, follow=True)

    form = signed_in.context["form"].initial
    assert (form["options"], str(form["form_key"])) == (1_234, asked["form_key"])


def test_form_given_back_after_the_session_ended_is_the_exercise_of_before(client, award, at):
    at(BEFORE_THE_CLOSE)
    sign_in(client, award.grantee.user)
    review = _review(client, award, 1_234)
    _confirm(client, award, review)
    client.logout()

    where = _confirm(client, award, review).redirect_chain[-1][0]
    signed_in = client.post(where, {"login": "ada@example.com", "password": "secret"}, follow=True)

    notice = ExerciseNotice.objects.get()
    assert signed_in.context["notice"] == notice
    assert f"This form gave {notice.number} already." in _text(signed_in)


def test_two_tabs_of_what_is_there_are_two_exercises_and_no_more(holder, award, at):
    at(BEFORE_THE_CLOSE)
    first, second, third = (_review(holder, award, options) for options in (2_000, 3_000, 1))

    answers = [_confirm(holder, award, tab) for tab in (first, second)]
    refused = _confirm(holder, award, third)

    assert [answer.context["notice"].options for answer in answers] == [2_000, 3_000]
    assert f"{award.number} has 0 OSOs that can be exercised; 1 cannot be." in _text(refused)
    assert "Nothing can be exercised now" in _text(refused)
    assert ExerciseNotice.objects.count() == 2


def test_second_tab_with_a_stale_number_is_refused_and_offers_what_is_left(holder, award, at):
    at(BEFORE_THE_CLOSE)
    first, second = (_review(holder, award, 3_000) for _ in range(2))
    _confirm(holder, award, first)

    refused = _confirm(holder, award, second)

    page = _text(refused)
    assert refused.redirect_chain == [(reverse("exercises:enter", args=[award.pk]), 302)]
    assert f"{award.number} has 2,000 OSOs that can be exercised; 3,000 cannot be." in page
    assert "From 1 to 2,000." in page
    assert ExerciseNotice.objects.get().options == 3_000


def test_enter_of_what_pays_nothing_says_why_and_has_no_form(holder, award, at):
    dear = builders.granted_award(award.grantee, options=100, award_date="2006-04-01", initial_price="6.20")
    at(BEFORE_THE_CLOSE)

    page = _text(holder.get(reverse("exercises:enter", args=[dear.pk])))

    assert "Nothing can be exercised now" in page
    assert "It would pay nothing and still cancel the options, so it is not taken." in page
    assert "There is a Multiplier, but no gain for it to multiply." in page
    assert "How many options" not in page


class TestWhatPaidNothingBeforeTheClose:
    """100 OSOs at 6.20: on the closes up to Friday, Mar 30, 2007 the Adjusted Price of 6.82 is above the FMV of 6.10.

    After the close of Monday, Apr 2 a notice has the Exercise Date Apr 3, and that close is not in.
    """

    WARNED = "On the closes of Mar 30, 2007 it would pay nothing"
    KNOWS = "I know that it may pay nothing; on the closes of Mar 30, 2007 it would."

    @pytest.fixture
    def dear(self, award, at) -> Award:
        at(AFTER_THE_CLOSE)
        return builders.granted_award(award.grantee, options=100, award_date="2006-04-01", initial_price="6.20")

    def test_enter_offers_it_and_warns(self, holder, dear):
        page = _text(holder.get(reverse("exercises:enter", args=[dear.pk])))

        assert "How many options" in page
        assert self.WARNED in page
        assert "the closes before the Exercise Date, Apr 3, 2007, and the last of them is not in yet." in page

    def test_review_warns_and_asks_for_a_tick_of_its_own(self, holder, dear):
        page = _text(_review(holder, dear, 50))

        assert self.WARNED in page
        assert self.KNOWS in page
        # Apr 2 is an Exercise Date, not the day of a close.
        assert "would have paid with the Exercise Date Apr 2, 2007, on the closes before it" in page

    def test_confirm_without_that_tick_is_refused(self, holder, dear):
        response = _confirm(holder, dear, _review(holder, dear, 50))

        page = _text(response)
        assert response.status_code == 422
        assert "Tick the box to say that you know: it may pay nothing." in page
        assert self.KNOWS in page
        assert not ExerciseNotice.objects.exists()

    def test_confirm_without_the_other_tick_still_asks_for_both(self, holder, dear):
        page = _text(_confirm(holder, dear, _review(holder, dear, 50), understood="", knows="on"))

        assert self.KNOWS in page
        assert "what it pays is not known yet and may be nothing" in page
        assert not ExerciseNotice.objects.exists()

    def test_confirm_with_both_is_taken(self, holder, dear):
        _confirm(holder, dear, _review(holder, dear, 50), knows="on")

        notice = ExerciseNotice.objects.get()
        assert (notice.options, notice.exercise_date, notice.state) == (50, date(2007, 4, 3), "waiting")

    def test_form_that_gave_its_notice_has_its_receipt_without_the_tick(self, holder, dear):
        review = _review(holder, dear, 50)
        given = _confirm(holder, dear, review, knows="on")
        again = _confirm(holder, dear, review)

        assert (again.status_code, again.context["notice"]) == (200, given.context["notice"])
        assert ExerciseNotice.objects.count() == 1

    def test_what_paid_something_asks_for_no_such_tick(self, holder, dear, award):
        for page in (holder.get(reverse("exercises:enter", args=[award.pk])), _review(holder, award)):
            assert "it would pay nothing" not in _text(page)
            assert "I know that it may pay nothing" not in _text(page)


class TestReceiptDocument:
    @pytest.fixture
    def notice(self, holder, award, at) -> ExerciseNotice:
        # As real ones do, it comes between two seconds.
        at("2007-04-02T11:00:00.654321-04:00")
        _confirm(holder, award, _review(holder, award))
        return ExerciseNotice.objects.get()

    def test_says_what_the_receipt_says(self, notice):
        blocks = receipt(notice).blocks
        said = {label: value for block in blocks if block["kind"] == "facts" for label, value in block["rows"]}
        assert said["Options exercised"] == "5,000"
        assert said["Received"] == "Apr 2, 2007, 11:00:00 AM EDT"
        assert ("Exercise Consideration, before taxes", "$6,233.80") in [
            (block["label"], block["value"]) for block in blocks if block["kind"] == "total"
        ]
        steps, closes = (block["rows"] for block in blocks if block["kind"] == "table")
        # The eleven closes of the test's own table, and the line of the averages.
        assert len(closes) == 12
        assert closes[0] == ["Mar 31, 2006", "$5.18", "1,294.87"]
        assert ["§2.6", "Exercise Consideration", "$6,233.804018", "$6,233.80"] in steps

    def test_is_pdf_ua_and_the_same_each_time(self, holder, notice):
        address = reverse("exercises:receipt_document", args=[notice.pk])
        first, second = (holder.get(address).content for _ in range(2))
        assert first == second
        with pikepdf.open(io.BytesIO(first)) as document:
            assert (str(document.Root.Lang), bool(document.Root.MarkInfo.Marked)) == ("en", True)
            with document.open_metadata() as metadata:
                assert (metadata["dc:title"], metadata["pdfuaid:part"]) == ("Receipt of exercise", "1")

    def test_before_the_close_is_in(self, holder, award, at):
        at(AFTER_THE_CLOSE)
        _confirm(holder, award, _review(holder, award))
        notice = ExerciseNotice.objects.get()
        assert [block["kind"] for block in receipt(notice).blocks] == ["facts", "text", "small"]
        assert holder.get(reverse("exercises:receipt_document", args=[notice.pk])).content.startswith(b"%PDF")

    def test_carries_the_hash_of_the_audit_trail(self, holder, notice):
        event = AuditEvent.objects.get(action="notice received")
        page = _text(holder.get(reverse("exercises:receipt", args=[notice.pk])))
        assert f"SHA-256 {event.hash}" in page
        assert receipt(notice).blocks[-1]["text"].endswith(event.hash)

    def test_of_another_is_not_found(self, client, notice):
        client.force_login(builders.person("other"))
        assert client.get(reverse("exercises:receipt_document", args=[notice.pk])).status_code == 404
