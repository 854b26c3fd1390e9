"""Who is in the demo company, and how they sign in. Everybody is invented."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.utils.text import slugify

from awards.models import Grantee
from awards.roles import AUDITOR, COMMITTEE, PAYROLL, PLAN_ADMINISTRATOR

PASSWORD = "outperform-demo-2005"  # noqa: S105 - printed at every start: it opens fictional accounts only


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a sign-in: `hired` makes a Grantee, `role` opens the admin, `look_at` is printed."""

    name: str
    hired: date | timedelta | None = None  # on a day, or that long ago
    jurisdiction: str = "US-CO"
    role: str = ""
    look_at: str = ""

    @property
    def username(self) -> str:
        return slugify(self.name).replace("-", ".")

    @property
    def email(self) -> str:
        return f"{self.username}@example.com"


MAYA = Person("Maya Ortiz", date(2016, 5, 9), look_at="employee: Awards that pay, lapse soon, or are worth nothing")
SAM = Person("Sam Whitfield", timedelta(days=40), "US-NY", look_at="new hire: an Award Letter to accept")
JONAS = Person("Jonas Berg", date(2013, 2, 4), "US-NY", look_at="left the Company: the 180 days are running out")
RUTH = Person("Ruth Calder", date(2009, 8, 17))
DANIEL = Person("Daniel Calder", look_at="representative of the estate of Ruth Calder, exercises for her")
PRIYA = Person("Priya Nair", role=COMMITTEE, look_at="Committee: proposes, approves, chooses cash or Stock")
TOM = Person("Tom Becker", role=COMMITTEE, look_at="Committee: the second person")
ALICE = Person("Alice Kim", role=PLAN_ADMINISTRATOR, look_at="plan administrator: people, paper notices, held closes")
LUIS = Person("Luis Romero", role=PAYROLL, look_at="payroll: provides withholding, records payments")
ERIN = Person("Erin Walsh", role=AUDITOR, look_at="auditor: sees everything, changes nothing")

AN = Person("An Ng", date(2018, 11, 5))
BARTHOLOMEW = Person("Bartholomew Featherstonehaugh-Cholmondeley", date(2012, 1, 9), "US-NY")
MARIA_JOSE = Person("María José Fernández de la Vega y Montenegro", date(2015, 6, 22), "US-CA")
CHUKWUEMEKA = Person("Chukwuemeka Oyelaran-Adebayo", date(2017, 3, 13), "US-TX")
TOMASZ = Person("Tomasz Wiśniewski", date(2014, 10, 20))
ANNELIESE = Person("Anneliese Vandersteen", date(1996, 4, 1))
JO = Person("Jo Kay", date(2020, 2, 24))
HIROSHI = Person("Hiroshi Nakamura", date(2011, 7, 5), "US-CA")
SIOBHAN = Person("Siobhán O'Rourke", date(2019, 9, 30), "US-NY")
DIMITRIOS = Person("Dimitrios Papadimitriou", date(2016, 12, 12), "US-TX")
GRACE = Person("Grace Lindqvist", date(2020, 8, 3))
FATIMA = Person("Fatima Zahra El Amrani", date(2015, 1, 26), "US-NY")
EZEKIEL = Person("Ezekiel Brown", date(2010, 5, 17))
CAMILLE = Person("Camille Dubois-Lefèvre", date(2018, 2, 19), "US-CA")
HENRIK = Person("Henrik Lund", date(2019, 4, 8), "US-TX")
WEN = Person("Wen Li", date(2008, 3, 31))

SIGN_INS = (MAYA, SAM, JONAS, DANIEL, PRIYA, TOM, ALICE, LUIS, ERIN)
OTHERS = (
    RUTH, AN, BARTHOLOMEW, MARIA_JOSE, CHUKWUEMEKA, TOMASZ, ANNELIESE, JO, HIROSHI, SIOBHAN, DIMITRIOS, GRACE, FATIMA,
    EZEKIEL, CAMILLE, HENRIK, WEN,
)  # fmt: skip
EVERYBODY = SIGN_INS + OTHERS


def create_people(*, today: date, now: datetime) -> None:
    """Their users, verified e-mail addresses, roles and rows as Grantees."""
    password = make_password(PASSWORD)  # once: it is slow on purpose
    for number, person in enumerate(EVERYBODY, start=1001):
        user = _create_user(person, password, now)
        EmailAddress.objects.create(user=user, email=person.email, verified=True, primary=True)
        if person.role:
            user.groups.add(Group.objects.get(name=person.role))
        if person.hired is not None:
            Grantee.objects.create(
                user=user,
                employee_number=f"E-{number}",
                name=person.name,
                hired_on=today - person.hired if isinstance(person.hired, timedelta) else person.hired,
                jurisdiction=person.jurisdiction,
            )


def _create_user(person: Person, password: str, now: datetime) -> User:
    first, _, rest = person.name.partition(" ")
    return User.objects.create(
        username=person.username,
        email=person.email,
        password=password,
        first_name=first,
        last_name=rest,
        is_staff=bool(person.role),
        date_joined=now,
    )


def sign_in_lines() -> Iterator[str]:
    """A short table for the terminal of whom to sign in as; nothing where the demo company is not loaded."""
    there = set(User.objects.filter(email__in=[person.email for person in SIGN_INS]).values_list("email", flat=True))
    people = [person for person in SIGN_INS if person.email in there]
    if people:
        yield f"Sign in with the password {PASSWORD} as"
    for person in people:
        yield f"  {person.email:<28}{person.look_at}"
    if people:
        yield "Everything here is fictional: the company, its people and its prices."
