"""Whatever happens to an Award, and whether any job runs: nothing is lost, nothing is made, and the rules decide.

Histories of random facts, determinations, reversals, splits, OSOs that leave, and sweeps, each told twice: with the
sweep after every step, and without. At every step both must stand alike, and every ledger must add up.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from awards.actions import lapses, ledger
from awards.actions.refusal import Refused
from awards.market.calendar import trading_calendar
from awards.models import Award, CapitalAdjustment, Determination, EmploymentFact, Grantee, OptionEntry
from awards.queries import holdings
from exercises import consistency
from tests import builders

pytestmark = pytest.mark.django_db
Kind = Determination.Kind
FIRST = date(2006, 1, 2)
ONE_DAY = timedelta(days=1)
RATIOS = [(1, 15), (2, 1), (3, 2), (1, 2)]


class History:
    """One Grantee's Awards, and the days as they pass. Steps that the portal refuses do not happen."""

    def __init__(self, *, sweeps: bool) -> None:
        self.sweeps, self.today, self.taken = sweeps, FIRST, 0
        self.holder = builders.grantee(f"holder{sweeps}")
        self.grant(37)

    def grant(self, options: int) -> None:
        builders.granted_award(self.holder, options=options, award_date=self.today)

    def cease(self, days_ago: int) -> None:
        builders.ceased(self.holder, self.today - timedelta(days=days_ago), recorded_on=self.today)

    def die(self, days_ago: int) -> None:
        builders.died(self.holder, self.today - timedelta(days=days_ago), recorded_on=self.today)

    def disable(self, days_ago: int) -> None:
        on = self.today - timedelta(days=days_ago)
        builders.determined(self.holder, Kind.DISABILITY, on, decided_on=self.today)

    def determine_of_leaving(self, number: int) -> None:
        left = EmploymentFact.objects.filter(grantee=self.holder, kind="ceased").order_by("pk").last()
        if left is not None:
            kind = (Kind.RETIREMENT, Kind.CAUSE)[number % 2]
            builders.determined(self.holder, kind, left.occurred_on, decided_on=self.today)

    def reverse_fact(self, number: int) -> None:
        facts = list(EmploymentFact.objects.filter(grantee=self.holder).order_by("pk"))
        if facts:
            builders.reversed_fact(facts[number % len(facts)], on=self.today)

    def reverse_determination(self, number: int) -> None:
        rows = list(Determination.objects.filter(grantee=self.holder).order_by("pk"))
        if rows:
            row = rows[number % len(rows)]
            builders.determined(self.holder, Kind(row.kind), row.occurred_on, reverses=row, decided_on=self.today)

    def split(self, number: int) -> None:
        on = trading_calendar().next_trading_day(self.today + timedelta(days=number))
        # Both tellings share the table of adjustments: the second finds the first one's.
        if not CapitalAdjustment.objects.filter(effective_on=on).exists():
            builders.adjusted(on, *RATIOS[number % len(RATIOS)], decided_on=self.today)

    def take(self, number: int) -> None:
        """OSOs that are exercisable leave, by a transfer: an exercise would need its notice."""
        for award in self.awards():
            with transaction.atomic():
                held = ledger.locked(award)
                lapses.bring_up_to_date(held, through=self.today - ONE_DAY, now=builders.instant(self.today))
                exercisable = self.stand()[list(self.awards()).index(award)][1]
                if exercisable:
                    self.taken += 1
                    options = -(1 + number % exercisable)
                    self.append(held, options)

    def append(self, award: Award, options: int) -> None:
        ledger.append(
            award,
            kind=OptionEntry.Kind.TRANSFERRED,
            options=options,
            effective_on=self.today,
            cause=f"transfer/{self.taken}",
            now=builders.instant(self.today),
        )

    def sweep(self, _: int) -> None:
        lapses.write_lapses(through=self.today - ONE_DAY, now=builders.instant(self.today))

    def wait(self, days: int) -> None:
        self.today += timedelta(days=9 * days)

    def awards(self) -> Any:
        return Award.objects.filter(grantee=self.holder).order_by("pk")

    def stand(self) -> list[tuple[int, int]]:
        found = holdings(self.awards(), on=self.today, calendar=trading_calendar())
        return [(row.standing.unvested, row.standing.exercisable) for row in found]

    def step(self, name: str, number: int) -> None:
        self.today += ONE_DAY
        try:
            with transaction.atomic():
                getattr(self, name)(number)
        except Refused:
            pass
        if self.sweeps and name != "sweep":
            self.sweep(0)

    def require_laws(self) -> None:
        for award in self.awards():
            entries = list(award.entries.order_by("sequence"))
            assert sum(entry.options for entry in entries) == award.outstanding >= 0
            assert all(entry.outstanding_after >= 0 for entry in entries)
        for unvested, exercisable in self.stand():
            assert unvested >= 0
            assert exercisable >= 0

    def require_swept(self) -> None:
        """After a sweep the ledger holds what the rules say of the day before, and a second one writes nothing."""
        self.today += ONE_DAY
        self.sweep(0)
        found = holdings(self.awards(), on=self.today - ONE_DAY, calendar=trading_calendar())
        held = [ledger.position_of(row.award).outstanding for row in found]
        adjusted_today = CapitalAdjustment.objects.filter(effective_on=self.today).exists()
        over = [row.standing.lapse.lapses_on < self.today for row in found]
        stand = [
            row.standing.unvested + (0 if gone else row.standing.exercisable)
            for row, gone in zip(found, over, strict=True)
        ]
        assert adjusted_today or held == stand
        for award in self.awards():
            changes = lapses.unwritten_lapses(
                award, ledger.position_of(award), lapses.approved_adjustments(), through=self.today - ONE_DAY
            )
            assert changes == []


STEPS = [
    "grant",
    "cease",
    "die",
    "disable",
    "determine_of_leaving",
    "reverse_fact",
    "reverse_determination",
    "split",
    "take",
    "wait",
    "wait",
    "sweep",
]
histories = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(1, 60)), min_size=1, max_size=14)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def tell(steps: list[tuple[str, int]]) -> None:
    with undone():
        swept, unswept = History(sweeps=True), History(sweeps=False)
        for name, number in steps:
            for history in (swept, unswept):
                history.step(name, number)
                history.require_laws()
            assert swept.stand() == unswept.stand()
        for history in (swept, unswept):
            history.require_swept()
        assert list(consistency.differences()) == []


Test = Callable[..., None]


def told(examples: int) -> Callable[[Test], Test]:
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return lambda test: settings(max_examples=examples, suppress_health_check=quiet)(given(steps=histories)(test))


@told(25)
def test_any_history_adds_up(steps: list[tuple[str, int]]) -> None:
    tell(steps)


@pytest.mark.soak
@told(1000)
def test_many_histories_add_up(steps: list[tuple[str, int]]) -> None:
    tell(steps)


def test_grantee_is_one_of_two() -> None:
    with undone():
        assert History(sweeps=True).holder != History(sweeps=False).holder
        assert Grantee.objects.count() == 2
