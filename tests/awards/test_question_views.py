"""The pages of questions: asked from a line, in words that stay words, by nobody but who may see the Award."""

import re
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from awards.actions.question import MOST_OPEN, answer_question
from awards.models import Award, Question
from tests import builders
from tests.awards.actions.test_question import ask, line_of
from tests.exercises import given

pytestmark = pytest.mark.django_db
CANARY = "Zebediah"
NOW = builders.instant("2007-04-02")
XSS = "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7|add:7 }}"


@pytest.fixture(autouse=True)
def today(at) -> None:
    at("2007-04-02T11:00-04:00")


@pytest.fixture
def award() -> Award:
    """10,000 OSOs of 2006-04-01 at 5.18, and two Awards of somebody else, each with a question."""
    builders.closes(builders.CLOSES_2007_04_02)
    other = builders.grantee("other", name=CANARY)
    for options, on, price in ((777, "2006-01-01", "2.87"), (888, "2006-03-01", "4.44")):
        theirs = builders.granted_award(other, options=options, award_date=on, initial_price=price)
        line = line_of(theirs, "entry/1")
        ask(theirs, line=line, text=f"{CANARY} asks")
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@pytest.fixture
def reader(award: Award, client: Client) -> Client:
    client.force_login(award.grantee.user)
    return client


def page_of(award: Award) -> str:
    return reverse("awards:award", args=[award.pk])


def ask_at(award: Award, line: str = "step/Multiplier") -> str:
    return f"{reverse('awards:ask', args=[award.pk])}?{urlencode({'line': line})}"


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def links(response) -> list[tuple[str, str]]:
    """What each quiet link of a page is called and where it leads."""
    found = re.findall(r'<a class="ask" href="([^"]*)" aria-label="([^"]*)"></a>', response.content.decode())
    assert response.content.decode().count('class="ask"') == len(found)
    return [(name.replace("&amp;", "&"), address.replace("&amp;", "&")) for address, name in found]


def send(client: Client, address: str, text: str, **changed: object):
    """As a browser sends the form it was shown: its address, its hidden fields and the words."""
    form = client.get(address).context["form"]
    return client.post(address, {**form.initial, "text": text, **changed}, follow=True)


class TestLinks:
    def test_each_line_of_an_award_has_one_with_a_name_of_its_own(self, reader, award):
        found = links(reader.get(page_of(award)))

        # Fifteen steps, the start and the ten closes, one ledger entry.
        assert len(found) == 15 + 11 + 1
        assert len({name for name, _ in found}) == len(found)
        names = [name for name, _ in found]
        assert names[0] == "Question this number: S&P Start Number"
        assert names[10] == "Question this number: Multiplier"
        assert names[14:16] == [
            "Question this number: Exercise Consideration",
            "Question this number: Close of Mar 31, 2006",
        ]
        assert names[-1] == "Question this number: Ledger entry 1"

    def test_each_leads_to_a_page_that_shows_the_line(self, reader, award):
        for name, address in links(reader.get(page_of(award))):
            heading = name.removeprefix("Question this number: ").replace("&", "&amp;")
            assert f'<h2 id="line-heading">{heading}</h2>' in reader.get(address).content.decode()

    def test_pages_that_ask_nothing_have_none(self, reader, award):
        for name in ("awards:what_if", "exercises:enter"):
            assert links(reader.get(reverse(name, args=[award.pk]))) == []
        assert links(reader.get(ask_at(award))) == []

    def test_award_without_a_value_has_those_of_its_ledger(self, reader, award, at):
        at("2007-04-12T11:00-04:00")

        assert [name for name, _ in links(reader.get(page_of(award)))] == ["Question this number: Ledger entry 1"]


class TestAsking:
    def test_page_shows_line_number_closes_and_worksheet(self, reader, award):
        page = text_of(reader.get(ask_at(award)))

        for said in ("Multiplier", "3.107×", "unrounded 3.1072727", "from Mar 19, 2007 to Mar 30, 2007", "$6,233.80"):
            assert said.casefold() in page.casefold()

    @pytest.mark.parametrize(
        ("line", "figure"),
        [
            ("step/S&P End Number", "1424.542"),
            ("close/2007-03-30", "Stock 6.10, S&P 500 1420.86"),
            ("entry/1", "+10000 → 10000"),
        ],
    )
    def test_question_is_asked_by_a_plain_form(self, reader, award, line, figure):
        response = send(reader, ask_at(award, line), "Where is this from?")

        asked = Question.objects.get(award=award)
        assert response.redirect_chain == [(reverse("awards:question", args=[award.pk, asked.pk]), 302)]
        assert (asked.figure, asked.text, asked.asked_by) == (figure, "Where is this from?", award.grantee.user)
        page = text_of(response)
        assert "Your question reached the staff." in page
        assert "Waiting for an answer" in page
        assert "The worksheet that went along" in page

    def test_form_sent_twice_asks_once(self, reader, award):
        form = reader.get(ask_at(award)).context["form"].initial
        answers = [reader.post(ask_at(award), {**form, "text": "Why?"}) for _ in range(2)]

        assert Question.objects.filter(award=award).count() == 1
        assert answers[0].headers["Location"] == answers[1].headers["Location"]

    def test_form_sent_again_after_its_line_is_gone_leads_to_the_same_question(self, reader, award, at):
        form = reader.get(ask_at(award, "close/2007-03-19")).context["form"].initial
        asked = reader.post(ask_at(award, "close/2007-03-19"), {**form, "text": "Why?"})
        builders.closes(builders.CLOSE_OF_2007_04_02)
        at("2007-04-03T11:00-04:00")

        again = reader.post(ask_at(award, "close/2007-03-19"), {**form, "text": "Why?"})
        another = reader.post(ask_at(award, "close/2007-03-19"), {**form, "text": "Another?"}, follow=True)

        assert again.headers["Location"] == asked.headers["Location"]
        assert "There is no such line" in text_of(another) or another.redirect_chain[-1][0] == page_of(award)
        assert Question.objects.filter(award=award).count() == 1

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "This field is required."),
            (" \n ", "This field is required."),
            ("x" * 2_001, "2,001 characters are too many: write at most 2,000."),
            ("a\x00b", "Null characters are not allowed."),
        ],
    )
    def test_words_that_are_refused_come_back_with_the_reason(self, reader, award, text, said):
        response = send(reader, ask_at(award), text)

        assert response.status_code == 422
        assert said in text_of(response)
        assert 'aria-invalid="true"' in response.content.decode()
        assert not Question.objects.filter(award=award).exists()

    @pytest.mark.parametrize("changed", [{"form_key": "7"}, {"seen": ""}, {"form_key": ""}])
    def test_form_that_is_not_whole_is_refused(self, reader, award, changed):
        assert send(reader, ask_at(award), "Why?", **changed).status_code == 422
        assert not Question.objects.filter(award=award).exists()

    def test_number_that_moved_meanwhile_is_shown_again_with_the_words(self, reader, award, at):
        before = reader.get(ask_at(award)).context["form"].initial
        builders.closes(builders.CLOSE_OF_2007_04_02)
        at("2007-04-03T11:00-04:00")

        response = reader.post(ask_at(award), {**before, "text": "Why not 4?"})

        assert response.status_code == 409
        assert "The number has changed since it was shown." in text_of(response)
        assert "Why not 4?" in text_of(response)
        assert not Question.objects.filter(award=award).exists()
        again = response.context["form"].initial
        assert again["form_key"] == before["form_key"]
        assert reader.post(ask_at(award), again).status_code == 302
        assert Question.objects.get(award=award).worksheet["period_end"] == "2007-04-02"

    @pytest.mark.parametrize("line", ["", "step/None", "close/2007-04-02", "entry/9", "receipt/Received", "%00", "'"])
    def test_line_that_is_not_there_leads_back_to_the_award(self, reader, award, line):
        for response in (reader.get(ask_at(award, line), follow=True), reader.post(ask_at(award, line), follow=True)):
            assert response.redirect_chain == [(page_of(award), 302)]
            assert "This line is not there any more." in text_of(response)

    def test_most_open_questions_of_one_person(self, reader, award):
        for _ in range(MOST_OPEN):
            ask(award)

        response = send(reader, ask_at(award), "One more?")

        assert response.status_code == 422
        assert "20 questions of yours wait for an answer." in text_of(response)

    def test_form_needs_its_token(self, award):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(award.grantee.user)
        form = strict.get(ask_at(award)).context["form"].initial

        assert strict.post(ask_at(award), {**form, "text": "Why?"}).status_code == 403
        assert not Question.objects.filter(award=award).exists()


class TestVisibility:
    def test_anothers_award_does_not_exist(self, reader, award):
        for other in Award.objects.filter(grantee__name=CANARY):
            (theirs,) = other.questions.all()
            addresses = [
                ask_at(other, "entry/1"),
                reverse("awards:questions", args=[other.pk]),
                reverse("awards:question", args=[other.pk, theirs.pk]),
                # Nor does it through an Award of one's own.
                reverse("awards:question", args=[award.pk, theirs.pk]),
            ]
            assert [reader.get(address).status_code for address in addresses] == [404] * 4
            given_form = {"text": "Why?", "seen": "x", "form_key": uuid4()}
            assert reader.post(addresses[0], given_form).status_code == 404
        assert Question.objects.count() == 2

    def test_nothing_of_anothers_is_on_ones_own_pages(self, reader, award):
        for address in (page_of(award), reverse("awards:questions", args=[award.pk])):
            assert CANARY not in text_of(reader.get(address))

    @pytest.mark.parametrize(
        ("now", "status"),
        [
            ("2007-03-31T23:59:59-04:00", 404),
            ("2007-04-01T00:00-04:00", 200),
            ("2007-04-30T23:59:59-04:00", 200),
            ("2007-05-01T00:00-04:00", 404),
        ],
    )
    def test_representative_asks_and_reads_while_appointed(self, client, award, at, now, status):
        guardian = builders.person("guardian")
        builders.appointed(guardian, award.grantee, from_on="2007-04-01", until_on="2007-04-30")
        asked = ask(award)
        client.force_login(guardian)
        at(now)

        addresses = [
            ask_at(award, "entry/1"),
            reverse("awards:questions", args=[award.pk]),
            reverse("awards:question", args=[award.pk, asked.pk]),
        ]
        assert [client.get(address).status_code for address in addresses] == [status] * 3
        if status == 200:
            assert send(client, addresses[0], "For Ada: why?").status_code == 200
            assert Question.objects.filter(asked_by=guardian).count() == 1
        else:
            form = {"text": "Why?", "seen": "x", "form_key": uuid4()}
            assert client.post(addresses[0], form).status_code == 404
            assert not Question.objects.filter(asked_by=guardian).exists()

    def test_sign_in_is_asked_for(self, client, award):
        asked = ask(award)
        for name, keys in (("ask", []), ("questions", []), ("question", [asked.pk])):
            address = reverse(f"awards:{name}", args=[award.pk, *keys])
            assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"


class TestAnswers:
    def test_answer_stays_with_the_award(self, reader, award):
        asked = ask(award, text="Why not 4?")
        answer_question(question=asked, text="8.545 × 4/11.", by=builders.person("alice"), now=NOW)

        for address in (
            page_of(award),
            reverse("awards:questions", args=[award.pk]),
            reverse("awards:question", args=[award.pk, asked.pk]),
        ):
            page = text_of(reader.get(address))
            for said in (
                "Why not 4?",
                "8.545 × 4/11.",
                "Answered by alice@example.com on Mon, Apr 2, 2007, 11:00 AM EDT",
            ):
                assert said in page
            assert "Waiting for an answer" not in page

    def test_words_are_escaped_wherever_they_stand(self, reader, award):
        asked = ask(award, text=XSS)
        answer_question(question=asked, text=XSS, by=builders.person("alice"), now=NOW)

        for address in (
            page_of(award),
            reverse("awards:questions", args=[award.pk]),
            reverse("awards:question", args=[award.pk, asked.pk]),
            reverse("told:inbox"),
        ):
            html = reader.get(address).content.decode()
            assert "<script>alert" not in html
            assert "<img src=x" not in html
            assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
            assert "{{ 7|add:7 }}" in html

    def test_question_keeps_its_worksheet_when_closes_move_on(self, reader, award, at):
        asked = ask(award)
        builders.closes(builders.CLOSE_OF_2007_04_02)
        at("2007-04-03T11:00-04:00")

        page = text_of(reader.get(reverse("awards:question", args=[award.pk, asked.pk])))

        assert "$6,233.80" in page
        assert "for the Exercise Date Apr 2, 2007" in page

    @pytest.mark.parametrize(("count", "shown", "says_more"), [(0, 0, False), (5, 5, False), (6, 5, True)])
    def test_award_shows_the_newest(self, reader, award, count, shown, says_more):
        for number in range(count):
            ask(award, text=f"Number {number}?")

        html = reader.get(page_of(award)).content.decode()

        assert html.count('<article class="question"') == shown
        assert ("All questions of this Award" in html) == says_more
        assert (f"Number {count - 1}?" in html) == bool(count)
        assert ("Number 0?" in html) == (0 < count <= shown)


class TestCosts:
    @pytest.mark.parametrize("count", [1, 3])
    def test_award_asks_for_its_questions_once(self, reader, award, count, django_assert_num_queries):
        for _ in range(count):
            answer_question(question=ask(award), text="So.", by=builders.person("alice"), now=NOW)
        reader.get(page_of(award))

        # Session, user, overrides, the Award, its ledger, closes; and its questions.
        with django_assert_num_queries(7):
            reader.get(page_of(award))

    @pytest.mark.parametrize("count", [1, 15])
    def test_all_questions_cost_the_same(self, reader, award, count, django_assert_num_queries):
        for _ in range(count):
            ask(award)
        address = reverse("awards:questions", args=[award.pk])
        reader.get(address)

        # Session, user, the Award, its questions.
        with django_assert_num_queries(4):
            reader.get(address)

    def test_one_question(self, reader, award, django_assert_num_queries):
        address = reverse("awards:question", args=[award.pk, ask(award).pk])
        reader.get(address)

        with django_assert_num_queries(4):
            reader.get(address)

    def test_asking(self, reader, award, django_assert_num_queries):
        reader.get(ask_at(award))

        with django_assert_num_queries(6):
            reader.get(ask_at(award))


class TestReceipt:
    @pytest.fixture
    def receipt(self, award: Award) -> str:
        return reverse("exercises:receipt", args=[given.give(award, 1_000).pk])

    def test_each_line_of_a_receipt_has_its_link(self, reader, receipt):
        names = [name.removeprefix("Question this number: ") for name, _ in links(reader.get(receipt))]

        assert names[:8] == [
            "Exercise Consideration",
            "Options exercised",
            "Received",
            "Exercise Date",
            "Fair Market Value",
            "Adjusted Price",
            "Multiplier",
            "Consideration per OSO",
        ]
        assert len(names) == 8 + 15 + 11

    @pytest.mark.parametrize(
        ("line", "figure"),
        [
            ("receipt/Options exercised", "1000"),
            ("receipt/Received", "2007-04-02T11:00:00-04:00"),
            ("receipt/Exercise Date", "2007-04-02"),
            ("step/Exercise Consideration", "1246.76"),
            ("close/2007-03-30", "Stock 6.10, S&P 500 1420.86"),
        ],
    )
    def test_question_stands_on_the_receipt_and_on_the_award(self, reader, award, receipt, line, figure):
        send(reader, f"{receipt}question/?{urlencode({'line': line})}", "Is this right?")

        asked = Question.objects.get(award=award)
        assert (asked.figure, f"/exercises/{asked.exercise}/") == (figure, receipt)
        assert asked.entry == award.entries.get(kind="exercised")
        assert asked.worksheet["consideration"] == "1246.76"
        for page in (receipt, page_of(award)):
            assert "Is this right?" in text_of(reader.get(page))
        shown = reader.get(reverse("awards:question", args=[award.pk, asked.pk]))
        assert f'href="{receipt}"' in shown.content.decode()

    def test_receipt_shows_its_own_questions_alone(self, reader, award, receipt):
        another = reverse("exercises:receipt", args=[given.give(award, 100).pk])
        send(reader, f"{another}question/?line=receipt/Received", "Of another receipt")
        ask(award, text="Of the Award")
        ask(award, "entry/2", text="Of the entry")

        assert [row.text for row in reader.get(receipt).context["questions"]] == []
        assert [row.text for row in reader.get(another).context["questions"]] == ["Of another receipt"]

    def test_receipt_that_waits_has_its_own_lines(self, reader, award, at):
        at("2007-04-02T17:00-04:00")
        receipt = reverse("exercises:receipt", args=[given.give(award, 100, "2007-04-02 17:00").pk])
        found = links(reader.get(receipt))

        assert [name.removeprefix("Question this number: ") for name, _ in found] == [
            "Options exercised",
            "Received",
            "Exercise Date",
        ]
        assert send(reader, found[0][1], "So few?").status_code == 200
        assert Question.objects.get(award=award).worksheet is None
        assert reader.get(f"{receipt}question/?line=step/Multiplier").headers["Location"] == receipt

    def test_anothers_receipt_does_not_exist(self, reader, award):
        for other in Award.objects.filter(grantee__name=CANARY):
            notice = given.give(other, 10, by=other.grantee.user)
            address = f"/exercises/{notice.pk}/question/?line=receipt/Received"
            form = {"text": "Why?", "seen": "x", "form_key": uuid4()}
            assert [reader.get(address).status_code, reader.post(address, form).status_code] == [404, 404]
        assert Question.objects.count() == 2

    @pytest.mark.parametrize("count", [1, 3])
    def test_receipt_asks_for_its_questions_once(self, reader, award, receipt, count, django_assert_num_queries):
        address = receipt + "question/?line=receipt/Received"
        for number in range(count):
            send(reader, address, f"Why {number}?")
        reader.get(receipt)

        # Session, user, the notice, its settlements, the trail, rates of withholding; and its questions.
        with django_assert_num_queries(7):
            reader.get(receipt)
