"""What has happened to each person of the demo company, counted back from today so that something always waits."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal

from awards.actions import decisions, employment, representative
from awards.agreement.months import anniversary
from awards.market.models import Series
from awards.market.parsing import DatedClose
from awards.market.recording import record_closes
from awards.models import Determination, EmploymentFact, Representative
from exercises.actions.pricing import price_waiting
from exercises.demo import people
from exercises.demo.acts import Sale, accept, decline, give_web_notice, hold, issue, propose
from exercises.demo.company import Company
from exercises.demo.outlook import RECORDED_AFTER, every_day, last_closed, quarter_days
from exercises.demo.people import ALICE, DANIEL, JONAS, MAYA, PRIYA, RUTH, SAM, TOM, Person
from exercises.demo.timeline import Story

HALF, QUARTER, NONE = Decimal("0.5"), Decimal("0.25"), Decimal(0)
# Person, days since the Award Date at the least, OSOs, how many of them were exercised since, and how much in Stock.
ORDINARY = (
    (people.AN, 1290, 800, 300, NONE),
    (people.AN, 650, 900, 0, NONE),
    (people.AN, 200, 1_000, 0, NONE),
    (people.BARTHOLOMEW, 1340, 2_500, 1_200, HALF),
    (people.BARTHOLOMEW, 900, 2_500, 0, NONE),
    (people.BARTHOLOMEW, 450, 2_600, 0, NONE),
    (people.MARIA_JOSE, 1100, 1_800, 900, QUARTER),
    (people.MARIA_JOSE, 280, 1_750, 0, NONE),
    (people.TOMASZ, 950, 1_001, 400, NONE),
    (people.TOMASZ, 300, 1_002, 0, NONE),
    (people.ANNELIESE, 1200, 3_000, 1_000, HALF),
    (people.ANNELIESE, 460, 3_000, 0, NONE),
    (people.HIROSHI, 1600, 5_000, 2_000, QUARTER),
    (people.HIROSHI, 800, 4_000, 0, NONE),
    (people.SIOBHAN, 1150, 600, 0, NONE),
    (people.SIOBHAN, 700, 650, 0, NONE),
    (people.DIMITRIOS, 1000, 700, 0, NONE),
    (people.DIMITRIOS, 500, 700, 0, NONE),
    (people.GRACE, 620, 1_500, 0, NONE),
    (people.FATIMA, 1050, 1_200, 500, NONE),
    (people.FATIMA, 350, 1_200, 0, NONE),
    (people.WEN, 1250, 10_000, 4_000, HALF),
    (people.WEN, 400, 12_000, 0, NONE),
    (people.JO, 750, 450, 0, NONE),
)


def everybody(company: Company) -> Iterator[Story[None]]:
    """Every story of the company, each to be told beside the others."""
    yield from maya(company)
    yield new_hire(company)
    yield from leaver(company)
    yield from estate(company)
    yield from in_settlement(company)
    yield from (ordinary(company, *row) for row in ORDINARY)
    yield from departures(company)
    yield from on_the_desks(company)


def maya(company: Company) -> Iterator[Story[None]]:
    """An employee with one Award of each kind: lapsing soon, worth exercising, worth nothing, unvested."""
    lapsing = lapsing_soon(company)
    recent = company.trading_days_ago(6)
    worth = paying(company, company.days_ago(1300), company.days_ago(390), company.outlook.on, recent, but=(lapsing,))
    past = company.outlook.good_day(lapsing, lapsing + timedelta(days=400), company.days_ago(60), 47)
    yield hold(company, MAYA, lapsing, 4_000, Sale(past, 1_500))
    yield hold(company, MAYA, worth, 6_000, Sale(recent, 1_000, HALF, "provided"))
    yield hold(company, MAYA, worth_nothing(company, but=(lapsing, worth)), 3_000)
    yield hold(company, MAYA, last_quarter_day(company.days_ago(25)), 2_400)


def lapsing_soon(company: Company) -> date:
    """An Award Date whose fourth anniversary is one to three weeks ahead and that pays; failing that, up to a month."""
    soon = [anniversary(company.days_ago(-days), -4) for days in range(7, 22)]
    wider = [anniversary(company.days_ago(-days), -4) for days in range(4, 29)]
    return next(iter(company.outlook.paying(soon) or company.outlook.paying(wider) or soon))


def worth_nothing(company: Company, *, but: tuple[date, ...]) -> date:
    """An Award Date whose Multiplier is 0 today: a quarter day, else any day, vested rather than not."""
    first, vested, last = company.days_ago(1300), company.days_ago(390), company.days_ago(14)
    outlook = company.outlook
    found = (
        outlook.paying_nothing(quarter_days(first, vested))
        or outlook.paying_nothing(every_day(first, vested))
        or outlook.paying_nothing(every_day(vested, last))
        or [min(every_day(first, last), key=lambda day: outlook.sheet(day).multiplier)]
    )
    return next((day for day in found if day not in but), found[0])


def paying(company: Company, first: date, last: date, *ons: date, place: int = 0, but: tuple[date, ...] = ()) -> date:
    """The quarter day between the two, or else any day, whose Award pays best on those Exercise Dates, or next best."""
    outlook = company.outlook
    quarters = [day for day in quarter_days(first, last) if day not in but]
    found = outlook.paying(quarters, *ons) or outlook.paying(every_day(first, last), *ons) or [first]
    return found[min(place, len(found) - 1)]


def last_quarter_day(day: date) -> date:
    return quarter_days(day - timedelta(days=100), day)[-1]


def new_hire(company: Company) -> Story[None]:
    """One Award Letter that waits for its answer."""
    award = yield from propose(company, SAM, company.trading_days_ago(7), 1_200)
    yield from issue(company, award)


def leaver(company: Company) -> Iterator[Story[None]]:
    """Left 155 days ago: what had vested can be exercised for 25 days more, the rest has lapsed."""
    left = company.days_ago(155)
    best = paying(company, company.days_ago(1270), left - timedelta(days=370))
    past = company.outlook.good_day(best, best + timedelta(days=400), left, 19)
    yield hold(company, JONAS, best, 3_200, Sale(past, 600))
    yield hold(company, JONAS, last_quarter_day(left - timedelta(days=420)), 1_500)
    yield hold(company, JONAS, last_quarter_day(left - timedelta(days=60)), 1_500)
    yield ceased(company, JONAS, left)


def ceased(company: Company, person: Person, on: date, *, reason: str = "other") -> Story[None]:
    """Recorded when the office opens on the day or after it."""
    at = yield company.office(on, "09:00")
    employment.record_fact(
        grantee=company.grantee(person),
        kind=EmploymentFact.Kind.CEASED,
        occurred_on=on,
        reason=reason,
        evidence="Letter of separation, personnel file",
        recorded_by=company.user(ALICE),
        now=at,
    )


def estate(company: Company) -> Iterator[Story[None]]:
    """Died 200 days ago, which vested everything; the estate's representative exercises within the year."""
    died = company.days_ago(200)
    best = paying(company, company.days_ago(1270), died - timedelta(days=370))
    young = paying(company, died - timedelta(days=340), died - timedelta(days=30))
    yield hold(company, RUTH, best, 5_000, Sale(company.trading_days_ago(35), 500, by=DANIEL))
    yield hold(company, RUTH, young, 2_000)
    yield death(company, died)


def death(company: Company, died: date) -> Story[None]:
    at = yield company.office(died, "09:30", days=2)
    employment.record_fact(
        grantee=company.grantee(RUTH),
        kind=EmploymentFact.Kind.DIED,
        occurred_on=died,
        evidence="Certificate of death, personnel file",
        recorded_by=company.user(ALICE),
        now=at,
    )
    at = yield company.after(at, "11:00", days=20)
    proposed = representative.propose_representative(
        grantee=company.grantee(RUTH),
        user=company.user(DANIEL),
        kind=Representative.Kind.ESTATE,
        evidence="Letters testamentary of the county court",
        from_on=died + timedelta(days=45),
        by=company.user(ALICE),
        now=at,
    )
    at = yield company.after(at, "16:00")
    representative.approve_representative(representative=proposed, by=company.user(TOM), now=at)


def in_settlement(company: Company) -> Iterator[Story[None]]:
    """Exercises of the last days, one at each step between its price and its payment."""
    steps = (
        (people.EZEKIEL, 8, Sale(None, 400, QUARTER, "approved", on_paper=True)),
        (people.HENRIK, 4, Sale(None, 350, NONE, "chosen")),
        (people.CAMILLE, 2, Sale(None, 500, NONE, "priced")),
    )
    for place, (person, days, sale) in enumerate(steps):
        on = company.trading_days_ago(days)
        award_date = paying(company, company.days_ago(1300), on - timedelta(days=380), on, place=place)
        yield hold(company, person, award_date, 2_000, replace(sale, on=on))
    yield after_the_close(company)


def after_the_close(company: Company) -> Story[None]:
    """A notice five minutes after the last close: for the next Trading Day; it waits until that close is recorded."""
    award_date = paying(company, company.days_ago(1300), company.days_ago(390), place=1)
    award = yield from propose(company, people.CHUKWUEMEKA, award_date, 1_600)
    award = yield from issue(company, award)
    award = yield from accept(company, award)
    five = timedelta(minutes=5)
    close = company.calendar.close_at(last_closed(company.now, company.calendar, since=five)).astimezone(UTC)
    at = yield close + five
    give_web_notice(award, 300, award.grantee.user, at)
    at = yield close + RECORDED_AFTER + five
    price_waiting(now=at)


def ordinary(company: Company, person: Person, age: int, options: int, sold: int, in_stock: Decimal) -> Story[None]:
    """An Award on a quarter day, part of it exercised on a good day and paid."""
    award_date = last_quarter_day(company.days_ago(age))
    last = min(company.days_ago(30), award_date + timedelta(days=1_400))
    on = company.outlook.good_day(award_date, award_date + timedelta(days=380), last, options + sold) if sold else None
    yield from hold(company, person, award_date, options, Sale(on, sold, in_stock))


def departures(company: Company) -> Iterator[Story[None]]:
    """What else happens to employment: a move, a retirement, a leaver of long ago, a termination for Cause."""
    yield moved(company)
    yield ceased(company, people.SIOBHAN, company.days_ago(600))
    for person, days, kind, limb in (
        (people.ANNELIESE, 100, Determination.Kind.RETIREMENT, ""),
        (people.DIMITRIOS, 400, Determination.Kind.CAUSE, "iii"),
    ):
        yield ceased(company, person, company.days_ago(days))
        yield determined(company, person, company.days_ago(days), kind, limb)
    yield determined(company, people.WEN, company.days_ago(700), Determination.Kind.COVERED_EMPLOYEE)


def moved(company: Company) -> Story[None]:
    at = yield company.office(company.days_ago(500), "09:15")
    employment.record_fact(
        grantee=company.grantee(people.TOMASZ),
        kind=EmploymentFact.Kind.TRANSFERRED,
        occurred_on=company.days_ago(500),
        employer="Example Broadband Services, LLC",
        evidence="Contract of transfer, personnel file",
        recorded_by=company.user(ALICE),
        now=at,
    )


def determined(company: Company, person: Person, on: date, kind: Determination.Kind, limb: str = "") -> Story[None]:
    """Proposed by one of the Committee and approved by the other."""
    at = yield company.office(on, "10:00", days=3)
    proposed = employment.propose_determination(
        grantee=company.grantee(person),
        kind=kind,
        occurred_on=on,
        limb=limb,
        evidence="Minutes of the Committee's meeting",
        by=company.user(PRIYA),
        now=at,
    )
    at = yield company.after(at, "10:00")
    employment.approve_determination(determination=proposed, by=company.user(TOM), now=at)


def on_the_desks(company: Company) -> Iterator[Story[None]]:
    """What waits for the Committee and the plan administrator, and two proposals that came to nothing."""
    yield proposed_only(company)
    yield proposed_disability(company)
    yield rejected(company)
    yield declined(company)
    yield held_close(company)


def proposed_only(company: Company) -> Story[None]:
    yield from propose(company, people.GRACE, company.trading_days_ago(2), 1_600)


def proposed_disability(company: Company) -> Story[None]:
    at = yield company.office(company.trading_days_ago(1), "11:30")
    employment.propose_determination(
        grantee=company.grantee(people.FATIMA),
        kind=Determination.Kind.DISABILITY,
        occurred_on=company.days_ago(12),
        evidence="Reports of two physicians, medical file 7",
        by=company.user(ALICE),
        now=at,
    )


def rejected(company: Company) -> Story[None]:
    award = yield from propose(company, people.JO, last_quarter_day(company.days_ago(150)), 4_500)
    at = yield company.after(award.proposed_at, "14:00")
    decisions.reject(award, by=company.user(TOM), reason="The resolution is of 450 OSOs, not of 4,500.", now=at)


def declined(company: Company) -> Story[None]:
    award = yield from propose(company, people.JO, last_quarter_day(company.days_ago(330)), 450)
    award = yield from issue(company, award)
    yield from decline(company, award, "I shall move abroad and prefer the cash bonus.")


def held_close(company: Company) -> Story[None]:
    """A file with a slipped decimal point came before the right close of the day: it jumps, and two people decide."""
    day = company.outlook.last_day
    at = yield company.calendar.close_at(day).astimezone(UTC) + timedelta(minutes=12)
    slipped = company.outlook.closes[Series.STOCK][day] * 10
    record_closes(
        series=Series.STOCK,
        closes=[DatedClose(2, day, slipped)],
        source="closes-by-hand.csv (fictional)",
        recorded_by=company.user(ALICE),
        now=at,
        confirm_jumps=False,
    )
