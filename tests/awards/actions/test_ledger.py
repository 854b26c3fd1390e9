"""The ledger adds up, whoever appends to it."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from awards.actions import ledger
from awards.models import Award, OptionEntry
from tests import builders as given

pytestmark = pytest.mark.django_db
Kind = OptionEntry.Kind
NOW = given.instant("2007-01-31")


@pytest.fixture
def award() -> Award:
    return given.granted_award(options=100)


def append(award: Award, options: int, kind: Kind = Kind.CANCELLED, cause: str = "test", on: str = "2007-01-31") -> Any:
    return ledger.append(award, kind=kind, options=options, effective_on=given.day(on), cause=cause, now=NOW)


@pytest.mark.parametrize(("taken", "left"), [(99, 1), (100, 0)])
def test_takes_out_what_is_there(award: Award, taken: int, left: int) -> None:
    entry = append(award, -taken)
    award.refresh_from_db()
    assert (entry.sequence, entry.outstanding_after, award.outstanding) == (2, left, left)


def test_refuses_more_than_is_there(award: Award) -> None:
    with pytest.raises(ledger.NotEnoughOptions, match=r"^101 OSOs would be taken out of A-[0-9]{6}, and it holds 100"):
        append(award, -101)
    assert given.ledger_of(award) == [("granted", 100, "2005-07-01")]


def test_refuses_a_second_entry_for_one_cause(award: Award) -> None:
    append(award, -1)
    with pytest.raises(IntegrityError), transaction.atomic():
        append(award, -1)
    assert append(award, -1, cause="another").outstanding_after == 98


def test_row_read_before_the_lock_does_not_spoil_the_sum(award: Award) -> None:
    stale = Award.objects.get(pk=award.pk)
    append(award, -60)
    with pytest.raises(ledger.NotEnoughOptions):
        append(stale, -60, cause="another")
    assert append(stale, -40, cause="another").outstanding_after == 0


@pytest.mark.django_db(transaction=True)
def test_locked_only_inside_a_transaction(award: Award) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        ledger.locked(award)
    with transaction.atomic():
        assert ledger.locked(award) == award


def test_position_folds_lapses_of_the_last_basis(award: Award) -> None:
    append(award, -10, Kind.EXERCISED, cause="exercise/1")
    append(award, -20, Kind.LAPSED_UNVESTED, cause="u", on="2007-02-01")
    append(award, -30, Kind.LAPSED_VESTED, cause="v", on="2007-07-01")
    append(award, 5, Kind.LAPSED_VESTED, cause="v back", on="2007-07-01")
    held = ledger.position_of(award)
    assert (held.outstanding, held.lapsed_unvested, held.lapsed_vested, held.unlapsed) == (45, 20, 25, 90)
    assert (held.unvested_lapsed_on, held.vested_lapsed_on) == (given.day("2007-02-01"), given.day("2007-07-01"))
    append(award, 45, Kind.ADJUSTED, cause="adjustment/1", on="2007-08-01")
    held = ledger.position_of(award)
    assert (held.outstanding, held.unlapsed, held.adjusted_on) == (90, 90, given.day("2007-08-01"))
    assert held.before is not None
    assert (held.before.unlapsed, held.adjusted_to) == (90, 90)


@pytest.mark.parametrize(
    ("kind", "effective_on", "recorded_on", "on", "counts"),
    [
        ("exercised", "2007-04-03", "2007-04-02", "2007-04-01", False),
        ("exercised", "2007-04-03", "2007-04-02", "2007-04-02", True),
        ("exercised", "2007-04-02", "2007-04-05", "2007-04-02", True),
        ("exercised", "2007-04-02", "2007-04-05", "2007-04-01", False),
        ("adjusted", "2007-04-03", "2007-04-02", "2007-04-02", False),
        ("adjusted", "2007-04-03", "2007-04-02", "2007-04-03", True),
    ],
)
def test_entry_counts_from_its_day_or_its_writing(
    kind: str, effective_on: str, recorded_on: str, on: str, counts: bool
) -> None:
    entry = OptionEntry(kind=kind, effective_on=given.day(effective_on), recorded_at=given.instant(recorded_on))
    assert ledger.counts_on(entry, given.day(on)) is counts


def test_exercises_in_a_row_are_one_line_and_what_is_between_keeps_its_place(award: Award) -> None:
    append(award, -10, Kind.EXERCISED, "exercise/1", "2007-01-03")
    append(award, -15, Kind.EXERCISED, "exercise/2", "2007-01-05")
    append(award, -25, Kind.ADJUSTED, "adjustment/1", "2007-01-08")
    append(award, -5, Kind.EXERCISED, "exercise/3", "2007-01-09")
    append(award, -7, Kind.LAPSED_UNVESTED, "lapsed_unvested/6", "2007-01-10")

    lines = ledger.lines_of(award)()

    told = [(line.sequence, line.kind, line.options, line.outstanding_after, str(line.effective_on)) for line in lines]
    assert told == [
        (1, "granted", 100, 100, "2005-07-01"),
        (3, "exercised", -25, 75, "2007-01-08"),
        (4, "adjusted", -25, 50, "2007-01-08"),
        (5, "exercised", -5, 45, "2007-01-10"),
        (6, "lapsed_unvested", -7, 38, "2007-01-10"),
    ]
    every = ledger.position(award.entries.order_by("sequence"))
    held = ledger.position(lines)
    assert (held.outstanding, held.lapsed_unvested, held.unlapsed, held.adjusted_to) == (38, 7, 45, 50)
    assert held._replace(causes=every.causes, before=every.before) == every
    assert held.causes >= {cause for cause in every.causes if not cause.startswith("exercise/")}


def test_exercises_at_the_end_are_one_line_with_the_day_of_the_last(award: Award) -> None:
    append(award, -10, Kind.EXERCISED, "exercise/1", "2007-01-03")
    append(award, -15, Kind.EXERCISED, "exercise/2", "2007-01-05")

    *_, last = ledger.lines_of(award)()

    assert last == ledger.Line(3, "exercised", -25, 75, given.day("2007-01-05"), "exercise/2")
