"""Random histories against a model of its own: what vests, lapses, splits and is exercised, day by day.

Nothing of the portal is asked for an expected value here: months, holidays, rounding and lapse dates are written again.
"""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from awards.actions.lapses import write_lapses
from awards.market.calendar import trading_calendar
from awards.models import Award, Determination
from awards.queries import holdings
from exercises import consistency
from exercises.actions.notice import MoreThanExercisable, NoticeRefused
from exercises.actions.reviewed import Reviewed
from tests import builders
from tests.exercises.given import give, moment

DAY = timedelta(days=1)
HOLIDAYS = {
    date.fromisoformat(f"{year}-{day}")
    for year, days in {
        2005: "07-04 09-05 11-24 12-26",
        2006: "01-02 01-16 02-20 04-14 05-29 07-04 09-04 11-23 12-25",
        2007: "01-01 01-02 01-15 02-19 04-06 05-28 07-04 09-03 11-22 12-25",
        2008: "01-01 01-21 02-18 03-21 05-26 07-04 09-01 11-27 12-25",
        2009: "01-01 01-19 02-16 04-10 05-25 07-03 09-07 11-26 12-25",
        2010: "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24",
        2011: "01-17 02-21 04-22 05-30 07-04 09-05 11-24 12-26",
    }.items()
    for day in days.split()
}
END = date(2011, 12, 1)


def trades(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass
class Person:
    """What has happened to one holder, as the portal was told."""

    left_on: date | None = None
    left: str = ""
    died_on: date | None = None
    disabled_on: date | None = None
    fact: Any = None

    @property
    def ended_on(self) -> date | None:
        return self.left_on or self.died_on

    def accelerated_on(self) -> date | None:
        retired_on = self.left_on if self.left == "retired" else None
        days = [day for day in (self.died_on, self.disabled_on, retired_on) if day]
        return min((day for day in days if self.ended_on is None or day <= self.ended_on), default=None)


@dataclass
class Model:
    """One Award: replayed from the grant each time it is asked."""

    holder: Person
    granted_on: date
    options: int
    splits: list[tuple[date, int, int]]
    exercises: list[tuple[date, int]] = field(default_factory=list)

    def tranches(self) -> list[tuple[date, int]]:
        left, rows = self.options, []
        for eighths, months in ((4, 12), (1, 15), (1, 18), (1, 21)):
            vesting = min((self.options * eighths + 4) // 8, left)
            left -= vesting
            rows.append((months_later(self.granted_on, months) - DAY, vesting))
        return [*rows, (months_later(self.granted_on, 24) - DAY, left)]

    def lapses_on(self) -> date:
        days = [months_later(self.granted_on, 48)]
        days += [months_later(day, 12) for day in (self.holder.died_on, self.holder.disabled_on) if day]
        if self.holder.left_on:
            days.append(self.holder.left_on + timedelta(days=0 if self.holder.left == "cause" else 180))
        return min(days)

    def boundaries(self) -> list[date]:
        return [*(day for day, _ in self.tranches()), self.lapses_on()]

    def on_basis(self, options: int, day: date) -> int:
        for effective_on, new, old in sorted(self.splits):
            if self.granted_on < effective_on <= day:
                options = options * new // old
        return options

    def unvested(self, day: date) -> int:
        """In OSOs of the day; none once employment has ended and the day is over."""
        accelerated, ended = self.holder.accelerated_on(), self.holder.ended_on
        if accelerated and accelerated <= day:
            return 0
        until = min(day, ended) if ended else day
        return self.on_basis(sum(options for on, options in self.tranches() if on > until), day)

    def total(self, until: date) -> int:
        """What is left on the day `until`, after its split and its exercises, before its end."""
        total, lapse, ended = self.options, self.lapses_on(), self.holder.ended_on
        days = {on for on, _, _ in self.splits} | {on for on, _ in self.exercises} | {lapse, ended or lapse, until}
        for day in sorted(day for day in days if self.granted_on <= day <= until):
            for on, new, old in self.splits:
                if on == day > self.granted_on:
                    total = total * new // old
            total -= sum(options for on, options in self.exercises if on == day)
            if day < until and day == ended:
                total -= self.still_unvested(total, day)
            if day < until and day == lapse:
                total = 0 if ended and ended <= day else self.still_unvested(total, day)
        return total

    def still_unvested(self, total: int, day: date) -> int:
        return min(self.unvested(day), total)

    def balances(self, day: date) -> tuple[int, int, int]:
        """Unvested, which lapses by the end of the day when employment ends; exercisable; and left on that day."""
        total, ended, lapse = self.total(day), self.holder.ended_on, self.lapses_on()
        unvested = 0 if ended and ended < day else self.still_unvested(total, day)
        ends = ended is not None and ended <= day
        is_over = day >= lapse if self.holder.left == "cause" and lapse == self.holder.left_on else day > lapse
        return 0 if ends else unvested, 0 if is_over else total - unvested, total

    def refusal(self, options: int, day: date) -> type[Exception] | None:
        on = day
        while not trades(on):
            on += DAY
        last = self.lapses_on()
        if self.holder.left == "cause" and last == self.holder.left_on:
            last -= DAY
        while not trades(last):
            last -= DAY
        if on > last:
            return NoticeRefused
        exercisable = self.balances(day)[1]
        if exercisable and on == self._first_trading_day():
            return NoticeRefused  # the Period has no length yet (I9)
        return None if 1 <= options <= exercisable else MoreThanExercisable

    def _first_trading_day(self) -> date:
        day = self.granted_on
        while not trades(day):
            day += DAY
        return day


class History(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.day = date(2005, 7, 1)
        self.people: dict[str, Person] = {}
        self.splits: list[tuple[date, int, int]] = []
        self.awards: list[tuple[Award, Model]] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize(options=st.integers(1, 2000))
    def begin(self, options: int) -> None:
        self.grant(options, "ada")

    @precondition(lambda self: len(self.awards) < 4 and self.day < date(2007, 6, 1))
    @rule(options=st.one_of(st.integers(1, 12), st.integers(1, 3000)), name=st.sampled_from(["ada", "ben"]))
    def grant(self, options: int, name: str) -> None:
        holder = self.people.setdefault(name, Person())
        if holder.ended_on is None and holder.disabled_on is None:
            award = builders.granted_award(builders.grantee(name), options=options, award_date=self.day)
            self.awards.append((award, Model(holder, self.day, options, self.splits)))

    @rule(days=st.one_of(st.integers(1, 10), st.integers(1, 200)))
    def move(self, days: int) -> None:
        self.day = min(self.day + timedelta(days=days), END)

    @rule(which=st.integers(0, 30), offset=st.sampled_from([-1, 0, 1]))
    def move_to_a_boundary(self, which: int, offset: int) -> None:
        days = {day + offset * DAY for _, model in self.awards for day in model.boundaries()}
        ahead = sorted(day for day in days if self.day < day < END)
        if ahead:
            self.day = ahead[which % len(ahead)]

    @rule(which=st.integers(0, 3), part=st.one_of(st.sampled_from([0, 1]), st.integers(0, 3000)), over=st.booleans())
    def exercise(self, which: int, part: int, over: bool) -> None:
        award, model = self.awards[which % len(self.awards)]
        exercisable = model.balances(self.day)[1]
        options = exercisable + 1 if over else min(part or exercisable, exercisable)
        on = self.day
        while not trades(on):
            on += DAY
        expected = model.refusal(options, self.day)
        if expected is None:
            give(award, options, f"{self.day} 10:00", reviewed=Reviewed(on, None), by=self._who(award, model))
            model.exercises.append((self.day, options))
            return
        with pytest.raises(expected):
            give(award, options, f"{self.day} 10:00", reviewed=Reviewed(on, None), by=self._who(award, model))

    def _who(self, award: Award, model: Model) -> Any:
        """After a death the estate's representative, appointed when first needed."""
        if model.holder.died_on is None:
            return award.grantee.user
        estate = builders.person(f"estate-{award.grantee.employee_number}")
        if not award.grantee.representatives.exists():
            builders.appointed(estate, award.grantee, kind="estate")
        return estate

    @rule(late=st.integers(0, 40))
    def sweep(self, late: int) -> None:
        write_lapses(through=self.day - (1 + late) * DAY, now=moment(f"{self.day} 00:05"))

    @rule(name=st.sampled_from(["ada", "ben"]), how=st.sampled_from(["other", "retired", "cause"]))
    def leave(self, name: str, how: str) -> None:
        holder = self.people.get(name)
        if holder is None or holder.ended_on or holder.disabled_on == self.day:
            return
        grantee = builders.grantee(name)
        holder.fact = builders.ceased(grantee, self.day)
        holder.left_on, holder.left = self.day, how
        kinds = {"retired": Determination.Kind.RETIREMENT, "cause": Determination.Kind.CAUSE}
        if how in kinds:
            builders.determined(grantee, kinds[how], self.day)

    @rule(name=st.sampled_from(["ada", "ben"]), in_days=st.integers(1, 60))
    def resign(self, name: str, in_days: int) -> None:
        holder = self.people.get(name)
        if holder is not None and holder.ended_on is None:
            on = self.day + timedelta(days=in_days)
            holder.fact = builders.ceased(builders.grantee(name), on, recorded_on=self.day)
            holder.left_on, holder.left = on, "other"

    @rule(name=st.sampled_from(["ada", "ben"]))
    def die(self, name: str) -> None:
        holder = self.people.get(name)
        if holder is None or holder.died_on or (holder.left_on and holder.left_on >= self.day):
            return
        fact = builders.died(builders.grantee(name), self.day)
        holder.died_on = self.day
        holder.fact = holder.fact or fact

    @rule(name=st.sampled_from(["ada", "ben"]))
    def disable(self, name: str) -> None:
        holder = self.people.get(name)
        if holder is not None and holder.ended_on is None and holder.disabled_on is None:
            builders.determined(builders.grantee(name), Determination.Kind.DISABILITY, self.day)
            holder.disabled_on = self.day

    @rule(name=st.sampled_from(["ada", "ben"]))
    def come_back(self, name: str) -> None:
        """A cessation that was recorded by mistake is reversed, if nothing else rests on it."""
        holder = self.people.get(name)
        if holder is None or holder.left != "other" or holder.died_on:
            return
        builders.reversed_fact(holder.fact, on=self.day)
        holder.left_on, holder.left, holder.fact = None, "", None

    @rule(ratio=st.sampled_from([(2, 1), (3, 2), (1, 2), (1, 15)]), in_days=st.integers(1, 40))
    def split(self, ratio: tuple[int, int], in_days: int) -> None:
        on = self.day + timedelta(days=in_days)
        while not trades(on):
            on += DAY
        if len(self.splits) < 3 and on not in {day for day, _, _ in self.splits}:
            builders.adjusted(on, *ratio, decided_on=self.day)
            self.splits.append((on, *ratio))

    @invariant()
    def everything_adds_up(self) -> None:
        assert list(consistency.differences()) == []

    @invariant()
    def pages_say_what_the_model_says(self) -> None:
        assert self._shown() == [model.balances(self.day)[:2] for _, model in self.awards]

    @invariant()
    def sweep_changes_the_ledger_and_no_answer(self) -> None:
        with transaction.atomic():
            write_lapses(through=self.day - DAY, now=moment(f"{self.day} 00:05"))
            assert self._shown() == [model.balances(self.day)[:2] for _, model in self.awards]
            outstanding = Award.objects.order_by("pk").values_list("outstanding", flat=True)
            assert list(outstanding) == [model.balances(self.day)[2] for _, model in self.awards]
            assert list(consistency.differences()) == []
            transaction.set_rollback(True)

    def _shown(self) -> list[tuple[int, int]]:
        found = holdings(Award.objects.all(), on=self.day, calendar=trading_calendar())
        in_order = sorted(found, key=lambda holding: holding.award.pk)
        return [(holding.standing.unvested, holding.standing.exercisable) for holding in in_order]


def _check(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_history_agrees_with_the_model():
    _check(examples=10, steps=20)


@pytest.mark.soak
@pytest.mark.django_db
def test_long_histories_agree_with_the_model():
    _check(examples=100, steps=40)


def test_holidays_are_the_exchanges(db):
    """The model's own list covers the years of its histories."""
    days = [date(2005, 7, 1) + timedelta(days=number) for number in range((END - date(2005, 7, 1)).days)]
    exchange = trading_calendar()
    assert [day for day in days if exchange.is_trading_day(day) != trades(day)] == []
