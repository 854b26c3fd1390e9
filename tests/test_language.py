"""In which language a reader reads: the one they chose, the browser's, and English at the desk."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from awards.agreement.errors import LastMomentPassed, MissingClose, NoDuration
from awards.agreement.exercise_date import NEW_YORK
from awards.models import AuditEvent, Preferences
from awards.templatetags import figures
from awards.vocabulary import told
from tests import builders

SPANISH = {"HTTP_ACCEPT_LANGUAGE": "es-MX,es;q=0.9,en;q=0.5"}
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def reader(db, client: Client):
    award = builders.granted_award(options=100)
    client.force_login(award.grantee.user)
    return award.grantee.user


def language_of(response) -> str:
    return response.headers["Content-Language"]


class TestOfAPage:
    def test_is_the_browsers_where_nothing_was_chosen(self, client, reader):
        assert language_of(client.get("/", **SPANISH)) == "es"
        assert language_of(client.get("/")) == "en"
        assert language_of(client.get("/", HTTP_ACCEPT_LANGUAGE="fr")) == "en"

    def test_chosen_one_is_kept_with_the_person(self, client, reader):
        response = client.post("/language/", {"language": "es", "next": "/exercises/"})
        assert (response.status_code, response["Location"]) == (302, "/exercises/")
        assert Preferences.objects.get(user=reader).language == "es"
        assert AuditEvent.objects.filter(action="preferences changed").count() == 1
        another_machine = Client()
        another_machine.force_login(reader)
        page = another_machine.get("/", HTTP_ACCEPT_LANGUAGE="en")
        assert language_of(page) == "es"
        assert '<html lang="es">' in page.content.decode()

    def test_is_kept_by_the_browser_of_who_is_not_signed_in(self, db, client):
        client.post("/language/", {"language": "es", "next": "/accounts/login/"})
        assert language_of(client.get("/accounts/login/")) == "es"
        assert not Preferences.objects.exists()

    def test_goes_back_to_what_the_browser_asks(self, client, reader):
        client.post("/language/", {"language": "es"})
        client.post("/preferences/", {"language": ""})
        assert language_of(client.get("/", HTTP_ACCEPT_LANGUAGE="en")) == "en"

    def test_of_one_is_not_that_of_the_next_at_the_same_browser(self, client, reader):
        client.post("/language/", {"language": "es"})
        client.force_login(builders.grantee("other").user)
        assert language_of(client.get("/", HTTP_ACCEPT_LANGUAGE="en")) == "en"

    @pytest.mark.parametrize("unknown", ["fr", "", "es'; --", "en-gb"])
    def test_of_no_known_name_changes_nothing(self, client, reader, unknown):
        client.post("/language/", {"language": unknown})
        assert not Preferences.objects.exclude(language="").exists()

    def test_leads_nowhere_else(self, client, reader):
        response = client.post("/language/", {"language": "es", "next": "https://elsewhere.example/"})
        assert response["Location"] == "/"

    def test_is_not_changed_by_a_link(self, client, reader):
        assert client.get("/language/?language=es").status_code == 405

    def test_costs_no_query(self, client, reader, django_assert_num_queries):
        with CaptureQueriesContext(connection) as before:
            client.get("/")
        asked = len(before)
        client.post("/language/", {"language": "es"})
        with django_assert_num_queries(asked):
            client.get("/")

    def test_of_the_desk_is_english(self, admin_client):
        assert language_of(admin_client.get("/admin/", **SPANISH)) == "en"


class TestFigures:
    @pytest.mark.parametrize(
        ("write", "value", "english", "spanish"),
        [
            (figures.money, Decimal("6233.80"), "$6,233.80", f"6{NBSP}233,80{NBSP}US$"),
            (figures.signed_money, Decimal("-1234.5"), "−$1,234.50", f"−1{NBSP}234,50{NBSP}US$"),
            (figures.price, Decimal("2.1302008"), "$2.130200…", f"2,130200…{NBSP}US$"),
            (figures.index_level, Decimal("1437.5"), "1,437.50", f"1{NBSP}437,50"),
            (figures.options, 10000, "10,000", f"10{NBSP}000"),
            (figures.percent, Decimal("10.014"), "+10.014%", "+10,014%"),
            (figures.multiplier, Decimal("3.182"), "3.182×", "3,182×"),
            (figures.years, Decimal("2"), "2.000 years", "2,000 años"),
            (figures.day, date(2007, 4, 2), "Apr 2, 2007", "2 Abr 2007"),
            (figures.weekday_day, date(2007, 4, 2), "Monday, April 2, 2007", "lunes 2 de abril de 2007"),
            (
                figures.instant,
                datetime(2007, 4, 2, 20, 0, 1, tzinfo=UTC),
                "Apr 2, 2007, 4:00:01 PM EDT",
                "2 Abr 2007, 16:00:01 EDT",
            ),
            (figures.time_of_day, datetime(2007, 1, 2, 16, tzinfo=NEW_YORK), "4:00 PM EST", "16:00 EST"),
        ],
    )
    def test_are_written_as_the_language_writes_them(self, write, value, english, spanish):
        with translation.override("en"):
            assert write(value) == english
        with translation.override("es"):
            assert write(value) == spanish


class TestTold:
    def test_english_is_left_as_it_is(self):
        assert told("any text, known or not") == "any text, known or not"

    def test_what_has_no_known_form_stays(self):
        with translation.override("es"):
            assert told("any text, known or not") == "any text, known or not"

    @pytest.mark.parametrize(
        ("said", "spanish"),
        [
            ("Multiplier", "Multiplicador"),
            ("Consideration per OSO × 10,000", f"Contraprestación por opción × 10{NBSP}000"),
            (
                str(NoDuration(date(2005, 6, 30))),
                "El Período todavía empieza y termina el 30 Jun 2005: su Duración es 0,000, y ningún ejercicio surte "
                "efecto antes de que tenga una duración.",
            ),
            (
                str(MissingClose("sp500", date(2007, 3, 30))),
                "No consta el cierre del S&P 500 del 30 Mar 2007, un Día de Negociación.",
            ),
            (
                str(LastMomentPassed(date(2007, 4, 3), datetime(2007, 4, 2, 16, tzinfo=NEW_YORK))),
                "La Fecha de Ejercicio sería el 3 Abr 2007, pero el último momento para ejercer fue "
                "lun 2 Abr 2007, 16:00 EDT, hora de Nueva York.",
            ),
            ("Outperform Percentage × 3.5/7.5, from 0 to 3.5", "Porcentaje de exceso × 3,5/7,5, de 0 a 3,5"),
            ("2-for-1; fraction dropped: 0 OSO", "2 por 1; fracción suprimida: 0 opciones"),
        ],
    )
    def test_is_told_in_the_readers_language(self, said, spanish):
        with translation.override("es"):
            assert told(said) == spanish
