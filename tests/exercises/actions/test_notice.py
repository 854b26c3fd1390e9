"""Giving a notice of exercise: every refusal, and beside each the nearest success."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection

from awards.actions import audit
from awards.actions.employment import EvidenceMissing
from awards.actions.lapses import write_lapses
from awards.agreement.acting import Capacity
from awards.market import writing
from awards.models import AuditEvent, Award, Determination, OptionEntry, Representative
from exercises import consistency
from exercises.actions.notice import (
    AwardNotAccepted,
    FormUsedAlready,
    MayNotAct,
    MoreThanExercisable,
    NotEffectiveYet,
    NoticeRefused,
    PaysNothing,
    ReceivedAtImpossible,
)
from exercises.actions.pricing import price_waiting
from exercises.actions.reviewed import AmountNotKnownYet, Reviewed, ReviewedSomethingElse
from exercises.models import ExerciseNotice, PinnedClose, Pricing
from tests import builders
from tests.exercises.given import PAID_2007_04_02, PAID_2007_04_03, give, ledger_of, moment, paper

pytestmark = pytest.mark.django_db
KEY = UUID("00000000-0000-4000-8000-000000000001")
OTHER_KEY = UUID("00000000-0000-4000-8000-000000000002")


def refused(error, award, *args, **given) -> str:
    """Giving that notice is refused, and nothing whatever is written. Answers with the reason."""
    before = ledger_of(award)
    with pytest.raises(error) as refusal:
        give(award, *args, **given)
    assert (ExerciseNotice.objects.count(), Pricing.objects.count(), ledger_of(award)) == (0, 0, before)
    return str(refusal.value)


def test_notice_before_the_close_pays_the_companys_own_figure(award):
    notice = give(award, 5_000, "2007-04-02 11:00", reviewed=Reviewed(date(2007, 4, 2), Decimal("6233.80")))

    assert (notice.number, notice.exercise_date, notice.state) == (f"EX-{notice.pk:06d}", date(2007, 4, 2), "priced")
    assert (notice.pricing.consideration, notice.pricing.multiplier) == (Decimal("6233.80"), Decimal("3.107"))
    assert notice.pricing.fmv == Decimal("6.10")
    assert ledger_of(award) == [("granted", 10_000, "2006-04-01"), ("exercised", -5_000, "2007-04-02")]
    award.refresh_from_db()
    assert award.outstanding == 5_000
    assert list(consistency.differences()) == []


@pytest.mark.parametrize(
    ("received", "exercise_date"),
    [
        ("2007-04-02 15:59:59.999999", "2007-04-02"),
        ("2007-04-02 16:00:00", "2007-04-02"),
        ("2007-04-02 16:00:00.000001", "2007-04-03"),
        ("2007-04-03 00:00:00", "2007-04-03"),
        ("2006-11-23 10:00:00", "2006-11-24"),  # Thanksgiving
        ("2006-11-24 13:00:00", "2006-11-24"),  # trading closes at 13:00
        ("2006-11-24 13:00:00.000001", "2006-11-27"),
        ("2007-03-31 12:00:00", "2007-04-02"),  # a Saturday
        ("2007-04-06 12:00:00", "2007-04-09"),  # Good Friday
        ("2007-03-12 16:00:00", "2007-03-12"),  # the first day of daylight saving time
        ("2007-03-12 16:00:00.000001", "2007-03-13"),
    ],
)
def test_exercise_date_follows_the_close_of_trading(received, exercise_date):
    award = builders.granted_award()

    notice = give(award, 500, received)

    assert notice.exercise_date.isoformat() == exercise_date


def test_notice_after_the_close_waits_for_it(award, next_close):
    notice = give(award, 5_000, "2007-04-02 17:00", reviewed=Reviewed(date(2007, 4, 3), None))

    assert (notice.exercise_date, notice.state) == (date(2007, 4, 3), "waiting")
    assert ledger_of(award)[1:] == [("exercised", -5_000, "2007-04-03")]


def test_notice_after_the_close_waits_for_the_night_though_the_close_is_in(award, next_close):
    next_close()

    with pytest.raises(ReviewedSomethingElse):
        give(award, 5_000, "2007-04-02 20:00", reviewed=Reviewed(date(2007, 4, 3), PAID_2007_04_03))
    notice = give(award, 5_000, "2007-04-02 20:00", reviewed=Reviewed(date(2007, 4, 3), None))
    assert ExerciseNotice.objects.waiting().get() == notice

    assert price_waiting(now=moment("2007-04-02 20:02"))["priced"] == [notice.number]
    assert Pricing.objects.get().consideration == PAID_2007_04_03


def test_notice_after_the_close_is_refused_when_what_has_come_in_pays_nothing(award):
    builders.closes({"2007-04-02": ("1424.55", "1.00")})

    with pytest.raises(PaysNothing):
        give(award, 5_000, "2007-04-02 20:00", reviewed=Reviewed(date(2007, 4, 3), None))


@pytest.mark.parametrize(
    "reviewed",
    [
        Reviewed(date(2007, 4, 2), Decimal("6233.80")),  # the close has passed since
        Reviewed(date(2007, 4, 3), Decimal("6233.80")),
        Reviewed(date(2007, 4, 2), None),
    ],
)
def test_review_of_something_else_is_refused(award, reviewed):
    refused(ReviewedSomethingElse, award, 5_000, "2007-04-02 16:00:00.000001", reviewed=reviewed)


def test_review_of_another_amount_is_refused(award):
    seen = Reviewed(date(2007, 4, 2), Decimal("6233.81"))
    refused(ReviewedSomethingElse, award, 5_000, reviewed=seen)


def test_notice_without_a_review_is_refused(award):
    refused(AmountNotKnownYet, award, 5_000, reviewed=None)


@pytest.mark.parametrize("received", ["2009-07-30 17:00", "2009-07-31 15:59:59", "2009-07-31 16:00:00"])
def test_last_moment_before_a_weekend_lapse_is_in_time(received):
    award = builders.granted_award(award_date="2005-08-01")  # its term ends on Saturday 2009-08-01

    assert give(award, 1000, received).exercise_date == date(2009, 7, 31)


@pytest.mark.parametrize("received", ["2009-07-31 16:00:00.000001", "2009-08-01 10:00", "2009-08-03 10:00"])
def test_last_moment_before_a_weekend_lapse_passes(received):
    award = builders.granted_award(award_date="2005-08-01")

    reason = refused(NoticeRefused, award, 1000, received)

    assert reason == (
        "The Exercise Date would be 2009-08-03, but the last moment to exercise was 2009-07-31 16:00 New York time."
    )


@pytest.mark.parametrize(
    ("received", "in_time"),
    [
        ("2007-01-29 12:00", True),
        ("2007-01-30 16:00", True),  # the 180th day after 2006-08-03, a Tuesday
        ("2007-01-30 16:00:00.000001", False),
        ("2007-01-31 12:00", False),
    ],
)
def test_leaver_has_until_the_180th_day(received, in_time):
    award = builders.granted_award()
    builders.ceased(award.grantee, "2006-08-03")

    if in_time:
        assert give(award, 500, received).options == 500
    else:
        with pytest.raises(NoticeRefused):
            give(award, 500, received)


@pytest.mark.parametrize(
    ("received", "in_time"),
    [("2007-04-02 16:00", True), ("2007-04-02 16:00:00.000001", False), ("2007-04-03 09:30", False)],
)
def test_cause_ends_everything_on_its_day(received, in_time):
    award = builders.granted_award()
    builders.ceased(award.grantee, "2007-04-03")
    builders.determined(award.grantee, Determination.Kind.CAUSE, "2007-04-03")

    if in_time:
        assert give(award, 500, received, on_paper=paper(), entered="2007-04-04 09:00").options == 500
    else:
        refused(NoticeRefused, award, 500, received, on_paper=paper(), entered="2007-04-04 09:00")


@pytest.mark.parametrize(
    ("options", "received"),
    [
        (1, "2006-06-29 12:00"),  # the day before the first half vests
        (501, "2006-06-30 12:00"),
        (501, "2006-07-03 12:00"),
        (0, "2006-06-30 12:00"),
        (-1, "2006-06-30 12:00"),
        (626, "2006-09-30 12:00"),  # 15 months: the next eighth vested on 2006-09-30
    ],
)
def test_more_than_exercisable_is_refused(options, received):
    refused(MoreThanExercisable, builders.granted_award(), options, received)


@pytest.mark.parametrize(
    ("options", "received"),
    [(500, "2006-06-30 12:00"), (1, "2006-06-30 00:00"), (500, "2006-07-03 12:00"), (625, "2006-09-30 12:00")],
)
def test_everything_exercisable_may_be_exercised(options, received):
    award = builders.granted_award()

    give(award, options, received)

    assert ledger_of(award)[1][:2] == ("exercised", -options)


def test_second_notice_has_what_the_first_left(award):
    give(award, 4_999)

    with pytest.raises(MoreThanExercisable, match="has 1 OSOs that can be exercised; 2 cannot be"):
        give(award, 2)
    assert give(award, 1).options == 1


def test_award_letter_comes_first():
    award = builders.issued_award()
    refused(AwardNotAccepted, award, 500, "2006-06-30 12:00")


@pytest.mark.parametrize(
    ("approved_on", "received", "effective"),
    [
        (None, "2007-04-02 11:00", False),
        ("2007-04-03", "2007-04-02 11:00", False),
        ("2007-04-03", "2007-04-02 17:00", True),  # its Exercise Date is 2007-04-03
        ("2007-04-02", "2007-04-02 11:00", True),
        ("2007-04-01", "2007-04-02 11:00", True),
    ],
)
def test_covered_employee_needs_the_shareholders_approval(approved_on, received, effective):
    on = builders.day(approved_on) if approved_on else None
    award = builders.granted_award(under=builders.agreement(shareholders_approved_on=on))
    builders.determined(award.grantee, Determination.Kind.COVERED_EMPLOYEE, "2006-01-03")

    if effective:
        assert give(award, 500, received).options == 500
    else:
        refused(NotEffectiveYet, award, 500, received)


def test_anybody_else_needs_no_approval():
    award = builders.granted_award(under=builders.agreement(shareholders_approved_on=None))

    assert give(award, 500).options == 500


def test_same_form_gives_the_same_receipt(award):
    first = give(award, 5_000, key=KEY)

    again = give(award, 5_000, "2007-04-02 11:00:05", key=KEY)
    much_later = give(award, 5_000, "2010-12-31 11:00", key=KEY, reviewed=None)

    assert (again, much_later) == (first, first)
    assert ExerciseNotice.objects.count() == 1
    assert ledger_of(award)[1:] == [("exercised", -5_000, "2007-04-02")]


def test_same_form_for_something_else_is_refused(award):
    first = give(award, 100, key=KEY)

    with pytest.raises(FormUsedAlready, match=f"This form gave {first.number} already"):
        give(award, 101, key=KEY)
    with pytest.raises(FormUsedAlready):
        give(award, 100, key=KEY, by=builders.person("another"))
    with pytest.raises(FormUsedAlready):
        give(award, 100, key=KEY, on_paper=paper())
    assert ExerciseNotice.objects.count() == 1


def test_another_form_is_another_exercise(award):
    give(award, 100, key=KEY)
    give(award, 100, key=OTHER_KEY)

    assert ledger_of(award)[1:] == [("exercised", -100, "2007-04-02"), ("exercised", -100, "2007-04-02")]


def test_notice_from_the_future_is_refused(award):
    refused(ReceivedAtImpossible, award, 500, "2007-04-02 11:00:01", on_paper=paper(), entered="2007-04-02 11:00")


def test_web_notice_is_received_when_it_is_given(award):
    seen = Reviewed(date(2007, 4, 2), PAID_2007_04_02)
    for received in ("2007-04-02 15:59", "2007-04-02 16:01:01"):
        refused(ReceivedAtImpossible, award, 5_000, received, entered="2007-04-02 16:01", reviewed=seen)


def test_paper_notice_counts_from_its_receipt(award):
    notice = give(award, 5_000, "2007-04-02 15:00", on_paper=paper(), entered="2007-04-03 09:00")

    assert (notice.exercise_date, notice.pricing.consideration) == (date(2007, 4, 2), PAID_2007_04_02)
    assert (notice.received_at, notice.recorded_at) == (moment("2007-04-02 15:00"), moment("2007-04-03 09:00"))
    assert (notice.recorded_by.username, notice.evidence) == ("staff", "Binder 7")


def test_paper_notice_without_evidence_is_refused(award):
    refused(EvidenceMissing, award, 5_000, on_paper=paper(evidence=" "))


def test_paper_notice_received_in_time_undoes_the_lapse_that_the_sweep_wrote():
    award = builders.granted_award(award_date="2005-08-01")
    write_lapses(through=date(2009, 8, 1), now=moment("2009-08-02 00:05"))

    give(award, 300, "2009-07-31 15:59:59", on_paper=paper(), entered="2009-08-03 10:00")

    assert ledger_of(award) == [
        ("granted", 1000, "2005-08-01"),
        ("lapsed_vested", -1000, "2009-08-01"),
        ("lapsed_vested", 300, "2009-07-31"),
        ("exercised", -300, "2009-07-31"),
    ]
    assert write_lapses(through=date(2009, 8, 3), now=moment("2009-08-04"))["entries"] == 0
    assert list(consistency.differences()) == []


def test_paper_notice_received_too_late_stays_lapsed():
    award = builders.granted_award(award_date="2005-08-01")
    write_lapses(through=date(2009, 8, 1), now=moment("2009-08-02 00:05"))

    refused(NoticeRefused, award, 300, "2009-07-31 16:00:01", on_paper=paper(), entered="2009-08-03 10:00")


def test_paper_notice_of_more_than_was_exercisable_then_is_refused():
    award = builders.granted_award()
    give(award, 400, "2007-07-02 11:00")  # everything has vested, 600 are left

    # On 2006-07-03 500 had vested. 400 of them are gone.
    refused_now = pytest.raises(MoreThanExercisable, match="has 100 OSOs")
    with refused_now:
        give(award, 101, "2006-07-03 11:00", on_paper=paper(), entered="2007-07-02 12:00")
    assert give(award, 100, "2006-07-03 11:00", on_paper=paper(), entered="2007-07-02 12:00").options == 100


@pytest.fixture
def worthless(award):
    """The Adjusted Price is above the Initial Price of 6.10, which is the Fair Market Value on 2007-04-02."""
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="6.10")


def test_web_notice_that_pays_nothing_is_refused(worthless):
    refused(PaysNothing, worthless, 5_000, reviewed=Reviewed(date(2007, 4, 2), Decimal("0.00")))


def test_paper_notice_that_pays_nothing_is_refused_unless_the_grantee_insists(worthless):
    refused(PaysNothing, worthless, 5_000, on_paper=paper())

    notice = give(worthless, 5_000, on_paper=paper(insists=True))

    assert (notice.insists, notice.pricing.consideration) == (True, Decimal("0.00"))
    assert ledger_of(worthless)[1:] == [("exercised", -5_000, "2007-04-02")]


def test_guardian_acts_and_the_grantee_does_not(award):
    guardian = builders.person("guardian")
    appointed = builders.appointed(guardian, award.grantee, from_on="2007-04-02", until_on="2007-04-03")

    refused(MayNotAct, award, 100)
    notice = give(award, 100, by=guardian)

    assert (notice.capacity, notice.representative) == ("guardian", appointed)


@pytest.mark.parametrize("received", ["2007-04-02 11:00", "2007-04-05 11:00"])
def test_guardian_acts_within_the_appointment_only(award, received):
    guardian = builders.person("guardian")
    builders.appointed(guardian, award.grantee, from_on="2007-04-03", until_on="2007-04-04")

    refused(MayNotAct, award, 100, received, by=guardian)


@pytest.mark.parametrize("received", ["2007-04-03 11:00", "2007-04-04 11:00"])
def test_guardian_acts_on_the_first_and_the_last_day(award, received):
    guardian = builders.person("guardian")
    builders.appointed(guardian, award.grantee, from_on="2007-04-03", until_on="2007-04-04")

    assert give(award, 100, received, by=guardian).capacity == "guardian"


@pytest.mark.parametrize("kind", [Representative.Kind.ESTATE, Representative.Kind.HEIR])
def test_after_death_the_estate_or_an_heir_acts(award, kind):
    acting = builders.person("acting")
    builders.appointed(acting, award.grantee, kind=kind)

    refused(MayNotAct, award, 100, by=acting)
    builders.died(award.grantee, "2007-03-30")
    refused(MayNotAct, award, 100, by=award.grantee.user)

    assert give(award, 100, by=acting).capacity == kind.value


def test_death_vests_the_whole_award(award):
    estate = builders.person("estate")
    builders.appointed(estate, award.grantee, kind=Representative.Kind.ESTATE)
    builders.died(award.grantee, "2007-03-30")

    assert give(award, 10_000, by=estate).pricing.consideration == Decimal("12467.61")  # 1.2467608036 × 10,000


def test_transferee_acts_for_that_award_alone(award):
    other = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    transferee = builders.person("transferee")
    builders.appointed(transferee, award.grantee, kind=Representative.Kind.TRANSFEREE, award=award)

    refused(MayNotAct, award, 100)
    refused(MayNotAct, other, 100, by=transferee)
    assert give(award, 100, by=transferee).capacity == "transferee"
    assert give(other, 100).capacity == "grantee"


def test_nobody_else_acts(award):
    refused(MayNotAct, award, 100, by=builders.person("stranger"))
    refused(MayNotAct, award, 100, by=builders.grantee("other").user)


def test_paper_notice_names_who_acts(award):
    guardian = builders.appointed(builders.person("guardian"), award.grantee, from_on="2007-04-02")

    refused(MayNotAct, award, 100, on_paper=paper())
    notice = give(award, 100, on_paper=paper(capacity=Capacity.GUARDIAN, representative=guardian))

    assert (notice.capacity, notice.representative) == ("guardian", guardian)


def test_paper_notice_of_one_who_may_not_act_is_refused(award):
    guardian = builders.appointed(builders.person("guardian"), award.grantee, until_on="2007-04-01")
    others = builders.appointed(builders.person("guardian"), builders.grantee("other"))

    for capacity, representative in [
        (Capacity.GUARDIAN, guardian),  # ended the day before
        (Capacity.GUARDIAN, others),
        (Capacity.GUARDIAN, None),
        (Capacity.ESTATE, guardian),
        (Capacity.GRANTEE, guardian),
    ]:
        refused(MayNotAct, award, 100, on_paper=paper(capacity=capacity, representative=representative))


def test_no_exercise_is_effective_before_the_period_has_a_length():
    award = builders.granted_award(award_date="2006-04-03")
    builders.determined(award.grantee, Determination.Kind.DISABILITY, "2006-04-03")  # vests everything

    reason = refused(NoticeRefused, award, 1000, "2006-04-03 15:00")

    assert reason.startswith("The Period still begins and ends on 2006-03-31: its Duration is 0.000")
    assert give(award, 1000, "2006-04-03 17:00").exercise_date == date(2006, 4, 4)


def test_notice_on_the_eve_of_a_split_keeps_its_options_and_its_amount(award, next_close):
    builders.adjusted("2007-04-03", 1, 2, decided_on="2007-03-20")
    next_close()

    notice = give(award, 5_000, "2007-04-02 17:00", reviewed=Reviewed(date(2007, 4, 3), None))
    price_waiting(now=moment("2007-04-02 17:02"))
    write_lapses(through=date(2007, 4, 2), now=moment("2007-04-03 00:05"))

    assert (notice.options, notice.pricing.consideration) == (5_000, PAID_2007_04_03)
    assert ledger_of(award)[1:] == [("exercised", -5_000, "2007-04-03"), ("adjusted", -2_500, "2007-04-03")]
    assert list(consistency.differences()) == []


def test_notice_on_the_day_of_a_split_is_of_new_options(award, next_close):
    builders.adjusted("2007-04-03", 1, 2, decided_on="2007-03-20")
    next_close()

    notice = give(award, 2_500, "2007-04-03 11:00", reviewed=Reviewed(date(2007, 4, 3), PAID_2007_04_03))

    assert notice.pricing.fmv == Decimal("12.14")
    assert ledger_of(award)[1:] == [("adjusted", -5_000, "2007-04-03"), ("exercised", -2_500, "2007-04-03")]
    assert list(consistency.differences()) == []


def test_paper_notice_from_before_a_split_that_is_written_is_for_the_committee(award):
    builders.adjusted("2007-04-03", 1, 2, decided_on="2007-03-20")

    refused(ReceivedAtImpossible, award, 100, "2007-04-02 15:00", on_paper=paper(), entered="2007-04-03 09:00")


def test_an_exercise_asks_the_database_a_fixed_number_of_times(award, django_assert_num_queries):
    """Seven statements, and BEGIN and COMMIT as a savepoint's: read once and handed on, written at once.

    SQLite is sent the notice, its entry, its pricing, the pins, two events, the receipt in the inbox and the
    balance one by one.
    """
    reviewed = Reviewed(date(2007, 4, 2), PAID_2007_04_02)
    holder = award.grantee.user

    with django_assert_num_queries(9 if connection.vendor == "postgresql" else 16):
        give(award, 5_000, by=holder, reviewed=reviewed)


WRITTEN = {
    ExerciseNotice: {"id", "award_id", "form_key", "request_digest"},
    OptionEntry: {"id", "award_id", "cause", "note"},
    AuditEvent: {"id", "subject", "after", "previous_hash", "hash"},
    Pricing: {"id", "notice_id"},
    PinnedClose: {"id", "pricing_id"},
}


def as_written(model, **of) -> list[dict[str, object]]:
    """The rows of a model, without what differs from one notice to the next."""
    rows = model.objects.filter(**of).order_by("pk").values()
    return [{name: value for name, value in row.items() if name not in WRITTEN[model]} for row in rows]


def test_an_exercise_writes_what_the_orm_would(award, monkeypatch):
    other = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    ours = give(award, 4_000)
    monkeypatch.setattr(writing, "_at_once", lambda new, changes: lambda: writing.one_by_one(new, changes))
    theirs = give(other, 4_000)

    def everything(notice):
        award = Award.objects.get(pk=notice.award_id)
        return [
            as_written(ExerciseNotice, pk=notice.pk),
            as_written(OptionEntry, award=award),
            as_written(AuditEvent, subject=f"award:{award.pk}")[-2:],
            as_written(Pricing, notice=notice),
            as_written(PinnedClose, pricing__notice=notice),
            [award.outstanding],
        ]

    assert everything(ours) == everything(theirs)
    assert [len(rows) for rows in everything(ours)] == [1, 2, 2, 1, 22, 1]
    assert list(audit.differences()) == list(consistency.differences()) == []


def test_a_lapse_that_is_due_is_written_before_a_notice_that_came_in_time(award):
    give(award, 100, "2010-03-31 11:00", on_paper=paper(), entered="2010-04-06 09:00")

    assert ledger_of(award)[1:] == [
        ("lapsed_vested", -10_000, "2010-04-01"),
        ("lapsed_vested", 100, "2010-03-31"),
        ("exercised", -100, "2010-03-31"),
    ]
