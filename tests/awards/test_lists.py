"""The lists an employee searches, filters and takes along: what they find, what a file says, and what they cost."""

import csv
import html
import io
import re
from datetime import date
from decimal import Decimal
from uuid import uuid4

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from awards.exporting import harmless
from awards.models import Award, Determination, Grantee, Message, OptionEntry, Representative
from exercises.actions.notice import Reviewed, give_notice
from exercises.actions.statement import make_statement
from exercises.models import ExerciseNotice, Pricing, Statement
from tests import builders
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db

NOW = "2007-04-02T11:00-04:00"
CANARY = "Zebediah"
AWARDS, EXERCISES = "/awards/", "/exercises/"
ROW = r'<tr role="row">\s*<th scope="row".*?</tr>'


@pytest.fixture
def award(at) -> Award:
    """10,000 OSOs of 2006-04-01 at 5.18, and beside them two Awards of somebody else, both exercised from."""
    at(NOW)
    builders.closes(builders.CLOSES_2007_04_02)
    other = builders.grantee("other", name=CANARY)
    for _ in range(2):
        exercised(builders.granted_award(other, options=888, award_date="2006-04-01", initial_price="5.18"), 7)
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@pytest.fixture
def reader(award: Award, client: Client) -> Client:
    return sign_in(client, award.grantee.user)


def exercised(award: Award, options: int) -> ExerciseNotice:
    """Each OSO of 2006-04-01 at 5.18 pays 1.2467608036 on 2007-04-02."""
    now = builders.instant("2007-04-02")
    pays = (Decimal("1.2467608036") * options).quantize(Decimal("0.01"))
    return give_notice(
        award=award,
        options=options,
        given_by=award.grantee.user,
        received_at=now,
        form_key=uuid4(),
        now=now,
        reviewed=Reviewed(date(2007, 4, 2), pays),
    )


def copies(award: Award, count: int) -> None:
    """So many more Awards like this one, with its ledger."""
    entries = list(award.entries.all())
    for _ in range(count):
        award.pk, award._state.adding = None, True
        award.save()
        for entry in entries:
            entry.pk, entry.award, entry._state.adding = None, award, True
        OptionEntry.objects.bulk_create(entries)
    if connection.vendor == "postgresql":
        # As its autovacuum does for rows that are committed: else it plans for tables as small as they were.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE awards_award, awards_optionentry, awards_grantee")


def text(response) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def options_shown(response) -> list[int]:
    return sorted(row.record.award.options for row in response.context["table"].rows)


class TestAwards:
    @pytest.fixture(autouse=True)
    def more(self, award) -> None:
        """One that pays nothing, of 2007-04-01 and wholly unvested; one whose letter waits."""
        builders.granted_award(award.grantee, options=40, award_date="2007-04-01", initial_price="6.10")
        builders.issued_award(award.grantee, options=50, award_date="2006-07-01", initial_price="4.44")

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({}, [40, 50, 10_000]),
            ({"q": "2007"}, [40]),
            ({"q": "1999"}, []),
            ({"q": "ADA"}, [40, 50, 10_000]),
            ({"q": CANARY}, []),
            ({"q": "%"}, []),
            ({"from_on": "2006-04-01"}, [40, 50, 10_000]),
            ({"from_on": "2006-04-02"}, [40, 50]),
            ({"to_on": "2006-07-01"}, [50, 10_000]),
            ({"to_on": "2006-06-30"}, [10_000]),
            ({"from_on": "2006-04-02", "to_on": "2007-03-31"}, [50]),
            ({"show": "exercisable"}, [10_000]),
            ({"show": "unvested"}, [40, 50, 10_000]),
            ({"show": "waiting"}, [50]),
            ({"show": "over"}, []),
            ({"q": "2006", "show": "exercisable"}, [10_000]),
        ],
    )
    def test_are_found(self, reader, asked, found):
        assert options_shown(reader.get(AWARDS, asked)) == found

    @pytest.mark.parametrize(
        "asked", ["0", "A-0", "A-009999", "9999", "10000", "A-010000", "999999999", "1999999999", "٣"]
    )
    def test_no_number_is_too_large_or_too_small_to_ask_for(self, reader, asked):
        assert options_shown(reader.get(AWARDS, {"q": asked})) == []
        assert options_shown(reader.get(AWARDS, {"q": f"A-{asked}"})) == []

    def test_number_with_its_letters_is_no_year(self, reader):
        assert options_shown(reader.get(AWARDS, {"q": "A-002006"})) == []

    def test_are_found_by_number(self, reader, award):
        assert options_shown(reader.get(AWARDS, {"q": award.number})) == [10_000]
        assert options_shown(reader.get(AWARDS, {"q": award.number.lower()})) == [10_000]
        foreign = Award.objects.exclude(grantee=award.grantee).first()
        assert options_shown(reader.get(AWARDS, {"q": foreign.number})) == []

    @pytest.mark.parametrize(
        "asked", [{"from_on": "yesterday"}, {"show": "everything"}, {"from_on": "2006-02-30"}, {"q": "\0"}]
    )
    def test_what_cannot_be_asked_is_said_at_its_field(self, reader, asked):
        page = reader.get(AWARDS, asked)
        assert "Please check what you entered" in text(page)

    def test_nothing_found_says_so_and_leads_back(self, reader):
        page = reader.get(AWARDS, {"q": "1999"})
        assert "No Award is like that" in text(page)
        assert 'href="/awards/"' in page.content.decode()

    def test_are_only_the_readers(self, reader):
        assert CANARY not in text(reader.get(AWARDS))
        assert CANARY not in reader.get(AWARDS, {"export": "csv"}).content.decode()

    def test_are_for_who_is_signed_in(self, client, award):
        assert client.get(AWARDS)["Location"].startswith("/accounts/login/")


class TestExercises:
    @pytest.fixture(autouse=True)
    def given(self, award, at) -> list[ExerciseNotice]:
        return [exercised(award, 100), exercised(award, 200)]

    def shown(self, response) -> list[int]:
        return sorted(row.record.options for row in response.context["table"].rows)

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({}, [100, 200]),
            ({"q": "ada"}, [100, 200]),
            ({"q": CANARY}, []),
            ({"from_on": "2007-04-02", "to_on": "2007-04-02"}, [100, 200]),
            ({"from_on": "2007-04-03"}, []),
            ({"to_on": "2007-04-01"}, []),
            ({"priced": "yes"}, [100, 200]),
            ({"priced": "no"}, []),
        ],
    )
    def test_are_found(self, reader, asked, found):
        assert self.shown(reader.get(EXERCISES, asked)) == found

    def test_are_found_by_their_own_and_by_the_awards_number(self, reader, award, given):
        assert self.shown(reader.get(EXERCISES, {"q": given[1].number})) == [200]
        assert self.shown(reader.get(EXERCISES, {"q": award.number})) == [100, 200]
        foreign = ExerciseNotice.objects.exclude(award=award).first()
        assert self.shown(reader.get(EXERCISES, {"q": foreign.number})) == []

    def test_nothing_found_leads_back_to_all(self, reader):
        page = text(reader.get(EXERCISES, {"priced": "no"}))
        assert "No exercise is like that" in page
        assert "No exercises yet" not in page


def test_a_row_of_the_list_reads_as_on_the_first_page(reader, award):
    (on_list,) = re.findall(ROW, reader.get(AWARDS).content.decode(), re.DOTALL)
    (on_first,) = re.findall(ROW, reader.get("/").content.decode(), re.DOTALL)

    assert on_list == on_first
    for said in (
        "Apr 1, 2006",
        f'href="/awards/{award.pk}/"',
        "10,000 at $5.18",
        "4:00\xa0PM\xa0EDT",
        "<b>$6,233.80</b>",
    ):
        assert said in on_list


class TestExport:
    def rows(self, reader: Client, path: str, **asked: str) -> list[dict[str, str]]:
        response = reader.get(path, {**asked, "export": "csv"})
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        content = response.content.decode()
        assert content.startswith("\ufeff")
        return list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))

    def test_of_awards_says_what_the_page_says_as_numbers(self, reader, award):
        (row,) = self.rows(reader, AWARDS)
        assert row == {
            "Award": "2006-04-01",
            "Vested": "5000",
            "Not yet vested": "5000",
            "Exercisable": "5000",
            "Last moment to exercise": "Thu, Apr 1, 2010, 4:00 PM EDT",
            "Worth now": "6233.80",
            "Number": award.number,
            "Grantee": "Ada",
            "Options granted": "10000",
            "Initial Price": "5.180000",
            "State": "Accepted",
        }

    def test_of_exercises(self, reader, award):
        notice = exercised(award, 100)
        (row,) = self.rows(reader, EXERCISES)
        assert row == {
            "Receipt": notice.number,
            "Received": "Apr 2, 2007, 11:00:00 AM EDT",
            "Award": award.number,
            "Options": "100",
            "Exercise Date": "2007-04-02",
            "Consideration": "124.68",
            "State": "Priced",
            "Grantee": "Ada",
        }

    def test_has_what_the_filters_leave_in_the_order_of_the_page_and_all_pages(self, reader, award):
        copies(Award.objects.get(pk=award.pk), 29)
        builders.granted_award(award.grantee, options=40, award_date="2007-04-01", initial_price="6.10")
        newest_last = self.rows(reader, AWARDS, sort="award")
        assert len(newest_last) == 31
        assert newest_last[-1]["Options granted"] == "40"
        assert [row["Options granted"] for row in self.rows(reader, AWARDS, q="2007")] == ["40"]

    def test_as_xlsx_keeps_numbers_and_days(self, reader, award):
        response = reader.get(AWARDS, {"export": "xlsx"})
        assert response["Content-Disposition"] == 'attachment; filename="awards.xlsx"'
        headers, row = openpyxl.load_workbook(io.BytesIO(response.content)).active.values
        said = dict(zip(headers, row, strict=True))
        assert said["Vested"] == 5000
        assert Decimal(str(said["Worth now"])) == Decimal("6233.8")
        assert said["Award"].date() == date(2006, 4, 1)

    @pytest.mark.parametrize(
        ("path", "query", "links"),
        [
            (AWARDS, "", ["?export=csv", "?export=xlsx"]),
            (AWARDS, "?q=2006&sort=-award", ["?q=2006&sort=-award&export=csv", "?q=2006&sort=-award&export=xlsx"]),
            (EXERCISES, "", ["?export=csv", "?export=xlsx"]),
        ],
    )
    def test_is_where_the_links_lead(self, reader, award, path, query, links):
        exercised(award, 7)
        page = reader.get(path + query).content.decode()
        assert [html.unescape(link) for link in re.findall(r'href="([^"]*)">(?:CSV|XLSX)</a>', page)] == links
        names = [reader.get(path + link)["Content-Disposition"].rstrip('"') for link in links]
        assert [name.rpartition(".")[2] for name in names] == ["csv", "xlsx"]

    @pytest.mark.parametrize("path", [AWARDS, EXERCISES])
    def test_in_another_format_is_not_found(self, reader, path):
        assert reader.get(path, {"export": "json"}).status_code == 404

    @pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
    def test_runs_nothing_that_a_name_holds(self, reader, award, name):
        Grantee.objects.filter(pk=award.grantee_id).update(name=name)
        (row,) = self.rows(reader, AWARDS)
        assert row["Grantee"] == f"'{name}"
        sheet = openpyxl.load_workbook(io.BytesIO(reader.get(AWARDS, {"export": "xlsx"}).content)).active
        assert not [cell for cells in sheet for cell in cells if cell.data_type == "f"]

    @pytest.mark.parametrize("value", [-5, Decimal("-1.5"), date(2007, 4, 2), None, "Ada", "", "a=1"])
    def test_leaves_alone_what_does_nothing(self, value):
        assert harmless(value) is value


class TestCost:
    """The same number of queries at one row and at five hundred."""

    def test_of_home_and_awards(self, reader, award, django_assert_num_queries):
        asked = dict.fromkeys(("/", AWARDS, f"{AWARDS}?export=csv", f"{AWARDS}?show=exercisable&q=2006"), 6)
        for path in asked:
            reader.get(path)
        self.assert_queries(reader, asked, django_assert_num_queries)
        copies(Award.objects.get(pk=award.pk), 499)
        self.assert_queries(reader, asked, django_assert_num_queries)

    def test_of_exercises(self, reader, award, django_assert_num_queries):
        notice = exercised(award, 1)
        asked = {EXERCISES: 4, f"{EXERCISES}?export=csv": 4, f"{EXERCISES}?priced=yes": 4}
        self.assert_queries(reader, asked, django_assert_num_queries)
        self.exercise_copies(notice, 499)
        self.assert_queries(reader, asked, django_assert_num_queries)

    def exercise_copies(self, notice: ExerciseNotice, count: int) -> None:
        pricing = notice.pricing
        for _ in range(count):
            notice.pk, notice.form_key, notice._state.adding = None, uuid4(), True
            notice.save()
            pricing.pk, pricing.notice, pricing._state.adding = None, notice, True
            Pricing.objects.bulk_create([pricing])

    def test_of_the_inbox(self, reader, award, django_assert_num_queries):
        asked = {"/inbox/": 3}
        Message.objects.exclude(pk=Message.objects.filter(recipient=award.grantee.user).first().pk).delete()
        self.assert_queries(reader, asked, django_assert_num_queries)
        message = Message.objects.get()
        for each in range(499):
            message.pk, message.key, message._state.adding = None, f"copy/{each}", True
            message.save()
        self.assert_queries(reader, asked, django_assert_num_queries)

    def test_of_statements(self, reader, award, django_assert_num_queries):
        asked = {"/exercises/statements/": 3}
        now = builders.instant("2007-04-02")
        made = make_statement(reader=award.grantee.user, from_on=date(2007, 1, 1), to_on=date(2007, 4, 2), now=now)
        self.assert_queries(reader, asked, django_assert_num_queries)
        for each in range(499):
            made.pk, made.sha256, made._state.adding = None, f"{each:064d}", True
            Statement.objects.bulk_create([made])
        self.assert_queries(reader, asked, django_assert_num_queries)

    def test_no_page_asks_more_than_fifteen_times(self, reader, award):
        """With all on record that a page may have to ask for: facts, determinations, a split, who else acts."""
        notice = exercised(award, 100)
        builders.adjusted("2007-04-02", 1, 2, decided_on="2007-03-01")
        builders.determined(award.grantee, Determination.Kind.DISABILITY, "2007-03-05")
        builders.transferred(award.grantee, "2007-03-01")
        builders.appointed(builders.person("executor"), award.grantee, kind=Representative.Kind.ESTATE)
        one, exercise = f"/awards/{award.pk}", f"/exercises/awards/{award.pk}"
        pages = [
            "/", AWARDS, EXERCISES, "/welcome/", "/leave/", "/inbox/", "/preferences/", "/profile/",
            "/accounts/sessions/", "/accounts/2fa/", "/exercises/statements/", "/exercises/statements/verify/",
            f"{one}/", f"{one}/letter/", f"{one}/what-if/",
            f"{one}/change/", f"{one}/wait/", f"{one}/leave/", f"{one}/questions/", f"{one}/question/?line=entry/1",
            f"{exercise}/", f"{exercise}/review/?options=1&form_key={uuid4()}", f"/exercises/{notice.pk}/",
            f"/exercises/{notice.pk}/question/?line=receipt/Received",
        ]  # fmt: skip
        asked = {}
        for path in pages:
            with CaptureQueriesContext(connection) as queries:
                assert reader.get(path).status_code == 200, path
            asked[path] = len(queries)
        assert {path: number for path, number in asked.items() if number > 15} == {}

    def assert_queries(self, reader: Client, asked: dict[str, int], django_assert_num_queries) -> None:
        for path, queries in asked.items():
            with django_assert_num_queries(queries, info=path):
                assert reader.get(path).status_code == 200


def test_home_links_to_the_list(reader):
    assert f'href="{reverse("awards:list")}?q="' in reader.get("/").content.decode()
