"""Many Awards by one statement: the same ledger as one by one, and an audit event that proves it."""

from contextlib import closing
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from awards.actions import audit, lapses, ledger, swept
from awards.models import AuditEvent, Award, OptionEntry
from exercises import consistency
from exercises.scale.loading import load
from tests import builders as given

pytestmark = pytest.mark.django_db
NOW = given.instant("2026-11-20")


def leavers(count: int) -> list[Award]:
    """1,000 OSOs each, of which 500 have vested when employment ends on 2006-08-03."""
    awards = [given.granted_award(given.grantee(f"leaver{number}"), options=1000) for number in range(count)]
    for award in awards:
        given.ceased(award.grantee, "2006-08-03")
    return awards


def sweep(through: str) -> dict[str, int]:
    return lapses.write_lapses(through=given.day(through), now=given.instant(through, "23:59"))


def test_unvested_leave_a_vested_lapse_behind() -> None:
    awards = leavers(3)
    found = Award.objects.values_list("next_lapse_on", "next_lapse_kind", "next_lapse_options", "then_lapse_on")
    assert set(found) == {(date(2006, 8, 3), "lapsed_unvested", 500, date(2007, 1, 30))}
    sweep("2006-08-03")
    assert set(found.all()) == {(date(2007, 1, 30), "lapsed_vested", None, None)}
    sweep("2007-01-30")
    written = [("granted", 1000, "2005-07-01"), ("lapsed_unvested", -500, "2006-08-03")]
    for award in awards:
        assert given.ledger_of(award) == [*written, ("lapsed_vested", -500, "2007-01-30")]
        assert award.entries.get(sequence=3).cause == "lapsed_vested/3"


def test_statement_writes_what_one_by_one_would() -> None:
    together, alone = leavers(2)
    Award.objects.filter(pk=alone.pk).update(next_lapse_kind="")
    sweep("2007-02-01")
    figures = ("sequence", "kind", "options", "outstanding_after", "effective_on", "recorded_at", "cause")
    assert list(together.entries.values_list(*figures)) == list(alone.entries.values_list(*figures))
    assert list(consistency.differences()) == []


def test_exercise_in_between_is_left_alone() -> None:
    (award,) = leavers(1)
    sweep("2006-08-03")
    ledger.append(
        award,
        kind=OptionEntry.Kind.EXERCISED,
        options=-120,
        effective_on=given.day("2006-09-01"),
        cause="exercise/1",
        now=given.instant("2006-09-01"),
    )
    sweep("2007-01-30")
    assert given.ledger_of(award)[-1] == ("lapsed_vested", -380, "2007-01-30")


def test_one_event_stands_for_a_statement() -> None:
    awards = leavers(3)
    sweep("2006-08-03")
    event = AuditEvent.objects.get(action=audit.SWEPT)
    assert event.subject == f"sweep:2006-08-03/{awards[0].pk}"
    assert (event.after["entries"], event.after["last_award"]) == (3, awards[2].pk)
    assert list(audit.differences()) == []


def test_unvested_and_vested_of_one_night_are_one_event() -> None:
    swept_before, other = leavers(2)
    lapses.write_slice([swept_before.pk], through=date(2006, 8, 3), now=given.instant("2006-08-04"))
    assert sweep("2007-01-30") == {"due": 2, "awards": 2, "entries": 3}
    event = AuditEvent.objects.get(subject=f"sweep:2007-01-30/{swept_before.pk}")
    assert (event.after["entries"], event.after["last_award"]) == (3, other.pk)
    written = [("granted", 1000, "2005-07-01"), ("lapsed_unvested", -500, "2006-08-03")]
    for award in (swept_before, other):
        assert given.ledger_of(award) == [*written, ("lapsed_vested", -500, "2007-01-30")]
    assert list(audit.differences()) == []
    assert list(consistency.differences()) == []


def test_lock_names_those_for_which_the_rules_are_asked() -> None:
    decided, undecided, too_many, not_due = leavers(4)
    Award.objects.filter(pk=undecided.pk).update(next_lapse_kind="")
    Award.objects.filter(pk=too_many.pk).update(next_lapse_options=1001)
    Award.objects.filter(pk=not_due.pk).update(next_lapse_kind="", next_lapse_on="2006-08-04")
    keys = [decided.pk, undecided.pk, too_many.pk, not_due.pk]
    with transaction.atomic():
        assert swept.lock(swept.listed(keys), through=date(2006, 8, 3)) == [undecided.pk, too_many.pk]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_lock_holds_every_award_it_is_given() -> None:
    *taken, free = leavers(4)
    Award.objects.filter(pk=taken[0].pk).update(next_lapse_kind="")
    with closing(connection.copy()) as other, transaction.atomic():
        swept.lock(swept.listed(award.pk for award in taken), through=date(2006, 8, 3))
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM awards_award FOR UPDATE SKIP LOCKED")
            assert cursor.fetchall() == [(free.pk,)]


def test_lapse_is_written_into_no_index_that_nobody_asks() -> None:
    unasked = {"proposed_close_id", "rejected_by_id", "letter_issued_by_id", "accepted_by_id", "declined_by_id"}
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "awards_award")
    assert [name for name, of in constraints.items() if of["index"] and unasked & {*of["columns"]}] == []


@pytest.fixture
def unguarded() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("DROP TRIGGER awards_optionentry_is_append_only")


@pytest.mark.parametrize("change", [{"options": -499}, {"effective_on": date(2006, 8, 4)}, {"note": ""}])
def test_changed_entry_is_found_by_the_event(unguarded: None, change: dict[str, Any]) -> None:
    (award,) = leavers(1)
    sweep("2006-08-03")
    OptionEntry.objects.filter(sequence=2).update(**change)
    line = f"sweep:2006-08-03/{award.pk}: the ledger entries of event 1 are not the ones that were written"
    assert list(audit.differences()) == [line]


@pytest.mark.postgresql
def test_due_are_found_by_the_partial_index() -> None:
    load(grantees=10_000, awards=100_000, seed=7, now=NOW, due=1_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE awards_award")
    plan = lapses.due(date(2026, 11, 19)).order_by("pk").values_list("pk", flat=True).explain()
    assert "award_next_lapse" in plan
    assert "Seq Scan" not in plan
