"""The demo company: whatever the day, every situation that a newcomer looks for is there, and everything adds up."""

import logging
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from awards.actions import audit
from awards.market.calendar import trading_calendar
from awards.market.models import ClosingPrice, HeldClose, Series
from awards.market.queries import newest_days
from awards.models import AgreementAcceptance, AuditEvent, Award, Determination, Grantee, OptionEntry
from awards.queries import Holding, holdings
from awards.roles import set_up_roles
from config import clock
from exercises import consistency, jobs
from exercises.demo import people
from exercises.demo.company import Company, record_agreement
from exercises.demo.people import DANIEL, EVERYBODY, JONAS, MAYA, PASSWORD, PRIYA, RUTH, SAM, SIGN_INS, Person
from exercises.demo.timeline import Story, play
from exercises.models import ExerciseNotice, WithholdingLine
from tests.builders import close, grantee, instant

pytestmark = pytest.mark.django_db
Clock = Callable[[str], datetime]
SUNDAY = "2026-11-22T10:10-05:00"


@pytest.fixture(autouse=True)
def demo(settings: Settings) -> None:
    settings.DEMO = True
    settings.MARKET_SOURCES = {"stock": [{"kind": "simulated"}], "sp500": [{"kind": "simulated"}]}


def load_demo(*options: str) -> str:
    out = StringIO()
    call_command("load_demo", *options, stdout=out)
    return out.getvalue()


def user(person: Person) -> User:
    return User.objects.get(email=person.email)


def held_by(person: Person) -> list[Holding]:
    """What the person sees on their first page."""
    visible = Award.objects.visible_to(user(person), clock.today())
    return holdings(visible, on=clock.today(), calendar=trading_calendar(), now=clock.now())


def situations(held: list[Holding]) -> set[str]:
    return {name for holding in held for name in _situations(holding)}


def _situations(holding: Holding) -> Iterator[str]:
    sheet = holding.worth.worksheet if holding.worth else None
    if holding.value:
        yield "pays"
    if holding.value and holding.last_moment <= clock.now() + timedelta(days=30):
        yield "pays and lapses within 30 days"
    if holding.exercisable and sheet and not sheet.multiplier:
        yield "Multiplier 0"
    if holding.standing.unvested == holding.award.options:
        yield "unvested"


def states(person: Person) -> list[str]:
    rows = ExerciseNotice.objects.filter(award__grantee__name=person.name).order_by("received_at")
    return [notice.state for notice in rows]


def found_there() -> dict[str, object]:
    """What the demo promises of any day."""
    instants = list(AuditEvent.objects.order_by("pk").values_list("at", flat=True))
    return {
        "Maya": situations(held_by(MAYA)),
        "her exercises": states(MAYA),
        "Sam": [(holding.award.state, holding.exercisable) for holding in held_by(SAM)],
        "Jonas": "pays and lapses within 30 days" in situations(held_by(JONAS)),
        "Daniel": {(holding.award.grantee.name, holding.exercisable > 0) for holding in held_by(DANIEL)},
        "for the estate": {row.capacity for row in ExerciseNotice.objects.filter(award__grantee__name=RUTH.name)},
        "in settlement": [states(person) for person in (people.EZEKIEL, people.HENRIK, people.CAMILLE)],
        "after the close": states(people.CHUKWUEMEKA),
        "proposed": [str(row.grantee.name) for row in Award.objects.undecided()],
        "to determine": [row.grantee.name for row in Determination.objects.undecided()],
        "held": list(HeldClose.objects.open().values_list("series", "reason")),
        "closes": newest_days(),
        "does not add up": [*consistency.differences(), *audit.differences()],
        "in order until now": instants == sorted(instants) and instants[-1] <= clock.now(),
        "accepted the agreement": AgreementAcceptance.objects.count(),
    }


def promised(newest: str, after_the_close: str = "priced") -> dict[str, object]:
    return {
        "Maya": {"pays", "pays and lapses within 30 days", "Multiplier 0", "unvested"},
        "her exercises": ["paid", "provided"],
        "Sam": [("letter issued", 0)],
        "Jonas": True,
        "Daniel": {("Ruth Calder", True)},
        "for the estate": {"estate"},
        "in settlement": [["approved"], ["chosen"], ["priced"]],
        "after the close": [after_the_close],
        "proposed": ["Grace Lindqvist"],
        "to determine": ["Fatima Zahra El Amrani"],
        "held": [("stock", "jump")],
        "closes": {series: date.fromisoformat(newest) for series in Series.values},
        "does not add up": [],
        "in order until now": True,
        "accepted the agreement": 19,  # every Grantee but Sam
    }


@pytest.mark.parametrize(
    ("now", "newest", "after_the_close"),
    [
        pytest.param(SUNDAY, "2026-11-20", "priced", id="Sunday"),
        pytest.param("2026-11-26T12:00-05:00", "2026-11-25", "priced", id="Thanksgiving"),
        pytest.param("2026-11-27T13:10-05:00", "2026-11-25", "waiting", id="half day, just after its close"),
        pytest.param("2027-03-15T11:00-04:00", "2027-03-12", "priced", id="the Monday after the clocks changed"),
        pytest.param("2028-02-29T18:00-05:00", "2028-02-29", "priced", id="the evening of a leap day"),
    ],
)
def test_every_situation_is_there(at: Clock, now: str, newest: str, after_the_close: str) -> None:
    at(now)
    load_demo()
    assert found_there() == promised(newest, after_the_close)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("now", "newest"),
    [
        ("2026-11-03T09:00-05:00", "2026-11-02"),
        ("2026-12-31T23:59-05:00", "2026-12-31"),
        ("2027-01-01T00:00-05:00", "2026-12-31"),
        ("2027-02-14T12:00-05:00", "2027-02-12"),
        ("2027-03-26T10:00-04:00", "2027-03-25"),
        ("2027-05-12T16:25-04:00", "2027-05-12"),
        ("2027-07-01T06:30-04:00", "2027-06-30"),
        ("2027-08-31T15:59-04:00", "2027-08-30"),
        ("2027-10-02T08:00-04:00", "2027-10-01"),
        ("2027-11-26T20:00-05:00", "2027-11-26"),
        ("2028-01-19T11:00-05:00", "2028-01-18"),
        ("2028-03-01T11:00-05:00", "2028-02-29"),
        ("2028-04-21T11:00-04:00", "2028-04-20"),
        ("2028-06-30T12:00-04:00", "2028-06-29"),
    ],
)
def test_every_situation_is_there_in_the_years_to_come(at: Clock, now: str, newest: str) -> None:
    at(now)
    load_demo()
    assert found_there() == promised(newest)


def test_load_is_the_same_for_the_same_day(at: Clock) -> None:
    at(SUNDAY)
    fingerprints = []
    for _ in range(2):
        with transaction.atomic():
            load_demo()
            entries = OptionEntry.objects.order_by(
                "recorded_at", "award__award_date", "award__grantee__name", "sequence"
            )
            notices = ExerciseNotice.objects.order_by("received_at", "award__grantee__name")
            fingerprints.append(
                (
                    list(
                        entries.values_list(
                            "award__grantee__name", "award__award_date", "kind", "options", "recorded_at"
                        )
                    ),
                    list(notices.values_list("award__grantee__name", "options", "pricing__consideration")),
                    list(WithholdingLine.objects.values_list("rate__tax", "base", "amount").order_by("base", "amount")),
                )
            )
            transaction.set_rollback(True)
    assert fingerprints[0] == fingerprints[1]
    assert len(fingerprints[0][1]) == 16


def test_jobs_go_on_where_the_load_ended(at: Clock) -> None:
    at(SUNDAY)
    load_demo()
    before = ClosingPrice.objects.count()
    jobs.run_due(at("2026-11-23T16:30-05:00"))
    assert newest_days() == {series: date(2026, 11, 23) for series in Series.values}
    assert ClosingPrice.objects.count() == before + 2
    assert HeldClose.objects.open().count() == 1
    assert list(ExerciseNotice.objects.waiting()) == []
    assert [*consistency.differences(), *audit.differences()] == []


def test_exercise_after_the_close_waits_for_the_job(at: Clock) -> None:
    at("2027-05-12T16:10-04:00")
    load_demo()
    notice = ExerciseNotice.objects.waiting().get()
    assert (notice.received_at, notice.exercise_date) == (instant("2027-05-12", "16:05"), date(2027, 5, 13))
    jobs.run_due(at("2027-05-12T16:30-04:00"))
    assert states(people.CHUKWUEMEKA) == ["priced"]


@pytest.mark.parametrize("person", SIGN_INS, ids=lambda person: person.username)
def test_sign_in(at: Clock, person: Person) -> None:
    now = at(SUNDAY)
    people_only(now)
    client = Client()
    answer = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, reverse("awards:home"))
    assert client.session["_auth_user_id"] == str(user(person).pk)


def people_only(now: datetime) -> None:
    set_up_roles()
    people.create_people(today=now.date(), now=now)


def test_password_passes_the_validators(at: Clock) -> None:
    people_only(at(SUNDAY))
    for person in EVERYBODY:
        validate_password(PASSWORD, user(person))


def test_desks(at: Clock) -> None:
    people_only(at(SUNDAY))
    staff = User.objects.filter(is_staff=True).order_by("pk")
    assert [(row.get_full_name(), row.groups.get().name) for row in staff] == [
        ("Priya Nair", "Committee"),
        ("Tom Becker", "Committee"),
        ("Alice Kim", "Plan administrator"),
        ("Luis Romero", "Payroll"),
        ("Erin Walsh", "Auditor"),
    ]
    assert not User.objects.filter(is_superuser=True).exists()
    assert user(PRIYA).emailaddress_set.get(verified=True, primary=True).email == "priya.nair@example.com"


def test_agreement_says_that_it_is_fictional(at: Clock) -> None:
    now = at(SUNDAY)
    people_only(now)
    agreement = record_agreement(now=now)
    text = bytes(agreement.document).decode()
    assert "A FICTIONAL DOCUMENT FOR DEMONSTRATION" in text
    assert [number for number in range(1, 10) if f"\n§{number}  " not in text] == []


def test_load_refused_outside_a_demo(settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match=r"^The demo company is for a demo portal only: set PORTAL_DEMO=1\.$"):
        load_demo()
    assert load_demo("--if-empty") == "The demo company is for a demo portal only: set PORTAL_DEMO=1.\n"
    assert not User.objects.exists()


def test_load_refused_in_a_portal_that_is_not_empty(at: Clock) -> None:
    at(SUNDAY)
    grantee()
    with pytest.raises(CommandError, match=r"^The demo company is for an empty portal, and this one is not empty\.$"):
        load_demo()
    assert load_demo("--if-empty") == ""
    assert Grantee.objects.count() == 1


def test_load_refused_beside_real_closes(at: Clock) -> None:
    at(SUNDAY)
    close(Series.STOCK, "2007-03-30", "6.10")
    reason = "The demo company has simulated closes, and closes of another source are recorded here."
    with pytest.raises(CommandError, match=f"^{reason}$"):
        load_demo()
    assert load_demo("--if-empty") == f"{reason}\n"
    assert not Grantee.objects.exists()


def test_load_refused_before_the_simulation_is_long_enough(at: Clock) -> None:
    reason = "The demo company needs 1710 days of closes, and the simulation begins on 2021-01-04."
    at("2007-04-02T11:00-04:00")
    with pytest.raises(CommandError, match=f"^{reason}$"):
        load_demo()
    at("2025-09-10T23:00-04:00")
    assert load_demo("--if-empty") == f"{reason}\n"
    at("2025-09-11T00:00-04:00")
    load_demo("--if-empty")
    assert Grantee.objects.count() == 20


def test_load_that_fails_leaves_nothing(at: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    at(SUNDAY)
    monkeypatch.setattr("exercises.demo.loading.everybody", broken_company)
    with pytest.raises(LookupError, match=r"^the story breaks off$"):
        load_demo()
    assert not User.objects.exists()
    assert not ClosingPrice.objects.exists()


def broken_company(company: Company) -> Iterator[Story[None]]:
    def breaks_off() -> Story[None]:
        yield company.office(company.days_ago(3), "10:00")
        raise LookupError("the story breaks off")

    yield breaks_off()


def test_load_prints_the_sign_ins_and_no_warning(at: Clock, caplog: pytest.LogCaptureFixture) -> None:
    at(SUNDAY)
    assert load_demo("--print-sign-ins") == ""
    printed = load_demo("--if-empty", "--print-sign-ins").splitlines()
    assert printed[0] == "Sign in with the password outperform-demo-2005 as"
    assert [line.split()[0] for line in printed[1:-1]] == [
        "maya.ortiz@example.com",
        "sam.whitfield@example.com",
        "jonas.berg@example.com",
        "daniel.calder@example.com",
        "priya.nair@example.com",
        "tom.becker@example.com",
        "alice.kim@example.com",
        "luis.romero@example.com",
        "erin.walsh@example.com",
    ]
    assert max(map(len, printed)) <= 100
    assert load_demo("--print-sign-ins").splitlines() == printed
    assert caplog.records == []
    logging.getLogger("awards.market.recording").warning("heard again")
    assert caplog.messages == ["heard again"]


def story(name: str, told: list[str], *days: str) -> Story[None]:
    for day in days:
        at = yield instant(day)
        told.append(f"{name} {at.date()}")


def test_stories_are_told_in_the_order_of_their_instants() -> None:
    told: list[str] = []
    stories = [
        story("a", told, "2026-01-02", "2026-01-05"),
        story("b", told),
        story("c", told, "2026-01-02", "2026-01-03"),
    ]
    play(stories, until=instant("2026-01-31"), before=lambda at: told.append(f"before {at.date()}"))
    assert told == [
        "before 2026-01-02", "a 2026-01-02", "before 2026-01-02", "c 2026-01-02",
        "before 2026-01-03", "c 2026-01-03", "before 2026-01-05", "a 2026-01-05",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("until", "expected"),
    [("2026-01-04", ["a 2026-01-02"]), ("2026-01-05", ["a 2026-01-02", "a 2026-01-05"]), ("2026-01-01", [])],
)
def test_story_ends_where_the_present_does(until: str, expected: list[str]) -> None:
    told: list[str] = []
    play([story("a", told, "2026-01-02", "2026-01-05")], until=instant(until), before=lambda at: None)
    assert told == expected


def test_story_that_goes_back_in_time_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a story goes back from 2026-01-05"):
        play([story("a", [], "2026-01-05", "2026-01-02")], until=instant("2026-01-31"), before=lambda at: None)
