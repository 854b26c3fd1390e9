"""Each kind of damage is seen: done behind the back of the actions, the constraints' and the triggers'."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from awards.actions.lapses import write_lapses
from awards.market.models import ClosingPrice
from awards.models import Award, OptionEntry
from awards.worksheet_record import recompute
from exercises import consistency, promises
from exercises.actions import settlement as settling
from exercises.models import ExerciseNotice, PinnedClose, Pricing, Settlement, WithholdingLine
from tests import builders
from tests.exercises.given import give, moment, rate

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(award) -> ExerciseNotice:
    """5,000 OSOs exercised for 6,233.80: 3,000.00 of it in Stock, 1,558.45 withheld from the cash, and paid."""
    rate("US", "25")
    notice = give(award, 5_000)
    by, now = builders.person, moment("2007-04-10")
    chosen = settling.choose_settlement(notice=notice, stock_portion=Decimal(3000), by=by("committee"), now=now)
    settling.provide_withholding(settlement=chosen, taken_from={}, by=by("payroll"), now=now)
    settling.approve_settlement(settlement=chosen, by=by("second"), now=now)
    settling.record_payment(settlement=chosen, reference="Wire 17", by=by("payroll"), now=now)
    return notice


@pytest.fixture
def left(award: Award) -> Award:
    """Of 10,000 OSOs 5,000 had vested when the Grantee left; 4,000 of them were exercised, 1,000 lapsed in 180 days."""
    give(award, 4_000)
    builders.ceased(award.grantee, "2007-04-04")
    write_lapses(through=date(2007, 10, 1), now=moment("2007-10-02"))
    return award


@pytest.fixture
def unguarded(db: None) -> None:
    """The triggers that refuse to change what happened are out of the way until the test's end rolls back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            return
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%append_only'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


def differences(notice: ExerciseNotice) -> list[str]:
    """The lines found, with the Award's and the notice's numbers put as A and EX."""
    found = consistency.differences()
    return [line.replace(notice.award.number, "A").replace(notice.number, "EX") for line in found]


def test_nothing_is_found_where_nothing_is_wrong(paid):
    assert differences(paid) == []


def _sheet(**changes: object) -> Callable[[], object]:
    def change() -> None:
        pricing = Pricing.objects.get()
        Pricing.objects.update(worksheet=pricing.worksheet | changes)

    return change


def _pin_another_revision() -> None:
    pin = PinnedClose.objects.get(closing_price__series="stock", closing_price__trading_day=date(2007, 3, 30))
    pin.closing_price.pk, pin.closing_price.revision, pin.closing_price.close = None, 2, Decimal("6.20")
    pin.closing_price.recorded_by, pin.closing_price.approved_by = builders.proposer(), builders.approver()
    pin.closing_price.save(force_insert=True)
    PinnedClose.objects.filter(pk=pin.pk).update(closing_price=pin.closing_price.pk)


EXERCISE = OptionEntry.objects.filter(kind="exercised")

DAMAGE: dict[str, tuple[Callable[[], object], list[str]]] = {
    "an entry's OSOs": (
        lambda: EXERCISE.update(options=-4_999),
        [
            "A: ledger entry 2 does not follow from the one before it",
            "A: 5000 outstanding, and its ledger adds up to 5001",
            "EX: the ledger does not have its 5000 OSOs",
        ],
    ),
    "an entry's balance": (
        lambda: EXERCISE.update(outstanding_after=5_001),
        ["A: ledger entry 2 does not follow from the one before it"],
    ),
    "an entry's place": (
        lambda: EXERCISE.update(sequence=3),
        ["A: ledger entry 3 does not follow from the one before it"],
    ),
    "an entry gone": (
        lambda: EXERCISE._raw_delete("default"),
        [
            "A: 5000 outstanding, and its ledger adds up to 10000",
            "EX: the ledger does not have its 5000 OSOs",
        ],
    ),
    "the grant's OSOs": (
        lambda: OptionEntry.objects.filter(kind="granted").update(options=9_999, outstanding_after=9_999),
        [
            "A: ledger entry 2 does not follow from the one before it",
            "A: 5000 outstanding, and its ledger adds up to 4999",
            "A: 10000 OSOs were awarded and 9999 granted",
        ],
    ),
    "the grant gone": (
        lambda: OptionEntry.objects.filter(kind="granted")._raw_delete("default"),
        [
            "A: ledger entry 2 does not follow from the one before it",
            "A: 5000 outstanding, and its ledger adds up to -5000",
            "A: 10000 OSOs were awarded and 0 granted",
        ],
    ),
    "an exercise of no notice": (
        lambda: EXERCISE.update(cause="exercise/0"),
        ["EX: the ledger does not have its 5000 OSOs", "ledger entry exercise/0: there is no such notice"],
    ),
    "an exercise of nothing": (
        lambda: EXERCISE.update(cause="because"),
        [
            "A: ledger entry 2 is an exercise without a notice",
            "EX: the ledger does not have its 5000 OSOs",
            "ledger entry because: there is no such notice",
        ],
    ),
    "the Award's balance": (
        lambda: Award.objects.update(outstanding=5_001),
        ["A: 5001 outstanding, and its ledger adds up to 5000"],
    ),
    "the Award's balance as granted": (
        lambda: Award.objects.update(outstanding=10_000),
        ["A: 10000 outstanding, and its ledger adds up to 5000"],
    ),
    "the Award's OSOs": (
        lambda: Award.objects.update(options=10_001),
        ["A: 10001 OSOs were awarded and 10000 granted"],
    ),
    "the day of the sweep": (
        lambda: Award.objects.update(next_lapse_on=date(2010, 4, 2)),
        ["A: the sweep would look on 2010-04-02, and nothing lapses then"],
    ),
    "no day of the sweep": (
        lambda: Award.objects.update(next_lapse_on=None),
        ["A: no day is set for the sweep to look at it"],
    ),
    "the Award's Initial Price": (
        lambda: Award.objects.update(initial_price=Decimal("5.17")),
        ["EX: it used an Initial Price of 5.180000, the Award's is 5.170000"],
    ),
    "a notice's OSOs": (
        lambda: ExerciseNotice.objects.update(options=5_001),
        ["EX: the ledger does not have its 5001 OSOs", "EX: its worksheet is of 5000 OSOs, not of 5001"],
    ),
    "a notice's Exercise Date": (
        lambda: ExerciseNotice.objects.update(exercise_date=date(2007, 4, 3)),
        ["EX: its worksheet is of other dates"],
    ),
    "a worksheet's amount": (
        _sheet(consideration="6233.81"),
        ["EX: consideration recomputes differently", "EX: its consideration is 6233.80, its worksheet says 6233.81"],
    ),
    "a worksheet's step": (_sheet(outperform="8.5"), ["EX: outperform recomputes differently"]),
    "a worksheet without a step": (
        lambda: Pricing.objects.update(worksheet={}),
        [
            "EX: its worksheet cannot be recomputed: KeyError 'closes'",
            "EX: its settlement cannot be recomputed: 'fmv'",
        ],
    ),
    "a worksheet that is none": (
        lambda: Pricing.objects.update(worksheet=[]),
        [
            "EX: its worksheet cannot be recomputed: TypeError unsupported operand type(s) for |: 'list' and 'dict'",
            "EX: its settlement cannot be recomputed: list indices must be integers or slices, not str",
        ],
    ),
    "a worksheet of no numbers": (
        _sheet(initial_price="much"),
        ["EX: its worksheet cannot be recomputed: InvalidOperation [<class 'decimal.ConversionSyntax'>]"],
    ),
    "the promise": (
        lambda: Pricing.objects.update(consideration=Decimal("6233.90")),
        [
            "EX: its consideration is 6233.90, its worksheet says 6233.80",
            "EX: its split into cash and Stock recomputes differently",
            "EX: income tax of 1558.45 was withheld, 1558.48 is due",
            "EX: its net cash of 1680.25 recomputes as 1680.35",
        ],
    ),
    "the FMV": (
        lambda: Pricing.objects.update(fmv=Decimal("6.11")),
        ["EX: its fmv is 6.110000, its worksheet says 6.100000"],
    ),
    "the Multiplier": (
        lambda: Pricing.objects.update(multiplier=Decimal("3.108")),
        ["EX: its multiplier is 3.108, its worksheet says 3.107"],
    ),
    "a pinned close": (
        lambda: ClosingPrice.objects.filter(series="sp500", trading_day=date(2007, 3, 30)).update(close=F("close") + 1),
        ["EX: the sp500 close of 2007-03-30 that is pinned is not the one it used"],
    ),
    "a pin": (_pin_another_revision, ["EX: the stock close of 2007-03-30 that is pinned is not the one it used"]),
    "a pin gone": (
        lambda: PinnedClose.objects.filter(
            closing_price__series="stock", closing_price__trading_day=date(2006, 3, 31)
        ).delete(),
        ["EX: the stock close of 2006-03-31 that is pinned is not the one it used"],
    ),
    "the split": (
        lambda: Settlement.objects.update(cash=F("cash") + 1),
        ["EX: its split into cash and Stock recomputes differently"],
    ),
    "the Stock portion": (
        lambda: Settlement.objects.update(stock_portion=Decimal("6233.81")),
        [
            "EX: its settlement cannot be recomputed: "
            "A Stock portion of 6233.81 is more than the consideration of 6233.80."
        ],
    ),
    "what is paid": (
        lambda: Settlement.objects.update(net_cash=F("net_cash") + 1),
        ["EX: its net cash of 1681.25 recomputes as 1680.25"],
    ),
    "what is delivered": (
        lambda: Settlement.objects.update(net_shares=492),
        ["EX: its net shares of 492 recomputes as 491"],
    ),
    "what is withheld": (
        lambda: WithholdingLine.objects.update(amount=F("amount") - 1),
        [
            "EX: income tax of 1557.45 was withheld, 1558.45 is due",
            "EX: its cash withheld of 1558.45 recomputes as 1557.45",
            "EX: its net cash of 1680.25 recomputes as 1681.25",
        ],
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_found(paid, unguarded, what):
    damage, expected = DAMAGE[what]

    damage()

    assert differences(paid) == expected


def test_exercise_in_the_ledger_of_another_award_is_found(paid, unguarded):
    other = builders.granted_award(options=10_000)
    EXERCISE.update(award=other)

    assert differences(paid) == [
        "A: 5000 outstanding, and its ledger adds up to 10000",
        f"{other.number}: 10000 outstanding, and its ledger adds up to 5000",
        "EX: the ledger does not have its 5000 OSOs",
        f"ledger entry exercise/{paid.pk}: there is no such notice",
    ]


@pytest.fixture
def three(award: Award, paid: ExerciseNotice) -> list[ExerciseNotice]:
    """One OSO pays 1.24676."""
    terms = {"award_date": "2006-04-01", "initial_price": "5.18"}
    return [give(builders.granted_award(**terms), options) for options in (100, 200, 300)]


@pytest.mark.parametrize(("which", "pays", "wrong"), [(0, "124.68", "124.67"), (2, "374.03", "374.04")])
def test_one_amount_among_many_of_the_same_terms_is_found(three, paid, unguarded, which, pays, wrong):
    notice = three[which]
    pricing = Pricing.objects.get(notice=notice)
    assert (differences(paid), pricing.consideration) == ([], Decimal(pays))

    sheet = pricing.worksheet | {"consideration": wrong}
    Pricing.objects.filter(notice=notice).update(consideration=Decimal(wrong), worksheet=sheet)

    assert differences(paid) == [f"{notice.number}: consideration recomputes differently"]


def test_rules_are_asked_once_for_exercises_of_the_same_terms(three, paid, monkeypatch):
    asked = []
    monkeypatch.setattr(promises, "recompute", lambda sheet: asked.append(sheet) or recompute(sheet))

    assert differences(paid) == []

    assert len(asked) == 1


def test_lapse_that_is_not_by_the_rules_is_found(award, paid, unguarded):
    builders.ceased(award.grantee, "2007-04-04")  # 5,000 unvested lapse
    write_lapses(through=date(2007, 4, 4), now=moment("2007-04-05"))
    assert differences(paid) == []

    OptionEntry.objects.filter(kind="lapsed_unvested").update(kind="lapsed_vested")

    assert differences(paid) == [
        "A: by the rules its ledger lacks +5000 lapsed_vested on 2007-04-04",
        "A: by the rules its ledger lacks -5000 lapsed_unvested on 2007-04-04",
    ]


LAPSES = OptionEntry.objects.filter(kind__startswith="lapsed")
LAPSED: dict[str, tuple[Callable[[], object], list[str]]] = {
    "the day of the unvested": (
        lambda: LAPSES.filter(kind="lapsed_unvested").update(effective_on=date(2007, 4, 5)),
        [
            "A: by the rules its ledger lacks +5000 lapsed_unvested on 2007-04-05",
            "A: by the rules its ledger lacks -5000 lapsed_unvested on 2007-04-04",
        ],
    ),
    "the day of the vested": (
        lambda: LAPSES.filter(kind="lapsed_vested").update(effective_on=date(2007, 10, 2)),
        [
            "A: by the rules its ledger lacks +1000 lapsed_vested on 2007-10-02",
            "A: by the rules its ledger lacks -1000 lapsed_vested on 2007-10-01",
        ],
    ),
    "how many of each": (
        lambda: [
            LAPSES.filter(kind="lapsed_unvested").update(options=-4_999, outstanding_after=1_001),
            LAPSES.filter(kind="lapsed_vested").update(options=-1_001),
        ],
        [
            "A: by the rules its ledger lacks +1 lapsed_vested on 2007-10-01",
            "A: by the rules its ledger lacks -1 lapsed_unvested on 2007-04-04",
        ],
    ),
    "the vested as unvested": (
        lambda: LAPSES.filter(kind="lapsed_vested").update(kind="lapsed_unvested"),
        [
            "A: by the rules its ledger lacks +6000 lapsed_unvested on 2007-10-01",
            "A: by the rules its ledger lacks -5000 lapsed_unvested on 2007-04-04",
            "A: by the rules its ledger lacks -1000 lapsed_vested on 2007-10-01",
        ],
    ),
    "both as vested": (
        lambda: LAPSES.filter(kind="lapsed_unvested").update(kind="lapsed_vested"),
        [
            "A: by the rules its ledger lacks +5000 lapsed_vested on 2007-10-01",
            "A: by the rules its ledger lacks -5000 lapsed_unvested on 2007-04-04",
        ],
    ),
    "the balance between": (
        lambda: LAPSES.filter(kind="lapsed_unvested").update(outstanding_after=1_001),
        ["A: ledger entry 3 does not follow from the one before it"],
    ),
    "the vested gone": (
        lambda: LAPSES.filter(kind="lapsed_vested")._raw_delete("default"),
        ["A: 0 outstanding, and its ledger adds up to 1000"],
    ),
}


@pytest.mark.parametrize("what", LAPSED)
def test_damage_to_lapses_is_found(left, unguarded, what):
    damage, expected = LAPSED[what]
    assert list(consistency.differences()) == []

    damage()

    assert [line.replace(left.number, "A") for line in consistency.differences()] == expected


def test_command_exits_with_an_error_on_any_difference(paid, capsys):
    call_command("check_consistency")
    assert capsys.readouterr() == ("Everything adds up.\n", "")

    Award.objects.update(outstanding=4_999)
    with pytest.raises(CommandError, match=r"^1 difference\.$"):
        call_command("check_consistency")

    line = f"{paid.award.number}: 4999 outstanding, and its ledger adds up to 5000\n"
    assert capsys.readouterr() == ("", line)


@pytest.mark.parametrize("count", [1, 3])
def test_check_asks_as_much_for_many_as_for_one(award, django_assert_num_queries, count):
    for _ in range(count):
        give(award, 100)
        give(builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18"), 100)

    with django_assert_num_queries(17):
        assert list(consistency.differences()) == []
