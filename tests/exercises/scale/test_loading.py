"""The large company is a lawful one: at a small size here, and whatever its size the statements are the same."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from awards.actions import audit
from awards.actions.lapses import write_lapses
from awards.models import Award, EmploymentFact, Grantee, OptionEntry
from exercises import consistency
from exercises.models import ExerciseNotice
from exercises.scale.loading import NotEmpty, load
from tests import builders

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)


def test_company_adds_up_and_has_something_of_everything():
    load(grantees=400, awards=2_000, seed=7, now=NOW)

    assert list(consistency.differences()) == []
    assert list(audit.differences()) == []
    kinds = set(OptionEntry.objects.values_list("kind", flat=True))
    assert kinds == {"granted", "exercised", "lapsed_unvested", "lapsed_vested"}
    assert (Grantee.objects.count(), Award.objects.count()) == (400, 2_000)
    assert EmploymentFact.objects.count() > 20
    assert ExerciseNotice.objects.filter(pricing__consideration__gt=0).count() > 10
    assert write_lapses(through=NOW.date() - timedelta(days=1), now=NOW)["due"] == 0


def test_awards_are_numbered_one_award_date_after_the_other():
    load(grantees=100, awards=1_000, seed=7, now=NOW)

    dates = list(Award.objects.order_by("pk").values_list("award_date", flat=True))
    assert dates == sorted(dates)
    # The quarter days of the five years before: from 1 January 2022 to 1 October 2026.
    assert (len(set(dates)), dates[0], dates[-1]) == (20, date(2022, 1, 1), date(2026, 10, 1))


def test_lapses_are_left_for_the_sweep():
    load(grantees=100, awards=1_000, seed=7, now=NOW, due=37)

    assert list(consistency.differences()) == []
    did = write_lapses(through=NOW.date() - timedelta(days=1), now=NOW)
    assert (did["due"], did["entries"]) == (37, 37)
    assert list(consistency.differences()) == []


def made(seed: int) -> list[tuple[object, ...]]:
    with transaction.atomic():
        load(grantees=20, awards=100, seed=seed, now=NOW)
        found = list(Award.objects.order_by("pk").values_list("award_date", "options", "outstanding"))
        transaction.set_rollback(True)
    return found


def test_same_seed_makes_the_same_company_and_another_does_not():
    assert made(7) == made(7)
    assert made(7) != made(8)


def test_large_company_is_loaded_once():
    load(grantees=2, awards=2, seed=7, now=NOW)
    with pytest.raises(NotEmpty):
        load(grantees=2, awards=2, seed=7, now=NOW)


def test_portal_in_use_is_refused():
    builders.grantee()
    with pytest.raises(CommandError, match="empty portal"):
        call_command("load_scale", "--grantees", "1", "--awards", "1")
